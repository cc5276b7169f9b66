//! Conditions: which way they go, and what is known after them.

use super::machine::Machine;
use super::number::{FAR, Range};
use super::state::State;
use super::types::Ty;
use super::value::{FunctionRef, Kind, NullWhy, ObjectId, Sure, Value};
use crate::ir::{BinaryOp, Expr, ExprKind, Pattern, UnaryOp};

impl Machine<'_> {
    /// The states in which a condition holds, and does not; `None` where that cannot be.
    pub(super) fn branch(
        &mut self,
        condition: &Expr,
        mut state: State,
    ) -> (Option<State>, Option<State>) {
        if let Some((name, value)) = self.macro_expression(condition) {
            return self.inside_macro(name, |machine| machine.branch(&value, state));
        }
        match &condition.kind {
            ExprKind::Unary {
                op: UnaryOp::Not,
                operand,
            } => {
                let (yes, no) = self.branch(operand, state);
                (no, yes)
            }
            ExprKind::Binary {
                op: BinaryOp::And,
                left,
                right,
            } => {
                let (yes, no) = self.branch(left, state);
                let (both, other) = yes.map_or((None, None), |state| self.branch(right, state));
                (both, super::state::join(no, other))
            }
            ExprKind::Binary {
                op: BinaryOp::Or,
                left,
                right,
            } => {
                let (yes, no) = self.branch(left, state);
                let (other, neither) = no.map_or((None, None), |state| self.branch(right, state));
                (super::state::join(yes, other), neither)
            }
            ExprKind::Binary { op, left, right } if negation(*op).is_some() => {
                self.comparison(*op, left, right, condition, state)
            }
            _ => {
                let value = self.eval(condition, &mut state);
                self.use_value(&value, condition.span);
                self.note_check(condition, &value, condition.span, &mut state);
                if state.is_over {
                    return (None, None);
                }
                self.split(value.truth(), state, |machine, state, holds| {
                    let op = if holds {
                        BinaryOp::NotEqual
                    } else {
                        BinaryOp::Equal
                    };
                    machine.narrow(condition, op, &Value::int(0), state)
                })
            }
        }
    }

    fn split(
        &mut self,
        truth: Option<bool>,
        state: State,
        narrow: impl Fn(&mut Self, &mut State, bool) -> bool,
    ) -> (Option<State>, Option<State>) {
        let (mut yes, mut no) = match truth {
            Some(true) => (Some(state), None),
            Some(false) => (None, Some(state)),
            None => (Some(state.clone()), Some(state)),
        };
        if let Some(state) = &mut yes
            && !self.quietly(|machine| narrow(machine, state, true))
            && truth.is_none()
        {
            yes = None;
        }
        if let Some(state) = &mut no
            && !self.quietly(|machine| narrow(machine, state, false))
            && truth.is_none()
        {
            no = None;
        }
        (yes, no)
    }

    fn comparison(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        whole: &Expr,
        mut state: State,
    ) -> (Option<State>, Option<State>) {
        let a = self.eval(left, &mut state);
        let b = self.eval(right, &mut state);
        if state.is_over {
            return (None, None);
        }
        let value = self.operate(op, &a, &b, whole.span, right.span);
        if is_null(&b) {
            self.note_check(left, &a, whole.span, &mut state);
        }
        self.split(value.truth(), state, |machine, state, holds| {
            let op = if holds {
                op
            } else {
                negation(op).unwrap_or(op)
            };
            machine.narrow(left, op, &b, state) && machine.narrow(right, mirrored(op), &a, state)
        })
    }

    /// A pointer is asked whether it is null after it was used.
    fn note_check(&mut self, expr: &Expr, value: &Value, span: crate::Span, state: &mut State) {
        let Some(pointer) = value.as_pointer() else {
            return;
        };
        if pointer.null != Sure::Maybe {
            return;
        }
        let variable = self.variable(expr, state);
        if variable.is_some_and(|id| state.used.contains(&id)) {
            self.report("null-check-after-use", span, &None);
        }
    }

    /// Keeps only what makes `expr op value` hold; false where nothing does.
    fn narrow(&mut self, expr: &Expr, op: BinaryOp, value: &Value, state: &mut State) -> bool {
        if let Some((name, inner)) = self.macro_expression(expr) {
            return self.inside_macro(name, |machine| machine.narrow(&inner, op, value, state));
        }
        match &expr.kind {
            ExprKind::Cast { ty, value: inner } => {
                let wide = self.program.size(&self.ty(ty)).unwrap_or(0);
                let own = self.quiet_value(inner, state);
                let is_kept = own.ty.is_pointer()
                    || (own.ty.is_int() && self.program.size(&own.ty).unwrap_or(99) <= wide);
                let is_signed = own.numbers().lo >= 0
                    || matches!(
                        self.ty(ty),
                        Ty::Int { signed: true, .. } | Ty::Float(_) | Ty::Pointer(_)
                    );
                !(is_kept && is_signed) || self.narrow(inner, op, value, state)
            }
            ExprKind::Assign {
                target, op: None, ..
            } => match &**target {
                Pattern::Name(name) => {
                    let name = Expr {
                        kind: ExprKind::Name(name.clone()),
                        span: expr.span,
                    };
                    self.narrow(&name, op, value, state)
                }
                Pattern::Place(place) => self.narrow(place, op, value, state),
                _ => true,
            },
            ExprKind::Call { callee, args } => {
                let ExprKind::Name(name) = &callee.kind else {
                    return true;
                };
                match (&**name, args.as_slice()) {
                    ("abs" | "labs" | "llabs" | "fabs" | "fabsf", [arg]) => {
                        self.narrow_absolute(&arg.value, op, value, state)
                    }
                    ("strlen", [arg]) => self.narrow_length(&arg.value, op, value, state),
                    _ => true,
                }
            }
            ExprKind::Name(_)
            | ExprKind::Field { .. }
            | ExprKind::Index { .. }
            | ExprKind::Deref(_) => self.narrow_place(expr, op, value, state),
            _ => true,
        }
    }

    fn quiet_value(&mut self, expr: &Expr, state: &State) -> Value {
        let mut scratch = state.clone();
        self.quietly(|machine| machine.eval(expr, &mut scratch))
    }

    /// `abs(x) < n` keeps `x` between `-n` and `n`.
    fn narrow_absolute(
        &mut self,
        arg: &Expr,
        op: BinaryOp,
        value: &Value,
        state: &mut State,
    ) -> bool {
        if matches!(op, BinaryOp::Less | BinaryOp::LessEqual) {
            let low = Value {
                kind: negated(&value.kind),
                ..value.clone()
            };
            return self.narrow(arg, op, value, state)
                && self.narrow(arg, mirrored(op), &low, state);
        }
        let is_positive = match &value.kind {
            Kind::Float(lo, _) => *lo >= 0.0,
            _ => value.numbers().lo >= 0,
        };
        if is_positive && matches!(op, BinaryOp::Greater | BinaryOp::NotEqual) {
            return self.narrow(arg, BinaryOp::NotEqual, &Value::int(0), state);
        }
        true
    }

    /// `strlen(text) < n` says where the text ends.
    fn narrow_length(
        &mut self,
        arg: &Expr,
        op: BinaryOp,
        value: &Value,
        state: &mut State,
    ) -> bool {
        let text = self.quiet_value(arg, state);
        let id = match super::library::whole_text(&text) {
            Some(id) => Some(id),
            None => self.known_from_here(arg, &text, state),
        };
        let Some(id) = id else { return true };
        let length = self.text_length(&text, state);
        let own = Value::range(length, Ty::SIZE);
        let Some(kept) = restricted(&own, op, value) else {
            return false;
        };
        if let Some(object) = state.change(id) {
            object.limit_text(kept.numbers());
        }
        true
    }

    /// A text nobody knows gets an object of its own, so that what is asked of it is kept.
    fn known_from_here(&mut self, arg: &Expr, text: &Value, state: &mut State) -> Option<ObjectId> {
        if text.as_pointer().is_some() {
            return None;
        }
        let place = self.quietly(|machine| machine.place(arg, state));
        if place.single().is_none() || !place.ty.is_pointer() {
            return None;
        }
        let at = FunctionRef {
            module: self.module(),
            index: 0,
        };
        let taint = self.taint_of(text, state);
        let value = self.outside(state, place.ty.clone(), at, arg.span);
        let id = super::library::whole_text(&value)?;
        if let Some(object) = state.change(id) {
            object.taint = taint;
        }
        self.quietly(|machine| machine.store(&place, value, state, arg.span));
        Some(id)
    }

    fn narrow_place(
        &mut self,
        expr: &Expr,
        op: BinaryOp,
        value: &Value,
        state: &mut State,
    ) -> bool {
        let place = self.place(expr, state);
        let Some((id, offset)) = place.single() else {
            return true;
        };
        if place.ty.is_aggregate() {
            return true;
        }
        let own = self.load(&place, state, expr.span);
        if own.uninit == Sure::Yes {
            return true;
        }
        let Some(kept) = restricted(&own, op, value) else {
            return false;
        };
        if let Some(object) = kept.length_of.and_then(|id| state.change(id)) {
            object.limit_text(kept.numbers());
        }
        if kept == own {
            return true;
        }
        self.drop_excluded(&own, &kept, id, state);
        let size = self.program.size(&place.ty).unwrap_or(1);
        if let Some(object) = state.change(id) {
            object.clear(offset, offset + size.max(1));
            object
                .cells
                .insert(offset, super::state::Cell { value: kept, size });
        }
        true
    }

    /// What a pointer was found not to point to was never made on this path.
    fn drop_excluded(
        &mut self,
        own: &Value,
        kept: &Value,
        variable: super::value::ObjectId,
        state: &mut State,
    ) {
        let left = super::state::pointed(kept);
        for id in super::state::pointed(own) {
            let is_null = kept
                .as_pointer()
                .is_some_and(|pointer| pointer.targets.is_empty());
            let may_go = state.get(id).is_some_and(|object| {
                (object.is_heap() || object.is_file()) && (object.is_on_some_paths || is_null)
            });
            let _ = variable;
            if may_go && !left.contains(&id) {
                state.objects.remove(&id);
            }
        }
    }
}

