//! Lists, sets and dictionaries: built twice, searched slowly, written twice.

use std::collections::HashSet;

use tree_sitter::Node;

use super::code::{Code, bare, child, children, field, positional};
use super::comparisons::operators;
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/duplicate-key",
    "python/duplicate-set-item",
    "python/list-in-any-all",
    "python/needless-list",
    "python/count-by-list",
    "python/membership-in-built-list",
    "python/keys-membership",
    "python/first-of-sorted",
    "python/sum-of-lists",
    "python/sorted-twice",
    "python/row-wise-apply",
    "python/count-compared-with-zero",
    "python/queryset-length",
];

pub(super) fn duplicates<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let mut seen = HashSet::new();
    let is_map = node.kind() == "dictionary";
    for entry in children(node) {
        let key = if is_map {
            field(entry, "key")
        } else {
            Some(entry)
        };
        let Some(key) = key.filter(|key| is_constant(code, *key)) else {
            continue;
        };
        if !seen.insert(code.text(key)) {
            let rule = if is_map {
                "python/duplicate-key"
            } else {
                "python/duplicate-set-item"
            };
            hits.push(rule, Span::of(key));
        }
    }
}

fn is_constant<'t>(code: &Code<'t>, node: Node<'t>) -> bool {
    matches!(node.kind(), "integer" | "true" | "false" | "none" | "float")
        || code.literal(node).is_some()
}

pub(super) fn call<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let callee = code.callee(node);
    let args = positional(node);
    let first = args.first().copied().map(bare);
    let kind = first.map_or("", |first| first.kind());
    let inner = first
        .filter(|_| kind == "call")
        .map(|call| code.callee(call))
        .unwrap_or_default();
    match callee.as_str() {
        "any" | "all" if kind == "list_comprehension" => {
            hits.push("python/list-in-any-all", Span::of(node));
        }
        "set" | "frozenset" | "list" | "tuple" | "dict" | "sum" | "min" | "max"
            if kind == "list_comprehension" && args.len() == 1 =>
        {
            hits.push("python/needless-list", Span::of(node));
        }
        "sorted" | "set" | "tuple" | "sum" | "min" | "max" if inner == "list" => {
            hits.push("python/needless-list", Span::of(node));
        }
        "len"
            if kind == "list_comprehension"
                || (inner == "list" && calls(code, first, "filter")) =>
        {
            hits.push("python/count-by-list", Span::of(node));
        }
        "len" if is_query(code, first) => hits.push("python/queryset-length", Span::of(node)),
        "sum" if args.get(1).is_some_and(|start| code.text(*start) == "[]") => {
            hits.push("python/sum-of-lists", Span::of(node));
        }
        "sorted" | "reversed" | "set" | "min" | "max" if inner == "sorted" => {
            hits.push("python/sorted-twice", Span::of(node));
        }
        _ => {}
    }
    let rows = code
        .keyword(node, "axis")
        .is_some_and(|axis| matches!(code.text(axis), "1" | "\"columns\"" | "'columns'"));
    if code.method(node) == "apply" && rows && code.uses("pandas") {
        hits.push("python/row-wise-apply", Span::of(node));
    }
}

/// Whether the first argument of a call is a call of this name.
fn calls<'t>(code: &Code<'t>, call: Option<Node<'t>>, name: &str) -> bool {
    call.and_then(|call| positional(call).first().copied())
        .is_some_and(|inner| inner.kind() == "call" && code.callee(inner) == name)
}

/// `Model.objects.filter(…)` and the like: a question to a database by Django.
fn is_query<'t>(code: &Code<'t>, node: Option<Node<'t>>) -> bool {
    let Some(call) = node.filter(|node| node.kind() == "call") else {
        return false;
    };
    matches!(code.method(call), "all" | "filter" | "exclude" | "order_by")
        && Code::receiver(call).is_some_and(|receiver| code.text(receiver).contains(".objects"))
}

/// `x in list(y)`, `x in y.keys()`.
pub(super) fn membership<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let operands = children(node);
    for (pair, operator) in operands.windows(2).zip(operators(code, node)) {
        let right = bare(pair[1]);
        if matches!(operator, "in" | "not in") {
            let callee = if right.kind() == "call" {
                code.callee(right)
            } else {
                String::new()
            };
            let args = positional(right);
            if right.kind() == "list_comprehension" || (callee == "list" && args.len() == 1) {
                hits.push("python/membership-in-built-list", Span::of(node));
            }
            if right.kind() == "call" && code.method(right) == "keys" && args.is_empty() {
                hits.push("python/keys-membership", Span::of(node));
            }
        }
        let left = bare(pair[0]);
        let is_count =
            left.kind() == "call" && code.method(left) == "count" && positional(left).is_empty();
        let asks = matches!(
            (operator, code.text(right)),
            ("==" | ">" | "!=", "0") | (">=", "1")
        );
        let of_query = Code::receiver(left).is_some_and(|receiver| {
            is_query(code, Some(receiver)) || code.text(receiver).ends_with(".objects")
        });
        if is_count && asks && of_query {
            hits.push("python/count-compared-with-zero", Span::of(node));
        }
    }
}

/// `sorted(x)[0]` is `min(x)`.
pub(super) fn first_of_sorted<'t>(
    code: &Code<'t>,
    node: Node<'t>,
    _: &[Node<'t>],
    hits: &mut Hits,
) {
    let (Some(base), Some(index)) = (field(node, "value"), field(node, "subscript")) else {
        return;
    };
    if base.kind() != "call" || code.callee(base) != "sorted" {
        return;
    }
    if matches!(code.text(index), "0" | "-1") {
        hits.push("python/first-of-sorted", Span::of(node));
    }
}

/// `for i in list(range(n))`.
pub(super) fn range_list<'t>(code: &Code<'t>, iterable: Node<'t>, hits: &mut Hits) {
    if iterable.kind() != "call" || code.callee(iterable) != "list" {
        return;
    }
    let args = positional(iterable);
    let of_range = args.first().is_some_and(|inner| {
        inner.kind() == "call"
            && matches!(
                code.callee(*inner).as_str(),
                "range" | "enumerate" | "zip" | "map" | "filter"
            )
    });
    let has_generator = child(iterable, "generator_expression").is_some();
    if of_range || has_generator {
        hits.push("python/range-list", Span::of(iterable));
    }
}
