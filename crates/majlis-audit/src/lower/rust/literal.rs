//! Literals of Rust.

use tree_sitter::Node;

use super::Rust;
use crate::ir::Const;
use crate::lower::syntax::{number, unescape};

impl Rust<'_> {
    /// The value of a literal; `None` for what is none.
    pub(super) fn constant(&self, node: Node<'_>) -> Option<Const> {
        let source = self.builder.source(node);
        Some(match node.kind() {
            "boolean_literal" => Const::Bool(source == "true"),
            "integer_literal" | "float_literal" => number(source, false),
            "negative_literal" => match number(source.trim_start_matches(['-', ' ']), false) {
                Const::Int(value) => Const::Int(value.checked_neg()?),
                Const::Float(value) => Const::Float(-value),
                other => other,
            },
            "char_literal" => {
                let inner = source.trim_start_matches('b').strip_prefix('\'')?;
                let inner = inner.strip_suffix('\'')?;
                Const::Char(unescape(inner, false).chars().next()?)
            }
            "string_literal" | "raw_string_literal" => Const::Str(text_of(source).into()),
            _ => return None,
        })
    }
}

/// The text of a literal: `"…"`, `b"…"`, `r#"…"#`.
pub(super) fn text_of(source: &str) -> String {
    let is_raw = source.starts_with('r') || source.starts_with("br") || source.starts_with("cr");
    let inner = source.trim_start_matches(['b', 'c', 'r']);
    let bare = inner.trim_start_matches('#');
    let marks = inner.len() - bare.len();
    let bare = bare.strip_prefix('"').unwrap_or(bare);
    let end = bare.len().saturating_sub(marks);
    let bare = bare.get(..end).unwrap_or(bare);
    let bare = bare.strip_suffix('"').unwrap_or(bare);
    if is_raw {
        bare.to_owned()
    } else {
        unescape(bare, false)
    }
}
