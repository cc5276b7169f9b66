//! Memory: asking for it, giving it back, copying.

use super::super::access::Access;
use super::super::machine::Machine;
use super::super::number::{FAR, Range};
use super::super::state::{Allocator, Nul, Object, Rest, State, Storage, pointed};
use super::super::types::Ty;
use super::super::value::{Kind, NullWhy, Sure, Value};
use super::Call;
use crate::ir::{BinaryOp, Expr, ExprKind};

impl Machine<'_> {
    pub(super) fn call_heap(&mut self, call: &Call<'_>, state: &mut State) -> Option<Value> {
        match call.name {
            "malloc" | "valloc" | "xmalloc" => Some(self.malloc(call, state)),
            "calloc" => Some(self.calloc(call, state)),
            "realloc" => Some(self.realloc(call, state)),
            "alloca" | "builtin_alloca" => Some(self.alloca(call, state)),
            "strdup" | "xstrdup" | "strndup" => Some(self.duplicate(call, state)),
            "free" | "cfree" => {
                self.release(
                    &call.value(0),
                    call.expr(0),
                    Allocator::Malloc,
                    call.span,
                    state,
                );
                Some(Value::unknown(Ty::Void))
            }
            "memcpy" | "memmove" | "bcopy" | "mempcpy" => Some(self.copy(call, state)),
            "memset" => Some(self.fill_memory(call, call.value(1), 2, state)),
            "bzero" | "explicit_bzero" => Some(self.fill_memory(call, Value::int(0), 1, state)),
            "memcmp" | "memchr" => {
                for at in 0..if call.name == "memcmp" { 2 } else { 1 } {
                    let taint = call.value(2).taint;
                    self.check_pointer(
                        &call.value(at),
                        call.bytes(2),
                        Access::Read,
                        &taint,
                        state,
                        call.span,
                    );
                }
                Some(Value::unknown(if call.name == "memcmp" {
                    Ty::INT
                } else {
                    Ty::Unknown
                }))
            }
            _ => None,
        }
    }

    fn malloc(&mut self, call: &Call<'_>, state: &mut State) -> Value {
        let size = call.value(0);
        self.check_size(&size, call.expr(0), call.span);
        let is_product = call.expr(0).is_some_and(is_product);
        if is_product && Self::is_unbounded(&size) {
            self.report("overflowing-allocation", call.span, &size.taint);
        } else {
            self.check_amount(&size, call.span);
        }
        self.allocate(
            Allocator::Malloc,
            size.numbers(),
            Ty::Void,
            call.span,
            state,
        )
    }

    fn calloc(&mut self, call: &Call<'_>, state: &mut State) -> Value {
        let (count, each) = (call.value(0), call.value(1));
        self.check_amount(&count, call.span);
        let size = count.numbers().multiply(each.numbers());
        let value = self.allocate(Allocator::Malloc, size, Ty::Void, call.span, state);
        for id in pointed(&value) {
            if let Some(object) = state.change(id) {
                object.rest = Rest::Zero;
                object.nul = Nul::At(Range::ZERO);
            }
        }
        value
    }

    fn realloc(&mut self, call: &Call<'_>, state: &mut State) -> Value {
        let (old, size) = (call.value(0), call.value(1));
        self.check_size(&size, call.expr(1), call.span);
        self.check_amount(&size, call.span);
        let value = self.allocate(
            Allocator::Malloc,
            size.numbers(),
            Ty::Void,
            call.span,
            state,
        );
        let known = old
            .as_pointer()
            .and_then(|pointer| pointer.single().cloned());
        if let Some(target) = known
            && let Some(before) = state.get(target.object).cloned()
        {
            if before.freed != Sure::No {
                self.report("use-after-free", call.span, &None);
            }
            for id in pointed(&value) {
                if let Some(object) = state.change(id) {
                    object.cells.clone_from(&before.cells);
                    object.rest = if before.rest == Rest::Uninit {
                        Rest::Uninit
                    } else {
                        Rest::Unknown
                    };
                    object.nul = before.nul;
                    object.ty = before.ty.clone();
                    object.taint.clone_from(&before.taint);
                }
            }
            if let Some(object) = state.change(target.object) {
                object.freed = Sure::Maybe;
                object.is_escaped = true;
            }
        }
        value
    }

    fn alloca(&mut self, call: &Call<'_>, state: &mut State) -> Value {
        let size = call.value(0);
        self.check_size(&size, call.expr(0), call.span);
        self.check_amount(&size, call.span);
        let mut object = Object::new(
            Storage::Alloca,
            Ty::Void,
            size.numbers(),
            self.path(),
            call.span,
        );
        object.name = "alloca".into();
        let id = self.add(state, object);
        super::super::access::start_of(id, Ty::Void)
    }

    fn duplicate(&mut self, call: &Call<'_>, state: &mut State) -> Value {
        let from = call.value(0);
        self.read_text(&from, call.unit, call.span, state);
        let length = self.text_length(&from, state);
        let size = length.add(Range::exactly(call.unit));
        let ty = if call.unit == 1 { Ty::CHAR } else { Ty::WIDE };
        let taint = self.taint_of(&from, state);
        let value = self.allocate(Allocator::Malloc, size, ty, call.span, state);
        for id in pointed(&value) {
            if let Some(object) = state.change(id) {
                object.rest = Rest::Unknown;
                object.nul = Nul::At(length);
                object.taint.clone_from(&taint);
            }
        }
        value
    }

    /// A number of bytes that may have been negative.
    pub(super) fn check_size(&mut self, size: &Value, expr: Option<&Expr>, span: crate::Span) {
        self.use_value(size, span);
        let Ty::Int {
            bytes,
            signed: true,
        } = size.ty
        else {
            return;
        };
        let numbers = size.numbers();
        let is_negative = numbers.lo < 0 && (numbers.has_lo() || size.taint.is_some());
        if !is_negative {
            return;
        }
        let _ = expr;
        let rule = if bytes < 4 {
            "sign-extended-size"
        } else {
            "negative-size"
        };
        self.report(rule, span, &size.taint);
    }

    fn copy(&mut self, call: &Call<'_>, state: &mut State) -> Value {
        let (to, from, count) = (call.value(0), call.value(1), call.value(2));
        self.check_size(&count, call.expr(2), call.span);
        let length = call.bytes(2);
        let is_possible = count.numbers().lo >= 0 || count.taint.is_none();
        if is_possible || count.numbers().hi > 0 {
            self.check_pointer(&to, length, Access::Write, &count.taint, state, call.span);
            self.check_pointer(&from, length, Access::Read, &count.taint, state, call.span);
        }
        self.copy_cells(&to, &from, length, state);
        to
    }

    /// Copies what is known: cells, texts, marks.
    pub(super) fn copy_cells(
        &mut self,
        to: &Value,
        from: &Value,
        length: Range,
        state: &mut State,
    ) {
        let taint = self.taint_of(from, state);
        let text = self.text_length(from, state);
        let nul = match length.single() {
            Some(length) if text.has_hi() && text.hi < length => Some(Nul::At(text)),
            Some(length) => Some(Nul::NotBefore(text.lo.min(length))),
            None => None,
        };
        let source = from
            .as_pointer()
            .and_then(|pointer| pointer.single().cloned())
            .and_then(|target| Some((state.get(target.object)?.clone(), target.offset.single()?)));
        let was = to
            .as_pointer()
            .and_then(|pointer| pointer.single().cloned())
            .and_then(|target| Some((target.object, target.offset.single()?)));
        self.overwrite(to, length, nul, &taint, state);
        let (Some((source, start)), Some((id, at)), Some(length)) = (source, was, length.single())
        else {
            return;
        };
        let Some(object) = state.change(id) else {
            return;
        };
        for (offset, cell) in source
            .cells
            .range(start..start.saturating_add(length).max(start))
        {
            object.cells.insert(offset - start + at, cell.clone());
        }
        if at == 0 && object.size.single().is_some_and(|size| size <= length) {
            object.rest = source.rest;
        }
        if at == 0 && start == 0 && matches!(nul, Some(Nul::At(_))) {
            object.text.clone_from(&source.text);
        }
    }

    fn fill_memory(
        &mut self,
        call: &Call<'_>,
        with: Value,
        count: usize,
        state: &mut State,
    ) -> Value {
        let (to, amount) = (call.value(0), call.value(count));
        self.check_size(&amount, call.expr(count), call.span);
        let length = call.bytes(count);
        self.check_pointer(&to, length, Access::Write, &amount.taint, state, call.span);
        let is_zero = matches!(&with.kind, Kind::Int(range) if *range == Range::ZERO);
        let nul = match (is_zero, with.truth(), length.single()) {
            (true, _, _) => Some(Nul::At(Range::ZERO)),
            (_, Some(true), Some(length)) => Some(Nul::NotBefore(length)),
            _ => None,
        };
        self.overwrite(&to, length, nul, &None, state);
        let target = to
            .as_pointer()
            .and_then(|pointer| pointer.single().cloned());
        if let Some(target) = target
            && let Some(object) = state.change(target.object)
            && target.offset == Range::ZERO
            && object.size.hi <= length.lo
        {
            object.rest = if is_zero { Rest::Zero } else { Rest::Unknown };
            object.taint = None;
            if is_zero {
                object.nul = Nul::At(Range::ZERO);
            }
        }
        to
    }

    /// A pointer into the same text, or null.
    pub(super) fn found_within(&mut self, call: &Call<'_>, state: &mut State) -> Value {
        let from = call.value(0);
        self.read_text(&from, call.unit, call.span, state);
        let mut found = from;
        if let Kind::Pointer(pointer) = &mut found.kind {
            for target in &mut pointer.targets {
                target.offset = Range::new(target.offset.lo, FAR);
            }
            pointer.null = Sure::Maybe;
            pointer.why = NullWhy::Unknown;
        }
        found
    }
}

fn is_product(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary {
            op: BinaryOp::Multiply,
            ..
        } => true,
        ExprKind::Cast { value, .. } => is_product(value),
        _ => false,
    }
}
