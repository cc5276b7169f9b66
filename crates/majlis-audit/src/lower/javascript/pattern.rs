//! What values are bound to: names, places, destructuring.

use tree_sitter::Node;

use super::super::syntax::{Builder, children, field};
use super::{expression, literal};
use crate::ir::Pattern;

/// A pattern. Defaults inside it are left out: they are constants nearly always.
pub(super) fn pattern(b: &mut Builder<'_>, node: Node<'_>) -> Pattern {
    b.nested(|b| pattern_inner(b, node))
        .unwrap_or(Pattern::Ignore)
}

fn pattern_inner(b: &mut Builder<'_>, node: Node<'_>) -> Pattern {
    match node.kind() {
        "identifier" | "shorthand_property_identifier_pattern" | "undefined" => {
            Pattern::Name(b.name(node))
        }
        "object_pattern" => fields(b, node),
        "array_pattern" => Pattern::Sequence(sequence(b, node)),
        "rest_pattern" | "spread_element" => {
            let inner = first(b, node);
            Pattern::Rest(Box::new(inner))
        }
        "assignment_pattern" | "object_assignment_pattern" | "assignment_expression" => {
            field(node, "left").map_or(Pattern::Ignore, |left| pattern(b, left))
        }
        "parenthesized_expression"
        | "non_null_expression"
        | "as_expression"
        | "satisfies_expression" => first(b, node),
        _ => Pattern::Place(Box::new(expression::expression(b, node))),
    }
}

fn first(b: &mut Builder<'_>, node: Node<'_>) -> Pattern {
    let inner = children(node).first().copied();
    inner.map_or(Pattern::Ignore, |inner| pattern(b, inner))
}

/// Elements with their holes.
fn sequence(b: &mut Builder<'_>, node: Node<'_>) -> Vec<Pattern> {
    let mut parts = Vec::new();
    let mut is_filled = false;
    let mut cursor = node.walk();
    let all: Vec<Node<'_>> = node.children(&mut cursor).collect();
    for part in all {
        match part.kind() {
            "," => {
                if !is_filled {
                    parts.push(Pattern::Ignore);
                }
                is_filled = false;
            }
            "[" | "]" | "comment" => {}
            _ => {
                parts.push(pattern(b, part));
                is_filled = true;
            }
        }
    }
    parts
}

fn fields(b: &mut Builder<'_>, node: Node<'_>) -> Pattern {
    let mut parts = Vec::new();
    for part in children(node) {
        match part.kind() {
            "pair_pattern" => {
                let (Some(key), Some(value)) = (field(part, "key"), field(part, "value")) else {
                    continue;
                };
                let name = literal::property_name(b, key);
                let name = b.intern(&name);
                parts.push((name, pattern(b, value)));
            }
            "rest_pattern" => {
                let rest = pattern(b, part);
                parts.push(("".into(), rest));
            }
            "object_assignment_pattern" => {
                let Some(left) = field(part, "left") else {
                    continue;
                };
                let name = b.name(left);
                parts.push((name, pattern(b, left)));
            }
            _ => {
                let name = b.name(part);
                parts.push((name, pattern(b, part)));
            }
        }
    }
    Pattern::Fields(parts)
}
