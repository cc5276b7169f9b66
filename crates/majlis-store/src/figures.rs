//! Figures by which a running program is watched.

use std::fs;

use rusqlite::params;

use crate::Store;
use crate::error::StoreError;
use crate::value::Count;

/// Jobs that are not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenJobs {
    /// Those that some process works on.
    pub running: u64,
    /// Those that ended with their process and can be taken up again.
    pub interrupted: u64,
    /// Those of them that ended after the moment that was asked for.
    pub interrupted_lately: u64,
}

/// A request to a model, as it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallOutcome {
    /// Who was asked.
    pub provider: String,
    /// The kind of failure; `None` when the answer is whole.
    pub failure: Option<String>,
    /// What it took, where that is known.
    pub duration_ms: Option<i64>,
}

impl Store {
    /// The version of SQLite in this program.
    pub fn sqlite_version() -> &'static str {
        rusqlite::version()
    }

    /// Size of the database with its log, in bytes.
    pub fn database_bytes(&self) -> u64 {
        let database = self.paths().database();
        let mut log = database.clone().into_os_string();
        log.push("-wal");
        [database.into_os_string(), log]
            .iter()
            .filter_map(|path| fs::metadata(path).ok())
            .map(|found| found.len())
            .sum()
    }

    /// Counts the jobs that are not over.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn open_jobs(&self, lately_since_ms: i64) -> Result<OpenJobs, StoreError> {
        self.read("count jobs", move |connection| {
            let jobs = connection
                .prepare_cached(
                    "SELECT count(*) FILTER (WHERE state = 'running'),
                            count(*) FILTER (WHERE state = 'interrupted'),
                            count(*) FILTER (WHERE state = 'interrupted' AND finished_at > ?1)
                     FROM jobs WHERE state IN ('running', 'interrupted')",
                )?
                .query_row([lately_since_ms], |row| {
                    Ok(OpenJobs {
                        running: row.get::<_, Count>(0)?.0,
                        interrupted: row.get::<_, Count>(1)?.0,
                        interrupted_lately: row.get::<_, Count>(2)?.0,
                    })
                })?;
            Ok(jobs)
        })
        .await
    }

    /// How the calls that began after a moment ended, newest first; those that were stopped by the
    /// person say nothing about their provider and are left out.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn call_outcomes(
        &self,
        since_ms: i64,
        limit: u32,
    ) -> Result<Vec<CallOutcome>, StoreError> {
        self.read("list outcomes", move |connection| {
            let outcomes = connection
                .prepare_cached(
                    "SELECT provider, error_kind, duration_ms FROM calls
                     WHERE created_at > ?1 AND state IN ('settled', 'failed')
                     ORDER BY created_at DESC LIMIT ?2",
                )?
                .query_map(params![since_ms, limit], |row| {
                    Ok(CallOutcome {
                        provider: row.get(0)?,
                        failure: row.get(1)?,
                        duration_ms: row.get(2)?,
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(outcomes)
        })
        .await
    }
}
