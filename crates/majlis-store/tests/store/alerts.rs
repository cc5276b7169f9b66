//! Alerts are told once to each channel, whatever happens between.

use majlis_store::*;
use serde_json::json;

use crate::support::*;

fn alert(rule: &str) -> Alert {
    Alert {
        rule: rule.to_owned(),
        since_ms: 1,
        notice: json!({"code": rule}),
    }
}

fn channels() -> Vec<String> {
    ["mail", "hook"].map(str::to_owned).to_vec()
}

fn told(messages: &[AlertMessage]) -> Vec<(&str, &str, &str)> {
    messages
        .iter()
        .map(|message| {
            (
                message.alert.rule.as_str(),
                message.kind.as_str(),
                message.channel.as_str(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_beginning_and_an_end_are_told_once_to_each_channel() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    for at_ms in [10, 20] {
        let fire = vec![AlertChange::Fire(alert("disk_low"))];
        store.change_alerts(fire, channels(), at_ms).await.unwrap();
    }
    let due = store.due_alert_messages(20).await.unwrap();
    let expected = [
        ("disk_low", "firing", "mail"),
        ("disk_low", "firing", "hook"),
    ];
    assert_eq!(told(&due), expected);
    assert_eq!(due[0].alert.fired_at_ms, Some(10));
    store.alert_message_sent(due[0].number, 21).await.unwrap();
    store
        .alert_message_failed(due[1].number, Some(50))
        .await
        .unwrap();
    assert_eq!(store.due_alert_messages(49).await.unwrap(), []);
    // Another process tells what this one left behind.
    store.close().await;
    let store = open(folder.path(), 2);
    let again = store.due_alert_messages(50).await.unwrap();
    assert_eq!(
        (told(&again), again[0].tries),
        (vec![("disk_low", "firing", "hook")], 1)
    );
    store
        .alert_message_failed(again[0].number, None)
        .await
        .unwrap();
    for _ in 0..2 {
        let over = vec![AlertChange::Resolve {
            rule: "disk_low".to_owned(),
        }];
        store.change_alerts(over, channels(), 60).await.unwrap();
    }
    let due = store.due_alert_messages(60).await.unwrap();
    let expected = [
        ("disk_low", "resolved", "mail"),
        ("disk_low", "resolved", "hook"),
    ];
    assert_eq!(told(&due), expected);
}

#[tokio::test]
async fn what_held_too_shortly_is_never_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    let pend = vec![AlertChange::Pend(alert("answers_slow"))];
    store.change_alerts(pend, channels(), 1).await.unwrap();
    assert!(store.open_alerts().await.unwrap().is_empty());
    assert_eq!(store.alerts(0).await.unwrap()[0].state, AlertState::Pending);
    let forget = vec![AlertChange::Forget {
        rule: "answers_slow".to_owned(),
    }];
    store.change_alerts(forget, channels(), 2).await.unwrap();
    assert_eq!(store.due_alert_messages(9).await.unwrap(), []);
    assert_eq!(store.alerts(10).await.unwrap(), []);
}

#[tokio::test]
async fn what_was_raised_elsewhere_and_a_new_channel_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    store.raise_alert(alert("changes_lost")).await.unwrap();
    assert!(store.has_untold_alerts(channels()).await.unwrap());
    store
        .change_alerts(Vec::new(), vec!["mail".to_owned()], 2)
        .await
        .unwrap();
    assert_eq!(store.due_alert_messages(2).await.unwrap().len(), 1);
    assert!(store.has_untold_alerts(channels()).await.unwrap());
    store
        .change_alerts(Vec::new(), channels(), 3)
        .await
        .unwrap();
    assert!(!store.has_untold_alerts(channels()).await.unwrap());
    assert_eq!(store.due_alert_messages(3).await.unwrap().len(), 2);
}

#[tokio::test]
async fn jobs_that_are_not_over_and_how_calls_ended_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    store
        .create_conversation(conversation("v", &["openai/gpt-5"]))
        .await
        .unwrap();
    store.begin(turn("j", "v", "openai/gpt-5")).await.unwrap();
    assert_eq!(store.open_jobs(0).await.unwrap().running, 1);
    assert_eq!(store.call_outcomes(0, 9).await.unwrap(), []);
    store.settle(settlement("c-j", "Yes.")).await.unwrap();
    store.finish_job(finish("j", None)).await.unwrap();
    assert_eq!(store.open_jobs(0).await.unwrap(), OpenJobs::default());
    let outcomes = store.call_outcomes(0, 9).await.unwrap();
    assert_eq!(
        (outcomes.len(), outcomes[0].provider.as_str()),
        (1, "openai")
    );
    assert!(store.database_bytes() > 4_096);
    assert_eq!(store.troubles(), 0);
}
