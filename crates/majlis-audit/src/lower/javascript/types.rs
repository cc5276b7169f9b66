//! Types as written in TypeScript, as far as they say what a value is.

use tree_sitter::Node;

use super::super::syntax::{Builder, children, field, plain_type};
use crate::ir::TypeName;

/// Generic types that are their argument as far as data flows.
const TRANSPARENT: [&str; 7] = [
    "Promise",
    "PromiseLike",
    "Awaited",
    "Readonly",
    "Partial",
    "Required",
    "NonNullable",
];

/// The type of an annotation or a type node; `None` where it says nothing about values.
pub(super) fn type_name(b: &mut Builder<'_>, node: Node<'_>) -> Option<TypeName> {
    b.nested(|b| type_inner(b, node)).flatten()
}

fn type_inner(b: &mut Builder<'_>, node: Node<'_>) -> Option<TypeName> {
    match node.kind() {
        "type_identifier"
        | "predefined_type"
        | "nested_type_identifier"
        | "identifier"
        | "member_expression" => Some(plain_type(b.name(node))),
        "type_annotation" | "parenthesized_type" | "readonly_type" => {
            type_name(b, *children(node).first()?)
        }
        "generic_type" => generic(b, node),
        "array_type" => {
            let mut element = type_name(b, *children(node).first()?)?;
            element.array.push(None);
            Some(element)
        }
        "union_type" | "intersection_type" => children(node)
            .into_iter()
            .find_map(|part| type_name(b, part)),
        _ => None,
    }
}

fn generic(b: &mut Builder<'_>, node: Node<'_>) -> Option<TypeName> {
    let name = field(node, "name")?;
    let arguments = field(node, "type_arguments").map_or_else(Vec::new, children);
    let args: Vec<TypeName> = arguments
        .into_iter()
        .filter_map(|argument| type_name(b, argument))
        .collect();
    let name = b.name(name);
    if TRANSPARENT.contains(&&*name) {
        return args.into_iter().next();
    }
    if &*name == "Array" || &*name == "ReadonlyArray" {
        let mut element = args.into_iter().next()?;
        element.array.push(None);
        return Some(element);
    }
    let mut ty = plain_type(name);
    ty.args = args;
    Some(ty)
}
