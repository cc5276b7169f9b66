//! Static analysis of code in six languages: pattern rules, data flow, metrics; findings with
//! their evidence. Pure and synchronous: files are seen through a trait, models through text.
//!
//! | if you look for | start at |
//! |---|---|
//! | which language a file is in, and its grammar | [`Language`] |
//! | what every language is lowered to before its data flow is followed | [`ir`] |
//! | what sources, sinks and sanitizers are, as data | [`table`] |
//! | how values are followed from sources to sinks | [`flow`] |
//! | what is reported | [`Finding`] |
//! | a rule's file, and how its tests are run | [`rule`] |
//! | what is looked for by code | [`detect`] |
//! | how files become findings | [`Analyser`] |
//! | how a tree of files is seen, and what is left out | [`tree`], [`NoteKind`] |
//! | what an audit does, and from which side | [`task`] |
//! | what models are asked about code, and what becomes of their answers | [`council`] |
//! | what an audit says | [`report::Report`] |

mod audit;
mod baseline;
mod classify;
pub mod council;
pub mod detect;
mod duplicate;
mod finding;
mod fingerprint;
pub mod flow;
pub mod ir;
mod language;
mod limits;
pub mod lower;
pub mod memory;
mod metrics;
mod note;
mod pattern;
pub mod report;
pub mod rule;
mod secrets;
mod source;
mod span;
mod suppress;
pub mod table;
pub mod task;
pub mod tree;
mod walk;

pub use audit::{Analyser, Cache, Options, Progress};
pub use baseline::{Baseline, BaselineError, Difference, difference};
pub use finding::{Cwe, Facet, Finding, FlowStep, Precision, Severity};
pub use language::{Grammar, Language};
pub use limits::Limits;
pub use note::{Note, NoteKind};
pub use pattern::PatternProblem;
pub use source::{MAX_DEPTH, ParseProblem, SourceFile};
pub use span::{Lines, Place, Span};
pub use suppress::Suppression;
