//! Where control goes.

use tree_sitter::Node;

use super::super::Hits;
use super::syntax::{children, field_text};
use crate::{SourceFile, Span};

/// Whether nothing goes on behind a statement.
fn leaves(statement: Node<'_>) -> bool {
    matches!(
        statement.kind(),
        "return_statement" | "throw_statement" | "break_statement" | "continue_statement"
    )
}

/// Whether nothing goes on behind a statement, all its branches considered.
fn always_leaves(statement: Node<'_>, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let field = |name| statement.child_by_field_name(name);
    match statement.kind() {
        "statement_block" => children(statement)
            .last()
            .is_some_and(|last| always_leaves(*last, depth)),
        "if_statement" => {
            let otherwise = field("alternative").and_then(|other| children(other).first().copied());
            field("consequence").is_some_and(|then| always_leaves(then, depth))
                && otherwise.is_some_and(|other| always_leaves(other, depth))
        }
        "try_statement" => {
            let body = field("body").is_some_and(|body| always_leaves(body, depth));
            let handler = field("handler").and_then(|handler| handler.child_by_field_name("body"));
            body && handler.is_none_or(|handler| always_leaves(handler, depth))
        }
        "switch_statement" | "while_statement" | "for_statement" | "labeled_statement" => true,
        _ => leaves(statement),
    }
}

/// Statements behind one that leaves.
pub(super) fn after_leaving(block: Node<'_>, hits: &mut Hits) {
    let statements = children(block);
    let Some(at) = statements.iter().position(|statement| leaves(*statement)) else {
        return;
    };
    let value = block.child_by_field_name("value");
    let next = statements.iter().skip(at + 1).find(|statement| {
        let is_hoisted = matches!(
            statement.kind(),
            "function_declaration"
                | "generator_function_declaration"
                | "class_declaration"
                | "empty_statement"
                | "interface_declaration"
                | "type_alias_declaration"
                | "variable_declaration"
                | "break_statement"
        );
        !is_hoisted && Some(statement.id()) != value.map(|value| value.id())
    });
    if let Some(next) = next {
        hits.push("javascript/unreachable-code", Span::of(*next));
    }
}

/// Cases that do something and go on into the next one without saying so.
pub(super) fn falling_cases(file: &SourceFile, body: Node<'_>, hits: &mut Hits) {
    let cases = children(body);
    for pair in cases.windows(2) {
        let [case, next] = pair else {
            continue;
        };
        let mut cursor = case.walk();
        let inside: Vec<_> = case
            .children_by_field_name("body", &mut cursor)
            .filter(|inner| inner.is_named() && !inner.is_extra())
            .collect();
        let Some(last) = inside.last() else {
            continue;
        };
        let between = file
            .text()
            .get(last.start_byte()..next.start_byte())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_said = between.contains("fall") || between.contains("no break");
        let exits = file.text_of(*last).contains("process.exit");
        if !is_said && !exits && !always_leaves(*last, 20) {
            hits.push("javascript/case-falls-through", Span::of(*next));
        }
    }
}

/// A counter that moves away from its limit.
pub(super) fn loop_direction(file: &SourceFile, node: Node<'_>, hits: &mut Hits) {
    let Some(step) = node
        .child_by_field_name("increment")
        .filter(|step| step.kind() == "update_expression")
    else {
        return;
    };
    let counter = field_text(file, step, "argument");
    let up = field_text(file, step, "operator") == "++";
    let condition = node.child_by_field_name("condition");
    let condition = condition.and_then(|condition| match condition.kind() {
        "expression_statement" => children(condition).first().copied(),
        _ => Some(condition),
    });
    let Some(condition) = condition.filter(|inner| inner.kind() == "binary_expression") else {
        return;
    };
    let operator = field_text(file, condition, "operator");
    let is_wrong = match operator {
        "<" | "<=" => !up,
        ">" | ">=" => up,
        _ => false,
    };
    if is_wrong && field_text(file, condition, "left") == counter {
        hits.push("javascript/wrong-loop-direction", Span::of(node));
    }
}
