//! Statements and blocks of Rust.

use tree_sitter::Node;

use super::Rust;
use crate::ir::{Case, Const, Expr, ExprKind, Pattern, Stmt, StmtKind};
use crate::lower::syntax::{child_of, children, expr, field, opaque, stmt};

impl Rust<'_> {
    /// The body of a function: its last expression is returned.
    pub(super) fn body(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let mut statements = Vec::new();
        self.block_into(node, true, &mut statements);
        statements
    }

    /// A block for its effect.
    pub(super) fn block(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let mut statements = Vec::new();
        self.block_into(node, false, &mut statements);
        statements
    }

    fn block_into(&mut self, node: Node<'_>, returned: bool, into: &mut Vec<Stmt>) {
        let (inner, last) = split(node);
        let mut attributes = Vec::new();
        for child in inner {
            if child.kind() == "attribute_item" {
                continue;
            }
            if !self.item(child, std::mem::take(&mut attributes), into) {
                self.statement(child, into);
            }
        }
        match last {
            Some(last) if returned => self.tail(last, into),
            Some(last) => self.statement(last, into),
            None => {}
        }
    }

    /// A block as a value.
    pub(super) fn block_value(&mut self, node: Node<'_>) -> Expr {
        let (inner, last) = split(node);
        let mut body = Vec::new();
        for child in inner {
            if !self.item(child, Vec::new(), &mut body) {
                self.statement(child, &mut body);
            }
        }
        let value = last.map(|last| Box::new(self.expression(last)));
        match value {
            Some(value) if body.is_empty() => *value,
            value => expr(node, ExprKind::Block { body, value }),
        }
    }

    /// The last expression of a function: what it computes is returned.
    fn tail(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        self.nested(|rust| rust.tail_here(node, into));
    }

    fn tail_here(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        match node.kind() {
            "if_expression" | "match_expression" => self.branching(node, true, into),
            "block" | "unsafe_block" => {
                if let Some(block) = block_of(node) {
                    let body = self.body(block);
                    into.push(stmt(node, StmtKind::Block(body)));
                }
            }
            "while_expression"
            | "loop_expression"
            | "for_expression"
            | "return_expression"
            | "break_expression"
            | "continue_expression"
            | "assignment_expression"
            | "compound_assignment_expr" => self.statement(node, into),
            "macro_invocation" => match self.macro_statement(node) {
                Some(kind) => into.push(stmt(node, kind)),
                None => self.returned(node, into),
            },
            _ => self.returned(node, into),
        }
    }

    fn returned(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let value = self.expression(node);
        into.push(stmt(node, StmtKind::Return(Some(value))));
    }

    /// Lowers a statement; one may become several.
    pub(super) fn statement(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        self.nested(|rust| rust.statement_here(node, into));
    }

    fn statement_here(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let first = children(node).into_iter().next();
        let kind = match node.kind() {
            "expression_statement" => match first {
                Some(inner) => return self.statement(inner, into),
                None => return,
            },
            "let_declaration" => return self.let_declaration(node, into),
            "if_expression" | "match_expression" => return self.branching(node, false, into),
            "while_expression" => self.while_loop(node),
            "loop_expression" => Some(self.endless_loop(node)),
            "for_expression" => self.for_loop(node),
            "return_expression" => {
                Some(StmtKind::Return(first.map(|value| self.expression(value))))
            }
            "break_expression" => Some(StmtKind::Break(self.label(node))),
            "continue_expression" => Some(StmtKind::Continue(self.label(node))),
            "block" | "unsafe_block" => {
                block_of(node).map(|block| StmtKind::Block(self.block(block)))
            }
            "macro_invocation" => self.macro_statement(node),
            "ERROR" => {
                for child in children(node) {
                    self.statement(child, into);
                }
                return;
            }
            "empty_statement" | "attribute_item" | "inner_attribute_item" => return,
            _ if self.item(node, Vec::new(), into) => return,
            _ => None,
        };
        let kind = kind.unwrap_or_else(|| StmtKind::Expr(self.expression(node)));
        let label = self.label(node).filter(|_| is_loop(node));
        let lowered = stmt(node, kind);
        into.push(match label {
            Some(label) => stmt(node, StmtKind::Labeled(label, Box::new(lowered))),
            None => lowered,
        });
    }

    fn label(&mut self, node: Node<'_>) -> Option<crate::ir::Text> {
        let label = child_of(node, "label")?;
        let name = self
            .builder
            .source(label)
            .trim_start_matches('\'')
            .to_owned();
        Some(self.builder.intern(&name))
    }

    /// `let pattern = value else { … }`
    fn let_declaration(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let Some(bound) = field(node, "pattern") else {
            return;
        };
        let value = field(node, "value").map(|value| self.expression(value));
        let ty = field(node, "type").map(|ty| self.type_name(ty));
        let ty = ty.filter(|ty| &*ty.name != "_" && &*ty.name != "tuple");
        let pattern = self.pattern(bound);
        into.push(stmt(node, StmtKind::Let { pattern, ty, value }));
        if let Some(alternative) = field(node, "alternative") {
            let then = self.block(alternative);
            let kind = StmtKind::If {
                condition: opaque(alternative, Vec::new()),
                then,
                otherwise: Vec::new(),
            };
            into.push(stmt(alternative, kind));
        }
    }

    /// `if` and `match` as statements, or as what a function returns.
    fn branching(&mut self, node: Node<'_>, returned: bool, into: &mut Vec<Stmt>) {
        let kind = if node.kind() == "match_expression" {
            self.match_statement(node, returned)
        } else {
            self.if_statement(node, returned)
        };
        if let Some(kind) = kind {
            into.push(stmt(node, kind));
        }
    }

    fn branch(&mut self, node: Node<'_>, returned: bool) -> Vec<Stmt> {
        if returned {
            self.body(node)
        } else {
            self.block(node)
        }
    }

    fn if_statement(&mut self, node: Node<'_>, returned: bool) -> Option<StmtKind> {
        let condition = field(node, "condition")?;
        let consequence = field(node, "consequence")?;
        let mut otherwise = Vec::new();
        let alternative = field(node, "alternative").and_then(|clause| children(clause).pop());
        if let Some(next) = alternative {
            if next.kind() == "if_expression" {
                self.nested(|rust| rust.branching(next, returned, &mut otherwise));
            } else {
                otherwise = self.branch(next, returned);
            }
        }
        let then = |rust: &mut Self| rust.branch(consequence, returned);
        Some(self.tested(condition, then, otherwise))
    }

    /// `if condition`, `if let pattern = value`, or several joined by `&&`.
    fn tested(
        &mut self,
        condition: Node<'_>,
        then: impl FnOnce(&mut Self) -> Vec<Stmt>,
        otherwise: Vec<Stmt>,
    ) -> StmtKind {
        if condition.kind() == "let_condition" {
            return self.let_tested(condition, then, otherwise);
        }
        if condition.kind() == "let_chain" {
            let mut parts = Vec::new();
            for part in children(condition) {
                if part.kind() == "let_condition" {
                    parts.extend(field(part, "value").map(|value| self.expression(value)));
                } else {
                    parts.push(self.expression(part));
                }
            }
            let mut body = self.chain_bindings(condition);
            body.append(&mut then(self));
            return StmtKind::If {
                condition: opaque(condition, parts),
                then: body,
                otherwise,
            };
        }
        let condition = self.expression(condition);
        let then = then(self);
        StmtKind::If {
            condition,
            then,
            otherwise,
        }
    }

    fn chain_bindings(&mut self, chain: Node<'_>) -> Vec<Stmt> {
        let mut bindings = Vec::new();
        for part in children(chain) {
            let (Some(bound), Some(value)) = (field(part, "pattern"), field(part, "value")) else {
                continue;
            };
            let value = Some(self.expression(value));
            let pattern = self.pattern(bound);
            let ty = None;
            bindings.push(stmt(part, StmtKind::Let { pattern, ty, value }));
        }
        bindings
    }

    fn let_tested(
        &mut self,
        condition: Node<'_>,
        then: impl FnOnce(&mut Self) -> Vec<Stmt>,
        otherwise: Vec<Stmt>,
    ) -> StmtKind {
        let subject = field(condition, "value").map(|value| self.expression(value));
        let subject = subject.unwrap_or_else(|| opaque(condition, Vec::new()));
        let pattern = field(condition, "pattern").map(|bound| self.pattern(bound));
        let body = then(self);
        let mut matched = case(body);
        matched.pattern = pattern;
        StmtKind::Switch {
            subject,
            cases: vec![matched, case(otherwise)],
        }
    }

    fn match_statement(&mut self, node: Node<'_>, returned: bool) -> Option<StmtKind> {
        let subject = self.expression(field(node, "value")?);
        let cases = self.arms(node, |rust, value, body| {
            if returned {
                rust.tail(value, body);
            } else {
                rust.statement(value, body);
            }
        });
        Some(StmtKind::Switch { subject, cases })
    }

    /// The arms of a `match`; `lower` puts an arm's value into its body.
    pub(super) fn arms(
        &mut self,
        node: Node<'_>,
        mut lower: impl FnMut(&mut Self, Node<'_>, &mut Vec<Stmt>),
    ) -> Vec<Case> {
        let mut cases = Vec::new();
        for arm in field(node, "body").map(children).unwrap_or_default() {
            let Some(pattern) = field(arm, "pattern") else {
                continue;
            };
            let mut body = Vec::new();
            if let Some(value) = field(arm, "value") {
                lower(self, value, &mut body);
            }
            let mut found = case(body);
            found.guard = field(pattern, "condition").map(|guard| self.expression(guard));
            match self.pattern(pattern) {
                Pattern::Value(value) => found.values.push(*value),
                Pattern::Either(parts) if parts.iter().all(is_value) => {
                    found
                        .values
                        .extend(parts.into_iter().filter_map(into_value));
                }
                Pattern::Ignore => {}
                other => found.pattern = Some(other),
            }
            cases.push(found);
        }
        cases
    }

    fn while_loop(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let condition = field(node, "condition")?;
        let body = field(node, "body")?;
        if matches!(condition.kind(), "let_condition" | "let_chain") {
            let leave = vec![stmt(condition, StmtKind::Break(None))];
            let tested = self.tested(condition, |rust| rust.block(body), leave);
            return Some(StmtKind::While {
                condition: always(node),
                body: vec![stmt(condition, tested)],
                body_first: false,
            });
        }
        let condition = self.expression(condition);
        let body = self.block(body);
        Some(StmtKind::While {
            condition,
            body,
            body_first: false,
        })
    }

    fn endless_loop(&mut self, node: Node<'_>) -> StmtKind {
        let body = field(node, "body").map(|body| self.block(body));
        StmtKind::While {
            condition: always(node),
            body: body.unwrap_or_default(),
            body_first: false,
        }
    }

    fn for_loop(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let iterable = self.expression(field(node, "value")?);
        let pattern = self.pattern(field(node, "pattern")?);
        let body = self.block(field(node, "body")?);
        Some(StmtKind::ForEach {
            pattern,
            iterable,
            body,
            keys_only: false,
        })
    }
}

