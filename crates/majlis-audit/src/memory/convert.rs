//! Conversions between types.

use super::machine::Machine;
use super::number::Range;
use super::types::Ty;
use super::value::{Kind, Pointer, Value};
use crate::Span;
use crate::ir::{BinaryOp, Expr, ExprKind};

impl Machine<'_> {
    /// A value as another type.
    pub(super) fn convert(&self, value: Value, ty: &Ty) -> Value {
        let mut value = value;
        match (ty, &value.kind) {
            (Ty::Unknown | Ty::Void, _) => return value,
            (Ty::Int { .. }, Kind::Int(range)) => {
                value.kind = Kind::Int(wrapped(*range, ty));
            }
            #[allow(clippy::cast_possible_truncation)] // a float out of range saturates
            (Ty::Int { .. }, Kind::Float(lo, hi)) => {
                value.kind = Kind::Int(wrapped(Range::new(*lo as i128, *hi as i128), ty));
            }
            (Ty::Int { .. }, Kind::Unknown) => {
                value.kind = Value::unknown(ty.clone()).kind;
            }
            (Ty::Int { .. }, Kind::Pointer(_)) => {
                let truth = value.truth();
                value.kind = match truth {
                    Some(false) => Kind::Int(Range::ZERO),
                    _ => value.kind,
                };
            }
            #[allow(clippy::cast_precision_loss)] // a bound need not be exact
            (Ty::Float(_), Kind::Int(range)) => {
                value.kind = match range.has_lo() && range.has_hi() {
                    true => Kind::Float(range.lo as f64, range.hi as f64),
                    false => Kind::Unknown,
                };
            }
            (Ty::Pointer(_), Kind::Int(range)) if *range == Range::ZERO => {
                value.kind = Kind::Pointer(Pointer::null());
            }
            (Ty::Pointer(_), Kind::Int(_)) => value.kind = Kind::Unknown,
            (Ty::Text | Ty::Container(..) | Ty::Record(_), Kind::Place(..)) => return value,
            _ => {}
        }
        value.ty = ty.clone();
        value
    }

    /// As [`Machine::convert`], where what was computed may not fit: `from` is the expression.
    pub(super) fn converted(&mut self, value: Value, ty: &Ty, from: Option<&Expr>) -> Value {
        if let (Ty::Int { bytes, signed }, Some(from)) = (ty, from)
            && value.ty.is_int()
            && *bytes < 4
            && *bytes > 0
        {
            self.check_narrowing(&value, ty, *signed, from);
        }
        self.convert(value, ty)
    }

    fn check_narrowing(&mut self, value: &Value, ty: &Ty, signed: bool, from: &Expr) {
        let mut inner = from;
        while let ExprKind::Cast { value, .. } = &inner.kind {
            inner = value;
        }
        let numbers = value.numbers();
        let holds = ty.range();
        let is_wide = value.ty.range();
        let is_arithmetic = matches!(
            &inner.kind,
            ExprKind::Binary {
                op: BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply,
                ..
            }
        );
        let is_from_outside = value
            .taint
            .as_ref()
            .is_some_and(|origin| is_number(&origin.source));
        let known = numbers.has_lo() && numbers.has_hi();
        let is_sure = numbers.lo > holds.hi || numbers.hi < holds.lo;
        if numbers.is_within(holds) || !(is_sure || is_from_outside) {
            return;
        }
        if is_arithmetic {
            let is_down = matches!(
                &inner.kind,
                ExprKind::Binary {
                    op: BinaryOp::Subtract,
                    ..
                }
            );
            let is_low = numbers.lo < holds.lo && (is_down || numbers.hi <= holds.hi);
            let rule = if is_low {
                "integer-underflow"
            } else {
                "integer-overflow"
            };
            self.report(rule, from.span, &value.taint);
        } else if (!known || is_sure || is_from_outside)
            && !matches!(inner.kind, ExprKind::Const(_))
            && is_wide != holds
            && signed
        {
            self.report("numeric-truncation", from.span, &value.taint);
        }
    }

    /// Arithmetic whose result does not fit its type: reported where an operand comes from
    /// outside, or where it never fits.
    pub(super) fn check_overflow(
        &mut self,
        op: BinaryOp,
        left: &Value,
        right: &Value,
        ty: &Ty,
        span: Span,
    ) {
        let Ty::Int { bytes, .. } = ty else { return };
        let taint = [left, right].into_iter().find_map(|side| {
            side.taint
                .clone()
                .filter(|origin| is_number(&origin.source))
        });
        let holds = ty.range();
        let a = clamped(left, taint.is_some());
        let b = clamped(right, taint.is_some());
        let result = match op {
            BinaryOp::Add => a.add(b),
            BinaryOp::Subtract => a.subtract(b),
            BinaryOp::Multiply => a.multiply(b),
            _ => return,
        };
        if *bytes < 4 && taint.is_none() {
            return;
        }
        let is_high = result.hi > holds.hi && (taint.is_some() || result.lo > holds.hi);
        let is_low = result.lo < holds.lo && (taint.is_some() || result.hi < holds.lo);
        let is_unsigned_constant = taint.is_none() && holds.lo == 0 && is_low;
        if is_unsigned_constant && left.numbers().single().is_none() {
            return;
        }
        if op == BinaryOp::Subtract && is_low {
            self.report("integer-underflow", span, &taint);
        } else if is_high {
            self.report("integer-overflow", span, &taint);
        } else if is_low {
            self.report("integer-underflow", span, &taint);
        }
    }
}

/// Sources whose values are numbers someone chose, not bytes of a text.
pub(super) fn is_number(source: &str) -> bool {
    source.starts_with("number")
}

/// The numbers of a value; what is not known of one from outside is anything its type holds.
fn clamped(value: &Value, is_from_outside: bool) -> Range {
    let numbers = value.numbers();
    if !is_from_outside || value.taint.is_none() {
        return numbers;
    }
    numbers.meet(value.ty.range()).unwrap_or(numbers)
}

/// A number as an integer type keeps it.
fn wrapped(range: Range, ty: &Ty) -> Range {
    let holds = ty.range();
    if range.is_within(holds) {
        return range;
    }
    if let Some(value) = range.single() {
        let span = holds.hi - holds.lo + 1;
        return Range::exactly((value - holds.lo).rem_euclid(span) + holds.lo);
    }
    if holds.lo == 0 {
        let lo = if range.lo >= 0 && range.lo <= holds.hi {
            range.lo
        } else {
            0
        };
        return Range {
            lo,
            hi: if range.hi <= holds.hi && range.lo >= 0 {
                range.hi
            } else {
                super::number::FAR
            },
        };
    }
    Range {
        lo: if range.lo >= holds.lo {
            range.lo
        } else {
            -super::number::FAR
        },
        hi: if range.hi <= holds.hi {
            range.hi
        } else {
            super::number::FAR
        },
    }
}
