//! Expressions.

use super::machine::Machine;
use super::number::Range;
use super::place::Place;
use super::state::{Allocator, State};
use super::types::Ty;
use super::value::{Kind, NullWhy, Pointer, Sure, Value};
use crate::Span;
use crate::ir::{Arg, BinaryOp, Const, Expr, ExprKind, Pattern, Text, TypeName, UnaryOp};

impl Machine<'_> {
    /// What an expression is worth, and what it does to the store.
    pub(super) fn eval(&mut self, expr: &Expr, state: &mut State) -> Value {
        if state.is_over || !self.step() {
            return Value::unknown(Ty::Unknown);
        }
        match &expr.kind {
            ExprKind::Const(constant) => self.constant_value(constant, expr.span, state),
            ExprKind::Name(name) => self.name_value(name, expr, state),
            ExprKind::Field { base, name } => self.field_value(expr, base, name, state),
            ExprKind::Index { .. } | ExprKind::Deref(_) => {
                let place = self.place(expr, state);
                self.value_at(&place, state, expr.span)
            }
            ExprKind::AddressOf(inner) => self.address(inner, state),
            ExprKind::Call { callee, args } => match self.expanded(expr) {
                Some((name, expanded)) => self.macro_value(name, &expanded, state),
                None => self.call(expr, callee, args, state),
            },
            ExprKind::New { class, args, .. } => self.new_object(expr, class, args, state),
            ExprKind::Struct { class, fields } => {
                let ty = self.ty(class);
                let id = self.declare_empty("".into(), ty.clone(), expr.span, state);
                let fields = fields.clone();
                let class = class.clone();
                let literal = Expr {
                    kind: ExprKind::Struct { class, fields },
                    span: expr.span,
                };
                self.initialize(id, ty.clone(), &literal, state);
                Value::new(Kind::Place(id, 0), ty)
            }
            ExprKind::Unary { op, operand } => self.unary(*op, operand, expr.span, state),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr, state),
            ExprKind::Choose {
                condition,
                then,
                otherwise,
            } => self.choose(condition, then, otherwise, state),
            ExprKind::Assign { target, op, value } => {
                self.assignment(expr, target, *op, value, state)
            }
            ExprKind::Update { target, by, prefix } => {
                self.update(expr, target, *by, *prefix, state)
            }
            ExprKind::Cast { ty, value } => self.cast(ty, value, expr, state),
            ExprKind::SizeOfExpr(inner) => self.size_of(inner, state),
            ExprKind::SizeOfType(name) => {
                let size = self.program.size(&self.ty(name));
                sized(size)
            }
            ExprKind::Function(id) => {
                let module = self.module();
                self.hand_to_lambda(module, id.0 as usize, state);
                let found = super::value::FunctionRef {
                    module,
                    index: id.0 as usize,
                };
                Value::new(Kind::Function(vec![found]), Ty::Function)
            }
            ExprKind::Block { body, value } => self.block_value(body, value.as_deref(), state),
            ExprKind::Opaque(parts) | ExprKind::Sequence(parts) | ExprKind::Interpolated(parts) => {
                self.all_of(parts, state)
            }
            ExprKind::Spread(inner) | ExprKind::Await(inner) => self.eval(inner, state),
            _ => Value::unknown(Ty::Unknown),
        }
    }

    fn all_of(&mut self, parts: &[Expr], state: &mut State) -> Value {
        let mut whole = Value::unknown(Ty::Unknown);
        for part in parts {
            let value = self.eval(part, state);
            self.escape(&value, state);
            whole = whole.tainted(value.taint);
        }
        whole
    }

    fn block_value(
        &mut self,
        body: &[crate::ir::Stmt],
        value: Option<&Expr>,
        state: &mut State,
    ) -> Value {
        let flow = self.statements(body, std::mem::take(state));
        match flow.next {
            Some(next) => *state = next,
            None => {
                state.is_over = true;
                return Value::unknown(Ty::Unknown);
            }
        }
        value.map_or_else(|| Value::unknown(Ty::Void), |value| self.eval(value, state))
    }

    fn constant_value(&mut self, constant: &Const, span: Span, state: &mut State) -> Value {
        match constant {
            Const::Int(value) => {
                let mut found = Value::int(i128::from(*value));
                if !Ty::INT.range().contains(i128::from(*value)) {
                    found.ty = Ty::Int {
                        bytes: 8,
                        signed: true,
                    };
                }
                found
            }
            Const::Bool(truth) => Value::int(i128::from(*truth)),
            Const::Char(mark) => {
                let code = i128::from(u32::from(*mark));
                Value::range(Range::exactly(code), Ty::INT)
            }
            Const::Float(value) => Value::new(Kind::Float(*value, *value), Ty::Float(8)),
            Const::Null => Value::pointer(Pointer::null(), Ty::pointer(Ty::Void)),
            Const::Str(text) => self.literal(text, 1, span, state),
            Const::Bytes(_) | Const::Regex(_) => Value::unknown(Ty::Unknown),
        }
    }

    fn name_value(&mut self, name: &Text, expr: &Expr, state: &mut State) -> Value {
        if let Some(place) = self.named(name, state) {
            return self.value_at(&place, state, expr.span);
        }
        if let Some(function) = self.program.function(self.module(), name) {
            return Value::new(Kind::Function(vec![function]), Ty::Function);
        }
        if let Some((module, value)) = self.program.define(self.module(), name)
            && self.frames.len() < super::machine::CALLS_MAX + 4
            && !matches!(&value.kind, ExprKind::Name(other) if other == name)
        {
            let depth = self.frames.len();
            if module != self.module() {
                self.push_module_frame(module);
            }
            let value = self.eval(value, state);
            self.frames.truncate(depth);
            return value;
        }
        limit(name).unwrap_or_else(|| Value::unknown(Ty::Unknown))
    }

    fn field_value(&mut self, expr: &Expr, base: &Expr, name: &Text, state: &mut State) -> Value {
        if let ExprKind::Name(scope) = &base.kind
            && self
                .quietly(|machine| machine.named(scope, state))
                .is_none()
        {
            if let Some(function) = self.program.function_in(self.module(), scope, name) {
                return Value::new(Kind::Function(vec![function]), Ty::Function);
            }
            return self.name_value(name, expr, state);
        }
        let place = self.place(expr, state);
        self.value_at(&place, state, expr.span)
    }

    /// The value of a place: arrays become pointers, objects stay where they are.
    pub(super) fn value_at(&mut self, place: &Place, state: &mut State, span: Span) -> Value {
        self.check_stale(&place.targets, span);
        match &place.ty {
            Ty::Array(inner, _) => {
                let pointer = Pointer {
                    targets: place.targets.clone(),
                    null: Sure::No,
                    why: NullWhy::Constant,
                    elsewhere: place.elsewhere,
                };
                Value::pointer(pointer, Ty::Pointer(inner.clone())).tainted(place.taint.clone())
            }
            Ty::Record(_) | Ty::Container(..) | Ty::Text => match place.single() {
                Some((id, offset)) => {
                    let taint = state.get(id).and_then(|object| {
                        let is_text = place.ty == Ty::Text;
                        object.taint.clone().filter(|_| is_text)
                    });
                    Value::new(Kind::Place(id, offset), place.ty.clone()).tainted(taint)
                }
                None => Value::unknown(place.ty.clone()).tainted(place.taint.clone()),
            },
            _ => self.load(place, state, span),
        }
    }

    fn address(&mut self, inner: &Expr, state: &mut State) -> Value {
        if let ExprKind::Name(name) = &inner.kind
            && self.named(name, state).is_none()
            && let Some(function) = self.program.function(self.module(), name)
        {
            return Value::new(Kind::Function(vec![function]), Ty::Function);
        }
        let place = self.place(inner, state);
        let pointer = Pointer {
            targets: place.targets,
            null: Sure::No,
            why: NullWhy::Constant,
            elsewhere: place.elsewhere,
        };
        Value::pointer(pointer, Ty::pointer(place.ty)).tainted(place.taint)
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr, span: Span, state: &mut State) -> Value {
        let value = self.eval(operand, state);
        self.use_value(&value, span);
        let ty = value.ty.common(&Ty::INT);
        let kind = match (op, &value.kind) {
            (UnaryOp::Not, _) => {
                let range = match value.truth() {
                    Some(truth) => Range::exactly(i128::from(!truth)),
                    None => Range::new(0, 1),
                };
                return Value::range(range, Ty::INT);
            }
            (UnaryOp::Negate, Kind::Int(range)) => Kind::Int(range.negate()),
            (UnaryOp::Negate, Kind::Float(lo, hi)) => Kind::Float(-hi, -lo),
            (UnaryOp::Complement, Kind::Int(range)) => {
                Kind::Int(range.negate().subtract(Range::exactly(1)))
            }
            _ => Value::unknown(ty.clone()).kind,
        };
        let negated = Value::new(kind, ty.clone()).tainted(value.taint);
        self.convert(negated, &ty)
    }

    fn choose(
        &mut self,
        condition: &Expr,
        then: &Expr,
        otherwise: &Expr,
        state: &mut State,
    ) -> Value {
        let (mut yes, mut no) = self.branch(condition, std::mem::take(state));
        let first = yes.as_mut().map(|state| self.eval(then, state));
        let second = no.as_mut().map(|state| self.eval(otherwise, state));
        match super::state::join(yes, no) {
            Some(joined) => *state = joined,
            None => state.is_over = true,
        }
        match (first, second) {
            (Some(a), Some(b)) => a.join(&b),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => Value::unknown(Ty::Unknown),
        }
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        expr: &Expr,
        state: &mut State,
    ) -> Value {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            let (yes, no) = self.branch(expr, std::mem::take(state));
            let range = Range::new(i128::from(no.is_none()), i128::from(yes.is_some()));
            match super::state::join(yes, no) {
                Some(joined) => *state = joined,
                None => state.is_over = true,
            }
            return Value::range(range, Ty::INT);
        }
        let a = self.eval(left, state);
        if let Some(streamed) = self.stream(op, &a, left, right, expr.span, state) {
            return streamed;
        }
        let b = self.eval(right, state);
        self.operate(op, &a, &b, expr.span, right.span)
    }

    /// The value of an operator; complains about what the numbers say.
    pub(super) fn operate(
        &mut self,
        op: BinaryOp,
        a: &Value,
        b: &Value,
        span: Span,
        right: Span,
    ) -> Value {
        self.use_value(a, span);
        self.use_value(b, span);
        let taint = a.taint.clone().or_else(|| b.taint.clone());
        if let Some(compared) = super::condition::compare(op, a, b) {
            let is_open = compared.truth().is_none();
            return compared.tainted(taint.filter(|_| is_open));
        }
        if a.ty.is_pointer() || b.ty.is_pointer() {
            return self.pointer_arithmetic(op, a, b);
        }
        let ty = match op {
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => a.ty.common(&Ty::INT),
            _ => a.ty.common(&b.ty),
        };
        if matches!(op, BinaryOp::Divide | BinaryOp::Remainder) {
            self.check_zero(b, right);
        }
        if let Ty::Float(_) = ty {
            return Value::new(float(op, a, b), ty).tainted(taint);
        }
        self.check_overflow(op, a, b, &ty, span);
        let (x, y) = (a.numbers(), b.numbers());
        let range = match op {
            BinaryOp::Add => x.add(y),
            BinaryOp::Subtract => x.subtract(y),
            BinaryOp::Multiply => x.multiply(y),
            BinaryOp::Divide => x.divide(y),
            BinaryOp::Remainder => x.remainder(y),
            BinaryOp::ShiftLeft => shift(x, y),
            BinaryOp::ShiftRight => match y.single() {
                Some(by @ 0..=63) => x.divide(Range::exactly(1 << by)),
                _ => Range::ANY,
            },
            BinaryOp::BitAnd => and(x, y),
            BinaryOp::BitOr | BinaryOp::BitXor => bits(op, x, y),
            _ => Range::ANY,
        };
        // Bytes put together are no longer someone's number.
        let value = Value::range(range, ty.clone()).tainted(taint);
        self.convert(value, &ty)
    }

    fn check_zero(&mut self, divisor: &Value, span: Span) {
        let is_zero = match &divisor.kind {
            Kind::Int(range) => *range == Range::ZERO,
            Kind::Float(lo, hi) => *lo == 0.0 && *hi == 0.0,
            _ => false,
        };
        let may_be = match &divisor.kind {
            Kind::Int(range) => range.contains(0),
            Kind::Float(lo, hi) => *lo <= 0.0 && *hi >= 0.0,
            _ => true,
        };
        let is_from_outside = divisor.taint.is_some() && may_be && !divisor.is_nonzero;
        if is_zero || is_from_outside {
            self.report("divide-by-zero", span, &divisor.taint);
        }
    }

    fn pointer_arithmetic(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Value {
        match op {
            BinaryOp::Add if a.ty.is_pointer() => self.move_pointer(a, b, 1),
            BinaryOp::Add => self.move_pointer(b, a, 1),
            BinaryOp::Subtract if !b.ty.is_pointer() => self.move_pointer(a, b, -1),
            _ => Value::unknown(Ty::Int {
                bytes: 8,
                signed: true,
            }),
        }
    }

    fn assignment(
        &mut self,
        expr: &Expr,
        target: &Pattern,
        op: Option<BinaryOp>,
        value: &Expr,
        state: &mut State,
    ) -> Value {
        let named;
        let to = match target {
            Pattern::Name(name) => {
                named = Expr {
                    kind: ExprKind::Name(name.clone()),
                    span: expr.span,
                };
                &named
            }
            Pattern::Place(place) => &**place,
            _ => return self.eval(value, state),
        };
        let mut given = self.eval(value, state);
        let place = self.place(to, state);
        if let Some(op) = op {
            let old = self.value_at(&place, state, to.span);
            if place.ty == Ty::Text || matches!(old.kind, Kind::Place(..)) {
                let taint = self.taint_of(&given, state);
                self.taint_object(&old, &taint, state);
                return old;
            }
            given = self.operate(op, &old, &given, expr.span, value.span);
        }
        self.put(&place, given, Some(value), expr.span, state)
    }

    /// Converts and writes; what was written.
    pub(super) fn put(
        &mut self,
        place: &Place,
        given: Value,
        from: Option<&Expr>,
        span: Span,
        state: &mut State,
    ) -> Value {
        if place.ty == Ty::Owner {
            self.escape(&given, state);
        }
        if place.ty == Ty::Text {
            let (text, taint) = (self.text_of(&given, state), self.taint_of(&given, state));
            if let Some((id, _)) = place.single()
                && let Some(object) = state.change(id)
            {
                object.text = text;
                object.taint = taint;
            }
            return given;
        }
        let mut value = self.converted(given, &place.ty, from);
        if place.ty == Ty::Unknown && matches!(value.kind, Kind::Place(..)) {
            self.escape(&value, state);
        }
        // A copy of something never set is the mistake of whoever uses the copy.
        if !matches!(value.kind, Kind::Unknown | Kind::Int(_) | Kind::Float(..)) {
            value.uninit = Sure::No;
        }
        self.assign(place, value.clone(), state, span);
        value
    }

    fn update(
        &mut self,
        expr: &Expr,
        target: &Expr,
        by: i8,
        prefix: bool,
        state: &mut State,
    ) -> Value {
        let place = self.place(target, state);
        let old = self.value_at(&place, state, expr.span);
        self.use_value(&old, expr.span);
        let one = Value::int(i128::from(by.unsigned_abs()));
        let (op, sign) = if by < 0 {
            (BinaryOp::Subtract, -1)
        } else {
            (BinaryOp::Add, 1)
        };
        let new = if old.ty.is_pointer() {
            self.move_pointer(&old, &one, sign)
        } else {
            let ty = if place.ty.is_int() {
                place.ty.clone()
            } else {
                old.ty.clone()
            };
            self.check_overflow(op, &old, &one, &ty, expr.span);
            let moved =
                self.quietly(|machine| machine.operate(op, &old, &one, expr.span, expr.span));
            self.convert(moved, &ty)
        };
        self.store(&place, new.clone(), state, expr.span);
        if prefix { new } else { old }
    }

    fn cast(&mut self, name: &TypeName, value: &Expr, expr: &Expr, state: &mut State) -> Value {
        let ty = self.ty(name);
        if let ExprKind::Const(Const::Str(text)) = &value.kind
            && ty == Ty::pointer(Ty::WIDE)
        {
            return self.literal(text, 4, expr.span, state);
        }
        if name.is_reference() {
            let place = self.place(value, state);
            return self.value_at(&place, state, expr.span);
        }
        let given = self.eval(value, state);
        if ty == Ty::Void || ty == Ty::Unknown {
            return given;
        }
        self.allot(&given, &ty, state);
        self.converted(given, &ty, Some(value))
    }

    /// Memory from `malloc` is what it is cast to.
    fn allot(&mut self, value: &Value, ty: &Ty, state: &mut State) {
        if let Some(target) = value
            .as_pointer()
            .and_then(|pointer| pointer.single().cloned())
            && let Some(object) = state.change(target.object)
            && object.ty == Ty::Void
        {
            object.ty = ty.inner();
        }
    }

    fn size_of(&mut self, inner: &Expr, state: &mut State) -> Value {
        let mut scratch = state.clone();
        let place = self.quietly(|machine| {
            if let ExprKind::Name(name) = &inner.kind
                && machine.named(name, &mut scratch).is_none()
                && machine.program.is_type(name)
            {
                let name = TypeName {
                    name: name.clone(),
                    args: Vec::new(),
                    pointers: 0,
                    array: Vec::new(),
                };
                return Place::nowhere(machine.ty(&name));
            }
            match &inner.kind {
                ExprKind::Name(_)
                | ExprKind::Field { .. }
                | ExprKind::Index { .. }
                | ExprKind::Deref(_) => machine.place(inner, &mut scratch),
                ExprKind::Const(Const::Str(text)) => {
                    let length = i128::try_from(text.len() + 1).unwrap_or(1);
                    Place::nowhere(Ty::Array(std::rc::Rc::new(Ty::CHAR), Some(length)))
                }
                _ => Place::nowhere(machine.eval(inner, &mut scratch).ty),
            }
        });
        sized(self.program.size(&place.ty))
    }

    fn new_object(
        &mut self,
        expr: &Expr,
        class: &TypeName,
        args: &[Arg],
        state: &mut State,
    ) -> Value {
        let element = TypeName {
            array: Vec::new(),
            ..class.clone()
        };
        let ty = self.ty(&element);
        let size = self
            .program
            .size(&ty)
            .map_or(Range::new(1, super::number::FAR), Range::exactly);
        if class.array.is_empty() {
            let value = self.allocate(Allocator::New, size, ty.clone(), expr.span, state);
            let id = super::state::pointed(&value).first().copied();
            if let (Some(id), Ty::Record(record)) = (id, &ty) {
                let name = self.program.records[*record]
                    .name
                    .clone()
                    .unwrap_or_default();
                self.construct(id, *record, &name, args, expr, state);
            } else if let (Some(id), Some(first)) = (id, args.first()) {
                let place = Place::exactly(id, 0, ty);
                let given = self.eval(&first.value, state);
                self.put(&place, given, Some(&first.value), expr.span, state);
            } else if let Some(object) = id.and_then(|id| state.change(id))
                && !matches!(ty, Ty::Int { .. } | Ty::Float(_) | Ty::Pointer(_))
            {
                object.rest = super::state::Rest::Unknown;
            }
            return value;
        }
        let mut count = Range::exactly(1);
        let mut taint = None;
        for length in class.array.iter().flatten() {
            let length = self.eval(length, state);
            count = count.multiply(length.numbers());
            taint = taint.or_else(|| length.taint.clone());
        }
        self.check_amount(&Value::range(count, Ty::SIZE).tainted(taint), expr.span);
        let value = self.allocate(
            Allocator::NewArray,
            count.multiply(size),
            ty.clone(),
            expr.span,
            state,
        );
        if let Ty::Record(_) = ty
            && let Some(object) = super::state::pointed(&value)
                .first()
                .and_then(|id| state.change(*id))
            && self.has_constructor(&ty)
        {
            object.rest = super::state::Rest::Unknown;
        }
        value
    }

    /// Memory whose amount someone outside chooses.
    pub(super) fn check_amount(&mut self, amount: &Value, span: Span) {
        if amount.taint.is_some() && !amount.numbers().has_hi() {
            self.report("uncontrolled-allocation", span, &amount.taint);
        }
    }
}

