//! Conversations: one to six models side by side, each with its own history.

use std::sync::PoisonError;

use majlis_llm::ModelId;
use majlis_store::{Conversation, ConversationChange, NewChannel, NewConversation};

use crate::{
    App, AppError, AppErrorKind, ChannelView, ConversationSummary, ConversationView, Notice, Page,
    ambient, convert,
};

/// Columns of one conversation at most.
const MAX_CHANNELS: usize = 6;
/// Messages of a channel that are shown and sent at most; older ones stay stored.
const MAX_HISTORY: u32 = 400;
/// A message at most, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 1 << 20;
/// A title made from the first question, in characters.
const TITLE_CHARS: usize = 80;

impl App {
    /// Begins a conversation with a channel per model. Without a title it gets one from its first
    /// question.
    ///
    /// # Errors
    /// `Invalid` without models, with more than six, or with an unknown provider.
    pub async fn create_conversation(
        &self,
        title: Option<String>,
        models: Vec<ModelId>,
    ) -> Result<ConversationView, AppError> {
        check_channel_count(models.len())?;
        models
            .iter()
            .try_for_each(|model| self.require_provider(model))?;
        let id = ambient::new_id();
        let channels = models.into_iter().map(new_channel).collect();
        self.inner
            .store
            .create_conversation(NewConversation {
                id: id.clone(),
                title: title.map(|title| shorten(&title)).unwrap_or_default(),
                channels,
                created_at_ms: ambient::now_ms(),
            })
            .await?;
        self.conversation(&id).await
    }

    /// A page of conversations, pinned ones first, then newest first.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn conversations(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Page<ConversationSummary>, AppError> {
        let page = self.inner.store.conversations(limit, before).await?;
        Ok(Page {
            items: page.items.into_iter().map(convert::summary).collect(),
            next: page.next,
        })
    }

    /// A whole conversation.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn conversation(&self, id: &str) -> Result<ConversationView, AppError> {
        let conversation = self.load(id).await?;
        let run_id = self.turn_of(id);
        Ok(ConversationView {
            summary: convert::summary(conversation.row),
            channels: conversation
                .channels
                .into_iter()
                .map(|channel| convert::channel(channel.row, channel.messages))
                .collect(),
            run_id,
        })
    }

    /// Renames or pins; what is `None` stays.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn update_conversation(
        &self,
        id: &str,
        title: Option<String>,
        pinned: Option<bool>,
    ) -> Result<ConversationView, AppError> {
        let change = ConversationChange {
            title: title.map(|title| shorten(&title)),
            pinned,
        };
        self.inner
            .store
            .update_conversation(id, change, ambient::now_ms())
            .await?;
        self.conversation(id).await
    }

    /// Deletes a conversation; what it cost stays in the ledger. A turn that is being answered is
    /// stopped.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_conversation(&self, id: &str) -> Result<(), AppError> {
        if let Some(run_id) = self.turn_of(id) {
            self.inner.runs.cancel(&run_id, None);
        }
        Ok(self.inner.store.delete_conversation(id).await?)
    }

    /// Adds a column.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when there are six or the provider is unknown.
    pub async fn add_channel(&self, id: &str, model: ModelId) -> Result<ChannelView, AppError> {
        self.require_provider(&model)?;
        let conversation = self.load(id).await?;
        check_channel_count(conversation.channels.len() + 1)?;
        let row = self
            .inner
            .store
            .add_channel(id, new_channel(model), ambient::now_ms())
            .await?;
        Ok(convert::channel(row, Vec::new()))
    }

    /// Binds a column to another model; its history stays.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the provider is unknown.
    pub async fn set_channel_model(
        &self,
        id: &str,
        channel_id: &str,
        model: ModelId,
    ) -> Result<ChannelView, AppError> {
        self.require_provider(&model)?;
        let at_ms = ambient::now_ms();
        self.inner
            .store
            .set_channel_model(id, channel_id, model, at_ms)
            .await?;
        let conversation = self.conversation(id).await?;
        conversation
            .channels
            .into_iter()
            .find(|channel| channel.id == channel_id)
            .ok_or_else(|| AppError::not_found("channel", channel_id))
    }

    /// Removes a column; what was said in it stays stored.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is the last one or a turn is being answered.
    pub async fn remove_channel(&self, id: &str, channel_id: &str) -> Result<(), AppError> {
        if self.turn_of(id).is_some() {
            return Err(busy());
        }
        let conversation = self.load(id).await?;
        if conversation.channels.len() == 1 {
            return Err(AppError::new(
                AppErrorKind::Conflict,
                Notice::new("last_channel", "A conversation keeps at least one column."),
            ));
        }
        Ok(self
            .inner
            .store
            .remove_channel(id, channel_id, ambient::now_ms())
            .await?)
    }

    pub(crate) async fn load(&self, id: &str) -> Result<Conversation, AppError> {
        self.inner
            .store
            .conversation(id, MAX_HISTORY)
            .await?
            .ok_or_else(|| AppError::not_found("conversation", id))
    }

    pub(crate) fn turn_of(&self, conversation_id: &str) -> Option<String> {
        let turns = self
            .inner
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        turns.get(conversation_id).cloned()
    }

    pub(crate) fn occupy(&self, conversation_id: &str, run_id: &str) -> Result<(), AppError> {
        let mut turns = self
            .inner
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if turns.contains_key(conversation_id) {
            return Err(busy());
        }
        turns.insert(conversation_id.to_owned(), run_id.to_owned());
        Ok(())
    }

    pub(crate) fn vacate(&self, conversation_id: &str) {
        let mut turns = self
            .inner
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        turns.remove(conversation_id);
    }
}

