//! Statements.

use tree_sitter::Node;

use super::super::syntax::{child_of, children, expr, field, fields, opaque, positional, stmt};
use super::Lowerer;
use super::pattern::asks_for_main;
use crate::Span;
use crate::ir::{Catch, Const, Expr, ExprKind, Pattern, Stmt, StmtKind};

/// How many `elif` are nested in one another; further ones stand side by side.
const MAX_ELIF: usize = 60;

impl<'t> Lowerer<'t> {
    /// The statements of a block, in order.
    pub(super) fn block(&mut self, node: Node<'t>) -> Vec<Stmt> {
        let mut body = Vec::new();
        for child in children(node) {
            let lowered = self.deeper(|this| this.statement(child, &mut body));
            if lowered.is_none() {
                let kind = StmtKind::Expr(expr(child, self.names_below(child)));
                body.push(stmt(child, kind));
            }
        }
        body
    }

    /// The statements of a field that is a block.
    pub(super) fn suite(&mut self, node: Node<'t>, name: &str) -> Vec<Stmt> {
        match field(node, name) {
            Some(block) => self.block(block),
            None => Vec::new(),
        }
    }

    pub(super) fn statement(&mut self, node: Node<'t>, out: &mut Vec<Stmt>) {
        let kind = match node.kind() {
            "expression_statement" => self.expression_statement(node),
            "return_statement" => {
                let value = children(node).first().map(|value| self.expr(*value));
                StmtKind::Return(value)
            }
            "raise_statement" => {
                let value = children(node).first().map(|value| self.expr(*value));
                StmtKind::Throw(value)
            }
            "break_statement" => StmtKind::Break(None),
            "continue_statement" => StmtKind::Continue(None),
            "delete_statement" => StmtKind::Delete(self.deleted(node)),
            "assert_statement" => match children(node).first() {
                Some(condition) => StmtKind::Assert(self.expr(*condition)),
                None => return,
            },
            "global_statement" | "nonlocal_statement" => {
                StmtKind::Outer(children(node).into_iter().map(|n| self.name(n)).collect())
            }
            "import_statement" | "import_from_statement" => return self.import(node),
            "print_statement" | "exec_statement" => self.old_statement(node),
            "pass_statement" | "future_import_statement" | "type_alias_statement" => return,
            _ => return self.compound(node, out),
        };
        out.push(stmt(node, kind));
    }

    fn compound(&mut self, node: Node<'t>, out: &mut Vec<Stmt>) {
        let kind = match node.kind() {
            "if_statement" => self.if_statement(node),
            "for_statement" | "while_statement" => return self.loop_statement(node, out),
            "try_statement" => self.try_statement(node),
            "with_statement" => self.with_statement(node),
            "match_statement" => self.match_statement(node),
            "function_definition" => StmtKind::Function(self.function(node, Vec::new(), None)),
            "class_definition" => StmtKind::Class(self.class(node, Vec::new())),
            "decorated_definition" => match self.decorated(node, None) {
                Some(kind) => kind,
                None => return,
            },
            _ => StmtKind::Expr(expr(node, ExprKind::Opaque(self.exprs(children(node))))),
        };
        out.push(stmt(node, kind));
    }

    fn expression_statement(&mut self, node: Node<'t>) -> StmtKind {
        match children(node).as_slice() {
            [declared] if field(*declared, "type").is_some() => self.declaration(*declared),
            [bound] if bound.kind() == "assignment" => self.maybe_lambda(*bound),
            [only] => StmtKind::Expr(self.expr(*only)),
            several => {
                let sequence = ExprKind::Sequence(self.exprs(several.to_vec()));
                StmtKind::Expr(expr(node, sequence))
            }
        }
    }

    /// A lambda bound to a name has that name.
    fn maybe_lambda(&mut self, node: Node<'t>) -> StmtKind {
        let left = field(node, "left").filter(|left| left.kind() == "identifier");
        let right = field(node, "right").filter(|right| right.kind() == "lambda");
        let (Some(left), Some(right)) = (left, right) else {
            return StmtKind::Expr(self.expr(node));
        };
        let name = self.name(left);
        let params = child_of(right, "lambda_parameters");
        let id = self.lambda_function(right, params, name.clone());
        let kind = ExprKind::Assign {
            target: Box::new(Pattern::Name(name)),
            op: None,
            value: Box::new(expr(right, ExprKind::Function(id))),
        };
        StmtKind::Expr(expr(node, kind))
    }

    /// `name: type = value`.
    fn declaration(&mut self, node: Node<'t>) -> StmtKind {
        let is_name = field(node, "left").is_some_and(|left| left.kind() == "identifier");
        let value = field(node, "right");
        if !is_name && value.is_some() {
            return StmtKind::Expr(self.expr(node));
        }
        StmtKind::Let {
            pattern: field(node, "left").map_or(Pattern::Ignore, |left| self.pattern(left)),
            ty: field(node, "type").and_then(|ty| self.type_name(ty)),
            value: value.map(|value| self.expr(value)),
        }
    }

    fn deleted(&mut self, node: Node<'t>) -> Vec<Expr> {
        let mut given_up = children(node);
        if let [list] = given_up.as_slice()
            && matches!(list.kind(), "expression_list" | "tuple")
        {
            given_up = children(*list);
        }
        self.exprs(given_up)
    }

