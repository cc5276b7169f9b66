//! Checks of the shape of statements.

use tree_sitter::Node;

use super::super::Hits;
use super::facts::{children, each};
use crate::{SourceFile, Span};

pub(super) const UNREACHABLE: &str = "cpp/unreachable-code";
pub(super) const FALLS: &str = "cpp/case-falls-through";
pub(super) const BRANCHES: &str = "cpp/same-branches";
pub(super) const DEFAULT: &str = "cpp/switch-without-default";

/// All of them.
pub(super) const RULES: &[&str] = &[UNREACHABLE, FALLS, BRANCHES, DEFAULT];

/// Looks at every block and switch.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    each(file.root(), |node| {
        match node.kind() {
            "compound_statement" | "case_statement" => unreachable(node, hits),
            "if_statement" => branches(file, node, hits),
            "switch_statement" => cases(file, node, hits),
            _ => {}
        }
        true
    });
}

fn leaves(statement: Node<'_>) -> bool {
    matches!(
        statement.kind(),
        "return_statement"
            | "break_statement"
            | "continue_statement"
            | "goto_statement"
            | "throw_statement"
            | "co_return_statement"
    )
}

/// Statements behind one that leaves.
fn unreachable(block: Node<'_>, hits: &mut Hits) {
    let statements = children(block);
    let next = statements.windows(2).find_map(|pair| match pair {
        [statement, next] if leaves(*statement) => Some(*next),
        _ => None,
    });
    let is_plain = |next: &Node<'_>| {
        matches!(
            next.kind(),
            "expression_statement"
                | "if_statement"
                | "for_statement"
                | "while_statement"
                | "return_statement"
                | "do_statement"
                | "compound_statement"
        ) && !next.has_error()
    };
    if let Some(next) = next.filter(is_plain) {
        // A macro may look like a statement, and labels may stand further in.
        let mut is_reached = false;
        each(next, |node| {
            is_reached |= matches!(node.kind(), "labeled_statement" | "case_statement");
            !is_reached
        });
        if !is_reached && next.byte_range().len() > 1 {
            hits.push(UNREACHABLE, Span::of(next));
        }
    }
}

/// Whatever the condition says, the same is done.
fn branches(file: &SourceFile, node: Node<'_>, hits: &mut Hits) {
    let then = node.child_by_field_name("consequence");
    let otherwise = node.child_by_field_name("alternative");
    let otherwise = otherwise.and_then(|other| children(other).first().copied());
    let words = |block: Node<'_>| -> String {
        let statements = children(block).into_iter();
        statements
            .flat_map(|at| file.text_of(at).split_whitespace())
            .collect()
    };
    if let (Some(then), Some(otherwise)) = (then, otherwise)
        && then.kind() == "compound_statement"
        && otherwise.kind() == "compound_statement"
        && !children(then).is_empty()
        && words(then) == words(otherwise)
    {
        hits.push(BRANCHES, Span::of(node));
    }
}

fn body(case: Node<'_>) -> Vec<Node<'_>> {
    let value = case.child_by_field_name("value");
    children(case)
        .into_iter()
        .filter(|child| Some(*child) != value)
        .collect()
}

fn cases(file: &SourceFile, switch: Node<'_>, hits: &mut Hits) {
    let Some(block) = switch.child_by_field_name("body") else {
        return;
    };
    if block.has_error() {
        return;
    }
    let cases: Vec<_> = children(block)
        .into_iter()
        .filter(|child| child.kind() == "case_statement")
        .collect();
    let is_of_numbers = cases.iter().all(|case| {
        case.child_by_field_name("value")
            .is_some_and(|value| matches!(value.kind(), "number_literal" | "char_literal"))
    });
    // A choice within a choice refines a state; what is left out is left as it is.
    if cases.len() > 1 && is_of_numbers && !is_nested(switch) {
        hits.push(DEFAULT, Span::of(switch));
    }
    for pair in cases.windows(2) {
        let [case, next] = pair else { continue };
        let Some(last) = body(*case).last().copied() else {
            continue;
        };
        let between = file
            .text()
            .get(last.start_byte()..next.start_byte())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_said =
            between.contains("fall") || between.contains("no break") || between.contains('#');
        if !is_said && goes_on(file, last, 20) {
            hits.push(FALLS, Span::of(*next));
        }
    }
}

/// Whether a statement surely lets control come to what is behind it.
fn goes_on(file: &SourceFile, statement: Node<'_>, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match statement.kind() {
        "compound_statement" => children(statement)
            .last()
            .is_none_or(|last| goes_on(file, *last, depth)),
        "expression_statement" => {
            // What is written in capitals or named so may be a function that never comes back.
            let text = file.text_of(statement);
            let name = text.split('(').next().unwrap_or_default().trim();
            let is_macro = !name.chars().any(|letter| letter.is_ascii_lowercase());
            let ends = [
                "exit",
                "abort",
                "fatal",
                "usage",
                "die",
                "panic",
                "err",
                "unreachable",
                "assert",
                "fail",
                "throw",
                "jmp",
            ];
            let name = name.to_ascii_lowercase();
            !is_macro && !text.trim().eq(";") && !ends.iter().any(|word| name.contains(word))
        }
        "declaration" => true,
        _ => false,
    }
}

/// Whether a `switch` stands in a case of another.
fn is_nested(switch: Node<'_>) -> bool {
    let mut at = switch.parent();
    while let Some(outer) = at.filter(|outer| outer.kind() != "function_definition") {
        if outer.kind() == "case_statement" {
            return true;
        }
        at = outer.parent();
    }
    false
}
