//! What functions return and what they leave unused.

use tree_sitter::Node;

use super::super::Hits;
use super::syntax::{argument, called_name, children, has_word, own_any, walk};
use crate::{SourceFile, Span};

/// Methods of lists whose function must return something.
const NEEDING_VALUES: [&str; 12] = [
    "map",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "some",
    "every",
    "reduce",
    "reduceRight",
    "flatMap",
    "sort",
    "toSorted",
];

fn body_block(function: Node<'_>) -> Option<Node<'_>> {
    function
        .child_by_field_name("body")
        .filter(|body| body.kind() == "statement_block")
}

fn returns_value(body: Node<'_>) -> bool {
    own_any(body, |node| {
        node.kind() == "return_statement" && !children(node).is_empty()
    })
}

fn throws(body: Node<'_>) -> bool {
    own_any(body, |node| node.kind() == "throw_statement")
}

/// A function given to `map` and its like that returns nothing.
pub(super) fn array_callback(file: &SourceFile, call: Node<'_>, hits: &mut Hits) {
    let is_method = call
        .child_by_field_name("function")
        .is_some_and(|callee| callee.kind() == "member_expression");
    if !is_method || !NEEDING_VALUES.contains(&called_name(file, call)) {
        return;
    }
    let Some(function) = argument(call, 0)
        .filter(|given| matches!(given.kind(), "arrow_function" | "function_expression"))
    else {
        return;
    };
    let is_used = call
        .parent()
        .is_none_or(|parent| parent.kind() != "expression_statement");
    let Some(body) = body_block(function).filter(|_| is_used) else {
        return;
    };
    if !returns_value(body) && !throws(body) {
        hits.push("javascript/array-callback-without-return", Span::of(call));
    }
}

/// Getters that return nothing, setters that return something.
pub(super) fn accessor(_file: &SourceFile, method: Node<'_>, hits: &mut Hits) {
    let Some(body) = body_block(method) else {
        return;
    };
    if has_word(method, "get") && !returns_value(body) && !throws(body) {
        hits.push("javascript/getter-without-return", Span::of(method));
    }
    if has_word(method, "set") && returns_value(body) {
        hits.push("javascript/setter-with-return", Span::of(method));
    }
}

/// Generators with statements but without `yield`.
pub(super) fn generator(function: Node<'_>, hits: &mut Hits) {
    let Some(body) = body_block(function) else {
        return;
    };
    let yields = own_any(body, |node| node.kind() == "yield_expression");
    if !children(body).is_empty() && !yields && !throws(body) {
        hits.push("javascript/generator-without-yield", Span::of(function));
    }
}

/// Callbacks that take an error first and never look at it.
pub(super) fn callback_error(file: &SourceFile, call: Node<'_>, hits: &mut Hits) {
    let Some(given) = call.child_by_field_name("arguments") else {
        return;
    };
    if matches!(
        called_name(file, call),
        "on" | "once" | "use" | "catch" | "addListener"
    ) {
        return;
    }
    for function in children(given) {
        if !matches!(function.kind(), "arrow_function" | "function_expression") {
            continue;
        }
        let Some(name) = first_parameter(file, function) else {
            continue;
        };
        if !matches!(name, "err" | "error") {
            continue;
        }
        let Some(body) = function.child_by_field_name("body") else {
            continue;
        };
        if has_several_parameters(function) && !mentions(file, body, name) {
            hits.push("javascript/unhandled-callback-error", Span::of(function));
        }
    }
}

fn parameters(function: Node<'_>) -> Vec<Node<'_>> {
    function
        .child_by_field_name("parameters")
        .map_or_else(Vec::new, children)
}

fn has_several_parameters(function: Node<'_>) -> bool {
    let count = parameters(function).len();
    count == 2 || count == 3
}

fn first_parameter<'f>(file: &'f SourceFile, function: Node<'_>) -> Option<&'f str> {
    let first = parameters(function).first().copied()?;
    let name = first.child_by_field_name("pattern").unwrap_or(first);
    (name.kind() == "identifier").then(|| file.text_of(name))
}

fn mentions(file: &SourceFile, body: Node<'_>, name: &str) -> bool {
    let mut found = false;
    walk(body, |node| {
        found |= matches!(node.kind(), "identifier" | "shorthand_property_identifier")
            && file.text_of(node) == name;
    });
    found
}
