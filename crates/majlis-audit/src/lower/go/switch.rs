//! `switch` and `select` of Go.

use tree_sitter::Node;

use super::Go;
use super::statement::named_fields;
use crate::Span;
use crate::ir::{Case, Const, Expr, ExprKind, Pattern, Stmt, StmtKind};
use crate::lower::syntax::{child_of, children, expr, field, opaque, stmt};

/// How many cases of a `switch` without a value become a chain of `if`.
const CHAIN_MAX: usize = 40;

impl Go<'_> {
    /// `switch x { … }`, and `switch { … }`, which is a chain of `if` where nothing in it says
    /// `break` or `fallthrough`.
    pub(super) fn value_switch(&mut self, node: Node<'_>) -> StmtKind {
        let lowered = self.with_header(node, |go| {
            let Some(value) = field(node, "value") else {
                return Some(go.condition_switch(node));
            };
            let subject = go.expression(value);
            let cases = go.cases(node);
            Some(StmtKind::Switch { subject, cases })
        });
        lowered.unwrap_or_else(|| StmtKind::Block(Vec::new()))
    }

    fn cases(&mut self, node: Node<'_>) -> Vec<Case> {
        let mut cases = Vec::new();
        for child in children(node) {
            if !matches!(child.kind(), "expression_case" | "default_case") {
                continue;
            }
            let mut case = empty_case();
            for value in field(child, "value").map(children).unwrap_or_default() {
                case.values.push(self.expression(value));
            }
            case.falls_through = falls_through(child);
            case.body = self.case_body(child);
            cases.push(case);
        }
        cases
    }

    fn case_body(&mut self, node: Node<'_>) -> Vec<Stmt> {
        child_of(node, "statement_list")
            .map(|list| self.block(list))
            .unwrap_or_default()
    }

    fn condition_switch(&mut self, node: Node<'_>) -> StmtKind {
        let arms: Vec<Node<'_>> = children(node)
            .into_iter()
            .filter(|child| matches!(child.kind(), "expression_case" | "default_case"))
            .collect();
        let is_plain = arms.len() <= CHAIN_MAX
            && !arms
                .iter()
                .any(|arm| falls_through(*arm) || has_own_break(*arm));
        if !is_plain {
            let subject = expr(node, ExprKind::Const(Const::Bool(true)));
            let cases = self.cases(node);
            return StmtKind::Switch { subject, cases };
        }
        let mut otherwise: Vec<Stmt> = Vec::new();
        let mut chain: Vec<(Node<'_>, Expr, Vec<Stmt>)> = Vec::new();
        for arm in arms {
            let mut questions = Vec::new();
            for value in field(arm, "value").map(children).unwrap_or_default() {
                questions.push(self.condition(value));
            }
            let body = self.case_body(arm);
            match questions.into_iter().reduce(either) {
                Some(condition) => chain.push((arm, condition, body)),
                None => otherwise = body,
            }
        }
        for (arm, condition, then) in chain.into_iter().rev() {
            let kind = StmtKind::If {
                condition,
                then,
                otherwise,
            };
            otherwise = vec![stmt(arm, kind)];
        }
        StmtKind::Block(otherwise)
    }

    /// `switch v := x.(type) { case T: … }`: `v` is `x` as a `T` in that case.
    pub(super) fn type_switch(&mut self, node: Node<'_>) -> Option<StmtKind> {
        self.with_header(node, |go| {
            let subject = go.expression(field(node, "value")?);
            let alias = field(node, "alias").and_then(|list| children(list).into_iter().next());
            let alias = alias.map(|name| go.builder.name(name));
            let mut cases = Vec::new();
            for child in children(node) {
                if !matches!(child.kind(), "type_case" | "default_case") {
                    continue;
                }
                let mut case = empty_case();
                let mut types = Vec::new();
                for written in named_fields(child, "type") {
                    let ty = go.type_name(written);
                    case.values.push(expr(written, ExprKind::Type(ty.clone())));
                    types.push(ty);
                }
                if let Some(name) = &alias {
                    let ty = (types.len() == 1).then(|| types.remove(0));
                    case.body.push(stmt(
                        child,
                        StmtKind::Let {
                            pattern: Pattern::Name(name.clone()),
                            value: Some(as_type(subject.clone(), ty.clone())),
                            ty,
                        },
                    ));
                }
                case.body.append(&mut go.case_body(child));
                cases.push(case);
            }
            Some(StmtKind::Switch { subject, cases })
        })
    }

    /// `select { case … }`: one of the cases, no one knows which.
    pub(super) fn select(&mut self, node: Node<'_>) -> StmtKind {
        let mut cases = Vec::new();
        for child in children(node) {
            let mut case = empty_case();
            match child.kind() {
                "default_case" => {}
                "communication_case" => {
                    case.values.push(opaque(child, Vec::new()));
                    if let Some(communication) = field(child, "communication") {
                        self.communication(communication, &mut case.body);
                    }
                }
                _ => continue,
            }
            case.body.append(&mut self.case_body(child));
            cases.push(case);
        }
        let subject = opaque(node, Vec::new());
        StmtKind::Switch { subject, cases }
    }

    fn communication(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        if node.kind() == "send_statement" {
            self.statement(node, into);
            return;
        }
        let Some(right) = field(node, "right") else {
            return;
        };
        let received = self.expression(right);
        let left = field(node, "left").map(children).unwrap_or_default();
        let Some(first) = left.first() else {
            into.push(stmt(node, StmtKind::Expr(received)));
            return;
        };
        let pattern = match (first.kind(), self.builder.source(*first)) {
            (_, "_") => Pattern::Ignore,
            ("identifier", _) => Pattern::Name(self.builder.name(*first)),
            _ => Pattern::Place(Box::new(self.expression(*first))),
        };
        let kind = if child_of(node, ":=").is_some() {
            StmtKind::Let {
                pattern,
                ty: None,
                value: Some(received),
            }
        } else {
            let assign = ExprKind::Assign {
                target: Box::new(pattern),
                op: None,
                value: Box::new(received),
            };
            StmtKind::Expr(expr(node, assign))
        };
        into.push(stmt(node, kind));
    }
}

