//! `majlis chat` with lines piped in.

use crate::home::Home;
use crate::upstream::Upstream;

#[test]
fn a_conversation_remembers_and_goes_on_later() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run_with(
        &["chat", "-m", "test/canberra"],
        "Where?\nAnd since when?\n".as_bytes(),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    assert_eq!(
        ran.stdout
            .matches("Canberra. It was founded in 1913.")
            .count(),
        2,
        "{}",
        ran.stdout
    );
    home.run_with(&["chat", "--continue"], "Really?\n/quit\n".as_bytes());
    let sent = upstream.requests("canberra");
    let turns: Vec<usize> = sent
        .iter()
        .map(|body| body["messages"].as_array().unwrap().len())
        .collect();
    assert_eq!(turns, [1, 3, 5]);
    assert_eq!(sent[2]["messages"][4]["content"], "Really?");
}

#[test]
fn several_models_answer_each_with_its_own_history() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run_with(
        &["chat", "-m", "test/canberra", "-m", "test/sydney"],
        "Where?\nSure?\n".as_bytes(),
    );
    assert_eq!(
        ran.stdout.matches("── test/canberra").count(),
        2,
        "{}",
        ran.stdout
    );
    let second = &upstream.requests("sydney")[1]["messages"];
    assert!(
        second[1]["content"]
            .as_str()
            .unwrap()
            .contains("not Canberra"),
        "{second}"
    );
}

#[test]
fn commands_say_what_they_do() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let lines = "/help\n/model\n/model test/sydney\n/model nonsense\n/models\n/new\n/what\n/quit\n";
    let ran = home.run_with(&["chat", "-m", "test/canberra"], lines.as_bytes());
    insta::assert_snapshot!(ran.all());
}

#[test]
fn a_failed_answer_does_not_end_the_conversation() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run_with(
        &["chat", "-m", "test/refused"],
        "Where?\n/model test/canberra\nWhere?\n".as_bytes(),
    );
    assert!(
        ran.stdout.contains("Incorrect API key provided"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("Canberra"), "{}", ran.stdout);
}

#[test]
fn there_must_be_something_to_go_on_with() {
    let ran = Home::new().run(&["chat", "--continue"]);
    assert_eq!(
        ran.all(),
        "error: there is no conversation to go on with\nhint: begin one: majlis chat\nexit 64\n"
    );
}
