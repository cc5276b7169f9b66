//! What comes after the first round: further calls, judgements, conclusions, verdicts.

use majlis_llm::PicoUsd;
use majlis_store::*;
use serde_json::json;

use crate::support::*;

fn hearing(id: &str, kind: StepKind, place: u32) -> NewHearing {
    NewHearing {
        id: id.to_owned(),
        round: 1,
        place,
        attempt: 1,
        request: json!({"messages": [id]}),
        step: step(kind, &format!("c-{id}"), "openai/gpt-5", id),
    }
}

fn extend(hearings: Vec<NewHearing>) -> Extend {
    Extend {
        job_id: "job-s".to_owned(),
        hearings,
        caps: Caps::default(),
        at_ms: 4_000,
    }
}

async fn begun() -> (tempfile::TempDir, Store) {
    let (folder, store) = fresh();
    let models = ["openai/gpt-5", "anthropic/claude"];
    store.begin(consultation("s", &models)).await.unwrap();
    (folder, store)
}

async fn read(store: &Store) -> Consultation {
    store.consultation("s").await.unwrap().unwrap()
}

#[tokio::test]
async fn what_a_job_sends_further_is_written_before_and_settled_once() {
    let (_folder, store) = begun().await;
    let asks = vec![
        hearing("r0", StepKind::Review, 0),
        hearing("r1", StepKind::Review, 1),
    ];
    store.extend(extend(asks)).await.unwrap();
    store.flush_chunk(chunk("c-r0", 0, "{", "")).await.unwrap();
    store.settle(settlement("c-r1", "{}")).await.unwrap();
    let found = read(&store).await;
    let rows: Vec<_> = found
        .hearings
        .iter()
        .map(|row| (row.id.as_str(), row.kind, row.place, row.state, row.text()))
        .collect();
    assert_eq!(
        rows,
        [
            (
                "r0",
                StepKind::Review,
                0,
                ReplyState::Streaming,
                "{".to_owned()
            ),
            (
                "r1",
                StepKind::Review,
                1,
                ReplyState::Complete,
                "{}".to_owned()
            ),
        ]
    );
    let again = extend(vec![hearing("r0", StepKind::Review, 0)]);
    let error = store.extend(again).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Conflict);
}

#[tokio::test]
async fn a_round_beyond_a_cap_leaves_nothing_behind() {
    let (_folder, store) = begun().await;
    let budget = BudgetChange {
        run: CapChange::Set(PicoUsd(2_500)),
        ..BudgetChange::default()
    };
    store.set_budgets(budget, 1).await.unwrap();
    // Two calls of 900 are open; a third of them fits no more.
    let error = store
        .extend(extend(vec![hearing("r0", StepKind::Review, 0)]))
        .await
        .unwrap_err();
    assert!(matches!(error.kind, StoreErrorKind::BudgetExceeded { .. }));
    assert_eq!(read(&store).await.hearings, []);
}

#[tokio::test]
async fn a_job_that_is_over_or_another_processs_sends_nothing_further() {
    let (folder, store) = begun().await;
    let other = open(&folder.path().join("data"), 2);
    let one = || extend(vec![hearing("r0", StepKind::Revise, 0)]);
    assert!(other.extend(one()).await.is_err());
    store.settle(settlement("c-s-0", "a")).await.unwrap();
    store.settle(settlement("c-s-1", "b")).await.unwrap();
    let end = finish("job-s", Some(ConsultationStatus::Complete));
    store.finish_job(end).await.unwrap();
    assert!(store.extend(one()).await.is_err());
}

#[tokio::test]
async fn a_hearing_of_a_process_that_is_gone_is_interrupted_and_of_unknown_cost() {
    let (folder, store) = begun().await;
    store
        .extend(extend(vec![hearing("r0", StepKind::Edit, 0)]))
        .await
        .unwrap();
    drop(store);
    let store = open(&folder.path().join("data"), 2);
    let report = store.recover(9_000, &[]).await.unwrap();
    assert!(report.jobs[0].unknown_calls.contains(&"c-r0".to_owned()));
    let found = read(&store).await;
    assert_eq!(found.hearings[0].state, ReplyState::Interrupted);
    assert_eq!(
        found.hearings[0].call.as_ref().unwrap().state,
        CallState::Unknown
    );
}

