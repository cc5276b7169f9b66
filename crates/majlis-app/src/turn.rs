//! Turns of a conversation: a question put to its channels, put differently, or asked again.

use std::collections::HashSet;

use majlis_llm::{ChatRequest, Message, Role};
use majlis_store::{
    self as store, After, Begin, Channel, ChannelRow, MessageRow, NewMessage, NewStep, StepKind,
    Subject,
};
use serde::{Deserialize, Serialize};

use crate::call::{self, Ending, PlannedCall};
use crate::chat::{busy, check_text, shorten};
use crate::once::Once;
use crate::run::{ReplyHead, RunKind};
use crate::{App, AppError, ConversationView, RunEvent, ambient};

/// What a person says to a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TurnRequest {
    /// The words, exactly as every model gets them.
    pub text: String,
    /// The channels to ask; `None` asks all.
    pub channels: Option<Vec<String>>,
    /// A message of the person in whose place this one stands. Only its channel is asked, and what
    /// followed the old one stays as another branch.
    pub replaces: Option<String>,
    /// The same key and request again is carried out once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl TurnRequest {
    /// Says something to every channel.
    pub fn say(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// A turn that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnStarted {
    /// The run to follow.
    pub run_id: String,
    /// One per channel that is asked.
    pub replies: Vec<Reply>,
}

/// One reply that is being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The channel.
    pub channel_id: String,
    /// What the person said.
    pub user_message_id: String,
    /// What the model says.
    pub message_id: String,
}

