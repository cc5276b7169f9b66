//! What calls took, as metrics: the names of the `GenAI` semantic conventions of OpenTelemetry (read
//! 2026-11) where they have one, ours beside them. They count from the start of the process; the
//! ledger is what counts money.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use majlis_llm::{ModelId, PicoUsd};
use majlis_store::{CallState, Settlement};
use metrics::{counter, histogram};

/// What each model cost since the start. Kept apart, since a counter holds no fractions.
static SPENT: Mutex<BTreeMap<ModelId, PicoUsd>> = Mutex::new(BTreeMap::new());

/// Known costs since the start of the process, by model.
pub fn spent_since_start() -> Vec<(ModelId, PicoUsd)> {
    let spent = SPENT.lock().unwrap_or_else(PoisonError::into_inner);
    spent
        .iter()
        .map(|(model, cost)| (model.clone(), *cost))
        .collect()
}

/// Counts a call that ended.
pub(crate) fn settled(model: &ModelId, settlement: &Settlement) {
    let (provider, name) = (model.provider().to_owned(), model.name().to_owned());
    let outcome = match settlement.state {
        CallState::Settled => "ok",
        CallState::Cancelled => "cancelled",
        CallState::Unknown | CallState::Intent => "unknown",
        CallState::Failed => settlement
            .failure
            .as_ref()
            .map_or("failed", |failure| failure.kind.as_str()),
    };
    counter!("majlis_provider_calls_total",
        "provider" => provider.clone(), "model" => name.clone(), "outcome" => outcome)
    .increment(1);
    let labels = [
        ("gen_ai_operation_name", "chat".to_owned()),
        ("gen_ai_provider_name", provider),
        ("gen_ai_request_model", name),
    ];
    if let Some(seconds) = seconds(settlement.duration_ms) {
        let failed = (outcome != "ok").then(|| ("error_type", outcome.to_owned()));
        let labels: Vec<(&str, String)> = labels.iter().cloned().chain(failed).collect();
        histogram!("gen_ai_client_operation_duration_seconds", &labels).record(seconds);
    }
    if let Some(seconds) = seconds(settlement.first_token_ms) {
        histogram!(
            "gen_ai_client_operation_time_to_first_chunk_seconds",
            &labels
        )
        .record(seconds);
    }
    if let Some(usage) = settlement.usage {
        for (kind, tokens) in [
            ("input", usage.total_input_tokens()),
            ("output", usage.total_output_tokens()),
        ] {
            let kind = ("gen_ai_token_type", kind.to_owned());
            let labels: Vec<(&str, String)> = labels.iter().cloned().chain([kind]).collect();
            histogram!("gen_ai_client_token_usage", &labels).record(small(tokens));
        }
    }
    if let Some(cost) = settlement.cost.filter(|cost| *cost > PicoUsd::ZERO) {
        let mut spent = SPENT.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = spent.entry(model.clone()).or_default();
        *sum = *sum + cost;
    }
}

/// Milliseconds as seconds; `None` for none.
fn seconds(duration_ms: Option<i64>) -> Option<f64> {
    let duration_ms = u32::try_from(duration_ms?).unwrap_or(u32::MAX);
    Some(f64::from(duration_ms) / 1_000.0)
}

/// A count as a number of a histogram; more than four thousand million are as good as so many.
fn small(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
