//! Literals of Go.

use tree_sitter::Node;

use super::Go;
use crate::ir::Const;
use crate::lower::syntax::{number, unescape};

impl Go<'_> {
    /// The value of a literal; `None` for what is none.
    pub(super) fn constant(&self, node: Node<'_>) -> Option<Const> {
        let source = self.builder.source(node);
        Some(match node.kind() {
            "nil" => Const::Null,
            "true" => Const::Bool(true),
            "false" => Const::Bool(false),
            "iota" => Const::Int(self.iota),
            "int_literal" | "float_literal" => number(source, true),
            "rune_literal" => {
                let inner = source.trim_start_matches('\'');
                let inner = inner.strip_suffix('\'').unwrap_or(inner);
                // the quote itself is written `'\''`
                let inner = if inner == "\\" { "'" } else { inner };
                Const::Char(unescape(inner, false).chars().next()?)
            }
            "raw_string_literal" => Const::Str(source.trim_matches('`').into()),
            "interpreted_string_literal" => {
                let inner = source.strip_prefix('"').unwrap_or(source);
                let inner = inner.strip_suffix('"').unwrap_or(inner);
                Const::Str(unescape(inner, false).into())
            }
            _ => return None,
        })
    }
}
