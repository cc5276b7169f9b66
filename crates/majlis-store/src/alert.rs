//! Alerts: what a person should know until it is over, and to whom it was told.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::Value;

use crate::Store;
use crate::error::{Fault, StoreError};
use crate::value::Json;

/// An alert that fires and is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What raised it; there is one open alert per rule.
    pub rule: String,
    /// Since when, in milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// What to tell the person, as the caller wrote it.
    pub notice: Value,
}

/// How far an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// Its condition holds, but not for long enough.
    Pending,
    /// The person should know.
    Firing,
    /// It is over.
    Resolved,
}

/// An alert as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// Its number; later ones are greater.
    pub number: i64,
    /// What raised it.
    pub rule: String,
    /// How far it is.
    pub state: AlertState,
    /// Since when its condition holds, in milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// When it began to fire.
    pub fired_at_ms: Option<i64>,
    /// When it was over.
    pub resolved_at_ms: Option<i64>,
    /// What to tell the person, as the caller wrote it.
    pub notice: Value,
}

/// What becomes of the alert of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertChange {
    /// Its condition begins to hold.
    Pend(Alert),
    /// It fires, whether it was pending or not. An alert that was keeps its beginning.
    Fire(Alert),
    /// Its condition held too shortly: it is forgotten.
    Forget {
        /// The rule.
        rule: String,
    },
    /// It is over.
    Resolve {
        /// The rule.
        rule: String,
    },
}

/// Something to be told through one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertMessage {
    /// Its number, the same at every try.
    pub number: i64,
    /// Through which channel.
    pub channel: String,
    /// How often it was tried.
    pub tries: u32,
    /// What it tells: [`AlertState::Firing`] or [`AlertState::Resolved`].
    pub kind: AlertState,
    /// About which alert.
    pub alert: AlertRow,
}

/// The columns of an [`AlertRow`], in its order.
const COLUMNS: &str = "a.number, a.rule, a.state, a.since, a.fired_at, a.resolved_at, a.notice";

impl AlertState {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "pending" => Self::Pending,
            "resolved" => Self::Resolved,
            _ => Self::Firing,
        }
    }
}

impl AlertRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            rule: row.get(1)?,
            state: AlertState::parse(&row.get::<_, String>(2)?),
            since_ms: row.get(3)?,
            fired_at_ms: row.get(4)?,
            resolved_at_ms: row.get(5)?,
            notice: row.get::<_, Json<Value>>(6)?.0,
        })
    }
}

