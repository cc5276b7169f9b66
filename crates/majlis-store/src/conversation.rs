//! Conversations and their channels.

use majlis_llm::ModelId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Store;
use crate::error::{Fault, StoreError};
use crate::message::{self, MessageRow};
use crate::page::{Page, clamp};
use crate::value::{Json, Model};

/// Channels of one conversation at most.
const MAX_CHANNELS: i64 = 64;

/// A conversation to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation {
    /// Its id.
    pub id: String,
    /// Its title; may be empty until the first question.
    pub title: String,
    /// Its columns, from the start.
    pub channels: Vec<NewChannel>,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
}

/// A channel to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChannel {
    /// Its id.
    pub id: String,
    /// The model that answers in it.
    pub model: ModelId,
}

/// What changes in a conversation; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationChange {
    /// A new title.
    pub title: Option<String>,
    /// Whether it is kept on top.
    pub pinned: Option<bool>,
}

/// A conversation without its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// Its id.
    pub id: String,
    /// Its title; may be empty.
    pub title: String,
    /// Kept on top by the person.
    pub pinned: bool,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// When something was last said in it or changed on it, milliseconds since 1970 UTC.
    pub updated_at_ms: i64,
    /// The models of its channels, in order.
    pub models: Vec<ModelId>,
}

/// A conversation with its channels and what was said in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// What also stands in the list.
    pub row: ConversationRow,
    /// Its channels, in order, without those removed.
    pub channels: Vec<Channel>,
}

/// A channel with what was said in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The channel itself.
    pub row: ChannelRow,
    /// The last messages, oldest first.
    pub messages: Vec<MessageRow>,
}

/// One model's column in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRow {
    /// Its id.
    pub id: String,
    /// The model that answers in it now; what was said before keeps its own.
    pub model: ModelId,
    /// Order within the conversation, from 0; removed channels leave holes.
    pub position: i64,
}

impl Store {
    /// Begins a conversation.
    ///
    /// # Errors
    /// `Conflict` when an id exists already; the store's own troubles.
    pub async fn create_conversation(
        &self,
        new: NewConversation,
    ) -> Result<ConversationRow, StoreError> {
        self.write("create a conversation", move |connection| {
            create(connection, &new)
        })
        .await
    }

    /// A page of conversations: the pinned ones first, each kind newest first. Reads no message.
    /// `before` is [`Page::next`] of the page before, or `None` for the first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn conversations(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Page<ConversationRow>, StoreError> {
        self.read("list conversations", move |connection| {
            Ok(list(connection, clamp(limit), before)?)
        })
        .await
    }

    /// A conversation with the last messages of each channel; `None` when there is no such one.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn conversation(
        &self,
        id: &str,
        last_messages: u32,
    ) -> Result<Option<Conversation>, StoreError> {
        let id = id.to_owned();
        self.read("read a conversation", move |connection| {
            Ok(load(connection, &id, last_messages)?)
        })
        .await
    }

    /// Changes title or pin.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn update_conversation(
        &self,
        id: &str,
        change: ConversationChange,
        at_ms: i64,
    ) -> Result<ConversationRow, StoreError> {
        let id = id.to_owned();
        self.write("change a conversation", move |connection| {
            connection
                .prepare_cached(
                    "UPDATE conversations SET title = coalesce(?2, title), pinned = coalesce(?3, pinned),
                     updated_at = max(updated_at, ?4) WHERE id = ?1",
                )?
                .execute(params![id, change.title, change.pinned, at_ms])?;
            require(find(connection, &id)?, "conversation", &id)
        })
        .await
    }

    /// Deletes a conversation and everything said in it. What it cost stays in the ledger.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn delete_conversation(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write("delete a conversation", move |connection| {
            delete(connection, &id)
        })
        .await
    }

    /// Adds a channel at the end.
    ///
    /// # Errors
    /// `NotFound` for the conversation; `Conflict` when the id exists or there are 64 already.
    pub async fn add_channel(
        &self,
        conversation_id: &str,
        channel: NewChannel,
        at_ms: i64,
    ) -> Result<ChannelRow, StoreError> {
        let id = conversation_id.to_owned();
        self.write("add a channel", move |connection| {
            touch(connection, &id, at_ms)?;
            insert_channel(connection, &id, &channel)?;
            find_channel(connection, &id, &channel.id)
        })
        .await
    }

    /// Binds a channel to another model; what was said before stays and keeps its own model.
    ///
    /// # Errors
    /// `NotFound` for conversation or channel; the store's own troubles.
    pub async fn set_channel_model(
        &self,
        conversation_id: &str,
        channel_id: &str,
        model: ModelId,
        at_ms: i64,
    ) -> Result<ChannelRow, StoreError> {
        let (conversation_id, id) = (conversation_id.to_owned(), channel_id.to_owned());
        self.write("change a channel's model", move |connection| {
            touch(connection, &conversation_id, at_ms)?;
            find_channel(connection, &conversation_id, &id)?;
            connection
                .prepare_cached("UPDATE channels SET model = ?2 WHERE id = ?1")?
                .execute(params![id, model.as_str()])?;
            find_channel(connection, &conversation_id, &id)
        })
        .await
    }

    /// Takes a channel out of a conversation. What was said in it is hidden, not deleted.
    ///
    /// # Errors
    /// `NotFound` for conversation or channel; the store's own troubles.
    pub async fn remove_channel(
        &self,
        conversation_id: &str,
        channel_id: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        let (conversation_id, id) = (conversation_id.to_owned(), channel_id.to_owned());
        self.write("remove a channel", move |connection| {
            touch(connection, &conversation_id, at_ms)?;
            find_channel(connection, &conversation_id, &id)?;
            connection
                .prepare_cached("UPDATE channels SET removed_at = ?2 WHERE id = ?1")?
                .execute(params![id, at_ms])?;
            Ok(())
        })
        .await
    }
}

