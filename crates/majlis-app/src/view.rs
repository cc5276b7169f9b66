//! What callers see: conversations, consultations, calls. No database rows, no client JSON.

use std::sync::Arc;

use majlis_council::ballot::Correlation;
use majlis_council::synthesis::Synthesis;
use majlis_council::{Deliberation, Plan, Stage};
use majlis_llm::{FinishReason, ModelId, PicoUsd, Usage};
use majlis_store::AnswerVerdict;
use majlis_text::Analysis;

use crate::Notice;

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many as were asked for.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<i64>,
}

/// How far one reply has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyState {
    /// Not asked yet.
    Waiting,
    /// Being written.
    Streaming,
    /// Whole.
    Complete,
    /// Stopped by the person; what came is kept.
    Cancelled,
    /// Ended by an error; what came is kept.
    Failed,
    /// The program ended while it was being written; what was saved is kept.
    Interrupted,
}

/// How far one paid request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// Written down, perhaps sent.
    Intent,
    /// Answered and counted.
    Settled,
    /// Ended by an error.
    Failed,
    /// Stopped by the person.
    Cancelled,
    /// The program ended before the answer did: whether it was billed is not known.
    Unknown,
}

/// One request to one model, with what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallView {
    /// Its id.
    pub id: String,
    /// The model that was asked.
    pub model: ModelId,
    /// The model that answered, where the provider says so.
    pub response_model: Option<String>,
    /// How far it came.
    pub state: CallState,
    /// Tokens as the provider counted them; `None` when it did not.
    pub usage: Option<Usage>,
    /// Exact cost; `None` when usage or price are not known.
    pub cost: Option<PicoUsd>,
    /// From sending to the first text or reasoning, in milliseconds.
    pub first_token_ms: Option<i64>,
    /// From sending to the end, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Why the answer ended.
    pub finish_reason: Option<FinishReason>,
}

/// Costs added up. Unknown ones are counted, never taken as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// The sum of all known costs.
    pub known: PicoUsd,
    /// How many calls have no known cost. Above zero the sum reads "at least".
    pub unknown: u64,
}

/// A conversation as it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationSummary {
    /// Its id.
    pub id: String,
    /// Its title: given, or made from the first question.
    pub title: String,
    /// Kept on top by the person.
    pub pinned: bool,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// Milliseconds since 1970 UTC.
    pub updated_at_ms: i64,
    /// The models of its channels, in order.
    pub models: Vec<String>,
}

/// A whole conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// What also stands in the list.
    pub summary: ConversationSummary,
    /// Its columns, in order.
    pub channels: Vec<ChannelView>,
    /// The turn that is being answered now.
    pub run_id: Option<String>,
}

/// One model's column in a conversation, with its own history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelView {
    /// Its id.
    pub id: String,
    /// The model it is bound to.
    pub model: ModelId,
    /// Place from the start, from 0.
    pub position: i64,
    /// Oldest first.
    pub messages: Vec<MessageView>,
}

/// One message of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// Its id.
    pub id: String,
    /// Who speaks.
    pub role: majlis_llm::Role,
    /// What is said.
    pub text: String,
    /// The reasoning before it, where the model shows one.
    pub reasoning: Option<String>,
    /// All messages that stand in its place, itself among them, oldest first.
    pub versions: Vec<String>,
    /// The model of an imported message; of others, `call` says it.
    pub model: Option<String>,
    /// How far it came.
    pub state: ReplyState,
    /// What went wrong.
    pub error: Option<Notice>,
    /// The request behind it; `None` for the person's own messages.
    pub call: Option<CallView>,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
}

/// How a consultation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// Still going.
    Running,
    /// Every member answered.
    Complete,
    /// Some members are missing.
    Degraded,
    /// One answer only: nothing to compare.
    Single,
    /// No answer at all.
    Failed,
    /// The program ended while it ran.
    Interrupted,
    /// Stopped by the person.
    Cancelled,
}

/// A consultation as it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsultationSummary {
    /// Its id, which is also its run's.
    pub id: String,
    /// The question.
    pub question: String,
    /// How it stands.
    pub status: RunStatus,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// Milliseconds since 1970 UTC; `None` while it runs.
    pub finished_at_ms: Option<i64>,
    /// How many members it has.
    pub members: u64,
}