/// What of a value can be, where `value op other` holds.
fn restricted(own: &Value, op: BinaryOp, other: &Value) -> Option<Value> {
    let mut kept = own.clone();
    match &own.kind {
        Kind::Pointer(pointer) if own.ty.is_int() && is_null(other) => {
            // A descriptor is compared with 0: below it is none.
            let mut pointer = pointer.clone();
            if op == BinaryOp::Less {
                pointer.targets.clear();
            }
            kept.kind = Kind::Pointer(pointer);
        }
        Kind::Pointer(pointer) if is_null(other) => {
            let mut pointer = pointer.clone();
            match op {
                BinaryOp::Equal if pointer.null == Sure::No && !pointer.elsewhere => return None,
                BinaryOp::Equal => {
                    pointer.targets.clear();
                    pointer.null = Sure::Yes;
                    pointer.why = NullWhy::Constant;
                    pointer.elsewhere = false;
                }
                BinaryOp::NotEqual if pointer.null == Sure::Yes => return None,
                BinaryOp::NotEqual => pointer.null = Sure::No,
                _ => {}
            }
            kept.kind = Kind::Pointer(pointer);
        }
        Kind::Pointer(pointer) if is_failure(other) => {
            let mut pointer = pointer.clone();
            match op {
                BinaryOp::Equal | BinaryOp::Less | BinaryOp::LessEqual => {
                    pointer.targets.clear();
                    pointer.null = Sure::Yes;
                }
                _ => pointer.null = Sure::No,
            }
            kept.kind = Kind::Pointer(pointer);
        }
        Kind::Pointer(pointer) => {
            let mut pointer = pointer.clone();
            if let (BinaryOp::Equal | BinaryOp::NotEqual, Some(with)) = (op, other.as_pointer())
                && let Some(only) = with.single()
                && pointer.targets.len() > 1
            {
                let is_equal = op == BinaryOp::Equal;
                pointer
                    .targets
                    .retain(|target| (target.object == only.object) == is_equal);
            }
            kept.kind = Kind::Pointer(pointer);
        }
        Kind::Int(_) | Kind::Float(..) | Kind::Unknown if own.ty.is_pointer() => {
            if is_null(other) && op == BinaryOp::Equal {
                kept.kind = Kind::Pointer(super::value::Pointer::null());
            }
        }
        Kind::Int(range) => {
            let (range, is_nonzero) = narrowed(*range, op, other)?;
            kept.kind = Kind::Int(range);
            kept.is_nonzero |= is_nonzero;
        }
        Kind::Float(..) | Kind::Unknown => {
            let excludes_zero = match (&other.kind, op) {
                (Kind::Float(lo, hi), BinaryOp::NotEqual) => *lo == 0.0 && *hi == 0.0,
                (Kind::Float(lo, _), BinaryOp::Greater) => *lo >= 0.0,
                (Kind::Float(_, hi), BinaryOp::Less) => *hi <= 0.0,
                (Kind::Int(range), BinaryOp::NotEqual) => *range == Range::ZERO,
                (Kind::Int(range), BinaryOp::Greater) => range.lo >= 0,
                (Kind::Int(range), BinaryOp::Less) => range.hi <= 0,
                _ => false,
            };
            kept.is_nonzero |= excludes_zero;
        }
        _ => {}
    }
    Some(kept)
}

