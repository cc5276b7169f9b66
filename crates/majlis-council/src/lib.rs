//! The consultation as a state machine, and the arithmetic of ballots.
//!
//! A [`Council`] is opened from a [`Spec`] and driven by [`Event`]s; each step returns [`Effect`]s
//! as data. Only majlis-app acts on them:
//!
//! ```text
//! Council::open → Ask … Ask          one per member that is a model, blind and in parallel
//!   Answered | Failed                until all are heard, or DeadlinePassed
//!   → Embed → Embedded(vectors)      app extracts the claims and embeds their texts, if it can
//!   → Measure → Measured(analysis)   app runs majlis-text on its CPU pool
//!   → Conclude(outcome)              exactly once, last
//! ```
//!
//! **Invariant:** no IO, no clock, no ids, no chance. A round-1 prompt never holds another
//! member's answer. A failed member never fails a council.

pub mod ballot;
mod call;
mod council;
mod event;
mod member;
mod outcome;
mod prompt;
mod spec;

pub use call::{CallName, Stage};
pub use council::Council;
pub use event::{Effect, Event};
pub use member::{MemberRequest, MemberRequestError, parse_member};
pub use outcome::{Loss, MemberOutcome, MemberResult, Outcome, Status};
pub use prompt::round_one_prompt;
pub use spec::{Member, MemberOptions, MemberSource, Seat, Spec, SpecError};
