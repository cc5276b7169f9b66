//! What came after a consultation's first round: what was asked, the judgements, the conclusions,
//! and what the person says of the answers.

use majlis_llm::{ModelId, Part};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::Store;
use crate::call::{self, CallRow};
use crate::content::text_of;
use crate::conversation::require;
use crate::domain::{AnswerVerdict, ReplyState, StepKind};
use crate::error::{Fault, StoreError};
use crate::job::NewStep;
use crate::search::{self, Source};
use crate::value::{Json, Model};

/// Judgements that bias is measured on at most: the newest.
const MAX_RECORDS: i64 = 50_000;

/// A request after the first round that is about to be sent. [`Store::extend`] writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHearing {
    /// Its id.
    pub id: String,
    /// The round, from 1.
    pub round: u32,
    /// The member's position; of an editor its place among the editors.
    pub place: u32,
    /// Which attempt at an answer that can be read, from 1.
    pub attempt: u32,
    /// What is sent, in the caller's own form.
    pub request: Value,
    /// What it is for, and its call; the call's reply is this hearing.
    pub step: NewStep,
}

/// A request after the first round, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HearingRow {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub kind: StepKind,
    /// The round, from 1.
    pub round: u32,
    /// The member's position; of an editor its place among the editors.
    pub place: u32,
    /// Which attempt at an answer that can be read, from 1.
    pub attempt: u32,
    /// How far the answer came.
    pub state: ReplyState,
    /// The answer; while it streams, what was flushed so far.
    pub parts: Vec<Part>,
    /// What the person should know about it, as the caller wrote it.
    pub notice: Option<Value>,
    /// What was sent, in the caller's own form.
    pub request: Value,
    /// The call behind it.
    pub call: Option<CallRow>,
}

impl HearingRow {
    /// The text of the answer, without reasoning.
    pub fn text(&self) -> String {
        text_of(&self.parts)
    }
}

/// One judgement to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    /// Its id.
    pub id: String,
    /// The judge's position.
    pub judge: u32,
    /// The position of the member whose answer it is; another than the judge's.
    pub reviewed: u32,
    /// Where the answer stood among those the judge was shown, from 0.
    pub place: u32,
    /// The judgement, in the caller's own form.
    pub body: Value,
}

/// A conclusion to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSynthesis {
    /// Its id.
    pub id: String,
    /// The model that wrote it; `None` when it was put together without one.
    pub editor: Option<ModelId>,
    /// The call behind it.
    pub call_id: Option<String>,
    /// The conclusion, in the caller's own form. Its texts are found by the search.
    pub body: Value,
}

/// One version of the conclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynthesisRow {
    /// Its id.
    pub id: String,
    /// From 1.
    pub version: u32,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// The conclusion, in the caller's own form.
    pub body: Value,
}

/// What the person says of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVerdict {
    /// Its id.
    pub id: String,
    /// The member whose answer it is.
    pub member_id: String,
    /// What is said.
    pub verdict: AnswerVerdict,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// One judgement with what bias is measured by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRecord {
    /// Equal numbers are one consultation.
    pub consultation: i64,
    /// The model that judged; `None` for one that has none any more.
    pub judge: Option<ModelId>,
    /// Id of the answer that was judged.
    pub member_id: String,
    /// The model that answered; `None` for a pasted answer.
    pub reviewed: Option<ModelId>,
    /// Where the answer stood among those the judge was shown, from 0.
    pub place: u32,
    /// How long the answer was, in characters.
    pub answer_chars: u64,
    /// The judgement, as [`NewReview::body`].
    pub body: Value,
}

/// An answer the person has judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedAnswer {
    /// Equal numbers are one consultation.
    pub consultation: i64,
    /// Id of the answer.
    pub member_id: String,
    /// The model that answered; `None` for a pasted answer.
    pub model: Option<ModelId>,
    /// The person's last word: right or wrong.
    pub is_right: bool,
}

