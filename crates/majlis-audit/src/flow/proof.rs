//! What a call that came back says of what it was given: it would have failed otherwise.

use super::call::{Given, Site};
use super::machine::Machine;
use super::value::{Labels, Space};
use crate::ir::{Expr, ExprKind, Function, ParamKind, Pattern, Stmt, StmtKind, Text};
use crate::table::{CallEntry, CompiledSlot as Slot, Kinds};

impl<'a> Machine<'a> {
    /// By what a table says of a call: `Integer.parseInt(x)`.
    pub(super) fn proved(&mut self, entry: &'a CallEntry, site: &Site<'a>) {
        let Some(proof) = &entry.proof else {
            return;
        };
        let place = match proof.arg {
            Slot::This => site.base,
            slot => Self::slot_args(slot, site).first().map(|arg| arg.expr),
        };
        if let Some(place) = place
            && self.all_hold(&proof.when, site, None)
        {
            self.cleaned(place, proof.clean);
        }
    }

    /// By what a function of the tree left of its parameters: `check(x)` that throws where `x` is
    /// not as it must be.
    pub(super) fn validated(
        &mut self,
        called: &'a Function,
        args: &[Given<'a>],
        space: Option<Space>,
    ) {
        let plain = |arg: &Given<'a>| arg.name.is_none() && !arg.is_spread;
        let Some(space) = space.filter(|_| self.reachable && args.iter().all(plain)) else {
            return;
        };
        for (param, arg) in called.params.iter().zip(args) {
            let (Pattern::Name(name), ParamKind::One) = (&param.pattern, param.kind) else {
                continue;
            };
            if arg.value.labels.is_empty() || is_assigned(&called.body, name) {
                continue;
            }
            let name = self.names.of_code(name);
            let Some(left) = self.store.get((space, name)) else {
                continue;
            };
            let proved = missing(&arg.value.labels, &left.labels);
            // a parameter whose type can carry nothing was not looked at
            let is_carried = left.ty.is_none_or(|ty| !self.tables.is_harmless(ty));
            if proved != 0 && is_carried {
                self.cleaned(arg.expr, proved);
            }
        }
    }
}

/// The kinds of sinks that what came in may harm and what is left of it may not.
fn missing(before: &Labels, after: &Labels) -> Kinds {
    if after.is_empty() {
        return Kinds::MAX;
    }
    if before.all().len() != after.all().len() {
        return 0;
    }
    let pairs = before.all().iter().zip(after.all());
    pairs.fold(Kinds::MAX, |kinds, (before, after)| {
        kinds & after.cleaned & !before.cleaned
    })
}

/// Whether statements give a name another value.
fn is_assigned(body: &[Stmt], name: &Text) -> bool {
    let mut open: Vec<&[Stmt]> = vec![body];
    while let Some(statements) = open.pop() {
        for statement in statements {
            if assigns(statement, name) {
                return true;
            }
            inside(statement, &mut open);
        }
    }
    false
}

fn assigns(statement: &Stmt, name: &Text) -> bool {
    let is_name = |pattern: &Pattern| match pattern {
        Pattern::Name(found) => found == name,
        Pattern::Sequence(_) | Pattern::Fields(_) => true,
        _ => false,
    };
    match &statement.kind {
        StmtKind::Let { pattern, .. } | StmtKind::ForEach { pattern, .. } => is_name(pattern),
        StmtKind::Expr(Expr {
            kind: ExprKind::Assign { target, .. },
            ..
        }) => is_name(target),
        _ => false,
    }
}

fn inside<'s>(statement: &'s Stmt, open: &mut Vec<&'s [Stmt]>) {
    match &statement.kind {
        StmtKind::If {
            then, otherwise, ..
        } => open.extend([&then[..], otherwise]),
        StmtKind::While { body, .. }
        | StmtKind::For { body, .. }
        | StmtKind::ForEach { body, .. }
        | StmtKind::With { body, .. }
        | StmtKind::Block(body) => open.push(body),
        StmtKind::Switch { cases, .. } => open.extend(cases.iter().map(|case| &case.body[..])),
        StmtKind::Try {
            body,
            catches,
            otherwise,
            finally,
            ..
        } => {
            open.extend([&body[..], otherwise, finally]);
            open.extend(catches.iter().map(|catch| &catch.body[..]));
        }
        StmtKind::Labeled(_, inner) => open.push(std::slice::from_ref(inner)),
        _ => {}
    }
}
