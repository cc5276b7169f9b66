//! Databases of every earlier version come through with what they hold.
//!
//! `fixtures/vN.sql` is a database of version N as text. The newest one is made from the public API
//! (`MAJLIS_UPDATE_FIXTURES=1 cargo test -p majlis-store`); once a version is released, its file is
//! never changed again.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use majlis_store::*;
use rusqlite::Connection;

use crate::support::*;

/// The version of this program's schema.
const NEWEST: u32 = 7;

fn fixture(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/v{version}.sql"))
}

/// A database as text: schema, rows, version. The same database always gives the same text.
fn dump(connection: &Connection) -> String {
    let pragma = |name| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let mut text = format!("PRAGMA application_id = {};\n", pragma("application_id"));
    writeln!(text, "PRAGMA user_version = {};", pragma("user_version")).unwrap();
    for (_, sql) in tables(connection) {
        writeln!(text, "{sql};").unwrap();
    }
    for (table, _) in tables(connection) {
        // The full-text index keeps no texts that could be written down.
        if table == "search_index" {
            continue;
        }
        for row in rows(connection, &table) {
            writeln!(text, "INSERT INTO {table} VALUES ({row});").unwrap();
        }
    }
    let mut statement = connection
        .prepare("SELECT sql FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL ORDER BY rowid")
        .unwrap();
    for sql in statement
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
    {
        writeln!(text, "{};", sql.unwrap()).unwrap();
    }
    text
}

