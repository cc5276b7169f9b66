//! What comes back from a model.

use serde::{Deserialize, Serialize};

use crate::Usage;

/// One step of an answer as it streams.
///
/// A stream that ends well is `Started`, then deltas in any order, then at most one `Usage`, then
/// exactly one `Finished`, last. A stream that fails ends with an error item instead; a stream
/// that ends with neither was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatEvent {
    /// The provider accepted the request.
    Started {
        /// The provider's id of the response, where it gives one.
        response_id: Option<String>,
        /// The model that really answers, where the provider says so (`gpt-5-2025-08-07`).
        response_model: Option<String>,
    },
    /// More of the answer.
    TextDelta {
        /// Never empty.
        text: String,
    },
    /// More of the reasoning that precedes the answer.
    ReasoningDelta {
        /// Never empty but when a signature comes alone.
        text: String,
        /// The provider's signature over the reasoning so far.
        signature: Option<String>,
    },
    /// More of a function call.
    ToolCallDelta {
        /// Which call of this answer, from 0.
        index: u32,
        /// The provider's id, in the first delta of the call.
        id: Option<String>,
        /// The function's name, in the first delta of the call.
        name: Option<String>,
        /// More of the arguments as JSON text; may be empty.
        arguments: String,
    },
    /// Tokens counted by the provider for the whole request.
    Usage {
        /// The count, in the normal form.
        usage: Usage,
    },
    /// The answer is whole.
    Finished {
        /// Why it ended.
        reason: FinishReason,
    },
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model had said what it wanted, or met a stop text.
    Stop,
    /// The limit of output tokens was met.
    Length,
    /// The model asks for functions to be called.
    ToolCalls,
    /// The provider held the answer back.
    ContentFilter,
    /// A reason this version does not know.
    Other,
}
