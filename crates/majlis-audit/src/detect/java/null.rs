//! Null that is used.

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{all_of, bare, children, each, field};
use crate::{SourceFile, Span};

/// A name that holds null is used.
pub(super) const KNOWN: &str = "java/null-used";
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
                && let Some(at) = used_while_null(file, rest.clone().copied(), name)
            {
                hits.push(KNOWN, Span::of(at));
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
) -> Option<Node<'t>> {
    for statement in rest {
        let is_plain = matches!(
            statement.kind(),
            "expression_statement" | "local_variable_declaration" | "return_statement"
        );
        if !is_plain || sets(file, statement, name) {
            return None;
        }
        if let Some(used) = dereference(file, statement, name) {
            return Some(used);
        }
    }
    None
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
