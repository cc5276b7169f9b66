//! Calls as they are read: the unit of cost.

use majlis_llm::{ErrorKind, FinishReason, ModelId, PicoUsd, Usage};
use rusqlite::{Connection, Row};
use serde_json::Value;

use crate::content::answer_parts;
use crate::domain::{CallState, ReplyState};
use crate::value::{Count, Json, Model, Money, Name};

/// One request to one model, with what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// Its id.
    pub id: String,
    /// The model that was asked.
    pub model: ModelId,
    /// The model that answered, where the provider says so.
    pub response_model: Option<String>,
    /// Hash of the request as it was sent.
    pub request_hash: String,
    /// How far it came.
    pub state: CallState,
    /// What it was expected to cost; `None` when no price is known.
    pub estimate: Option<PicoUsd>,
    /// What is held back for it from budgets; `None` once it is over, or when nothing is.
    pub reserved: Option<PicoUsd>,
    /// What it cost; `None` when usage or price are not known.
    pub cost: Option<PicoUsd>,
    /// Tokens as the provider counted them; `None` when it did not.
    pub usage: Option<Usage>,
    /// The price row it was priced with, as JSON; `None` when it has no price.
    pub price: Option<Value>,
    /// Why the answer ended; `None` when it did not end by itself.
    pub finish_reason: Option<FinishReason>,
    /// What went wrong.
    pub failure: Option<CallFailure>,
    /// From sending to the first text or reasoning, in milliseconds.
    pub first_token_ms: Option<i64>,
    /// From sending to the end, in milliseconds.
    pub duration_ms: Option<i64>,
    /// When it was journalled, milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// When it was settled, milliseconds since 1970 UTC; `None` while it is an intent.
    pub settled_at_ms: Option<i64>,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFailure {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// One English sentence; holds no key.
    pub message: String,
}

/// The columns of a call, for a query that names the table `c`. [`from_row`] reads them.
pub(crate) const COLUMNS: &str = "c.id AS call_id, c.model AS call_model, c.response_model, \
    c.request_hash, c.state AS call_state, c.estimate_pusd, c.reserved_pusd, c.cost_pusd, \
    c.fresh_tokens, c.cache_read_tokens, c.cache_write_5m_tokens, c.cache_write_1h_tokens, \
    c.output_tokens, c.reasoning_tokens, \
    (SELECT price FROM prices WHERE number = c.price_row) AS price, c.finish_reason, c.error_kind, c.error_message, \
    c.first_token_ms, c.duration_ms, c.created_at AS call_created_at, c.settled_at";

/// The call of a row; `None` when the row was joined to none.
pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<CallRow>> {
    let Some(id) = row.get::<_, Option<String>>("call_id")? else {
        return Ok(None);
    };
    let money = |column| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<Money>>(column)?.map(|money| money.0))
    };
    Ok(Some(CallRow {
        id,
        model: row.get::<_, Model>("call_model")?.0,
        response_model: row.get("response_model")?,
        request_hash: row.get("request_hash")?,
        state: row.get("call_state")?,
        estimate: money("estimate_pusd")?,
        reserved: money("reserved_pusd")?,
        cost: money("cost_pusd")?,
        usage: usage(row)?,
        price: row
            .get::<_, Option<Json<Value>>>("price")?
            .map(|price| price.0),
        finish_reason: row
            .get::<_, Option<Name<FinishReason>>>("finish_reason")?
            .map(|reason| reason.0),
        failure: failure(row)?,
        first_token_ms: row.get("first_token_ms")?,
        duration_ms: row.get("duration_ms")?,
        created_at_ms: row.get("call_created_at")?,
        settled_at_ms: row.get("settled_at")?,
    }))
}

fn usage(row: &Row<'_>) -> rusqlite::Result<Option<Usage>> {
    if row.get::<_, Option<Count>>("fresh_tokens")?.is_none() {
        return Ok(None);
    }
    let tokens = |class| row.get::<_, Count>(class).map(|count| count.0);
    Ok(Some(Usage {
        fresh_tokens: tokens("fresh_tokens")?,
        cache_read_tokens: tokens("cache_read_tokens")?,
        cache_write_5m_tokens: tokens("cache_write_5m_tokens")?,
        cache_write_1h_tokens: tokens("cache_write_1h_tokens")?,
        output_tokens: tokens("output_tokens")?,
        reasoning_tokens: tokens("reasoning_tokens")?,
    }))
}

fn failure(row: &Row<'_>) -> rusqlite::Result<Option<CallFailure>> {
    let Some(kind) = row.get::<_, Option<Name<ErrorKind>>>("error_kind")? else {
        return Ok(None);
    };
    Ok(Some(CallFailure {
        kind: kind.0,
        message: row.get("error_message")?,
    }))
}

/// The parts of an answer that is still being written, as far as they were flushed.
pub(crate) fn flushed(
    connection: &Connection,
    call_id: &str,
) -> rusqlite::Result<Vec<majlis_llm::Part>> {
    let mut statement = connection.prepare_cached(
        "SELECT text, reasoning FROM call_chunks
         WHERE call = (SELECT number FROM calls WHERE id = ?1) ORDER BY seq",
    )?;
    let mut rows = statement.query([call_id])?;
    let (mut text, mut reasoning) = (String::new(), String::new());
    while let Some(row) = rows.next()? {
        text.push_str(row.get_ref(0)?.as_str()?);
        reasoning.push_str(row.get_ref(1)?.as_str()?);
    }
    Ok(answer_parts(&text, &reasoning))
}

/// What a reply reads as: its own parts, or what was flushed so far while it is being written.
pub(crate) fn overlay(
    connection: &Connection,
    state: ReplyState,
    call: Option<&CallRow>,
    parts: &mut Vec<majlis_llm::Part>,
) -> rusqlite::Result<()> {
    if let (ReplyState::Streaming, Some(call)) = (state, call) {
        *parts = flushed(connection, &call.id)?;
    }
    Ok(())
}
