//! Use cases on a real data folder, with a provider that plays scripts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "test helpers fail their test by panicking, and own their tasks and environment"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use majlis_app::{
    App, AppErrorKind, AppOptions, CallState, ConsultRequest, Durability, Frames, Language,
    MemberRequest, ProviderSeat, ReplyState, RunEvent, RunFrame, RunStatus, SampleConsultation,
    SearchQuery, Settings, Theme, TurnRequest,
};
use majlis_council::Mode;
use majlis_llm::{ErrorKind, ModelId, PicoUsd, PriceTable, Provider, ProviderError, Role};
use majlis_providers::fake::{FakeProvider, Ledger, Outcome, Script};

async fn open(folder: &Path, provider: FakeProvider) -> (App, Ledger) {
    let ledger = provider.ledger();
    let name = provider.name().to_owned();
    let options = AppOptions {
        data_dir: folder.to_owned(),
        seats: vec![ProviderSeat {
            name,
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

fn asks(question: &str, models: &[&str]) -> ConsultRequest {
    ConsultRequest {
        question: question.to_owned(),
        context: None,
        members: models
            .iter()
            .map(|model| MemberRequest::Model {
                model: id(model),
                samples: 1,
            })
            .collect(),
        mode: Some(Mode::Quick),
        editors: Vec::new(),
        max_cost: None,
        idempotency_key: None,
    }
}

/// Asks only some channels.
fn to(channels: Vec<String>) -> TurnRequest {
    TurnRequest {
        channels: Some(channels),
        ..TurnRequest::say("q")
    }
}

/// Follows a run to its end.
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

async fn ended(app: &App, run_id: &str) -> RunStatus {
    match events(app, run_id).await.last() {
        Some(RunEvent::Finished { status }) => *status,
        other => panic!("the last event is the end, not {other:?}"),
    }
}

/// Waits until a reply has brought some text.
async fn first_text(app: &App, run_id: &str, label: &str) -> String {
    let mut subscription = app.subscribe(run_id, 0).unwrap();
    let mut wanted = None;
    loop {
        let Frames::More(frames) = subscription.next().await else {
            panic!("{label} said nothing");
        };
        for frame in frames {
            match &frame.event {
                RunEvent::Started { replies, .. } => {
                    wanted = replies
                        .iter()
                        .find(|reply| reply.label == label)
                        .map(|reply| reply.message_id.clone());
                }
                RunEvent::TextDelta { message_id, .. } if Some(message_id) == wanted.as_ref() => {
                    return message_id.clone();
                }
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_failed_member_never_fails_the_council_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let provider = FakeProvider::new("openai")
        .script(
            "gpt-4o",
            Script::answer("The limit is 10 requests per second.").usage(1000, 100),
        )
        .script(
            "gpt-4o-mini",
            Script::answer("The limit is 20 requests per second.").usage(1000, 100),
        )
        .script(
            "refused",
            Script::refuse(ProviderError::new(ErrorKind::Unauthorized, "No key.")),
        )
        .script("cut", Script::answer("The limit is unknown to me").cut());
    let (app, ledger) = open(folder.path(), provider).await;
    let models = [
        "openai/gpt-4o",
        "openai/gpt-4o-mini",
        "openai/refused",
        "openai/cut",
    ];
    let run = app
        .consult(asks("What is the limit?", &models))
        .await
        .unwrap();
    assert_eq!(ended(&app, &run).await, RunStatus::Degraded);

    let held = app.consultation(&run).await.unwrap();
    assert_eq!(held.summary.status, RunStatus::Degraded);
    assert_eq!(held.prompt, "What is the limit?");
    let states: Vec<_> = held.members.iter().map(|member| member.state).collect();
    assert_eq!(
        states,
        [
            ReplyState::Complete,
            ReplyState::Complete,
            ReplyState::Failed,
            ReplyState::Failed
        ]
    );
    assert_eq!(held.members[3].text, "The limit is unknown to me");
    assert_eq!(
        held.members[2].error.as_ref().unwrap().code,
        "provider_unauthorized"
    );

    let costs: Vec<_> = held
        .members
        .iter()
        .map(|member| member.call.as_ref().unwrap().cost)
        .collect();
    assert_eq!(costs[0], Some(PicoUsd(3_500_000_000)));
    assert_eq!(costs[2], Some(PicoUsd::ZERO));
    assert_eq!(costs[3], None);
    assert_eq!(held.cost.known, costs.iter().flatten().copied().sum());
    assert_eq!(held.cost.unknown, 1);
    assert_eq!(ledger.entries().len(), 3);

    let analysis = held.analysis.unwrap();
    assert_eq!(analysis.members.len(), 2);
    assert_eq!(analysis.contradictions.as_ref().unwrap().len(), 1);
}

#[tokio::test]
async fn pasted_answers_are_measured_without_any_provider() {
    let folder = tempfile::tempdir().unwrap();
    let (app, ledger) = open(folder.path(), FakeProvider::new("fake")).await;
    for language in [Language::English, Language::Arabic] {
        let sample = SampleConsultation::bundled(language);
        let members = sample
            .answers
            .into_iter()
            .map(|answer| MemberRequest::Pasted {
                name: answer.name,
                text: answer.text,
            })
            .collect();
        let request = ConsultRequest {
            question: sample.question,
            context: Some("c".to_owned()),
            members,
            mode: Some(Mode::Quick),
            editors: Vec::new(),
            max_cost: None,
            idempotency_key: None,
        };
        let run = app.consult(request).await.unwrap();
        let seen = events(&app, &run).await;
        assert!(
            seen.iter()
                .any(|event| matches!(event, RunEvent::Measured { .. }))
        );
        let held = app.consultation(&run).await.unwrap();
        assert_eq!(held.summary.status, RunStatus::Complete);
        let analysis = held.analysis.unwrap();
        assert!(
            analysis.agreement.is_some()
                && !analysis.patterns.is_empty()
                && !analysis.unique.is_empty()
        );
        assert!(!analysis.contradictions.as_ref().unwrap().is_empty());
    }
    assert!(ledger.entries().is_empty());
    assert_eq!(app.consultations(1, None).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn each_channel_of_a_conversation_keeps_its_own_history() {
    let folder = tempfile::tempdir().unwrap();
    let provider = FakeProvider::new("fake")
        .script("a", Script::answer("A one"))
        .script("a", Script::answer("A two"))
        .script("b", Script::answer("").cut())
        .script("b", Script::answer("B two"));
    let (app, ledger) = open(folder.path(), provider).await;
    let made = app
        .create_conversation(None, vec![id("fake/a"), id("fake/b")])
        .await
        .unwrap();
    let talk = made.summary.id;
    let first = app
        .send(&talk, TurnRequest::say("First question"))
        .await
        .unwrap();
    assert_eq!(ended(&app, &first.run_id).await, RunStatus::Degraded);
    let second = app
        .send(&talk, TurnRequest::say("Second question"))
        .await
        .unwrap();
    assert_eq!(ended(&app, &second.run_id).await, RunStatus::Complete);

    let seen = app.conversation(&talk).await.unwrap();
    assert_eq!(seen.summary.title, "First question");
    assert_eq!(seen.run_id, None);
    let texts = |channel: usize| -> Vec<&str> {
        seen.channels[channel]
            .messages
            .iter()
            .map(|message| message.text.as_str())
            .collect()
    };
    assert_eq!(
        texts(0),
        ["First question", "A one", "Second question", "A two"]
    );
    assert_eq!(texts(1), ["First question", "", "Second question", "B two"]);
    let sent = |model: &str| -> Vec<Role> {
        let entries = ledger.entries();
        let last = entries
            .iter()
            .rev()
            .find(|entry| entry.request.model == id(model))
            .unwrap();
        last.request
            .messages
            .iter()
            .map(|message| message.role)
            .collect()
    };
    assert_eq!(sent("fake/a"), [Role::User, Role::Assistant, Role::User]);
    assert_eq!(sent("fake/b"), [Role::User]);
}

#[tokio::test]
async fn stopping_one_reply_keeps_what_came_and_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let provider = FakeProvider::new("fake")
        .script("slow", Script::answer("Some words ").hanging())
        .script("quick", Script::answer("Done."));
    let (app, ledger) = open(folder.path(), provider).await;
    let run = app
        .consult(asks("q", &["fake/slow", "fake/quick"]))
        .await
        .unwrap();
    let slow = first_text(&app, &run, "fake/slow").await;
    let open_call = app.consultation(&run).await.unwrap().members[0]
        .call
        .clone()
        .unwrap();
    assert_eq!(open_call.state, CallState::Intent);
    app.cancel(&run, Some(&slow)).unwrap();
    assert_eq!(ended(&app, &run).await, RunStatus::Single);
    let held = app.consultation(&run).await.unwrap();
    assert_eq!(held.members[0].state, ReplyState::Cancelled);
    assert_eq!(held.members[0].text, "Some words ");
    assert_eq!(held.members[0].call.as_ref().unwrap().cost, None);
    assert_eq!(ledger.entries()[0].outcome, Outcome::Dropped);
    assert_eq!(
        app.cancel(&run, None).unwrap_err().kind,
        AppErrorKind::NotFound
    );
}

#[tokio::test]
async fn a_whole_consultation_can_be_stopped_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let provider =
        FakeProvider::new("fake").script("slow", Script::answer("Some words ").hanging());
    let (app, _) = open(folder.path(), provider).await;
    let run = app.consult(asks("q", &["fake/slow"])).await.unwrap();
    first_text(&app, &run, "fake/slow").await;
    assert_eq!(
        app.delete_consultation(&run).await.unwrap_err().kind,
        AppErrorKind::Conflict
    );
    app.cancel(&run, None).unwrap();
    assert_eq!(ended(&app, &run).await, RunStatus::Cancelled);
    app.delete_consultation(&run).await.unwrap();
    assert_eq!(
        app.consultation(&run).await.unwrap_err().kind,
        AppErrorKind::NotFound
    );
}

#[tokio::test]
async fn the_end_of_the_program_interrupts_and_the_next_start_sends_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let provider = FakeProvider::new("fake")
        .script("slow", Script::answer("Some words ").hanging())
        .script("quick", Script::answer("Done."));
    let (app, ledger) = open(folder.path(), provider).await;
    let run = app
        .consult(asks("q", &["fake/slow", "fake/quick"]))
        .await
        .unwrap();
    first_text(&app, &run, "fake/slow").await;
    first_text(&app, &run, "fake/quick").await;
    app.shutdown().await;
    assert_eq!(ledger.entries().len(), 2);

    let (app, ledger) = open(folder.path(), FakeProvider::new("fake")).await;
    let held = app.consultation(&run).await.unwrap();
    assert_eq!(held.summary.status, RunStatus::Interrupted);
    assert_eq!(held.members[0].state, ReplyState::Interrupted);
    assert_eq!(held.members[0].text, "Some words ");
    assert_eq!(
        held.members[0].call.as_ref().unwrap().state,
        CallState::Unknown
    );
    assert_eq!(held.members[1].state, ReplyState::Complete);
    assert_eq!(held.members[1].text, "Done.");
    assert!(ledger.entries().is_empty());
}

#[tokio::test]
async fn a_member_that_never_answers_is_missing_after_the_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let provider = FakeProvider::new("fake")
        .script(
            "never",
            Script::answer("x").accepted_after(Duration::from_hours(24)),
        )
        .script("quick", Script::answer("Done."));
    let (app, _) = open(folder.path(), provider).await;
    let run = app
        .consult(asks("q", &["fake/never", "fake/quick"]))
        .await
        .unwrap();
    let mut subscription = app.subscribe(&run, 0).unwrap();
    let answered = |frames: &[Arc<RunFrame>]| {
        frames
            .iter()
            .any(|frame| matches!(frame.event, RunEvent::ReplyFinished { .. }))
    };
    while !matches!(subscription.next().await, Frames::More(frames) if answered(&frames)) {}
    // From here the clock leaps whenever everyone waits.
    tokio::time::pause();
    assert_eq!(ended(&app, &run).await, RunStatus::Single);
    let held = app.consultation(&run).await.unwrap();
    assert_eq!(held.members[0].state, ReplyState::Failed);
    assert_eq!(
        held.members[0].error.as_ref().unwrap().code,
        "provider_timeout"
    );
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_a_hint_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = open(
        folder.path(),
        FakeProvider::new("fake").script("a", Script::answer("x")),
    )
    .await;
    app.refresh_models().await;
    let samples = MemberRequest::Model {
        model: id("fake/a"),
        samples: 0,
    };
    let pasted = MemberRequest::Pasted {
        name: "x".to_owned(),
        text: " ".to_owned(),
    };
    let with = |member: MemberRequest| ConsultRequest {
        members: vec![member],
        ..asks("q", &[])
    };
    for (request, code) in [
        (asks(" ", &["fake/a"]), "question_empty"),
        (
            asks(&"x".repeat(10 << 20), &["fake/a"]),
            "question_too_long",
        ),
        (asks("q", &[]), "no_members"),
        (asks("q", &["fale/a"]), "unknown_model"),
        (with(samples), "samples"),
        (with(pasted), "answer_empty"),
        (asks("q", &["fake/a"; 40]), "too_many_members"),
    ] {
        let error = app.consult(request).await.unwrap_err();
        assert_eq!(
            (error.kind, error.notice.code.as_str()),
            (AppErrorKind::Invalid, code)
        );
        assert!(error.notice.hint.is_some());
    }
    let unknown = app.consult(asks("q", &["fale/a"])).await.unwrap_err();
    assert!(
        unknown
            .notice
            .hint
            .unwrap()
            .contains("Did you mean fake/a?")
    );
    assert!(app.consultations(10, None).await.unwrap().items.is_empty());
    assert_eq!(
        app.parse_member("fake/a:3").unwrap(),
        MemberRequest::Model {
            model: id("fake/a"),
            samples: 3
        }
    );
    assert!(
        app.parse_member("nonsense")
            .unwrap_err()
            .notice
            .hint
            .is_some()
    );
}

#[tokio::test]
async fn columns_are_added_bound_anew_and_removed_but_never_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let provider = FakeProvider::new("fake").script("slow", Script::answer("Some ").hanging());
    let (app, _) = open(folder.path(), provider).await;
    assert!(app.create_conversation(None, Vec::new()).await.is_err());
    assert!(
        app.create_conversation(None, vec![id("fake/x"); 7])
            .await
            .is_err()
    );
    let talk = app
        .create_conversation(Some("Title".to_owned()), vec![id("fake/slow")])
        .await
        .unwrap();
    let talk_id = talk.summary.id.as_str();
    let added = app.add_channel(talk_id, id("fake/b")).await.unwrap();
    let bound = app
        .set_channel_model(talk_id, &added.id, id("fake/c"))
        .await
        .unwrap();
    assert_eq!((bound.model, bound.position), (id("fake/c"), 1));
    let first = talk.channels[0].id.clone();
    let turn = app.send(talk_id, to(vec![first.clone()])).await.unwrap();
    first_text(&app, &turn.run_id, "fake/slow").await;
    for refused in [
        app.send(talk_id, TurnRequest::say("q")).await.unwrap_err(),
        app.remove_channel(talk_id, &first).await.unwrap_err(),
    ] {
        assert_eq!(
            (refused.kind, refused.notice.code.as_str()),
            (AppErrorKind::Conflict, "turn_running")
        );
    }
    app.cancel(&turn.run_id, None).unwrap();
    assert_eq!(ended(&app, &turn.run_id).await, RunStatus::Cancelled);
    app.remove_channel(talk_id, &added.id).await.unwrap();
    assert_eq!(
        app.remove_channel(talk_id, &first)
            .await
            .unwrap_err()
            .notice
            .code,
        "last_channel"
    );
    let renamed = app
        .update_conversation(talk_id, Some("New".to_owned()), Some(true))
        .await
        .unwrap();
    assert_eq!(
        (renamed.summary.title.as_str(), renamed.summary.pinned),
        ("New", true)
    );
    assert!(app.send(talk_id, to(vec!["x".to_owned()])).await.is_err());
    assert!(app.send(talk_id, to(Vec::new())).await.is_err());
    app.delete_conversation(talk_id).await.unwrap();
    assert!(app.conversations(10, None).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn settings_change_one_at_a_time_and_last() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = open(folder.path(), FakeProvider::new("fake")).await;
    let change = |language, theme| Settings { language, theme };
    app.update_settings(change(Some(Language::Arabic), None))
        .await
        .unwrap();
    app.update_settings(change(None, Some(Theme::Dark)))
        .await
        .unwrap();
    app.shutdown().await;
    let (app, _) = open(folder.path(), FakeProvider::new("fake")).await;
    assert_eq!(
        app.settings().await.unwrap(),
        change(Some(Language::Arabic), Some(Theme::Dark))
    );
}

#[tokio::test]
async fn only_one_process_serves_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (one, _) = open(folder.path(), FakeProvider::new("fake")).await;
    let (other, _) = open(folder.path(), FakeProvider::new("fake")).await;
    let held = one.lock_serve("http://127.0.0.1:1").unwrap();
    let refused = other.lock_serve("http://127.0.0.1:2").unwrap_err();
    assert_eq!(refused.exit_code, 75);
    assert!(
        refused.notice.detail.contains("http://127.0.0.1:1"),
        "{}",
        refused.notice.detail
    );
    drop(held);
    assert!(other.lock_serve("http://127.0.0.1:2").is_ok());
}

/// The shown path of the only channel: who speaks, what, and how many versions stand there.
async fn path(app: &App, talk: &str) -> Vec<(Role, String, usize)> {
    let view = app.conversation(talk).await.unwrap();
    view.channels[0]
        .messages
        .iter()
        .map(|message| (message.role, message.text.clone(), message.versions.len()))
        .collect()
}

#[tokio::test]
async fn a_question_is_put_differently_and_an_answer_asked_again_without_losing_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let provider = FakeProvider::new("fake").script("a", Script::answer("yes").usage(10, 1));
    let (app, ledger) = open(folder.path(), provider).await;
    let talk = app.create_conversation(None, vec![id("fake/a")]).await;
    let talk = talk.unwrap().summary.id;
    let turn = async |request| {
        let turn = app.send(&talk, request).await.unwrap();
        assert_eq!(ended(&app, &turn.run_id).await, RunStatus::Complete);
        turn.replies[0].clone()
    };
    let first = turn(TurnRequest::say("one")).await;
    turn(TurnRequest::say("two")).await;
    turn(TurnRequest {
        replaces: Some(first.user_message_id.clone()),
        ..TurnRequest::say("uno")
    })
    .await;
    let said = |role, text: &str, versions| (role, text.to_owned(), versions);
    let uno = [said(Role::User, "uno", 2), said(Role::Assistant, "yes", 1)];
    assert_eq!(path(&app, &talk).await, uno);
    app.show_branch(&talk, &first.message_id).await.unwrap();
    assert_eq!(path(&app, &talk).await.len(), 4);

    let again = app.retry(&talk, &first.message_id, None).await.unwrap();
    assert_eq!(again.replies[0].user_message_id, first.user_message_id);
    assert_eq!(ended(&app, &again.run_id).await, RunStatus::Complete);
    let one = [said(Role::User, "one", 2), said(Role::Assistant, "yes", 2)];
    assert_eq!(path(&app, &talk).await, one);
    assert_eq!(ledger.entries().len(), 4);

    let question = app.retry(&talk, &first.user_message_id, None).await;
    assert_eq!(question.unwrap_err().notice.code, "message_role");
    let missing = app.retry(&talk, "nothing", None).await;
    assert_eq!(missing.unwrap_err().notice.code, "message_not_found");
}

#[tokio::test]
async fn a_request_that_comes_twice_is_carried_out_once() {
    let folder = tempfile::tempdir().unwrap();
    let provider = FakeProvider::new("fake").script("a", Script::answer("yes").usage(10, 1));
    let (app, ledger) = open(folder.path(), provider).await;
    let talk = app.create_conversation(None, vec![id("fake/a")]).await;
    let talk = talk.unwrap().summary.id;
    let keyed = |text: &str| TurnRequest {
        idempotency_key: Some("key".to_owned()),
        ..TurnRequest::say(text)
    };
    let turn = app.send(&talk, keyed("one")).await.unwrap();
    // Also while the first is still being answered.
    assert_eq!(app.send(&talk, keyed("one")).await.unwrap(), turn);
    assert_eq!(ended(&app, &turn.run_id).await, RunStatus::Complete);
    assert_eq!(app.send(&talk, keyed("one")).await.unwrap(), turn);
    let other = app.send(&talk, keyed("two")).await.unwrap_err();
    assert_eq!(other.notice.code, "idempotency_key_reused");
    assert_eq!(other.kind, AppErrorKind::Invalid);

    let asked = || ConsultRequest {
        mode: Some(Mode::Quick),
        editors: Vec::new(),
        max_cost: None,
        idempotency_key: Some("other key".to_owned()),
        ..asks("q", &["fake/a"])
    };
    let run = app.consult(asked()).await.unwrap();
    assert_eq!(app.consult(asked()).await.unwrap(), run);
    ended(&app, &run).await;
    let empty = TurnRequest {
        idempotency_key: Some(String::new()),
        ..TurnRequest::say("one")
    };
    let error = app.send(&talk, empty).await.unwrap_err();
    assert_eq!(error.notice.code, "idempotency_key");
    assert_eq!(ledger.entries().len(), 2);
}

#[tokio::test]
async fn an_interrupted_consultation_goes_on_and_asks_only_who_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let council = |script: Script| {
        FakeProvider::new("openai")
            .script(
                "gpt-4o",
                Script::answer("The limit is 10.").usage(1000, 100),
            )
            .script("gpt-4o-mini", script)
    };
    let never = council(Script::answer("The limit is 12.").hanging());
    let (app, _) = open(folder.path(), never).await;
    let models = ["openai/gpt-4o", "openai/gpt-4o-mini"];
    let run = app
        .consult(asks("What is the limit?", &models))
        .await
        .unwrap();
    first_text(&app, &run, "openai/gpt-4o-mini").await;
    app.shutdown().await;

    let whole = council(Script::answer("The limit is 12.").usage(1000, 100));
    let (app, ledger) = open(folder.path(), whole).await;
    let found = app.consultation(&run).await.unwrap();
    let resumable = found.resumable.unwrap();
    assert_eq!(found.summary.status, RunStatus::Interrupted);
    assert_eq!(
        (resumable.kept, resumable.unknown, resumable.missing),
        (1, 1, 1)
    );
    assert_eq!(app.resume(&run, None).await.unwrap(), run);
    assert_eq!(ended(&app, &run).await, RunStatus::Complete);
    let whole = app.consultation(&run).await.unwrap();
    let texts: Vec<_> = whole
        .members
        .iter()
        .map(|member| member.text.as_str())
        .collect();
    assert_eq!(texts, ["The limit is 10.", "The limit is 12."]);
    assert!(whole.analysis.is_some() && whole.resumable.is_none());
    assert_eq!(ledger.entries().len(), 1);
    // The call that was cut stays in the ledger with what is not known about it.
    assert_eq!(whole.cost.unknown, 1);
    let again = app.resume(&run, None).await.unwrap_err();
    assert_eq!(again.notice.code, "nothing_missing");
}

/// A folder with a database of the version before there was an index.
fn old_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let database = rusqlite::Connection::open(folder.path().join("majlis.db")).unwrap();
    database.pragma_update(None, "foreign_keys", false).unwrap();
    database
        .execute_batch(include_str!("../../majlis-store/tests/fixtures/v1.sql"))
        .unwrap();
    folder
}

#[tokio::test]
async fn what_an_earlier_version_kept_is_found_after_a_while() {
    let folder = old_folder();
    let (app, _) = open(folder.path(), FakeProvider::new("openai")).await;
    app.await_index(Duration::from_mins(1)).await;
    let page = app.search(SearchQuery::new("rayleigh", 10)).await.unwrap();
    assert_eq!((page.hits.len(), page.is_indexing), (1, false));
    app.shutdown().await;
}

#[tokio::test]
async fn a_search_that_cannot_be_made_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = open(folder.path(), FakeProvider::new("openai")).await;
    let in_language = |code: &str| SearchQuery {
        language: Some(code.to_owned()),
        ..SearchQuery::new("x", 1)
    };
    for (query, code) in [
        (SearchQuery::new(" - ", 1), "query_empty"),
        (SearchQuery::new("x ".repeat(9_000), 1), "query_too_long"),
        (in_language("english"), "unknown_language"),
    ] {
        let error = app.search(query).await.unwrap_err();
        assert_eq!(
            (error.kind, error.notice.code.as_str()),
            (AppErrorKind::Invalid, code)
        );
        assert!(error.notice.hint.is_some());
    }
    assert!(app.search(in_language("en")).await.unwrap().hits.is_empty());
    app.shutdown().await;
}
