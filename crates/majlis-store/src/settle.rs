//! The end of a call, and what is kept of it before its end.

use majlis_llm::{FinishReason, Part, PicoUsd, Usage};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::Store;
use crate::call::CallFailure;
use crate::conversation::require;
use crate::domain::{CallState, ReplyState};
use crate::error::{Fault, StoreError};
use crate::job::{self, Finish, NewCall};
use crate::search::{self, Source};
use crate::value::{Count, Json, Money, Name};

/// How a call ended, and what its reply reads from now on. Written in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The call; it must be an intent.
    pub call_id: String,
    /// `Settled`, `Failed`, `Cancelled` or `Unknown`.
    pub state: CallState,
    /// How far the reply came: not `Waiting` or `Streaming`.
    pub reply_state: ReplyState,
    /// The reply, whole or as far as it came.
    pub parts: Vec<Part>,
    /// What the person should know about it, as JSON of the caller's own form.
    pub notice: Option<Value>,
    /// The model that answered, where the provider says so.
    pub response_model: Option<String>,
    /// Tokens as the provider counted them; `None` when it did not.
    pub usage: Option<Usage>,
    /// What it cost: zero when it is certain that nothing was billed, `None` when it is not known.
    pub cost: Option<PicoUsd>,
    /// The price row it was priced with; `None` when it has no price.
    pub price: Option<Value>,
    /// Why the answer ended; `None` when it did not end by itself.
    pub finish_reason: Option<FinishReason>,
    /// What went wrong.
    pub failure: Option<CallFailure>,
    /// From sending to the first text or reasoning, in milliseconds.
    pub first_token_ms: Option<i64>,
    /// From sending to the end, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Milliseconds since 1970 UTC.
    pub settled_at_ms: i64,
}

/// A piece of an answer that is still being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The call; one that is over takes no more, and the piece is dropped.
    pub call_id: String,
    /// Counts the pieces of a call from 0; the same number again replaces the piece.
    pub sequence: u32,
    /// Text that follows the pieces before; may be empty.
    pub text: String,
    /// Reasoning that follows the pieces before; may be empty.
    pub reasoning: String,
}

impl Store {
    /// Keeps more of an answer that is still being written, so that a crash does not lose it.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn flush_chunk(&self, chunk: Chunk) -> Result<(), StoreError> {
        self.write("keep a piece of an answer", move |connection| {
            Ok(flush(connection, &chunk)?)
        })
        .await
    }

    /// Ends a call: answer, usage, cost, state and release of the reservation, all or nothing.
    /// The message or member may have been deleted meanwhile; the call is settled all the same.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is over already, so that nothing is counted twice; the
    /// store's own troubles, after which it may be tried again.
    pub async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.write("settle a call", move |connection| {
            settle(connection, &settlement)
        })
        .await
    }

    /// Ends the last call of a job and the job with it, in one commit: both or neither.
    ///
    /// # Errors
    /// Those of [`Store::settle`] and [`Store::finish_job`].
    pub async fn settle_last(
        &self,
        settlement: Settlement,
        finish: Finish,
    ) -> Result<(), StoreError> {
        self.write("settle the last call of a job", move |connection| {
            settle(connection, &settlement)?;
            job::end(connection, &finish)
        })
        .await
    }
}

fn flush(connection: &Connection, chunk: &Chunk) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO call_chunks (call, seq, text, reasoning)
             SELECT number, ?2, ?3, ?4 FROM calls WHERE id = ?1 AND state = 'intent'",
        )?
        .execute(params![
            chunk.call_id,
            chunk.sequence,
            chunk.text,
            chunk.reasoning
        ])?;
    for sql in [
        "UPDATE members SET state = 'streaming'
         WHERE call = (SELECT number FROM calls WHERE id = ?1) AND state = 'waiting'",
        "UPDATE messages SET state = 'streaming'
         WHERE call = (SELECT number FROM calls WHERE id = ?1) AND state = 'waiting'",
        "UPDATE hearings SET state = 'streaming'
         WHERE call = (SELECT number FROM calls WHERE id = ?1) AND state = 'waiting'",
        "UPDATE audit_questions SET state = 'streaming'
         WHERE call = (SELECT number FROM calls WHERE id = ?1) AND state = 'waiting'",
    ] {
        connection.prepare_cached(sql)?.execute([&chunk.call_id])?;
    }
    Ok(())
}

