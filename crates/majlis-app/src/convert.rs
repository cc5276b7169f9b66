//! From the store's rows to what callers see.

use std::collections::BTreeMap;

use majlis_store as store;
use majlis_text::{Analysis, Stance};

use crate::{
    AppError, AppErrorKind, CallState, CallView, ChannelView, ConversationSummary, MessageView,
    Notice, ReplyState, RunStatus,
};

impl From<store::StoreError> for AppError {
    fn from(error: store::StoreError) -> Self {
        use store::StoreErrorKind as Kind;
        let kind = match &error.kind {
            Kind::NotFound { .. } => AppErrorKind::NotFound,
            Kind::Conflict | Kind::Replayed { .. } => AppErrorKind::Conflict,
            Kind::KeyReused => AppErrorKind::Invalid,
            Kind::BudgetExceeded { .. } | Kind::PriceUnknown { .. } => AppErrorKind::Cost,
            Kind::DiskFull | Kind::ReadOnly | Kind::Io | Kind::Busy | Kind::Closed => {
                AppErrorKind::Storage
            }
            _ => AppErrorKind::Internal,
        };
        let code = match &error.kind {
            Kind::NotFound { what, .. } => format!("{what}_not_found"),
            kind => kind.code().to_owned(),
        };
        Self {
            kind,
            notice: Notice {
                code,
                params: params(&error.kind),
                detail: error.message.clone(),
                hint: error.hint.clone(),
            },
            source: Some(Box::new(error)),
        }
    }
}

/// What a translation of a refusal inserts.
fn params(kind: &store::StoreErrorKind) -> BTreeMap<String, String> {
    use store::StoreErrorKind as Kind;
    let named: Vec<(&str, String)> = match kind {
        Kind::BudgetExceeded {
            period,
            limit,
            spent,
            reserved,
            needed,
        } => vec![
            ("period", period.as_str().to_owned()),
            ("limit_usd", limit.to_usd_string()),
            ("spent_usd", spent.to_usd_string()),
            ("reserved_usd", reserved.to_usd_string()),
            ("needed_usd", needed.to_usd_string()),
        ],
        Kind::PriceUnknown { model } => vec![("model", model.clone())],
        _ => Vec::new(),
    };
    named
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

pub(crate) fn reply_state(state: store::ReplyState) -> ReplyState {
    match state {
        store::ReplyState::Waiting => ReplyState::Waiting,
        store::ReplyState::Streaming => ReplyState::Streaming,
        store::ReplyState::Complete => ReplyState::Complete,
        store::ReplyState::Cancelled => ReplyState::Cancelled,
        store::ReplyState::Failed => ReplyState::Failed,
        store::ReplyState::Interrupted => ReplyState::Interrupted,
    }
}

pub(crate) fn status(status: store::ConsultationStatus) -> RunStatus {
    match status {
        store::ConsultationStatus::Running => RunStatus::Running,
        store::ConsultationStatus::Complete => RunStatus::Complete,
        store::ConsultationStatus::Degraded => RunStatus::Degraded,
        store::ConsultationStatus::Single => RunStatus::Single,
        store::ConsultationStatus::Failed => RunStatus::Failed,
        store::ConsultationStatus::Interrupted => RunStatus::Interrupted,
        store::ConsultationStatus::Cancelled => RunStatus::Cancelled,
    }
}

pub(crate) fn call_state(state: store::CallState) -> CallState {
    match state {
        store::CallState::Intent => CallState::Intent,
        store::CallState::Settled => CallState::Settled,
        store::CallState::Failed => CallState::Failed,
        store::CallState::Cancelled => CallState::Cancelled,
        store::CallState::Unknown => CallState::Unknown,
    }
}

pub(crate) fn call(row: store::CallRow) -> CallView {
    CallView {
        id: row.id,
        model: row.model,
        response_model: row.response_model,
        state: call_state(row.state),
        usage: row.usage,
        cost: row.cost,
        first_token_ms: row.first_token_ms,
        duration_ms: row.duration_ms,
        finish_reason: row.finish_reason,
    }
}

/// A notice as it was stored; one that this version cannot read is not shown.
pub(crate) fn notice(value: Option<serde_json::Value>) -> Option<Notice> {
    value.and_then(|value| serde_json::from_value(value).ok())
}

pub(crate) fn summary(row: store::ConversationRow) -> ConversationSummary {
    ConversationSummary {
        id: row.id,
        title: row.title,
        pinned: row.pinned,
        created_at_ms: row.created_at_ms,
        updated_at_ms: row.updated_at_ms,
        models: row.models.iter().map(ToString::to_string).collect(),
    }
}

pub(crate) fn channel(row: store::ChannelRow, messages: Vec<store::MessageRow>) -> ChannelView {
    ChannelView {
        id: row.id,
        model: row.model,
        position: row.position,
        messages: messages.into_iter().map(message).collect(),
    }
}

fn message(row: store::MessageRow) -> MessageView {
    MessageView {
        text: row.text(),
        reasoning: row.reasoning(),
        id: row.id,
        role: row.role,
        versions: row.versions,
        model: row.model,
        state: reply_state(row.state),
        error: notice(row.notice),
        call: row.call.map(call),
        created_at_ms: row.created_at_ms,
    }
}

/// The claims of an analysis as they are stored one by one.
pub(crate) fn claims(analysis: &Analysis) -> Vec<store::NewClaim> {
    let stance = |stance| match stance {
        Stance::Asserts => store::ClaimStance::Asserts,
        Stance::Denies => store::ClaimStance::Denies,
        Stance::DifferentValue => store::ClaimStance::DifferentValue,
        Stance::Silent => store::ClaimStance::Silent,
    };
    analysis
        .claims
        .iter()
        .map(|claim| store::NewClaim {
            text: claim.text.clone(),
            agreement: claim.agreement,
            stances: claim
                .stances
                .iter()
                .filter_map(|one| Some((u32::try_from(one.member).ok()?, stance(one.stance?))))
                .collect(),
        })
        .collect()
}
