//! What calls took, as metrics: the names of the `GenAI` semantic conventions of OpenTelemetry (read
//! 2026-11) where they have one, ours beside them. They count from the start of the process; the
//! ledger is what counts money.

use std::collections::{BTreeMap, BTreeSet};
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

/// Names that stand in metrics: programs may ask for models by any name, and each name is a series
/// for every bucket.
#[derive(Default)]
struct Names {
    models: BTreeSet<ModelId>,
    failures: BTreeSet<(ModelId, &'static str)>,
}

/// Models that are told apart; those behind are counted together.
const MAX_MODELS: usize = 24;
/// Kinds of failure by model that are told apart.
const MAX_FAILURES: usize = 32;
/// What stands for everything that is not told apart.
const OTHER: &str = "other";

static NAMES: Mutex<Names> = Mutex::new(Names {
    models: BTreeSet::new(),
    failures: BTreeSet::new(),
});

impl Names {
    /// The names by which a call is counted.
    fn of(&mut self, model: &ModelId, outcome: &'static str) -> (ModelId, &'static str) {
        let model = if keeps(&mut self.models, model.clone(), MAX_MODELS) {
            model.clone()
        } else {
            ModelId::new(OTHER, OTHER).unwrap_or_else(|_| model.clone())
        };
        let is_told =
            outcome == "ok" || keeps(&mut self.failures, (model.clone(), outcome), MAX_FAILURES);
        (model, if is_told { outcome } else { OTHER })
    }
}

/// Whether a name is among those told apart, or still finds room.
fn keeps<T: Ord>(names: &mut BTreeSet<T>, name: T, most: usize) -> bool {
    if names.len() < most {
        names.insert(name);
        return true;
    }
    names.contains(&name)
}

/// Counts a call that ended, with an answer in so many pieces.
pub(crate) fn settled(model: &ModelId, settlement: &Settlement, pieces: u32) {
    let outcome = outcome(settlement);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let (model, outcome) = names.of(model, outcome);
    drop(names);
    let (provider, name) = (model.provider().to_owned(), model.name().to_owned());
    counter!("majlis_provider_calls_total",
        "provider" => provider.clone(), "model" => name.clone(), "outcome" => outcome)
    .increment(1);
    let labels = [
        ("gen_ai_operation_name", "chat".to_owned()),
        ("gen_ai_provider_name", provider),
        ("gen_ai_request_model", name),
    ];
    let with = |more: Option<(&'static str, &str)>| -> Vec<(&'static str, String)> {
        let more = more.map(|(name, value)| (name, value.to_owned()));
        labels.iter().cloned().chain(more).collect()
    };
    record_times(
        settlement,
        pieces,
        &labels,
        &with((outcome != "ok").then_some(("error_type", outcome))),
    );
    if let Some(usage) = settlement.usage {
        for (kind, tokens) in [
            ("input", usage.total_input_tokens()),
            ("output", usage.total_output_tokens()),
        ] {
            let labels = with(Some(("gen_ai_token_type", kind)));
            histogram!("gen_ai_client_token_usage", &labels).record(small(tokens));
        }
    }
    if let Some(cost) = settlement.cost.filter(|cost| *cost > PicoUsd::ZERO) {
        let mut spent = SPENT.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = spent.entry(model).or_default();
        *sum = *sum + cost;
    }
}

fn outcome(settlement: &Settlement) -> &'static str {
    match settlement.state {
        CallState::Settled => "ok",
        CallState::Cancelled => "cancelled",
        CallState::Unknown | CallState::Intent => "unknown",
        CallState::Failed => settlement
            .failure
            .as_ref()
            .map_or("failed", |failure| failure.kind.as_str()),
    }
}

fn record_times(
    settlement: &Settlement,
    pieces: u32,
    labels: &[(&'static str, String)],
    with_error: &[(&'static str, String)],
) {
    let whole = seconds(settlement.duration_ms);
    if let Some(whole) = whole {
        histogram!("gen_ai_client_operation_duration_seconds", with_error).record(whole);
    }
    let Some(first) = seconds(settlement.first_token_ms) else {
        return;
    };
    histogram!(
        "gen_ai_client_operation_time_to_first_chunk_seconds",
        labels
    )
    .record(first);
    if let (Some(whole), 2..) = (whole, pieces) {
        let mean = (whole - first).max(0.0) / f64::from(pieces - 1);
        histogram!(
            "gen_ai_client_operation_time_per_output_chunk_seconds",
            labels
        )
        .record(mean);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_nobody_limits_do_not_make_series_without_end() {
        let mut names = Names::default();
        let mut seen = BTreeSet::new();
        for n in 0..1_000 {
            let model: ModelId = format!("openai/{n}").parse().unwrap();
            for outcome in ["ok", "network", "timeout", "invalid"] {
                seen.insert(names.of(&model, outcome));
            }
        }
        let ok = seen.iter().filter(|(_, outcome)| *outcome == "ok").count();
        assert_eq!(ok, MAX_MODELS + 1);
        assert!(
            seen.len() <= 2 * (MAX_MODELS + 1) + MAX_FAILURES,
            "{}",
            seen.len()
        );
    }
}
