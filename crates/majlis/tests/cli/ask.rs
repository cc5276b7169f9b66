//! `majlis ask` against a real upstream.

use serde_json::Value;

use crate::home::Home;
use crate::upstream::Upstream;

/// Figures that differ from run to run, replaced: times.
fn steady(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        while let Some((start, end)) = duration_in(&line) {
            line.replace_range(start..end, "[TIME]");
        }
        // Columns are as wide as the times in them.
        words.push(
            line.split("  ")
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("  "),
        );
    }
    words.join("\n")
}

/// The first `12 ms` or `1.2 s` of a line.
fn duration_in(line: &str) -> Option<(usize, usize)> {
    [" ms", " s"].iter().find_map(|unit| {
        line.match_indices(unit).find_map(|(at, _)| {
            let digits = line[..at]
                .chars()
                .rev()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .count();
            let end = at + unit.len();
            let is_whole = !line[end..].starts_with(|c: char| c.is_alphabetic());
            (digits > 0 && is_whole).then_some((at - digits, end))
        })
    })
}

#[test]
fn a_council_prints_answers_then_what_was_measured_then_what_it_cost() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let own = home.write(
        "own.txt",
        "The capital of Australia is Canberra.\n".as_bytes(),
    );
    let own = format!("mine={}", own.display());
    let ran = home.run(&[
        "ask",
        "-m",
        "test/canberra",
        "--answer",
        &own,
        "What is the capital of Australia?",
    ]);
    // What is measured is majlis-text's affair; here counts that it is shown between the other two.
    let (answers, rest) = ran.stdout.split_once("\nAgreement\n").unwrap();
    let (measured, costs) = rest.split_once("\nTime and cost\n").unwrap();
    insta::assert_snapshot!(steady(&format!("{answers}[measured]\n{costs}")));
    assert!(
        measured.contains("Said by two or more\n  • The capital of Australia is Canberra."),
        "{measured}"
    );
    assert!(
        measured.contains("Measured with majlis-claims/"),
        "{measured}"
    );
    let sent = &upstream.requests("canberra")[0]["messages"][0];
    assert_eq!(
        (sent["role"].as_str(), sent["content"].as_str()),
        (Some("user"), Some("What is the capital of Australia?"))
    );
}

#[test]
fn a_member_that_fails_says_why_and_the_others_answer() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    for model in ["refused", "limited", "full", "absent", "garbage", "cut"] {
        let ran = home.run(&[
            "ask",
            "-m",
            "test/canberra",
            "-m",
            &format!("test/{model}"),
            "Where?",
        ]);
        assert_eq!(ran.code, Some(0), "{}", ran.all());
        assert!(
            ran.stdout.contains("The capital of Australia is Canberra."),
            "{}",
            ran.stdout
        );
        let block = block_of(&ran.stdout, &format!("test/{model}"));
        let end = block.split("\n\nOnly one").next().unwrap();
        insta::assert_snapshot!(format!("one_fails_{model}"), steady(end));
    }
}

/// The answer under one heading, up to the next blank line.
fn block_of(text: &str, label: &str) -> String {
    let start = text
        .find(&format!("── {label} "))
        .unwrap_or_else(|| panic!("no {label} in {text}"));
    text[start..]
        .split("\n── ")
        .next()
        .unwrap()
        .split("\n\nAgreement")
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn when_no_member_answers_the_command_fails() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run(&["ask", "-m", "test/refused", "Where?"]);
    assert_eq!(ran.code, Some(1), "{}", ran.all());
    assert!(ran.stdout.contains("No member answered."), "{}", ran.stdout);
}

#[test]
fn json_is_the_consultation_as_the_api_gives_it() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run(&["ask", "--json", "-m", "test/canberra:2", "Where?"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (json["status"].as_str(), json["question"].as_str()),
        (Some("complete"), Some("Where?"))
    );
    let members = json["members"].as_array().unwrap();
    assert_eq!(members.len(), 2);
    // 12 tokens in at $1 and 8 out at $2 per million, twice.
    assert_eq!(
        (json["cost_usd"].as_str(), json["cost_pusd"].as_str()),
        (Some("0.000056"), Some("56000000"))
    );
    assert_eq!(members[0]["call"]["usage"]["output_tokens"], 8);
    assert!(json["analysis"]["agreement"].is_number());
}

#[test]
fn an_unknown_price_is_null_and_not_zero() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run(&["ask", "--json", "-m", "test/sydney", "Where?"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["unknown_costs"], 1);
    assert_eq!(json["members"][0]["call"]["cost_usd"], Value::Null);
    let shown = home.run(&["ask", "-m", "test/sydney", "-m", "test/canberra", "Where?"]);
    assert!(
        shown
            .stdout
            .contains("in all: at least $0.000028 (1 cost is unknown)"),
        "{}",
        shown.stdout
    );
}

