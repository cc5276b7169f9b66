//! Councils beyond their first round, on a real data folder, with a provider that plays scripts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "test helpers fail their test by panicking, and own their tasks and environment"
)]

use std::path::Path;
use std::sync::Arc;

use futures_util::TryStreamExt;
use majlis_app::{
    AnswerVerdict, App, AppErrorKind, AppOptions, ConsultRequest, ConsultationView, Durability,
    ExportRequest, Frames, MarkdownFile, MemberRequest, ProviderSeat, RunEvent, RunStatus,
};
use majlis_council::{Mode, SkipReason, Stage};
use majlis_llm::{ErrorKind, ModelId, PicoUsd, PriceTable, ProviderError};
use majlis_providers::fake::{FakeProvider, Ledger, Script};
use serde_json::json;

async fn open(folder: &Path, provider: FakeProvider) -> (App, Ledger) {
    let ledger = provider.ledger();
    let options = AppOptions {
        data_dir: folder.to_owned(),
        seats: vec![ProviderSeat {
            name: "openai".to_owned(),
            kind: "fake".to_owned(),
            provider: Ok(Arc::new(provider)),
            models: Vec::new(),
        }],
        prices: PriceTable::builtin(),
        durability: Durability::Fast,
        audit_roots: Vec::new(),
    };
    (App::open(options).await.unwrap(), ledger)
}

fn id(text: &str) -> ModelId {
    text.parse().unwrap()
}

const MEMBERS: [&str; 4] = ["gpt-4o-mini", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4.1"];

fn asks(mode: Option<Mode>, editors: &[&str], max_cost: Option<PicoUsd>) -> ConsultRequest {
    let member = |name: &&str| MemberRequest::Model {
        model: id(&format!("openai/{name}")),
        samples: 1,
    };
    ConsultRequest {
        question: "How does SQLite store pages?".to_owned(),
        context: None,
        members: MEMBERS.iter().map(member).collect(),
        mode,
        editors: editors.iter().map(|editor| id(editor)).collect(),
        max_cost,
        idempotency_key: None,
    }
}

fn say(text: &str) -> Script {
    Script::answer(text).usage(100, 20)
}

/// Judges two answers, the first shown better.
fn sheet() -> Script {
    let review = |name: &str, mark: u8| {
        json!({
            "answer": name, "reasons": "as I see it", "fatal_error": null, "quote": null,
            "scores": { "correct": mark, "complete": mark, "clear": 8, "grounded": 7 },
        })
    };
    say(&json!({ "reviews": [review("A", 9), review("B", 4)] }).to_string())
}

fn points(decision: &str, evidence: &str) -> Script {
    let point = json!({
        "claim": "C1", "decision": decision, "evidence": evidence,
        "revised": "The default page size is 4096 bytes.",
    });
    say(&json!({ "points": [point] }).to_string())
}

const WRITTEN: &str = r#"{"agreed": [{"text": "SQLite supports concurrent readers.", "cites": ["A1", "A2"]},
    {"text": "Postgres replicates faster everywhere.", "cites": ["A1"]}]}"#;

/// One member is wrong on a number, follows the others without a reason; one judges in words; the
/// strongest is missing.
fn planted() -> FakeProvider {
    let overloaded = ProviderError::new(ErrorKind::Overloaded, "Try later.");
    FakeProvider::new("openai")
        .script(
            MEMBERS[0],
            say("SQLite supports concurrent readers. The default page size is 4096 bytes."),
        )
        .script(MEMBERS[0], sheet())
        .script(
            MEMBERS[0],
            points("keep", "The file format documentation, section one"),
        )
        .script(
            MEMBERS[1],
            say("SQLite supports concurrent readers. The default page size is 1024 bytes."),
        )
        .script(MEMBERS[1], sheet())
        .script(
            MEMBERS[1],
            points("revise", "The others agree, so I was wrong."),
        )
        .script(
            MEMBERS[2],
            say("SQLite supports concurrent readers. Backups copy pages online."),
        )
        .script(MEMBERS[2], say("I would rather not judge."))
        .script(MEMBERS[3], Script::refuse(overloaded))
        .script("o1-pro", say(WRITTEN))
        .script("gpt-4o", say(WRITTEN))
}

async fn events(app: &App, run_id: &str) -> Vec<RunEvent> {
    let mut subscription = app.subscribe(run_id, 0).unwrap();
    let mut events = Vec::new();
    loop {
        match subscription.next().await {
            Frames::More(frames) => events.extend(frames.iter().map(|frame| frame.event.clone())),
            Frames::Gap => panic!("a reader from the start misses nothing"),
            Frames::End => return events,
        }
    }
}

async fn held(app: &App, request: ConsultRequest) -> (ConsultationView, Vec<RunEvent>) {
    let id = app.consult(request).await.unwrap();
    let seen = events(app, &id).await;
    (app.consultation(&id).await.unwrap(), seen)
}

