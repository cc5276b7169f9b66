//! Which names a function assigns to, and which it calls or takes: one walk over the whole IR.

use std::collections::HashSet;

use crate::ir::{Expr, ExprKind, Function, Pattern, Stmt, StmtKind, Text};

/// Adds what a function changes and what it mentions.
pub(super) fn collect(function: &Function, changed: &mut HashSet<Text>, used: &mut HashSet<Text>) {
    for stmt in &function.body {
        collect_stmt(stmt, changed, used);
    }
}

/// The same of one statement.
pub(super) fn collect_stmt(stmt: &Stmt, changed: &mut HashSet<Text>, used: &mut HashSet<Text>) {
    walk(
        stmt,
        &mut |expr| {
            match &expr.kind {
                ExprKind::Name(name) => {
                    used.insert(name.clone());
                }
                ExprKind::Field { name, .. } => {
                    used.insert(name.clone());
                }
                ExprKind::Assign { target, .. } => {
                    if let Pattern::Name(name) = &**target {
                        changed.insert(name.clone());
                    } else if let Pattern::Place(place) = &**target
                        && let Some(name) = root(place)
                    {
                        changed.insert(name.clone());
                        // `space::name = value`
                        if let ExprKind::Field { name, .. } = &place.kind {
                            changed.insert(name.clone());
                        }
                    }
                }
                ExprKind::Update { target, .. } | ExprKind::AddressOf(target) => {
                    if let Some(name) = root(target) {
                        changed.insert(name.clone());
                    }
                }
                _ => {}
            }
            true
        },
        &mut |_| {},
    );
}

/// The variable a place is part of.
pub(super) fn root(place: &Expr) -> Option<&Text> {
    let mut at = place;
    loop {
        at = match &at.kind {
            ExprKind::Name(name) => return Some(name),
            ExprKind::Field { base, .. } | ExprKind::Index { base, .. } => base,
            ExprKind::Cast { value, .. } => value,
            _ => return None,
        };
    }
}

/// One part of the IR.
enum Part<'a> {
    Stmt(&'a Stmt),
    Expr(&'a Expr),
}

/// Visits every expression and statement below one, without recursion. `visit` says whether its
/// parts are to be seen too.
pub(crate) fn walk<'a>(
    stmt: &'a Stmt,
    visit: &mut impl FnMut(&'a Expr) -> bool,
    statement: &mut impl FnMut(&'a Stmt),
) {
    let mut open = vec![Part::Stmt(stmt)];
    let mut parts = Vec::new();
    while let Some(part) = open.pop() {
        match part {
            Part::Stmt(stmt) => {
                statement(stmt);
                of_stmt(stmt, &mut parts);
            }
            Part::Expr(expr) => {
                if visit(expr) {
                    of_expr(expr, &mut parts);
                }
            }
        }
        open.extend(parts.drain(..).rev());
    }
}

fn of_stmt<'a>(stmt: &'a Stmt, parts: &mut Vec<Part<'a>>) {
    let stmts = |list: &'a [Stmt]| list.iter().map(Part::Stmt);
    match &stmt.kind {
        StmtKind::Expr(value) | StmtKind::Defer(value) | StmtKind::Assert(value) => {
            parts.push(Part::Expr(value));
        }
        StmtKind::Let { value, .. } | StmtKind::Return(value) | StmtKind::Throw(value) => {
            parts.extend(value.iter().map(Part::Expr));
        }
        StmtKind::If {
            condition,
            then,
            otherwise,
        } => {
            parts.push(Part::Expr(condition));
            parts.extend(stmts(then).chain(stmts(otherwise)));
        }
        StmtKind::While {
            condition, body, ..
        } => {
            parts.push(Part::Expr(condition));
            parts.extend(stmts(body));
        }
        StmtKind::For {
            init,
            condition,
            update,
            body,
        } => {
            parts.extend(stmts(init));
            parts.extend(condition.iter().chain(update).map(Part::Expr));
            parts.extend(stmts(body));
        }
        StmtKind::ForEach { iterable, body, .. } => {
            parts.push(Part::Expr(iterable));
            parts.extend(stmts(body));
        }
        StmtKind::Switch { subject, cases } => {
            parts.push(Part::Expr(subject));
            for case in cases {
                parts.extend(case.values.iter().map(Part::Expr));
                parts.extend(stmts(&case.body));
            }
        }
        StmtKind::Try {
            body,
            catches,
            finally,
            ..
        } => {
            parts.extend(stmts(body));
            for catch in catches {
                parts.extend(stmts(&catch.body));
            }
            parts.extend(stmts(finally));
        }
        StmtKind::Block(body) => parts.extend(stmts(body)),
        StmtKind::Labeled(_, inner) => parts.push(Part::Stmt(inner)),
        StmtKind::Delete(values) => parts.extend(values.iter().map(Part::Expr)),
        _ => {}
    }
}

fn of_expr<'a>(expr: &'a Expr, parts: &mut Vec<Part<'a>>) {
    match &expr.kind {
        ExprKind::Field { base, .. } => parts.push(Part::Expr(base)),
        ExprKind::Index { base, index } => parts.extend([Part::Expr(base), Part::Expr(index)]),
        ExprKind::Slice { base, .. } => parts.push(Part::Expr(base)),
        ExprKind::Call { callee, args } => {
            parts.push(Part::Expr(callee));
            parts.extend(args.iter().map(|arg| Part::Expr(&arg.value)));
        }
        ExprKind::New { args, class, .. } => {
            parts.extend(class.array.iter().flatten().map(Part::Expr));
            parts.extend(args.iter().map(|arg| Part::Expr(&arg.value)));
        }
        ExprKind::Struct { fields, .. } => {
            parts.extend(fields.iter().map(|(_, value)| Part::Expr(value)));
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
            if let Pattern::Place(place) = &**target {
                parts.push(Part::Expr(place));
            }
            parts.push(Part::Expr(value));
        }
        ExprKind::Unary { operand, .. } => parts.push(Part::Expr(operand)),
        ExprKind::Update { target: inner, .. }
        | ExprKind::Cast { value: inner, .. }
        | ExprKind::AddressOf(inner)
        | ExprKind::Deref(inner)
        | ExprKind::SizeOfExpr(inner)
        | ExprKind::Spread(inner) => parts.push(Part::Expr(inner)),
        ExprKind::Opaque(inner) | ExprKind::Sequence(inner) | ExprKind::Interpolated(inner) => {
            parts.extend(inner.iter().map(Part::Expr));
        }
        ExprKind::Block { body, value } => {
            parts.extend(body.iter().map(Part::Stmt));
            parts.extend(value.iter().map(|value| Part::Expr(value)));
        }
        _ => {}
    }
}