#[test]
fn jsonl_is_one_event_per_line_without_holes() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run(&["ask", "--jsonl", "-m", "test/arabic", "ما عاصمة أستراليا؟"]);
    let frames: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let sequences: Vec<u64> = frames
        .iter()
        .map(|frame| frame["sequence"].as_u64().unwrap())
        .collect();
    assert_eq!(sequences, (1..=frames.len() as u64).collect::<Vec<_>>());
    let kinds: Vec<&str> = frames
        .iter()
        .map(|frame| frame["event"]["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        (kinds.first(), kinds.last()),
        (Some(&"started"), Some(&"finished"))
    );
    let text: String = frames
        .iter()
        .filter_map(|frame| frame["event"]["text"].as_str())
        .collect();
    assert_eq!(text, "عاصمة أستراليا هي كانبرا.");
}

#[test]
fn what_is_piped_in_is_the_context_of_the_question() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run_with(
        &[
            "ask",
            "--json",
            "-m",
            "test/canberra",
            "What",
            "is",
            "this?",
        ],
        "a map\n".as_bytes(),
    );
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (json["question"].as_str(), json["context"].as_str()),
        (Some("What is this?"), Some("a map\n"))
    );
    let sent = upstream.requests("canberra")[0]["messages"][0]["content"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(sent, json["prompt"].as_str().unwrap());
    assert!(
        sent.contains("a map") && sent.contains("What is this?"),
        "{sent}"
    );
}

#[test]
fn without_m_the_members_of_the_configuration_are_asked_and_without_them_the_own_servers() {
    let upstream = Upstream::start();
    for (extra, expected) in [
        (
            "[council]\nmembers = [\"test/sydney\", \"test/canberra\"]\n",
            2,
        ),
        ("", 1),
    ] {
        let home = Home::with_config(&format!("{}{extra}", upstream.config()));
        let ran = home.run(&["ask", "--json", "Where?"]);
        let json: Value = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", ran.all()));
        assert_eq!(
            json["members"].as_array().unwrap().len(),
            expected,
            "{extra}"
        );
    }
}

#[test]
fn text_of_a_model_moves_no_cursor() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run(&["ask", "-m", "test/hostile", "Where?"]);
    assert!(
        ran.stdout
            .contains("before\\u{1b}[2Jafter\\u{9b}31m \\u{202e}detrever"),
        "{}",
        ran.stdout
    );
    assert!(
        !ran.stdout
            .chars()
            .any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'),
        "{}",
        ran.stdout
    );
}

#[test]
fn answers_alone_are_compared_without_any_model() {
    let home = Home::new();
    let one = home.write(
        "one.txt",
        "Water boils at 100 degrees. It is a liquid.".as_bytes(),
    );
    let two = home.write(
        "two.txt",
        "Water boils at 90 degrees. It is a liquid.".as_bytes(),
    );
    let (one, two) = (
        format!("one={}", one.display()),
        format!("two={}", two.display()),
    );
    let ran = home.run(&["ask", "--answer", &one, "--answer", &two, "What is water?"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    let (_, contradictions) = ran
        .stdout
        .split_once("\nContradictions\n")
        .unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(
        contradictions.contains("one: “Water boils at 100 degrees.”"),
        "{contradictions}"
    );
    assert!(
        contradictions.contains("two: “Water boils at 90 degrees.”"),
        "{contradictions}"
    );
    // Nobody was asked, so nothing was spent.
    assert!(!ran.stdout.contains("Time and cost"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_came_and_ends_with_130() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let child = home.spawn(&[
        "ask",
        "--json",
        "-m",
        "test/canberra",
        "-m",
        "test/hangs",
        "Where?",
    ]);
    upstream.wait_for("hangs");
    upstream.wait_for("canberra");
    // The first text of the answer is on its way; the command gives it a moment to arrive.
    interrupt_when_saved(&home, &child);
    let ran = home.read(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{}", ran.all());
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let member = |label: &str| {
        json["members"]
            .as_array()
            .unwrap()
            .iter()
            .find(|member| member["label"] == label)
            .unwrap()
            .clone()
    };
    assert_eq!(member("test/canberra")["state"], "complete");
    let hanging = member("test/hangs");
    assert_eq!(
        (hanging["state"].as_str(), hanging["text"].as_str()),
        (Some("cancelled"), Some("Half an answer "))
    );
}

/// Sends SIGINT once another process sees the first member answered and text of the second saved.
#[cfg(unix)]
fn interrupt_when_saved(home: &Home, child: &std::process::Child) {
    crate::serve::wait_until(|| crate::serve::saved(home, "Half an answer "));
    crate::serve::signal(child, "INT");
}
