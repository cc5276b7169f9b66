//! Rules delete what they name, and nothing else.

use majlis_store::*;

use crate::support::*;

const DAY_MS: i64 = 86_400_000;

fn rule(subject: RetentionSubject) -> Vec<RetentionRule> {
    vec![RetentionRule {
        subject,
        older_than_days: 30,
    }]
}

#[tokio::test]
async fn a_rule_takes_what_is_old_and_leaves_what_is_pinned_new_or_being_answered() {
    let (_folder, store) = fresh();
    for (id, updated_at_ms) in [("old", 1), ("pinned", 1), ("busy", 1), ("new", 40 * DAY_MS)] {
        let new = NewConversation {
            created_at_ms: updated_at_ms,
            ..conversation(id, &["openai/gpt-5"])
        };
        store.create_conversation(new).await.unwrap();
    }
    let said = said("m", "old-0", "Forget this.");
    store.append_messages("old", vec![said], 1).await.unwrap();
    let pin = ConversationChange {
        pinned: Some(true),
        ..ConversationChange::default()
    };
    store.update_conversation("pinned", pin, 1).await.unwrap();
    store
        .begin(turn("j", "busy", "openai/gpt-5"))
        .await
        .unwrap();
    let now_ms = 40 * DAY_MS;
    let rules = || rule(RetentionSubject::Conversations);
    let expected = RetentionCounts {
        conversations: 1,
        messages: 1,
        consultations: 0,
    };
    assert_eq!(
        store.preview_retention(rules(), now_ms).await.unwrap(),
        expected
    );
    assert!(
        store.conversation("old", 1).await.unwrap().is_some(),
        "a preview deletes nothing"
    );
    assert_eq!(
        store.apply_retention(rules(), now_ms).await.unwrap(),
        expected
    );
    for (id, stays) in [
        ("old", false),
        ("pinned", true),
        ("busy", true),
        ("new", true),
    ] {
        let there = store.conversation(id, 1).await.unwrap().is_some();
        assert_eq!(there, stays, "{id}");
    }
    assert_eq!(
        store.apply_retention(rules(), now_ms).await.unwrap(),
        RetentionCounts::default()
    );
}

#[tokio::test]
async fn what_was_paid_stays_when_what_was_said_goes() {
    let (_folder, store) = fresh();
    for id in ["s", "going"] {
        store
            .begin(consultation(id, &["openai/gpt-5"]))
            .await
            .unwrap();
    }
    store.settle(settlement("c-s-0", "Yes.")).await.unwrap();
    let ended = finish("job-s", Some(ConsultationStatus::Complete));
    store.finish_job(ended).await.unwrap();
    let before = store
        .cost(CostScope::Subject("s".to_owned()))
        .await
        .unwrap();
    let rules = rule(RetentionSubject::Consultations);
    let counts = store.apply_retention(rules, 90 * DAY_MS).await.unwrap();
    assert_eq!(counts.consultations, 1);
    assert!(store.consultation("s").await.unwrap().is_none());
    assert!(store.consultation("going").await.unwrap().is_some());
    assert_eq!(
        store
            .cost(CostScope::Subject("s".to_owned()))
            .await
            .unwrap(),
        before
    );
}