fn sized(size: Option<i128>) -> Value {
    match size {
        Some(size) => Value::range(Range::exactly(size), Ty::SIZE),
        None => Value::range(Range::new(1, super::number::FAR), Ty::SIZE),
    }
}

fn shift(x: Range, by: Range) -> Range {
    match by.single() {
        Some(by @ 0..=63) => x.multiply(Range::exactly(1 << by)),
        _ => Range::ANY,
    }
}

fn and(x: Range, y: Range) -> Range {
    if let (Some(a), Some(b)) = (x.single(), y.single()) {
        return Range::exactly(a & b);
    }
    let mask = [x, y]
        .into_iter()
        .filter(|side| side.lo >= 0)
        .map(|side| side.hi)
        .min();
    mask.map_or(Range::ANY, |mask| Range::new(0, mask))
}

fn bits(op: BinaryOp, x: Range, y: Range) -> Range {
    match (x.single(), y.single()) {
        (Some(a), Some(b)) if op == BinaryOp::BitOr => Range::exactly(a | b),
        (Some(a), Some(b)) => Range::exactly(a ^ b),
        _ if x.lo >= 0 && y.lo >= 0 => Range {
            lo: 0,
            ..Range::ANY
        },
        _ => Range::ANY,
    }
}

#[allow(clippy::cast_precision_loss)] // a bound need not be exact
fn float(op: BinaryOp, a: &Value, b: &Value) -> Kind {
    let ends = |value: &Value| match &value.kind {
        Kind::Float(lo, hi) => Some((*lo, *hi)),
        Kind::Int(range) if range.has_lo() && range.has_hi() => {
            Some((range.lo as f64, range.hi as f64))
        }
        _ => None,
    };
    let (Some((a, b)), Some((c, d))) = (ends(a), ends(b)) else {
        return Kind::Unknown;
    };
    match op {
        BinaryOp::Add => Kind::Float(a + c, b + d),
        BinaryOp::Subtract => Kind::Float(a - d, b - c),
        BinaryOp::Multiply => {
            let ends = [a * c, a * d, b * c, b * d];
            let lo = ends.iter().copied().fold(f64::INFINITY, f64::min);
            let hi = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            Kind::Float(lo, hi)
        }
        BinaryOp::Divide
            if (a - b).abs() < f64::EPSILON && (c - d).abs() < f64::EPSILON && c != 0.0 =>
        {
            Kind::Float(a / c, a / c)
        }
        _ => Kind::Unknown,
    }
}

