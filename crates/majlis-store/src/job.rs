//! Jobs: what is paid for is written down before it is sent.

use majlis_llm::{ModelId, PicoUsd};
use rusqlite::{Connection, OptionalExtension, params};

use crate::Store;
use crate::budget::{self, Caps};
use crate::consultation::{self, NewConsultation};
use crate::conversation::{self, require, touch};
use crate::deliberation::{self, NewHearing};
use crate::domain::{CallState, ConsultationStatus, JobKind, JobState, StepKind};
use crate::error::{Fault, StoreError};
use crate::execution::{self, NewAuditQuestion, NewExecution};
use crate::message::{self, NewMessage};
use crate::once::{self, Once};
use crate::value::Money;

/// Everything that is written before the first request of a job leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Begin {
    /// The job's id.
    pub job_id: String,
    /// What it works on.
    pub subject: Subject,
    /// The mark of the request behind it; `None` carries each request out.
    pub once: Option<Once>,
    /// What will be sent, in order. May be empty: a council of pasted answers calls nobody.
    pub steps: Vec<NewStep>,
    /// Where the person's day and month began, and this job's own cap.
    pub caps: Caps,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// What a job works on.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// One turn of a conversation that exists.
    Turn {
        /// The conversation.
        conversation_id: String,
        /// Its title, should it have none yet.
        title: String,
        /// The person's messages and the answers to come, in order per channel.
        messages: Vec<NewMessage>,
    },
    /// A consultation, which is written with its members.
    Consultation(NewConsultation),
    /// A consultation that is over, of which some members are asked again.
    Resume {
        /// The consultation.
        consultation_id: String,
    },
    /// A consultation that is over and stays so, of which another conclusion is written. Its steps
    /// come by [`Store::extend`].
    Synthesis {
        /// The consultation.
        consultation_id: String,
    },
    /// A task over code.
    Audit(NewExecution),
    /// A task over code that is over and goes on; its findings are found again.
    ResumeAudit {
        /// The execution.
        execution_id: String,
    },
    /// Questions to models in a task over code that runs.
    AuditQuestions {
        /// The execution.
        execution_id: String,
        /// The questions that were not asked before.
        audit_questions: Vec<NewAuditQuestion>,
    },
}

impl Subject {
    fn kind(&self) -> JobKind {
        match self {
            Self::Turn { .. } => JobKind::Chat,
            Self::Consultation(_) | Self::Resume { .. } | Self::Synthesis { .. } => {
                JobKind::Consultation
            }
            Self::Audit(_) | Self::ResumeAudit { .. } | Self::AuditQuestions { .. } => {
                JobKind::Audit
            }
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Turn {
                conversation_id, ..
            } => conversation_id,
            Self::Consultation(new) => &new.id,
            Self::Resume { consultation_id } | Self::Synthesis { consultation_id } => {
                consultation_id
            }
            Self::Audit(new) => &new.id,
            Self::ResumeAudit { execution_id } | Self::AuditQuestions { execution_id, .. } => {
                execution_id
            }
        }
    }
}

/// One thing a job does that may be billed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// What it is for.
    pub kind: StepKind,
    /// Hash of what it works on: the same step again is known by it.
    pub input_hash: String,
    /// Its first attempt.
    pub call: NewCall,
}

/// A request that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCall {
    /// Its id.
    pub id: String,
    /// The model that is asked.
    pub model: ModelId,
    /// Hash of the request as it is sent.
    pub request_hash: String,
    /// The most it is expected to cost, which counts as spent when its true cost never becomes
    /// known; `None` when no price is known.
    pub estimate: Option<PicoUsd>,
    /// What is held back for it from budgets while it is open: the most it can cost, nothing for a
    /// model that costs nothing; `None` when no price is known.
    pub reserved: Option<PicoUsd>,
    /// Id of the message, member or hearing it writes, which is in the same [`Begin`] or [`Extend`].
    pub reply_id: String,
}

/// What a job that runs sends besides what it began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extend {
    /// The job, of this process.
    pub job_id: String,
    /// What will be sent, in order.
    pub hearings: Vec<NewHearing>,
    /// As at [`Begin::caps`]; what the job spent so far counts.
    pub caps: Caps,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// The end of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// The job.
    pub job_id: String,
    /// How it ended; not `Running`.
    pub state: JobState,
    /// How its consultation ended; `None` for a turn of a conversation.
    pub status: Option<ConsultationStatus>,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