const COLUMNS: &str = "v.number, v.id, v.title, v.pinned, v.created_at, v.updated_at, \
    (SELECT json_group_array(h.model ORDER BY h.position) FROM channels h \
     WHERE h.conversation = v.number AND h.removed_at IS NULL) AS models";

/// The row of a found thing, or the fault that it is not there.
pub(crate) fn require<T>(found: Option<T>, what: &'static str, id: &str) -> Result<T, Fault> {
    found.ok_or_else(|| Fault::NotFound(what, id.to_owned()))
}

fn create(connection: &Connection, new: &NewConversation) -> Result<ConversationRow, Fault> {
    connection
        .prepare_cached(
            "INSERT INTO conversations (id, title, pinned, created_at, updated_at) VALUES (?1, ?2, 0, ?3, ?3)",
        )?
        .execute(params![new.id, new.title, new.created_at_ms])?;
    for channel in &new.channels {
        insert_channel(connection, &new.id, channel)?;
    }
    require(find(connection, &new.id)?, "conversation", &new.id)
}

fn insert_channel(
    connection: &Connection,
    conversation_id: &str,
    channel: &NewChannel,
) -> Result<(), Fault> {
    let added = connection
        .prepare_cached(
            "INSERT INTO channels (id, conversation, model, position)
             SELECT ?1, v.number, ?2,
                    (SELECT coalesce(max(h.position) + 1, 0) FROM channels h
                     WHERE h.conversation = v.number AND h.removed_at IS NULL)
             FROM conversations v WHERE v.id = ?3
               AND (SELECT count(*) FROM channels h
                    WHERE h.conversation = v.number AND h.removed_at IS NULL) < ?4",
        )?
        .execute(params![
            channel.id,
            channel.model.as_str(),
            conversation_id,
            MAX_CHANNELS
        ])?;
    if added == 0 {
        return Err(Fault::Conflict(format!(
            "conversation {conversation_id} has {MAX_CHANNELS} channels already"
        )));
    }
    Ok(())
}

fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<ConversationRow>> {
    let sql = format!("SELECT {COLUMNS} FROM conversations v WHERE v.id = ?1");
    connection
        .prepare_cached(&sql)?
        .query_row([id], row)
        .optional()
}

fn row(row: &Row<'_>) -> rusqlite::Result<ConversationRow> {
    Ok(ConversationRow {
        id: row.get("id")?,
        title: row.get("title")?,
        pinned: row.get("pinned")?,
        created_at_ms: row.get("created_at")?,
        updated_at_ms: row.get("updated_at")?,
        models: row.get::<_, Json<Vec<ModelId>>>("models")?.0,
    })
}