#[tokio::test]
async fn a_deliberation_replaces_the_one_before_with_its_judgements() {
    let (_folder, store) = begun().await;
    let review = |id: &str, judge, reviewed| NewReview {
        id: id.to_owned(),
        judge,
        reviewed,
        place: 0,
        body: json!({"scores": {"correct": 9}}),
    };
    let keep = |mark: u32, reviews| store.set_deliberation("s", json!({"mark": mark}), reviews, 5);
    keep(1, vec![review("a", 0, 1), review("b", 1, 0)])
        .await
        .unwrap();
    keep(2, vec![review("c", 0, 2)]).await.unwrap();
    assert_eq!(read(&store).await.deliberation, Some(json!({"mark": 2})));
    let records = store.review_records().await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].judge, Some(model("openai/gpt-5")));
    assert_eq!(
        (records[0].reviewed.as_ref(), records[0].answer_chars),
        (None, 14)
    );
    assert!(
        store
            .set_deliberation("unheard of", json!({}), Vec::new(), 5)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn conclusions_are_versions_and_are_found() {
    let (_folder, store) = begun().await;
    let add = |id: &str, text: &str| {
        let synthesis = NewSynthesis {
            id: id.to_owned(),
            editor: Some(model("openai/gpt-5")),
            call_id: None,
            body: json!({"text": text}),
        };
        store.add_synthesis("s", synthesis, 6)
    };
    assert_eq!(add("y1", "Rayleigh scattering").await.unwrap(), 1);
    assert_eq!(
        add("y2", "Rayleigh scattering").await.unwrap(),
        1,
        "the same is no version"
    );
    assert_eq!(add("y3", "Mie scattering").await.unwrap(), 2);
    let found = read(&store).await;
    let versions: Vec<_> = found
        .syntheses
        .iter()
        .map(|row| (row.version, row.id.as_str()))
        .collect();
    assert_eq!(versions, [(1, "y1"), (2, "y3")]);
}

#[tokio::test]
async fn the_last_word_on_an_answer_counts() {
    let (_folder, store) = begun().await;
    let say = |id: &str, member: &str, verdict| {
        store.set_verdict(NewVerdict {
            id: id.to_owned(),
            member_id: member.to_owned(),
            verdict,
            reason: None,
            at_ms: 7,
        })
    };
    say("v1", "s-0", AnswerVerdict::Wrong).await.unwrap();
    say("v2", "s-0", AnswerVerdict::Right).await.unwrap();
    say("v3", "s-1", AnswerVerdict::Wrong).await.unwrap();
    say("v4", "s-1", AnswerVerdict::Open).await.unwrap();
    assert!(say("v5", "nobody", AnswerVerdict::Right).await.is_err());
    let found = read(&store).await;
    let verdicts: Vec<_> = found.members.iter().map(|member| member.verdict).collect();
    assert_eq!(verdicts, [Some(AnswerVerdict::Right), None, None]);
    let judged = store.judged_answers().await.unwrap();
    assert_eq!(judged.len(), 1);
    assert!(judged[0].is_right);
}

#[tokio::test]
async fn another_conclusion_is_a_job_of_a_consultation_that_stays_over() {
    let (_folder, store) = begun().await;
    let edition = |id: &str| Begin {
        job_id: id.to_owned(),
        subject: Subject::Synthesis {
            consultation_id: "s".to_owned(),
        },
        once: None,
        steps: Vec::new(),
        caps: Caps::default(),
        at_ms: 8_000,
    };
    let error = store.begin(edition("e1")).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Conflict, "it still runs");
    for call in ["c-s-0", "c-s-1"] {
        store.settle(settlement(call, "a")).await.unwrap();
    }
    let end = finish("job-s", Some(ConsultationStatus::Complete));
    store.finish_job(end).await.unwrap();
    store.begin(edition("e2")).await.unwrap();
    let mut edit = extend(vec![hearing("e", StepKind::Edit, 0)]);
    edit.job_id = "e2".to_owned();
    store.extend(edit).await.unwrap();
    store.settle(settlement("c-e", "{}")).await.unwrap();
    store.finish_job(finish("e2", None)).await.unwrap();
    let found = read(&store).await;
    assert_eq!(found.row.status, ConsultationStatus::Complete);
    assert_eq!(found.hearings.len(), 1);
}
