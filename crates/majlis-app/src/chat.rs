//! Conversations: one to six models side by side, each with its own history.

use std::collections::HashSet;
use std::sync::PoisonError;

use majlis_llm::{ChatRequest, Message, ModelId, Role};
use majlis_store::{
    self as store, Begin, Channel, Conversation, ConversationChange, Finish, JobState, MessageRow,
    NewChannel, NewConversation, NewMessage, NewStep, StepKind, Subject,
};

use crate::call::{self, PlannedCall};
use crate::run::{ReplyHead, RunKind};
use crate::{
    App, AppError, AppErrorKind, ChannelView, ConversationSummary, ConversationView, Notice, Page,
    RunEvent, RunStatus, ambient, convert,
};

/// Columns of one conversation at most.
const MAX_CHANNELS: usize = 6;
/// Messages of a channel that are shown and sent at most; older ones stay stored.
const MAX_HISTORY: u32 = 400;
/// A message at most, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 1 << 20;
/// A title made from the first question, in characters.
const TITLE_CHARS: usize = 80;

/// A turn that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnStarted {
    /// The run to follow.
    pub run_id: String,
    /// One per channel that is asked.
    pub replies: Vec<Reply>,
}

/// One reply that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The channel.
    pub channel_id: String,
    /// What the person said.
    pub user_message_id: String,
    /// What the model says.
    pub message_id: String,
}

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

    /// Says something to every channel, or to those named. The answers come by the run.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for an empty or too long text; `Conflict` while the last turn is being
    /// answered.
    pub async fn send(
        &self,
        conversation_id: &str,
        text: String,
        channels: Option<Vec<String>>,
    ) -> Result<TurnStarted, AppError> {
        check_text("message", &text)?;
        let conversation = self.load(conversation_id).await?;
        if conversation.row.title.is_empty() {
            self.update_conversation(conversation_id, Some(text.clone()), None)
                .await?;
        }
        let chosen = choose(conversation.channels, channels)?;
        let run_id = ambient::new_id();
        self.occupy(conversation_id, &run_id)?;
        let begun = self
            .begin_turn(conversation_id, &run_id, &text, chosen)
            .await;
        if begun.is_err() {
            self.vacate(conversation_id);
        }
        begun
    }

    async fn begin_turn(
        &self,
        conversation_id: &str,
        run_id: &str,
        text: &str,
        channels: Vec<Channel>,
    ) -> Result<TurnStarted, AppError> {
        let at_ms = ambient::now_ms();
        let turns = channels
            .into_iter()
            .map(|channel| self.plan(channel, text, at_ms))
            .collect::<Result<Vec<_>, _>>()?;
        self.inner
            .store
            .begin(Begin {
                job_id: run_id.to_owned(),
                subject: Subject::Turn {
                    conversation_id: conversation_id.to_owned(),
                    messages: turns
                        .iter()
                        .flat_map(|turn| turn.messages.clone())
                        .collect(),
                },
                steps: turns.iter().map(|turn| turn.step.clone()).collect(),
                at_ms,
            })
            .await?;
        let replies = turns.iter().map(|turn| turn.reply.clone()).collect();
        self.launch(conversation_id, run_id, turns);
        Ok(TurnStarted {
            run_id: run_id.to_owned(),
            replies,
        })
    }

    /// Everything one channel needs for a turn.
    fn plan(&self, channel: Channel, text: &str, at_ms: i64) -> Result<PlannedTurn, AppError> {
        let Channel { row, messages } = channel;
        let mut sent = history(&messages);
        sent.push(Message::text(Role::User, text));
        let request = ChatRequest::new(row.model.clone(), sent);
        let reply = Reply {
            channel_id: row.id.clone(),
            user_message_id: ambient::new_id(),
            message_id: ambient::new_id(),
        };
        let message = |id: &str, role, state, parts| NewMessage {
            id: id.to_owned(),
            channel_id: row.id.clone(),
            after: store::After::Head,
            role,
            state,
            parts,
            created_at_ms: at_ms,
        };
        let said = store::answer_parts(text, "");
        let messages = [
            message(
                &reply.user_message_id,
                Role::User,
                store::ReplyState::Complete,
                said,
            ),
            message(
                &reply.message_id,
                Role::Assistant,
                store::ReplyState::Waiting,
                Vec::new(),
            ),
        ];
        let call = self.planned_call(&reply.message_id, request)?;
        Ok(PlannedTurn {
            step: new_step(StepKind::Reply, &call),
            reply,
            messages,
            call,
        })
    }

    pub(crate) fn planned_call(
        &self,
        message_id: &str,
        request: ChatRequest,
    ) -> Result<PlannedCall, AppError> {
        Ok(PlannedCall {
            call_id: ambient::new_id(),
            message_id: message_id.to_owned(),
            provider: self.inner.catalog.provider(&request.model)?,
            price: self.prices().lookup(&request.model, ambient::now_ms()),
            request,
        })
    }

    fn launch(&self, conversation_id: &str, run_id: &str, turns: Vec<PlannedTurn>) {
        let heads = turns.iter().map(PlannedTurn::head).collect();
        let run = self.inner.runs.open(run_id, RunKind::Chat, heads);
        let (app, conversation_id) = (self.clone(), conversation_id.to_owned());
        self.inner.tasks.spawn(async move {
            let store = &app.inner.store;
            let calls = turns
                .into_iter()
                .map(|turn| call::perform(store, &run, turn.call));
            let ended = futures_util::future::join_all(calls).await;
            let answered = ended.iter().filter(|call| call.failure.is_none()).count();
            let status = turn_status(
                answered,
                ended.len(),
                run.cancel.is_cancelled(),
                run.is_interrupted(),
            );
            let finish = Finish {
                job_id: run.id().to_owned(),
                state: job_state(status),
                status: None,
                at_ms: ambient::now_ms(),
            };
            if let Err(error) = store.finish_job(finish).await {
                tracing::error!(%error, "the end of a turn could not be stored");
            }
            app.vacate(&conversation_id);
            run.emit(RunEvent::Finished { status });
        });
    }

    async fn load(&self, id: &str) -> Result<Conversation, AppError> {
        self.inner
            .store
            .conversation(id, MAX_HISTORY)
            .await?
            .ok_or_else(|| AppError::not_found("conversation", id))
    }

    fn turn_of(&self, conversation_id: &str) -> Option<String> {
        let turns = self
            .inner
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        turns.get(conversation_id).cloned()
    }

    fn occupy(&self, conversation_id: &str, run_id: &str) -> Result<(), AppError> {
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

    fn vacate(&self, conversation_id: &str) {
        let mut turns = self
            .inner
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        turns.remove(conversation_id);
    }
}

