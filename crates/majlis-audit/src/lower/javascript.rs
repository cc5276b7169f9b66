//! JavaScript and TypeScript, with JSX, to the common form: three grammars, one lowering.

mod class;
mod expression;
mod function;
mod jsx;
mod literal;
mod module;
mod pattern;
mod statement;
mod types;
mod web;

#[cfg(test)]
mod show;
#[cfg(test)]
mod tests;

use tree_sitter::Node;

use super::syntax::Builder;
use crate::Language;
use crate::ir::Module;

/// Lowers a file that was parsed with the grammar of JavaScript, TypeScript or TSX.
///
/// The module's package is its own path as imports name it (`./src/db` for `src/db.js` and for
/// `src/db/index.ts`), so that functions of other files are found by full path.
pub(crate) fn lower(path: &str, text: &str, root: Node<'_>) -> Module {
    let mut builder = Builder::new(Language::JavaScript, path, text);
    let own = module::own_path(path);
    builder.module.package = Some(own.as_str().into());
    builder.module.top = statement::block(&mut builder, root);
    module::publish(&mut builder, root);
    builder.module
}
