//! An abstract interpreter for C and C++: numbers as intervals, pointers with offsets, objects
//! with sizes and lifetimes, values from outside.
//!
//! | if you look for | start at |
//! |---|---|
//! | what a name, type or macro means across files | `program` |
//! | what is known of a value, an object, a path | `value`, `state` |
//! | how statements and expressions run | `statement`, `expression`, `condition` |
//! | where reads and writes are checked | `access` |
//! | what library functions do | `library`, and `tables/cpp` for sources and sinks |
//!
//! Functions nobody calls are run with unknown arguments, others as they are called, so that
//! callers decide what is possible. Work is bounded by steps; what is not reached is not reported.

#![allow(
    clippy::unused_self, // the functions of the machine are called alike
    clippy::single_match_else, // both ways are worth a line
    clippy::match_same_arms, // one arm per case of the language
    clippy::if_not_else,
    clippy::match_bool,
    clippy::needless_pass_by_value, // values are handed over
    clippy::collapsible_match,
    clippy::too_many_lines,
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps, // a mark that is there is still a mark
    clippy::if_same_then_else,
    clippy::manual_let_else,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::too_many_arguments // all of a declaration
)]

mod access;
mod call;
mod change;
mod condition;
mod container;
mod convert;
mod element;
mod expand;
mod expression;
mod library;
mod machine;
pub(crate) mod names;
mod number;
mod object;
mod outcome;
mod place;
mod program;
mod repeat;
mod sinks;
mod state;
mod statement;
#[cfg(test)]
mod tests;
mod types;
mod value;

use crate::ir::{Module, Text};
use crate::{FlowStep, Language, Span};

/// How much work may be done.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Expressions and statements run for one function that nobody calls, with all it calls.
    pub steps_per_root: u32,
    /// The same for all of them together, per function of the tree.
    pub steps_per_function: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            steps_per_root: 60_000,
            steps_per_function: 8_000,
        }
    }
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The file, as its module calls it.
    pub path: Text,
    /// Where the harm is done; for leaks, where the resource was asked for.
    pub span: Span,
    /// Slug of the rule in `rules/cpp`.
    pub rule: String,
    /// How it came to this, the cause first; may be empty.
    pub trail: Vec<FlowStep>,
}

/// Calls are followed several deep, each with its nested statements: more than a thread has by
/// default. What is not touched costs nothing.
const STACK_BYTES: usize = 512 << 20;

/// Runs every function of the C and C++ files among `modules`. What is found is in order of path
/// and place, each once.
pub fn run(modules: &[Module], options: &Options) -> Vec<Hit> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
        match builder.spawn_scoped(scope, || run_here(modules, options)) {
            Ok(thread) => thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => run_here(modules, options),
        }
    })
}

fn run_here(modules: &[Module], options: &Options) -> Vec<Hit> {
    let own = modules
        .iter()
        .filter(|module| module.language == Language::Cpp)
        .collect();
    let program = program::Program::new(own);
    let tables = sinks::Tables::load();
    machine::run(&program, &tables, options)
}