impl Store {
    /// Keeps what came after the first round, in place of what was kept of it before.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn set_deliberation(
        &self,
        consultation_id: &str,
        body: Value,
        reviews: Vec<NewReview>,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        let id = consultation_id.to_owned();
        self.write("keep a deliberation", move |connection| {
            keep(connection, &id, &body, &reviews, at_ms)
        })
        .await
    }

    /// Keeps a conclusion as a new version, unless the newest one reads the same. Gives the version.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn add_synthesis(
        &self,
        consultation_id: &str,
        synthesis: NewSynthesis,
        at_ms: i64,
    ) -> Result<u32, StoreError> {
        let id = consultation_id.to_owned();
        self.write("keep a conclusion", move |connection| {
            conclude(connection, &id, &synthesis, at_ms)
        })
        .await
    }

    /// Keeps what the person says of an answer; their last word counts.
    ///
    /// # Errors
    /// `NotFound` for the member; the store's own troubles.
    pub async fn set_verdict(&self, verdict: NewVerdict) -> Result<(), StoreError> {
        self.write("keep a verdict", move |connection| {
            judge(connection, &verdict)
        })
        .await
    }

    /// The newest judgements, at most 50,000, oldest consultation first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn review_records(&self) -> Result<Vec<ReviewRecord>, StoreError> {
        self.read("read judgements", |connection| Ok(records(connection)?))
            .await
    }

    /// Every answer the person called right or wrong, oldest consultation first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn judged_answers(&self) -> Result<Vec<JudgedAnswer>, StoreError> {
        self.read("read verdicts", |connection| Ok(judged(connection)?))
            .await
    }
}

/// Writes a hearing of a consultation; its step is the caller's to write.
pub(crate) fn insert(
    connection: &Connection,
    consultation_id: &str,
    new: &NewHearing,
    at_ms: i64,
) -> Result<(), Fault> {
    let written = connection
        .prepare_cached(
            "INSERT INTO hearings (id, consultation, kind, round, place, attempt, state, created_at, request, parts)
             SELECT ?1, number, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '[]' FROM consultations WHERE id = ?2",
        )?
        .execute(params![
            new.id,
            consultation_id,
            new.step.kind,
            new.round,
            new.place,
            new.attempt,
            ReplyState::Waiting,
            at_ms,
            Json(&new.request),
        ])?;
    require((written > 0).then_some(()), "consultation", consultation_id)
}

fn number_of(connection: &Connection, id: &str) -> Result<i64, Fault> {
    let number = connection
        .prepare_cached("SELECT number FROM consultations WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    require(number, "consultation", id)
}

fn keep(
    connection: &Connection,
    id: &str,
    body: &Value,
    reviews: &[NewReview],
    at_ms: i64,
) -> Result<(), Fault> {
    let number = number_of(connection, id)?;
    connection
        .prepare_cached("UPDATE consultations SET deliberation = ?2 WHERE number = ?1")?
        .execute(params![number, Json(body)])?;
    connection
        .prepare_cached("DELETE FROM reviews WHERE consultation = ?1")?
        .execute([number])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO reviews (id, consultation, judge, reviewed, position, created_at, body)
         SELECT ?1, ?2, j.number, r.number, ?5, ?6, ?7 FROM members j JOIN members r
         ON r.consultation = j.consultation
         WHERE j.consultation = ?2 AND j.position = ?3 AND r.position = ?4",
    )?;
    for review in reviews {
        insert.execute(params![
            review.id,
            number,
            review.judge,
            review.reviewed,
            review.place,
            at_ms,
            Json(&review.body),
        ])?;
    }
    Ok(())
}

fn conclude(
    connection: &Connection,
    id: &str,
    new: &NewSynthesis,
    at_ms: i64,
) -> Result<u32, Fault> {
    let number = number_of(connection, id)?;
    let newest = connection
        .prepare_cached(
            "SELECT version, body FROM syntheses WHERE consultation = ?1 ORDER BY version DESC LIMIT 1",
        )?
        .query_row([number], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, Json<Value>>(1)?.0))
        })
        .optional()?;
    let version = match newest {
        Some((version, body)) if body == new.body => return Ok(version),
        Some((version, _)) => version.saturating_add(1),
        None => 1,
    };
    connection
        .prepare_cached(
            "INSERT INTO syntheses (id, consultation, version, editor, state, call, created_at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, (SELECT number FROM calls WHERE id = ?6), ?7, ?8)",
        )?
        .execute(params![
            new.id,
            number,
            version,
            new.editor.as_ref().map(ModelId::as_str),
            ReplyState::Complete,
            new.call_id,
            at_ms,
            Json(&new.body),
        ])?;
    search::index(
        connection,
        Source::Synthesis,
        connection.last_insert_rowid(),
    )?;
    Ok(version)
}

fn judge(connection: &Connection, verdict: &NewVerdict) -> Result<(), Fault> {
    let is_there = connection
        .prepare_cached("SELECT 1 FROM members WHERE id = ?1")?
        .exists([&verdict.member_id])?;
    require(is_there.then_some(()), "member", &verdict.member_id)?;
    connection
        .prepare_cached(
            "INSERT INTO verdicts (id, kind, subject, verdict, reason, created_at)
             VALUES (?1, 'answer', ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            verdict.id,
            verdict.member_id,
            verdict.verdict,
            verdict.reason,
            verdict.at_ms,
        ])?;
    Ok(())
}

