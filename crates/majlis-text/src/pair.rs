//! Two statements on their own: how alike they are, and what the first makes of the second.
//!
//! Lexical evidence first (negation, opposites, numbers, quantifiers, modality), with the words
//! aligned to each other; a small trained head weighs it (`docs/model-card.md`). Meaning enters as
//! one cosine, where there are vectors.

mod alignment;
mod head;
mod measure;
mod reading;

use serde::{Deserialize, Serialize};

pub use measure::FEATURES;
use measure::Measures;
pub(crate) use reading::Reading;

/// What the first of two statements makes of the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inference {
    /// Where the first is true, so is the second.
    Entailment,
    /// Neither follows from the first.
    Neutral,
    /// Both cannot be true of one thing.
    Contradiction,
}

impl Inference {
    /// All three, in the order of [`PairJudgement::shares`].
    pub const ALL: [Self; 3] = [Self::Entailment, Self::Neutral, Self::Contradiction];
}

/// What was found of a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairJudgement {
    /// The likeliest.
    pub inference: Inference,
    /// How likely each is, in the order of [`Inference::ALL`]; they sum up to 1.
    pub shares: [f64; 3],
}

/// Two statements with their words aligned. Reading is the costly part: made once per pair.
#[derive(Debug)]
pub struct PairReading {
    measures: Measures,
}

impl PairReading {
    /// Reads two statements; `cosine` is that of their vectors, -1 to 1, `None` without vectors.
    pub fn new(first: &str, second: &str, cosine: Option<f64>) -> Self {
        Self::of(&Reading::new(first), &Reading::new(second), cosine)
    }

    /// The same of statements that are read already.
    pub(crate) fn of(first: &Reading, second: &Reading, cosine: Option<f64>) -> Self {
        Self {
            measures: Measures::new(first, second, cosine),
        }
    }

    /// How alike the two are in meaning, 0 to 1, the same both ways round.
    pub fn similarity(&self) -> f64 {
        self.measures.similarity()
    }

    /// What the first makes of the second.
    pub fn judge(&self) -> PairJudgement {
        let mut shares = head::shares(&self.measures.features());
        // The guard: no contradiction without something that contradicts. What else is likely keeps
        // its proportion.
        if !self.measures.has_evidence() {
            let [entailed, open, _] = shares;
            shares = [entailed, open, 0.0].map(|share| share / (entailed + open));
        }
        let best = (0..3).max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
        PairJudgement {
            inference: Inference::ALL[best.unwrap_or(1)],
            shares,
        }
    }

    /// What the head is given: the measures of the pair as numbers, each about -1 to 1. For
    /// training.
    pub fn features(&self) -> [f32; FEATURES] {
        self.measures.features()
    }
}
