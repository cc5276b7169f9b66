//! What follows for an object where a part of it, or what a call says of it, equals something
//! trusted: the host of an address, the type of a value.

use super::call::Site;
use super::condition::Asked;
use super::machine::{Called, Machine};
use super::names::Sym;
use super::value::{Label, Value};
use crate::Span;
use crate::ir::{Expr, ExprKind};
use crate::table::Kinds;

impl<'a> Machine<'a> {
    /// A place or a call equals something trusted.
    pub(super) fn equals_trusted(&mut self, place: &'a Expr, other: &Value) {
        match &place.kind {
            ExprKind::Field { base, name } => {
                let of = self.eval(base);
                let name = self.sym(name);
                let tables = self.tables;
                let fields = self.typed_fields(of.ty, name);
                let kinds = fields
                    .iter()
                    .fold(0, |all, id| all | tables.fields[*id as usize].guard);
                if kinds != 0 {
                    self.clean_relatives(&of, kinds);
                    self.cleaned(base, kinds);
                }
            }
            // `host = address.getHost()`
            ExprKind::Name(name) => {
                let name = self.sym(name);
                let made_by = self.local(name).map_or(0, |value| value.condition as usize);
                let made_by = made_by.checked_sub(1);
                let made_by = made_by.and_then(|at| self.conditions.get(at).copied());
                if let Some(made_by) = made_by.filter(|made_by| is_part(made_by)) {
                    self.equals_trusted(made_by, other);
                }
            }
            ExprKind::Call { callee, args } => {
                if let Some(same) = same_text(callee, args) {
                    self.equals_trusted(same, other);
                    return;
                }
                let Some((matches, receiver)) = self.matches_of(callee) else {
                    return;
                };
                if !self.has_guards(&matches, Asked::Equal) {
                    return;
                }
                let base = match &callee.kind {
                    ExprKind::Field { base, .. } => Some(&**base),
                    _ => None,
                };
                let site = Site {
                    span: place.span,
                    name: Sym::EMPTY,
                    receiver,
                    base,
                    args: self.arguments(args),
                    made: None,
                };
                if let Some(receiver) = site.receiver.clone() {
                    self.clean_host(&receiver);
                }
                self.guard(&matches, &site, Asked::Equal, Some(other));
            }
            _ => {}
        }
    }

    /// The first part of a text equals something trusted, `x[:n] == y`: a call of the method `[:]`.
    pub(super) fn begins_with(&mut self, text: &'a Expr, other: &Value) {
        let Some(name) = self.names.find("[:]").filter(|_| other.is_fixed()) else {
            return;
        };
        let receiver = self.eval(text);
        let matches = self.matches(Called::Method(receiver.ty, name));
        let site = Site {
            span: text.span,
            name,
            receiver: Some(receiver),
            base: Some(text),
            args: Vec::new(),
            made: None,
        };
        self.guard(&matches, &site, Asked::Equal, Some(other));
    }

    /// A number is at most another, which nobody outside chose.
    pub(super) fn bounded(&mut self, number: &'a Expr, most: &'a Expr) {
        let kinds = self.size_kinds;
        if kinds == 0 || matches!(number.kind, ExprKind::Const(_)) {
            return;
        }
        let most = self.eval(most);
        if self.deep_labels(&most).is_empty() {
            self.cleaned(number, kinds);
        }
    }

    /// The host of an address is trusted, so the text it was read from is too.
    fn clean_host(&mut self, address: &Value) {
        self.clean_relatives(address, self.host_kinds);
    }

    /// Cleans the names of this call whose values come from the same sources as a value.
    fn clean_relatives(&mut self, of: &Value, kinds: Kinds) {
        let labels = self.deep_labels(of);
        let origins: Vec<_> = labels.all().iter().map(origin).collect();
        let Some((space, entry)) = self.frame().map(|frame| (frame.space, frame.entry)) else {
            return;
        };
        let related = |value: &Value| {
            let labels = value.labels.all();
            !labels.is_empty() && labels.iter().all(|label| origins.contains(&origin(label)))
        };
        let locals = self.store.delta(entry).into_iter();
        let locals = locals.filter(|((of, _), _)| *of == space);
        let found: Vec<(Sym, Value)> = locals
            .filter_map(|((_, name), value)| Some((name, value?)))
            .filter(|(_, value)| related(value))
            .collect();
        for (name, mut value) in found {
            value.labels = value.labels.cleaned(kinds);
            self.store.set((space, name), Some(value));
        }
    }
}

fn is_part(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Call { .. } | ExprKind::Field { .. })
}

/// `x` of `x.toLowerCase()`.
fn same_text<'a>(callee: &'a Expr, args: &[crate::ir::Arg]) -> Option<&'a Expr> {
    let ExprKind::Field { base, name } = &callee.kind else {
        return None;
    };
    let is_same = matches!(
        &**name,
        "toLowerCase" | "toUpperCase" | "trim" | "strip" | "lower" | "upper"
    );
    (is_same && args.len() <= 1).then_some(&**base)
}

/// Where a value came in.
fn origin(label: &Label) -> (u32, Span) {
    let mut step = &label.trail;
    while let Some(before) = &step.before {
        step = before;
    }
    (step.module, step.span)
}