    /// `print x` and `exec code` of Python 2 are calls.
    fn old_statement(&mut self, node: Node<'t>) -> StmtKind {
        let name = node.kind().trim_end_matches("_statement");
        let values = self.exprs(children(node));
        let args = values.into_iter().map(positional);
        let kind = ExprKind::Call {
            callee: Box::new(expr(node, ExprKind::Name(name.into()))),
            args: args.collect(),
        };
        StmtKind::Expr(expr(node, kind))
    }

    fn condition(&mut self, node: Node<'t>) -> Expr {
        let condition = match field(node, "condition") {
            Some(condition) => self.expr(condition),
            None => opaque(node, Vec::new()),
        };
        if asks_for_main(&condition) {
            return Expr {
                kind: ExprKind::Const(Const::Bool(true)),
                ..condition
            };
        }
        condition
    }

    fn if_statement(&mut self, node: Node<'t>) -> StmtKind {
        let condition = self.condition(node);
        let then = self.suite(node, "consequence");
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        for alternative in fields(node, "alternative") {
            if alternative.kind() == "elif_clause" {
                let condition = self.condition(alternative);
                let then = self.suite(alternative, "consequence");
                branches.push((alternative, condition, then));
            } else {
                otherwise = self.suite(alternative, "body");
            }
        }
        for (place, (clause, condition, then)) in branches.into_iter().enumerate().rev() {
            let below = if place < MAX_ELIF {
                std::mem::take(&mut otherwise)
            } else {
                Vec::new()
            };
            let kind = StmtKind::If {
                condition,
                then,
                otherwise: below,
            };
            otherwise.insert(0, stmt(clause, kind));
        }
        StmtKind::If {
            condition,
            then,
            otherwise,
        }
    }

    fn loop_statement(&mut self, node: Node<'t>, out: &mut Vec<Stmt>) {
        let kind = if node.kind() == "while_statement" {
            StmtKind::While {
                condition: self.condition(node),
                body: self.suite(node, "body"),
                body_first: false,
            }
        } else {
            StmtKind::ForEach {
                pattern: field(node, "left").map_or(Pattern::Ignore, |left| self.pattern(left)),
                iterable: self.joined(node, "right"),
                body: self.suite(node, "body"),
                keys_only: false,
            }
        };
        out.push(stmt(node, kind));
        // `else` of a loop runs unless the loop was broken off.
        if let Some(clause) = field(node, "alternative") {
            let kind = StmtKind::If {
                condition: opaque(clause, Vec::new()),
                then: self.suite(clause, "body"),
                otherwise: Vec::new(),
            };
            out.push(stmt(clause, kind));
        }
    }

    fn try_statement(&mut self, node: Node<'t>) -> StmtKind {
        let body = self.suite(node, "body");
        let mut catches = Vec::new();
        let mut otherwise = Vec::new();
        let mut finally = Vec::new();
        for clause in children(node) {
            match clause.kind() {
                "except_clause" | "except_group_clause" => catches.push(self.catch(clause)),
                "else_clause" => otherwise = self.suite(clause, "body"),
                "finally_clause" => finally = self.inner_block(clause),
                _ => {}
            }
        }
        StmtKind::Try {
            resources: Vec::new(),
            body,
            catches,
            otherwise,
            finally,
        }
    }

    fn inner_block(&mut self, clause: Node<'t>) -> Vec<Stmt> {
        match child_of(clause, "block") {
            Some(block) => self.block(block),
            None => Vec::new(),
        }
    }

    fn catch(&mut self, clause: Node<'t>) -> Catch {
        let mut wanted = fields(clause, "value");
        let mut alias = field(clause, "alias");
        if let [only] = wanted.as_slice()
            && only.kind() == "as_pattern"
        {
            alias = field(*only, "alias");
            wanted = children(*only).into_iter().take(1).collect();
        }
        if let [tuple] = wanted.as_slice()
            && matches!(tuple.kind(), "tuple" | "parenthesized_expression")
        {
            wanted = children(*tuple);
        }
        Catch {
            types: wanted
                .into_iter()
                .filter_map(|ty| self.type_name(ty))
                .collect(),
            name: alias.map(|alias| self.name(alias)),
            body: self.inner_block(clause),
            span: Span::of(clause),
        }
    }

    fn with_statement(&mut self, node: Node<'t>) -> StmtKind {
        let mut values = Vec::new();
        let clause = child_of(node, "with_clause");
        for item in clause.map(children).unwrap_or_default() {
            match field(item, "value") {
                Some(group) if matches!(group.kind(), "tuple" | "parenthesized_expression") => {
                    values.extend(children(group));
                }
                Some(value) => values.push(value),
                None => {}
            }
        }
        let items = values
            .into_iter()
            .map(|value| {
                let alias = field(value, "alias").filter(|_| value.kind() == "as_pattern");
                let target = alias.map(|alias| self.pattern(alias));
                (self.expr(value), target)
            })
            .collect();
        StmtKind::With {
            items,
            body: self.suite(node, "body"),
        }
    }
}
