//! What the council asks for, and what it is told.

use std::sync::Arc;

use majlis_llm::{ChatRequest, ErrorKind};
use majlis_text::{Analysis, Answer, Vectors};

use crate::{CallName, Outcome};

/// Something to be done outside. Effects of one step may be done in parallel.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send this request; tell the end as [`Event::Answered`] or [`Event::Failed`].
    Ask {
        /// Under which name the end is told.
        call: CallName,
        /// What is sent.
        request: ChatRequest,
    },
    /// Extract the claims of these answers and embed their texts; tell [`Event::Embedded`].
    Embed {
        /// The answers that came, by member.
        answers: Arc<[Answer]>,
    },
    /// Measure these answers; tell [`Event::Measured`].
    Measure {
        /// The answers that came, by member.
        answers: Arc<[Answer]>,
        /// What was embedded, if anything.
        vectors: Option<Arc<Vectors>>,
    },
    /// The ends of these calls change nothing any more: close them.
    Abandon(Vec<CallName>),
    /// Close whatever still runs. Always the last effect of a council.
    Conclude(Outcome),
}

/// Something that happened outside. What the council does not wait for, it ignores.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A call ended well.
    Answered {
        /// Which.
        call: CallName,
        /// The whole answer, without reasoning. An empty one counts as missing.
        text: String,
    },
    /// A call ended otherwise, after all retries.
    Failed {
        /// Which.
        call: CallName,
        /// Why; [`ErrorKind::Cancelled`] when the person stopped only this member.
        kind: ErrorKind,
    },
    /// Vectors for the claims; `None` when there is no embedder or it failed, and the answers are
    /// measured by words.
    Embedded(Option<Arc<Vectors>>),
    /// The measurements; `None` when they failed.
    Measured(Option<Arc<Analysis>>),
    /// These calls of a stage after the first were not made, because a cap does not allow them.
    Refused {
        /// Which.
        calls: Vec<CallName>,
    },
    /// Time is up: whoever has not answered is missing.
    DeadlinePassed,
    /// The person stopped the whole consultation. What came is still measured, by words; a second
    /// one concludes at once.
    Cancelled,
}
