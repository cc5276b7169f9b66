//! Walking the tree, and questions about nodes.

pub(super) use crate::detect::tree::children;
use crate::detect::tree::each;
use tree_sitter::Node;

use crate::SourceFile;

/// Kinds of functions.
pub(super) const FUNCTIONS: [&str; 6] = [
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "arrow_function",
    "method_definition",
];

/// Whether a node is a function.
pub(super) fn is_function(node: Node<'_>) -> bool {
    FUNCTIONS.contains(&node.kind())
}

/// Every named node below one and itself, from the first to the last.
pub(super) fn walk<'n>(root: Node<'n>, mut look: impl FnMut(Node<'n>)) {
    walk_where(root, |node| {
        look(node);
        true
    });
}

/// As [`walk`], but what is below a node only where `look` says so.
pub(super) fn walk_where<'n>(root: Node<'n>, mut look: impl FnMut(Node<'n>) -> bool) {
    each(root, |node| node.is_named() && look(node));
}

/// Whether a node of a function's own (not of a function within it) fulfils a condition.
pub(super) fn own_any<'n>(body: Node<'n>, holds: impl Fn(Node<'n>) -> bool) -> bool {
    let mut found = false;
    walk_where(body, |node| {
        if found || (node.id() != body.id() && is_function(node)) {
            return false;
        }
        found = holds(node);
        !found
    });
    found
}

/// The text of a node's field; empty where there is none.
pub(super) fn field_text<'f>(file: &'f SourceFile, node: Node<'_>, name: &str) -> &'f str {
    node.child_by_field_name(name)
        .map_or("", |field| file.text_of(field))
}

/// Whether a word (`get`, `static`, `async`) stands before the name of a member.
pub(super) fn has_word(node: Node<'_>, word: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| child.kind() == word)
}

/// The function a node is in.
pub(super) fn function_of(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = node.parent();
    while let Some(up) = at {
        if is_function(up) {
            return Some(up);
        }
        at = up.parent();
    }
    None
}

/// Whether evaluating it twice gives the same: no calls, no updates.
pub(super) fn is_pure(node: Node<'_>) -> bool {
    let mut pure = true;
    walk(node, |inner| {
        pure &= !matches!(
            inner.kind(),
            "call_expression"
                | "update_expression"
                | "assignment_expression"
                | "augmented_assignment_expression"
                | "new_expression"
                | "await_expression"
                | "yield_expression"
                | "function_expression"
                | "arrow_function"
        );
    });
    pure
}

/// The function given as an argument that is one, by its place.
pub(super) fn argument(call: Node<'_>, at: usize) -> Option<Node<'_>> {
    let given = call.child_by_field_name("arguments")?;
    children(given).get(at).copied()
}

/// The last name of what is called: `map` of `users.map(…)`, `fetch` of `fetch(…)`.
pub(super) fn called_name<'f>(file: &'f SourceFile, call: Node<'_>) -> &'f str {
    let Some(callee) = call.child_by_field_name("function") else {
        return "";
    };
    match callee.kind() {
        "member_expression" => field_text(file, callee, "property"),
        "identifier" => file.text_of(callee),
        _ => "",
    }
}
