//! Calls: written down before they are sent, settled once, added up.

use majlis_llm::{ErrorKind, PicoUsd};
use majlis_store::*;

use crate::support::*;

#[tokio::test]
async fn a_turn_is_on_disk_before_it_may_be_sent() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["openai/gpt-5"]))
        .await
        .unwrap();
    store.begin(turn("j", "v", "openai/gpt-5")).await.unwrap();
    let messages = messages(&store, "v").await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].text(), "Why is the sky blue?");
    assert_eq!(messages[1].parent_id.as_deref(), Some("q-j"));
    assert_eq!(messages[1].state, ReplyState::Streaming);
    let call = messages[1].call.clone().unwrap();
    assert_eq!((call.id.as_str(), call.state), ("c-j", CallState::Intent));
    assert_eq!(
        (call.estimate, call.reserved),
        (Some(PicoUsd(500)), Some(PicoUsd(900)))
    );
    assert_eq!(
        (call.cost, call.usage, call.settled_at_ms),
        (None, None, None)
    );
}

#[tokio::test]
async fn a_settlement_reads_back_as_it_was_given() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["openai/gpt-5"]))
        .await
        .unwrap();
    store.begin(turn("j", "v", "openai/gpt-5")).await.unwrap();
    let given = settlement("c-j", "Rayleigh scattering");
    store.settle(given.clone()).await.unwrap();
    store.finish_job(finish("j", None)).await.unwrap();

    let answer = messages(&store, "v").await.remove(1);
    let settled = answer.call.clone().unwrap();
    assert_eq!(settled.settled_at_ms, Some(5_000));
    assert_eq!(
        (answer.state, answer.parts.clone()),
        (ReplyState::Complete, given.parts)
    );
    assert_eq!(answer.reasoning().as_deref(), Some("because"));
    assert_eq!(settled.usage, given.usage);
    assert_eq!((settled.cost, settled.reserved), (given.cost, None));
    assert_eq!(
        (settled.price, settled.finish_reason),
        (given.price, given.finish_reason)
    );
    assert_eq!(
        (settled.first_token_ms, settled.duration_ms),
        (Some(5), Some(70))
    );
    assert_eq!(settled.response_model, given.response_model);
    let listed = store.conversations(10, None).await.unwrap().items.remove(0);
    assert_eq!(listed.updated_at_ms, 5_000);
}

#[tokio::test]
async fn a_failed_call_keeps_what_came_and_why_it_failed() {
    let (_folder, store) = fresh();
    store
        .begin(consultation("s", &["openai/gpt-5"]))
        .await
        .unwrap();
    let failure = CallFailure {
        kind: ErrorKind::RateLimited,
        message: "slow down".to_owned(),
    };
    let notice = serde_json::json!({"code": "provider_rate_limited"});
    store
        .settle(Settlement {
            state: CallState::Failed,
            reply_state: ReplyState::Failed,
            parts: text("half an ans"),
            notice: Some(notice.clone()),
            usage: None,
            cost: None,
            finish_reason: None,
            failure: Some(failure.clone()),
            ..settlement("c-s-0", "")
        })
        .await
        .unwrap();
    let member = store
        .consultation("s")
        .await
        .unwrap()
        .unwrap()
        .members
        .remove(0);
    assert_eq!(
        (member.text().as_str(), member.notice),
        ("half an ans", Some(notice))
    );
    let call = member.call.unwrap();
    assert_eq!(
        (call.state, call.failure),
        (CallState::Failed, Some(failure))
    );
    assert_eq!(member.state, ReplyState::Failed);
}

#[tokio::test]
async fn a_call_is_settled_once() {
    let (_folder, store) = fresh();
    store
        .begin(consultation("s", &["openai/gpt-5"]))
        .await
        .unwrap();
    let open_end = Settlement {
        state: CallState::Intent,
        ..settlement("c-s-0", "x")
    };
    assert_eq!(
        store.settle(open_end).await.unwrap_err().kind,
        StoreErrorKind::Conflict
    );
    store.settle(settlement("c-s-0", "first")).await.unwrap();
    let again = store
        .settle(settlement("c-s-0", "second"))
        .await
        .unwrap_err();
    assert_eq!(again.kind, StoreErrorKind::Conflict);
    assert_eq!(
        again.message,
        "cannot settle a call: call c-s-0 is settled already"
    );
    let unheard_of = store.settle(settlement("nobody", "")).await.unwrap_err();
    assert!(matches!(
        unheard_of.kind,
        StoreErrorKind::NotFound { what: "call", .. }
    ));
    store
        .flush_chunk(chunk("c-s-0", 0, "late", ""))
        .await
        .unwrap();
    let member = store
        .consultation("s")
        .await
        .unwrap()
        .unwrap()
        .members
        .remove(0);
    assert_eq!(member.text(), "first");
}

