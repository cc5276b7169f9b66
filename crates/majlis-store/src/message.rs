//! Messages of a channel: a tree, of which one path is shown, oldest first.

use majlis_llm::{Part, Role};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::Store;
use crate::call::{self, CallRow};
use crate::content::{reasoning_of, text_of};
use crate::conversation::{require, touch};
use crate::domain::ReplyState;
use crate::error::{Fault, StoreError};
use crate::page::{Page, clamp};
use crate::search::{self, Source};
use crate::value::{Json, Name};

/// A message to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id.
    pub id: String,
    /// The channel it stands in.
    pub channel_id: String,
    /// What it follows. It becomes the end of the path that is shown.
    pub after: After,
    /// Who speaks.
    pub role: Role,
    /// `Complete`, or `Streaming` for an answer that a call will write.
    pub state: ReplyState,
    /// What is said; empty for an answer to come.
    pub parts: Vec<Part>,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
}

/// Where a message stands in its channel's tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum After {
    /// At the end of the path that is shown.
    #[default]
    Head,
    /// Beside a message, in its place: another question, or another answer to the same question.
    Instead(String),
}

/// One message of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its id.
    pub id: String,
    /// The message it follows; `None` for the first of a channel.
    pub parent_id: Option<String>,
    /// In which order it was written in its channel, from 1. Along a path it only grows.
    pub sequence: i64,
    /// All messages that stand in its place, itself among them, oldest first.
    pub versions: Vec<String>,
    /// The model of an imported message; of others, `call` says it.
    pub model: Option<String>,
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

    /// Shows the branch of a channel that a message stands in, to its newest end.
    ///
    /// # Errors
    /// `NotFound` when the conversation has no such message.
    pub async fn show_branch(
        &self,
        conversation_id: &str,
        message_id: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        let (conversation_id, id) = (conversation_id.to_owned(), message_id.to_owned());
        self.write("show a branch", move |connection| {
            touch(connection, &conversation_id, at_ms)?;
            show_branch(connection, &conversation_id, &id)
        })
        .await
    }

    /// The last messages of the path a channel shows, oldest first. `before` is [`Page::next`] of the page after
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
    let channel = connection
        .prepare_cached(
            "SELECT h.number, h.head FROM channels h JOIN conversations v ON v.number = h.conversation
             WHERE h.id = ?1 AND h.removed_at IS NULL AND v.id = ?2",
        )?
        .query_row([&message.channel_id, conversation_id], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?))
        })
        .optional()?;
    let (channel, head) = require(channel, "channel", &message.channel_id)?;
    let parent = match &message.after {
        After::Head => head,
        After::Instead(id) => parent_of(connection, channel, id)?,
    };
    connection
        .prepare_cached(
            "INSERT INTO messages (id, channel, parent, seq, role, state, created_at, parts)
             VALUES (?1, ?2, ?3, (SELECT coalesce(max(seq), 0) + 1 FROM messages WHERE channel = ?2),
                     ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            message.id,
            channel,
            parent,
            Name(message.role),
            message.state,
            message.created_at_ms,
            Json(&message.parts),
        ])?;
    let number = connection.last_insert_rowid();
    set_head(connection, channel, number)?;
    search::index(connection, Source::Message, number)?;
    Ok(())
}

fn set_head(connection: &Connection, channel: i64, message: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE channels SET head = ?2 WHERE number = ?1")?
        .execute([channel, message])?;
    Ok(())
}

fn parent_of(connection: &Connection, channel: i64, id: &str) -> Result<Option<i64>, Fault> {
    let found = connection
        .prepare_cached("SELECT parent FROM messages WHERE channel = ?1 AND id = ?2")?
        .query_row(params![channel, id], |row| row.get(0))
        .optional()?;
    require(found, "message", id)
}

fn show_branch(connection: &Connection, conversation_id: &str, id: &str) -> Result<(), Fault> {
    let found = connection
        .prepare_cached(
            "SELECT h.number, m.number FROM messages m JOIN channels h ON h.number = m.channel
             JOIN conversations v ON v.number = h.conversation
             WHERE m.id = ?1 AND v.id = ?2 AND h.removed_at IS NULL",
        )?
        .query_row([id, conversation_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (channel, mut end): (i64, i64) = require(found, "message", id)?;
    let mut newest_child = connection.prepare_cached(
        "SELECT number FROM messages WHERE parent = ?1 ORDER BY seq DESC LIMIT 1",
    )?;
    while let Some(child) = newest_child.query_row([end], |row| row.get(0)).optional()? {
        end = child;
    }
    Ok(set_head(connection, channel, end)?)
}

/// Up to `limit` messages of the shown path that end before the one with the sequence number
/// `before`, oldest first.
pub(crate) fn last(
    connection: &Connection,
    channel_id: &str,
    before: Option<i64>,
    limit: u32,
) -> rusqlite::Result<Page<MessageRow>> {
    let sql = format!(
        "WITH RECURSIVE path (number, steps) AS (
             SELECT CASE WHEN ?2 IS NULL THEN h.head
                         ELSE (SELECT parent FROM messages WHERE channel = h.number AND seq = ?2) END, 1
             FROM channels h WHERE h.id = ?1
             UNION ALL
             SELECT m.parent, steps + 1 FROM path JOIN messages m ON m.number = path.number
             WHERE m.parent IS NOT NULL AND steps < ?3)
         SELECT m.id, p.id AS parent_id, m.seq, m.role, m.state, m.parts, m.notice, m.created_at, m.model,
                CASE WHEN m.parent IS NULL
                     THEN (SELECT json_group_array(id ORDER BY seq) FROM messages
                           WHERE channel = m.channel AND parent IS NULL)
                     ELSE (SELECT json_group_array(id ORDER BY seq) FROM messages WHERE parent = m.parent)
                END AS versions, {}
         FROM path JOIN messages m ON m.number = path.number
         LEFT JOIN messages p ON p.number = m.parent LEFT JOIN calls c ON c.number = m.call
         ORDER BY path.steps",
        call::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement
        .query_map(
            params![channel_id, before, limit.saturating_add(1)],
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
        versions: row.get::<_, Json<Vec<String>>>("versions")?.0,
        model: row.get("model")?,
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