fn always(node: Node<'_>) -> Expr {
    expr(node, ExprKind::Const(Const::Bool(true)))
}

fn is_loop(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "while_expression" | "loop_expression" | "for_expression" | "block"
    )
}

fn is_value(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Value(_))
}

fn into_value(pattern: Pattern) -> Option<Expr> {
    match pattern {
        Pattern::Value(value) => Some(*value),
        _ => None,
    }
}

/// A case of these statements, for everything.
pub(super) fn case(body: Vec<Stmt>) -> Case {
    Case {
        values: Vec::new(),
        pattern: None,
        guard: None,
        body,
        falls_through: false,
    }
}

/// The block itself, of `unsafe { … }` and the like.
pub(super) fn block_of(node: Node<'_>) -> Option<Node<'_>> {
    if node.kind() == "block" {
        Some(node)
    } else {
        child_of(node, "block")
    }
}

/// The statements of a block, and the expression it ends with.
fn split(node: Node<'_>) -> (Vec<Node<'_>>, Option<Node<'_>>) {
    let mut inner = children(node);
    inner.retain(|child| child.kind() != "label");
    let is_value = inner.last().is_some_and(|last| match last.kind() {
        // a block at the end of a block has no `;` but is wrapped as a statement
        "expression_statement" => {
            let end = last.child(last.child_count().saturating_sub(1));
            end.is_some_and(|end| end.kind() != ";")
        }
        kind => {
            kind.ends_with("_expression")
                || kind.ends_with("_literal")
                || kind.ends_with("_block")
                || matches!(
                    kind,
                    "identifier"
                        | "self"
                        | "scoped_identifier"
                        | "block"
                        | "compound_assignment_expr"
                        | "macro_invocation"
                        | "generic_function"
                )
        }
    });
    let mut last = if is_value { inner.pop() } else { None };
    if let Some(wrapped) = last
        && wrapped.kind() == "expression_statement"
    {
        last = children(wrapped).into_iter().next();
    }
    (inner, last)
}