impl Store {
    /// Writes a job down with everything it will send, in one transaction. When this returns, the
    /// disk has it, and the calls may be sent.
    ///
    /// # Errors
    /// `NotFound` for the conversation, a channel or a reply; `Conflict` when an id exists already
    /// or a consultation is not over; `Replayed` and `KeyReused` by its mark; `BudgetExceeded` or
    /// `PriceUnknown` when a cap does not allow it; the store's own troubles. After any error
    /// nothing may be sent.
    pub async fn begin(&self, begin: Begin) -> Result<(), StoreError> {
        let owner = self.process_id().to_owned();
        self.write("begin a job", move |connection| {
            insert(connection, &begin, &owner)
        })
        .await
    }

    /// Writes down what a job sends further, in one transaction, under the same rules as
    /// [`Store::begin`].
    ///
    /// # Errors
    /// `NotFound` for the job or its consultation; `Conflict` when it runs no more; `BudgetExceeded`
    /// or `PriceUnknown` when a cap does not allow it; the store's own troubles. After any error
    /// nothing may be sent.
    pub async fn extend(&self, extend: Extend) -> Result<(), StoreError> {
        let owner = self.process_id().to_owned();
        self.write("extend a job", move |connection| {
            lengthen(connection, &extend, &owner)
        })
        .await
    }

    /// Ends a job and its consultation, which may have been deleted meanwhile.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is no longer running; the store's own troubles.
    pub async fn finish_job(&self, finish: Finish) -> Result<(), StoreError> {
        self.write("finish a job", move |connection| end(connection, &finish))
            .await
    }
}

fn insert(connection: &Connection, begin: &Begin, owner: &str) -> Result<(), Fault> {
    if let Some(once) = &begin.once {
        once::take(connection, once, begin.at_ms)?;
    }
    let calls: Vec<&NewCall> = begin.steps.iter().map(|step| &step.call).collect();
    budget::check(connection, &begin.caps, &scope(begin), &calls)?;
    match &begin.subject {
        Subject::Turn {
            conversation_id,
            title,
            messages,
        } => {
            touch(connection, conversation_id, begin.at_ms)?;
            conversation::entitle(connection, conversation_id, title)?;
            for message in messages {
                message::insert(connection, conversation_id, message)?;
            }
        }
        Subject::Consultation(new) => consultation::insert(connection, new, begin.at_ms)?,
        Subject::Resume { consultation_id } => consultation::reopen(connection, consultation_id)?,
        Subject::Synthesis { consultation_id } => {
            consultation::require_over(connection, consultation_id)?;
        }
        Subject::Audit(new) => execution::insert(connection, new, begin.at_ms)?,
        Subject::ResumeAudit { execution_id } => execution::reopen(connection, execution_id)?,
        Subject::AuditQuestions {
            execution_id,
            audit_questions,
        } => execution::insert_audit_questions(connection, execution_id, audit_questions)?,
    }
    connection
        .prepare_cached(
            "INSERT INTO jobs (id, kind, subject, owner, state, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            begin.job_id,
            begin.subject.kind(),
            begin.subject.id(),
            owner,
            JobState::Running,
            begin.at_ms
        ])?;
    let job = connection.last_insert_rowid();
    for (sequence, step) in (1_i64..).zip(&begin.steps) {
        let when = (begin.at_ms, begin.caps.by_program);
        insert_step(connection, (job, sequence), step, when)?;
    }
    Ok(())
}

fn lengthen(connection: &Connection, extend: &Extend, owner: &str) -> Result<(), Fault> {
    let found = connection
        .prepare_cached(
            "SELECT j.number, j.subject, coalesce((SELECT max(seq) FROM steps WHERE job = j.number), 0)
             FROM jobs j WHERE j.id = ?1 AND j.owner = ?2 AND j.state = 'running'",
        )?
        .query_row([extend.job_id.as_str(), owner], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
        })
        .optional()?;
    let (job, subject, last) = require(found, "job", &extend.job_id)?;
    let steps = extend.hearings.iter().map(|hearing| &hearing.step);
    let calls: Vec<&NewCall> = steps.map(|step| &step.call).collect();
    let scope = budget::Scope::Job(&extend.job_id);
    budget::check(connection, &extend.caps, &scope, &calls)?;
    for (sequence, hearing) in (last + 1..).zip(&extend.hearings) {
        deliberation::insert(connection, &subject, hearing, extend.at_ms)?;
        let when = (extend.at_ms, extend.caps.by_program);
        insert_step(connection, (job, sequence), &hearing.step, when)?;
    }
    Ok(())
}