fn narrowed(range: Range, op: BinaryOp, other: &Value) -> Option<(Range, bool)> {
    let with = other.numbers();
    let is_zero = with == Range::ZERO;
    let kept = match op {
        BinaryOp::Equal => range.meet(with)?,
        BinaryOp::NotEqual => match with.single() {
            Some(value) if range.single() == Some(value) => return None,
            Some(value) if range.lo == value => Range::new(value + 1, range.hi),
            Some(value) if range.hi == value => Range::new(range.lo, value - 1),
            _ => range,
        },
        BinaryOp::Less => range.meet(Range::new(-FAR, below(with.hi)))?,
        BinaryOp::LessEqual => range.meet(Range::new(-FAR, with.hi))?,
        BinaryOp::Greater => range.meet(Range::new(above(with.lo), FAR))?,
        BinaryOp::GreaterEqual => range.meet(Range::new(with.lo, FAR))?,
        _ => range,
    };
    Some((kept, op == BinaryOp::NotEqual && is_zero))
}

fn below(bound: i128) -> i128 {
    if bound >= FAR { FAR } else { bound - 1 }
}

fn above(bound: i128) -> i128 {
    if bound <= -FAR { -FAR } else { bound + 1 }
}

fn negated(kind: &Kind) -> Kind {
    match kind {
        Kind::Int(range) => Kind::Int(range.negate()),
        Kind::Float(lo, hi) => Kind::Float(-hi, -lo),
        other => other.clone(),
    }
}

