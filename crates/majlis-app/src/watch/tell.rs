//! Telling what begins and what is over, through every channel.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use majlis_providers::Outbound;
use majlis_providers::channel::{Channel, Telling};
use majlis_store::{AlertMessage, AlertState};

use super::AlertView;
use crate::{App, ambient, health};

/// Waits between the tries to tell something; after the last one it is given up.
const WAITS_MS: [i64; 6] = [30_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000];

/// How a test of a channel went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelReport {
    /// The channel.
    pub name: String,
    /// Its kind: `webhook`, `ntfy`, `email`.
    pub kind: &'static str,
    /// Why it was not told; `None` when it was.
    pub error: Option<String>,
}

impl App {
    /// Tells through every channel what is due. What cannot be told is tried again later.
    pub async fn tell_alerts(&self, now_ms: i64) {
        let Some((outbound, channels)) = self.inner.watch.channels() else {
            return;
        };
        let due = match self.inner.store.due_alert_messages(now_ms).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "what is to be told cannot be read");
                return;
            }
        };
        let mut by_channel: BTreeMap<String, Vec<AlertMessage>> = BTreeMap::new();
        for message in due {
            by_channel
                .entry(message.channel.clone())
                .or_default()
                .push(message);
        }
        let told: Vec<_> = channels
            .iter()
            .filter_map(|channel| {
                let messages = by_channel.remove(channel.name())?;
                Some(self.tell_through(channel, &outbound, messages, now_ms))
            })
            .collect();
        join_all(told).await;
        // A channel that is not there any more is not told what it missed.
        for message in by_channel.into_values().flatten() {
            drop(
                self.inner
                    .store
                    .alert_message_failed(message.number, None)
                    .await,
            );
        }
    }

    /// In order; behind the first that cannot be told the others wait too.
    async fn tell_through(
        &self,
        channel: &Channel,
        outbound: &Outbound,
        messages: Vec<AlertMessage>,
        now_ms: i64,
    ) {
        let store = &self.inner.store;
        for message in messages {
            let telling = telling(&message, now_ms);
            let told = channel.tell(outbound, &telling).await;
            let noted = match &told {
                Ok(()) => store.alert_message_sent(message.number, now_ms).await,
                Err(error) => {
                    tracing::warn!(channel = channel.name(), %error, "an alert could not be told");
                    let wait = WAITS_MS.get(usize::try_from(message.tries).unwrap_or(usize::MAX));
                    let retry_at_ms = wait.map(|wait| now_ms + wait);
                    store
                        .alert_message_failed(message.number, retry_at_ms)
                        .await
                }
            };
            if let Err(error) = noted {
                tracing::error!(%error, "a told alert could not be noted");
            }
            if told.is_err() {
                return;
            }
        }
    }

    /// Tells every channel something that means nothing, to see whether it arrives.
    pub async fn test_channels(&self) -> Vec<ChannelReport> {
        let Some((outbound, channels)) = self.inner.watch.channels() else {
            return Vec::new();
        };
        let now_ms = ambient::now_ms();
        let at = health::rfc3339(now_ms);
        let text = "This is a test. Alerts of Majlis arrive here.";
        let telling = Telling {
            id: ambient::new_id(),
            at_s: now_ms / 1_000,
            title: "Majlis: test".to_owned(),
            text: text.to_owned(),
            json: serde_json::json!({"kind": "test", "at": at, "detail": text}).to_string(),
        };
        let (outbound, telling) = (&outbound, &telling);
        let tests = channels.iter().map(|channel| async move {
            let told = channel.tell(outbound, telling).await;
            ChannelReport {
                name: channel.name().to_owned(),
                kind: channel.kind(),
                error: told.err().map(|error| error.to_string()),
            }
        });
        join_all(tests).await
    }
}

fn telling(message: &AlertMessage, now_ms: i64) -> Telling {
    let alert = AlertView::from(message.alert.clone());
    let rfc3339 = |at_ms: Option<i64>| at_ms.map(health::rfc3339);
    let word = match message.kind {
        AlertState::Resolved => "over",
        AlertState::Pending | AlertState::Firing => "alert",
    };
    let name = match &alert.subject {
        Some(subject) => format!("{} ({subject})", alert.rule),
        None => alert.rule.clone(),
    };
    let since = health::rfc3339(alert.since_ms);
    let mut text = format!("{}\nSince {since}", alert.notice.detail);
    if let (AlertState::Resolved, Some(at)) = (message.kind, rfc3339(alert.resolved_at_ms)) {
        text = format!("{text}, over since {at}");
    }
    text.push('.');
    if let (AlertState::Firing, Some(hint)) = (message.kind, &alert.notice.hint) {
        text = format!("{text}\n{hint}");
    }
    let json = serde_json::json!({
        "kind": message.kind.as_str(),
        "at": health::rfc3339(now_ms),
        "rule": alert.rule,
        "subject": alert.subject,
        "code": alert.notice.code,
        "detail": alert.notice.detail,
        "hint": alert.notice.hint,
        "params": alert.notice.params,
        "since": since,
        "fired_at": rfc3339(alert.fired_at_ms),
        "resolved_at": rfc3339(alert.resolved_at_ms),
    });
    Telling {
        id: format!("{}-{}", message.alert.number, message.kind.as_str()),
        at_s: now_ms / 1_000,
        title: format!("Majlis: {word}: {name}"),
        text,
        json: json.to_string(),
    }
}
