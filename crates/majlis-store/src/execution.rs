//! Runs of tasks over code: executions, and what models were asked in them.

use majlis_llm::{ModelId, Part};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::Store;
use crate::content::text_of;
use crate::conversation::require;
use crate::domain::{ExecutionStatus, JobState, ReplyState};
use crate::error::{Fault, StoreError};
use crate::job::{self, Finish};
use crate::page::{Page, clamp};
use crate::value::{Count, Json, Model};

/// An execution to be. [`Store::begin`] writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewExecution {
    /// Its id.
    pub id: String,
    /// What is done: `python-audit`.
    pub task: String,
    /// What is looked at: a path, as the person named it.
    pub target: String,
    /// How, in the caller's own form.
    pub options: Value,
}

/// A question to a model about code, to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuditQuestion {
    /// Its id.
    pub id: String,
    /// What is asked of whom: once in an execution.
    pub key: String,
    /// The model.
    pub model: ModelId,
    /// What it is sent, to the byte.
    pub prompt: String,
}

/// An execution as it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionRow {
    /// Its id.
    pub id: String,
    /// What was done.
    pub task: String,
    /// What was looked at.
    pub target: String,
    /// How it stands.
    pub status: ExecutionStatus,
    /// How many findings are kept of it.
    pub findings: u64,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// Milliseconds since 1970 UTC; `None` while it runs.
    pub finished_at_ms: Option<i64>,
}

/// A whole execution, without its findings.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// What also stands in the list.
    pub row: ExecutionRow,
    /// How it was done, in the caller's own form.
    pub options: Value,
    /// What came of it besides findings, in the caller's own form; `None` until it is over.
    pub report: Option<Value>,
}

/// A question to a model about code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuestionRow {
    /// Its id.
    pub id: String,
    /// What was asked of whom.
    pub key: String,
    /// The model.
    pub model: ModelId,
    /// How far its answer came.
    pub state: ReplyState,
    /// What it was sent, to the byte.
    pub prompt: String,
    /// The answer.
    pub parts: Vec<Part>,
}

impl AuditQuestionRow {
    /// The text of the answer, without reasoning.
    pub fn text(&self) -> String {
        text_of(&self.parts)
    }
}

/// The end of an execution and of its job.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishExecution {
    /// The execution.
    pub execution_id: String,
    /// The job that ends with it.
    pub job_id: String,
    /// How the job ended; not `Running`.
    pub job_state: JobState,
    /// How the execution ended; not `Running`.
    pub status: ExecutionStatus,
    /// What came of it besides findings.
    pub report: Option<Value>,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

const COLUMNS: &str = "e.id, e.task, e.target, e.status,
    (SELECT count(*) FROM findings f WHERE f.execution = e.number), e.created_at, e.finished_at";

