//! Variables that only some of the ways to their use have set.
//!
//! What is asked is small, so that it is right: the declaration without a value, one `if` or
//! `switch` that sets it on some ways, and a use further down the same block that is taken on all.

use std::ops::ControlFlow;

use tree_sitter::Node;

use super::super::Hits;
use super::facts::{Facts, Local, children, each};
use crate::{Grammar, Span};

pub(super) const UNSET: &str = "cpp/uninitialized-use";

/// Names of functions that may not come back.
const ENDS: [&str; 14] = [
    "exit",
    "abort",
    "fatal",
    "die",
    "panic",
    "throw",
    "error",
    "usage",
    "fail",
    "unreachable",
    "raise",
    "assert",
    "bail",
    "quit",
];

/// What a `switch` over one of these cannot know all values of.
const NUMBERS: [&str; 12] = [
    "int",
    "unsigned",
    "unsigned int",
    "char",
    "unsigned char",
    "short",
    "long",
    "size_t",
    "uint8_t",
    "uint16_t",
    "uint32_t",
    "const int",
];

/// Reports uses of variables that are not set on all ways.
pub(super) fn run(facts: &Facts<'_>, hits: &mut Hits) {
    for (name, local) in &facts.locals {
        let is_plain = !local.is_array && local.name.parent() == Some(local.declaration)
            || is_bare_pointer(local);
        let text = facts.text(local.declaration);
        let is_scalar = local.is_pointer || NUMBERS.contains(&local.base) || is_number(local.base);
        let is_statement = local
            .declaration
            .parent()
            .is_some_and(|block| block.kind() == "compound_statement");
        if !is_plain
            || !is_scalar
            || !is_statement
            || text.starts_with("static")
            || text.starts_with("extern")
        {
            continue;
        }
        if let Some(used) = unset_use(facts, name, local.declaration) {
            hits.push(UNSET, Span::of(used));
        }
    }
}

fn is_number(base: &str) -> bool {
    matches!(
        base,
        "float"
            | "double"
            | "bool"
            | "int64_t"
            | "int32_t"
            | "int16_t"
            | "int8_t"
            | "uint64_t"
            | "ssize_t"
    )
}

/// `int *p;`
fn is_bare_pointer(local: &Local<'_>) -> bool {
    let parent = local.name.parent();
    parent.is_some_and(|parent| {
        parent.kind() == "pointer_declarator" && parent.parent() == Some(local.declaration)
    })
}

/// The use behind the statement that sets the variable on some ways only.
fn unset_use<'t>(facts: &Facts<'t>, name: &str, declaration: Node<'t>) -> Option<Node<'t>> {
    let mut rest =
        std::iter::successors(declaration.next_named_sibling(), Node::next_named_sibling)
            .filter(|node| !node.is_extra());
    let first = rest.find(|node| mention(facts, name, *node).is_some())?;
    let is_choice = matches!(first.kind(), "if_statement" | "switch_statement");
    if !is_choice || is_set(facts, name, first) || !sets(facts, name, first) {
        return None;
    }
    for next in rest {
        match mention(facts, name, next) {
            None if leaves(next) => return None,
            None => {}
            Some(place) => {
                let is_use = matches!(
                    next.kind(),
                    "expression_statement" | "return_statement" | "declaration"
                );
                return (is_use && is_read(facts, place)).then_some(place);
            }
        }
    }
    None
}

/// The first place below a node where a name stands.
fn mention<'t>(facts: &Facts<'t>, name: &str, within: Node<'t>) -> Option<Node<'t>> {
    let range = within.byte_range();
    let places = facts.names.get(name)?;
    places
        .iter()
        .find(|place| range.contains(&place.start_byte()))
        .copied()
}

