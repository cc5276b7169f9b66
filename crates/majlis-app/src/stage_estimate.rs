//! What the stages after the first round may cost, before anything is sent.
//!
//! Their prompts hold answers that are not written yet, so both ends are reckoned from the lengths
//! the answers may have: the low end from usual answers and one call each, the high end from the
//! longest answers and every call repaired once.

use majlis_council::{MemberSource, Mode, Spec, Stage};
use majlis_llm::{ModelId, PicoUsd, PriceRow};

use crate::estimate::most;
use crate::{App, CostEstimate, MemberEstimate, ambient};

/// Tokens of the words around the answers in a later prompt, about. Counted on the prompts of
/// majlis-council, November 2026.
const INSTRUCTIONS: u64 = 350;
/// Tokens in which a judge speaks of one answer, usually. Chosen, not measured.
const USUAL_REVIEW: u64 = 120;
/// Tokens of what is contested with one member, at most: twelve claims of about sixty tokens.
const CONTESTED: u64 = 720;
/// Tokens of a conclusion, usually. Chosen, not measured.
const USUAL_SYNTHESIS: u64 = 600;
/// The most a model is taken to answer where nobody says, in tokens.
const MOST_OUTPUT: u64 = 16_384;

/// What one stage will cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageEstimate {
    /// Which.
    pub stage: Stage,
    /// Calls, if none has to be made again.
    pub calls: u64,
    /// The least; zero where the stage may turn out not to be needed; `None` when no price is known.
    pub low: Option<PicoUsd>,
    /// The most, every call made twice; `None` when no price is known.
    pub high: Option<PicoUsd>,
}

/// Tokens of one call.
#[derive(Debug, Clone, Copy)]
struct Size {
    usual_input: u64,
    most_input: u64,
    usual_output: u64,
}

impl App {
    /// The same estimate with the stages after the first round.
    pub(crate) fn with_stages(&self, spec: &Spec, estimate: CostEstimate) -> CostEstimate {
        let first = StageEstimate {
            stage: Stage::Answer,
            calls: estimate.members.len() as u64,
            low: estimate.low,
            high: estimate.high,
        };
        let mode = spec.plan().mode;
        let judges = judges(spec);
        let (usual, longest) = lengths(spec, &estimate.members);
        let question = spec.question().len() as u64 + spec.context().map_or(0, str::len) as u64;
        let mut stages = vec![first];
        let answers = spec.seats().len() as u64;
        if mode
            .reviewed_from()
            .is_some_and(|enough| answers >= enough as u64)
        {
            let size = Size {
                usual_input: INSTRUCTIONS + question / 4 + usual,
                most_input: INSTRUCTIONS + question + longest,
                usual_output: USUAL_REVIEW * answers.saturating_sub(1),
            };
            stages.push(self.stage(Stage::Review, &judges, size));
        }
        if mode.has_second_round() && answers > 1 {
            let size = Size {
                usual_input: INSTRUCTIONS + question / 4,
                most_input: INSTRUCTIONS + question + CONTESTED * answers,
                usual_output: USUAL_REVIEW,
            };
            // The gate may find nothing to ask about.
            let stage = self.stage(Stage::Revise, &judges, size);
            stages.push(StageEstimate {
                low: stage.low.map(|_| PicoUsd::ZERO),
                ..stage
            });
        }
        if mode != Mode::Quick && !spec.plan().editors.is_empty() {
            let size = Size {
                usual_input: INSTRUCTIONS + question / 4 + usual * 2,
                most_input: INSTRUCTIONS + question + longest * 2,
                usual_output: USUAL_SYNTHESIS,
            };
            stages.push(self.edition(&spec.plan().editors, size));
        }
        total(estimate, stages)
    }

    fn stage(&self, stage: Stage, models: &[&ModelId], size: Size) -> StageEstimate {
        let calls = models.iter().map(|model| self.one(model, size));
        let (low, high): (Vec<_>, Vec<_>) = calls.unzip();
        StageEstimate {
            stage,
            calls: models.len() as u64,
            low: known_sum(&low),
            high: known_sum(&high),
        }
    }

    /// One editor writes; at most all of them are asked.
    fn edition(&self, editors: &[ModelId], size: Size) -> StageEstimate {
        let all: Vec<&ModelId> = editors.iter().collect();
        let whole = self.stage(Stage::Edit, &all, size);
        StageEstimate {
            calls: 1,
            low: all.first().and_then(|editor| self.one(editor, size).0),
            ..whole
        }
    }

    /// The least and the most one call of a model costs.
    fn one(&self, model: &ModelId, size: Size) -> (Option<PicoUsd>, Option<PicoUsd>) {
        let price: Option<PriceRow> = self.prices().lookup(model, ambient::now_ms());
        let Some(row) = price else {
            return (None, None);
        };
        let most_output = self
            .inner
            .catalog
            .max_output_tokens(model)
            .unwrap_or(MOST_OUTPUT);
        let usual = size.usual_output.min(most_output);
        let low = row.estimate(size.usual_input, usual, usual);
        let twice = most(&row, size.most_input, most_output).zip(most(
            &row,
            size.most_input + most_output,
            most_output,
        ));
        (
            low.map(|range| range.low),
            twice.map(|(first, again)| first + again),
        )
    }
}

/// Models that judge and think again.
fn judges(spec: &Spec) -> Vec<&ModelId> {
    let models = spec.seats().iter().filter_map(|seat| match &seat.source {
        MemberSource::Model { model, demo, .. } if !demo => Some(model),
        _ => None,
    });
    models.collect()
}

/// Tokens of all answers: as they usually are, and at most.
fn lengths(spec: &Spec, members: &[MemberEstimate]) -> (u64, u64) {
    let brought = spec.seats().iter().filter_map(|seat| match &seat.source {
        MemberSource::Pasted { text } => Some(text.len() as u64),
        MemberSource::Model { .. } => None,
    });
    let brought: u64 = brought.sum();
    let usual: u64 = members.iter().map(|one| one.usual_output_tokens).sum();
    let longest: u64 = members.iter().map(|one| one.max_output_tokens).sum();
    (usual + brought / 4, longest + brought)
}

/// The sum of what is known; `None` when nothing is.
fn known_sum(amounts: &[Option<PicoUsd>]) -> Option<PicoUsd> {
    let is_known = amounts.is_empty() || amounts.iter().any(Option::is_some);
    is_known.then(|| amounts.iter().copied().flatten().sum())
}

fn total(estimate: CostEstimate, stages: Vec<StageEstimate>) -> CostEstimate {
    let sum = |amount: fn(&StageEstimate) -> Option<PicoUsd>| {
        known_sum(&stages.iter().map(amount).collect::<Vec<_>>())
    };
    CostEstimate {
        low: sum(|stage| stage.low),
        high: sum(|stage| stage.high),
        stages,
        ..estimate
    }
}
