//! Consultations and their members.

use majlis_llm::{ModelId, Part};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::Store;
use crate::call::{self, CallRow};
use crate::content::{reasoning_of, text_of};
use crate::conversation::require;
use crate::deliberation::{self, HearingRow, SynthesisRow};
use crate::domain::{AnswerVerdict, ClaimStance, ConsultationStatus, MemberKind, ReplyState};
use crate::error::{Fault, StoreError};
use crate::page::{Page, clamp};
use crate::search::{self, Source};
use crate::value::{Count, Json, Model};

/// Characters of a question that stand in lists.
const TITLE_CHARS: usize = 200;

/// A consultation to be, with all its members. [`Store::begin`] writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConsultation {
    /// Its id.
    pub id: String,
    /// The question.
    pub question: String,
    /// What the person gave besides the question.
    pub context: Option<String>,
    /// What each member is sent, to the byte.
    pub prompt: String,
    /// How it is to be held after the first round, in the caller's own form; `None` where only that
    /// one is meant.
    pub plan: Option<Value>,
    /// The members, in order of position.
    pub members: Vec<NewMember>,
}

/// A member to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// Id of its answer.
    pub id: String,
    /// Its name on screen.
    pub label: String,
    /// The model and which sample of it; `None` for an answer the person brought.
    pub model: Option<ModelId>,
    /// Which sample of the model, from 1; `None` when it is asked once.
    pub sample: Option<u32>,
    /// The embedded model: a demonstration, measured apart.
    pub demo: bool,
    /// `Waiting` or `Streaming` for a model, `Complete` for a pasted answer.
    pub state: ReplyState,
    /// The pasted answer; empty for one to come.
    pub parts: Vec<Part>,
}

/// A consultation as it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsultationRow {
    /// Its id.
    pub id: String,
    /// The first 200 characters of the question.
    pub title: String,
    /// How it stands.
    pub status: ConsultationStatus,
    /// How many members it has.
    pub members: u64,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// Milliseconds since 1970 UTC; `None` while it runs.
    pub finished_at_ms: Option<i64>,
}

/// A whole consultation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consultation {
    /// What also stands in the list.
    pub row: ConsultationRow,
    /// The question, whole.
    pub question: String,
    /// What the person gave besides the question.
    pub context: Option<String>,
    /// What each member was sent, to the byte.
    pub prompt: String,
    /// The members, in order.
    pub members: Vec<MemberRow>,
    /// What was measured; `None` until it is, or when there was nothing to measure.
    pub analysis: Option<StoredAnalysis>,
    /// How it is to be held after the first round, as it was given.
    pub plan: Option<Value>,
    /// What came of it after the first round, as [`Store::set_deliberation`] was given it.
    pub deliberation: Option<Value>,
    /// What was asked after the first round, oldest first.
    pub hearings: Vec<HearingRow>,
    /// Its written conclusions, first version first.
    pub syntheses: Vec<SynthesisRow>,
}

/// A measurement that outlives the version that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnalysis {
    /// Version of its form; a reader handles every earlier one or offers to measure again.
    pub schema: u32,
    /// What measured it, e.g. `lexical/1`.
    pub method: String,
    /// The measurement.
    pub body: Value,
}

/// One claim of a measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct NewClaim {
    /// The claim in the words of one member.
    pub text: String,
    /// How far those who took a stance agree, 0 to 1; `None` when fewer than two did.
    pub agreement: Option<f64>,
    /// Members by their position, and what each does with the claim, for those where it was
    /// measured.
    pub stances: Vec<(u32, ClaimStance)>,
}

/// One member of a consultation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Id of its answer.
    pub id: String,
    /// Place from the start, from 0.
    pub position: i64,
    /// Its name on screen.
    pub label: String,
    /// Model or pasted answer.
    pub kind: MemberKind,
    /// The model; `None` for a pasted answer.
    pub model: Option<ModelId>,
    /// Which sample of the model, from 1; `None` when it was asked once.
    pub sample: Option<u32>,
    /// The embedded model: a demonstration, measured apart.
    pub demo: bool,
    /// How far its answer came.
    pub state: ReplyState,
    /// The answer; while it streams, what was flushed so far.
    pub parts: Vec<Part>,
    /// What the person should know about it, as the caller wrote it.
    pub notice: Option<Value>,
    /// The request behind it; `None` for a pasted answer and before it was asked.
    pub call: Option<CallRow>,
    /// The person's last word on the answer; `None` when there is none.
    pub verdict: Option<AnswerVerdict>,
}

impl MemberRow {
    /// The text of the answer, without reasoning.
    pub fn text(&self) -> String {
        text_of(&self.parts)
    }

    /// The reasoning before the text; `None` when there is none.
    pub fn reasoning(&self) -> Option<String> {
        reasoning_of(&self.parts)
    }
}

