//! Ways through a syntax tree that the detectors of several languages take.

use tree_sitter::Node;

/// The named children of a node without comments.
pub(crate) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .collect()
}

/// Visits a node and what is below it in the order of the text, without recursion; below a node
/// only where `enter` says so.
pub(crate) fn each<'t>(root: Node<'t>, mut enter: impl FnMut(Node<'t>) -> bool) {
    let mut cursor = root.walk();
    loop {
        if enter(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() || cursor.node() == root {
                return;
            }
        }
        if cursor.node() == root {
            return;
        }
    }
}
