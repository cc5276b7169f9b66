//! Comparisons and conditions that do not say what was meant.

use tree_sitter::Node;

use super::code::{Code, bare, children, field, fields};
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/is-literal",
    "python/none-equality",
    "python/bool-equality",
    "python/self-comparison",
    "python/float-equality",
    "python/type-comparison",
    "python/length-never-negative",
    "python/same-operands",
    "python/assert-on-tuple",
    "python/or-literal-condition",
    "python/assert-for-access",
];

/// The operators between the operands.
pub(super) fn operators<'t>(code: &Code<'t>, node: Node<'t>) -> Vec<&'t str> {
    let mut cursor = node.walk();
    node.children_by_field_name("operators", &mut cursor)
        .map(|operator| code.text(operator))
        .collect()
}

pub(super) fn comparison<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let operands: Vec<Node<'t>> = children(node);
    for (pair, operator) in operands.windows(2).zip(operators(code, node)) {
        let (left, right) = (bare(pair[0]), bare(pair[1]));
        if let Some(rule) = problem(code, left, operator, right) {
            hits.push(rule, Span::of(node));
        }
    }
}

fn problem<'t>(
    code: &Code<'t>,
    left: Node<'t>,
    operator: &str,
    right: Node<'t>,
) -> Option<&'static str> {
    let either = |wanted: fn(Node<'t>) -> bool| wanted(left) || wanted(right);
    let is_equality = matches!(operator, "==" | "!=");
    if operator.starts_with("is") && either(is_literal) {
        return Some("python/is-literal");
    }
    if is_equality && either(|node| node.kind() == "none") {
        return Some("python/none-equality");
    }
    if is_equality && either(|node| matches!(node.kind(), "true" | "false")) {
        return Some("python/bool-equality");
    }
    if is_plain(left) && code.text(left) == code.text(right) && operator != "!=" {
        return Some("python/self-comparison");
    }
    if is_equality && (is_fraction(code, left) || is_fraction(code, right)) {
        return Some("python/float-equality");
    }
    if is_equality
        && is_type_call(code, left)
        && (is_type(code, right) || is_type_call(code, right))
    {
        return Some("python/type-comparison");
    }
    let is_length = left.kind() == "call" && code.callee(left) == "len";
    if is_length && code.text(right) == "0" && matches!(operator, ">=" | "<") {
        return Some("python/length-never-negative");
    }
    None
}

fn is_literal(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "string"
            | "concatenated_string"
            | "integer"
            | "float"
            | "list"
            | "dictionary"
            | "set"
            | "tuple"
    )
}

/// A name or a chain of attributes: asking for it twice gives the same.
fn is_plain(node: Node<'_>) -> bool {
    let mut at = node;
    while at.kind() == "attribute" {
        match field(at, "object") {
            Some(object) => at = object,
            None => return false,
        }
    }
    at.kind() == "identifier"
}

/// A number that binary fractions cannot hold exactly: `0.1`, not `0.5` or `1.0`.
fn is_fraction<'t>(code: &Code<'t>, node: Node<'t>) -> bool {
    if node.kind() == "binary_operator" {
        return children(node)
            .into_iter()
            .any(|side| is_fraction(code, bare(side)));
    }
    if node.kind() != "float" {
        return false;
    }
    let value: f64 = code.text(node).replace('_', "").parse().unwrap_or(0.0);
    let scaled = value * 1024.0;
    scaled.fract() != 0.0
}

fn is_type_call<'t>(code: &Code<'t>, node: Node<'t>) -> bool {
    node.kind() == "call" && code.callee(node) == "type"
}

fn is_type<'t>(code: &Code<'t>, node: Node<'t>) -> bool {
    matches!(
        code.text(node),
        "int" | "str" | "float" | "list" | "dict" | "set" | "tuple" | "bytes" | "bool"
    )
}

/// `a and a`, `a - a`.
pub(super) fn operands<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return;
    };
    let operator = field(node, "operator").map_or("", |operator| code.text(operator));
    let (left, right) = (bare(left), bare(right));
    let is_odd = matches!(operator, "and" | "or" | "-" | "/" | "//" | "%" | "^");
    if is_odd && is_plain(left) && code.text(left) == code.text(right) {
        hits.push("python/same-operands", Span::of(node));
    }
    // `x == "a" or "b"` holds always.
    let is_condition = stack.last().is_some_and(|around| {
        matches!(
            around.kind(),
            "if_statement" | "elif_clause" | "while_statement"
        )
    });
    if operator == "or"
        && is_condition
        && left.kind() == "comparison_operator"
        && matches!(right.kind(), "string" | "integer")
    {
        hits.push("python/or-literal-condition", Span::of(node));
    }
}

pub(super) fn assertion<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let Some(condition) = children(node).first().copied() else {
        return;
    };
    if condition.kind() == "tuple" && !children(condition).is_empty() {
        hits.push("python/assert-on-tuple", Span::of(node));
    }
    if asks_for_access(code, condition) && !is_test(code) {
        hits.push("python/assert-for-access", Span::of(node));
    }
}

fn is_test(code: &Code<'_>) -> bool {
    let path = code.file.path();
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || path.contains("tests/")
        || name == "conftest.py"
}

fn asks_for_access<'t>(code: &Code<'t>, condition: Node<'t>) -> bool {
    super::code::below(condition).any(|node| {
        node.kind() == "identifier"
            && matches!(
                code.text(node),
                "is_admin"
                    | "is_authenticated"
                    | "is_superuser"
                    | "is_staff"
                    | "has_perm"
                    | "has_permission"
                    | "has_role"
                    | "is_authorized"
                    | "is_authorised"
                    | "check_password"
                    | "is_allowed"
                    | "can_edit"
                    | "verify_signature"
                    | "check_permission"
                    | "compare_digest"
            )
    })
}

/// How many conditions an `if` has; used where they are compared with one another.
pub(super) fn conditions<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut found: Vec<Node<'t>> = field(node, "condition").into_iter().collect();
    let clauses = fields(node, "alternative");
    found.extend(
        clauses
            .into_iter()
            .filter_map(|clause| field(clause, "condition")),
    );
    found
}
