//! What a consultation's stages look like to callers.

use majlis_council::Stage;
use majlis_llm::{Message, ModelId};
use majlis_store::{CallRow, CallState, Consultation, HearingRow, ReplyState, SynthesisRow};

use crate::deliberate::stage_of;
use crate::{Cost, HearingView, StageView, SynthesisView, convert};

/// Every stage that was held, in order, with what it asked and cost.
pub(crate) fn view(consultation: &Consultation) -> Vec<StageView> {
    let answers = consultation
        .members
        .iter()
        .filter_map(|member| member.call.as_ref());
    let mut stages = vec![StageView {
        stage: Stage::Answer,
        hearings: Vec::new(),
        cost: cost(answers),
    }];
    for stage in [Stage::Review, Stage::Revise, Stage::Edit] {
        let rows: Vec<&HearingRow> = consultation
            .hearings
            .iter()
            .filter(|row| stage_of(row.kind) == Some(stage))
            .collect();
        if !rows.is_empty() {
            stages.push(StageView {
                stage,
                cost: cost(rows.iter().filter_map(|row| row.call.as_ref())),
                hearings: rows
                    .into_iter()
                    .map(|row| hearing(row, label(consultation, stage, row)))
                    .collect(),
            });
        }
    }
    stages
}

fn cost<'a>(calls: impl Iterator<Item = &'a CallRow>) -> Cost {
    let over = calls.filter(|call| call.state != CallState::Intent);
    over.fold(Cost::default(), |sum, call| match call.cost {
        Some(cost) => Cost {
            known: sum.known + cost,
            ..sum
        },
        None => Cost {
            unknown: sum.unknown + 1,
            ..sum
        },
    })
}

fn label(consultation: &Consultation, stage: Stage, row: &HearingRow) -> String {
    let place = usize::try_from(row.place).unwrap_or(usize::MAX);
    let member = consultation
        .members
        .get(place)
        .filter(|_| stage != Stage::Edit);
    let model = || row.call.as_ref().map(|call| call.model.to_string());
    member
        .map(|member| member.label.clone())
        .or_else(model)
        .unwrap_or_default()
}

fn hearing(row: &HearingRow, label: String) -> HearingView {
    let messages: Vec<Message> = serde_json::from_value(row.request.clone()).unwrap_or_default();
    HearingView {
        id: row.id.clone(),
        round: row.round,
        place: row.place,
        label,
        attempt: row.attempt,
        state: convert::reply_state(row.state),
        messages: messages
            .into_iter()
            .map(|message| (message.role, majlis_store::text_of(&message.parts)))
            .collect(),
        text: row.text(),
        error: convert::notice(row.notice.clone()),
        call: row.call.clone().map(convert::call),
    }
}

/// A stored conclusion; `None` in a form this version does not read.
pub(crate) fn synthesis(row: SynthesisRow) -> Option<SynthesisView> {
    Some(SynthesisView {
        synthesis: serde_json::from_value(row.body).ok()?,
        id: row.id,
        version: row.version,
        created_at_ms: row.created_at_ms,
    })
}

/// The models of real answers, one entry for each answer.
pub(crate) fn counted_models(consultation: &Consultation) -> Vec<ModelId> {
    consultation
        .members
        .iter()
        .filter(|member| !member.demo && member.state == ReplyState::Complete)
        .filter_map(|member| member.model.clone())
        .collect()
}
