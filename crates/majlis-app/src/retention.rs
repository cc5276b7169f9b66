//! Rules by which what is old is forgotten. There are none unless the person sets them.

use majlis_store::{RetentionCounts, RetentionRule, RetentionSubject};
use serde::{Deserialize, Serialize};

use crate::{App, AppError, ambient};

/// Name under which the rules are stored.
const SETTINGS_KEY: &str = "retention";
/// The longest time a rule may keep something, in days: a hundred years.
const MAX_DAYS: u32 = 36_500;

/// A rule as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct StoredRule {
    what: StoredSubject,
    older_than_days: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredSubject {
    Conversations,
    Consultations,
}

impl From<RetentionRule> for StoredRule {
    fn from(rule: RetentionRule) -> Self {
        Self {
            what: match rule.subject {
                RetentionSubject::Conversations => StoredSubject::Conversations,
                RetentionSubject::Consultations => StoredSubject::Consultations,
            },
            older_than_days: rule.older_than_days,
        }
    }
}

impl From<StoredRule> for RetentionRule {
    fn from(rule: StoredRule) -> Self {
        Self {
            subject: match rule.what {
                StoredSubject::Conversations => RetentionSubject::Conversations,
                StoredSubject::Consultations => RetentionSubject::Consultations,
            },
            older_than_days: rule.older_than_days,
        }
    }
}

impl App {
    /// The rules that hold, at most one per subject; empty: nothing is ever deleted by itself.
    ///
    /// # Errors
    /// `Storage` when they cannot be read.
    pub async fn retention(&self) -> Result<Vec<RetentionRule>, AppError> {
        let stored = self.inner.store.setting(SETTINGS_KEY).await?;
        // A rule that this version cannot read must not delete anything.
        let rules: Vec<StoredRule> = stored
            .and_then(|value| serde_json::from_value(value).ok())
            .unwrap_or_default();
        Ok(rules.into_iter().map(Into::into).collect())
    }

    /// Sets all rules. Nothing is deleted by that: see [`App::apply_retention`].
    ///
    /// # Errors
    /// `Invalid` for a time that is none, or two rules about one subject.
    pub async fn set_retention(&self, mut rules: Vec<RetentionRule>) -> Result<(), AppError> {
        rules.sort_by_key(|rule| rule.subject);
        let is_twice = rules.windows(2).any(|two| two[0].subject == two[1].subject);
        if is_twice {
            return Err(AppError::invalid(
                "retention_twice",
                "There are two rules about the same things.",
                "Keep one of them.",
            ));
        }
        let is_possible = |rule: &RetentionRule| (1..=MAX_DAYS).contains(&rule.older_than_days);
        if !rules.iter().all(is_possible) {
            return Err(AppError::invalid(
                "retention_days",
                "A rule keeps things for 1 to 36500 days.",
                "Leave the rule out to keep them for ever.",
            ));
        }
        let stored: Vec<StoredRule> = rules.into_iter().map(Into::into).collect();
        let value = serde_json::to_value(stored)
            .map_err(|error| AppError::internal("the rules of retention", error))?;
        let entry = std::iter::once((SETTINGS_KEY.to_owned(), value)).collect();
        Ok(self
            .inner
            .store
            .set_settings(entry, ambient::now_ms())
            .await?)
    }

    /// What the rules would delete now.
    ///
    /// # Errors
    /// `Storage` when it cannot be read.
    pub async fn preview_retention(&self) -> Result<RetentionCounts, AppError> {
        let rules = self.retention().await?;
        let store = &self.inner.store;
        Ok(store.preview_retention(rules, ambient::now_ms()).await?)
    }

    /// Deletes what the rules say; what was deleted.
    ///
    /// # Errors
    /// `Storage` when it cannot be written.
    pub async fn apply_retention(&self) -> Result<RetentionCounts, AppError> {
        let rules = self.retention().await?;
        let store = &self.inner.store;
        let counts = store.apply_retention(rules, ambient::now_ms()).await?;
        if counts != RetentionCounts::default() {
            tracing::info!(?counts, "deleted what the rules of retention say");
        }
        Ok(counts)
    }
}
