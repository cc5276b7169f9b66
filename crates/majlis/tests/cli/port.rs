//! `majlis export` and `majlis import`.

use insta::assert_snapshot;

use crate::home::Home;

const CLAUDE: &str = r#"[{"uuid": "u1", "name": "قهوة", "created_at": "2025-01-01T10:00:00Z",
    "chat_messages": [
        {"uuid": "m1", "text": "Why?", "sender": "human", "created_at": "2025-01-01T10:00:00Z"},
        {"uuid": "m2", "text": "Because.", "sender": "assistant", "created_at": "2025-01-01T10:00:01Z"}]},
    {"uuid": "u2", "chat_messages": 5}]"#;

#[test]
fn a_file_is_imported_once_and_exported_again() {
    let home = Home::new();
    home.write("claude.json", CLAUDE.as_bytes());
    let dry = home.run(&["import", "--dry-run", "claude.json"]);
    assert_snapshot!("import_dry_run", dry.all());
    assert_snapshot!("import", home.run(&["import", "claude.json"]).all());
    let again = home.run(&["import", "--json", "claude.json"]);
    assert_snapshot!("import_again", again.all());

    let exported = home.run(&["export"]);
    assert_eq!((exported.code, exported.stderr.as_str()), (Some(0), ""));
    let other = Home::new();
    let report = other.run_with(&["import", "-"], exported.stdout.as_bytes());
    assert_snapshot!("import_own", report.all());
    let written = other.run(&["export", "--output", "all.jsonl"]);
    assert_eq!((written.code, written.stdout.as_str()), (Some(0), ""));
    let body = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    let file = std::fs::read_to_string(other.path("all.jsonl")).unwrap();
    assert_eq!(body(&file), body(&exported.stdout));
    assert!(!other.path("all.jsonl.partial").exists());
}

#[test]
fn markdown_goes_into_a_folder_or_to_the_reader() {
    let home = Home::new();
    home.write("claude.json", CLAUDE.as_bytes());
    home.run(&["import", "claude.json"]);
    let written = home.run(&["export", "--format", "markdown", "--output", "notes"]);
    assert_eq!(written.code, Some(0));
    let names: Vec<_> = std::fs::read_dir(home.path("notes"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with("2025-01-01-قهوة-"), "{names:?}");
    assert_snapshot!(
        "export_markdown",
        home.run(&["export", "--format", "markdown", "--since", "2025-01-01"])
            .all()
    );
    let none = home.run(&["export", "--format", "markdown", "--until", "2024-01-01"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), ""));
}

#[test]
fn what_cannot_be_read_or_written_says_why() {
    let home = Home::new();
    home.write("notes.txt", b"hello");
    let texts = [
        home.run(&["import", "nothing.json"]).all(),
        home.run(&["import", "notes.txt"]).all(),
        home.run(&["import", "--format", "llm", "notes.txt"]).all(),
        home.run(&["export", "--conversation", "none"]).all(),
        home.run(&["export", "--since", "soon"]).all(),
        home.run(&["export", "--output", "no/such/folder/x.jsonl"])
            .all(),
    ];
    assert_snapshot!("port_refusals", texts.concat());
}