/// The limits of `limits.h` and `stdint.h`, and other numbers of the library.
fn limit(name: &str) -> Option<Value> {
    let int = |bytes, signed| Ty::Int { bytes, signed };
    let (ty, is_highest) = match name {
        "CHAR_MAX" | "SCHAR_MAX" | "INT8_MAX" => (int(1, true), true),
        "CHAR_MIN" | "SCHAR_MIN" | "INT8_MIN" => (int(1, true), false),
        "UCHAR_MAX" | "UINT8_MAX" => (int(1, false), true),
        "SHRT_MAX" | "INT16_MAX" => (int(2, true), true),
        "SHRT_MIN" | "INT16_MIN" => (int(2, true), false),
        "USHRT_MAX" | "UINT16_MAX" => (int(2, false), true),
        "INT_MAX" | "INT32_MAX" | "RAND_MAX" => (int(4, true), true),
        "INT_MIN" | "INT32_MIN" => (int(4, true), false),
        "UINT_MAX" | "UINT32_MAX" | "MAXDWORD" => (int(4, false), true),
        "LONG_MAX" | "LLONG_MAX" | "INT64_MAX" | "SSIZE_MAX" | "PTRDIFF_MAX" => {
            (int(8, true), true)
        }
        "LONG_MIN" | "LLONG_MIN" | "INT64_MIN" => (int(8, true), false),
        "ULONG_MAX" | "ULLONG_MAX" | "UINT64_MAX" | "SIZE_MAX" => (int(8, false), true),
        "EOF" | "INVALID_HANDLE_VALUE" | "MAP_FAILED" | "INVALID_SOCKET" | "SOCKET_ERROR" => {
            return Some(Value::int(-1));
        }
        "true" | "TRUE" | "EXIT_FAILURE" => return Some(Value::int(1)),
        "false" | "FALSE" | "EXIT_SUCCESS" => return Some(Value::int(0)),
        _ => return None,
    };
    let holds = ty.range();
    let value = if is_highest { holds.hi } else { holds.lo };
    let ty = ty.common(&Ty::INT);
    Some(Value::range(Range::exactly(value), ty))
}
