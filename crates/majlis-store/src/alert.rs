//! Alerts: what a person should know until it is over.

use rusqlite::params;
use serde_json::Value;

use crate::Store;
use crate::error::StoreError;
use crate::value::Json;

/// An alert that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What raised it; there is one open alert per rule.
    pub rule: String,
    /// Since when, in milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// What to tell the person, as the caller wrote it.
    pub notice: Value,
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
                    "INSERT INTO alerts (rule, state, since, notice) VALUES (?1, 'firing', ?2, ?3)
                     ON CONFLICT DO NOTHING",
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
            let changed = connection
                .prepare_cached(
                    "UPDATE alerts SET state = 'resolved', resolved_at = ?2 WHERE rule = ?1 AND state <> 'resolved'",
                )?
                .execute(params![rule, at_ms])?;
            Ok(changed > 0)
        })
        .await
    }

    /// The alerts that are not over, oldest first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn open_alerts(&self) -> Result<Vec<Alert>, StoreError> {
        self.read("list alerts", |connection| {
            let alerts = connection
                .prepare_cached(
                    "SELECT rule, since, notice FROM alerts WHERE state <> 'resolved' ORDER BY number",
                )?
                .query_map([], |row| {
                    Ok(Alert {
                        rule: row.get(0)?,
                        since_ms: row.get(1)?,
                        notice: row.get::<_, Json<Value>>(2)?.0,
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(alerts)
        })
        .await
    }
}