impl Store {
    /// A page of consultations, newest first. Reads no question and no answer. `before` is
    /// [`Page::next`] of the page before, or `None` for the first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn consultations(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Page<ConsultationRow>, StoreError> {
        self.read("list consultations", move |connection| {
            Ok(list(connection, clamp(limit), before)?)
        })
        .await
    }

    /// A whole consultation; `None` when there is no such one.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn consultation(&self, id: &str) -> Result<Option<Consultation>, StoreError> {
        let id = id.to_owned();
        self.read("read a consultation", move |connection| {
            Ok(load(connection, &id)?)
        })
        .await
    }

    /// Keeps what was measured, with its claims one by one; both replace an earlier measurement.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn set_analysis(
        &self,
        id: &str,
        analysis: StoredAnalysis,
        claims: Vec<NewClaim>,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write("keep an analysis", move |connection| {
            keep_analysis(connection, &id, &analysis, &claims)
        })
        .await
    }

    /// Deletes a consultation with all its answers. What it cost stays in the ledger.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn delete_consultation(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write("delete a consultation", move |connection| {
            delete(connection, &id)
        })
        .await
    }
}

fn keep_analysis(
    connection: &Connection,
    id: &str,
    analysis: &StoredAnalysis,
    claims: &[NewClaim],
) -> Result<(), Fault> {
    let number = connection
        .prepare_cached(
            "UPDATE consultations SET analysis_schema = ?2, analysis_method = ?3, analysis = ?4
             WHERE id = ?1 RETURNING number",
        )?
        .query_row(
            params![id, analysis.schema, analysis.method, Json(&analysis.body)],
            |row| row.get(0),
        )
        .optional()?;
    let number: i64 = require(number, "consultation", id)?;
    connection
        .prepare_cached("DELETE FROM claims WHERE consultation = ?1")?
        .execute([number])?;
    let mut insert_claim = connection.prepare_cached(
        "INSERT INTO claims (consultation, seq, agreement, text) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut insert_stance = connection.prepare_cached(
        "INSERT INTO claim_stances (claim, member, stance)
         SELECT ?1, number, ?4 FROM members WHERE consultation = ?2 AND position = ?3",
    )?;
    for (sequence, claim) in (0_i64..).zip(claims) {
        insert_claim.execute(params![number, sequence, claim.agreement, claim.text])?;
        let row = connection.last_insert_rowid();
        for (position, stance) in &claim.stances {
            insert_stance.execute(params![row, number, position, stance])?;
        }
    }
    Ok(())
}

pub(crate) fn insert(
    connection: &Connection,
    new: &NewConsultation,
    at_ms: i64,
) -> Result<(), Fault> {
    let title: String = new.question.chars().take(TITLE_CHARS).collect();
    connection
        .prepare_cached(
            "INSERT INTO consultations (id, status, created_at, title, question, context, prompt, plan)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            new.id,
            ConsultationStatus::Running,
            at_ms,
            title,
            new.question,
            new.context,
            new.prompt,
            new.plan.as_ref().map(Json),
        ])?;
    let number = connection.last_insert_rowid();
    search::index(connection, Source::Question, number)?;
    for (position, member) in (0_i64..).zip(&new.members) {
        insert_member(connection, number, position, member)?;
    }
    Ok(())
}

fn insert_member(
    connection: &Connection,
    consultation: i64,
    position: i64,
    member: &NewMember,
) -> rusqlite::Result<()> {
    let kind = match member.model {
        Some(_) => MemberKind::Model,
        None => MemberKind::Pasted,
    };
    connection
        .prepare_cached(
            "INSERT INTO members (id, consultation, position, kind, model, sample, demo, state, label, parts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            member.id,
            consultation,
            position,
            kind,
            member.model.as_ref().map(ModelId::as_str),
            member.sample,
            member.demo,
            member.state,
            member.label,
            Json(&member.parts),
        ])?;
    search::index(connection, Source::Member, connection.last_insert_rowid())?;
    Ok(())
}

/// Refuses a consultation that runs.
pub(crate) fn require_over(connection: &Connection, id: &str) -> Result<(), Fault> {
    let status = connection
        .prepare_cached("SELECT status FROM consultations WHERE id = ?1")?
        .query_row([id], |row| row.get::<_, ConsultationStatus>(0))
        .optional()?;
    if require(status, "consultation", id)? == ConsultationStatus::Running {
        return Err(Fault::Conflict(format!("consultation {id} is running")));
    }
    Ok(())
}

/// Lets a consultation that is over go on.
pub(crate) fn reopen(connection: &Connection, id: &str) -> Result<(), Fault> {
    require_over(connection, id)?;
    connection
        .prepare_cached("UPDATE consultations SET status = ?2, finished_at = NULL WHERE id = ?1")?
        .execute(params![id, ConsultationStatus::Running])?;
    Ok(())
}