/// Cursors of pinned rows are negative, so that one number says in which part of the list it is.
fn list(
    connection: &Connection,
    limit: u32,
    before: Option<i64>,
) -> rusqlite::Result<Page<ConversationRow>> {
    let mut rows = Vec::new();
    let pinned_before = match before {
        None => Some(i64::MAX),
        Some(cursor) if cursor < 0 => Some(cursor.saturating_neg()),
        Some(_) => None,
    };
    let wanted = limit + 1;
    if let Some(before) = pinned_before {
        list_part(connection, true, before, wanted, &mut rows)?;
    }
    let missing = wanted.saturating_sub(u32::try_from(rows.len()).unwrap_or(wanted));
    if missing > 0 {
        let before = before.filter(|cursor| *cursor > 0).unwrap_or(i64::MAX);
        list_part(connection, false, before, missing, &mut rows)?;
    }
    Ok(Page::from_rows(rows, limit))
}

fn list_part(
    connection: &Connection,
    pinned: bool,
    before: i64,
    limit: u32,
    rows: &mut Vec<(i64, ConversationRow)>,
) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM conversations v WHERE v.pinned = ?1 AND v.number < ?2
         ORDER BY v.number DESC LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map(params![pinned, before, limit], |found| {
        let number: i64 = found.get("number")?;
        Ok((if pinned { -number } else { number }, row(found)?))
    })?;
    for found in found {
        rows.push(found?);
    }
    Ok(())
}

fn load(
    connection: &Connection,
    id: &str,
    last_messages: u32,
) -> rusqlite::Result<Option<Conversation>> {
    let Some(row) = find(connection, id)? else {
        return Ok(None);
    };
    let mut statement = connection.prepare_cached(
        "SELECT id, model, position FROM channels
         WHERE conversation = (SELECT number FROM conversations WHERE id = ?1) AND removed_at IS NULL
         ORDER BY position",
    )?;
    let channels = statement
        .query_map([id], channel_row)?
        .map(|row| {
            let row = row?;
            let messages = message::last(connection, &row.id, None, last_messages)?.items;
            Ok(Channel { row, messages })
        })
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(Conversation { row, channels }))
}

fn channel_row(row: &Row<'_>) -> rusqlite::Result<ChannelRow> {
    Ok(ChannelRow {
        id: row.get("id")?,
        model: row.get::<_, Model>("model")?.0,
        position: row.get("position")?,
    })
}

fn find_channel(
    connection: &Connection,
    conversation_id: &str,
    id: &str,
) -> Result<ChannelRow, Fault> {
    let found = connection
        .prepare_cached(
            "SELECT h.id, h.model, h.position FROM channels h JOIN conversations v ON v.number = h.conversation
             WHERE v.id = ?1 AND h.id = ?2 AND h.removed_at IS NULL",
        )?
        .query_row([conversation_id, id], channel_row)
        .optional()?;
    require(found, "channel", id)
}

/// Notes that something happened in a conversation.
pub(crate) fn touch(connection: &Connection, id: &str, at_ms: i64) -> Result<(), Fault> {
    let found = connection
        .prepare_cached("UPDATE conversations SET updated_at = max(updated_at, ?2) WHERE id = ?1")?
        .execute(params![id, at_ms])?;
    require((found > 0).then_some(()), "conversation", id)
}

/// Gives a conversation a title that has none.
pub(crate) fn entitle(connection: &Connection, id: &str, title: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE conversations SET title = ?2 WHERE id = ?1 AND title = ''")?
        .execute([id, title])?;
    Ok(())
}

fn delete(connection: &Connection, id: &str) -> Result<(), Fault> {
    // Text of answers still being written lies with their calls, which stay.
    connection
        .prepare_cached(
            "DELETE FROM call_chunks WHERE call IN (
                 SELECT m.call FROM messages m JOIN channels h ON h.number = m.channel
                 JOIN conversations v ON v.number = h.conversation WHERE v.id = ?1)",
        )?
        .execute([id])?;
    let found = connection
        .prepare_cached("DELETE FROM conversations WHERE id = ?1")?
        .execute([id])?;
    require((found > 0).then_some(()), "conversation", id)
}