fn new_channel(model: ModelId) -> NewChannel {
    NewChannel {
        id: ambient::new_id(),
        model,
    }
}

fn check_channel_count(count: usize) -> Result<(), AppError> {
    if (1..=MAX_CHANNELS).contains(&count) {
        return Ok(());
    }
    Err(AppError::invalid(
        "channel_count",
        format!("A conversation has 1 to {MAX_CHANNELS} columns; {count} were asked for."),
        "Choose some models.",
    ))
}

/// Refuses an empty or too long text.
pub(crate) fn check_text(what: &str, text: &str) -> Result<(), AppError> {
    if text.trim().is_empty() {
        return Err(AppError::invalid(
            &format!("{what}_empty"),
            format!("The {what} is empty."),
            "Write something.",
        ));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(AppError::invalid(
            &format!("{what}_too_long"),
            format!(
                "The {what} has {} bytes; at most {MAX_TEXT_BYTES} can be sent.",
                text.len()
            ),
            "Shorten it, or ask about a part of it.",
        ));
    }
    Ok(())
}

pub(crate) fn busy() -> AppError {
    AppError::new(
        AppErrorKind::Conflict,
        Notice::new("turn_running", "The last turn is still being answered.")
            .with_hint("Wait for it, or stop it first."),
    )
}

/// The first line of a text, at most 80 characters, cut at a word where there is one.
pub(crate) fn shorten(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    if line.chars().count() <= TITLE_CHARS {
        return line.to_owned();
    }
    let cut: String = line.chars().take(TITLE_CHARS).collect();
    let words = cut
        .rsplit_once(' ')
        .map_or(cut.as_str(), |(words, _)| words);
    format!("{words}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_line_cut_at_a_word() {
        assert_eq!(shorten("  hello\nworld"), "hello");
        let long = "word ".repeat(40);
        let title = shorten(&long);
        assert!(
            title.ends_with("word…") && title.chars().count() <= TITLE_CHARS + 1,
            "{title}"
        );
        assert_eq!(shorten(&"ن".repeat(100)).chars().count(), TITLE_CHARS + 1);
    }

    #[test]
    fn empty_and_endless_texts_are_refused() {
        assert!(check_text("question", " \n").is_err());
        assert!(check_text("question", &"x".repeat(MAX_TEXT_BYTES + 1)).is_err());
        assert!(check_text("question", "?").is_ok());
    }
}