/// A value is taken from here: neither set, nor handed over to be set, nor only measured.
fn is_read(facts: &Facts<'_>, place: Node<'_>) -> bool {
    let is_c = facts.file.grammar() == Grammar::C;
    let mut at = place;
    while let Some(parent) = at.parent() {
        match parent.kind() {
            "assignment_expression" if parent.child_by_field_name("left") == Some(place) => {
                return false;
            }
            "pointer_expression" | "sizeof_expression" | "decltype" | "lambda_expression"
                if !is_star(parent) =>
            {
                return false;
            }
            // A function of C++ may take a reference; a stream sets what is to its right.
            "argument_list" if !is_c => return false,
            "conditional_expression" => return false,
            "binary_expression"
                if parent
                    .child(1)
                    .is_some_and(|op| matches!(op.kind(), ">>" | "&&" | "||")) =>
            {
                return false;
            }
            "expression_statement" | "return_statement" | "declaration" => return true,
            _ => {}
        }
        at = parent;
    }
    false
}

fn is_star(expression: Node<'_>) -> bool {
    expression.child(0).is_some_and(|op| op.kind() == "*")
}

/// Somewhere below it the variable is assigned.
fn sets(facts: &Facts<'_>, name: &str, within: Node<'_>) -> bool {
    let mut found = false;
    each(within, |node| {
        found |= node.kind() == "assignment_expression" && is_left(facts, name, node);
        !found
    });
    found
}

fn is_left(facts: &Facts<'_>, name: &str, assignment: Node<'_>) -> bool {
    assignment
        .child_by_field_name("left")
        .is_some_and(|left| facts.text(left) == name)
}

/// A statement in it may go elsewhere than behind it.
fn leaves(statement: Node<'_>) -> bool {
    let mut found = false;
    each(statement, |node| {
        found |= matches!(
            node.kind(),
            "return_statement" | "goto_statement" | "throw_statement" | "labeled_statement"
        );
        !found
    });
    found
}

/// Behind this statement the variable is set, or nothing goes on behind it. Yes in doubt.
fn is_set(facts: &Facts<'_>, name: &str, statement: Node<'_>) -> bool {
    match statement.kind() {
        "compound_statement" => children(statement)
            .into_iter()
            .any(|inner| is_set(facts, name, inner)),
        "else_clause" => statement
            .named_child(0)
            .is_none_or(|inner| is_set(facts, name, inner)),
        "if_statement" => {
            let part = |field: &str| statement.child_by_field_name(field);
            let in_condition =
                part("condition").is_none_or(|condition| mention(facts, name, condition).is_some());
            in_condition
                || (part("consequence").is_none_or(|then| is_set(facts, name, then))
                    && part("alternative").is_some_and(|other| is_set(facts, name, other)))
        }
        "switch_statement" => switch_sets(facts, name, statement),
        "expression_statement" | "declaration" => {
            mention(facts, name, statement).is_some() || may_end(facts, statement)
        }
        _ => true,
    }
}

/// Without a `default` over a plain number there is a way that sets nothing.
fn switch_sets(facts: &Facts<'_>, name: &str, statement: Node<'_>) -> bool {
    let part = |field: &str| statement.child_by_field_name(field);
    let (Some(subject), Some(body)) = (part("condition"), part("body")) else {
        return true;
    };
    let cases = children(body);
    let has_default = cases.iter().any(|case| {
        case.kind() == "case_statement"
            && case.child(0).is_some_and(|word| word.kind() == "default")
    });
    let subject = facts.text(subject).trim_matches(['(', ')', ' ']);
    let is_number = facts
        .variable(subject)
        .is_some_and(|local| !local.is_pointer && NUMBERS.contains(&local.base));
    mention(facts, name, statement).is_none() || has_default || !is_number
}

/// A function called here may not come back.
fn may_end(facts: &Facts<'_>, statement: Node<'_>) -> bool {
    let found = facts.calls.iter().try_for_each(|call| {
        let name = call.name.to_ascii_lowercase();
        let is_here = statement.byte_range().contains(&call.node.start_byte());
        if is_here && ENDS.iter().any(|word| name.contains(word)) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    found.is_break() || leaves(statement)
}
