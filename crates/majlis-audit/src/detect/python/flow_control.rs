//! Statements that never run, do nothing, or run twice the same.

use std::collections::HashSet;

use tree_sitter::Node;

use super::code::{Code, bare, child, children, field, fields};
use super::comparisons::conditions;
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/unreachable-code",
    "python/duplicate-condition",
    "python/same-branches",
    "python/self-assignment",
    "python/useless-comparison",
    "python/exception-not-raised",
    "python/unused-text-result",
    "python/constant-condition",
];

pub(super) fn unreachable<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let stmts = children(node);
    for pair in stmts.windows(2) {
        if leaves(code, pair[0]) && !is_generator_mark(code, pair[1]) {
            hits.push("python/unreachable-code", Span::of(pair[1]));
            return;
        }
    }
}

fn leaves<'t>(code: &Code<'t>, stmt: Node<'t>) -> bool {
    match stmt.kind() {
        "return_statement" | "raise_statement" | "break_statement" | "continue_statement" => true,
        "expression_statement" => children(stmt).first().is_some_and(|call| {
            call.kind() == "call"
                && matches!(
                    code.callee(*call).as_str(),
                    "sys.exit" | "os._exit" | "os.abort"
                )
        }),
        _ => false,
    }
}

/// `yield` that never runs makes a function a generator: `return` and then `yield` is an idiom.
fn is_generator_mark<'t>(code: &Code<'t>, stmt: Node<'t>) -> bool {
    code.text(stmt).starts_with("yield")
}

pub(super) fn branches<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let mut seen = HashSet::new();
    for condition in conditions(node) {
        let is_pure = condition.kind() != "call" && child(condition, "call").is_none();
        if !seen.insert(code.text(condition)) && is_pure {
            hits.push("python/duplicate-condition", Span::of(condition));
        }
    }
    if let Some(condition) = field(node, "condition")
        && matches!(bare(condition).kind(), "tuple" | "string" | "lambda")
        && !children(bare(condition)).is_empty()
    {
        hits.push("python/constant-condition", Span::of(condition));
    }
    let alternatives = fields(node, "alternative");
    if let [only] = alternatives.as_slice()
        && only.kind() == "else_clause"
        && let (Some(then), Some(otherwise)) = (field(node, "consequence"), field(*only, "body"))
        && code.text(then) == code.text(otherwise)
        && code.text(then) != "pass"
    {
        hits.push("python/same-branches", Span::of(node));
    }
}

pub(super) fn assignment<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return;
    };
    // In a class, `x = x` takes a name from outside into it; in a module, from a wildcard import.
    let scope = stack.iter().rev().find(|around| {
        matches!(
            around.kind(),
            "class_definition" | "function_definition" | "module"
        )
    });
    let is_outside = scope.is_some_and(|scope| scope.kind() != "function_definition");
    let is_plain = matches!(left.kind(), "identifier" | "attribute");
    if is_plain
        && !is_outside
        && field(node, "type").is_none()
        && code.text(left) == code.text(right)
    {
        hits.push("python/self-assignment", Span::of(node));
    }
}

pub(super) fn expression<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let parts = children(node);
    let [value] = parts.as_slice() else {
        return;
    };
    match value.kind() {
        "comparison_operator" if !expects_exception(code, stack) => {
            hits.push("python/useless-comparison", Span::of(*value));
        }
        "call" => {
            let callee = code.callee(*value);
            if is_builtin_exception(&callee) {
                hits.push("python/exception-not-raised", Span::of(*value));
            }
            let method = code.method(*value);
            let is_text = Code::receiver(*value).is_some_and(|receiver| {
                matches!(receiver.kind(), "identifier" | "string" | "subscript")
                    && !code.imports.contains_key(code.text(receiver))
            });
            let makes_text = matches!(
                method,
                "strip"
                    | "lstrip"
                    | "rstrip"
                    | "upper"
                    | "lower"
                    | "capitalize"
                    | "swapcase"
                    | "casefold"
                    | "removeprefix"
                    | "removesuffix"
                    | "zfill"
                    | "splitlines"
            );
            if (is_text && makes_text) || callee == "sorted" || callee == "reversed" {
                hits.push("python/unused-text-result", Span::of(*value));
            }
        }
        _ => {}
    }
}

/// Inside `with raises(…)` or `suppress(…)` a comparison is made for its exception.
fn expects_exception<'t>(code: &Code<'t>, stack: &[Node<'t>]) -> bool {
    stack.iter().any(|around| {
        around.kind() == "with_statement"
            && child(*around, "with_clause").is_some_and(|clause| {
                let text = code.text(clause);
                text.contains("aises") || text.contains("suppress") || text.contains("warns")
            })
    })
}

fn is_builtin_exception(name: &str) -> bool {
    matches!(
        name,
        "Exception"
            | "ValueError"
            | "TypeError"
            | "KeyError"
            | "IndexError"
            | "RuntimeError"
            | "OSError"
            | "IOError"
            | "AttributeError"
            | "NotImplementedError"
            | "LookupError"
            | "PermissionError"
            | "FileNotFoundError"
            | "AssertionError"
            | "ArithmeticError"
            | "ConnectionError"
            | "TimeoutError"
            | "StopIteration"
            | "ZeroDivisionError"
    )
}
