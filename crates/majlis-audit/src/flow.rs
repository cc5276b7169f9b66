//! Follows values through the lowered code: an abstract interpreter, told by tables what matters.
//!
//! [`run`] takes all files of a tree at once, since calls are followed from file to file. Each
//! function is run with its parameters unknown (or untrusted, where a table's `[[entry]]` says so);
//! what is known of a value is its constant, its type, where it may come from ([`What::Sink`]'s
//! labels) and what it is safe for by now, and the object it is. Branches whose condition is constant
//! are not taken; others are joined; loops are walked a few times. Steps are counted, so that no
//! file takes long.
//!
//! | part | does |
//! |---|---|
//! | `names`, `value`, `store` | names as numbers, what is known of a value, slots with undo |
//! | `tree` | classes, functions, imports, types of the audited tree |
//! | `machine` | the state, branches |
//! | `statement`, `expression`, `place`, `condition`, `fold` | one per kind of code |
//! | `call`, `own`, `apply` | which function is meant; following one of the tree; doing what tables say |
//! | `roots`, `relevant`, `shared` | what is run in which order; fields and globals between functions |
//! | `report` | hits and their trails |
//!
//! To see what it does with a file, without building tables anew:
//! `cargo run -q -p majlis-audit --example flow -- [--ir] FILE…`.

mod accessor;
mod apply;
mod blank;
mod call;
mod condition;
mod either;
mod expression;
mod fold;
mod join;
mod list;
mod lookup;
mod machine;
pub(crate) mod names;
mod own;
mod place;
mod predicate;
mod proof;
mod refer;
mod relevant;
mod report;
mod roots;
mod section;
mod shape;
mod shared;
mod statement;
mod store;
mod strict;
mod tree;
mod trusted;
pub(crate) mod value;

use crate::ir::Module;
use crate::table::Tables;
use crate::{FlowStep, Language, Span};

/// How far values are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Steps (expressions and statements) for each function that is run by itself; long functions
    /// get more.
    pub steps_per_root: u32,
    /// How many calls deep functions of the tree are followed.
    pub calls_deep: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            steps_per_root: 20_000,
            calls_deep: 6,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A value reaches a sink that it can harm.
    Sink {
        /// The kind of sink, a word of the tables (`sql`).
        kind: String,
        /// Where it may come from, words of the tables in order (`request`). Untrusted sources are
        /// together; each other source (`weak_random`) makes a hit of its own.
        labels: Vec<String>,
    },
    /// A call is made as a `[[check]]` says it must not be.
    Check {
        /// Slug of the rule, in the file's language.
        rule: String,
    },
}

/// Something found by following values. One per place and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowHit {
    /// Path of the file below the root of the tree.
    pub path: String,
    /// The call, assignment or `return` that does the harm.
    pub span: Span,
    /// What was found.
    pub what: What,
    /// The way of the value, source first; empty for checks.
    pub trail: Vec<FlowStep>,
}

/// What came of following values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// What was found, by path and place.
    pub hits: Vec<FlowHit>,
    /// Paths of the files that hold a function whose steps ran out, in order.
    pub cut_short: Vec<String>,
}

/// Follows values through files and between them. The same input gives the same hits.
pub fn run(modules: &[Module], tables: &Tables, options: Options) -> Followed {
    let mut followed = Followed::default();
    for language in Language::ALL {
        let of_language = modules.iter().filter(|module| module.language == language);
        let of_language: Vec<&Module> = of_language.collect();
        if let (false, Some(tables)) = (of_language.is_empty(), tables.of(language)) {
            let machine = machine::Machine::new(language, of_language, tables, options);
            let mut of_language = machine.run_all(options);
            followed.hits.append(&mut of_language.hits);
            followed.cut_short.append(&mut of_language.cut_short);
        }
    }
    followed.hits.sort_by(|left, right| {
        (&left.path, left.span, &left.what).cmp(&(&right.path, right.span, &right.what))
    });
    followed.cut_short.sort();
    followed
}

#[cfg(test)]
mod tests;
