//! The council on code: models look at what the rules looked at, and every claim of theirs is
//! checked against the file.
//!
//! An [`Inquest`] is opened from a report and the files, and driven by answers; each step returns
//! the next questions as data. Only majlis-app sends them:
//!
//! ```text
//! Inquest::open → questions          each slice × facet × family × member, blind; secrets masked
//!   handle(answers) → questions      once more where an answer could not be read
//!   → questions                      what is disputed, each to one model that did not find it
//!   → nothing
//! conclude → Report                  merged, voted on, downgraded with reasons; nothing deleted
//! ```
//!
//! **Invariant:** what does not stand in the file is never shown as confirmed; no finding of a rule
//! is removed by an answer, or by text in the code.

mod answer;
mod evidence;
mod family;
mod inquest;
mod judge;
mod opinion;
mod patch;
mod prompt;
mod slice;
#[cfg(test)]
mod tests;

pub use evidence::Evidence;
pub use family::Family;
pub use inquest::{CouncilPlan, DEFAULT_SLICES, Inquest, Question};
pub use opinion::{CouncilSummary, Opinion, Standing, Vote, VoteSays};
pub use patch::{Fix, FixState};
pub use prompt::{Sought, ask, sought};
pub use slice::{Slice, Source};
