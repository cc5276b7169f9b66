use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::registry::{KEYS, sections};
use super::{Config, parse, reference_page};
use crate::environment::VARIABLES;
use crate::exit::Exit;

fn read(text: &str) -> Result<Config, crate::failure::Failure> {
    parse(Path::new("majlis.toml"), text)
}

#[track_caller]
fn check_refused(text: &str, message: &str, hint: &str) {
    let failure = read(text).unwrap_err();
    assert_eq!(failure.message, message);
    assert!(
        failure.hint.as_deref().unwrap_or("").contains(hint),
        "{:?} in place of {hint:?}",
        failure.hint
    );
    assert_eq!(failure.exit, Exit::CONFIG);
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_nearest_known_one() {
    check_refused(
        "[server]\nprot = 1\n",
        "majlis.toml:2:1: unknown key `prot` in [server]",
        "did you mean `port`?",
    );
    check_refused(
        "[sever]\nport = 1\n",
        "majlis.toml:1:2: unknown key `sever` at the top of the file",
        "`server`",
    );
    check_refused(
        "[providers.mine]\n\n  base-url = \"http://x\"",
        "majlis.toml:3:3: unknown key `base-url` in [providers.mine]",
        "did you mean `base_url`?",
    );
    check_refused(
        "zzz = 1",
        "majlis.toml:1:1: unknown key `zzz` at the top of the file",
        "known there: council",
    );
}

#[test]
fn a_key_in_the_file_is_refused_and_not_repeated() {
    let made_up = concat!("s", "k-test-0000000000000000");
    for text in [
        "[providers.openai]\napi_key = \"x\"".to_owned(),
        "[providers.openai]\ntoken = \"x\"".to_owned(),
        format!("[providers.openai]\nkey_env = \"{made_up}\""),
        format!("[council]\nmembers = [\"{made_up}\"]"),
    ] {
        let failure = read(&text).unwrap_err();
        assert!(failure.message.contains("key"), "{}", failure.message);
        assert!(!failure.message.contains(made_up), "{}", failure.message);
        assert!(failure.hint.unwrap().contains("key_env = \"NAME\""));
    }
}

#[test]
fn a_value_that_means_nothing_is_refused_with_its_place() {
    check_refused(
        "[server]\nport = \"x\"",
        "majlis.toml:2:8: invalid type: string \"x\", expected a whole number",
        "reference",
    );
    check_refused(
        "[audit]\nroots = [\"code\"]",
        "majlis.toml:2:10: `code` is not an absolute path",
        "whole path",
    );
    check_refused(
        "[server]\nport = 0",
        "majlis.toml:2:8: port 0 is no port",
        "--port 0",
    );
    check_refused(
        "[providers.a]\nkind = \"openai\"\nbase_url = \"https://x.org\"",
        "majlis.toml:2:8: unknown wire format `openai`",
        "`openai-chat`",
    );
    check_refused(
        "[providers.a]\nbase_url = \"x\"",
        "majlis.toml:2:12: base_url \"x\" cannot be used: relative URL without a base",
        "in full",
    );
    check_refused(
        "[providers.a]\nbase_url = \"http://x.org\"",
        "majlis.toml:2:12: base_url \"http://x.org\" cannot be used: http would show the key to the network; \
         use https, or allow_private = true",
        "in full",
    );
    check_refused(
        "\n[providers.a]\nallow_private = true",
        "majlis.toml:2:1: the provider `a` has no base_url",
        "API begins",
    );
    check_refused(
        "[providers.a]\nbase_url = \"https://x.org\"\nkey_env = \"a b\"",
        "majlis.toml:3:11: `key_env` holds something that is not the name of an environment variable",
        "MY_SERVER_KEY",
    );
    check_refused(
        "[providers.a]\nbase_url = \"https://x.org\"\nidle_timeout_s = 0",
        "majlis.toml:3:18: a timeout is a number of seconds from 1 to 86400",
        "default",
    );
    check_refused(
        "[server]\n\n[providers.local]\nbase_url = \"https://x.org\"",
        "majlis.toml:3:1: provider name \"local\" cannot be used: take a-z, 0-9, - and _, at most 32, \
         and not \"local\" or \"majlis\"",
        "short name",
    );
    check_refused(
        "[prices.\"a/b\"]\ninput = \"1,5\"\noutput = \"2\"",
        "majlis.toml:1:1: price of a/b: `input` cannot be read: \"1,5\" is not a decimal number such as 1.25",
        "per million",
    );
    check_refused(
        "[council]\nmembers = [\"gpt\"]",
        "majlis.toml:2:12: model id \"gpt\" is not of the form provider/name, e.g. openai/gpt-5-mini",
        "majlis models",
    );
    check_refused(
        "[server\n",
        "majlis.toml:1:8: unclosed table, expected `]`",
        "reference",
    );
}

#[test]
fn every_key_of_the_list_is_understood_and_means_what_its_example_says() {
    let mut text = String::new();
    for (section, keys) in sections() {
        let _ = writeln!(
            text,
            "[{}]",
            section.replace("NAME", "mine").replace("MODEL", "mine/*")
        );
        for key in keys {
            let _ = writeln!(text, "{} = {}", key.name, key.example);
        }
    }
    let config = read(&text).unwrap();
    assert_eq!(
        config.members,
        ["openai/gpt-5-mini", "anthropic/claude-sonnet-4-6:2"]
    );
    assert_eq!(
        (config.door.port, config.door.host_names.as_slice()),
        (Some(8080), ["majlis.test:8080".to_owned()].as_slice())
    );
    let door = &config.door;
    assert_eq!(
        door.bind,
        ["127.0.0.1", "192.168.1.5"].map(|address| address.parse::<std::net::IpAddr>().unwrap())
    );
    let files = [&door.token_file, &door.tls_cert, &door.tls_key];
    assert!(files.iter().all(|file| file.is_some()));
    assert!(door.behind_proxy && door.require_token);
    assert!(!config.discover && config.strict_journal);
    let limits = config.limits;
    assert_eq!(
        (
            limits.paid_per_min,
            limits.executions_per_min,
            limits.writes_per_min
        ),
        (600, 20, 1_000)
    );
    let provider = &config.providers[0];
    let settings = &provider.settings;
    assert_eq!(
        (settings.name.as_str(), settings.format.as_str()),
        ("mine", "openai-chat")
    );
    assert_eq!(settings.base_url, "http://127.0.0.1:8080/v1");
    assert_eq!(
        (provider.key_env.as_deref(), settings.allow_private),
        (Some("MY_SERVER_KEY"), true)
    );
    assert_eq!(settings.models, ["qwen3-8b"]);
    assert_eq!(settings.timeouts.first_token, Duration::from_mins(2));
    assert_eq!(settings.timeouts.idle, Duration::from_mins(1));
    assert_eq!(settings.timeouts.total, Duration::from_mins(10));
    assert_eq!(config.proxy.as_deref(), Some("http://proxy.example:3128"));
    assert_eq!(config.prices.len(), 1);
}

#[test]
fn an_empty_file_is_the_default() {
    let config = read("").unwrap();
    assert!(
        config.exists
            && config.discover
            && config.door.port.is_none()
            && config.providers.is_empty()
    );
}

#[test]
fn the_reference_page_names_every_key_and_every_variable() {
    let page = reference_page();
    for key in KEYS {
        assert!(
            page.contains(&format!("| `{}` |", key.name)),
            "{}",
            key.name
        );
        assert!(
            page.contains(&format!("[{}]", key.section)),
            "{}",
            key.section
        );
    }
    for variable in VARIABLES {
        assert!(
            page.contains(&format!("| `{}` |", variable.name)),
            "{}",
            variable.name
        );
    }
}

#[test]
fn the_committed_reference_page_is_the_one_made_here() {
    let committed = include_str!("../../../../docs/configuration.md");
    assert!(
        committed == reference_page(),
        "run: majlis config reference > docs/configuration.md"
    );
}
