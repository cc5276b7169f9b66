//! What is reported.

use serde::{Deserialize, Serialize};

use crate::{Language, Span};

/// A weakness of the Common Weakness Enumeration, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cwe(pub u32);

/// From which side a finding is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// Someone could abuse it.
    Security,
    /// It wastes time or memory.
    Performance,
    /// It is wrong, or hard to keep right.
    Quality,
}

/// How bad it is when it is real; ordered, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth mending when one passes by.
    Low,
    /// To be mended.
    Medium,
    /// To be mended soon.
    High,
    /// To be mended before anything else.
    Critical,
}

impl Severity {
    /// Every severity, the worst last.
    pub const ALL: [Self; 5] = [
        Self::Info,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];
}

/// How often a finding of a rule is real; ordered, the surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Half or less.
    Low,
    /// More often than not.
    Medium,
    /// Nine of ten.
    High,
}

/// One step on the way of a value from where it came in to where it does harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowStep {
    /// Path of the file below the root of the tree, with `/`.
    pub path: String,
    /// Where in that file.
    pub span: Span,
    /// What happens there, in English: `untrusted value from HttpServletRequest.getParameter`.
    pub what: String,
}

/// One located problem found by a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the rule, `language/slug`.
    pub rule: String,
    /// Language of the file; `None` for files of configuration.
    pub language: Option<Language>,
    /// Path of the file below the root of the tree, with `/`.
    pub path: String,
    /// Where the harm is done: the sink, the call, the declaration.
    pub span: Span,
    /// One sentence about this place, in English.
    pub message: String,
    /// How bad.
    pub severity: Severity,
    /// The weaknesses it is an instance of; the first is the closest.
    pub cwe: Vec<Cwe>,
    /// The way of the value, source first; empty where there is none.
    pub flow: Vec<FlowStep>,
}