struct PlannedTurn {
    reply: Reply,
    messages: [NewMessage; 2],
    step: NewStep,
    call: PlannedCall,
}

impl PlannedTurn {
    fn head(&self) -> ReplyHead {
        ReplyHead {
            message_id: self.reply.message_id.clone(),
            label: self.call.request.model.to_string(),
            model: Some(self.call.request.model.clone()),
            channel_id: Some(self.reply.channel_id.clone()),
        }
    }
}

/// What is journalled of a call before it is sent.
pub(crate) fn new_step(kind: StepKind, planned: &PlannedCall) -> NewStep {
    let hash = call::request_hash(&planned.request);
    NewStep {
        kind,
        input_hash: hash.clone(),
        call: store::NewCall {
            id: planned.call_id.clone(),
            model: planned.request.model.clone(),
            request_hash: hash,
            estimate: None,
            reserved: None,
            reply_id: planned.message_id.clone(),
        },
    }
}

/// How a job is stored that ended with a status.
pub(crate) fn job_state(status: RunStatus) -> JobState {
    match status {
        RunStatus::Failed => JobState::Failed,
        RunStatus::Cancelled => JobState::Cancelled,
        RunStatus::Interrupted | RunStatus::Running => JobState::Interrupted,
        RunStatus::Complete | RunStatus::Degraded | RunStatus::Single => JobState::Finished,
    }
}

