//! What a council says of findings: kept with the report.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::patch::Fix;
use crate::Severity;
use crate::report::Reported;

/// What a council says of one finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// How it stands.
    pub standing: Standing,
    /// How likely it is right, 0 to 1, computed from evidence, votes and what they are worth.
    pub confidence: f64,
    /// How the confidence comes about, in English.
    pub because: String,
    /// Who says what.
    pub votes: Vec<Vote>,
    /// The severity before a model gave a reason for a lower one; `None` where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downgraded_from: Option<Severity>,
    /// What became of the models' quotes, the best of them; `None` where no model found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// A proposed change, tried on a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// How a finding stands after a council.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A rule and a model, or two models, say so.
    Confirmed,
    /// A rule says so; no model was asked, or none could decide.
    Reported,
    /// One model says so, and nobody else could be asked.
    Single,
    /// A rule says so, and a model gives a reason why it is less severe.
    Downgraded,
    /// One model said so, and another gives a reason why it is wrong.
    Refuted,
    /// A model says so, and what it quotes does not stand in the file.
    Unverified,
}

impl Standing {
    /// Its name in English.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Reported => "reported",
            Self::Single => "one model only",
            Self::Downgraded => "downgraded",
            Self::Refuted => "refuted",
            Self::Unverified => "unverified",
        }
    }
}

/// A voice about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Id of the rule, or of the model.
    pub by: String,
    /// What it says.
    pub says: VoteSays,
    /// Why, in its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a voice says about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteSays {
    /// Found it without knowing of others.
    Finds,
    /// Was asked about the code and did not find it.
    Silent,
    /// Was shown the finding and says it is right.
    Confirms,
    /// Was shown the finding and says it is less severe.
    Downgrades,
    /// Was shown the finding and says it is wrong.
    Refutes,
}

impl VoteSays {
    /// Its name in English.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finds => "finds it",
            Self::Silent => "did not find it",
            Self::Confirms => "confirms it",
            Self::Downgrades => "says it is less severe",
            Self::Refutes => "says it is wrong",
        }
    }
}

/// What came of a council on code as a whole: counts, and what is not shown among the findings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CouncilSummary {
    /// The models.
    pub members: Vec<String>,
    /// What so many models are worth as independent votes; an assumption without history.
    pub independent_votes: Option<f64>,
    /// Slices of code that were shown.
    pub slices: usize,
    /// Slices that were left out, because more were not wanted.
    pub slices_left_out: usize,
    /// Files that were left out whole for the same reason.
    pub files_left_out: usize,
    /// Secrets that were masked in what was sent.
    pub secrets_masked: usize,
    /// Questions that were asked.
    pub asked: usize,
    /// Questions with an answer that could be read.
    pub answered: usize,
    /// Findings of models that were not of the form asked for.
    pub malformed: usize,
    /// Findings of models about weaknesses or lines they were not asked about.
    pub outside: usize,
    /// Findings of models beyond the most that are read of an answer.
    pub beyond: usize,
    /// Findings of models where a comment in the code holds a rule's finding back.
    pub held_back: usize,
    /// Findings of two or more of rules and models.
    pub patterns: usize,
    /// Findings of some models and not of others that saw the same code.
    pub gaps: usize,
    /// Findings of which one voice says they are right and another that they are wrong.
    pub contradictions: usize,
    /// Why models were not asked any more; `None` where all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Findings of models whose quotes do not stand in the file.
    pub unverified: Vec<Reported>,
    /// Findings of one model that another refuted.
    pub refuted: Vec<Reported>,
}
