//! Rules: one Markdown file each in `rules/LANGUAGE/SLUG.md`, with what it finds, why that is bad,
//! what to write instead, and tests.
//!
//! Between two lines `+++` stands TOML: `title`, `message`, `cwe`, `facet`, `severity`,
//! `precision`, `tags`, `grammars`, `detector` with what belongs to it (`sink` and `from` for
//! `flow`; `at = "NAME"` for `pattern`, where the place of the variable `$NAME` is to be reported).
//! Then what it finds, and the sections `Why it matters`, `Instead`, `Rule` (a fenced block of
//! ast-grep's YAML, patterns only) and `Tests` (fenced blocks; a line to be reported ends with a
//! comment `finding`).
//!
//! C and C++ parse a lone call as a type: write `pattern: { context: "f($A);", selector:
//! call_expression }`.

mod file;
mod set;
mod test;

use std::collections::BTreeSet;

use crate::pattern::PatternProblem;
use crate::{Cwe, Facet, Grammar, Language, Precision, Severity};

pub use file::parse;
pub use set::RuleSet;
pub use test::{Failure, check};

/// The folder of rules that hold for any file.
pub const ANY: &str = "any";

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `LANGUAGE/SLUG`, or `any/SLUG`.
    pub id: String,
    /// Of which language; `None` for any file.
    pub language: Option<Language>,
    /// A sentence that names the problem.
    pub title: String,
    /// A sentence about a place where it was found.
    pub message: String,
    /// The weaknesses it finds, the closest first.
    pub cwe: Vec<Cwe>,
    /// From which side.
    pub facet: Facet,
    /// How bad.
    pub severity: Severity,
    /// How often it is right.
    pub precision: Precision,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Only these grammars of its language; empty for all.
    pub grammars: Vec<Grammar>,
    /// What finds it.
    pub detector: Detector,
    /// What it finds; Markdown.
    pub summary: String,
    /// Why that is bad; Markdown.
    pub why: String,
    /// What to write instead; Markdown.
    pub instead: String,
    /// Its tests.
    pub tests: Vec<RuleTest>,
}

/// What finds the places a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detector {
    /// An untrusted value reaches a sink of a kind.
    Flow {
        /// The kind, as tables name it.
        sink: String,
        /// Only values from these sources; empty for all untrusted ones.
        from: Vec<String>,
    },
    /// A `[[check]]` of a table.
    Check,
    /// A pattern over the syntax tree.
    Pattern {
        /// ast-grep's `rule:`, `constraints:`, `utils:`.
        yaml: String,
        /// The variable (without `$`) whose place is reported; the whole match where `None`.
        at: Option<String>,
    },
    /// Code in [`crate::detect`].
    Code,
    /// A measure above its threshold.
    Metric,
}

/// One fenced block of a rule's tests: a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTest {
    /// Its place among the blocks, from 1.
    pub number: usize,
    /// The word after the fence.
    pub format: String,
    /// Its grammar; `None` for files of configuration.
    pub grammar: Option<Grammar>,
    /// The whole text.
    pub text: String,
    /// Lines (from 1) that must be reported.
    pub expected: BTreeSet<u32>,
}

/// Why a file of a rule is not one.
#[derive(Debug, thiserror::Error)]
#[error("rule {path}: {problem}")]
pub struct RuleError {
    /// The file.
    pub path: String,
    /// What is wrong.
    #[source]
    pub problem: RuleProblem,
}

/// What is wrong with a file of a rule.
#[derive(Debug, thiserror::Error)]
pub enum RuleProblem {
    /// It does not lie in `LANGUAGE/SLUG.md`.
    #[error("its path is not LANGUAGE/SLUG.md with a slug of small letters, digits and hyphens")]
    Path,
    /// There is no front matter between two lines `+++`.
    #[error("it has no front matter between two lines +++")]
    NoFrontMatter,
    /// The front matter is not what it must be.
    #[error("its front matter is wrong: {0}")]
    FrontMatter(#[from] toml::de::Error),
    /// A key and the detector do not belong together.
    #[error("its detector is {detector}: {what}")]
    Detector {
        /// Its name.
        detector: &'static str,
        /// What is missing or too much.
        what: &'static str,
    },
    /// A section is missing or empty.
    #[error("its section {0} is missing or empty")]
    Section(&'static str),
    /// A section nobody knows.
    #[error("nobody knows its section {0:?}")]
    UnknownSection(String),
    /// A test is written in something else.
    #[error("test {number} is in {format:?}, which is not a format of its language")]
    TestFormat {
        /// Which block.
        number: usize,
        /// The word after the fence.
        format: String,
    },
    /// No block where it must report, or none where it must not.
    #[error("it needs at least one test with a finding and one without")]
    Tests,
    /// Its pattern is not one.
    #[error("its pattern is wrong: {0}")]
    Pattern(#[from] PatternProblem),
    /// Two files are one rule.
    #[error("there is another rule of this id")]
    Twice,
    /// Two rules report the same sink.
    #[error("{0} reports the same sink of the same sources")]
    SameSink(String),
}

impl Rule {
    /// The part of the id after the slash.
    pub fn slug(&self) -> &str {
        self.id.split_once('/').map_or(&*self.id, |(_, slug)| slug)
    }

    /// Whether it is about files of this grammar.
    pub fn is_for(&self, grammar: Grammar) -> bool {
        let of_language = self
            .language
            .is_none_or(|language| language == grammar.language());
        of_language && (self.grammars.is_empty() || self.grammars.contains(&grammar))
    }
}
