//! `majlis search`: finding again what was asked.

use serde_json::Value;

use crate::home::{Home, Ran};
use crate::serve::Serving;

/// A home where a council of pasted answers was asked.
fn filled() -> Home {
    let home = Home::new();
    home.write("a.txt", "Use SQLite: one file holds everything.".as_bytes());
    home.write(
        "b.txt",
        "استعمِل قاعدةَ البياناتِ PostgreSQL لأنها خادمٌ كامل.".as_bytes(),
    );
    let asked = home.run(&[
        "ask",
        "--answer",
        "alice=a.txt",
        "--answer",
        "bob=b.txt",
        "Which database\u{1b}[2J suits a small team?",
    ]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    home
}

/// What was printed, without what differs from run to run.
fn steady(ran: &Ran) -> String {
    let mut text = String::new();
    for line in ran.all().lines() {
        let line = match line.split_once("consultation ") {
            Some((before, _)) => format!("{before}consultation [ID]"),
            None => line.to_owned(),
        };
        let line = match line.split_once(" · ") {
            Some((kind, _)) => format!("{kind} · [TIME]"),
            None => line,
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[test]
fn what_was_asked_and_answered_is_found_in_any_spelling() {
    let home = filled();
    insta::assert_snapshot!("search_found", steady(&home.run(&["search", "database"])));
    insta::assert_snapshot!(
        "search_arabic",
        steady(&home.run(&["search", "بيانات", "قاعده"]))
    );
    insta::assert_snapshot!(
        "search_filtered",
        steady(&home.run(&["search", "--kind", "answer", "--language", "en", "sqlite"]))
    );
}

#[test]
fn what_is_not_found_or_cannot_be_looked_for_says_what_to_try() {
    let home = filled();
    for (name, arguments) in [
        ("search_nothing", &["search", "unheard"][..]),
        ("search_nothing_words", &["search", "sqlite", "postgresql"]),
        (
            "search_nothing_filtered",
            &["search", "--model", "a/b", "sqlite"],
        ),
        ("search_empty", &["search", "؟!"]),
        ("search_language", &["search", "--language", "xx", "sqlite"]),
        (
            "search_since",
            &["search", "--since", "yesterday", "sqlite"],
        ),
    ] {
        insta::assert_snapshot!(name, home.run(arguments).all());
    }
}

#[test]
fn programs_read_it_as_json() {
    let home = filled();
    let page: Value =
        serde_json::from_str(&home.run(&["search", "--json", "database"]).stdout).unwrap();
    assert_eq!(page["items"][0]["kind"], "question");
    assert_eq!(page["next"], Value::Null);
    let lines = home.run(&["search", "--jsonl", "-n", "1", "sqlite"]).stdout;
    let hit: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(hit["snippet"][1]["text"], "SQLite");
}

#[test]
fn a_search_works_beside_a_server() {
    let home = filled();
    let _serving = Serving::start(&home);
    let ran = home.run(&["search", "--json", "database"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("small team"), "{}", ran.stdout);
}