fn empty_case() -> Case {
    Case {
        values: Vec::new(),
        pattern: None,
        guard: None,
        body: Vec::new(),
        falls_through: false,
    }
}

fn either(left: Expr, right: Expr) -> Expr {
    let span = Span {
        start: left.span.start,
        end: right.span.end,
    };
    let kind = ExprKind::Binary {
        op: crate::ir::BinaryOp::Or,
        left: Box::new(left),
        right: Box::new(right),
    };
    Expr { kind, span }
}

fn as_type(value: Expr, ty: Option<crate::ir::TypeName>) -> Expr {
    let span = value.span;
    match ty {
        Some(ty) => Expr {
            kind: ExprKind::Cast {
                ty,
                value: Box::new(value),
            },
            span,
        },
        None => value,
    }
}

fn falls_through(arm: Node<'_>) -> bool {
    child_of(arm, "statement_list")
        .and_then(|list| children(list).pop())
        .is_some_and(|last| last.kind() == "fallthrough_statement")
}

/// Whether a `break` without a label leaves the `switch` this arm is of. Looks at a bounded number
/// of nodes; beyond, it says yes.
fn has_own_break(arm: Node<'_>) -> bool {
    let mut left = vec![arm];
    let mut looked_at = 0_u32;
    while let Some(node) = left.pop() {
        looked_at += 1;
        if looked_at > 2000 {
            return true;
        }
        match node.kind() {
            "break_statement" => {
                if children(node).is_empty() {
                    return true;
                }
            }
            "for_statement"
            | "expression_switch_statement"
            | "type_switch_statement"
            | "select_statement"
            | "func_literal" => {}
            _ => left.extend(children(node)),
        }
    }
    false
}