fn stages(events: &[RunEvent]) -> Vec<Stage> {
    let stage = |event: &RunEvent| match event {
        RunEvent::StageStarted { stage, .. } => Some(*stage),
        _ => None,
    };
    events.iter().filter_map(stage).collect()
}

#[tokio::test]
async fn what_is_planted_in_a_council_shows() {
    let folder = tempfile::tempdir().unwrap();
    let (app, ledger) = open(folder.path(), planted()).await;
    let (view, seen) = held(&app, asks(None, &["openai/gpt-4o"], None)).await;
    assert_eq!(view.plan.mode, Mode::Council, "four can judge");
    assert_eq!(
        view.summary.status,
        RunStatus::Degraded,
        "the strong one is missing"
    );
    let deliberation = view.deliberation.as_deref().unwrap();
    assert_eq!(deliberation.reviews.len(), 4);
    assert_eq!(
        deliberation.dropped_judges[0].judge, 2,
        "it judged in words, twice"
    );
    assert!(deliberation.gate.as_ref().unwrap().opens);
    let contested = &deliberation.contested[0];
    assert_eq!(contested.sides.len(), 2, "{contested:?}");
    let flipped: Vec<_> = deliberation
        .revisions
        .iter()
        .filter(|revision| revision.conformity)
        .map(|revision| revision.member)
        .collect();
    assert_eq!(flipped, [1]);
    assert!(
        deliberation.settled[0].unwrap() < 0.01,
        "conformity raises nothing"
    );
    let newest = &view.syntheses[0];
    assert_eq!(newest.synthesis.editor, Some(id("openai/gpt-4o")));
    let support = serde_json::to_value(&newest.synthesis.sections[0]).unwrap();
    assert_eq!(support["sentences"][0]["support"], "supported");
    assert_eq!(support["sentences"][1]["support"], "unsupported");
    let votes = view.votes.unwrap();
    assert!(votes.models == 3 && votes.effective < 2.0);
    // A repair is a stage's call of its own.
    let wanted = [Stage::Review, Stage::Review, Stage::Revise, Stage::Edit];
    assert_eq!(stages(&seen), wanted);
    let last = seen
        .iter()
        .rev()
        .find_map(|event| match event {
            RunEvent::Deliberated { deliberation } => Some(deliberation),
            _ => None,
        })
        .unwrap();
    assert_eq!(last.as_ref(), deliberation, "told is stored");
    let reviews = view
        .stages
        .iter()
        .find(|stage| stage.stage == Stage::Review)
        .unwrap();
    assert_eq!(reviews.hearings.len(), 4);
    assert!(
        reviews.hearings[0].messages[0]
            .1
            .contains("<answer name=\"A\">")
    );
    let sum: PicoUsd = view.stages.iter().map(|stage| stage.cost.known).sum();
    assert_eq!((sum, view.cost.unknown), (view.cost.known, 0));
    assert_eq!(ledger.entries().len(), 3 + 4 + 2 + 1);
}

#[tokio::test]
async fn a_stage_beyond_the_cap_is_not_held_and_resuming_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let (app, ledger) = open(folder.path(), planted()).await;
    let cap = PicoUsd::from_usd_str("5").ok();
    let (view, _) = held(&app, asks(None, &["openai/o1-pro"], cap)).await;
    let deliberation = view.deliberation.as_deref().unwrap();
    let skipped: Vec<_> = deliberation
        .skipped
        .iter()
        .map(|skipped| (skipped.stage, skipped.why))
        .collect();
    assert_eq!(skipped, [(Stage::Edit, SkipReason::OverBudget)]);
    assert_eq!(
        view.syntheses[0].synthesis.editor, None,
        "the answers' own words"
    );
    assert!(view.resumable.unwrap().stages);
    let before = ledger.entries().len();
    let run = app.resume(&view.summary.id, None).await.unwrap();
    events(&app, &run).await;
    let resumed = app.consultation(&run).await.unwrap();
    assert!(resumed.deliberation.as_deref().unwrap().skipped.is_empty());
    assert_eq!(resumed.syntheses.len(), 2, "the extractive one stays");
    assert_eq!(
        resumed.syntheses[1].synthesis.editor,
        Some(id("openai/o1-pro"))
    );
    // Only the editor was asked: answers, judgements and revisions are kept. The member that is
    // missing was asked again and refused, which bills nothing.
    assert_eq!(ledger.entries().len(), before + 1);
}