/// The tables in the order in which they were made, with their SQL.
fn tables(connection: &Connection) -> Vec<(String, String)> {
    connection
        .prepare(
            "SELECT name, sql FROM sqlite_schema
             WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_index_%' ORDER BY rowid",
        )
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// The rows of a table as literals of SQL, in the order of its first two columns, which hold its key.
fn rows(connection: &Connection, table: &str) -> Vec<String> {
    let columns = connection
        .prepare(&format!("SELECT * FROM {table}"))
        .unwrap()
        .column_names()
        .iter()
        .map(|name| format!("quote({name})"))
        .collect::<Vec<_>>()
        .join(", ");
    connection
        .prepare(&format!(
            "SELECT concat_ws(', ', {columns}) FROM (SELECT * FROM {table} ORDER BY 1, 2)"
        ))
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// A database with at least one row in every table.
async fn fill(store: &Store) {
    store
        .create_conversation(conversation("v", &["openai/gpt-5", "local/smollm2-135m"]))
        .await
        .unwrap();
    store
        .append_messages(
            "v",
            vec![said("m", "v-0", "It's a \"quote\" — سؤال")],
            2_000,
        )
        .await
        .unwrap();
    store.begin(turn("j", "v", "openai/gpt-5")).await.unwrap();
    store
        .settle(settlement("c-j", "Rayleigh scattering"))
        .await
        .unwrap();
    store.finish_job(finish("j", None)).await.unwrap();
    store
        .begin(consultation(
            "s",
            &["anthropic/claude", "openrouter/x/y:free"],
        ))
        .await
        .unwrap();
    store
        .flush_chunk(chunk("c-s-1", 0, "half", "because"))
        .await
        .unwrap();
    let analysis = StoredAnalysis {
        schema: 1,
        method: "lexical/1".to_owned(),
        body: serde_json::json!({}),
    };
    let claim = NewClaim {
        text: "Light scatters.".to_owned(),
        agreement: None,
        stances: vec![(0, ClaimStance::Asserts)],
    };
    store
        .set_analysis("s", analysis, vec![claim])
        .await
        .unwrap();
    let settings = [("language".to_owned(), serde_json::json!("ar"))].into();
    store.set_settings(settings, 1).await.unwrap();
    let template = NewTemplate {
        id: "t".to_owned(),
        name: "Review".to_owned(),
        text: "Review {code}.".to_owned(),
        created_at_ms: 1,
    };
    store.create_template(template).await.unwrap();
    let draft = DraftRow {
        text: "Why is".to_owned(),
        context: None,
        updated_at_ms: 1,
    };
    let place = DraftPlace::Conversation("v".to_owned());
    store.set_draft(place, draft).await.unwrap();
}

/// Rows of tables that no method of this version writes.
const WITHOUT_METHODS: &str = "
INSERT INTO budgets VALUES ('day', 5000000000000, 1);
INSERT INTO uncapped_models VALUES ('own/model', 1);
INSERT INTO idempotency_keys VALUES ('key', 'hash', 1, '{}');
INSERT INTO hearings VALUES (1, 'r', 1, 'revise', 2, 1, 1, 'complete', NULL, 1, NULL, '{}', '[]');
INSERT INTO reviews VALUES (1, 'w', 1, 1, 2, 0, 1, '{}');
INSERT INTO syntheses VALUES (1, 'y', 1, 1, 'openai/gpt-5', 'complete', NULL, 1, NULL, '{}');
INSERT INTO agent_executions VALUES (1, 'e', 'python-audit', 'complete', NULL, 1, 2, 'src', '{}', NULL);
INSERT INTO findings VALUES (1, 'f', 1, 'print', 'py-eval', 95, 'security', 'high', 'a.py', 3, 4, 'eval', '{}');
INSERT INTO audit_questions VALUES (1, 'i', 1, 'key', 'openai/gpt-5', 'complete', NULL, 'asked', NULL, '[]');
INSERT INTO verdicts VALUES (1, 'd', 'finding', 'print', 'confirm', NULL, 1);
INSERT INTO alerts VALUES (1, 'disk_low', 'firing', 1, NULL, '{}', 1);
INSERT INTO alert_messages VALUES (1, 1, 'firing', 'hook', 1, 2, NULL);
INSERT INTO relays VALUES ('q', 'k', 'gone', 'openai/gpt-5', 'hash', 5, 7, 1);
INSERT INTO search_documents (number, kind, finding, created_at) VALUES (100, 'finding', 1, 1);
INSERT INTO search_index (rowid, tokens) VALUES (100, ':kfinding eval');
INSERT INTO search_backlog VALUES ('finding', 2);
";

#[tokio::test]
async fn the_newest_fixture_is_what_this_version_writes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    fill(&store).await;
    store.close().await;
    let database = Connection::open(folder.path().join("majlis.db")).unwrap();
    database.execute_batch(WITHOUT_METHODS).unwrap();
    let written = dump(&database);
    if told("MAJLIS_UPDATE_FIXTURES").is_some() {
        fs::write(fixture(NEWEST), &written).unwrap();
    }
    assert_eq!(written, fs::read_to_string(fixture(NEWEST)).unwrap());
    assert!(written.contains(&format!("PRAGMA user_version = {NEWEST};")));
    assert!(!fixture(NEWEST + 1).exists());
}

#[tokio::test]
async fn every_earlier_version_keeps_all_its_rows() {
    for version in 1..=NEWEST {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("majlis.db");
        let old = Connection::open(&path).unwrap();
        // Channels and messages refer to each other.
        old.pragma_update(None, "foreign_keys", false).unwrap();
        old.execute_batch(&fs::read_to_string(fixture(version)).unwrap())
            .unwrap();
        let before: Vec<_> = tables(&old)
            .into_iter()
            .filter(|(name, _)| name != "search_index")
            .map(|(name, _)| (rows(&old, &name), name))
            .collect();
        drop(old);
        let elsewhere = tempfile::tempdir().unwrap();
        restore(&options(elsewhere.path(), 1), &path, &mut |_| {}).unwrap();
        check_content(&open(elsewhere.path(), 2)).await;
        let store = open(folder.path(), 2);
        check_content(&store).await;
        store.close().await;
        let migrated = Connection::open(&path).unwrap();
        for (rows_before, table) in before {
            assert!(
                !rows_before.is_empty(),
                "the fixture has nothing in {table}"
            );
            assert_eq!(
                rows(&migrated, &table).len(),
                rows_before.len(),
                "{table} since version {version}"
            );
        }
        let pragma = |name| migrated.pragma_query_value(None, name, |row| row.get::<_, String>(0));
        assert_eq!(pragma("integrity_check").unwrap(), "ok");
        assert_eq!(pragma("journal_mode").unwrap(), "wal");
        let store = open(folder.path(), 3);
        let report = store.recover(9_000, &[]).await.unwrap();
        assert_eq!(report.jobs[0].unknown_calls, ["c-s-0", "c-s-1"]);
    }
}

/// What the fixtures of all versions say, read by the program of today.
async fn check_content(store: &Store) {
    let conversation = store.conversation("v", 10).await.unwrap().unwrap();
    let messages = &conversation.channels[0].messages;
    assert_eq!(messages[0].text(), "It's a \"quote\" — سؤال");
    assert_eq!(messages[2].text(), "Rayleigh scattering");
    let call = messages[2].call.as_ref().unwrap();
    assert_eq!(
        (call.cost, call.usage),
        (Some(majlis_llm::PicoUsd(123)), settlement("", "").usage)
    );
    let consultation = store.consultation("s").await.unwrap().unwrap();
    let texts: Vec<_> = consultation.members.iter().map(MemberRow::text).collect();
    assert_eq!(texts, ["", "half", "نعم، بالتأكيد."]);
    assert_eq!(
        store.setting("language").await.unwrap(),
        Some(serde_json::json!("ar"))
    );
}