#[tokio::test]
async fn an_answer_being_written_can_be_read_as_far_as_it_was_flushed() {
    let (_folder, store) = fresh();
    store
        .begin(consultation("s", &["openai/gpt-5"]))
        .await
        .unwrap();
    for (sequence, piece, reasoning) in [
        (0, "", "hm"),
        (1, "مر", ""),
        (2, "lost", ""),
        (2, "حبا", ""),
    ] {
        store
            .flush_chunk(chunk("c-s-0", sequence, piece, reasoning))
            .await
            .unwrap();
    }
    let member = store
        .consultation("s")
        .await
        .unwrap()
        .unwrap()
        .members
        .remove(0);
    assert_eq!(member.state, ReplyState::Streaming);
    assert_eq!(
        (member.text().as_str(), member.reasoning().as_deref()),
        ("مرحبا", Some("hm"))
    );
}

#[tokio::test]
async fn a_consultation_reads_back_whole_and_lists_short() {
    let (_folder, store) = fresh();
    store
        .begin(consultation("s", &["openai/gpt-5", "local/smollm2-135m"]))
        .await
        .unwrap();
    store.settle(settlement("c-s-0", "yes")).await.unwrap();
    store.settle(settlement("c-s-1", "no")).await.unwrap();
    let analysis = StoredAnalysis {
        schema: 1,
        method: "lexical/1".to_owned(),
        body: serde_json::json!({"agreement": 0.5}),
    };
    let claims = vec![NewClaim {
        text: "The sky is blue.".to_owned(),
        agreement: Some(0.5),
        stances: vec![(0, ClaimStance::Asserts), (1, ClaimStance::Denies)],
    }];
    for _ in 0..2 {
        let (analysis, claims) = (analysis.clone(), claims.clone());
        store.set_analysis("s", analysis, claims).await.unwrap();
    }
    store
        .finish_job(finish("job-s", Some(ConsultationStatus::Complete)))
        .await
        .unwrap();

    let read = store.consultation("s").await.unwrap().unwrap();
    assert_eq!(read.analysis, Some(analysis));
    assert_eq!(read.prompt, "the prompt, to the byte\n");
    assert_eq!(read.context.as_deref(), Some("seen from Earth"));
    assert_eq!(read.question.chars().count(), 680);
    assert_eq!(read.row.title.chars().count(), 200);
    assert_eq!(
        (read.row.status, read.row.finished_at_ms),
        (ConsultationStatus::Complete, Some(6_000))
    );
    let kinds: Vec<_> = read
        .members
        .iter()
        .map(|member| (member.kind, member.demo, member.position))
        .collect();
    assert_eq!(
        kinds,
        [
            (MemberKind::Model, false, 0),
            (MemberKind::Model, true, 1),
            (MemberKind::Pasted, false, 2)
        ]
    );
    assert_eq!(read.members[2].text(), "نعم، بالتأكيد.");
    assert!(read.members[2].call.is_none() && read.members[2].reasoning().is_none());
    assert_eq!(
        store.consultations(10, None).await.unwrap().items,
        [read.row]
    );
    assert!(store.consultation("nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn a_job_that_cannot_be_written_whole_is_not_written_at_all() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["openai/gpt-5"]))
        .await
        .unwrap();
    let mut wrong_reply = turn("j", "v", "openai/gpt-5");
    wrong_reply.steps[0].call.reply_id = "nobody".to_owned();
    let error = store.begin(wrong_reply).await.unwrap_err();
    assert!(matches!(
        error.kind,
        StoreErrorKind::NotFound {
            what: "message",
            ..
        }
    ));
    let error = store
        .begin(turn("j", "unheard of", "openai/gpt-5"))
        .await
        .unwrap_err();
    assert!(matches!(
        error.kind,
        StoreErrorKind::NotFound {
            what: "conversation",
            ..
        }
    ));
    assert!(messages(&store, "v").await.is_empty());
    store.begin(turn("j", "v", "openai/gpt-5")).await.unwrap();
    assert_eq!(
        store
            .begin(turn("j", "v", "openai/gpt-5"))
            .await
            .unwrap_err()
            .kind,
        StoreErrorKind::Conflict
    );
    assert_eq!(messages(&store, "v").await.len(), 2);
}

#[tokio::test]
async fn a_job_ends_once() {
    let (_folder, store) = fresh();
    store.begin(consultation("s", &[])).await.unwrap();
    let running = finish("job-s", Some(ConsultationStatus::Running));
    assert_eq!(
        store.finish_job(running).await.unwrap_err().kind,
        StoreErrorKind::Conflict
    );
    store
        .finish_job(finish("job-s", Some(ConsultationStatus::Single)))
        .await
        .unwrap();
    let again = store
        .finish_job(finish("job-s", Some(ConsultationStatus::Failed)))
        .await;
    assert_eq!(again.unwrap_err().kind, StoreErrorKind::Conflict);
    let unheard_of = store.finish_job(finish("nobody", None)).await.unwrap_err();
    assert!(matches!(
        unheard_of.kind,
        StoreErrorKind::NotFound { what: "job", .. }
    ));
    let row = store.consultations(1, None).await.unwrap().items.remove(0);
    assert_eq!(row.status, ConsultationStatus::Single);
}

#[tokio::test]
async fn unknown_costs_are_counted_and_never_taken_as_zero() {
    let (_folder, store) = fresh();
    store
        .begin(consultation("s", &["a/x", "a/y", "a/z"]))
        .await
        .unwrap();
    store.settle(settlement("c-s-0", "x")).await.unwrap();
    store
        .settle(Settlement {
            cost: None,
            ..settlement("c-s-1", "y")
        })
        .await
        .unwrap();
    let expected = CostSum {
        known: PicoUsd(123),
        unknown: 2,
    };
    for scope in [
        CostScope::Everything,
        CostScope::Subject("s".to_owned()),
        CostScope::Job("job-s".to_owned()),
    ] {
        assert_eq!(store.cost(scope).await.unwrap(), expected);
    }
    assert_eq!(
        store
            .cost(CostScope::Subject("other".to_owned()))
            .await
            .unwrap(),
        CostSum::default()
    );
}

#[tokio::test]
async fn sums_beyond_64_bits_are_exact_and_a_single_cost_beyond_them_is_refused() {
    let (_folder, store) = fresh();
    store
        .begin(consultation("s", &["a/x", "a/y"]))
        .await
        .unwrap();
    let most = PicoUsd(i128::from(i64::MAX));
    let too_much = Settlement {
        cost: Some(most + PicoUsd(1)),
        ..settlement("c-s-0", "x")
    };
    assert_eq!(
        store.settle(too_much).await.unwrap_err().kind,
        StoreErrorKind::Internal
    );
    for call in ["c-s-0", "c-s-1"] {
        store
            .settle(Settlement {
                cost: Some(most),
                ..settlement(call, "x")
            })
            .await
            .unwrap();
    }
    assert_eq!(
        store.cost(CostScope::Everything).await.unwrap().known,
        most + most
    );
}

#[tokio::test]
async fn what_was_paid_outlives_what_was_said() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["a/x"]))
        .await
        .unwrap();
    store.begin(turn("j", "v", "a/x")).await.unwrap();
    store.begin(consultation("s", &["a/y"])).await.unwrap();
    store
        .flush_chunk(chunk("c-j", 0, "secret", ""))
        .await
        .unwrap();
    store.delete_conversation("v").await.unwrap();
    store.delete_consultation("s").await.unwrap();
    store.settle(settlement("c-j", "to nobody")).await.unwrap();
    store
        .settle(settlement("c-s-0", "to nobody"))
        .await
        .unwrap();
    store.finish_job(finish("j", None)).await.unwrap();
    store
        .finish_job(finish("job-s", Some(ConsultationStatus::Complete)))
        .await
        .unwrap();
    let cost = store
        .cost(CostScope::Subject("v".to_owned()))
        .await
        .unwrap();
    assert_eq!(
        cost,
        CostSum {
            known: PicoUsd(123),
            unknown: 0
        }
    );
    assert!(store.consultation("s").await.unwrap().is_none());
    for missing in [
        store.delete_consultation("s").await,
        store.delete_conversation("v").await,
    ] {
        assert!(matches!(
            missing.unwrap_err().kind,
            StoreErrorKind::NotFound { .. }
        ));
    }
}
