//! How far a consultation goes.

use majlis_llm::ModelId;
use serde::{Deserialize, Serialize};

use crate::gate::Thresholds;

/// How far a consultation goes beyond its answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Which stages there are.
    pub mode: Mode,
    /// A conclusion is written at the end.
    pub synthesis: bool,
    /// Who writes it, in order: the next is asked when one fails. Without any, or when all fail, it
    /// is put together from the answers' own words.
    pub editors: Vec<ModelId>,
    /// When a second round is not worth its price.
    pub thresholds: Thresholds,
    /// What chance there is (a bootstrap over judges) comes from this.
    pub seed: u64,
}

impl Default for Plan {
    /// The first round and its measuring.
    fn default() -> Self {
        Self {
            mode: Mode::Quick,
            synthesis: false,
            editors: Vec::new(),
            thresholds: Thresholds::default(),
            seed: 1,
        }
    }
}

/// Which stages there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Ask and measure.
    Quick,
    /// Then review (from three answers), and a second round where the gate opens.
    Council,
    /// The same, with the second round wherever anything is contested.
    Deep,
    /// Each member argues for, against or neutrally; no review, since they do not answer alike.
    Stance,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 4] = [Self::Quick, Self::Council, Self::Deep, Self::Stance];

    /// Its name in options and interfaces.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Council => "council",
            Self::Deep => "deep",
            Self::Stance => "stance",
        }
    }

    /// Answers from which members judge each other; `None` where they never do.
    pub const fn reviewed_from(self) -> Option<usize> {
        match self {
            Self::Council | Self::Deep => Some(3),
            Self::Quick | Self::Stance => None,
        }
    }

    /// Whether there can be a second round.
    pub const fn has_second_round(self) -> bool {
        matches!(self, Self::Council | Self::Deep)
    }
}
