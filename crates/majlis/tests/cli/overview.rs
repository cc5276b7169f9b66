//! The commands that show how things stand: help, models, config, doctor, completions, openapi.

use serde_json::Value;

use crate::home::Home;
use crate::upstream::Upstream;

#[test]
fn help_reads_as_a_product() {
    let home = Home::new();
    for arguments in [
        &["--help"][..],
        &["ask", "--help"],
        &["chat", "--help"],
        &["search", "--help"],
        &["models", "--help"],
        &["serve", "--help"],
        &["doctor", "--help"],
        &["config", "--help"],
    ] {
        let name = format!("help_{}", arguments[0].trim_start_matches('-'));
        insta::assert_snapshot!(name, home.run(arguments).all());
    }
}

#[test]
fn models_are_listed_with_state_and_price() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    insta::assert_snapshot!("models", home.run(&["models"]).all());
    insta::assert_snapshot!("models_filtered", home.run(&["models", "sydney"]).all());
    insta::assert_snapshot!("model_files", home.run(&["models", "list"]).all());
    let json: Value = serde_json::from_str(&home.run(&["models", "--json"]).stdout).unwrap();
    let ids: Vec<&str> = json["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["test/canberra", "test/sydney"]);
}

#[test]
fn a_file_that_is_no_model_is_refused_with_what_would_be_one() {
    let home = Home::new();
    home.write("other.gguf", b"not a model");
    insta::assert_snapshot!(
        "import_unknown",
        home.run(&["models", "import", "other.gguf"]).all()
    );
    insta::assert_snapshot!(
        "import_missing",
        home.run(&["models", "import", "missing.gguf"]).all()
    );
    insta::assert_snapshot!("verify_nothing", home.run(&["models", "verify"]).all());
    insta::assert_snapshot!(
        "verify_unknown",
        home.run(&["models", "verify", "gpt"]).all()
    );
}

#[test]
fn the_configuration_is_shown_without_keys() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let made_up = "made-up-key-for-a-test";
    let output = home
        .majlis(&["config"])
        .env("OPENAI_API_KEY", made_up)
        .output()
        .unwrap();
    let ran = home.read(&output);
    assert!(!ran.all().contains(made_up));
    let port = ran
        .stdout
        .split("127.0.0.1:")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .unwrap()
        .to_owned();
    insta::assert_snapshot!("config", ran.all().replace(&port, "[PORT]"));
}

#[test]
fn the_doctor_says_what_is_wrong_and_how_to_mend_it() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run(&["doctor", "--json"]);
    let findings: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let state = |name: &str| {
        findings
            .iter()
            .find(|finding| finding["name"] == name)
            .map(|finding| finding["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    for name in ["clock", "configuration", "database", "test"] {
        assert_eq!(
            state(name).as_deref(),
            Some("good"),
            "{name}: {}",
            ran.stdout
        );
    }
    assert_eq!(state("openai").as_deref(), Some("unused"));

    let broken = Home::with_config("[server]\nprot = 1\n");
    let ran = broken.run(&["doctor"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("✗ configuration"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("did you mean `port`?"),
        "{}",
        ran.stdout
    );
}

#[test]
fn completions_and_the_api_are_printed() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            home.run(&["completions", shell]).stdout.contains("majlis"),
            "{shell}"
        );
    }
    let openapi: Value = serde_json::from_str(&home.run(&["openapi"]).stdout).unwrap();
    assert!(openapi["paths"]["/api/v1/consultations"].is_object());
}

#[test]
fn the_path_of_the_configuration_is_the_named_one() {
    let home = Home::new();
    assert_eq!(home.run(&["config", "path"]).stdout, "[HOME]/majlis.toml\n");
    assert_eq!(
        home.run(&["--config", "other.toml", "config", "path"])
            .stdout,
        "other.toml\n"
    );
}