impl Store {
    /// A page of executions, newest first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn executions(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Page<ExecutionRow>, StoreError> {
        let limit = clamp(limit);
        self.read("list executions", move |connection| {
            let rows = connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, e.number FROM agent_executions e WHERE e.number < ?1
                     ORDER BY e.number DESC LIMIT ?2"
                ))?
                .query_map(params![before.unwrap_or(i64::MAX), limit + 1], |row| {
                    Ok((row.get(7)?, row_of(row)?))
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(Page::from_rows(rows, limit))
        })
        .await
    }

    /// An execution; `None` when there is none.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn execution(&self, id: &str) -> Result<Option<Execution>, StoreError> {
        let id = id.to_owned();
        self.read("read an execution", move |connection| {
            Ok(connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, e.options, e.report FROM agent_executions e WHERE e.id = ?1"
                ))?
                .query_row([id], |row| {
                    Ok(Execution {
                        row: row_of(row)?,
                        options: row.get::<_, Json<Value>>(7)?.0,
                        report: row.get::<_, Option<Json<Value>>>(8)?.map(|json| json.0),
                    })
                })
                .optional()?)
        })
        .await
    }

    /// What models were asked in an execution, oldest first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn audit_questions(
        &self,
        execution_id: &str,
    ) -> Result<Vec<AuditQuestionRow>, StoreError> {
        let id = execution_id.to_owned();
        self.read("read what models were asked", move |connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT i.id, i.key, i.model, i.state, i.prompt, i.parts
                     FROM audit_questions i JOIN agent_executions e ON e.number = i.execution
                     WHERE e.id = ?1 ORDER BY i.number",
                )?
                .query_map([id], |row| {
                    Ok(AuditQuestionRow {
                        id: row.get(0)?,
                        key: row.get(1)?,
                        model: row.get::<_, Model>(2)?.0,
                        state: row.get(3)?,
                        prompt: row.get(4)?,
                        parts: row.get::<_, Json<Vec<Part>>>(5)?.0,
                    })
                })?
                .collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Ends an execution and its job, both or neither.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is over already; the store's own troubles.
    pub async fn finish_execution(&self, finish: FinishExecution) -> Result<(), StoreError> {
        self.write("finish an execution", move |connection| {
            if finish.status == ExecutionStatus::Running {
                return Err(Fault::Conflict("an end cannot be `running`".to_owned()));
            }
            let changed = connection
                .prepare_cached(
                    "UPDATE agent_executions SET status = ?2, finished_at = ?3, report = ?4
                     WHERE id = ?1 AND status = 'running'",
                )?
                .execute(params![
                    finish.execution_id,
                    finish.status,
                    finish.at_ms,
                    finish.report.as_ref().map(Json)
                ])?;
            require(
                (changed > 0).then_some(()),
                "execution",
                &finish.execution_id,
            )?;
            job::end(
                connection,
                &Finish {
                    job_id: finish.job_id.clone(),
                    state: finish.job_state,
                    status: None,
                    at_ms: finish.at_ms,
                },
            )
        })
        .await
    }

    /// Deletes an execution with its findings; verdicts and costs stay.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn delete_execution(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write("delete an execution", move |connection| {
            let deleted = connection
                .prepare_cached("DELETE FROM agent_executions WHERE id = ?1")?
                .execute([&id])?;
            require((deleted > 0).then_some(()), "execution", &id)
        })
        .await
    }
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<ExecutionRow> {
    Ok(ExecutionRow {
        id: row.get(0)?,
        task: row.get(1)?,
        target: row.get(2)?,
        status: row.get(3)?,
        findings: row.get::<_, Count>(4)?.0,
        created_at_ms: row.get(5)?,
        finished_at_ms: row.get(6)?,
    })
}

pub(crate) fn insert(connection: &Connection, new: &NewExecution, at_ms: i64) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO agent_executions (id, task, status, created_at, target, options)
             VALUES (?1, ?2, 'running', ?3, ?4, ?5)",
        )?
        .execute(params![
            new.id,
            new.task,
            at_ms,
            new.target,
            Json(&new.options)
        ])?;
    Ok(())
}

/// An execution that was interrupted goes on; what it found so far is found again.
pub(crate) fn reopen(connection: &Connection, id: &str) -> Result<(), Fault> {
    let number: Option<i64> = connection
        .prepare_cached(
            "UPDATE agent_executions SET status = 'running', finished_at = NULL, report = NULL
             WHERE id = ?1 AND status IN ('interrupted', 'failed', 'cancelled', 'degraded') RETURNING number",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let number = number.ok_or_else(|| {
        Fault::Conflict(format!("execution {id} is not there, runs, or is complete"))
    })?;
    connection
        .prepare_cached("DELETE FROM findings WHERE execution = ?1")?
        .execute([number])?;
    Ok(())
}

pub(crate) fn insert_audit_questions(
    connection: &Connection,
    execution_id: &str,
    audit_questions: &[NewAuditQuestion],
) -> Result<(), Fault> {
    let execution: Option<i64> = connection
        .prepare_cached("SELECT number FROM agent_executions WHERE id = ?1 AND status = 'running'")?
        .query_row([execution_id], |row| row.get(0))
        .optional()?;
    let execution = require(execution, "execution", execution_id)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO audit_questions (id, execution, key, model, state, prompt, parts)
         VALUES (?1, ?2, ?3, ?4, 'waiting', ?5, '[]') ON CONFLICT (execution, key) DO NOTHING",
    )?;
    for new in audit_questions {
        statement.execute(params![
            new.id,
            execution,
            new.key,
            new.model.as_str(),
            new.prompt
        ])?;
    }
    Ok(())
}

/// The execution of a job whose process is gone.
pub(crate) fn interrupt(connection: &Connection, id: &str, at_ms: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE audit_questions SET state = 'interrupted' WHERE state IN ('waiting', 'streaming')
             AND execution = (SELECT number FROM agent_executions WHERE id = ?1)",
        )?
        .execute([id])?;
    connection
        .prepare_cached(
            "UPDATE agent_executions SET status = 'interrupted', finished_at = ?2
             WHERE id = ?1 AND status = 'running'",
        )?
        .execute(params![id, at_ms])?;
    Ok(())
}
