//! What tools answer: short enough for a model to read, with every number's meaning in its name.

use majlis_app::{
    ConsultationView, ConversationView, CostsView, LedgerSum, MessageView, ReplyState,
    SynthesisView, TurnStarted,
};
use majlis_llm::PicoUsd;
use serde_json::{Value, json};

/// Claims of each kind that are told at most; the page shows them all.
const MAX_CLAIMS: usize = 40;

/// A council: its answers, what was measured between them, what it cost.
pub(crate) fn council(view: &ConsultationView) -> Value {
    let answers: Vec<Value> = view
        .members
        .iter()
        .map(|member| {
            json!({
                "name": member.label,
                "state": state(member.state),
                "text": member.text,
                "error": member.error.as_ref().map(|notice| &notice.detail),
            })
        })
        .collect();
    let running = view.run_id.is_some();
    json!({
        "id": view.summary.id,
        "status": status(view.summary.status),
        "next": running.then_some("Call council_result with this id for the rest."),
        "answers": answers,
        "measured": view.analysis.as_deref().map(|analysis| measured(analysis, view)),
        "conclusion": view.syntheses.last().map(conclusion),
        "cost_usd": view.cost.known.to_usd_string(),
        "calls_of_unknown_cost": view.cost.unknown,
    })
}

/// The newest conclusion; each sentence names the answers (A1) and claims (C1) it rests on.
fn conclusion(newest: &SynthesisView) -> Value {
    let sections: Vec<Value> = newest
        .synthesis
        .sections
        .iter()
        .map(|section| json!({"part": section.part, "sentences": section.sentences}))
        .collect();
    json!({
        "written_by": newest.synthesis.editor.as_ref().map_or("nobody: the answers' own words", |id| id.as_str()),
        "sections": sections,
    })
}

fn measured(analysis: &majlis_text::Analysis, view: &ConsultationView) -> Value {
    let name = |member: usize| view.members.get(member).map_or("", |member| &member.label);
    let claim = |id: &str| {
        let found = analysis.claims.iter().find(|claim| claim.id == id);
        found.map_or("", |claim| claim.text.as_str())
    };
    let contradictions = analysis.contradictions.as_ref().map(|list| {
        list.iter()
            .take(MAX_CLAIMS)
            .map(|one| {
                json!({
                    "one": {"name": name(one.first.member), "says": one.first.quote.text},
                    "other": {"name": name(one.second.member), "says": one.second.quote.text},
                })
            })
            .collect::<Vec<_>>()
    });
    let shared: Vec<&str> = analysis
        .patterns
        .iter()
        .take(MAX_CLAIMS)
        .map(|pattern| claim(&pattern.claim))
        .collect();
    let unique: Vec<Value> = analysis
        .unique
        .iter()
        .take(MAX_CLAIMS)
        .map(|unique| json!({"name": name(unique.member), "claim": claim(&unique.claim)}))
        .collect();
    json!({
        "agreement_0_to_1": analysis.agreement,
        "contradictions": contradictions,
        "claims_of_two_or_more": shared,
        "claims_of_one_only": unique,
        "limits": analysis.limits,
    })
}

/// One answer of a conversation.
pub(super) fn chat(conversation: &ConversationView, turn: &TurnStarted, ended: bool) -> Value {
    let is_asked = |message: &&MessageView| {
        turn.replies
            .iter()
            .any(|reply| reply.message_id == message.id)
    };
    let answers: Vec<Value> = conversation
        .channels
        .iter()
        .flat_map(|channel| {
            channel.messages.iter().filter(is_asked).map(|message| {
                let cost = message.call.as_ref().and_then(|call| call.cost);
                json!({
                    "model": channel.model.as_str(),
                    "state": state(message.state),
                    "text": message.text,
                    "error": message.error.as_ref().map(|notice| &notice.detail),
                    "cost_usd": cost.map(PicoUsd::to_usd_string),
                })
            })
        })
        .collect();
    json!({
        "conversation_id": conversation.summary.id,
        "finished": ended,
        "answers": answers,
    })
}

/// What was spent, divided as was asked.
pub(super) fn costs(view: &CostsView) -> Value {
    let sum = |sum: &LedgerSum| {
        json!({
            "cost_usd": sum.known.to_usd_string(),
            "calls": sum.calls,
            "calls_of_unknown_cost": sum.unknown,
        })
    };
    let groups: Vec<Value> = view
        .groups
        .iter()
        .map(|group| json!({"key": group.key, "label": group.label, "sum": sum(&group.sum)}))
        .collect();
    json!({"total": sum(&view.total), "groups": groups})
}

fn state(state: ReplyState) -> &'static str {
    match state {
        ReplyState::Waiting => "waiting",
        ReplyState::Streaming => "streaming",
        ReplyState::Complete => "complete",
        ReplyState::Cancelled => "cancelled",
        ReplyState::Failed => "failed",
        ReplyState::Interrupted => "interrupted",
    }
}

pub(super) fn status(status: majlis_app::RunStatus) -> &'static str {
    use majlis_app::RunStatus as Run;
    match status {
        Run::Running => "running",
        Run::Complete => "complete",
        Run::Degraded => "degraded: some members are missing",
        Run::Single => "single: one answer only, nothing to compare",
        Run::Failed => "failed",
        Run::Interrupted => "interrupted",
        Run::Cancelled => "cancelled",
    }
}
