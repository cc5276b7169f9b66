//! What can be checked of a statement without asking anybody: sums, units, days of months, weekdays,
//! and JSON and regular expressions in code blocks. Only what certainly fails is told.

mod calendar;
mod pattern;
mod place;
mod sum;
mod unit;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use serde::{Deserialize, Serialize};

pub use place::{CitedPlace, cited_places};

use crate::Span;

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// `2 + 2 = 5`.
    Arithmetic,
    /// A day that its month does not have.
    Date,
    /// A date that falls on another day of the week.
    Weekday,
    /// A code block marked as JSON that cannot be read as such.
    Json,
    /// `1 km = 100 m`.
    Unit,
    /// A code block marked as a regular expression that no engine reads.
    Regex,
    /// A code block that is no code of the language it is marked as. Whoever has a parser adds it.
    Syntax,
    /// A code block in which a rule of the static analyser sees a weakness. Whoever has one adds it.
    Rule,
    /// `src/main.rs:12`, where there is no such file. Whoever has the files adds it.
    File,
    /// The same, where the file has fewer lines.
    Line,
}

/// A check that failed. It outranks any vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCheck {
    /// Whose answer it is.
    pub member: usize,
    /// The row it speaks in; `None` outside of claims, as in code.
    pub claim: Option<String>,
    /// What was checked.
    pub kind: CheckKind,
    /// Where the answer says so.
    pub span: Span,
    /// What would hold instead: a result, the last day of the month, a weekday, an amount with its
    /// unit, or what is wrong with the JSON or the regular expression; the line of a code block it
    /// cannot be read at, from 1; the rule and, behind a colon, the line it speaks of; the file that
    /// was most likely meant, empty where none is like it; how many lines the file has.
    pub expected: String,
}

/// A failure inside a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: CheckKind,
    /// In the text that was checked.
    pub(crate) span: Span,
    pub(crate) expected: String,
}

/// What fails in a statement.
pub(crate) fn check(text: &str) -> Vec<Failure> {
    let mut found = sum::check(text);
    found.extend(calendar::check(text));
    found.extend(unit::check(text));
    found
}

/// What fails in the code blocks of an answer, with places in the answer.
pub(crate) fn check_blocks(answer: &str) -> Vec<Failure> {
    // Most answers hold none: they are not read for it.
    let names = ["json", "JSON", "regex", "Regex", "REGEX"];
    if !names.iter().any(|name| answer.contains(name)) {
        return Vec::new();
    }
    let failure = |block: CodeBlock| {
        let (kind, expected) = check_code(&block.language, &block.code)?;
        Some(Failure {
            kind,
            span: block.span,
            expected,
        })
    };
    code_blocks(answer)
        .into_iter()
        .filter_map(failure)
        .collect()
}

/// A fenced block of code in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBlock {
    /// The language, as its fence names it; may be empty.
    pub language: String,
    /// What is between the fences.
    pub code: String,
    /// Where it stands in the answer, fences included.
    pub span: Span,
}

/// The fenced blocks of code in an answer, in their order.
pub fn code_blocks(answer: &str) -> Vec<CodeBlock> {
    let mut found = Vec::new();
    let mut open: Option<CodeBlock> = None;
    for (event, range) in Parser::new(answer).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                open = Some(CodeBlock {
                    language: language.to_string(),
                    code: String::new(),
                    span: Span {
                        start: range.start,
                        end: range.end,
                    },
                });
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => found.extend(open.take()),
            _ => {}
        }
    }
    found
}

/// What fails in a code block in this language, as its fence names it.
fn check_code(language: &str, code: &str) -> Option<(CheckKind, String)> {
    match language.to_ascii_lowercase().as_str() {
        "json" => Some((CheckKind::Json, json_error(code)?)),
        "regex" | "regexp" => Some((CheckKind::Regex, pattern::error(code)?)),
        _ => None,
    }
}

fn json_error(code: &str) -> Option<String> {
    // Shortened examples are no mistake.
    let is_shortened = ["...", "…", "//", "/*", "<"]
        .iter()
        .any(|mark| code.contains(mark));
    if is_shortened || code.trim().is_empty() {
        return None;
    }
    let read: Result<serde::de::IgnoredAny, _> = serde_json::from_str(code);
    read.err().map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_cannot_be_read_is_told_with_the_reason() {
        for (language, code, fails) in [
            ("json", "{\"a\": 1}", false),
            ("JSON", "{\"a\": 1,}", true),
            ("json", "{\"a\": 1, ...}", false),
            ("json", "", false),
            ("rust", "{", false),
            ("regex", "^[a-z]+$", false),
            ("Regex", "^[a-z+$", true),
        ] {
            assert_eq!(check_code(language, code).is_some(), fails, "{code}");
        }
    }
}
