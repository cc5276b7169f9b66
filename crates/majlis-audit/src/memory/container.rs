//! `vector`, `list`, `map`, `string` and their kin: elements by index or constant key, streams.

use super::machine::Machine;
use super::number::{FAR, Range};
use super::place::Place;
use super::state::{Cell, State};
use super::types::{Shape, Ty};
use super::value::{Kind, ObjectId, Sure, Taint, Value};
use crate::Span;
use crate::ir::{Arg, BinaryOp, Expr, ExprKind, Text};

/// Elements are this far apart in a container's object.
const APART: i128 = 1 << 20;

/// More equal elements are not written one by one.
const COPIES_MAX: i128 = 64;

impl Machine<'_> {
    /// Where an element of a container lies.
    pub(super) fn container_element(
        &mut self,
        container: &Value,
        at: &Value,
        _span: Span,
        state: &mut State,
    ) -> Place {
        let ty = container.ty.inner();
        let own = match container.kind {
            Kind::Place(id, 0) => Some(id),
            _ => None,
        };
        let is_own = |id: &ObjectId| {
            state
                .get(*id)
                .is_some_and(|object| object.ty == container.ty)
        };
        let Some(id) = own.filter(is_own) else {
            return Place {
                taint: container.taint.clone(),
                ..Place::nowhere(ty)
            };
        };
        let index = match at.numbers().single() {
            Some(index) => Some(index),
            None => self.key(at, state),
        };
        let Some(index) = index else {
            let mut place = Place::exactly(id, 0, ty);
            let known = at.numbers();
            let is_bounded = known.has_hi() && known.lo >= 0 && known.hi < FAR / APART;
            place.targets[0].offset = if is_bounded {
                known.multiply(Range::exactly(APART))
            } else {
                Range::new(0, FAR)
            };
            place.targets[0].bounds = Self::end_of_row(id, state).filter(|_| is_bounded);
            place.targets[0].stale = Some(Sure::No);
            return place;
        };
        let offset = index.clamp(-FAR / APART, FAR / APART) * APART;
        let mut place = Place::exactly(id, offset, ty);
        place.targets[0].bounds = Self::end_of_row(id, state);
        place.targets[0].stale = Some(Sure::No);
        place
    }

    /// Where the elements of a row end, when it is known how many there are.
    fn end_of_row(id: ObjectId, state: &State) -> Option<(i128, i128)> {
        let object = state.get(id)?;
        let is_row = matches!(object.ty, Ty::Container(_, Shape::Row | Shape::Blocks));
        let length = object.length.filter(|_| is_row && !object.is_escaped)?;
        Some((0, length.checked_mul(APART)?))
    }

    /// A number for a constant text.
    fn key(&self, at: &Value, state: &State) -> Option<i128> {
        let text = self.text_of(at, state)?;
        let mut hash = 7i128;
        for byte in text.bytes() {
            hash = (hash * 31 + i128::from(byte)) % (1 << 40);
        }
        Some(hash + (1 << 41))
    }

    /// Adds an element at the end.
    pub(super) fn push(&mut self, id: ObjectId, value: Value, state: &mut State) {
        self.insert_element(id, None, value, state);
    }

    fn insert_element(&mut self, id: ObjectId, at: Option<i128>, value: Value, state: &mut State) {
        let value = self.kept(value, state);
        let Some(object) = state.change(id) else {
            return;
        };
        let length = object.length;
        let at = at.or(length);
        match at {
            Some(at) => {
                object.cells.insert(at * APART, Cell { value, size: 1 });
                object.length = length.map(|length| length.max(at + 1));
            }
            None => {
                let cell = object.cells.entry(0).or_insert_with(|| Cell {
                    value: value.clone(),
                    size: 1,
                });
                cell.value = cell.value.join(&value);
            }
        }
    }

    /// A struct put into a container is a copy.
    fn kept(&mut self, value: Value, state: &mut State) -> Value {
        let Kind::Place(from, offset) = value.kind else {
            return value;
        };
        let Some(source) = state.get(from).cloned() else {
            return value;
        };
        if offset != 0 {
            return value;
        }
        let id = self.add(state, source);
        Value {
            kind: Kind::Place(id, 0),
            ..value
        }
    }

    pub(super) fn construct_container(&mut self, id: ObjectId, args: &[Arg], state: &mut State) {
        let values: Vec<Value> = args
            .iter()
            .map(|arg| self.eval(&arg.value, state))
            .collect();
        let is_text = state.get(id).is_some_and(|object| object.ty == Ty::Text);
        match values.as_slice() {
            [only] if is_text || matches!(only.kind, Kind::Place(..)) => {
                if let Kind::Place(..) = only.kind {
                    let ty = only.ty.clone();
                    let place = Place::exactly(id, 0, ty);
                    self.assign(&place, only.clone(), state, Span::default());
                    return;
                }
                let (text, taint) = (self.text_of(only, state), self.taint_of(only, state));
                if let Some(object) = state.change(id) {
                    (object.text, object.taint) = (text, taint);
                }
            }
            [] => {}
            [count] if !is_text => self.resize(id, count, state),
            [count, value] if !is_text => self.fill_with(id, count, value, state),
            _ => {
                if let Some(object) = state.change(id) {
                    object.length = None;
                }
            }
        }
    }

    /// Elements nobody gave a value, as many as this.
    fn resize(&mut self, id: ObjectId, count: &Value, state: &mut State) {
        let count = count.numbers().single().filter(|_| count.ty.is_int());
        if let Some(object) = state.change(id) {
            let is_row = matches!(object.ty, Ty::Container(_, Shape::Row | Shape::Blocks));
            let end = count.unwrap_or(0).saturating_mul(APART);
            object.clear(end, FAR);
            object.length = count.filter(|count| is_row && *count >= 0);
        }
    }

    /// The same value, as often as this.
    fn fill_with(&mut self, id: ObjectId, count: &Value, value: &Value, state: &mut State) {
        let known = count.numbers().single().filter(|_| count.ty.is_int());
        let shown = known.unwrap_or(1).clamp(0, COPIES_MAX);
        for _ in 0..shown {
            self.push(id, value.clone(), state);
        }
        if let Some(object) = state.change(id) {
            object.length = known.filter(|known| *known >= 0);
        }
    }

    /// How many elements there are is no longer known.
    fn forget_length(id: ObjectId, state: &mut State) {
        if let Some(object) = state.change(id) {
            object.length = None;
        }
    }

    /// A method of a container or string.
    pub(super) fn call_container(
        &mut self,
        place: &Place,
        name: &Text,
        expr: &Expr,
        args: &[Arg],
        state: &mut State,
    ) -> Value {
        let values: Vec<Value> = args
            .iter()
            .map(|arg| self.eval(&arg.value, state))
            .collect();
        let own = place.single().filter(|(id, offset)| {
            *offset == 0 && state.get(*id).is_some_and(|object| object.ty == place.ty)
        });
        let (own, held) = match own {
            Some((id, _)) => (Some(id), None),
            None => self.held(place, expr.span, state),
        };
        let Some(id) = own else {
            self.hand_over(name, &values, args, expr.span, state);
            return Value::unknown(place.ty.inner()).tainted(place.taint.clone().or(held));
        };
        self.apply_tables(name, expr, args, &values, state);
        let own = Value::new(Kind::Place(id, 0), place.ty.clone());
        if place.ty == Ty::Text {
            return self.call_text(id, &own, name, &values, expr.span, state);
        }
        self.invalidate(id, name, args, state);
        let result = self.change_container(id, &own, place, name, &values, expr.span, state);
        let pair = (!matches!(place.ty, Ty::Container(_, Shape::Nodes))
            || matches!(
                &**name,
                "erase" | "find" | "begin" | "cbegin" | "lower_bound"
            ))
        .then(|| Self::iterator_of(name, id, &place.ty.inner()));
        pair.flatten().unwrap_or(result)
    }

    /// The text or container that an element of another one is, or what it has from outside.
    fn held(&mut self, place: &Place, span: Span, state: &mut State) -> (Option<ObjectId>, Taint) {
        if !matches!(place.ty, Ty::Text | Ty::Container(..)) {
            return (None, None);
        }
        // Of an element nobody put in by its own name nothing is known.
        let value = match place.single() {
            Some((id, offset)) => {
                let cell = state.get(id).and_then(|object| object.cells.get(&offset));
                match cell {
                    Some(cell) => cell.value.clone(),
                    None => return (None, None),
                }
            }
            None => self.quietly(|machine| machine.value_at(place, state, span)),
        };
        match value.kind {
            Kind::Place(id, 0) if state.get(id).is_some_and(|object| object.ty == place.ty) => {
                (Some(id), None)
            }
            _ => (None, self.taint_of(&value, state)),
        }
    }

    /// What a method does to the elements, and what it answers.
    fn change_container(
        &mut self,
        id: ObjectId,
        own: &Value,
        place: &Place,
        name: &str,
        values: &[Value],
        span: Span,
        state: &mut State,
    ) -> Value {
        let last = state
            .get(id)
            .and_then(|object| object.length)
            .map(|length| length - 1);
        let element = |machine: &mut Self, at: Option<i128>, state: &mut State| {
            let at = at.map_or(Value::unknown(Ty::SIZE), Value::int);
            let place = machine.container_element(own, &at, span, state);
            machine.quietly(|machine| machine.value_at(&place, state, span))
        };
        if let Some(done) = self.fill_container(id, name, values, last, state) {
            return done;
        }
        match (name, values) {
            ("back" | "top", []) => element(self, last, state),
            ("front", []) => element(self, Some(0), state),
            ("at", [at]) => {
                let place = self.container_element(own, at, span, state);
                self.quietly(|machine| machine.value_at(&place, state, span))
            }
            ("size" | "length", []) => match last {
                Some(last) => Value::range(Range::exactly(last + 1), Ty::SIZE),
                None => Value::unknown(Ty::SIZE),
            },
            ("empty", []) => match last {
                Some(last) => Value::int(i128::from(last < 0)),
                None => Value::range(Range::new(0, 1), Ty::INT),
            },
            ("data", []) => Value::new(Kind::Place(id, 0), Ty::pointer(place.ty.inner())),
            (
                "begin" | "cbegin" | "end" | "cend" | "rbegin" | "rend" | "reserve" | "capacity"
                | "find" | "count" | "max_size" | "contains" | "shrink_to_fit",
                _,
            ) => {
                let taint = self.taint_of(own, state);
                Value::unknown(Ty::Unknown).tainted(taint)
            }
            _ => {
                if let Some(object) = state.change(id) {
                    object.length = None;
                }
                let taint = self.taint_of(own, state);
                Value::unknown(Ty::Unknown).tainted(taint)
            }
        }
    }

    /// What a method puts in or takes out; `None` for one that does neither.
    fn fill_container(
        &mut self,
        id: ObjectId,
        name: &str,
        values: &[Value],
        last: Option<i128>,
        state: &mut State,
    ) -> Option<Value> {
        let answer = match (name, values) {
            ("push_back" | "emplace_back" | "push" | "emplace" | "add", [value]) => {
                self.push(id, value.clone(), state);
                Value::unknown(Ty::Void)
            }
            ("push_front", [value]) => {
                self.shift(id, state);
                self.insert_element(id, Some(0), value.clone(), state);
                Value::unknown(Ty::Void)
            }
            ("insert" | "assign", [.., value]) => {
                self.push(id, value.clone(), state);
                Self::forget_length(id, state);
                Value::unknown(Ty::Unknown)
            }
            ("resize", [count]) => {
                self.resize(id, count, state);
                Value::unknown(Ty::Void)
            }
            ("clear", []) => {
                if let Some(object) = state.change(id) {
                    object.cells.clear();
                    object.length = Some(0).filter(|_| !object.is_escaped);
                }
                Value::unknown(Ty::Void)
            }
            ("pop_back" | "pop", []) => {
                if let (Some(last), Some(object)) =
                    (last.filter(|last| *last >= 0), state.change(id))
                {
                    object.cells.remove(&(last * APART));
                    object.length = Some(last);
                }
                Value::unknown(Ty::Void)
            }
            _ => return None,
        };
        Some(answer)
    }

    /// Makes room for an element at the front.
    fn shift(&mut self, id: ObjectId, state: &mut State) {
        let Some(object) = state.change(id) else {
            return;
        };
        let moved = object
            .cells
            .iter()
            .map(|(at, cell)| (at + APART, cell.clone()))
            .collect();
        object.cells = moved;
        object.length = object.length.map(|length| length + 1);
    }

    fn call_text(
        &mut self,
        id: ObjectId,
        own: &Value,
        name: &str,
        values: &[Value],
        span: Span,
        state: &mut State,
    ) -> Value {
        let taint = values.iter().find_map(|value| self.taint_of(value, state));
        match name {
            "c_str" | "data" => {
                let unknown_size = state.get(id).cloned().map(|object| {
                    let mut text = object;
                    text.size = Range::new(1, FAR);
                    text.storage = super::state::Storage::External;
                    text.ty = Ty::CHAR;
                    text.is_escaped = true;
                    text
                });
                match unknown_size {
                    Some(object) => {
                        let copy = self.add(state, object);
                        super::access::start_of(copy, Ty::CHAR)
                    }
                    None => Value::unknown(Ty::pointer(Ty::CHAR)),
                }
            }
            "append" | "push_back" | "insert" | "assign" | "replace" => {
                if name == "assign"
                    && let Some(object) = state.change(id)
                {
                    object.taint = None;
                }
                self.taint_object(own, &taint, state);
                own.clone()
            }
            "size" | "length" => Value::unknown(Ty::SIZE),
            "substr" => {
                let own_taint = self.taint_of(own, state);
                let copy = self.declare_empty("".into(), Ty::Text, span, state);
                if let Some(object) = state.change(copy) {
                    object.taint = own_taint;
                }
                Value::new(Kind::Place(copy, 0), Ty::Text)
            }
            "clear" => {
                if let Some(object) = state.change(id) {
                    object.taint = None;
                    object.text = Some("".into());
                }
                Value::unknown(Ty::Void)
            }
            _ => Value::unknown(Ty::Unknown),
        }
    }

    /// Adds what comes from outside to a text or buffer.
    pub(super) fn taint_object(&mut self, value: &Value, taint: &Taint, state: &mut State) {
        for id in super::state::pointed(value) {
            if let Some(object) = state.change(id) {
                object.text = None;
                if taint.is_some() {
                    object.taint.clone_from(taint);
                }
            }
        }
    }

    /// `cin >> x`, `cout << x`, `a + b` of strings.
    pub(super) fn stream(
        &mut self,
        op: BinaryOp,
        a: &Value,
        left: &Expr,
        right: &Expr,
        span: Span,
        state: &mut State,
    ) -> Option<Value> {
        if op == BinaryOp::Add && a.ty == Ty::Text {
            let b = self.eval(right, state);
            let taint = self.taint_of(a, state).or_else(|| self.taint_of(&b, state));
            let id = self.declare_empty("".into(), Ty::Text, span, state);
            if let Some(object) = state.change(id) {
                object.taint = taint;
            }
            return Some(Value::new(Kind::Place(id, 0), Ty::Text));
        }
        let stream = root_name(left)?;
        match op {
            BinaryOp::ShiftRight if matches!(stream, "cin" | "wcin") || a.ty == Ty::Unknown => {
                let source = if matches!(stream, "cin" | "wcin") {
                    "stdin"
                } else {
                    "file"
                };
                if !matches!(
                    right.kind,
                    ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. }
                ) {
                    return None;
                }
                if a.ty != Ty::Unknown {
                    return None;
                }
                self.read_into(right, source, span, state);
                Some(a.clone())
            }
            BinaryOp::ShiftLeft if a.ty == Ty::Unknown => {
                let value = self.eval(right, state);
                self.use_value(&value, right.span);
                if let Ty::Pointer(inner) = &value.ty
                    && **inner == Ty::CHAR
                {
                    self.read_text(&value, 1, right.span, state);
                }
                Some(a.clone())
            }
            _ => None,
        }
    }

    fn read_into(&mut self, target: &Expr, source: &str, span: Span, state: &mut State) {
        let place = self.place(target, state);
        let what = "a stream";
        match &place.ty {
            Ty::Text | Ty::Unknown => {
                let origin = self.origin(span, what, source);
                if let Some((id, _)) = place.single()
                    && let Some(object) = state.change(id)
                {
                    object.taint = origin;
                    object.text = None;
                }
            }
            Ty::Array(..) | Ty::Pointer(_) => {
                let origin = self.origin(span, what, source);
                let value = self.value_at(&place, state, span);
                if source == "stdin" {
                    self.check_unbounded(&value, span, state);
                }
                self.overwrite(&value, Range::new(1, FAR), None, &origin, state);
            }
            ty => {
                let origin = self.origin(span, what, &format!("number {source}"));
                let value = Value::unknown(ty.clone()).tainted(origin);
                self.store(&place, value, state, span);
            }
        }
    }
}

/// The name a chain of `<<` or `>>` begins with.
fn root_name(expr: &Expr) -> Option<&str> {
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Binary { left, .. } => at = left,
            ExprKind::Name(name) => return Some(name),
            _ => return None,
        }
    }
}
