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
//!   → Ask (Review) … → tally, gate   members judge each other's answers, where the plan says so
//!   → Ask (Revise) …                 a second round on what is contested, where the gate opens
//!   → Ask (Edit)                     an editor, then the next, then none
//!   → Conclude(outcome)              exactly once, last
//! ```
//!
//! Calls after the first round that a cap does not allow are told as `Refused`; the stage goes on
//! with what it has. [`Council::reopen`] begins with the conclusion.
//!
//! **Invariant:** no IO, no clock, no ids, no chance. A round-1 prompt never holds another
//! member's answer. A failed member never fails a council.

pub mod ballot;
mod call;
pub mod contest;
mod council;
mod deliberation;
mod event;
pub mod gate;
pub mod inquiry;
mod member;
mod outcome;
mod plan;
mod prompt;
pub mod review;
mod spec;
pub mod synthesis;

pub use call::{CallName, Stage};
pub use council::Council;
pub use deliberation::{Deliberation, DroppedJudge, SkipReason, Skipped};
pub use event::{Effect, Event};
pub use member::{MemberRequest, MemberRequestError, parse_member};
pub use outcome::{Loss, MemberOutcome, MemberResult, Outcome, Status};
pub use plan::{Mode, Plan};
pub use prompt::{round_one_prompt, stance_prompt};
pub use spec::{Member, MemberOptions, MemberSource, Seat, Spec, SpecError};