#[tokio::test]
async fn another_conclusion_is_a_version_and_the_consultation_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = open(folder.path(), planted()).await;
    let (view, _) = held(&app, asks(Some(Mode::Quick), &[], None)).await;
    assert!(view.deliberation.is_none() && view.syntheses.is_empty());
    let id_of = &view.summary.id;
    let editors = vec![id("openai/gpt-4o")];
    let run = app.synthesise(id_of, editors.clone(), None).await.unwrap();
    let seen = events(&app, &run).await;
    assert!(
        seen.iter()
            .any(|event| matches!(event, RunEvent::Concluded { .. }))
    );
    let again = app.consultation(id_of).await.unwrap();
    assert_eq!(again.summary.status, RunStatus::Degraded);
    assert_eq!(again.syntheses.len(), 1);
    let demo = app.synthesise(id_of, vec![id("local/smollm")], None).await;
    assert_eq!(demo.unwrap_err().notice.code, "editor_demo");
    let nobody = app.synthesise("nothing", Vec::new(), None).await;
    assert_eq!(nobody.unwrap_err().kind, AppErrorKind::NotFound);
}

#[tokio::test]
async fn a_verdict_is_kept_with_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = open(folder.path(), planted()).await;
    let (view, _) = held(&app, asks(Some(Mode::Quick), &[], None)).await;
    let id = &view.summary.id;
    app.set_verdict(
        id,
        1,
        AnswerVerdict::Wrong,
        Some("read the manual".to_owned()),
    )
    .await
    .unwrap();
    let members = app.consultation(id).await.unwrap().members;
    assert_eq!(members[1].verdict, Some(AnswerVerdict::Wrong));
    let beyond = app.set_verdict(id, 9, AnswerVerdict::Right, None).await;
    assert_eq!(beyond.unwrap_err().kind, AppErrorKind::NotFound);
    let long = Some("x".repeat(3_000));
    let refused = app.set_verdict(id, 1, AnswerVerdict::Right, long).await;
    assert_eq!(refused.unwrap_err().notice.code, "reason_too_long");
}

#[tokio::test]
async fn a_council_that_is_stopped_in_a_later_stage_keeps_what_came_and_goes_on_when_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let provider = planted().script("gpt-4o-2024-08-06", Script::answer("x").hanging());
    let (app, ledger) = open(folder.path(), provider).await;
    let id = app
        .consult(asks(None, &["openai/gpt-4o-2024-08-06"], None))
        .await
        .unwrap();
    let mut subscription = app.subscribe(&id, 0).unwrap();
    'waiting: loop {
        let Frames::More(frames) = subscription.next().await else {
            panic!("the editor was never asked");
        };
        for frame in frames {
            if matches!(
                &frame.event,
                RunEvent::StageStarted {
                    stage: Stage::Edit,
                    ..
                }
            ) {
                break 'waiting;
            }
        }
    }
    app.shutdown().await;
    let before = ledger.entries().len();
    let (app, ledger) = open(folder.path(), planted()).await;
    let view = app.consultation(&id).await.unwrap();
    assert_eq!(view.summary.status, RunStatus::Interrupted);
    assert_eq!(view.deliberation.as_deref().unwrap().reviews.len(), 4);
    assert!(view.resumable.unwrap().stages);
    assert!(before >= 9);
    let run = app.resume(&id, None).await.unwrap();
    events(&app, &run).await;
    let resumed = app.consultation(&id).await.unwrap();
    // The editor is not there any more: the conclusion is put together from the answers.
    assert_eq!(resumed.syntheses.last().unwrap().synthesis.editor, None);
    assert_eq!(ledger.entries(), [], "everything that was answered is kept");
}

#[tokio::test]
async fn a_document_holds_the_conclusion_and_the_whole_cost() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = open(folder.path(), planted()).await;
    let (view, _) = held(&app, asks(None, &["openai/gpt-4o"], None)).await;
    let documents = app.export_markdown(ExportRequest::default()).await.unwrap();
    let documents: Vec<MarkdownFile> = documents.try_collect().await.unwrap();
    let text = &documents[0].text;
    let cost = format!("- Cost: {}", view.cost.known);
    for wanted in [
        "## Synthesis",
        "- SQLite supports concurrent readers. \\[A1]\\[A2]",
        "*(unsupported)*",
        cost.as_str(),
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in {text}");
    }
}

#[tokio::test]
async fn the_estimate_names_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = open(folder.path(), planted()).await;
    let estimate = app
        .estimate_consultation(asks(Some(Mode::Deep), &["openai/gpt-4o"], None))
        .await
        .unwrap();
    let stages: Vec<_> = estimate
        .stages
        .iter()
        .map(|stage| (stage.stage, stage.calls))
        .collect();
    let wanted = [
        (Stage::Answer, 4),
        (Stage::Review, 4),
        (Stage::Revise, 4),
        (Stage::Edit, 1),
    ];
    assert_eq!(stages, wanted);
    let quick = app
        .estimate_consultation(asks(Some(Mode::Quick), &[], None))
        .await
        .unwrap();
    assert_eq!(quick.stages.len(), 1);
    assert!(quick.high < estimate.high && quick.low < estimate.low);
}
