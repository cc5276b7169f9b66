//! Whatever is wrong, the message says what, where and how to mend it, and the exit code says which.

use crate::home::{Home, Ran};
use crate::upstream::Upstream;

#[track_caller]
fn check(name: &str, ran: &Ran, code: i32) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("bad_{name}"), ran.all());
    });
    assert_eq!(ran.code, Some(code), "{}", ran.all());
}

#[test]
fn a_question_that_cannot_be_asked() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    check(
        "empty_question",
        &home.run(&["ask", "-m", "test/canberra", "  "]),
        64,
    );
    check("no_question", &home.run(&["ask"]), 64);
    check(
        "unknown_provider",
        &home.run(&["ask", "-m", "tset/canberra", "Where?"]),
        64,
    );
    check(
        "no_slash",
        &home.run(&["ask", "-m", "canberra", "Where?"]),
        64,
    );
    check(
        "too_many_samples",
        &home.run(&["ask", "--samples", "test/canberra=10", "Where?"]),
        2,
    );
    check(
        "no_such_option",
        &home.run(&["ask", "--modle", "x", "Where?"]),
        2,
    );
    let long = vec![b'a'; 10 << 20];
    check(
        "ten_megabytes",
        &home.run_with(&["ask", "-m", "test/canberra"], &long),
        65,
    );
    check(
        "two_megabytes",
        &home.run_with(&["ask", "-m", "test/canberra"], &long[..2 << 20]),
        65,
    );
    check(
        "not_utf8",
        &home.run_with(&["ask", "-m", "test/canberra"], b"caf\xe9 au lait"),
        65,
    );
    assert!(upstream.requests("canberra").is_empty());
}

#[test]
fn an_answer_that_cannot_be_brought_in() {
    let home = Home::new();
    home.write("latin.txt", b"caf\xe9");
    home.write("empty.txt", b" \n");
    check(
        "answer_missing",
        &home.run(&["ask", "--answer", "a=missing.txt", "Where?"]),
        66,
    );
    check(
        "answer_not_utf8",
        &home.run(&["ask", "--answer", "a=latin.txt", "Where?"]),
        65,
    );
    check(
        "answer_empty",
        &home.run(&["ask", "--answer", "a=empty.txt", "Where?"]),
        64,
    );
    check(
        "answer_without_name",
        &home.run(&["ask", "--answer", "latin.txt", "Where?"]),
        2,
    );
    check(
        "answer_twice_from_stdin",
        &home.run(&["ask", "--answer", "a=-", "--answer", "b=-", "Where?"]),
        64,
    );
}

#[test]
fn nobody_to_ask() {
    let home = Home::new();
    check("nobody", &home.run(&["ask", "Where?"]), 78);
    check(
        "no_key",
        &home.run(&["ask", "-m", "openai/gpt-5-mini", "Where?"]),
        78,
    );
}

#[test]
fn a_server_that_is_not_there() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let home = Home::with_config(&format!(
        "[providers.mine]\nbase_url = \"http://127.0.0.1:{port}/v1\"\nallow_private = true\n[discovery]\nlocal = false\n"
    ));
    let ran = home.run(&["ask", "--json", "-m", "mine/any", "Where?"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let error = &json["members"][0]["error"];
    assert_eq!(
        (ran.code, error["code"].as_str()),
        (Some(1), Some("provider_network"))
    );
    assert!(
        error["hint"].as_str().unwrap().contains("base_url"),
        "{error}"
    );
}

#[test]
fn a_configuration_that_is_wrong() {
    for (name, config) in [
        ("config_typo", "[server]\nprot = 8080\n"),
        ("config_key", "[providers.openai]\napi_key = \"x\"\n"),
        ("config_syntax", "[server\nport = 8080\n"),
        ("config_type", "[server]\nport = \"8080\"\n"),
        (
            "config_url",
            "[providers.mine]\nbase_url = \"http://127.0.0.1:1/v1\"\n",
        ),
    ] {
        check(name, &Home::with_config(config).run(&["ask", "Where?"]), 78);
    }
    let home = Home::new();
    check(
        "config_missing",
        &home.run(&["--config", "missing.toml", "ask", "Where?"]),
        78,
    );
}

#[test]
fn a_data_folder_that_cannot_be_used() {
    let home = Home::new();
    home.write("file", b"x");
    home.write("own.txt", b"An answer.");
    let at = |folder: &str| {
        home.run(&[
            "--data-dir",
            folder,
            "ask",
            "--answer",
            "a=own.txt",
            "Where?",
        ])
    };
    check("data_is_a_file", &at("file"), 73);
    std::fs::create_dir(home.path("damaged")).unwrap();
    home.write("damaged/majlis.db", &[b'x'; 4096]);
    check("data_damaged", &at("damaged"), 65);
}