impl Store {
    /// Raises an alert, unless there is an open one of this rule.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn raise_alert(&self, alert: Alert) -> Result<(), StoreError> {
        self.write("raise an alert", move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO alerts (rule, state, since, fired_at, notice)
                     VALUES (?1, 'firing', ?2, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute(params![alert.rule, alert.since_ms, Json(&alert.notice)])?;
            Ok(())
        })
        .await
    }

    /// Ends the open alert of a rule; says whether there was one.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn resolve_alert(&self, rule: &str, at_ms: i64) -> Result<bool, StoreError> {
        let rule = rule.to_owned();
        self.write("resolve an alert", move |connection| {
            Ok(resolve(connection, &rule, at_ms)?)
        })
        .await
    }

    /// The alerts that fire, oldest first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn open_alerts(&self) -> Result<Vec<Alert>, StoreError> {
        let rows = self.alerts(0).await?;
        Ok(rows
            .into_iter()
            .filter(|row| row.state == AlertState::Firing)
            .map(|row| Alert {
                rule: row.rule,
                since_ms: row.since_ms,
                notice: row.notice,
            })
            .collect())
    }

    /// Every open alert, oldest first, and behind them the last `past` ones that are over, newest
    /// first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn alerts(&self, past: u32) -> Result<Vec<AlertRow>, StoreError> {
        self.read("list alerts", move |connection| {
            let open = "state <> 'resolved' ORDER BY number";
            let mut rows = list(connection, open, u32::MAX)?;
            rows.extend(list(
                connection,
                "state = 'resolved' ORDER BY number DESC",
                past,
            )?);
            Ok(rows)
        })
        .await
    }

    /// Carries out what was decided about alerts, and notes for every channel what is to be told of
    /// them: each beginning and each end once.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn change_alerts(
        &self,
        changes: Vec<AlertChange>,
        channels: Vec<String>,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        self.write("change alerts", move |connection| {
            for change in &changes {
                carry_out(connection, change, at_ms)?;
            }
            for channel in &channels {
                note_messages(connection, channel, at_ms)?;
            }
            Ok(())
        })
        .await
    }

    /// Whether anything fires that one of these channels was not asked to tell, or is over and was
    /// not told to be.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn has_untold_alerts(&self, channels: Vec<String>) -> Result<bool, StoreError> {
        self.read("look for untold alerts", move |connection| {
            for channel in &channels {
                let untold = connection
                    .prepare_cached(&format!("{UNTOLD} LIMIT 1"))?
                    .query_row([channel], |_| Ok(()))
                    .optional()?;
                if untold.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
    }

    /// What is to be told now, in the order in which it happened: behind a message that waits for
    /// its next try, later ones of its channel wait too.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn due_alert_messages(&self, at_ms: i64) -> Result<Vec<AlertMessage>, StoreError> {
        self.read("list alert messages", move |connection| {
            let sql = format!(
                "SELECT {COLUMNS}, m.number, m.channel, m.tries, m.kind
                 FROM alert_messages m JOIN alerts a ON a.number = m.alert
                 WHERE m.due_at <= ?1 AND NOT EXISTS (
                     SELECT 1 FROM alert_messages e
                     WHERE e.channel = m.channel AND e.number < m.number AND e.due_at > ?1)
                 ORDER BY m.number"
            );
            let messages = connection
                .prepare_cached(&sql)?
                .query_map([at_ms], |row| {
                    Ok(AlertMessage {
                        alert: AlertRow::read(row)?,
                        number: row.get(7)?,
                        channel: row.get(8)?,
                        tries: row.get(9)?,
                        kind: AlertState::parse(&row.get::<_, String>(10)?),
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(messages)
        })
        .await
    }

    /// A message was told.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn alert_message_sent(&self, number: i64, at_ms: i64) -> Result<(), StoreError> {
        self.write("note a sent message", move |connection| {
            connection.execute(
                "UPDATE alert_messages SET sent_at = ?2, due_at = NULL WHERE number = ?1",
                params![number, at_ms],
            )?;
            Ok(())
        })
        .await
    }

    /// A message could not be told; `retry_at_ms` is when to try again, `None` gives it up.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn alert_message_failed(
        &self,
        number: i64,
        retry_at_ms: Option<i64>,
    ) -> Result<(), StoreError> {
        self.write("note a failed message", move |connection| {
            connection.execute(
                "UPDATE alert_messages SET tries = tries + 1, due_at = ?2 WHERE number = ?1",
                params![number, retry_at_ms],
            )?;
            Ok(())
        })
        .await
    }
}

/// Beginnings and ends of alerts that a channel has no message about. An end is told only where the
/// beginning was.
const UNTOLD: &str = "
SELECT a.number, a.state FROM alerts a
WHERE (a.state = 'firing'
       OR a.state = 'resolved' AND EXISTS (SELECT 1 FROM alert_messages m
          WHERE m.alert = a.number AND m.channel = ?1 AND m.kind = 'firing'))
  AND NOT EXISTS (SELECT 1 FROM alert_messages m
          WHERE m.alert = a.number AND m.channel = ?1 AND m.kind = a.state)";

fn list(connection: &Connection, rest: &str, limit: u32) -> Result<Vec<AlertRow>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM alerts a WHERE {rest} LIMIT ?1");
    let rows = connection
        .prepare_cached(&sql)?
        .query_map([limit], AlertRow::read)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

fn resolve(connection: &Connection, rule: &str, at_ms: i64) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE alerts SET state = 'resolved', resolved_at = ?2 WHERE rule = ?1 AND state <> 'resolved'",
        )?
        .execute(params![rule, at_ms])?;
    Ok(changed > 0)
}

fn carry_out(connection: &Connection, change: &AlertChange, at_ms: i64) -> Result<(), Fault> {
    match change {
        AlertChange::Pend(alert) => {
            connection.execute(
                "INSERT INTO alerts (rule, state, since, notice) VALUES (?1, 'pending', ?2, ?3)
                 ON CONFLICT DO NOTHING",
                params![alert.rule, alert.since_ms, Json(&alert.notice)],
            )?;
        }
        AlertChange::Fire(alert) => {
            let risen = connection.execute(
                "UPDATE alerts SET state = 'firing', fired_at = ?2, notice = ?3
                 WHERE rule = ?1 AND state = 'pending'",
                params![alert.rule, at_ms, Json(&alert.notice)],
            )?;
            if risen == 0 {
                connection.execute(
                    "INSERT INTO alerts (rule, state, since, fired_at, notice)
                     VALUES (?1, 'firing', ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                    params![alert.rule, alert.since_ms, at_ms, Json(&alert.notice)],
                )?;
            }
        }
        AlertChange::Forget { rule } => {
            connection.execute(
                "DELETE FROM alerts WHERE rule = ?1 AND state = 'pending'",
                [rule],
            )?;
        }
        AlertChange::Resolve { rule } => {
            resolve(connection, rule, at_ms)?;
        }
    }
    Ok(())
}

fn note_messages(connection: &Connection, channel: &str, at_ms: i64) -> Result<(), Fault> {
    connection
        .prepare_cached(&format!(
            "INSERT INTO alert_messages (alert, kind, channel, tries, due_at)
             SELECT number, state, ?1, 0, ?2 FROM ({UNTOLD})"
        ))?
        .execute(params![channel, at_ms])?;
    Ok(())
}