/// What the cap of one run is measured on: an audit asks in several jobs.
fn scope(begin: &Begin) -> budget::Scope<'_> {
    match begin.subject.kind() {
        JobKind::Audit => budget::Scope::Subject(begin.subject.id()),
        JobKind::Chat | JobKind::Consultation | JobKind::Relay => budget::Scope::Job(&begin.job_id),
    }
}

fn insert_step(
    connection: &Connection,
    (job, sequence): (i64, i64),
    step: &NewStep,
    when: When,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO steps (job, seq, kind, input_hash, state) VALUES (?1, ?2, ?3, ?4, 'sent')",
        )?
        .execute(params![job, sequence, step.kind, step.input_hash])?;
    let number = connection.last_insert_rowid();
    let call = insert_call(connection, number, &step.call, when)?;
    link_reply(connection, call, &step.call, step.kind)
}

/// When a call was asked for, milliseconds since 1970 UTC, and whether by another program.
pub(crate) type When = (i64, bool);

/// Writes the first attempt of a step down; its number.
pub(crate) fn insert_call(
    connection: &Connection,
    step: i64,
    call: &NewCall,
    (at_ms, by_program): When,
) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO calls (id, step, attempt, provider, model, request_hash, state,
                                estimate_pusd, reserved_pusd, created_at, by_program)
             VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            call.id,
            step,
            call.model.provider(),
            call.model.as_str(),
            call.request_hash,
            CallState::Intent,
            call.estimate.map(Money),
            call.reserved.map(Money),
            at_ms,
            by_program,
        ])?;
    Ok(connection.last_insert_rowid())
}

fn link_reply(
    connection: &Connection,
    call: i64,
    new: &NewCall,
    kind: StepKind,
) -> Result<(), Fault> {
    let (what, sql) = match kind {
        StepKind::Relay => return Ok(()),
        StepKind::Reply => (
            "message",
            "UPDATE messages SET call = ?1 WHERE id = ?2 AND call IS NULL",
        ),
        StepKind::Ask => (
            "member",
            "UPDATE members SET call = ?1, state = 'waiting', notice = NULL WHERE id = ?2
             AND state NOT IN ('streaming', 'complete')",
        ),
        StepKind::Review | StepKind::Revise | StepKind::Edit => (
            "hearing",
            "UPDATE hearings SET call = ?1 WHERE id = ?2 AND call IS NULL",
        ),
        StepKind::Inquire => (
            "audit_question",
            "UPDATE audit_questions SET call = ?1, state = 'waiting', notice = NULL WHERE id = ?2
             AND state NOT IN ('streaming', 'complete')",
        ),
    };
    let linked = connection
        .prepare_cached(sql)?
        .execute(params![call, new.reply_id])?;
    require((linked > 0).then_some(()), what, &new.reply_id)
}

pub(crate) fn end(connection: &Connection, finish: &Finish) -> Result<(), Fault> {
    if finish.state == JobState::Running || finish.status == Some(ConsultationStatus::Running) {
        return Err(Fault::Conflict("an end cannot be `running`".to_owned()));
    }
    let subject = connection
        .prepare_cached("SELECT subject, state FROM jobs WHERE id = ?1")?
        .query_map([&finish.job_id], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, JobState>(1)?))
        })?
        .next()
        .transpose()?;
    let (subject, state) = require(subject, "job", &finish.job_id)?;
    if state != JobState::Running {
        return Err(Fault::Conflict(format!(
            "job {} is {}",
            finish.job_id,
            state.as_str()
        )));
    }
    close(connection, &finish.job_id, finish.state, finish.at_ms)?;
    if let Some(status) = finish.status {
        close_consultation(connection, &subject, status, finish.at_ms)?;
    }
    Ok(())
}

pub(crate) fn close(
    connection: &Connection,
    job_id: &str,
    state: JobState,
    at_ms: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE jobs SET state = ?2, finished_at = ?3 WHERE id = ?1")?
        .execute(params![job_id, state, at_ms])?;
    Ok(())
}

pub(crate) fn close_consultation(
    connection: &Connection,
    id: &str,
    status: ConsultationStatus,
    at_ms: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE consultations SET status = ?2, finished_at = ?3 WHERE id = ?1 AND status = 'running'",
        )?
        .execute(params![id, status, at_ms])?;
    Ok(())
}
