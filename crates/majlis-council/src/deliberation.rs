//! What came after the first round.

use serde::{Deserialize, Serialize};

use crate::Stage;
use crate::ballot::{RankAgreement, Tally};
use crate::contest::{Contested, Revision};
use crate::gate::Gate;
use crate::review::Review;
use crate::synthesis::Synthesis;

/// What came after the first round. Everything is absent where the stage was not held.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Deliberation {
    /// The judgements that could be read, by judge and place.
    pub reviews: Vec<Review>,
    /// Judges that gave none.
    pub dropped_judges: Vec<DroppedJudge>,
    /// The reviews added up.
    pub tally: Option<Tally>,
    /// How far the judges' rankings agree.
    pub ranking: Option<RankAgreement>,
    /// What the gate decided.
    pub gate: Option<Gate>,
    /// What members stood against each other on when the gate was reached.
    pub contested: Vec<Contested>,
    /// What authors did with their statements in the second round.
    pub revisions: Vec<Revision>,
    /// Agreement on the contested claims after the second round, per claim in the order of
    /// [`Deliberation::contested`]; `None` where fewer than two still take a stance.
    pub settled: Vec<Option<f64>>,
    /// The conclusion.
    pub synthesis: Option<Synthesis>,
    /// Stages that were meant to be held and were not.
    pub skipped: Vec<Skipped>,
}

/// A judge whose judgement could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedJudge {
    /// Its place in the council.
    pub judge: usize,
    /// Why, in English.
    pub why: String,
}

/// A stage that was not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Which.
    pub stage: Stage,
    /// Why.
    pub why: SkipReason,
}

/// Why a stage was not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// A cap does not allow it.
    OverBudget,
    /// Time was up.
    Late,
}
