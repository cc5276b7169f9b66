//! Statements that look as if they belonged to a condition.

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{all_of, field};
use crate::{SourceFile, Span};

/// A statement indented like the one a condition is for.
pub(super) const INDENTATION: &str = "java/misleading-indentation";

/// Looks for them.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    let kinds = [
        "if_statement",
        "while_statement",
        "for_statement",
        "enhanced_for_statement",
    ];
    for node in all_of(file, &kinds) {
        if let Some(next) = misled(file, node) {
            hits.push(INDENTATION, Span::of(next));
        }
    }
}

fn misled<'t>(file: &'t SourceFile, node: Node<'t>) -> Option<Node<'t>> {
    let body = ["alternative", "consequence", "body"]
        .into_iter()
        .find_map(|name| field(node, name))?;
    if matches!(body.kind(), "block" | "if_statement" | ";") {
        return None;
    }
    let next = node.next_named_sibling()?;
    let apart = next.start_position().row > body.end_position().row;
    let own_line = body.start_position().row > node.start_position().row;
    let follows = apart && own_line && !next.kind().ends_with("comment");
    let indent = indentation(file, body)?;
    let is_misled = follows
        && indentation(file, next) == Some(indent)
        && indentation(file, node).is_some_and(|outer| outer.len() < indent.len());
    is_misled.then_some(next)
}

/// The white space a line begins with, where nothing but it stands before the node.
fn indentation<'t>(file: &'t SourceFile, node: Node<'_>) -> Option<&'t str> {
    let before = file.text().get(..node.start_byte())?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let blank = before.get(start..)?;
    blank.trim().is_empty().then_some(blank)
}
