//! What a person wants forgotten after a while. Nothing is, unless they say so.

use rusqlite::{Connection, params};

use crate::Store;
use crate::error::{Fault, StoreError};

/// Things deleted in one operation, so that others can write between two.
const BATCH: u32 = 50;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A rule: what has not changed for so many days goes. What was paid for it stays in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionRule {
    /// What it is about.
    pub subject: RetentionSubject,
    /// Days since the last change, at least 1.
    pub older_than_days: u32,
}

/// What a rule may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RetentionSubject {
    /// Conversations with all their messages, never a pinned one.
    Conversations,
    /// Consultations with all their answers.
    Consultations,
}

/// What goes, or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionCounts {
    /// Conversations.
    pub conversations: u64,
    /// Their messages.
    pub messages: u64,
    /// Consultations.
    pub consultations: u64,
}

impl RetentionSubject {
    /// The rows a rule about this takes: older than `?1`, unpinned, and not being worked on.
    fn condition(self) -> &'static str {
        match self {
            Self::Conversations => {
                "updated_at < ?1 AND pinned = 0
                 AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.subject = conversations.id AND j.state = 'running')"
            }
            Self::Consultations => {
                "created_at < ?1 AND status <> 'running'
                 AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.subject = consultations.id AND j.state = 'running')"
            }
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Consultations => "consultations",
        }
    }
}

impl RetentionRule {
    fn before_ms(self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(i64::from(self.older_than_days.max(1)).saturating_mul(DAY_MS))
    }
}

impl Store {
    /// What these rules would delete now.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn preview_retention(
        &self,
        rules: Vec<RetentionRule>,
        now_ms: i64,
    ) -> Result<RetentionCounts, StoreError> {
        self.read("count what the rules would delete", move |connection| {
            let mut counts = RetentionCounts::default();
            for rule in rules {
                count(connection, rule, now_ms, &mut counts)?;
            }
            Ok(counts)
        })
        .await
    }

    /// Deletes what these rules say; what was deleted.
    ///
    /// # Errors
    /// The store's own troubles; what was deleted before stays deleted.
    pub async fn apply_retention(
        &self,
        rules: Vec<RetentionRule>,
        now_ms: i64,
    ) -> Result<RetentionCounts, StoreError> {
        let mut counts = RetentionCounts::default();
        for rule in rules {
            loop {
                let (number, messages) = self
                    .write("delete what a rule says", move |connection| {
                        delete(connection, rule, now_ms)
                    })
                    .await?;
                match rule.subject {
                    RetentionSubject::Conversations => counts.conversations += number,
                    RetentionSubject::Consultations => counts.consultations += number,
                }
                counts.messages += messages;
                if number < u64::from(BATCH) {
                    break;
                }
            }
        }
        Ok(counts)
    }
}

fn count(
    connection: &Connection,
    rule: RetentionRule,
    now_ms: i64,
    counts: &mut RetentionCounts,
) -> Result<(), Fault> {
    let (table, condition) = (rule.subject.table(), rule.subject.condition());
    let before_ms = rule.before_ms(now_ms);
    let number = |sql: &str| -> Result<u64, Fault> {
        let number: i64 = connection.query_row(sql, [before_ms], |row| row.get(0))?;
        Ok(u64::try_from(number).unwrap_or(0))
    };
    let found = number(&format!("SELECT count(*) FROM {table} WHERE {condition}"))?;
    match rule.subject {
        RetentionSubject::Conversations => {
            counts.conversations += found;
            counts.messages += number(&format!(
                "SELECT count(*) FROM messages m JOIN channels c ON c.number = m.channel
                 WHERE c.conversation IN (SELECT number FROM {table} WHERE {condition})"
            ))?;
        }
        RetentionSubject::Consultations => counts.consultations += found,
    }
    Ok(())
}

/// Deletes the oldest of them; how many, and how many messages went with them.
fn delete(connection: &Connection, rule: RetentionRule, now_ms: i64) -> Result<(u64, u64), Fault> {
    let (table, condition) = (rule.subject.table(), rule.subject.condition());
    let numbers = connection
        .prepare_cached(&format!(
            "SELECT number FROM {table} WHERE {condition} ORDER BY number LIMIT ?2"
        ))?
        .query_map(params![rule.before_ms(now_ms), BATCH], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    let mut messages = 0;
    for number in &numbers {
        if rule.subject == RetentionSubject::Conversations {
            let counted: i64 = connection
                .prepare_cached(
                    "SELECT count(*) FROM messages WHERE channel IN (SELECT number FROM channels WHERE conversation = ?1)",
                )?
                .query_row([number], |row| row.get(0))?;
            messages += u64::try_from(counted).unwrap_or(0);
        }
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE number = ?1"))?
            .execute([number])?;
    }
    Ok((numbers.len() as u64, messages))
}
