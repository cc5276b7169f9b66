//! Python to [`crate::ir`].

mod definition;
mod expression;
mod import;
mod literal;
mod pattern;
mod statement;
mod types;

use tree_sitter::Node;

use super::syntax::{self, Builder};
use crate::Language;
use crate::ir::{ExprKind, Module, Text};

/// Lowers a file. `path` is below the root of its tree, with `/`; `root` is the tree of `text`.
pub(crate) fn lower(path: &str, text: &str, root: Node<'_>) -> Module {
    let mut lowerer = Lowerer {
        build: Builder::new(Language::Python, path, text),
        yields: false,
    };
    let top = lowerer.block(root);
    lowerer.build.module.top = top;
    lowerer.build.module
}

/// What is known while a file is lowered.
struct Lowerer<'t> {
    build: Builder<'t>,
    /// A `yield` was met in the function being lowered.
    yields: bool,
}

impl<'t> Lowerer<'t> {
    fn source(&self, node: Node<'_>) -> &'t str {
        self.build.source(node)
    }

    fn name(&mut self, node: Node<'_>) -> Text {
        self.build.name(node)
    }

    /// Runs `lower` one level deeper, or not at all where that is too deep.
    fn deeper<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !self.build.enter() {
            return None;
        }
        let lowered = lower(self);
        self.build.leave();
        Some(lowered)
    }

    /// Every name below a node, without descending on the stack.
    fn names_below(&mut self, node: Node<'t>) -> ExprKind {
        let mut found = Vec::new();
        let mut waiting = vec![node];
        while let Some(next) = waiting.pop() {
            if next.kind() == "identifier" {
                found.push(self.build.name_expr(next));
            }
            waiting.extend(syntax::children(next));
        }
        ExprKind::Opaque(found)
    }
}

#[cfg(test)]
mod tests;
