//! Changes every expression and statement below one, without recursion.

use crate::ir::{Expr, ExprKind, Pattern, Stmt, StmtKind};

/// One part of the IR.
enum Part<'a> {
    Stmt(&'a mut Stmt),
    Expr(&'a mut Expr),
}

/// Changes a statement and what is below. `visit` says whether an expression's parts are to be
/// changed too.
pub(super) fn change(
    stmt: &mut Stmt,
    visit: &mut impl FnMut(&mut Expr) -> bool,
    statement: &mut impl FnMut(&mut Stmt),
) {
    run(vec![Part::Stmt(stmt)], visit, statement);
}

/// The same of an expression; statements inside stay as they are but for their expressions.
pub(super) fn change_expr(expr: &mut Expr, visit: &mut impl FnMut(&mut Expr) -> bool) {
    run(vec![Part::Expr(expr)], visit, &mut |_| {});
}

fn run(
    mut open: Vec<Part<'_>>,
    visit: &mut impl FnMut(&mut Expr) -> bool,
    statement: &mut impl FnMut(&mut Stmt),
) {
    while let Some(part) = open.pop() {
        match part {
            Part::Stmt(stmt) => {
                statement(stmt);
                of_stmt(stmt, &mut open);
            }
            Part::Expr(expr) => {
                if visit(expr) {
                    of_expr(expr, &mut open);
                }
            }
        }
    }
}

fn of_stmt<'a>(stmt: &'a mut Stmt, parts: &mut Vec<Part<'a>>) {
    match &mut stmt.kind {
        StmtKind::Expr(value) | StmtKind::Defer(value) | StmtKind::Assert(value) => {
            parts.push(Part::Expr(value));
        }
        StmtKind::Let { value, .. } | StmtKind::Return(value) | StmtKind::Throw(value) => {
            parts.extend(value.iter_mut().map(Part::Expr));
        }
        StmtKind::If {
            condition,
            then,
            otherwise,
        } => {
            parts.push(Part::Expr(condition));
            parts.extend(then.iter_mut().chain(otherwise).map(Part::Stmt));
        }
        StmtKind::While {
            condition, body, ..
        } => {
            parts.push(Part::Expr(condition));
            parts.extend(body.iter_mut().map(Part::Stmt));
        }
        StmtKind::For {
            init,
            condition,
            update,
            body,
        } => {
            parts.extend(condition.iter_mut().chain(update).map(Part::Expr));
            parts.extend(init.iter_mut().chain(body).map(Part::Stmt));
        }
        StmtKind::ForEach { iterable, body, .. } => {
            parts.push(Part::Expr(iterable));
            parts.extend(body.iter_mut().map(Part::Stmt));
        }
        StmtKind::Switch { subject, cases } => {
            parts.push(Part::Expr(subject));
            for case in cases {
                parts.extend(case.values.iter_mut().map(Part::Expr));
                parts.extend(case.body.iter_mut().map(Part::Stmt));
            }
        }
        StmtKind::Try {
            body,
            catches,
            finally,
            ..
        } => {
            parts.extend(body.iter_mut().chain(finally).map(Part::Stmt));
            for catch in catches {
                parts.extend(catch.body.iter_mut().map(Part::Stmt));
            }
        }
        StmtKind::Block(body) => parts.extend(body.iter_mut().map(Part::Stmt)),
        StmtKind::Labeled(_, inner) => parts.push(Part::Stmt(inner)),
        StmtKind::Delete(values) => parts.extend(values.iter_mut().map(Part::Expr)),
        _ => {}
    }
}

fn of_expr<'a>(expr: &'a mut Expr, parts: &mut Vec<Part<'a>>) {
    match &mut expr.kind {
        ExprKind::Index { base, index } => parts.extend([Part::Expr(base), Part::Expr(index)]),
        ExprKind::Call { callee, args } => {
            parts.push(Part::Expr(callee));
            parts.extend(args.iter_mut().map(|arg| Part::Expr(&mut arg.value)));
        }
        ExprKind::New { args, class, .. } => {
            parts.extend(class.array.iter_mut().flatten().map(Part::Expr));
            parts.extend(args.iter_mut().map(|arg| Part::Expr(&mut arg.value)));
        }
        ExprKind::Struct { fields, .. } => {
            parts.extend(fields.iter_mut().map(|(_, value)| Part::Expr(value)));
        }
        ExprKind::Binary { left, right, .. } => {
            parts.extend([Part::Expr(left), Part::Expr(right)]);
        }
        ExprKind::Choose {
            condition,
            then,
            otherwise,
        } => {
            parts.extend([condition, then, otherwise].map(|part| Part::Expr(part)));
        }
        ExprKind::Assign { target, value, .. } => {
            if let Pattern::Place(place) = &mut **target {
                parts.push(Part::Expr(place));
            }
            parts.push(Part::Expr(value));
        }
        ExprKind::Field { base: inner, .. }
        | ExprKind::Slice { base: inner, .. }
        | ExprKind::Unary { operand: inner, .. }
        | ExprKind::Update { target: inner, .. }
        | ExprKind::Cast { value: inner, .. }
        | ExprKind::AddressOf(inner)
        | ExprKind::Deref(inner)
        | ExprKind::SizeOfExpr(inner)
        | ExprKind::Spread(inner) => parts.push(Part::Expr(inner)),
        ExprKind::Opaque(inner) | ExprKind::Sequence(inner) | ExprKind::Interpolated(inner) => {
            parts.extend(inner.iter_mut().map(Part::Expr));
        }
        ExprKind::Block { body, value } => {
            parts.extend(body.iter_mut().map(Part::Stmt));
            parts.extend(value.iter_mut().map(|value| Part::Expr(value)));
        }
        _ => {}
    }
}
