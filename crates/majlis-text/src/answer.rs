//! What goes in: answers, and places in them.

use serde::{Deserialize, Serialize};

/// One member's answer to the common question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The member's place in the council, from 0; unique among the answers measured together.
    pub member: usize,
    /// The member's name for people.
    pub label: String,
    /// The answer as Markdown or plain text, any length, also empty.
    pub text: String,
    /// Measured beside the others, but never counted with them: its stances and similarities are
    /// reported, and enter no agreement, pattern, gap, coverage or contradiction.
    pub apart: bool,
}

impl Answer {
    /// An answer that counts.
    pub fn new(member: usize, label: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            member,
            label: label.into(),
            text: text.into(),
            apart: false,
        }
    }
}

/// A place in an answer: bytes of its UTF-8 text, on character boundaries, `start <= end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}
