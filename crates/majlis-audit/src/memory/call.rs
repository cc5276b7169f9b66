//! Calls: of functions of the tree, methods, constructors, and functions nobody knows.

use super::machine::{CALLS_MAX, Machine};
use super::place::Place;
use super::state::{Allocator, State, pointed};
use super::types::Ty;
use super::value::{FunctionRef, Kind, ObjectId, Pointer, Sure, Value};
use crate::Span;
use crate::ir::{Arg, Expr, ExprKind, Function, Text};

/// A function inside itself more often than this is not followed.
const RECURSION_MAX: usize = 2;

impl Machine<'_> {
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        callee: &Expr,
        args: &[Arg],
        state: &mut State,
    ) -> Value {
        match &callee.kind {
            ExprKind::Name(name) => self.call_name(name, expr, args, state),
            ExprKind::Field { base, name } => self.call_member(base, name, expr, args, state),
            _ => {
                let value = self.eval(callee, state);
                self.call_value(&value, "", expr, args, state)
            }
        }
    }

    fn call_name(&mut self, name: &Text, expr: &Expr, args: &[Arg], state: &mut State) -> Value {
        if let Some(place) = self.named(name, state) {
            let value = self.value_at(&place, state, expr.span);
            return self.call_value(&value, name, expr, args, state);
        }
        let record = self.frames.last().and_then(|frame| frame.record);
        if let Some(record) = record {
            let methods = self.program.method(record, name);
            if let Some(method) = methods.first().copied()
                && let Some(this) = self.named(&"this".into(), state)
            {
                let this = self.load(&this, state, expr.span);
                return self.call_function(method, Some(this), expr, args, state);
            }
        }
        if let Some(function) = self.program.function(self.module(), name) {
            return self.call_function(function, None, expr, args, state);
        }
        if let Some((_, value)) = self.program.define(self.module(), name)
            && let ExprKind::Name(other) = &value.kind
            && other != name
            && !self.frames.is_empty()
        {
            let other = other.clone();
            return self.call_library(&other, expr, args, state);
        }
        if let Some(record) = self.program.record(name) {
            let id = self.declare_empty("".into(), Ty::Record(record), expr.span, state);
            self.construct(id, record, name, args, expr, state);
            return Value::new(Kind::Place(id, 0), Ty::Record(record));
        }
        if let [only] = args
            && self.program.is_type(name)
        {
            let ty = self.ty(&crate::ir::TypeName {
                name: name.clone(),
                args: Vec::new(),
                pointers: 0,
                array: Vec::new(),
            });
            let value = self.eval(&only.value, state);
            let (text, taint) = (self.text_of(&value, state), self.taint_of(&value, state));
            if ty == Ty::Text {
                let id = self.declare_empty("".into(), Ty::Text, expr.span, state);
                if let Some(object) = state.change(id) {
                    object.text = text;
                    object.taint = taint;
                }
                return Value::new(Kind::Place(id, 0), Ty::Text);
            }
            return self.converted(value, &ty, Some(&only.value));
        }
        self.call_library(name, expr, args, state)
    }

    /// Whether a name is a variable of the function being run.
    fn is_local(&self, name: &str) -> bool {
        let frame = self.frames.last();
        frame.is_some_and(|frame| frame.names.contains_key(name))
    }

    /// Calls what a value points to.
    fn call_value(
        &mut self,
        value: &Value,
        name: &str,
        expr: &Expr,
        args: &[Arg],
        state: &mut State,
    ) -> Value {
        let functions = match &value.kind {
            Kind::Function(functions) => functions.clone(),
            Kind::Pointer(pointer) if pointer.null == Sure::Yes && self.is_local(name) => {
                self.report("null-dereference", expr.span, &None);
                Vec::new()
            }
            _ => Vec::new(),
        };
        let Some((last, others)) = functions.split_last() else {
            return self.call_library(name, expr, args, state);
        };
        let mut joined: Option<(State, Value)> = None;
        for function in others {
            let mut own = state.clone();
            let value = self.call_function(*function, None, expr, args, &mut own);
            joined = Some((own, value));
        }
        let value = self.call_function(*last, None, expr, args, state);
        match joined {
            Some((other, before)) => {
                *state = state.join(&other);
                value.join(&before)
            }
            None => value,
        }
    }

    fn call_member(
        &mut self,
        base: &Expr,
        name: &Text,
        expr: &Expr,
        args: &[Arg],
        state: &mut State,
    ) -> Value {
        if let ExprKind::Name(scope) = &base.kind
            && self
                .quietly(|machine| machine.named(scope, state))
                .is_none()
        {
            let method = self
                .program
                .record(scope)
                .map(|record| self.program.method(record, name));
            let found = method
                .and_then(|methods| methods.first().copied())
                .or_else(|| self.program.function_in(self.module(), scope, name));
            return match found {
                Some(function) => self.call_function(function, None, expr, args, state),
                None => self.call_library(name, expr, args, state),
            };
        }
        let mut place = self.place(base, state);
        self.check_stale(&place.targets, base.span);
        if matches!(place.ty, Ty::Pointer(_) | Ty::Unknown | Ty::Owner) {
            let value = self.load(&place, state, base.span);
            place = match value.kind {
                Kind::Place(..) => self.place_of(&value),
                Kind::Pointer(_) => self.dereference(&value, Some(base), expr.span, state),
                _ => Place {
                    taint: value.taint,
                    ..Place::nowhere(value.ty.inner())
                },
            };
        }
        match place.ty.clone() {
            Ty::Container(..) | Ty::Text => self.call_container(&place, name, expr, args, state),
            Ty::Record(record) => self.call_method(&place, record, name, expr, args, state),
            _ => {
                let value = self.call_library(name, expr, args, state);
                value.tainted(place.taint)
            }
        }
    }

    fn call_method(
        &mut self,
        place: &Place,
        record: usize,
        name: &Text,
        expr: &Expr,
        args: &[Arg],
        state: &mut State,
    ) -> Value {
        if let Some(member) = self.program.member(record, name).cloned() {
            let field = self.member_place(place.clone(), &member);
            let value = self.value_at(&field, state, expr.span);
            return self.call_value(&value, name, expr, args, state);
        }
        let real = place
            .single()
            .filter(|(_, offset)| *offset == 0)
            .and_then(|(id, _)| state.get(id))
            .and_then(|object| match object.ty {
                Ty::Record(real) => Some(real),
                _ => None,
            });
        let mut methods = self.program.method(real.unwrap_or(record), name);
        if methods.is_empty() {
            methods = self.program.method(record, name);
        }
        let Some(method) = methods.first().copied() else {
            return self.call_library(name, expr, args, state);
        };
        self.check(
            place,
            super::number::Range::exactly(1),
            super::access::Access::Read,
            state,
            expr.span,
        );
        let pointer = Pointer {
            targets: place.targets.clone(),
            null: Sure::No,
            why: super::value::NullWhy::Unknown,
            elsewhere: place.elsewhere,
        };
        let ty = Ty::pointer(Ty::Record(real.unwrap_or(record)));
        let this = Value::pointer(pointer, ty);
        self.call_function(method, Some(this), expr, args, state)
    }

    /// A function of the tree, run with what it is given.
    pub(super) fn call_function(
        &mut self,
        function: FunctionRef,
        this: Option<Value>,
        expr: &Expr,
        args: &[Arg],
        state: &mut State,
    ) -> Value {
        let Some(found) = self.program.get(function) else {
            return self.call_library("", expr, args, state);
        };
        if let Some((after, value)) = self.answer(expr.span) {
            *state = after;
            return value;
        }
        let inside = self
            .frames
            .iter()
            .filter(|frame| frame.function == function)
            .count();
        let depth = self.frames.len();
        if !found.has_body || depth >= CALLS_MAX || inside >= RECURSION_MAX {
            let value = self.call_unknown(&found.name, expr, args, state);
            let ty = found
                .returns
                .as_ref()
                .map_or(Ty::Unknown, |ty| self.program.ty(function.module, ty));
            return Value {
                ty: ty.clone(),
                ..self.convert(value, &ty)
            };
        }
        let mut values = Vec::with_capacity(args.len());
        for (at, arg) in args.iter().enumerate() {
            values.push(self.argument(found, at, &arg.value, state));
        }
        if state.is_over {
            return Value::unknown(Ty::Unknown);
        }
        if super::machine::is_printer(&found.name) {
            self.check_printed(&values, args);
        }
        let inner = std::mem::take(state);
        let ways = self.enter(function, values, this, inner, Some(expr.span));
        match self.answers(expr.span, ways) {
            Some((after, value)) => {
                *state = after;
                value
            }
            None => {
                state.is_over = true;
                Value::unknown(Ty::Unknown)
            }
        }
    }

    /// What is only shown must be set, and still there.
    fn check_printed(&mut self, values: &[Value], args: &[Arg]) {
        for (value, arg) in values.iter().zip(args) {
            self.use_value(value, arg.value.span);
        }
    }

    fn argument(&mut self, function: &Function, at: usize, arg: &Expr, state: &mut State) -> Value {
        let is_reference = function
            .params
            .get(at)
            .and_then(|param| param.ty.as_ref())
            .is_some_and(crate::ir::TypeName::is_reference);
        if is_reference {
            let is_place = matches!(
                arg.kind,
                ExprKind::Name(_)
                    | ExprKind::Field { .. }
                    | ExprKind::Index { .. }
                    | ExprKind::Deref(_)
            );
            if is_place {
                let place = self.place(arg, state);
                if let Some((id, offset)) = place.single() {
                    return Value::new(Kind::Place(id, offset), place.ty);
                }
            }
        }
        self.eval(arg, state)
    }

    /// A function of which nothing is known: it may keep and change all it is given.
    pub(super) fn call_unknown(
        &mut self,
        name: &str,
        expr: &Expr,
        args: &[Arg],
        state: &mut State,
    ) -> Value {
        let values: Vec<Value> = args
            .iter()
            .map(|arg| self.eval(&arg.value, state))
            .collect();
        self.hand_over(name, &values, args, expr.span, state)
    }

    pub(super) fn hand_over(
        &mut self,
        name: &str,
        values: &[Value],
        args: &[Arg],
        span: Span,
        state: &mut State,
    ) -> Value {
        let only_reads = super::machine::is_printer(name);
        let mut result = Value::unknown(Ty::Unknown);
        for (value, arg) in values.iter().zip(args) {
            self.use_value(value, arg.value.span);
            result = result.tainted(self.taint_of(value, state));
            let held = pointed(value);
            let is_certain = held.len() == 1 && value.as_pointer().is_none_or(|one| !one.elsewhere);
            let is_gone = is_certain
                && held.iter().any(|id| {
                    state
                        .get(*id)
                        .is_some_and(|object| object.freed != Sure::No && object.is_heap())
                });
            if is_gone {
                self.report("use-after-free", span, &None);
            }
            if only_reads {
                continue;
            }
            for id in state.reachable(pointed(value)) {
                let Some(object) = state.change(id) else {
                    continue;
                };
                object.is_escaped = true;
                if object.storage != super::state::Storage::Literal {
                    object.forget();
                }
            }
        }
        result
    }

    /// Runs the constructor of a fresh object.
    pub(super) fn construct(
        &mut self,
        id: ObjectId,
        record: usize,
        name: &Text,
        args: &[Arg],
        expr: &Expr,
        state: &mut State,
    ) {
        let constructors: Vec<FunctionRef> = self
            .program
            .records
            .get(record)
            .and_then(|found| found.methods.get(name))
            .cloned()
            .unwrap_or_default();
        let fits = |function: &&FunctionRef| {
            self.program.get(**function).is_some_and(|found| {
                let least = found
                    .params
                    .iter()
                    .filter(|param| param.default.is_none())
                    .count();
                (least..=found.params.len()).contains(&args.len())
            })
        };
        let chosen = constructors.iter().find(fits).copied();
        let Some(function) =
            chosen.filter(|one| self.program.get(*one).is_some_and(|found| found.has_body))
        else {
            for arg in args {
                let value = self.eval(&arg.value, state);
                if matches!(value.kind, Kind::Place(..)) && args.len() == 1 {
                    let place = Place::exactly(id, 0, Ty::Record(record));
                    self.assign(&place, value, state, expr.span);
                    return;
                }
                self.escape(&value, state);
            }
            let is_plain = constructors.is_empty() && args.is_empty();
            if let Some(object) = state.change(id).filter(|_| !is_plain) {
                object.rest = super::state::Rest::Unknown;
            }
            return;
        };
        let this = Value::pointer(Pointer::to(id, 0), Ty::pointer(Ty::Record(record)));
        self.call_function(function, Some(this), expr, args, state);
    }

    /// `T x;`
    pub(super) fn default_construct(
        &mut self,
        id: ObjectId,
        record: usize,
        span: Span,
        state: &mut State,
    ) {
        let Some(name) = self
            .program
            .records
            .get(record)
            .and_then(|found| found.name.clone())
        else {
            return;
        };
        let expr = Expr {
            kind: ExprKind::Opaque(Vec::new()),
            span,
        };
        self.construct(id, record, &name, &[], &expr, state);
    }

    pub(super) fn has_constructor(&self, ty: &Ty) -> bool {
        let Ty::Record(record) = ty else { return false };
        self.program.records.get(*record).is_some_and(|found| {
            found
                .name
                .as_ref()
                .is_some_and(|name| found.methods.contains_key(name))
        })
    }

    /// Runs the destructor of an object.
    pub(super) fn destruct(&mut self, id: ObjectId, record: usize, state: State) -> Option<State> {
        let Some(name) = self
            .program
            .records
            .get(record)
            .and_then(|found| found.name.clone())
        else {
            return Some(state);
        };
        let destructor = self.program.method(record, &format!("~{name}"));
        let body = destructor.iter().find(|one| {
            self.program
                .get(**one)
                .is_some_and(|found| found.has_body && !found.body.is_empty())
        });
        let Some(function) = body.copied() else {
            return Some(state);
        };
        if self.frames.len() >= CALLS_MAX {
            return Some(state);
        }
        let this = Value::pointer(Pointer::to(id, 0), Ty::pointer(Ty::Record(record)));
        let span = self
            .program
            .get(function)
            .map_or(Span::default(), |found| found.span);
        let ways = self.enter(function, Vec::new(), Some(this), state, Some(span));
        ways.joined().map(|(after, _)| after)
    }

    /// `delete x`, `delete[] x`
    pub(super) fn delete(&mut self, value: &Expr, span: Span, state: &mut State) {
        let (operand, allocator) = match &value.kind {
            ExprKind::Slice { base, .. } => (&**base, Allocator::NewArray),
            _ => (value, Allocator::New),
        };
        let given = self.eval(operand, state);
        if let Some(target) = given
            .as_pointer()
            .and_then(|pointer| pointer.single().cloned())
            && let Some(Ty::Record(record)) =
                state.get(target.object).map(|object| object.ty.clone())
            && state
                .get(target.object)
                .is_some_and(|object| object.freed == Sure::No)
            && allocator == Allocator::New
        {
            match self.destruct(target.object, record, std::mem::take(state)) {
                Some(after) => *state = after,
                None => {
                    state.is_over = true;
                    return;
                }
            }
        }
        self.release(&given, Some(operand), allocator, span, state);
    }

    /// Gives memory back.
    pub(super) fn release(
        &mut self,
        value: &Value,
        from: Option<&Expr>,
        allocator: Allocator,
        span: Span,
        state: &mut State,
    ) {
        self.use_value(value, span);
        let Some(pointer) = value.as_pointer().cloned() else {
            if let Some(from) = from.filter(|_| matches!(value.kind, Kind::Unknown)) {
                self.release_unknown(from, span, state);
            }
            return;
        };
        let is_single = pointer.targets.len() == 1 && !pointer.elsewhere;
        for target in &pointer.targets {
            let Some(object) = state.get(target.object) else {
                continue;
            };
            let is_other = !is_single && object.freed != Sure::Yes;
            let rule = match object.storage {
                _ if is_other && object.freed != Sure::No => None,
                super::state::Storage::Heap(_) if object.freed != Sure::No => Some("double-free"),
                super::state::Storage::External if object.freed == Sure::Yes => Some("double-free"),
                super::state::Storage::Heap(with) if with != allocator => Some("mismatched-free"),
                super::state::Storage::Heap(_) if target.offset.hi > 0 => Some("free-not-at-start"),
                super::state::Storage::Stack
                | super::state::Storage::Alloca
                | super::state::Storage::Static
                | super::state::Storage::Literal => Some("free-of-non-heap"),
                _ => None,
            };
            if let Some(rule) = rule {
                self.report(rule, span, &None);
            }
            if let Some(object) = state.change(target.object) {
                object.freed = if is_single { Sure::Yes } else { Sure::Maybe };
            }
        }
    }

    /// Something unknown is freed: from here on it is known as freed.
    fn release_unknown(&mut self, from: &Expr, span: Span, state: &mut State) {
        let place = self.quietly(|machine| machine.place(from, state));
        if place.single().is_none() || !place.ty.is_pointer() {
            return;
        }
        let at = FunctionRef {
            module: self.module(),
            index: 0,
        };
        let value = self.outside(state, place.ty.clone(), at, span);
        for id in pointed(&value) {
            if let Some(object) = state.change(id) {
                object.freed = Sure::Yes;
            }
        }
        self.quietly(|machine| machine.store(&place, value, state, span));
    }
}
