//! Objects compared by identity.

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{Scopes, field, name_of, walk};
use crate::{SourceFile, Span};

/// Boxed numbers and texts compared by `==`.
pub(super) const OBJECTS: &str = "java/objects-compared-by-identity";
/// Arrays asked for `equals`, `hashCode` or `toString`.
pub(super) const ARRAYS: &str = "java/array-as-object";

/// Looks for both.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    walk(file, |node, scopes| match node.kind() {
        "binary_expression" if compares_objects(file, node, scopes) => {
            hits.push(OBJECTS, Span::of(node));
        }
        "method_invocation" if asks_array(file, node, scopes) => {
            hits.push(ARRAYS, Span::of(node));
        }
        _ => {}
    });
}

fn compares_objects<'t>(file: &'t SourceFile, node: Node<'t>, scopes: &Scopes<'t>) -> bool {
    let operator = field(node, "operator").map_or("", |operator| operator.kind());
    if !matches!(operator, "==" | "!=") {
        return false;
    }
    let type_at = |side| {
        let ty = scopes.type_of(file, field(node, side)?)?;
        is_value_type(ty).then_some(ty)
    };
    let is_same_type = type_at("left").is_some_and(|left| type_at("right") == Some(left));
    is_same_type && !is_shortcut(file, node)
}

fn is_value_type(ty: &str) -> bool {
    matches!(
        ty,
        "Integer"
            | "Long"
            | "Short"
            | "Byte"
            | "Double"
            | "Float"
            | "Character"
            | "String"
            | "BigDecimal"
            | "BigInteger"
            | "LocalDate"
            | "LocalDateTime"
            | "Instant"
            | "UUID"
    )
}

/// `a == b || a != null && a.equals(b)` asks for identity only to be quick; a method that asks for
/// identity in its name means it.
fn is_shortcut(file: &SourceFile, node: Node<'_>) -> bool {
    let mut at = node;
    while let Some(parent) = at.parent() {
        match parent.kind() {
            "block" | "class_body" | "lambda_expression" => break,
            _ if file.text_of(parent).contains(".equals(") => return true,
            "if_statement" => {
                let next = parent
                    .next_named_sibling()
                    .map_or("", |next| file.text_of(next));
                return next.contains(".equals(");
            }
            _ => at = parent,
        }
    }
    false
}

fn asks_array<'t>(file: &'t SourceFile, call: Node<'t>, scopes: &Scopes<'t>) -> bool {
    let name = field(call, "name").map_or("", |name| file.text_of(name));
    let object = field(call, "object").filter(|object| name_of(file, *object).is_some());
    matches!(name, "equals" | "hashCode" | "toString")
        && object
            .and_then(|object| scopes.type_of(file, object))
            .is_some_and(|ty| ty.ends_with("[]"))
}