fn settle(connection: &Connection, settlement: &Settlement) -> Result<(), Fault> {
    let id = &settlement.call_id;
    let state = connection
        .prepare_cached("SELECT state FROM calls WHERE id = ?1")?
        .query_row([id], |row| row.get::<_, CallState>(0))
        .optional()?;
    let state = require(state, "call", id)?;
    if state != CallState::Intent {
        return Err(Fault::Conflict(format!(
            "call {id} is {} already",
            state.as_str()
        )));
    }
    let is_open = matches!(
        settlement.reply_state,
        ReplyState::Waiting | ReplyState::Streaming
    );
    if settlement.state == CallState::Intent || is_open {
        return Err(Fault::Conflict(format!(
            "call {id} cannot end as one that goes on"
        )));
    }
    write_call(connection, settlement)?;
    let notice = settlement.notice.as_ref();
    write_reply(
        connection,
        id,
        settlement.reply_state,
        &settlement.parts,
        notice,
    )?;
    close_step(connection, id, settlement.state)?;
    touch_conversation(connection, id, settlement.settled_at_ms)?;
    Ok(())
}

/// Executes a statement with what a call reads from its end on, as `?1` to `?17`, and what is given
/// behind that.
macro_rules! execute_settled {
    ($statement:expr, $settlement:expr, $price_row:expr $(, $more:expr)* $(,)?) => {{
        let usage = $settlement.usage;
        let tokens = |class: fn(Usage) -> u64| usage.map(|usage| Count(class(usage)));
        let failure = $settlement.failure.as_ref();
        $statement.execute(params![
            $settlement.call_id,
            $settlement.state,
            $settlement.response_model,
            $settlement.cost.map(Money),
            tokens(|usage| usage.fresh_tokens),
            tokens(|usage| usage.cache_read_tokens),
            tokens(|usage| usage.cache_write_5m_tokens),
            tokens(|usage| usage.cache_write_1h_tokens),
            tokens(|usage| usage.output_tokens),
            tokens(|usage| usage.reasoning_tokens),
            $price_row,
            $settlement.finish_reason.map(Name),
            failure.map(|failure| Name(failure.kind)),
            failure.map(|failure| &failure.message),
            $settlement.first_token_ms,
            $settlement.duration_ms,
            $settlement.settled_at_ms
            $(, $more)*
        ])
    }};
}

fn write_call(connection: &Connection, settlement: &Settlement) -> rusqlite::Result<()> {
    let price_row = match &settlement.price {
        Some(price) => Some(keep_price(connection, price, settlement.settled_at_ms)?),
        None => None,
    };
    let mut statement = connection
        .prepare_cached(
            "UPDATE calls SET state = ?2, response_model = ?3, cost_pusd = ?4, reserved_pusd = NULL,
                 fresh_tokens = ?5, cache_read_tokens = ?6, cache_write_5m_tokens = ?7,
                 cache_write_1h_tokens = ?8, output_tokens = ?9, reasoning_tokens = ?10, price_row = ?11,
                 finish_reason = ?12, error_kind = ?13, error_message = ?14, first_token_ms = ?15,
                 duration_ms = ?16, settled_at = ?17
             WHERE id = ?1",
        )?;
    execute_settled!(statement, settlement, price_row)?;
    Ok(())
}

