//! How a consultation ended.

use std::sync::Arc;

use majlis_llm::ErrorKind;
use majlis_text::Analysis;
use serde::{Deserialize, Serialize};

use crate::Deliberation;

/// The end of a consultation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// One entry per member, by place.
    pub members: Vec<MemberOutcome>,
    /// What was measured; `None` without an answer, or when measuring did not end.
    pub analysis: Option<Arc<Analysis>>,
    /// What came after the first round.
    pub deliberation: Deliberation,
}

/// How a consultation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every member answered, at least two of them.
    Complete,
    /// At least two members answered, others are missing.
    Degraded,
    /// One answer that counts: nothing to compare.
    Single,
    /// No answer.
    Failed,
    /// Stopped by the person; what came is kept.
    Cancelled,
}

/// What became of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberOutcome {
    /// Its place, from 0.
    pub member: usize,
    /// Its name for people.
    pub label: String,
    /// What became of it.
    pub result: MemberResult,
}

/// What became of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberResult {
    /// Its answer, asked for or brought in.
    Answered(Arc<str>),
    /// No answer, and why.
    Missing(Loss),
}

/// Why a member is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loss {
    /// Its call failed.
    Failed(ErrorKind),
    /// It answered with nothing but white space.
    Empty,
    /// It had not answered when time was up.
    Late,
    /// It had not answered when the consultation was stopped.
    Stopped,
}
