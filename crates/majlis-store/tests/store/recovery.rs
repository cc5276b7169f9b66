//! What is left of a process that was killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use majlis_llm::PicoUsd;
use majlis_store::*;
use majlis_store::{CallState as Call, ReplyState as Reply};

use crate::support::*;

/// A consultation of four models: one answered, one half, one not begun, one local and half.
async fn consult_half(store: &Store) {
    store
        .begin(consultation(
            "s",
            &["a/answered", "a/half", "a/silent", "local/half"],
        ))
        .await
        .unwrap();
    store.settle(settlement("c-s-0", "whole")).await.unwrap();
    store
        .flush_chunk(chunk("c-s-1", 0, "نص", "thinking"))
        .await
        .unwrap();
    store.flush_chunk(chunk("c-s-1", 1, "ف", "")).await.unwrap();
    store
        .flush_chunk(chunk("c-s-3", 0, "Once upon", ""))
        .await
        .unwrap();
}

async fn check_recovered(store: &Store) {
    let report = store.recover(7_000, &["local".to_owned()]).await.unwrap();
    assert_eq!(
        report,
        RecoveryReport {
            jobs: vec![RecoveredJob {
                job_id: "job-s".to_owned(),
                kind: JobKind::Consultation,
                subject_id: "s".to_owned(),
                unknown_calls: vec!["c-s-1".to_owned(), "c-s-2".to_owned()],
                free_calls: vec!["c-s-3".to_owned()],
            }],
            alive: 0,
        }
    );
    let read = store.consultation("s").await.unwrap().unwrap();
    assert_eq!(read.row.status, ConsultationStatus::Interrupted);
    assert_eq!(read.row.finished_at_ms, Some(7_000));
    let members: Vec<_> = read
        .members
        .iter()
        .map(|member| {
            let call = member.call.as_ref();
            (
                member.text(),
                member.state,
                call.map(|call| (call.state, call.cost)),
            )
        })
        .collect();
    let expected = [
        (
            "whole",
            Reply::Complete,
            Some((Call::Settled, Some(PicoUsd(123)))),
        ),
        ("نصف", Reply::Interrupted, Some((Call::Unknown, None))),
        ("", Reply::Interrupted, Some((Call::Unknown, None))),
        (
            "Once upon",
            Reply::Interrupted,
            Some((Call::Cancelled, Some(PicoUsd::ZERO))),
        ),
        ("نعم، بالتأكيد.", Reply::Complete, None),
    ];
    assert_eq!(
        members,
        expected.map(|(text, state, call)| (text.to_owned(), state, call))
    );
    assert_eq!(read.members[1].reasoning().as_deref(), Some("thinking"));
    let cost = store.cost(CostScope::Everything).await.unwrap();
    assert_eq!(
        cost,
        CostSum {
            known: PicoUsd(123),
            unknown: 2
        }
    );
    let again = store.recover(8_000, &[]).await.unwrap();
    assert_eq!(again, RecoveryReport::default());
}

/// Plays the process that is killed when the variable names a folder, else kills such a one.
#[tokio::test]
async fn a_process_killed_in_the_middle_loses_nothing_it_was_told_is_stored() {
    const FOLDER: &str = "MAJLIS_TEST_FOLDER_OF_THE_KILLED";
    const NAME: &str =
        "recovery::a_process_killed_in_the_middle_loses_nothing_it_was_told_is_stored";
    if let Some(folder) = told(FOLDER) {
        let store = open(Path::new(&folder), 7);
        consult_half(&store).await;
        writeln!(std::io::stdout(), "\nstored").unwrap();
        // Until the kill comes.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    assert!(output.lines().any(|line| line.unwrap() == "stored"));
    let store = open(folder.path(), 8);
    let while_it_lives = store.recover(6_500, &[]).await.unwrap();
    assert_eq!(
        while_it_lives,
        RecoveryReport {
            jobs: Vec::new(),
            alive: 1
        }
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let left = folder
        .path()
        .join("run")
        .join(format!("{}.lock", process_id(7)));
    assert!(left.exists());
    check_recovered(&store).await;
    assert!(!left.exists());
}

#[tokio::test]
async fn a_job_left_by_a_process_that_closed_is_recovered_alike() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    consult_half(&store).await;
    store.close().await;
    let store = open(folder.path(), 2);
    check_recovered(&store).await;
}

#[tokio::test]
async fn a_turn_is_recovered_and_the_conversation_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    store
        .create_conversation(conversation("v", &["a/x"]))
        .await
        .unwrap();
    store.begin(turn("j1", "v", "a/x")).await.unwrap();
    store
        .flush_chunk(chunk("c-j1", 0, "Because", ""))
        .await
        .unwrap();
    drop(store);
    let store = open(folder.path(), 2);
    let report = store.recover(7_000, &[]).await.unwrap();
    assert_eq!(report.jobs[0].unknown_calls, ["c-j1"]);
    let late = store
        .settle(settlement("c-j1", "too late"))
        .await
        .unwrap_err();
    assert_eq!(
        late.message,
        "cannot settle a call: call c-j1 is unknown already"
    );
    store.begin(turn("j2", "v", "a/x")).await.unwrap();
    let texts: Vec<_> = messages(&store, "v")
        .await
        .iter()
        .map(MessageRow::text)
        .collect();
    assert_eq!(
        texts,
        [
            "Why is the sky blue?",
            "Because",
            "Why is the sky blue?",
            ""
        ]
    );
}

#[tokio::test]
async fn jobs_of_oneself_and_of_the_living_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(folder.path(), 1), open(folder.path(), 2));
    one.begin(consultation("s", &["a/x"])).await.unwrap();
    assert_eq!(
        one.recover(7_000, &[]).await.unwrap(),
        RecoveryReport::default()
    );
    let report = two.recover(7_000, &[]).await.unwrap();
    assert_eq!(
        report,
        RecoveryReport {
            jobs: Vec::new(),
            alive: 1
        }
    );
    one.settle(settlement("c-s-0", "still mine")).await.unwrap();
    let read = two.consultation("s").await.unwrap().unwrap();
    assert_eq!(
        (read.row.status, read.members[0].text().as_str()),
        (ConsultationStatus::Running, "still mine")
    );
}