/// Writes down the call of a relay that is over already, in one statement.
pub(crate) fn insert_settled(
    connection: &Connection,
    settlement: &Settlement,
    price_row: Option<i64>,
    (step, call, at_ms): (i64, &NewCall, i64),
) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO calls (id, state, response_model, cost_pusd, fresh_tokens, cache_read_tokens,
                 cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, price_row,
                 finish_reason, error_kind, error_message, first_token_ms, duration_ms, settled_at,
                 step, attempt, provider, model, request_hash, estimate_pusd, created_at, by_program)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, 1, ?19, ?20, ?21, ?22, ?23, 1)",
        )?;
    execute_settled!(
        statement,
        settlement,
        price_row,
        step,
        call.model.provider(),
        call.model.as_str(),
        call.request_hash,
        call.estimate.map(Money),
        at_ms,
    )?;
    Ok(())
}

/// The number of a price row, which is written down the first time it is used.
pub(crate) fn keep_price(
    connection: &Connection,
    price: &Value,
    at_ms: i64,
) -> rusqlite::Result<i64> {
    let find = "SELECT number FROM prices WHERE price = ?1";
    let found = connection
        .prepare_cached(find)?
        .query_row([Json(price)], |row| row.get(0))
        .optional()?;
    if let Some(number) = found {
        return Ok(number);
    }
    connection
        .prepare_cached("INSERT INTO prices (first_used_at, price) VALUES (?1, ?2)")?
        .execute(params![at_ms, Json(price)])?;
    Ok(connection.last_insert_rowid())
}

/// Gives the message, member or hearing behind a call its last text and forgets the pieces it came
/// in. What a message or member says is found from now on. What the call cost must be written already.
pub(crate) fn write_reply(
    connection: &Connection,
    call_id: &str,
    state: ReplyState,
    parts: &[Part],
    notice: Option<&Value>,
) -> rusqlite::Result<()> {
    for (source, sql) in [
        (
            Source::Message,
            "UPDATE messages SET state = ?2, parts = ?3, notice = ?4
             WHERE call = (SELECT number FROM calls WHERE id = ?1) RETURNING number",
        ),
        (
            Source::Member,
            // Asked again without a word, a member keeps what it had said before.
            "UPDATE members SET state = ?2, parts = CASE ?3 WHEN '[]' THEN parts ELSE ?3 END, notice = ?4
             WHERE call = (SELECT number FROM calls WHERE id = ?1) RETURNING number",
        ),
    ] {
        let written = connection
            .prepare_cached(sql)?
            .query_row(
                params![call_id, state, Json(parts), notice.map(Json)],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(number) = written {
            search::index(connection, source, number)?;
        }
    }
    // What judges, authors and editors answer is found by what comes of it.
    connection
        .prepare_cached(
            "UPDATE hearings SET state = ?2, parts = ?3, notice = ?4
             WHERE call = (SELECT number FROM calls WHERE id = ?1)",
        )?
        .execute(params![call_id, state, Json(parts), notice.map(Json)])?;
    connection
        .prepare_cached(
            "UPDATE audit_questions SET state = ?2, parts = ?3, notice = ?4
             WHERE call = (SELECT number FROM calls WHERE id = ?1)",
        )?
        .execute(params![call_id, state, Json(parts), notice.map(Json)])?;
    connection
        .prepare_cached(
            "DELETE FROM call_chunks WHERE call = (SELECT number FROM calls WHERE id = ?1)",
        )?
        .execute([call_id])?;
    Ok(())
}

/// The step of a call ends as the call does.
pub(crate) fn close_step(
    connection: &Connection,
    call_id: &str,
    state: CallState,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE steps SET state = ?2 WHERE number = (SELECT step FROM calls WHERE id = ?1)",
        )?
        .execute(params![call_id, state])?;
    Ok(())
}

fn touch_conversation(connection: &Connection, call_id: &str, at_ms: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE conversations SET updated_at = max(updated_at, ?2) WHERE number = (
                 SELECT h.conversation FROM messages m JOIN channels h ON h.number = m.channel
                 WHERE m.call = (SELECT number FROM calls WHERE id = ?1))",
        )?
        .execute(params![call_id, at_ms])?;
    Ok(())
}
