//! Drafts: what was typed and not sent yet, one for each place.

use rusqlite::{Connection, OptionalExtension, params};

use crate::Store;
use crate::conversation::require;
use crate::error::{Fault, StoreError};

/// Where something is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftPlace {
    /// The form that asks a council.
    Council,
    /// Below a conversation, by its id.
    Conversation(String),
}

/// How the council's form is kept. No conversation has this id: the schema sees to it.
const COUNCIL: &str = "council";

impl DraftPlace {
    fn name(&self) -> &str {
        match self {
            Self::Council => COUNCIL,
            Self::Conversation(id) => id,
        }
    }
}

/// What was typed and not sent yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// The message or the question.
    pub text: String,
    /// What a question to a council is about; `None` in a conversation.
    pub context: Option<String>,
    /// Milliseconds since 1970 UTC.
    pub updated_at_ms: i64,
}

impl Store {
    /// What is typed in a place; `None` when nothing is.
    ///
    /// # Errors
    /// `NotFound` for the conversation; the store's own troubles.
    pub async fn draft(&self, place: DraftPlace) -> Result<Option<DraftRow>, StoreError> {
        self.read("read a draft", move |connection| {
            require_place(connection, &place)?;
            let draft = connection
                .prepare_cached("SELECT text, context, updated_at FROM drafts WHERE place = ?1")?
                .query_row([place.name()], |row| {
                    Ok(DraftRow {
                        text: row.get("text")?,
                        context: row.get("context")?,
                        updated_at_ms: row.get("updated_at")?,
                    })
                })
                .optional()?;
            Ok(draft)
        })
        .await
    }

    /// Keeps what is typed in a place, instead of what was there before.
    ///
    /// # Errors
    /// `NotFound` for the conversation; `Conflict` for a context in one; the store's own troubles.
    pub async fn set_draft(&self, place: DraftPlace, draft: DraftRow) -> Result<(), StoreError> {
        self.write("keep a draft", move |connection| {
            let conversation = require_place(connection, &place)?;
            connection
                .prepare_cached(
                    "INSERT INTO drafts (place, conversation, updated_at, text, context)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (place) DO UPDATE SET updated_at = excluded.updated_at,
                         text = excluded.text, context = excluded.context",
                )?
                .execute(params![
                    place.name(),
                    conversation,
                    draft.updated_at_ms,
                    draft.text,
                    draft.context
                ])?;
            Ok(())
        })
        .await
    }

    /// Forgets what is typed in a place, if anything.
    ///
    /// # Errors
    /// `NotFound` for the conversation; the store's own troubles.
    pub async fn delete_draft(&self, place: DraftPlace) -> Result<(), StoreError> {
        self.write("forget a draft", move |connection| {
            require_place(connection, &place)?;
            connection
                .prepare_cached("DELETE FROM drafts WHERE place = ?1")?
                .execute([place.name()])?;
            Ok(())
        })
        .await
    }
}

/// The number of the place's conversation, which must be there.
fn require_place(connection: &Connection, place: &DraftPlace) -> Result<Option<i64>, Fault> {
    let DraftPlace::Conversation(id) = place else {
        return Ok(None);
    };
    let number = connection
        .prepare_cached("SELECT number FROM conversations WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    require(number, "conversation", id).map(Some)
}
