//! Messages of a channel, oldest first.

use majlis_llm::{Part, Role};
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use crate::Store;
use crate::call::{self, CallRow};
use crate::content::{reasoning_of, text_of};
use crate::conversation::{require, touch};
use crate::domain::ReplyState;
use crate::error::{Fault, StoreError};
use crate::page::{Page, clamp};
use crate::value::{Json, Name};

/// A message to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id.
    pub id: String,
    /// The channel it stands in, at the end.
    pub channel_id: String,
    /// Who speaks.
    pub role: Role,
    /// `Complete`, or `Streaming` for an answer that a call will write.
    pub state: ReplyState,
    /// What is said; empty for an answer to come.
    pub parts: Vec<Part>,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
}

/// One message of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its id.
    pub id: String,
    /// The message it follows; `None` for the first of a channel.
    pub parent_id: Option<String>,
    /// Place in the channel, from 1, without holes.
    pub sequence: i64,
    /// Who speaks.
    pub role: Role,
    /// How far it came.
    pub state: ReplyState,
    /// What is said; while it streams, what was flushed so far.
    pub parts: Vec<Part>,
    /// What the person should know about it, as the caller wrote it.
    pub notice: Option<Value>,
    /// The request behind it; `None` for the person's own messages.
    pub call: Option<CallRow>,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
}

impl MessageRow {
    /// The text said, without reasoning.
    pub fn text(&self) -> String {
        text_of(&self.parts)
    }

    /// The reasoning before the text; `None` when there is none.
    pub fn reasoning(&self) -> Option<String> {
        reasoning_of(&self.parts)
    }
}

impl Store {
    /// Appends messages that no call writes. All of them, or none.
    ///
    /// # Errors
    /// `NotFound` for the conversation, or for a channel that is not in it; `Conflict` when an id
    /// exists already.
    pub async fn append_messages(
        &self,
        conversation_id: &str,
        messages: Vec<NewMessage>,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        let id = conversation_id.to_owned();
        self.write("append messages", move |connection| {
            touch(connection, &id, at_ms)?;
            messages
                .iter()
                .try_for_each(|message| insert(connection, &id, message))
        })
        .await
    }

    /// The last messages of a channel, oldest first. `before` is [`Page::next`] of the page after
    /// them, or `None` for the very last.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn messages(
        &self,
        channel_id: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Page<MessageRow>, StoreError> {
        let id = channel_id.to_owned();
        self.read("read messages", move |connection| {
            Ok(last(connection, &id, before, clamp(limit))?)
        })
        .await
    }
}

pub(crate) fn insert(
    connection: &Connection,
    conversation_id: &str,
    message: &NewMessage,
) -> Result<(), Fault> {
    let added = connection
        .prepare_cached(
            "INSERT INTO messages (id, channel, parent, seq, role, state, created_at, parts)
             SELECT ?1, h.number,
                    (SELECT number FROM messages WHERE channel = h.number ORDER BY seq DESC LIMIT 1),
                    (SELECT coalesce(max(seq), 0) + 1 FROM messages WHERE channel = h.number),
                    ?2, ?3, ?4, ?5
             FROM channels h JOIN conversations v ON v.number = h.conversation
             WHERE h.id = ?6 AND h.removed_at IS NULL AND v.id = ?7",
        )?
        .execute(params![
            message.id,
            Name(message.role),
            message.state,
            message.created_at_ms,
            Json(&message.parts),
            message.channel_id,
            conversation_id,
        ])?;
    require((added > 0).then_some(()), "channel", &message.channel_id)
}

/// Up to `limit` messages that end before the sequence number `before`, oldest first.
pub(crate) fn last(
    connection: &Connection,
    channel_id: &str,
    before: Option<i64>,
    limit: u32,
) -> rusqlite::Result<Page<MessageRow>> {
    let sql = format!(
        "SELECT m.id, p.id AS parent_id, m.seq, m.role, m.state, m.parts, m.notice, m.created_at, {}
         FROM messages m LEFT JOIN messages p ON p.number = m.parent LEFT JOIN calls c ON c.number = m.call
         WHERE m.channel = (SELECT number FROM channels WHERE id = ?1) AND m.seq < ?2
         ORDER BY m.seq DESC LIMIT ?3",
        call::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement
        .query_map(
            params![
                channel_id,
                before.unwrap_or(i64::MAX),
                limit.saturating_add(1)
            ],
            from_row,
        )?
        .map(|row| {
            let mut row = row?;
            call::overlay(connection, row.state, row.call.as_ref(), &mut row.parts)?;
            Ok((row.sequence, row))
        })
        .collect::<rusqlite::Result<_>>()?;
    let mut page = Page::from_rows(rows, limit);
    page.items.reverse();
    Ok(page)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        id: row.get("id")?,
        parent_id: row.get("parent_id")?,
        sequence: row.get("seq")?,
        role: row.get::<_, Name<Role>>("role")?.0,
        state: row.get("state")?,
        parts: row.get::<_, Json<Vec<Part>>>("parts")?.0,
        notice: row
            .get::<_, Option<Json<Value>>>("notice")?
            .map(|notice| notice.0),
        call: call::from_row(row)?,
        created_at_ms: row.get("created_at")?,
    })
}