/// Whether a value is the null pointer or the number zero.
pub(super) fn is_null(value: &Value) -> bool {
    match &value.kind {
        Kind::Int(range) => *range == Range::ZERO,
        Kind::Pointer(pointer) => pointer.null == Sure::Yes,
        _ => false,
    }
}

/// Whether a value is −1, which functions return instead of a descriptor or handle.
fn is_failure(value: &Value) -> bool {
    matches!(&value.kind, Kind::Int(range) if range.single() == Some(-1))
}

fn negation(op: BinaryOp) -> Option<BinaryOp> {
    Some(match op {
        BinaryOp::Equal => BinaryOp::NotEqual,
        BinaryOp::NotEqual => BinaryOp::Equal,
        BinaryOp::Less => BinaryOp::GreaterEqual,
        BinaryOp::LessEqual => BinaryOp::Greater,
        BinaryOp::Greater => BinaryOp::LessEqual,
        BinaryOp::GreaterEqual => BinaryOp::Less,
        _ => return None,
    })
}

/// The operator that says the same with its sides exchanged.
fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        other => other,
    }
}

/// The truth of a comparison; `None` for another operator.
pub(super) fn compare(op: BinaryOp, a: &Value, b: &Value) -> Option<Value> {
    let op = if negation(op).is_some() {
        op
    } else {
        return None;
    };
    let truth = match (&a.kind, &b.kind) {
        (Kind::Pointer(x), Kind::Pointer(y)) => {
            same_pointer(x, y).map(|same| (op == BinaryOp::Equal) == same)
        }
        (Kind::Pointer(_), _) if is_null(b) && !a.ty.is_int() => {
            a.truth().map(|truth| truth == (op == BinaryOp::NotEqual))
        }
        (_, Kind::Pointer(_)) if is_null(a) => {
            b.truth().map(|truth| truth == (op == BinaryOp::NotEqual))
        }
        (Kind::Float(..), _) | (_, Kind::Float(..)) => floats(op, a, b),
        (Kind::Int(x), Kind::Int(y)) => {
            let is_unequal =
                (a.is_nonzero && *y == Range::ZERO) || (b.is_nonzero && *x == Range::ZERO);
            numbers(op, *x, *y).or(match op {
                BinaryOp::Equal if is_unequal => Some(false),
                BinaryOp::NotEqual if is_unequal => Some(true),
                _ => None,
            })
        }
        _ => None,
    };
    let range = truth.map_or(Range::new(0, 1), |truth| Range::exactly(i128::from(truth)));
    Some(Value::range(range, Ty::INT))
}

