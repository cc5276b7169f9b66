//! From syntax trees to [`crate::ir`], one module per language.
//!
//! A lowering keeps to this: nothing panics on any tree (half-written files have error nodes);
//! every recursion goes through `Builder::nested` and gives up on what lies too deep; what has no
//! form of its own becomes [`ExprKind::Opaque`] over its parts.
//!
//! [`ExprKind::Opaque`]: crate::ir::ExprKind::Opaque

mod cpp;
mod go;
mod java;
mod javascript;
#[cfg(test)]
mod outline;
mod python;
mod rust;
mod syntax;

use crate::ir::Module;
use crate::{Grammar, Language};

/// A file's form in [`crate::ir`]. `tree` was parsed from `text` with that grammar; `path` is the
/// file's below the root of its tree, with `/`. `None` for a grammar without a lowering.
pub fn lower(grammar: Grammar, path: &str, text: &str, tree: &tree_sitter::Tree) -> Option<Module> {
    let root = tree.root_node();
    match grammar.language() {
        Language::Cpp => Some(cpp::lower(path, text, tree)),
        Language::Java => Some(java::lower(path, text, root)),
        Language::JavaScript => Some(javascript::lower(path, text, root)),
        Language::Python => Some(python::lower(path, text, root)),
        Language::Go => Some(go::lower(path, text, root)),
        Language::Rust => Some(rust::lower(path, text, root)),
    }
}
