//! Names of calls.

use serde::{Deserialize, Serialize};

/// A call's name within its consultation; the same consultation names the same calls alike each
/// time, which is how a resumed one finds what was already answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallName {
    /// From 1.
    pub round: u8,
    /// The member's place, from 0; of an editor its place among the editors.
    pub member: usize,
    /// What the call is for.
    pub stage: Stage,
    /// From 1; 2 repairs an answer that could not be read. Sending again what was not billed is the
    /// caller's affair and carries the same name.
    pub attempt: u8,
}

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A member answers the question.
    Answer,
    /// A member judges the others' answers.
    Review,
    /// An author answers to what speaks against its statements.
    Revise,
    /// An editor writes the conclusion; `member` is its place in the order of editors.
    Edit,
}
