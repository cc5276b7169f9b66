//! Static analysis of code in six languages: pattern rules, data flow, metrics; findings with
//! their evidence. Pure and synchronous: files are seen through a trait, models through text.
//!
//! | if you look for | start at |
//! |---|---|
//! | which language a file is in, and its grammar | [`Language`] |
//! | what every language is lowered to before its data flow is followed | [`ir`] |
//! | what sources, sinks and sanitizers are, as data | [`table`] |
//! | what is reported | [`Finding`] |
//! | a rule's file, and how its tests are run | [`rule`] |
//! | what is looked for by code | [`detect`] |
//! | how files become findings | [`Analyser`] |

mod audit;
pub mod detect;
mod finding;
pub mod ir;
mod language;
pub mod lower;
mod pattern;
pub mod rule;
mod source;
mod span;
pub mod table;

pub use audit::Analyser;
pub use finding::{Cwe, Facet, Finding, FlowStep, Precision, Severity};
pub use language::{Grammar, Language};
pub use pattern::PatternProblem;
pub use source::{MAX_DEPTH, ParseProblem, SourceFile};
pub use span::{Lines, Place, Span};
