//! Loops nothing ends.

use std::collections::HashSet;

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{all_of, ancestor, bare, each, field};
use crate::{SourceFile, Span};

/// A loop that nothing ends.
pub(super) const ENDLESS: &str = "java/endless-loop";

const LOOPS: [&str; 4] = [
    "while_statement",
    "do_statement",
    "for_statement",
    "enhanced_for_statement",
];

/// Looks for them.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    for node in all_of(file, &LOOPS[..3]) {
        if is_endless(file, node) {
            hits.push(ENDLESS, Span::of(node));
        }
    }
}

fn is_endless(file: &SourceFile, node: Node<'_>) -> bool {
    let Some(body) = field(node, "body") else {
        return false;
    };
    if has_exit(file, body) {
        return false;
    }
    match field(node, "condition").map(bare) {
        None => node.kind() == "for_statement" && !is_service(file, node, body),
        Some(condition) if condition.kind() == "true" => !is_service(file, node, body),
        Some(condition) => never_changes(file, node, condition),
    }
}

/// Something in the body leaves the loop.
fn has_exit(file: &SourceFile, body: Node<'_>) -> bool {
    let mut found = false;
    each(body, |node| {
        match node.kind() {
            "return_statement" | "throw_statement" | "yield_statement" => found = true,
            "break_statement" => {
                let labelled = node.named_child_count() > 0;
                let around = ancestor(node, &[&LOOPS[..], &["switch_expression"]].concat());
                let leaves = around.is_none_or(|around| !within(around, body));
                found |= labelled || leaves;
            }
            "method_invocation" => {
                let name = field(node, "name").map_or("", |name| file.text_of(name));
                found |= matches!(name, "exit" | "halt");
            }
            "lambda_expression" | "class_body" => return false,
            _ => {}
        }
        !found
    });
    found
}

fn within(node: Node<'_>, outer: Node<'_>) -> bool {
    node.start_byte() >= outer.start_byte() && node.end_byte() <= outer.end_byte()
}

/// Threads that serve or wait are meant to go on for ever.
fn is_service(file: &SourceFile, node: Node<'_>, body: Node<'_>) -> bool {
    let method = ancestor(node, &["method_declaration", "lambda_expression"]);
    let name = method
        .and_then(|method| field(method, "name"))
        .map_or("lambda", |name| file.text_of(name));
    if matches!(name, "main" | "run" | "call" | "lambda") || name.to_lowercase().contains("loop") {
        return true;
    }
    let mut waits = false;
    each(body, |node| {
        if node.kind() == "method_invocation" {
            let name = field(node, "name").map_or("", |name| file.text_of(name));
            let starts = [
                "take", "poll", "accept", "read", "receive", "sleep", "wait", "await", "park",
                "select", "next", "lock", "recv", "get", "handle", "process", "run", "execute",
                "advance", "consume", "parse",
            ];
            waits |= starts.iter().any(|start| name.starts_with(start));
        }
        !waits
    });
    waits
}

/// The condition asks only for local names nothing in the loop sets.
fn never_changes(file: &SourceFile, node: Node<'_>, condition: Node<'_>) -> bool {
    let mut asked = HashSet::new();
    let mut is_plain = true;
    each(condition, |part| {
        match part.kind() {
            "identifier" => {
                asked.insert(file.text_of(part));
            }
            "method_invocation"
            | "field_access"
            | "array_access"
            | "assignment_expression"
            | "update_expression"
            | "instanceof_expression" => is_plain = false,
            _ => {}
        }
        is_plain
    });
    let is_local = |name: &&str| is_local(file, node, name);
    is_plain && !asked.is_empty() && asked.iter().all(is_local) && !sets_any(file, node, &asked)
}

fn is_local(file: &SourceFile, node: Node<'_>, name: &str) -> bool {
    let Some(method) = ancestor(node, &["method_declaration", "constructor_declaration"]) else {
        return false;
    };
    let mut found = false;
    each(method, |part| {
        if matches!(part.kind(), "variable_declarator" | "formal_parameter") {
            let declared = field(part, "name").map_or("", |name| file.text_of(name));
            found |= declared == name;
        }
        !found
    });
    found
}

fn sets_any(file: &SourceFile, node: Node<'_>, names: &HashSet<&str>) -> bool {
    let mut found = false;
    each(node, |part| {
        let target = match part.kind() {
            "assignment_expression" => field(part, "left"),
            "update_expression" => part.named_child(0),
            _ => None,
        };
        found |= target.is_some_and(|target| names.contains(file.text_of(bare(target))));
        !found
    });
    found
}
