//! Statements.

use tree_sitter::Node;

use super::super::syntax::{child_of, children, field};
use super::Lowering;
use crate::ir::{Case, Catch, Const, Expr, ExprKind, Pattern, Stmt, StmtKind};

impl Lowering<'_> {
    /// What stands between braces; one statement without braces is a block of one.
    pub(super) fn block(&mut self, node: Node<'_>) -> Vec<Stmt> {
        match node.kind() {
            "compound_statement" => self.statements(children(node)),
            "try_statement" => self.statement(node),
            "else_clause" => children(node)
                .first()
                .map(|inner| self.block(*inner))
                .unwrap_or_default(),
            _ => self.statement(node),
        }
    }

    pub(super) fn statements(&mut self, nodes: Vec<Node<'_>>) -> Vec<Stmt> {
        let mut lowered = Vec::with_capacity(nodes.len());
        for node in nodes {
            lowered.extend(self.statement(node));
        }
        lowered
    }

    /// One statement may declare several names.
    pub(super) fn statement(&mut self, node: Node<'_>) -> Vec<Stmt> {
        self.nested(|lowering| lowering.statement_here(node))
            .unwrap_or_default()
    }

    fn statement_here(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let kind = match node.kind() {
            "declaration" => return self.declaration(node, false),
            "preproc_if" | "preproc_ifdef" => return self.conditional_statements(node),
            "preproc_def"
            | "preproc_function_def"
            | "type_definition"
            | "alias_declaration"
            | "struct_specifier"
            | "class_specifier"
            | "union_specifier"
            | "enum_specifier"
            | "using_declaration"
            | "function_definition" => {
                self.item(node);
                return Vec::new();
            }
            "ERROR" | "linkage_specification" | "declaration_list" | "preproc_else" => {
                return self.statements(children(node));
            }
            "if_statement" => return self.branch(node),
            "expression_statement" => return self.expression_statement(node),
            "compound_statement" => StmtKind::Block(self.block(node)),
            "while_statement" => StmtKind::While {
                condition: self.condition(node),
                body: self.body(node),
                body_first: false,
            },
            "do_statement" => StmtKind::While {
                condition: self.condition(node),
                body: self.body(node),
                body_first: true,
            },
            "for_statement" => self.for_loop(node),
            "for_range_loop" => self.range_loop(node),
            "switch_statement" => self.switch(node),
            "return_statement" | "co_return_statement" => {
                let value = children(node).first().copied();
                StmtKind::Return(value.map(|value| self.expression(value)))
            }
            "throw_statement" => {
                let value = children(node).first().copied();
                StmtKind::Throw(value.map(|value| self.expression(value)))
            }
            "break_statement" => StmtKind::Break(None),
            "continue_statement" => StmtKind::Continue(None),
            "goto_statement" => match field(node, "label") {
                Some(label) => StmtKind::Goto(self.builder.name(label)),
                None => return Vec::new(),
            },
            "labeled_statement" => return self.labeled(node),
            "try_statement" | "seh_try_statement" => self.attempt(node),
            "attributed_statement" | "case_statement" => {
                return self.statements(children(node));
            }
            kind if kind.ends_with("_expression") || kind == "identifier" => {
                StmtKind::Expr(self.expression(node))
            }
            _ => return Vec::new(),
        };
        vec![self.stmt(node, kind)]
    }

    fn expression_statement(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let Some(inner) = children(node).first().copied() else {
            return Vec::new();
        };
        if inner.kind() != "delete_expression" {
            let value = self.expression(inner);
            return vec![self.stmt(node, StmtKind::Expr(value))];
        }
        let Some(operand) = children(inner).last().copied() else {
            return Vec::new();
        };
        let mut value = self.expression(operand);
        if child_of(inner, "[").is_some() {
            let base = Box::new(value);
            let (from, to) = (None, None);
            value = self.expr(inner, ExprKind::Slice { base, from, to });
        }
        vec![self.stmt(node, StmtKind::Delete(vec![value]))]
    }

    fn body(&mut self, node: Node<'_>) -> Vec<Stmt> {
        field(node, "body")
            .map(|body| self.block(body))
            .unwrap_or_default()
    }

    /// The condition of `if`, `while`, `switch`, without a declaration in it.
    fn condition(&mut self, node: Node<'_>) -> Expr {
        match field(node, "condition") {
            Some(clause) => {
                let value = field(clause, "value").unwrap_or(clause);
                self.expression(value)
            }
            None => self.expr(node, ExprKind::Const(Const::Bool(true))),
        }
    }

    /// `if`, with what its condition declares in front.
    fn branch(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let clause = field(node, "condition");
        let mut before = Vec::new();
        if let Some(first) = clause.and_then(|clause| field(clause, "initializer")) {
            before = self.statements(children(first));
        }
        let declared = clause
            .and_then(|clause| field(clause, "value"))
            .filter(|value| value.kind() == "declaration");
        let mut condition = None;
        if let Some(declared) = declared {
            before.extend(self.declaration(declared, false));
            if let Some(Stmt {
                kind:
                    StmtKind::Let {
                        pattern: Pattern::Name(name),
                        ..
                    },
                ..
            }) = before.last()
            {
                condition = Some(self.expr(declared, ExprKind::Name(name.clone())));
            }
        }
        let condition = condition.unwrap_or_else(|| self.condition(node));
        let then = field(node, "consequence").map(|then| self.block(then));
        let otherwise = field(node, "alternative").map(|other| self.block(other));
        let lowered = self.stmt(
            node,
            StmtKind::If {
                condition,
                then: then.unwrap_or_default(),
                otherwise: otherwise.unwrap_or_default(),
            },
        );
        if before.is_empty() {
            return vec![lowered];
        }
        before.push(lowered);
        vec![self.stmt(node, StmtKind::Block(before))]
    }

    fn for_loop(&mut self, node: Node<'_>) -> StmtKind {
        let init = match field(node, "initializer") {
            Some(first) if first.kind() == "declaration" => self.declaration(first, false),
            Some(first) => {
                let value = self.expression(first);
                vec![self.stmt(first, StmtKind::Expr(value))]
            }
            None => Vec::new(),
        };
        let condition = field(node, "condition").map(|condition| self.expression(condition));
        let update = field(node, "update").map(|update| self.expression(update));
        StmtKind::For {
            init,
            condition,
            update: update.into_iter().collect(),
            body: self.body(node),
        }
    }

    fn range_loop(&mut self, node: Node<'_>) -> StmtKind {
        let base = field(node, "type").map_or_else(
            || super::plain_type("auto".into()),
            |specifier| self.type_specifier(specifier),
        );
        let pattern = field(node, "declarator")
            .map(|declarator| self.declarator(declarator, base))
            .and_then(|declared| declared.name)
            .map_or(Pattern::Ignore, Pattern::Name);
        let iterable = match field(node, "right") {
            Some(right) => self.expression(right),
            None => self.expr(node, ExprKind::Opaque(Vec::new())),
        };
        StmtKind::ForEach {
            pattern,
            iterable,
            body: self.body(node),
            keys_only: false,
        }
    }

    fn switch(&mut self, node: Node<'_>) -> StmtKind {
        let subject = self.condition(node);
        let items = field(node, "body").map(children).unwrap_or_default();
        let mut cases: Vec<Case> = Vec::new();
        for item in items {
            if item.kind() != "case_statement" {
                let more = self.statement(item);
                if let Some(last) = cases.last_mut() {
                    last.body.extend(more);
                }
                continue;
            }
            let value = field(item, "value");
            let body = children(item)
                .into_iter()
                .filter(|child| Some(*child) != value)
                .collect();
            cases.push(Case {
                values: value
                    .map(|value| self.expression(value))
                    .into_iter()
                    .collect(),
                pattern: None,
                guard: None,
                body: self.statements(body),
                falls_through: true,
            });
        }
        StmtKind::Switch { subject, cases }
    }

    fn labeled(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let Some(label) = field(node, "label") else {
            return Vec::new();
        };
        let inner = children(node).into_iter().find(|child| *child != label);
        let inner = inner.map(|inner| self.statement(inner)).unwrap_or_default();
        let label = self.builder.name(label);
        let mut inner = inner.into_iter();
        let first = inner
            .next()
            .unwrap_or_else(|| self.stmt(node, StmtKind::Block(Vec::new())));
        let mut lowered = vec![self.stmt(node, StmtKind::Labeled(label, Box::new(first)))];
        lowered.extend(inner);
        lowered
    }

    fn attempt(&mut self, node: Node<'_>) -> StmtKind {
        let body = self.body(node);
        let mut catches = Vec::new();
        let mut finally = Vec::new();
        for part in children(node) {
            match part.kind() {
                "catch_clause" | "seh_except_clause" => {
                    let params = field(part, "parameters")
                        .map(|params| self.parameters(params))
                        .unwrap_or_default();
                    let first = params.into_iter().next();
                    let name = first.as_ref().and_then(|param| match &param.pattern {
                        Pattern::Name(name) => Some(name.clone()),
                        _ => None,
                    });
                    catches.push(Catch {
                        types: first.and_then(|param| param.ty).into_iter().collect(),
                        name,
                        body: self.body(part),
                        span: self.span(part),
                    });
                }
                "seh_finally_clause" => finally = self.body(part),
                _ => {}
            }
        }
        StmtKind::Try {
            resources: Vec::new(),
            body,
            catches,
            otherwise: Vec::new(),
            finally,
        }
    }
}
