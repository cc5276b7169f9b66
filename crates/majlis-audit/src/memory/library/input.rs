//! Functions that bring something in through a buffer.

use super::super::access::Access;
use super::super::machine::Machine;
use super::super::number::{FAR, Range};
use super::super::state::{Nul, State};
use super::super::types::Ty;
use super::super::value::{FunctionRef, Kind, NullWhy, Sure, Taint, Value};
use super::Call;
use crate::Span;

impl Machine<'_> {
    pub(super) fn call_input(&mut self, call: &Call<'_>, state: &mut State) -> Option<Value> {
        match call.name {
            "fgets" => {
                self.check_closed(&call.value(2), call.span, state);
                let limit = call.bytes(1);
                let nul = Range::new(0, limit.hi.saturating_sub(call.unit).max(0));
                self.fill_from(call, 0, limit, &call.value(1), Some(Nul::At(nul)), state);
                Some(maybe_null(call.value(0)))
            }
            "gets" => {
                let to = call.value(0);
                self.check_unbounded(&to, call.span, state);
                self.overwrite(&to, Range::new(1, FAR), None, &None, state);
                Some(maybe_null(to))
            }
            "recv" | "read" | "recvfrom" | "readlink" | "pread" => {
                self.fill_from(call, 1, call.bytes(2), &call.value(2), None, state);
                let most = call.value(2).numbers().hi;
                let ty = Ty::Int {
                    bytes: 8,
                    signed: true,
                };
                Some(Value::range(Range::new(-1, most.max(0)), ty))
            }
            "fread" => {
                let length = call.value(1).numbers().multiply(call.value(2).numbers());
                self.check_closed(&call.value(3), call.span, state);
                self.fill_from(call, 0, length, &call.value(2), None, state);
                Some(Value::range(
                    Range::new(0, call.value(2).numbers().hi),
                    Ty::SIZE,
                ))
            }
            "scanf" => Some(self.scan(call, 0, "stdin", state)),
            "fscanf" => Some(self.scan(call, 1, "stdin", state)),
            "sscanf" => {
                let taint = self.taint_of(&call.value(0), state);
                let source =
                    taint.map(|origin| origin.source.trim_start_matches("number ").to_owned());
                Some(self.scan(call, 1, source.as_deref().unwrap_or(""), state))
            }
            "getenv" | "secure_getenv" | "wgetenv" => {
                let at = FunctionRef {
                    module: self.module(),
                    index: 0,
                };
                Some(self.outside(state, Ty::pointer(Ty::CHAR), at, call.span))
            }
            "fwrite" => {
                let length = call.value(1).numbers().multiply(call.value(2).numbers());
                self.check_closed(&call.value(3), call.span, state);
                self.check_pointer(
                    &call.value(0),
                    length,
                    Access::Read,
                    &None,
                    state,
                    call.span,
                );
                Some(Value::unknown(Ty::SIZE))
            }
            "send" | "write" | "sendto" => {
                self.check_pointer(
                    &call.value(1),
                    call.bytes(2),
                    Access::Read,
                    &None,
                    state,
                    call.span,
                );
                Some(Value::unknown(Ty::Int {
                    bytes: 8,
                    signed: true,
                }))
            }
            _ => None,
        }
    }

    fn fill_from(
        &mut self,
        call: &Call<'_>,
        to: usize,
        length: Range,
        count: &Value,
        nul: Option<Nul>,
        state: &mut State,
    ) {
        self.check_size(count, None, call.span);
        let to = call.value(to);
        self.check_pointer(&to, length, Access::Write, &count.taint, state, call.span);
        self.overwrite(&to, length, nul, &None, state);
    }

    /// Something of any length is written to a buffer of known length.
    pub(in crate::memory) fn check_unbounded(&mut self, to: &Value, span: Span, state: &mut State) {
        let taint: Taint = self.origin(span, "input of any length", "stdin");
        self.check_pointer(to, Range::new(1, FAR), Access::Write, &taint, state, span);
    }

    /// `scanf` and its kin.
    fn scan(&mut self, call: &Call<'_>, format: usize, source: &str, state: &mut State) -> Value {
        let text = self.text_of(&call.value(format), state);
        let kinds = text.as_deref().map(conversions).unwrap_or_default();
        for (at, value) in call.values.iter().enumerate().skip(format + 1) {
            let kind = kinds.get(at - format - 1).copied();
            let inner = value.ty.inner();
            let origin = (!source.is_empty())
                .then(|| self.origin(call.span, call.name, &format!("number {source}")))
                .flatten();
            match kind {
                Some((None, 's' | '[')) => {
                    if !source.is_empty() {
                        self.check_unbounded(value, call.span, state);
                    }
                    let origin = self
                        .origin(call.span, call.name, source)
                        .filter(|_| !source.is_empty());
                    self.overwrite(value, Range::new(1, FAR), None, &origin, state);
                }
                Some((Some(width), 's' | '[')) => {
                    let length = Range::new(call.unit, (width + 1) * call.unit);
                    self.check_pointer(value, length, Access::Write, &None, state, call.span);
                    let origin = self
                        .origin(call.span, call.name, source)
                        .filter(|_| !source.is_empty());
                    let nul = Nul::At(Range::new(0, width * call.unit));
                    self.overwrite(value, length, Some(nul), &origin, state);
                }
                _ => {
                    let place = self.dereference(value, None, call.span, state);
                    let number = Value::unknown(inner).tainted(origin);
                    self.store(&place, number, state, call.span);
                }
            }
        }
        Value::unknown(Ty::INT)
    }
}

fn maybe_null(value: Value) -> Value {
    let mut value = value;
    value.uninit = Sure::No;
    if let Kind::Pointer(pointer) = &mut value.kind {
        pointer.null = Sure::Maybe;
        pointer.why = NullWhy::Unknown;
    }
    value
}

/// The conversions of a format of `scanf` with their widths; skipped ones are left out.
fn conversions(format: &str) -> Vec<(Option<i128>, char)> {
    let mut found = Vec::new();
    let mut rest = format.chars().peekable();
    while let Some(mark) = rest.next() {
        if mark != '%' {
            continue;
        }
        let (mut width, mut is_skipped) = (None, false);
        while let Some(flag) = rest.peek().copied() {
            match flag {
                '*' => is_skipped = true,
                '0'..='9' => {
                    let digit = i128::from(flag.to_digit(10).unwrap_or(0));
                    width = Some((width.unwrap_or(0) * 10 + digit).min(1 << 40));
                }
                'l' | 'h' | 'z' | 'j' | 't' | 'L' | 'm' => {}
                _ => break,
            }
            rest.next();
        }
        match rest.next() {
            Some('%') | None => {}
            Some(kind) if !is_skipped => found.push((width, kind)),
            Some(_) => {}
        }
    }
    found
}
