//! The figures of this program at work, for whoever watches it.

use std::collections::BTreeMap;

use majlis_store::{AlertState, OpenJobs, Store, StoreErrorKind};

use crate::{App, AppError, BudgetsView, ambient};

/// Alerts of other origin than the rules of the watch: what a start mended, and a full disk.
const OTHER_ALERTS: [&str; 3] = ["database_restored", "changes_lost", "disk_full"];

/// How everything stands at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The caps and what is spent.
    pub budgets: BudgetsView,
    /// Jobs that are not over.
    pub jobs: OpenJobs,
    /// Size of the database with its log, in bytes.
    pub database_bytes: u64,
    /// Free space beside it; `None`: not known.
    pub disk_free_bytes: Option<u64>,
    /// When the newest whole backup was made, in milliseconds since 1970 UTC.
    pub backup_at_ms: Option<i64>,
    /// How many alerts of each rule fire; every rule is there.
    pub firing: BTreeMap<String, u64>,
}

/// The codes of what disk, file or program may fail, for counters that are there from the start.
pub fn store_trouble_codes() -> impl Iterator<Item = &'static str> {
    StoreErrorKind::TROUBLES.iter().map(StoreErrorKind::code)
}

impl App {
    /// How everything stands now.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn figures(&self) -> Result<Figures, AppError> {
        let store = &self.inner.store;
        let rules = Self::alert_rules().chain(OTHER_ALERTS);
        let mut firing: BTreeMap<String, u64> = rules.map(|rule| (rule.to_owned(), 0)).collect();
        for row in store.alerts(0).await? {
            let rule = row.rule.split('/').next().unwrap_or_default();
            if let Some(count) = firing
                .get_mut(rule)
                .filter(|_| row.state == AlertState::Firing)
            {
                *count += 1;
            }
        }
        Ok(Figures {
            budgets: self.budgets().await?,
            jobs: store.open_jobs(ambient::now_ms()).await?,
            database_bytes: store.database_bytes(),
            disk_free_bytes: self.disk_free_bytes(),
            backup_at_ms: self.newest_backup_ms(),
            firing,
        })
    }

    /// The version of SQLite in this program.
    pub fn sqlite_version() -> &'static str {
        Store::sqlite_version()
    }

    /// Free space beside the database; `None`: not known.
    pub(crate) fn disk_free_bytes(&self) -> Option<u64> {
        fs4::available_space(self.inner.store.folder()).ok()
    }

    /// When the newest whole backup was made.
    pub(crate) fn newest_backup_ms(&self) -> Option<i64> {
        let backups = self.backups();
        let newest = backups.iter().find(|row| row.is_whole);
        newest.map(|row| row.created_at_ms)
    }
}
