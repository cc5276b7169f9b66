//! Values under operators that join or compute.

use super::fold;
use super::machine::Machine;
use super::shape::Shape;
use super::value::{Known, Value};
use crate::Language;
use crate::ir::BinaryOp;
use crate::table::Kinds;

impl Machine<'_> {
    /// Two values joined or computed with.
    pub(super) fn joined(&mut self, op: BinaryOp, one: &Value, other: &Value) -> Value {
        let known = fold::binary(op, &one.known, &other.known);
        let text = self.words.text;
        let joins = (op == BinaryOp::Add && (self.is_text(one) || self.is_text(other)))
            || (op == BinaryOp::Remainder && self.is_text(one));
        let is_fixed = self.is_plain(one) && self.is_plain(other);
        let built = !known.is_constant() && ((joins && !is_fixed) || one.built || other.built);
        let left = self.deep_labels(one);
        let mut right = self.deep_labels(other);
        let mut shape = Shape::default().with(Shape::FIXED, is_fixed);
        if joins && op == BinaryOp::Add {
            let anchored = one.is_anchored();
            if anchored {
                right = right.cleaned(self.host_kinds);
            }
            let anchored = anchored || other.is_anchored();
            shape = shape.with(Shape::ANCHORED, anchored).with(
                Shape::ROOTED,
                one.is_rooted() || (is_empty(one) && other.is_rooted()),
            );
        }
        let mut labels = left.join(&right);
        let computes = self.computes(op);
        if computes {
            labels = labels.cleaned(!self.size_kinds);
        }
        let built = built && !computes;
        let ty = if joins || built {
            text
        } else if one.ty == other.ty || self.is_longer_path(op, one) {
            one.ty
        } else {
            None
        };
        Value {
            known,
            ty,
            labels,
            built,
            shape,
            ..Value::default()
        }
    }

    fn is_text(&mut self, value: &Value) -> bool {
        let typed = value.ty.zip(self.words.text);
        matches!(value.known, Known::Str(_)) || typed.is_some_and(|(ty, text)| self.is_a(ty, text))
    }

    /// `folder / name` of Python.
    fn is_longer_path(&mut self, op: BinaryOp, one: &Value) -> bool {
        let path = self.names.find("pathlib.Path");
        let is_path = |(ty, path)| self.is_a(ty, path);
        op == BinaryOp::Divide && one.ty.zip(path).is_some_and(is_path)
    }

    /// Whether an operator makes a number of anything.
    fn computes(&self, op: BinaryOp) -> bool {
        use BinaryOp::{
            BitAnd, BitOr, BitXor, Divide, Multiply, Power, Remainder, ShiftLeft, ShiftRight,
            Subtract,
        };
        self.language == Language::JavaScript
            && matches!(
                op,
                Subtract
                    | Multiply
                    | Divide
                    | Remainder
                    | Power
                    | ShiftLeft
                    | ShiftRight
                    | BitAnd
                    | BitOr
                    | BitXor
            )
    }

    /// Nobody outside wrote any part of it: constants, numbers, what was compared with them.
    pub(super) fn is_plain(&mut self, value: &Value) -> bool {
        if value.is_fixed() || value.ty.is_some_and(|ty| self.tables.is_harmless(ty)) {
            return true;
        }
        value.labels.is_empty()
            && !value.objects.is_empty()
            && value.ty == self.words.list
            && self.element(value, None).is_fixed()
    }

    /// What the value under a key of an object's literal is safe for.
    pub(super) fn cleaned_by_key(&mut self, key: &str) -> Kinds {
        let Some(name) = self.names.find(key) else {
            return 0;
        };
        let fields = self.typed_fields(None, name);
        let tables = self.tables;
        fields
            .iter()
            .fold(0, |all, id| all | tables.fields[*id as usize].clean)
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(&value.known, Known::Str(text) if text.is_empty())
}