fn turn_status(answered: usize, asked: usize, cancelled: bool, interrupted: bool) -> RunStatus {
    match (answered, interrupted, cancelled) {
        (answered, _, _) if answered == asked => RunStatus::Complete,
        (_, true, _) => RunStatus::Interrupted,
        (_, false, true) => RunStatus::Cancelled,
        (0, false, false) => RunStatus::Failed,
        _ => RunStatus::Degraded,
    }
}

/// What a model is sent of a channel's past: the text of every exchange that brought an answer.
/// A question whose answer failed without a word is left out with it, so that asking again does
/// not say it twice.
fn history(messages: &[MessageRow]) -> Vec<Message> {
    let mut sent = Vec::with_capacity(messages.len() + 1);
    for message in messages {
        let text = message.text();
        match message.role {
            Role::Assistant if text.is_empty() => {
                if sent
                    .last()
                    .is_some_and(|last: &Message| last.role == Role::User)
                {
                    sent.pop();
                }
            }
            role => sent.push(Message::text(role, text)),
        }
    }
    sent
}

fn new_channel(model: ModelId) -> NewChannel {
    NewChannel {
        id: ambient::new_id(),
        model,
    }
}

/// The channels that are asked, in the conversation's order.
fn choose(channels: Vec<Channel>, ids: Option<Vec<String>>) -> Result<Vec<Channel>, AppError> {
    let Some(ids) = ids else {
        return Ok(channels);
    };
    let known: HashSet<&str> = channels
        .iter()
        .map(|channel| channel.row.id.as_str())
        .collect();
    if let Some(id) = ids.iter().find(|id| !known.contains(id.as_str())) {
        return Err(AppError::not_found("channel", id));
    }
    if ids.is_empty() {
        return Err(AppError::invalid(
            "no_channels",
            "No column was named to ask.",
            "Name at least one, or leave the field out to ask all.",
        ));
    }
    Ok(channels
        .into_iter()
        .filter(|channel| ids.contains(&channel.row.id))
        .collect())
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

fn busy() -> AppError {
    AppError::new(
        AppErrorKind::Conflict,
        Notice::new("turn_running", "The last turn is still being answered.")
            .with_hint("Wait for it, or stop it first."),
    )
}

/// The first line of a text, at most 80 characters, cut at a word where there is one.
fn shorten(text: &str) -> String {
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

    fn row(role: Role, text: &str) -> MessageRow {
        MessageRow {
            versions: Vec::new(),
            model: None,
            id: String::new(),
            parent_id: None,
            sequence: 0,
            role,
            state: store::ReplyState::Complete,
            parts: store::answer_parts(text, "thinking"),
            notice: None,
            call: None,
            created_at_ms: 0,
        }
    }

    #[test]
    fn a_model_is_sent_the_texts_of_answered_exchanges_only() {
        let rows = [
            row(Role::User, "one"),
            row(Role::Assistant, "first"),
            row(Role::User, "lost"),
            row(Role::Assistant, ""),
        ];
        let sent = history(&rows);
        assert_eq!(
            sent,
            [
                Message::text(Role::User, "one"),
                Message::text(Role::Assistant, "first")
            ]
        );
    }

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
    fn a_turn_ends_as_its_replies_did() {
        for (answered, asked, cancelled, interrupted, expected) in [
            (2, 2, false, false, RunStatus::Complete),
            (1, 2, false, false, RunStatus::Degraded),
            (0, 2, false, false, RunStatus::Failed),
            (1, 2, true, false, RunStatus::Cancelled),
            (1, 2, true, true, RunStatus::Interrupted),
        ] {
            assert_eq!(
                turn_status(answered, asked, cancelled, interrupted),
                expected
            );
        }
    }

    #[test]
    fn empty_and_endless_texts_are_refused() {
        assert!(check_text("question", " \n").is_err());
        assert!(check_text("question", &"x".repeat(MAX_TEXT_BYTES + 1)).is_err());
        assert!(check_text("question", "?").is_ok());
    }
}