const COLUMNS: &str = "s.number, s.id, s.title, s.status, s.created_at, s.finished_at, \
    (SELECT count(*) FROM members m WHERE m.consultation = s.number) AS members";

fn list(
    connection: &Connection,
    limit: u32,
    before: Option<i64>,
) -> rusqlite::Result<Page<ConsultationRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consultations s WHERE s.number < ?1 ORDER BY s.number DESC LIMIT ?2"
    );
    let rows = connection
        .prepare_cached(&sql)?
        .query_map(params![before.unwrap_or(i64::MAX), limit + 1], |found| {
            Ok((found.get("number")?, row(found)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Page::from_rows(rows, limit))
}

fn row(row: &Row<'_>) -> rusqlite::Result<ConsultationRow> {
    Ok(ConsultationRow {
        id: row.get("id")?,
        title: row.get("title")?,
        status: row.get("status")?,
        members: row.get::<_, Count>("members")?.0,
        created_at_ms: row.get("created_at")?,
        finished_at_ms: row.get("finished_at")?,
    })
}

fn load(connection: &Connection, id: &str) -> rusqlite::Result<Option<Consultation>> {
    let sql = format!(
        "SELECT {COLUMNS}, s.question, s.context, s.prompt, s.analysis_schema, s.analysis_method, s.analysis,
         s.plan, s.deliberation
         FROM consultations s WHERE s.id = ?1"
    );
    connection
        .prepare_cached(&sql)?
        .query_row([id], |found| {
            let number: i64 = found.get("number")?;
            let json = |column| {
                Ok::<_, rusqlite::Error>(
                    found
                        .get::<_, Option<Json<Value>>>(column)?
                        .map(|json| json.0),
                )
            };
            Ok(Consultation {
                row: row(found)?,
                question: found.get("question")?,
                context: found.get("context")?,
                prompt: found.get("prompt")?,
                members: load_members(connection, number)?,
                analysis: analysis(found)?,
                plan: json("plan")?,
                deliberation: json("deliberation")?,
                hearings: deliberation::hearings(connection, number)?,
                syntheses: deliberation::syntheses(connection, number)?,
            })
        })
        .optional()
}

fn analysis(row: &Row<'_>) -> rusqlite::Result<Option<StoredAnalysis>> {
    let Some(body) = row.get::<_, Option<Json<Value>>>("analysis")? else {
        return Ok(None);
    };
    Ok(Some(StoredAnalysis {
        schema: row.get("analysis_schema")?,
        method: row.get("analysis_method")?,
        body: body.0,
    }))
}

fn load_members(connection: &Connection, consultation: i64) -> rusqlite::Result<Vec<MemberRow>> {
    let sql = format!(
        "SELECT m.id, m.position, m.label, m.kind, m.model, m.sample, m.demo, m.state, m.parts, m.notice,
         (SELECT verdict FROM verdicts WHERE kind = 'answer' AND subject = m.id
          ORDER BY number DESC LIMIT 1) AS verdict, {}
         FROM members m LEFT JOIN calls c ON c.number = m.call WHERE m.consultation = ?1 ORDER BY m.position",
        call::COLUMNS
    );
    connection
        .prepare_cached(&sql)?
        .query_map([consultation], member)?
        .map(|row| {
            let mut row = row?;
            call::overlay(connection, row.state, row.call.as_ref(), &mut row.parts)?;
            Ok(row)
        })
        .collect()
}

fn member(row: &Row<'_>) -> rusqlite::Result<MemberRow> {
    Ok(MemberRow {
        id: row.get("id")?,
        position: row.get("position")?,
        label: row.get("label")?,
        kind: row.get("kind")?,
        model: row.get::<_, Option<Model>>("model")?.map(|model| model.0),
        sample: row.get("sample")?,
        demo: row.get("demo")?,
        state: row.get("state")?,
        parts: row.get::<_, Json<Vec<Part>>>("parts")?.0,
        notice: row
            .get::<_, Option<Json<Value>>>("notice")?
            .map(|notice| notice.0),
        call: call::from_row(row)?,
        verdict: deliberation::verdict(row.get::<_, Option<String>>("verdict")?.as_deref()),
    })
}

fn delete(connection: &Connection, id: &str) -> Result<(), Fault> {
    // Text of answers still being written lies with their calls, which stay.
    connection
        .prepare_cached(
            "DELETE FROM call_chunks WHERE call IN (
                 SELECT m.call FROM members m JOIN consultations s ON s.number = m.consultation WHERE s.id = ?1
                 UNION SELECT i.call FROM hearings i JOIN consultations s ON s.number = i.consultation WHERE s.id = ?1)",
        )?
        .execute([id])?;
    let found = connection
        .prepare_cached("DELETE FROM consultations WHERE id = ?1")?
        .execute([id])?;
    require((found > 0).then_some(()), "consultation", id)
}
