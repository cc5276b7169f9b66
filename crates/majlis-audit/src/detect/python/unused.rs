//! Names that nobody uses.

use std::collections::HashMap;

use tree_sitter::Node;

use super::code::{Code, below, children, field, fields};
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/unused-import",
    "python/unused-variable",
    "python/shadowed-builtin",
];

/// Imports whose names stand nowhere else in the file.
pub(super) fn imports(code: &Code<'_>, hits: &mut Hits) {
    let text = code.file.text();
    let is_listed = text.contains("__all__");
    if code.file.path().ends_with("__init__.py") || is_listed {
        return;
    }
    for statement in &code.import_statements {
        let is_tried = statement
            .parent()
            .and_then(|block| block.parent())
            .is_some_and(|around| {
                matches!(
                    around.kind(),
                    "try_statement" | "except_clause" | "if_statement" | "else_clause"
                )
            });
        if is_tried || code.text(*statement).contains("__future__") {
            continue;
        }
        for imported in fields(*statement, "name") {
            let alias = field(imported, "alias");
            let name = code.text(alias.unwrap_or(imported));
            let local = name.split('.').next().unwrap_or(name);
            let is_export = alias.is_some_and(|alias| {
                field(imported, "name")
                    .is_some_and(|original| code.text(original) == code.text(alias))
            });
            let in_names = code.names.get(local).copied().unwrap_or(0);
            if in_names <= 1 && !is_export && words_in(text, local) <= in_names.max(1) {
                hits.push("python/unused-import", Span::of(imported));
            }
        }
    }
}

/// How often a word stands in a text: types in quotes count as well.
fn words_in(text: &str, word: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .filter(|(at, _)| {
            let before = text[..*at].chars().next_back();
            let after = text[*at + word.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
        .take(4)
        .count()
}

/// Names a function binds and never reads, and built-in names it binds and then calls.
pub(super) fn variables<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let Some(body) = field(node, "body") else {
        return;
    };
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut bound: Vec<(&str, Node<'t>)> = Vec::new();
    let mut called: HashMap<&str, usize> = HashMap::new();
    for inner in below(body) {
        match inner.kind() {
            "identifier" => *counts.entry(code.text(inner)).or_default() += 1,
            "global_statement" | "nonlocal_statement" | "exec_statement" => return,
            "assignment" => {
                if let Some(left) = field(inner, "left").filter(|left| left.kind() == "identifier")
                    && field(inner, "right").is_some()
                {
                    bound.push((code.text(left), inner));
                }
            }
            "call" => {
                let target =
                    field(inner, "function").filter(|callee| callee.kind() == "identifier");
                if let Some(callee) = target {
                    called
                        .entry(code.text(callee))
                        .or_insert(callee.start_byte());
                }
            }
            _ => {}
        }
    }
    if called.contains_key("locals")
        || called.contains_key("vars")
        || called.contains_key("eval")
        || called.contains_key("exec")
    {
        return;
    }
    for (name, place) in bound {
        if counts.get(name) == Some(&1) && !is_unwanted(name) && !in_class(place, body) {
            hits.push("python/unused-variable", Span::of(place));
        }
        let is_called_later = called.get(name).is_some_and(|at| *at > place.end_byte());
        if is_called_later && is_builtin(name) && !makes_callable(place) {
            hits.push("python/shadowed-builtin", Span::of(place));
        }
    }
}

/// Names that say their value is not wanted.
fn is_unwanted(name: &str) -> bool {
    name.starts_with('_') || matches!(name, "dummy" | "unused" | "ignored" | "junk")
}

/// Whether an assignment belongs to a class inside the function: its attributes are read from
/// outside.
fn in_class(place: Node<'_>, body: Node<'_>) -> bool {
    let mut at = place.parent();
    while let Some(node) = at {
        if node.id() == body.id() {
            return false;
        }
        if node.kind() == "class_definition" {
            return true;
        }
        at = node.parent();
    }
    false
}

/// Whether the value may be meant to be called.
fn makes_callable(assignment: Node<'_>) -> bool {
    field(assignment, "right").is_some_and(|value| {
        matches!(
            value.kind(),
            "lambda"
                | "identifier"
                | "attribute"
                | "call"
                | "conditional_expression"
                | "boolean_operator"
        ) || children(value).is_empty() && value.kind() == "parenthesized_expression"
    })
}

fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "list"
            | "dict"
            | "set"
            | "str"
            | "int"
            | "float"
            | "tuple"
            | "len"
            | "max"
            | "min"
            | "sum"
            | "open"
            | "type"
            | "input"
            | "filter"
            | "map"
            | "zip"
            | "range"
            | "sorted"
            | "any"
            | "all"
            | "bytes"
            | "print"
            | "iter"
            | "next"
    )
}