/// What was asked in a consultation after its first round, oldest first.
pub(crate) fn hearings(
    connection: &Connection,
    consultation: i64,
) -> rusqlite::Result<Vec<HearingRow>> {
    let sql = format!(
        "SELECT i.id, i.kind, i.round, i.place, i.attempt, i.state, i.parts, i.notice, i.request, {}
         FROM hearings i LEFT JOIN calls c ON c.number = i.call
         WHERE i.consultation = ?1 ORDER BY i.number",
        call::COLUMNS
    );
    connection
        .prepare_cached(&sql)?
        .query_map([consultation], hearing)?
        .map(|row| {
            let mut row = row?;
            call::overlay(connection, row.state, row.call.as_ref(), &mut row.parts)?;
            Ok(row)
        })
        .collect()
}

fn hearing(row: &Row<'_>) -> rusqlite::Result<HearingRow> {
    Ok(HearingRow {
        id: row.get("id")?,
        kind: row.get("kind")?,
        round: row.get("round")?,
        place: row.get("place")?,
        attempt: row.get("attempt")?,
        state: row.get("state")?,
        parts: row.get::<_, Json<Vec<Part>>>("parts")?.0,
        notice: row
            .get::<_, Option<Json<Value>>>("notice")?
            .map(|notice| notice.0),
        request: row.get::<_, Json<Value>>("request")?.0,
        call: call::from_row(row)?,
    })
}

/// The conclusions of a consultation, first version first.
pub(crate) fn syntheses(
    connection: &Connection,
    consultation: i64,
) -> rusqlite::Result<Vec<SynthesisRow>> {
    connection
        .prepare_cached(
            "SELECT id, version, created_at, body FROM syntheses WHERE consultation = ?1 ORDER BY version",
        )?
        .query_map([consultation], |row| {
            Ok(SynthesisRow {
                id: row.get("id")?,
                version: row.get("version")?,
                created_at_ms: row.get("created_at")?,
                body: row.get::<_, Json<Value>>("body")?.0,
            })
        })?
        .collect()
}

/// A verdict by its spelling. One that was taken back, or that this version does not know (it was
/// imported), is none.
pub(crate) fn verdict(text: Option<&str>) -> Option<AnswerVerdict> {
    let known = AnswerVerdict::ALL.iter().copied();
    known
        .filter(|verdict| *verdict != AnswerVerdict::Open)
        .find(|verdict| Some(verdict.as_str()) == text)
}

fn records(connection: &Connection) -> rusqlite::Result<Vec<ReviewRecord>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM (SELECT w.number, w.consultation, j.model AS judge, m.id, m.model, w.position, m.parts, w.body
             FROM reviews w JOIN members j ON j.number = w.judge JOIN members m ON m.number = w.reviewed
             ORDER BY w.number DESC LIMIT ?1) ORDER BY number",
    )?;
    let model = |row: &Row<'_>, column: &str| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<Model>>(column)?.map(|model| model.0))
    };
    statement
        .query_map([MAX_RECORDS], |row| {
            let parts = row.get::<_, Json<Vec<Part>>>("parts")?.0;
            Ok(ReviewRecord {
                consultation: row.get("consultation")?,
                judge: model(row, "judge")?,
                member_id: row.get("id")?,
                reviewed: model(row, "model")?,
                place: row.get("position")?,
                answer_chars: text_of(&parts).chars().count() as u64,
                body: row.get::<_, Json<Value>>("body")?.0,
            })
        })?
        .collect()
}

fn judged(connection: &Connection) -> rusqlite::Result<Vec<JudgedAnswer>> {
    let mut statement = connection.prepare_cached(
        "SELECT m.consultation, m.id, m.model, v.verdict FROM verdicts v JOIN members m ON m.id = v.subject
         WHERE v.kind = 'answer' AND v.verdict IN ('right', 'wrong')
           AND v.number = (SELECT max(number) FROM verdicts WHERE kind = 'answer' AND subject = m.id)
         ORDER BY m.consultation, m.position",
    )?;
    statement
        .query_map([], |row| {
            Ok(JudgedAnswer {
                consultation: row.get(0)?,
                member_id: row.get(1)?,
                model: row.get::<_, Option<Model>>(2)?.map(|model| model.0),
                is_right: row.get::<_, AnswerVerdict>(3)? == AnswerVerdict::Right,
            })
        })?
        .collect()
}
