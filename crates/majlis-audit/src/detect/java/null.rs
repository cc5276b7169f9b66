//! Null that is used.

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{all_of, bare, children, each, field};
use crate::{SourceFile, Span};

/// A name that holds null is used.
pub(super) const KNOWN: &str = "java/null-used";
/// A name that holds null on one of the ways to here is used.
pub(super) const MAYBE: &str = "java/null-on-one-way";
/// A name is asked for null after it was used.
pub(super) const LATE: &str = "java/null-checked-too-late";

/// How many statements after one are looked at.
const FAR: usize = 30;

/// Looks for both.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    for block in all_of(file, &["block"]) {
        let statements = children(block);
        for (index, statement) in statements.iter().enumerate() {
            let rest = statements.iter().skip(index + 1).take(FAR);
            if let Some(name) = set_to_null(file, *statement)
                && let Some((rule, at)) = used_while_null(file, rest.clone().copied(), name)
            {
                hits.push(rule, Span::of(at));
            }
            if let Some(name) = asked_and_left(file, *statement) {
                used_before(file, &statements[..index], name, hits);
            }
        }
    }
}

/// `T x = null;`, `x = null;`
fn set_to_null<'t>(file: &'t SourceFile, statement: Node<'t>) -> Option<&'t str> {
    let (name, value) = match statement.kind() {
        "local_variable_declaration" => {
            let declarator = field(statement, "declarator")?;
            (field(declarator, "name")?, field(declarator, "value")?)
        }
        "expression_statement" => {
            let assignment = statement.named_child(0)?;
            (field(assignment, "left")?, field(assignment, "right")?)
        }
        _ => return None,
    };
    let is_null = value.kind() == "null_literal" && name.kind() == "identifier";
    is_null.then(|| file.text_of(name))
}

/// The first use before anything might have set the name.
fn used_while_null<'t>(
    file: &'t SourceFile,
    rest: impl Iterator<Item = Node<'t>>,
    name: &str,
) -> Option<(&'static str, Node<'t>)> {
    let mut rule = KNOWN;
    for statement in rest {
        let is_plain = matches!(
            statement.kind(),
            "expression_statement" | "local_variable_declaration" | "return_statement"
        );
        if is_passed_unset(file, statement, name) {
            if sets(file, statement, name) {
                rule = MAYBE;
            }
            continue;
        }
        if !is_plain || sets(file, statement, name) {
            return None;
        }
        if let Some(used) = dereference(file, statement, name) {
            return Some((rule, used));
        }
    }
    None
}

/// An `if` or `try` with a way through it on which the name is not set, and nothing else is asked
/// of it.
fn is_passed_unset(file: &SourceFile, statement: Node<'_>, name: &str) -> bool {
    match statement.kind() {
        "if_statement" => {
            field(statement, "condition").is_some_and(|asked| !mentions(file, asked, name))
                && !leaves(statement)
                && !is_set(file, statement, name)
        }
        "try_statement" => {
            let caught = children(statement)
                .into_iter()
                .filter(|part| part.kind() == "catch_clause")
                .filter_map(|part| field(part, "body"))
                .any(|body| !leaves(body) && !mentions(file, body, name));
            let last = children(statement).pop();
            let has_finally = last.is_some_and(|last| last.kind() == "finally_clause");
            let is_left = field(statement, "body").is_none_or(leaves);
            caught && !has_finally && !is_left
        }
        _ => false,
    }
}

/// Behind it the name is set. Yes in doubt.
fn is_set(file: &SourceFile, statement: Node<'_>, name: &str) -> bool {
    match statement.kind() {
        "block" => children(statement)
            .into_iter()
            .any(|inner| is_set(file, inner, name)),
        "if_statement" => {
            let part = |name: &str| field(statement, name);
            part("condition").is_none_or(|asked| mentions(file, asked, name))
                || (part("consequence").is_none_or(|then| is_set(file, then, name))
                    && part("alternative").is_some_and(|other| is_set(file, other, name)))
        }
        "expression_statement" => {
            let text = file.text_of(statement);
            mentions(file, statement, name)
                || text.starts_with("System.exit")
                || text.contains("fail(")
        }
        "local_variable_declaration" => mentions(file, statement, name),
        _ => true,
    }
}

fn mentions(file: &SourceFile, node: Node<'_>, name: &str) -> bool {
    let mut found = false;
    each(node, |part| {
        found |= part.kind() == "identifier" && file.text_of(part) == name;
        !found
    });
    found
}

/// Something in it may leave what stands around it.
fn leaves(node: Node<'_>) -> bool {
    let mut found = false;
    each(node, |part| {
        found |= matches!(
            part.kind(),
            "return_statement"
                | "throw_statement"
                | "break_statement"
                | "continue_statement"
                | "yield_statement"
        );
        !found
    });
    found
}

fn sets(file: &SourceFile, node: Node<'_>, name: &str) -> bool {
    let mut found = false;
    each(node, |part| {
        let target = match part.kind() {
            "assignment_expression" => field(part, "left"),
            "local_variable_declaration" => {
                field(part, "declarator").and_then(|declarator| field(declarator, "name"))
            }
            _ => None,
        };
        let is_other_code = matches!(part.kind(), "lambda_expression" | "class_body");
        found |= is_other_code || target.is_some_and(|target| file.text_of(target) == name);
        !found
    });
    found
}

/// `name.method()`, `name.field`, `name[i]`, where it runs whatever else holds.
fn dereference<'t>(file: &'t SourceFile, node: Node<'t>, name: &str) -> Option<Node<'t>> {
    let mut found = None;
    each(node, |part| {
        let object = match part.kind() {
            "method_invocation" | "field_access" => field(part, "object"),
            "array_access" => field(part, "array"),
            "lambda_expression" | "class_body" | "ternary_expression" | "instanceof_expression" => {
                return false;
            }
            "binary_expression" => {
                let operator = field(part, "operator").map_or("", |operator| operator.kind());
                if matches!(operator, "&&" | "||") {
                    return false;
                }
                None
            }
            _ => None,
        };
        let is_used = object
            .map(bare)
            .is_some_and(|object| object.kind() == "identifier" && file.text_of(object) == name);
        if is_used && found.is_none() {
            found = Some(part);
        }
        found.is_none()
    });
    found
}

/// `if (x == null) { return; }` and `if (x != null) { … }`: the name that is asked for null.
fn asked_and_left<'t>(file: &'t SourceFile, statement: Node<'t>) -> Option<&'t str> {
    if statement.kind() != "if_statement" {
        return None;
    }
    let condition = bare(field(statement, "condition")?);
    let operator = field(condition, "operator")?.kind();
    let name = field(condition, "left").filter(|left| left.kind() == "identifier")?;
    let is_asked =
        field(condition, "right")?.kind() == "null_literal" && matches!(operator, "==" | "!=");
    is_asked.then(|| file.text_of(name))
}

/// Reports the use next before the question, unless the name may have been set between them.
fn used_before(file: &SourceFile, before: &[Node<'_>], name: &str, hits: &mut Hits) {
    for statement in before.iter().rev().take(FAR) {
        let is_plain = matches!(
            statement.kind(),
            "expression_statement" | "local_variable_declaration"
        );
        if !is_plain || sets(file, *statement, name) {
            return;
        }
        if let Some(used) = dereference(file, *statement, name) {
            hits.push(LATE, Span::of(used));
            return;
        }
    }
}
