//! What a process left behind that ended before its jobs did.

use majlis_llm::PicoUsd;
use rusqlite::{Connection, params};

use crate::Store;
use crate::call;
use crate::domain::{CallState, ConsultationStatus, JobKind, JobState, ReplyState};
use crate::error::StoreError;
use crate::execution;
use crate::folder::Folder;
use crate::job;
use crate::locks;
use crate::relay;
use crate::settle::{close_step, write_reply};
use crate::value::Money;

/// What a recovery found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecoveryReport {
    /// Jobs that are now interrupted, oldest first.
    pub jobs: Vec<RecoveredJob>,
    /// Running jobs of processes that live; nothing of theirs was touched.
    pub alive: u64,
}

/// A job whose process is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveredJob {
    /// The job.
    pub job_id: String,
    /// What it worked on.
    pub kind: JobKind,
    /// The conversation, consultation or execution, which may have been deleted.
    pub subject_id: String,
    /// Calls of which it is not known whether they were billed.
    pub unknown_calls: Vec<String>,
    /// Calls that ended with the program and cost nothing.
    pub free_calls: Vec<String>,
}

impl Store {
    /// Brings jobs of processes that are gone to an end: what was answered stays; of what was being
    /// written, the pieces kept so far become the text, marked interrupted. A call without an answer
    /// becomes `Unknown`, or `Cancelled` at no cost when its provider is one of `free_providers`
    /// (`local`). Nothing is sent again. Safe at any time, in any number of processes.
    ///
    /// # Errors
    /// The store's own troubles; nothing is changed then.
    pub async fn recover(
        &self,
        now_ms: i64,
        free_providers: &[String],
    ) -> Result<RecoveryReport, StoreError> {
        let folder = self.paths().clone();
        let own = self.process_id().to_owned();
        let free = free_providers.to_vec();
        let report = self
            .write("recover interrupted jobs", move |connection| {
                Ok(recover(connection, &folder, &own, &free, now_ms)?)
            })
            .await?;
        // Only now: as long as the jobs were running, the files said whose they were.
        locks::sweep(self.paths());
        Ok(report)
    }
}

struct RunningJob {
    id: String,
    kind: JobKind,
    subject: String,
    owner: String,
}

fn recover(
    connection: &Connection,
    folder: &Folder,
    own: &str,
    free: &[String],
    now_ms: i64,
) -> rusqlite::Result<RecoveryReport> {
    let mut report = RecoveryReport::default();
    relay::file_left(connection, |owner| {
        owner != own && locks::is_gone(folder, owner)
    })?;
    for job in running_jobs(connection, own)? {
        if locks::is_gone(folder, &job.owner) {
            report.jobs.push(interrupt(connection, job, free, now_ms)?);
        } else {
            report.alive += 1;
        }
    }
    Ok(report)
}

fn running_jobs(connection: &Connection, own: &str) -> rusqlite::Result<Vec<RunningJob>> {
    connection
        .prepare_cached(
            "SELECT id, kind, subject, owner FROM jobs WHERE state = 'running' AND owner <> ?1 ORDER BY number",
        )?
        .query_map([own], |row| {
            Ok(RunningJob {
                id: row.get(0)?,
                kind: row.get(1)?,
                subject: row.get(2)?,
                owner: row.get(3)?,
            })
        })?
        .collect()
}

fn interrupt(
    connection: &Connection,
    job: RunningJob,
    free: &[String],
    now_ms: i64,
) -> rusqlite::Result<RecoveredJob> {
    let mut recovered = RecoveredJob {
        job_id: job.id,
        kind: job.kind,
        subject_id: job.subject,
        unknown_calls: Vec::new(),
        free_calls: Vec::new(),
    };
    for (call_id, provider) in intents(connection, &recovered.job_id)? {
        let is_free = free.contains(&provider);
        give_up(connection, &call_id, is_free, now_ms)?;
        if is_free {
            recovered.free_calls.push(call_id);
        } else {
            recovered.unknown_calls.push(call_id);
        }
    }
    if recovered.kind == JobKind::Consultation {
        close_members(connection, &recovered.subject_id)?;
        let status = ConsultationStatus::Interrupted;
        job::close_consultation(connection, &recovered.subject_id, status, now_ms)?;
    }
    if recovered.kind == JobKind::Audit {
        execution::interrupt(connection, &recovered.subject_id, now_ms)?;
    }
    job::close(connection, &recovered.job_id, JobState::Interrupted, now_ms)?;
    Ok(recovered)
}

fn intents(connection: &Connection, job_id: &str) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare_cached(
            "SELECT c.id, c.provider FROM jobs j JOIN steps t ON t.job = j.number
             JOIN calls c ON c.step = t.number WHERE j.id = ?1 AND c.state = 'intent' ORDER BY c.number",
        )?
        .query_map([job_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn give_up(
    connection: &Connection,
    call_id: &str,
    is_free: bool,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let (state, cost) = if is_free {
        (CallState::Cancelled, Some(PicoUsd::ZERO))
    } else {
        (CallState::Unknown, None)
    };
    connection
        .prepare_cached(
            "UPDATE calls SET state = ?2, cost_pusd = ?3, reserved_pusd = NULL, settled_at = ?4 WHERE id = ?1",
        )?
        .execute(params![call_id, state, cost.map(Money), now_ms])?;
    let parts = call::flushed(connection, call_id)?;
    write_reply(connection, call_id, ReplyState::Interrupted, &parts, None)?;
    close_step(connection, call_id, state)
}

fn close_members(connection: &Connection, consultation_id: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE members SET state = 'interrupted' WHERE state IN ('waiting', 'streaming')
             AND consultation = (SELECT number FROM consultations WHERE id = ?1)",
        )?
        .execute([consultation_id])?;
    Ok(())
}
