//! Values that are kept and never used.

use std::collections::HashMap;

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{all_of, ancestor, children, each, field};
use crate::{SourceFile, Span};

/// A value that nobody reads.
pub(super) const DEAD: &str = "java/dead-store";

/// Looks for them.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    for method in all_of(file, &["method_declaration", "constructor_declaration"]) {
        let Some(body) = field(method, "body") else {
            continue;
        };
        if ancestor(method, &["method_declaration", "constructor_declaration"]).is_none() {
            never_read(file, body, hits);
        }
    }
    for block in all_of(file, &["block"]) {
        overwritten(file, block, hits);
    }
}

#[derive(Default)]
struct Uses<'t> {
    declared: Vec<Node<'t>>,
    reads: usize,
}

/// Local variables of a method that are set and never read.
fn never_read(file: &SourceFile, body: Node<'_>, hits: &mut Hits) {
    let mut names: HashMap<&str, Uses<'_>> = HashMap::new();
    each(body, |node| {
        if node.kind() == "identifier" {
            let uses = names.entry(file.text_of(node)).or_default();
            if is_local_declaration(node) {
                uses.declared.push(node);
            } else if !is_only_set(node) {
                uses.reads += 1;
            }
        }
        true
    });
    for (name, uses) in names {
        let is_meant = name.starts_with("ignore") || name.starts_with("unused") || name == "_";
        if uses.reads == 0 && !is_meant && uses.declared.len() == 1 {
            for at in uses.declared {
                hits.push(DEAD, Span::of(at));
            }
        }
    }
}

fn is_local_declaration(name: Node<'_>) -> bool {
    name.parent().is_some_and(|declarator| {
        declarator.kind() == "variable_declarator"
            && field(declarator, "name") == Some(name)
            && declarator
                .parent()
                .is_some_and(|parent| parent.kind() == "local_variable_declaration")
    })
}

/// The name stands left of a plain `=`.
fn is_only_set(name: Node<'_>) -> bool {
    name.parent().is_some_and(|parent| {
        parent.kind() == "assignment_expression"
            && field(parent, "left") == Some(name)
            && field(parent, "operator").is_some_and(|operator| operator.kind() == "=")
            && parent
                .parent()
                .is_some_and(|statement| statement.kind() == "expression_statement")
    })
}

/// Values that the next statement replaces.
fn overwritten(file: &SourceFile, block: Node<'_>, hits: &mut Hits) {
    for pair in children(block).windows(2) {
        let [first, second] = pair else { continue };
        let Some((name, value)) = stored(file, *first) else {
            continue;
        };
        let replaced = stored(file, *second).is_some_and(|(other, value)| {
            second.kind() == "expression_statement" && other == name && !mentions(file, value, name)
        });
        if replaced && !is_default(file, value) {
            hits.push(DEAD, Span::of(*first));
        }
    }
}

/// The name a statement sets, and to what.
fn stored<'t>(file: &'t SourceFile, statement: Node<'t>) -> Option<(&'t str, Node<'t>)> {
    match statement.kind() {
        "local_variable_declaration" => {
            let declarator = field(statement, "declarator")?;
            let value = field(declarator, "value")?;
            Some((file.text_of(field(declarator, "name")?), value))
        }
        "expression_statement" => {
            let assignment = statement.named_child(0)?;
            let left = field(assignment, "left").filter(|left| left.kind() == "identifier")?;
            let is_plain = field(assignment, "operator")?.kind() == "=";
            let value = field(assignment, "right").filter(|_| is_plain)?;
            Some((file.text_of(left), value))
        }
        _ => None,
    }
}

fn mentions(file: &SourceFile, value: Node<'_>, name: &str) -> bool {
    let mut found = false;
    each(value, |node| {
        found |= node.kind() == "identifier" && file.text_of(node) == name;
        !found
    });
    found
}

/// A first value written so that the variable has one.
fn is_default(file: &SourceFile, value: Node<'_>) -> bool {
    matches!(
        file.text_of(value),
        "null" | "0" | "0L" | "0.0" | "-1" | "false" | "true" | "\"\"" | "1"
    )
}