fn same_pointer(x: &super::value::Pointer, y: &super::value::Pointer) -> Option<bool> {
    let sure_null = |pointer: &super::value::Pointer| pointer.null == Sure::Yes;
    if sure_null(x) && sure_null(y) {
        return Some(true);
    }
    if x.elsewhere || y.elsewhere {
        return None;
    }
    if (sure_null(x) && y.null == Sure::No) || (sure_null(y) && x.null == Sure::No) {
        return Some(false);
    }
    None
}

fn floats(op: BinaryOp, a: &Value, b: &Value) -> Option<bool> {
    let of = |value: &Value| match &value.kind {
        Kind::Float(lo, hi) if (lo - hi).abs() < f64::EPSILON => Some(*lo),
        #[allow(clippy::cast_precision_loss)] // small constants in practice
        Kind::Int(range) => range.single().map(|value| value as f64),
        _ => None,
    };
    let (a, b) = (of(a)?, of(b)?);
    Some(match op {
        BinaryOp::Equal => (a - b).abs() < f64::EPSILON,
        BinaryOp::NotEqual => (a - b).abs() >= f64::EPSILON,
        BinaryOp::Less => a < b,
        BinaryOp::LessEqual => a <= b,
        BinaryOp::Greater => a > b,
        _ => a >= b,
    })
}

fn numbers(op: BinaryOp, x: Range, y: Range) -> Option<bool> {
    let (holds, fails) = match op {
        BinaryOp::Equal => (x == y && x.single().is_some(), x.meet(y).is_none()),
        BinaryOp::NotEqual => (x.meet(y).is_none(), x == y && x.single().is_some()),
        BinaryOp::Less => (x.hi < y.lo, x.lo >= y.hi),
        BinaryOp::LessEqual => (x.hi <= y.lo, x.lo > y.hi),
        BinaryOp::Greater => (x.lo > y.hi, x.hi <= y.lo),
        _ => (x.lo >= y.hi, x.hi < y.lo),
    };
    let is_far = |range: Range| !range.has_lo() && !range.has_hi();
    match (holds, fails) {
        _ if is_far(x) && is_far(y) => None,
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}
