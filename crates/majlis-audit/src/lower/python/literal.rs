//! Text.

use tree_sitter::Node;

use super::super::syntax::{child_of, children, expr, field, unescape};
use super::Lowerer;
use crate::ir::{Const, Expr, ExprKind};

impl<'t> Lowerer<'t> {
    /// One literal or several written after one another; text where nothing is put in.
    pub(super) fn text_literal(&mut self, node: Node<'t>) -> ExprKind {
        let mut pieces = Vec::new();
        let mut is_bytes = false;
        let strings = match node.kind() {
            "string" => vec![node],
            _ => children(node),
        };
        for string in strings {
            is_bytes |= self.pieces(string, &mut pieces);
        }
        let constant: Option<String> = pieces
            .iter()
            .map(|piece| match &piece.kind {
                ExprKind::Const(Const::Str(text)) => Some(text.as_ref()),
                _ => None,
            })
            .collect();
        match constant {
            Some(text) if is_bytes => ExprKind::Const(Const::Bytes(text.into_bytes())),
            Some(text) => ExprKind::Const(Const::Str(text.into())),
            None => ExprKind::Interpolated(pieces),
        }
    }

    /// Adds the parts of one literal; whether it is bytes.
    fn pieces(&mut self, string: Node<'t>, pieces: &mut Vec<Expr>) -> bool {
        let start = child_of(string, "string_start").map_or("", |start| self.source(start));
        let prefix = start.trim_end_matches(['"', '\'']).to_ascii_lowercase();
        for part in children(string) {
            match part.kind() {
                "string_content" => {
                    let text = self.content(part, &prefix);
                    pieces.push(expr(part, ExprKind::Const(Const::Str(text.into()))));
                }
                "interpolation" => {
                    pieces.push(self.expr(part));
                    if let Some(format) = field(part, "format_specifier") {
                        pieces.extend(self.exprs(children(format)));
                    }
                }
                _ => {}
            }
        }
        prefix.contains('b')
    }

    fn content(&self, node: Node<'t>, prefix: &str) -> String {
        let source = self.source(node);
        let text = if prefix.contains('r') {
            source.to_owned()
        } else {
            unescape(source, true)
        };
        if prefix.contains('f') || prefix.contains('t') {
            text.replace("{{", "{").replace("}}", "}")
        } else {
            text
        }
    }
}
