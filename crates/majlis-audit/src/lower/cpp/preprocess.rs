//! Macros and conditional parts.

use tree_sitter::Node;

use super::super::syntax::{children, field, number, plain_type};
use super::{Lowering, Signature};
use crate::Grammar;
use crate::ir::{Const, Expr, ExprKind, Param, ParamKind, Pattern, Stmt, StmtKind, Text};

/// Longer values of macros are not read.
const VALUE_LENGTH_MAX: usize = 4000;

impl Lowering<'_> {
    /// `#define NAME value`.
    pub(super) fn define(&mut self, node: Node<'_>) {
        let (Some(name), Some(value)) = (field(node, "name"), field(node, "value")) else {
            return;
        };
        let name = self.builder.name(name);
        let Some(value) = self.macro_value(value) else {
            return;
        };
        if matches!(value.kind, ExprKind::Const(_) | ExprKind::Name(_)) {
            self.macros.insert(name.clone(), value.clone());
        }
        self.builder.module.defines.push((name, value));
    }

    fn macro_value(&mut self, node: Node<'_>) -> Option<Expr> {
        let source = self.source(node).trim();
        let first = source.chars().next()?;
        let is_word = source
            .chars()
            .all(|mark| mark.is_ascii_alphanumeric() || mark == '_');
        let kind = if is_word && first.is_ascii_digit() {
            ExprKind::Const(number(source, true))
        } else if is_word && source == "NULL" {
            ExprKind::Const(Const::Null)
        } else if is_word {
            ExprKind::Name(self.builder.intern(source))
        } else {
            return match <[Stmt; 1]>::try_from(self.macro_body(node)?).ok()? {
                [
                    Stmt {
                        kind: StmtKind::Expr(value),
                        ..
                    },
                ] => Some(value),
                _ => None,
            };
        };
        Some(self.expr(node, kind))
    }

    /// The value of a macro, read as statements.
    fn macro_body(&mut self, node: Node<'_>) -> Option<Vec<Stmt>> {
        if self.in_macro {
            return None;
        }
        let source = self.source(node);
        if source.len() > VALUE_LENGTH_MAX {
            return None;
        }
        let text = format!("void f() {{ {} ; }}", source.replace("\\\n", "\n"));
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&Grammar::Cpp.tree_sitter()).ok()?;
        let tree = parser.parse(&text, None)?;
        if tree.root_node().has_error() {
            return None;
        }
        let mut inner = Lowering::new("", &text, Some(self.span(node)));
        inner.macros.clone_from(&self.macros);
        inner.items(tree.root_node());
        let function = inner.builder.module.functions.pop()?;
        let is_alone = inner.builder.module.functions.is_empty();
        let mut body = function.body;
        body.retain(|stmt| !matches!(&stmt.kind, StmtKind::Block(inner) if inner.is_empty()));
        is_alone.then_some(body)
    }

    /// `#define NAME(a, b) value`: a function.
    pub(super) fn macro_function(&mut self, node: Node<'_>) {
        let (Some(name), Some(params), Some(value)) = (
            field(node, "name"),
            field(node, "parameters"),
            field(node, "value"),
        ) else {
            return;
        };
        let Some(mut body) = self.macro_body(value) else {
            return;
        };
        let mut kinds = vec!["macro"];
        if let [
            Stmt {
                kind: StmtKind::Expr(value),
                span,
            },
        ] = body.as_slice()
        {
            body = vec![Stmt {
                kind: StmtKind::Return(Some(value.clone())),
                span: *span,
            }];
            kinds.push("value");
        }
        let params = children(params)
            .into_iter()
            .map(|param| Param {
                pattern: Pattern::Name(self.builder.name(param)),
                ty: None,
                default: None,
                annotations: Vec::new(),
                kind: ParamKind::One,
                span: self.span(param),
            })
            .collect();
        let name = self.builder.name(name);
        let auto: Text = self.builder.intern("auto");
        let id = self.add_function(
            node,
            Signature {
                name,
                class: None,
                params,
                returns: plain_type(auto),
            },
            body,
            true,
        );
        for kind in kinds {
            let (name, span) = (self.builder.intern(kind), self.span(node));
            let args = Vec::new();
            if let Some(function) = self.builder.module.functions.get_mut(id.0 as usize) {
                function
                    .annotations
                    .push(crate::ir::Annotation { name, args, span });
            }
        }
    }

    /// Whether `#if CONDITION` is `#if 0` (false) or `#if 1` (true).
    fn condition_is(&self, node: Node<'_>) -> Option<bool> {
        match self.source(field(node, "condition")?).trim() {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        }
    }

    /// The parts of `#if` that may be compiled: its own and those of its alternatives.
    fn parts<'n>(&self, node: Node<'n>) -> Vec<Vec<Node<'n>>> {
        let mut parts = Vec::new();
        let mut at = Some(node);
        while let Some(part) = at {
            let named = ["condition", "name", "alternative"].map(|name| field(part, name));
            let own = children(part)
                .into_iter()
                .filter(|child| !named.contains(&Some(*child)))
                .collect();
            let is_taken = self.condition_is(part);
            if is_taken != Some(false) {
                parts.push(own);
            }
            at = field(part, "alternative").filter(|_| is_taken != Some(true));
        }
        parts
    }

    /// `#if` at the top level.
    pub(super) fn conditional_items(&mut self, node: Node<'_>) {
        for part in self.parts(node) {
            let _ = self.nested(|lowering| {
                for child in part {
                    lowering.item(child);
                }
            });
        }
    }

    /// `#if` and `#ifdef` inside a function: one part is taken as if it always was compiled;
    /// of several, one is.
    pub(super) fn conditional_statements(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let mut parts = self.parts(node);
        let Some(last) = parts.pop() else {
            return Vec::new();
        };
        let mut lowered = self.statements(last);
        while let Some(part) = parts.pop() {
            let then = self.statements(part);
            let condition = self.expr(node, ExprKind::Opaque(Vec::new()));
            lowered = vec![self.stmt(
                node,
                StmtKind::If {
                    condition,
                    then,
                    otherwise: lowered,
                },
            )];
        }
        lowered
    }
}
