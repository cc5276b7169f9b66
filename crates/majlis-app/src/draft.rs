//! Drafts: what was typed and not sent yet is kept here, so that closing a page loses nothing.

use majlis_store::{DraftPlace, DraftRow};

use crate::chat::MAX_TEXT_BYTES;
use crate::{App, AppError, ambient};

/// What is typed in a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The message or the question; empty when nothing is typed.
    pub text: String,
    /// What a question to a council is about; `None` in a conversation.
    pub context: Option<String>,
    /// When it was typed, milliseconds since 1970 UTC; `None` when nothing is.
    pub updated_at_ms: Option<i64>,
}

impl From<DraftRow> for Draft {
    fn from(row: DraftRow) -> Self {
        Self {
            text: row.text,
            context: row.context,
            updated_at_ms: Some(row.updated_at_ms),
        }
    }
}

impl App {
    /// What is typed in a place; an empty draft when nothing is.
    ///
    /// # Errors
    /// `NotFound` for the conversation.
    pub async fn draft(&self, place: DraftPlace) -> Result<Draft, AppError> {
        let draft = self.inner.store.draft(place).await?;
        Ok(draft.map(Into::into).unwrap_or_default())
    }

    /// Keeps what is typed in a place, instead of what was there before; nothing typed is no draft.
    ///
    /// # Errors
    /// `NotFound` for the conversation; `Invalid` when it is longer than what can be sent.
    pub async fn set_draft(
        &self,
        place: DraftPlace,
        text: String,
        context: Option<String>,
    ) -> Result<Draft, AppError> {
        let context = context.filter(|context| !context.is_empty());
        check(&text)?;
        context.as_deref().map(check).transpose()?;
        if text.is_empty() && context.is_none() {
            self.delete_draft(place).await?;
            return Ok(Draft::default());
        }
        let row = DraftRow {
            text,
            context,
            updated_at_ms: ambient::now_ms(),
        };
        self.inner.store.set_draft(place, row.clone()).await?;
        Ok(row.into())
    }

    /// Forgets what is typed in a place, if anything.
    ///
    /// # Errors
    /// `NotFound` for the conversation.
    pub async fn delete_draft(&self, place: DraftPlace) -> Result<(), AppError> {
        Ok(self.inner.store.delete_draft(place).await?)
    }
}

/// What can never be sent is not kept either.
fn check(text: &str) -> Result<(), AppError> {
    if text.len() <= MAX_TEXT_BYTES {
        return Ok(());
    }
    let detail = format!(
        "The draft has {} bytes; at most {MAX_TEXT_BYTES} can be sent.",
        text.len()
    );
    Err(AppError::invalid("draft_too_long", detail, "Shorten it."))
}