/// What one channel is asked.
enum Ask<'a> {
    /// Something new, at the end or in a question's place.
    Question { text: &'a str, after: After },
    /// The same again: another answer beside this one.
    Again(&'a MessageRow),
}

impl App {
    /// Says something to every channel, or to those named. The answers come by the run.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for an empty or too long text; `Conflict` while the last turn is being
    /// answered; `Cost` when a cap does not allow it.
    pub async fn send(
        &self,
        conversation_id: &str,
        request: TurnRequest,
    ) -> Result<TurnStarted, AppError> {
        check_text("message", &request.text)?;
        let once = Once::new(
            request.idempotency_key.clone(),
            &(conversation_id, &request),
        )?;
        if let Some(earlier) = self.earlier(once.as_ref()).await? {
            return Ok(earlier);
        }
        let conversation = self.load(conversation_id).await?;
        let asks = match &request.replaces {
            None => choose(conversation.channels, request.channels)?
                .into_iter()
                .map(|channel| (channel, After::Head))
                .collect(),
            Some(id) => {
                let (mut channel, place) = find(conversation.channels, id, Role::User)?;
                channel.messages.truncate(place);
                vec![(channel, After::Instead(id.clone()))]
            }
        };
        let plan = |at_ms| {
            asks.into_iter()
                .map(|(Channel { row, messages }, after)| {
                    let text = request.text.as_str();
                    self.plan(&row, &messages, Ask::Question { text, after }, at_ms)
                })
                .collect::<Result<Vec<_>, _>>()
        };
        self.take_turn(conversation_id, shorten(&request.text), once, plan)
            .await
    }

    /// Asks for another answer in the place of one, which stays as another version.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the message is not an answer; `Conflict` while the last turn is
    /// being answered; `Cost` when a cap does not allow it.
    pub async fn retry(
        &self,
        conversation_id: &str,
        message_id: &str,
        idempotency_key: Option<String>,
    ) -> Result<TurnStarted, AppError> {
        let once = Once::new(idempotency_key, &(conversation_id, message_id))?;
        if let Some(earlier) = self.earlier(once.as_ref()).await? {
            return Ok(earlier);
        }
        let conversation = self.load(conversation_id).await?;
        let (Channel { row, messages }, place) =
            find(conversation.channels, message_id, Role::Assistant)?;
        let plan = |at_ms| {
            let ask = Ask::Again(&messages[place]);
            Ok(vec![self.plan(&row, &messages[..place], ask, at_ms)?])
        };
        self.take_turn(conversation_id, String::new(), once, plan)
            .await
    }

    /// Shows the branch a message stands in.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while a turn is being answered.
    pub async fn show_branch(
        &self,
        conversation_id: &str,
        message_id: &str,
    ) -> Result<ConversationView, AppError> {
        if self.turn_of(conversation_id).is_some() {
            return Err(busy());
        }
        self.inner
            .store
            .show_branch(conversation_id, message_id, ambient::now_ms())
            .await?;
        self.conversation(conversation_id).await
    }

    /// Plans a turn while no other goes on, writes it down and starts it.
    async fn take_turn(
        &self,
        conversation_id: &str,
        title: String,
        once: Option<Once>,
        plan: impl FnOnce(i64) -> Result<Vec<PlannedTurn>, AppError>,
    ) -> Result<TurnStarted, AppError> {
        let run_id = ambient::new_id();
        self.occupy(conversation_id, &run_id)?;
        let begun = self
            .begin_turn(conversation_id, &run_id, title, once, plan)
            .await;
        match begun {
            Ok((started, turns)) => {
                self.launch(conversation_id, &run_id, turns);
                Ok(started)
            }
            Err(error) => {
                self.vacate(conversation_id);
                error.replayed()
            }
        }
    }

    async fn begin_turn(
        &self,
        conversation_id: &str,
        run_id: &str,
        title: String,
        once: Option<Once>,
        plan: impl FnOnce(i64) -> Result<Vec<PlannedTurn>, AppError>,
    ) -> Result<(TurnStarted, Vec<PlannedTurn>), AppError> {
        let at_ms = ambient::now_ms();
        let turns = plan(at_ms)?;
        let started = TurnStarted {
            run_id: run_id.to_owned(),
            replies: turns.iter().map(|turn| turn.reply.clone()).collect(),
        };
        let messages = turns
            .iter()
            .flat_map(|turn| turn.messages.clone())
            .collect();
        let begin = Begin {
            job_id: run_id.to_owned(),
            subject: Subject::Turn {
                conversation_id: conversation_id.to_owned(),
                title,
                messages,
            },
            steps: turns.iter().map(|turn| turn.step.clone()).collect(),
            once: once.map(|once| once.with_reply(&started)).transpose()?,
            caps: self.caps(at_ms, None),
            at_ms,
        };
        self.journal(begin, turns.iter().map(|turn| &turn.call))
            .await?;
        Ok((started, turns))
    }

    /// Everything one channel needs for a turn. `past` is what came before the question.
    fn plan(
        &self,
        channel: &ChannelRow,
        past: &[MessageRow],
        ask: Ask<'_>,
        at_ms: i64,
    ) -> Result<PlannedTurn, AppError> {
        let message = |role, state, parts, after| NewMessage {
            id: ambient::new_id(),
            channel_id: channel.id.clone(),
            after,
            role,
            state,
            parts,
            created_at_ms: at_ms,
        };
        let answer = |after| {
            let state = store::ReplyState::Waiting;
            message(Role::Assistant, state, Vec::new(), after)
        };
        let mut sent = history(past);
        let (messages, asked) = match ask {
            Ask::Question { text, after } => {
                sent.push(Message::text(Role::User, text));
                let said = store::answer_parts(text, "");
                let question = message(Role::User, store::ReplyState::Complete, said, after);
                let asked = question.id.clone();
                (vec![question, answer(After::Head)], asked)
            }
            Ask::Again(reply) => {
                let asked = reply.parent_id.clone().unwrap_or_default();
                (vec![answer(After::Instead(reply.id.clone()))], asked)
            }
        };
        let message_id = messages
            .last()
            .map(|message| message.id.clone())
            .unwrap_or_default();
        let request = ChatRequest::new(channel.model.clone(), sent);
        let call = self.planned_call(&message_id, request)?;
        Ok(PlannedTurn {
            step: new_step(StepKind::Reply, &call),
            reply: Reply {
                channel_id: channel.id.clone(),
                user_message_id: asked,
                message_id,
            },
            messages,
            call,
        })
    }

    pub(crate) fn planned_call(
        &self,
        message_id: &str,
        request: ChatRequest,
    ) -> Result<PlannedCall, AppError> {
        let price = self.prices().lookup(&request.model, ambient::now_ms());
        Ok(PlannedCall {
            call_id: ambient::new_id(),
            message_id: message_id.to_owned(),
            provider: self.inner.catalog.provider(&request.model)?,
            most: price.as_ref().and_then(|row| self.most(row, &request)),
            price,
            request,
        })
    }

    fn launch(&self, conversation_id: &str, run_id: &str, turns: Vec<PlannedTurn>) {
        let heads = turns.iter().map(PlannedTurn::head).collect();
        let run = self.inner.runs.open(run_id, RunKind::Chat, heads);
        let (app, conversation_id) = (self.clone(), conversation_id.to_owned());
        self.inner.tasks.spawn(async move {
            let store = &app.inner.store;
            let ending = Ending::of(turns.len());
            let calls = turns
                .into_iter()
                .map(|turn| call::perform(store, &run, turn.call, Some(&ending)));
            futures_util::future::join_all(calls).await;
            app.vacate(&conversation_id);
            run.emit(RunEvent::Finished {
                status: ending.status(&run),
            });
        });
    }
}

struct PlannedTurn {
    reply: Reply,
    messages: Vec<NewMessage>,
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
            estimate: planned.most,
            reserved: planned.most,
            reply_id: planned.message_id.clone(),
        },
    }
}

/// The channel whose shown path holds a message, and the message's place in it.
pub(crate) fn find(
    channels: Vec<Channel>,
    id: &str,
    role: Role,
) -> Result<(Channel, usize), AppError> {
    let is_it = |message: &MessageRow| message.id == id;
    let (channel, place) = channels
        .into_iter()
        .find_map(|channel| {
            let place = channel.messages.iter().position(is_it)?;
            Some((channel, place))
        })
        .ok_or_else(|| AppError::not_found("message", id))?;
    if channel.messages[place].role == role {
        return Ok((channel, place));
    }
    let (detail, hint) = match role {
        Role::User => ("This message is not a question.", "Replace a question."),
        _ => ("This message is not an answer.", "Ask an answer again."),
    };
    Err(AppError::invalid("message_role", detail, hint))
}

/// What a model is sent of a channel's past: the text of every exchange that brought an answer.
/// A question whose answer failed without a word is left out with it, so that asking again does
/// not say it twice.
pub(crate) fn history(messages: &[MessageRow]) -> Vec<Message> {
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

/// The channels that are asked, in the conversation's order.
pub(crate) fn choose(
    channels: Vec<Channel>,
    ids: Option<Vec<String>>,
) -> Result<Vec<Channel>, AppError> {
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
}