/// A whole consultation.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsultationView {
    /// What also stands in the list.
    pub summary: ConsultationSummary,
    /// What the person gave besides the question.
    pub context: Option<String>,
    /// What each member was sent, to the byte.
    pub prompt: String,
    /// The members, in order.
    pub members: Vec<MemberView>,
    /// What was measured; `None` until it is, or when there was nothing to measure.
    pub analysis: Option<Arc<Analysis>>,
    /// How far it was meant to go.
    pub plan: Plan,
    /// What was asked and what it cost, stage by stage; stages that were not held are not there.
    pub stages: Vec<StageView>,
    /// How many independent votes the answers are worth; `None` with fewer than two models.
    pub votes: Option<VotesView>,
    /// What came after the first round, without the conclusion; `None` when nothing did.
    pub deliberation: Option<Arc<Deliberation>>,
    /// The written conclusions, first version first.
    pub syntheses: Vec<SynthesisView>,
    /// What it cost.
    pub cost: Cost,
    /// The run, while it goes on.
    pub run_id: Option<String>,
    /// What asking the missing members again would do; `None` while it runs, or when nobody is
    /// missing.
    pub resumable: Option<Resumable>,
}

/// What can still be had of a consultation that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumable {
    /// Answers that stay as they are, pasted ones among them.
    pub kept: u64,
    /// Missing members of whom it is not known whether they were billed.
    pub unknown: u64,
    /// Members that would be asked again, those unknown among them.
    pub missing: u64,
    /// Stages after the first round were cut short and would be held.
    pub stages: bool,
    /// The most that asking the missing members may cost, later stages not counted; `None` when a
    /// price is not known.
    pub high: Option<PicoUsd>,
}

/// One stage of a consultation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageView {
    /// Which.
    pub stage: Stage,
    /// What was asked, oldest first; empty for the first round, whose answers are the members'.
    pub hearings: Vec<HearingView>,
    /// What it cost.
    pub cost: Cost,
}

/// What was asked after the first round, and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HearingView {
    /// Its id.
    pub id: String,
    /// The round, from 1.
    pub round: u32,
    /// The member's position; of an editor its place among the editors.
    pub place: u32,
    /// Who was asked: the member's name, or the editor's model.
    pub label: String,
    /// Which attempt at an answer that can be read, from 1.
    pub attempt: u32,
    /// How far the answer came.
    pub state: ReplyState,
    /// What was sent, to the byte: who speaks, and what is said.
    pub messages: Vec<(majlis_llm::Role, String)>,
    /// The answer, as it came.
    pub text: String,
    /// What went wrong.
    pub error: Option<Notice>,
    /// The request behind it.
    pub call: Option<CallView>,
}

/// One version of the conclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynthesisView {
    /// Its id.
    pub id: String,
    /// From 1.
    pub version: u32,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// The conclusion.
    pub synthesis: Synthesis,
}

/// How many independent votes the answers are worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VotesView {
    /// Answers of models that count.
    pub models: u32,
    /// Independent votes they are worth, 1 to `models`.
    pub effective: f64,
    /// How far their errors are taken to go together.
    pub correlation: Correlation,
}

/// Where a member's answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// A model that was asked.
    Model,
    /// An answer the person brought.
    Pasted,
}

/// One member of a consultation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// Id of its answer.
    pub message_id: String,
    /// Place from the start, from 0.
    pub position: i64,
    /// Its name on screen.
    pub label: String,
    /// Model or pasted answer.
    pub kind: MemberKind,
    /// The model; `None` for a pasted answer.
    pub model: Option<ModelId>,
    /// Which sample of the model, from 1; `None` when it was asked once.
    pub sample: Option<i64>,
    /// The embedded model: a demonstration, measured apart.
    pub demo: bool,
    /// How far its answer came.
    pub state: ReplyState,
    /// The answer.
    pub text: String,
    /// The reasoning before it.
    pub reasoning: Option<String>,
    /// What went wrong.
    pub error: Option<Notice>,
    /// The request behind it.
    pub call: Option<CallView>,
    /// The person's last word on the answer; `None` when there is none.
    pub verdict: Option<AnswerVerdict>,
}
