//! Files of other programs, small and written for these tests.

use std::io::{Cursor, Write as _};

use majlis_app::*;
use proptest::prelude::*;

use crate::support::{Place, fixture, told};

/// What an import of a file did, and all of it as Markdown.
#[track_caller]
fn check(name: &str, contents: &[u8], expected: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let place = Place::new().await;
        let path = place.write(name, contents);
        let dry = place.import_file(&path, true).await.unwrap();
        assert!(
            place.documents().await.is_empty(),
            "a dry run keeps nothing"
        );
        let report = place.import_file(&path, false).await.unwrap();
        assert_eq!(told(&report), expected);
        assert_eq!(
            (&dry.counts, &dry.skipped),
            (&report.counts, &report.skipped)
        );
        let before = place.export().await;
        let twice = place.import_file(&path, false).await.unwrap();
        assert!(twice.counts.values().all(|count| count.new == 0));
        assert_eq!(place.export().await, before);
        // Nothing that was imported was paid here.
        assert!(!before.contains("\"kind\":\"job\""));
        let mut documents = place.documents().await;
        documents.sort_by(|one, other| one.name.cmp(&other.name));
        let skips: Vec<String> = report
            .skipped
            .iter()
            .map(|skipped| format!("left out: {}: {}\n", skipped.place, skipped.reason))
            .collect();
        let texts: Vec<String> = documents
            .iter()
            .map(|document| format!("=== {}\n{}\n", document.name, document.text))
            .collect();
        insta::assert_snapshot!(name, format!("{}\n{}", skips.concat(), texts.concat()));
    });
}

fn database(sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(sql).unwrap();
    drop(connection);
    std::fs::read(path).unwrap()
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(contents).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn chatgpt_conversations_come_with_their_branches() {
    check(
        "chatgpt",
        &fixture("chatgpt.json"),
        "chatgpt conversation +2=0 message +9=0 consultation +0=0 execution +0=0 left out 1",
    );
}

#[test]
fn claude_conversations_come_with_their_files_and_branches() {
    check(
        "claude",
        &fixture("claude.json"),
        "claude conversation +2=0 message +5=0 consultation +0=0 execution +0=0 left out 1",
    );
}

#[test]
fn the_log_of_llm_comes_in_both_its_forms() {
    let sql = String::from_utf8(fixture("llm.sql")).unwrap();
    check(
        "llm",
        &database(&sql),
        "llm conversation +3=0 message +13=0 consultation +0=0 execution +0=0 left out 0",
    );
}

#[test]
fn the_prototype_comes_whole_however_broken_its_json_is() {
    let sql = String::from_utf8(fixture("ai-kernel.sql")).unwrap();
    check(
        "ai-kernel",
        &database(&sql),
        "ai-kernel conversation +2=0 message +4=0 consultation +2=0 execution +2=0 left out 0",
    );
}

#[tokio::test]
async fn an_archive_is_the_same_as_the_conversations_in_it() {
    let place = Place::new().await;
    let conversations = fixture("chatgpt.json");
    place.import(&conversations).await.unwrap();
    let packed = archive(&[
        ("../../chat.html", b"<html>"),
        ("export/conversations.json", &conversations),
        ("user.json", b"{}"),
    ]);
    let report = place.import(&packed).await.unwrap();
    assert_eq!(
        told(&report),
        "chatgpt conversation +0=2 message +0=9 consultation +0=0 execution +0=0 left out 1"
    );
}

#[tokio::test]
async fn a_grown_archive_adds_what_is_new_and_shows_it() {
    let place = Place::new().await;
    place.import(&fixture("claude.json")).await.unwrap();
    let grown = String::from_utf8(fixture("claude.json")).unwrap().replace(
        r#"      {"uuid": "n4","#,
        r#"      {"uuid": "n5", "text": "نعم", "content": [], "sender": "assistant", "created_at": "2025-03-01T08:09:00Z", "parent_message_uuid": "n4"},
      {"uuid": "n4","#,
    );
    let report = place.import(grown.as_bytes()).await.unwrap();
    assert_eq!(
        told(&report),
        "claude conversation +0=2 message +1=5 consultation +0=0 execution +0=0 left out 1"
    );
    let documents = place.documents().await;
    assert!(
        documents
            .iter()
            .any(|document| document.text.contains("نعم"))
    );
}

async fn check_refused(contents: &[u8], code: &str) {
    let place = Place::new().await;
    let before = place.export().await;
    let error = place.import(contents).await.unwrap_err();
    assert_eq!(
        (error.kind, error.notice.code.as_str()),
        (AppErrorKind::Invalid, code),
        "{error}"
    );
    assert_eq!(place.export().await, before);
}

#[tokio::test]
async fn a_file_that_is_refused_says_why_and_changes_nothing() {
    check_refused(b"", "import_unknown").await;
    check_refused(b"hello", "import_unknown").await;
    check_refused(b"[]", "import_unknown").await;
    check_refused(b"[{\"mapping\": {}}", "import_truncated").await;
    check_refused(b"PK\x03\x04 and no more", "import_malformed").await;
    check_refused(&archive(&[("chat.html", b"<html>")]), "import_unknown").await;
    check_refused(b"SQLite format 3\0 and no more", "import_malformed").await;
    check_refused(&database("CREATE TABLE t (x);"), "import_unknown").await;
    let newer = br#"{"majlis_export":2,"schema":2,"created_at":"","program":"majlis 9"}"#;
    check_refused(newer, "import_newer").await;
}

#[tokio::test]
async fn an_archive_that_unpacks_to_far_more_than_it_is_is_refused() {
    let zeros = vec![b' '; 8 << 20];
    check_refused(
        &archive(&[("conversations.json", &zeros)]),
        "import_too_large",
    )
    .await;
}

fn fixtures() -> Vec<Vec<u8>> {
    let sql = |name: &str| database(&String::from_utf8(fixture(name)).unwrap());
    vec![
        fixture("chatgpt.json"),
        fixture("claude.json"),
        archive(&[("conversations.json", &fixture("chatgpt.json"))]),
        sql("llm.sql"),
        sql("ai-kernel.sql"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_never_panics_and_one_that_is_refused_changes_nothing(
        which in 0_usize..5,
        at in any::<prop::sample::Index>(),
        flip in prop::option::of(1_u8..=255),
    ) {
        let mut bytes = fixtures().remove(which);
        let at = at.index(bytes.len());
        match flip {
            Some(flip) => bytes[at] ^= flip,
            None => bytes.truncate(at),
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let place = Place::new().await;
            let before = place.export().await;
            if place.import(&bytes).await.is_err() {
                assert_eq!(place.export().await, before);
            }
        });
    }
}
