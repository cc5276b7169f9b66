//! Texts of any length, copied into arrays of a fixed one.

use std::collections::HashSet;

use tree_sitter::Node;

use super::super::Hits;
use super::facts::{Call, Facts};
use crate::Span;

pub(super) const COPY: &str = "cpp/unbounded-copy";

/// Functions that ask for the length of a text, or say how much of it is taken.
const MEASURES: [&str; 8] = [
    "strlen",
    "strnlen",
    "wcslen",
    "snprintf",
    "strnlen_s",
    "assert",
    "sizeof",
    "strcmp",
];

/// Reports copies of what a parameter points to, where nothing in the function asks how long it is.
/// Functions that the file itself calls are judged by what they are called with.
pub(super) fn run(facts: &Facts<'_>, called: &HashSet<&str>, hits: &mut Hits) {
    if called.contains(facts.name) || facts.name == "main" {
        return;
    }
    for call in &facts.calls {
        let texts: Vec<Node<'_>> = match call.name {
            "strcpy" | "strcat" | "stpcpy" | "wcscpy" | "wcscat" | "lstrcpy" | "lstrcpyA" => {
                call.args.get(1).copied().into_iter().collect()
            }
            "sprintf" | "vsprintf" if takes_text(facts, call) => {
                call.args.iter().skip(2).copied().collect()
            }
            _ => continue,
        };
        let is_fixed = call.args.first().is_some_and(|target| {
            let name = facts.text(*target);
            facts.locals.get(name).is_some_and(|local| local.is_array)
        });
        if is_fixed && texts.iter().any(|text| is_unmeasured(facts, *text)) {
            hits.push(COPY, Span::of(call.node));
        }
    }
}

/// A `%s` without a precision.
fn takes_text(facts: &Facts<'_>, call: &Call<'_>) -> bool {
    call.args
        .get(1)
        .is_some_and(|format| facts.text(*format).contains("%s"))
}

/// A text that a parameter leads to, and of which nobody asks the length.
fn is_unmeasured(facts: &Facts<'_>, text: Node<'_>) -> bool {
    let written = facts.text(text);
    let mut root = text;
    while let Some(inner) = root.child_by_field_name("argument") {
        if root.kind() != "field_expression" {
            return false;
        }
        root = inner;
    }
    let is_text = root.kind() == "identifier"
        && facts.params.get(facts.text(root)).is_some_and(|param| {
            let is_char = matches!(param.base, "char" | "wchar_t" | "TCHAR");
            let is_single = !facts.text(param.declaration).contains("**");
            root != text || (is_char && param.is_pointer && is_single)
        });
    let is_asked = facts.calls.iter().any(|call| {
        let is_about = call
            .args
            .iter()
            .any(|arg| facts.text(*arg).contains(written));
        MEASURES.contains(&call.name) && is_about
    });
    is_text && !is_asked
}
