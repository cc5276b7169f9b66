//! `majlis keys`, and the same over the API: what is stored, where it goes, and where it never shows.

use std::path::Path;

use serde_json::json;

use crate::home::Home;
use crate::serve::Serving;
use crate::upstream::Upstream;

const KEY: &str = "sk-test-stored-and-never-to-be-shown";

fn with_upstream() -> (Upstream, Home) {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    (upstream, home)
}

/// Every file below a folder that holds a text.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            let mut windows = bytes.windows(text.len());
            if windows.any(|window| window == text.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn a_stored_key_is_sent_and_stands_in_no_file_and_no_output() {
    let (upstream, home) = with_upstream();
    let set = home.run_with(&["keys", "set", "test"], format!("{KEY}\n").as_bytes());
    assert_eq!(set.code, Some(0), "{}", set.all());
    assert!(!set.all().contains(KEY), "{}", set.all());

    let asked = home.run(&["ask", "-m", "test/canberra", "Where?"]);
    assert_eq!(asked.code, Some(0), "{}", asked.all());
    assert_eq!(upstream.last_authorization(), format!("Bearer {KEY}"));

    let shown = home.run(&["keys", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(rows[0]["name"], "test");
    assert_eq!(rows[0]["source"], "stored");
    assert!(!shown.all().contains(KEY));

    assert_eq!(home.run(&["backup"]).code, Some(0));
    assert_eq!(holding(&home.path(""), KEY), Vec::<String>::new());

    assert_eq!(home.run(&["keys", "remove", "test"]).code, Some(0));
    home.run(&["ask", "-m", "test/canberra", "Where?"]);
    assert_eq!(upstream.last_authorization(), "");
}

#[test]
fn a_key_does_not_follow_its_provider_to_another_address() {
    let (_first, home) = with_upstream();
    home.run_with(&["keys", "set", "test"], KEY.as_bytes());
    let second = Upstream::start();
    home.write("majlis.toml", second.config().as_bytes());
    home.run(&["ask", "-m", "test/canberra", "Where?"]);
    assert_eq!(second.last_authorization(), "");
    let listed = home.run(&["keys"]);
    assert!(
        listed.stdout.contains("stored for http://127.0.0.1:"),
        "{}",
        listed.all()
    );
    assert!(listed.stdout.contains("not sent to"), "{}", listed.all());
    let doctor = home.run(&["doctor"]);
    assert!(
        doctor.stdout.contains("majlis keys set test"),
        "{}",
        doctor.all()
    );
}

#[test]
fn keys_are_listed_and_refused_in_words() {
    let home = Home::new();
    let listed = home.run(&["keys"]);
    insta::assert_snapshot!("keys", listed.all());
    for (name, arguments, stdin) in [
        ("keys_unknown", &["keys", "set", "opnai"][..], "sk-1234567"),
        ("keys_empty", &["keys", "set", "openai"], "\n"),
        ("keys_two_lines", &["keys", "set", "openai"], "one\ntwo"),
        ("keys_remove_none", &["keys", "remove", "openai"], ""),
        ("keys_reset_sound", &["keys", "reset"], ""),
        ("keys_set", &["keys", "set", "openai"], "sk-1234567"),
    ] {
        let ran = home.run_with(arguments, stdin.as_bytes());
        insta::assert_snapshot!(name, ran.all());
    }
}

#[test]
fn stored_keys_that_cannot_be_opened_are_said_and_put_aside_on_demand() {
    let home = Home::new();
    home.run_with(&["keys", "set", "openai"], KEY.as_bytes());
    std::fs::remove_file(home.path(".config/majlis/keys.key")).unwrap();
    let set = home.run_with(&["keys", "set", "gemini"], KEY.as_bytes());
    insta::assert_snapshot!("keys_unreadable", set.all());
    let models = home.run(&["models"]);
    assert!(
        models.stderr.contains("majlis keys reset"),
        "{}",
        models.all()
    );

    assert_eq!(home.run(&["keys", "reset"]).code, Some(0));
    let set = home.run_with(&["keys", "set", "gemini"], KEY.as_bytes());
    assert_eq!(set.code, Some(0), "{}", set.all());
}

#[test]
fn over_the_api_a_key_goes_in_works_at_once_and_never_comes_out() {
    let (upstream, home) = with_upstream();
    let serving = Serving::start(&home);
    let ask = || {
        let body =
            json!({"model": "test/canberra", "messages": [{"role": "user", "content": "Where?"}]});
        serving
            .request("POST", "/v1/chat/completions", Some(&body))
            .0
    };
    assert_eq!(ask(), 200);
    assert_eq!(upstream.last_authorization(), "");

    let (status, stored) = serving.request("PUT", "/api/v1/keys/test", Some(&json!({"key": KEY})));
    assert_eq!(
        (status, &stored["source"]),
        (200, &json!("stored")),
        "{stored}"
    );
    assert_eq!(ask(), 200);
    assert_eq!(upstream.last_authorization(), format!("Bearer {KEY}"));

    let (status, keys) = serving.request("GET", "/api/v1/keys", None);
    assert_eq!(status, 200);
    assert_eq!(keys["keys"][0]["source"], "stored");
    assert!(!keys.to_string().contains(KEY));
    // Even a request that repeats it gets it back masked.
    let (status, problem) = serving.request("GET", &format!("/api/v1/runs/{KEY}"), None);
    assert!(status >= 400, "{problem}");
    assert!(!problem.to_string().contains(KEY), "{problem}");

    for (name, body, expected, code) in [
        ("nobody", json!({"key": KEY}), 404, "no_such_key"),
        ("test", json!({"key": "two\nlines"}), 422, "key_invalid"),
        ("test", json!({"key": ""}), 422, "key_invalid"),
    ] {
        let (status, problem) =
            serving.request("PUT", &format!("/api/v1/keys/{name}"), Some(&body));
        assert_eq!(
            (status, &problem["code"]),
            (expected, &json!(code)),
            "{problem}"
        );
    }

    let (status, removed) = serving.request("DELETE", "/api/v1/keys/test", None);
    assert_eq!(
        (status, &removed["source"]),
        (200, &json!("none")),
        "{removed}"
    );
    assert_eq!(ask(), 200);
    assert_eq!(upstream.last_authorization(), "");
    drop(serving);
    assert_eq!(holding(&home.path(""), KEY), Vec::<String>::new());
}

#[test]
fn a_key_in_a_conversation_leaves_no_machine_in_an_export() {
    let (_upstream, home) = with_upstream();
    home.run_with(&["keys", "set", "test"], KEY.as_bytes());
    let question = format!("Why is {KEY} refused?");
    let asked = home.run(&["ask", "-m", "test/canberra", &question]);
    assert_eq!(asked.code, Some(0), "{}", asked.all());
    for form in ["jsonl", "markdown"] {
        let out = home.path(form);
        let exported = home.run(&[
            "export",
            "--format",
            form,
            "--output",
            out.to_str().unwrap(),
        ]);
        assert_eq!(exported.code, Some(0), "{}", exported.all());
    }
    let found = holding(&home.path(""), KEY);
    assert!(
        found.iter().all(|path| path.contains("/data/")),
        "{found:?}"
    );
    assert!(!holding(&home.path(""), "Why is [key] refused?").is_empty());
}
