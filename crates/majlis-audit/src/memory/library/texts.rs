//! Functions of NUL-terminated texts.

use super::super::access::Access;
use super::super::machine::Machine;
use super::super::number::{FAR, Range};
use super::super::state::{Nul, State};
use super::super::types::Ty;
use super::super::value::{ObjectId, Taint, Value};
use super::Call;

impl Machine<'_> {
    pub(super) fn call_texts(&mut self, call: &Call<'_>, state: &mut State) -> Option<Value> {
        match call.name {
            "strlen" => {
                let text = call.value(0);
                self.read_text(&text, call.unit, call.span, state);
                let bytes = self.text_length(&text, state);
                let length = bytes.divide(Range::exactly(call.unit));
                let length = if bytes.has_hi() {
                    length
                } else {
                    Range::new(length.lo, FAR)
                };
                let mut value = Value::range(length, Ty::SIZE);
                value.length_of = whole_text(&text).filter(|_| call.unit == 1);
                Some(value)
            }
            "strcpy" | "stpcpy" => Some(self.copy_text(call, false, state)),
            "strcat" => Some(self.copy_text(call, true, state)),
            "strncpy" => Some(self.copy_bounded(call, state)),
            "strncat" => Some(self.append_bounded(call, state)),
            "strcmp" | "strcasecmp" | "stricmp" | "strcoll" => {
                for at in 0..2 {
                    self.read_text(&call.value(at), call.unit, call.span, state);
                }
                Some(Value::unknown(Ty::INT))
            }
            "strncmp" | "strncasecmp" | "strnicmp" => Some(Value::unknown(Ty::INT)),
            "strchr" | "strrchr" | "strstr" | "strpbrk" => Some(self.found_within(call, state)),
            "strtok" | "strtok_r" => {
                let taint = self.taint_of(&call.value(0), state);
                Some(Value::unknown(Ty::pointer(Ty::CHAR)).tainted(taint))
            }
            "sprintf" | "vsprintf" => Some(self.format_into(call, None, 1, state)),
            "snprintf" | "vsnprintf" => Some(self.format_into(call, Some(1), 2, state)),
            "printf" | "vprintf" => Some(self.show(call, 0, state)),
            "fprintf" | "vfprintf" | "dprintf" | "syslog" => Some(self.show(call, 1, state)),
            "puts" | "fputs" | "perror" => {
                self.read_text(&call.value(0), call.unit, call.span, state);
                self.check_closed(&call.value(1), call.span, state);
                Some(Value::unknown(Ty::INT))
            }
            "putchar" | "fputc" | "putc" | "fputwc" => {
                self.use_value(&call.value(0), call.span);
                Some(Value::unknown(Ty::INT))
            }
            _ => None,
        }
    }

    /// `strcpy`, `strcat`.
    fn copy_text(&mut self, call: &Call<'_>, is_appended: bool, state: &mut State) -> Value {
        let (to, from) = (call.value(0), call.value(1));
        self.read_text(&from, call.unit, call.span, state);
        let length = self.text_length(&from, state);
        let before = if is_appended {
            self.text_length(&to, state)
        } else {
            Range::ZERO
        };
        let before = if before.has_hi() {
            before
        } else {
            Range::exactly(before.lo)
        };
        let taint = self.taint_of(&from, state);
        let whole = before.add(length).add(Range::exactly(call.unit));
        self.check_pointer(&to, whole, Access::Write, &taint, state, call.span);
        let text = self.text_of(&from, state);
        let kept = if is_appended {
            self.taint_of(&to, state)
        } else {
            None
        };
        let taint: Taint = taint.or(kept);
        let at = before.add(length);
        self.overwrite(&to, whole, Some(Nul::At(at)), &taint, state);
        if let (false, Some(text)) = (is_appended, text)
            && let Some(target) = to.as_pointer().and_then(|pointer| pointer.single())
            && target.offset == Range::ZERO
            && let Some(object) = state.change(target.object)
        {
            object.text = Some(text);
        }
        to
    }

    fn copy_bounded(&mut self, call: &Call<'_>, state: &mut State) -> Value {
        let (to, from, count) = (call.value(0), call.value(1), call.value(2));
        self.check_size(&count, call.expr(2), call.span);
        let length = self.text_length(&from, state);
        let bytes = call.bytes(2);
        let taint = self.taint_of(&from, state);
        self.check_pointer(&to, bytes, Access::Write, &count.taint, state, call.span);
        let least = length.add(Range::exactly(call.unit));
        let read = Range::new(least.lo.min(bytes.lo), least.lo.min(bytes.hi));
        self.check_pointer(&from, read, Access::Read, &None, state, call.span);
        let nul = if length.has_hi() && length.hi < bytes.lo {
            Nul::At(length)
        } else {
            Nul::NotBefore(length.lo.min(bytes.lo))
        };
        self.overwrite(&to, bytes, Some(nul), &taint, state);
        to
    }

    fn append_bounded(&mut self, call: &Call<'_>, state: &mut State) -> Value {
        let (to, from, count) = (call.value(0), call.value(1), call.value(2));
        self.check_size(&count, call.expr(2), call.span);
        let before = self.text_length(&to, state);
        let before = if before.has_hi() {
            before
        } else {
            Range::exactly(before.lo)
        };
        let length = self.text_length(&from, state);
        let bytes = call.bytes(2);
        let added = Range::new(length.lo.min(bytes.lo), length.hi.min(bytes.hi));
        let taint = self
            .taint_of(&from, state)
            .or_else(|| self.taint_of(&to, state));
        let whole = before.add(added).add(Range::exactly(call.unit));
        self.check_pointer(&to, whole, Access::Write, &count.taint, state, call.span);
        self.overwrite(&to, whole, Some(Nul::At(before.add(added))), &taint, state);
        to
    }

    /// `sprintf`, `snprintf`: `%s` alone is followed, other formats have an unknown length.
    fn format_into(
        &mut self,
        call: &Call<'_>,
        count: Option<usize>,
        format: usize,
        state: &mut State,
    ) -> Value {
        let to = call.value(0);
        // `swprintf` has a count, as `snprintf`.
        let mut length = Range::new(call.unit, FAR);
        let text = self.text_of(&call.value(format), state);
        if let Some(text) = text {
            length = self.formatted_length(&text, call, format + 1, state);
        }
        self.show(call, format, state);
        let taint = call
            .values
            .iter()
            .skip(format)
            .find_map(|value| self.taint_of(value, state));
        match count {
            Some(count) => {
                let limit = call.bytes(count);
                let amount = call.value(count);
                self.check_size(&amount, call.expr(count), call.span);
                let length = Range::new(length.lo.min(limit.lo), length.hi.min(limit.hi));
                self.check_pointer(&to, length, Access::Write, &amount.taint, state, call.span);
                let nul = Range::new(0, limit.hi.saturating_sub(call.unit).max(0));
                self.overwrite(&to, limit, Some(Nul::At(nul)), &taint, state);
            }
            None => {
                self.check_pointer(&to, length, Access::Write, &taint, state, call.span);
                let nul = length.subtract(Range::exactly(call.unit));
                self.overwrite(&to, length, Some(Nul::At(nul)), &taint, state);
            }
        }
        Value::unknown(Ty::INT)
    }

    /// The bytes a format needs, with its NUL.
    fn formatted_length(
        &self,
        format: &str,
        call: &Call<'_>,
        first: usize,
        state: &State,
    ) -> Range {
        let mut length = Range::exactly(call.unit);
        let mut at = first;
        let mut rest = format.chars();
        while let Some(mark) = rest.next() {
            if mark != '%' {
                length = length.add(Range::exactly(call.unit));
                continue;
            }
            let mut conversion = rest.next();
            let mut is_plain = true;
            while let Some('0'..='9' | '.' | '-' | '+' | ' ' | '#' | 'l' | 'h' | 'z' | '*') =
                conversion
            {
                is_plain = matches!(conversion, Some('l' | 'h' | 'z')) && is_plain;
                conversion = rest.next();
            }
            let one = match conversion {
                Some('%') => Range::exactly(call.unit),
                Some('s' | 'S') if is_plain => {
                    at += 1;
                    self.text_length(&call.value(at - 1), state)
                }
                Some('c') => {
                    at += 1;
                    Range::exactly(call.unit)
                }
                Some('d' | 'i' | 'u') if is_plain => {
                    at += 1;
                    Range::new(call.unit, FAR)
                }
                _ => {
                    at += 1;
                    Range::new(0, FAR)
                }
            };
            length = length.add(one);
        }
        length
    }

    /// What a format shows is read.
    fn show(&mut self, call: &Call<'_>, format: usize, state: &mut State) -> Value {
        let text = self.text_of(&call.value(format), state);
        let conversions: Vec<char> = text.as_deref().map(conversions).unwrap_or_default();
        for (at, value) in call.values.iter().enumerate().skip(format + 1) {
            let span = call.span;
            self.use_value(value, span);
            let conversion = conversions.get(at - format - 1).copied();
            if value.ty.is_pointer() && matches!(conversion, Some('s' | 'S')) {
                self.read_text(value, call.unit, span, state);
            }
        }
        if !conversions.is_empty()
            && !conversions.contains(&'*')
            && !call.name.starts_with('v')
            && conversions.len() > call.values.len().saturating_sub(format + 1)
        {
            self.report("missing-format-argument", call.span, &None);
        }
        if format == 1 && call.name.contains("fprintf") {
            self.check_closed(&call.value(0), call.span, state);
        }
        Value::unknown(Ty::INT)
    }
}

/// The conversions of a format; `*` for one with a computed width.
pub(super) fn conversions(format: &str) -> Vec<char> {
    let mut found = Vec::new();
    let mut rest = format.chars();
    while let Some(mark) = rest.next() {
        if mark != '%' {
            continue;
        }
        let mut conversion = rest.next();
        while let Some(flag) = conversion {
            if flag == '*' {
                found.push('*');
            }
            if !matches!(
                flag,
                '0'..='9'
                    | '.'
                    | '-'
                    | '+'
                    | ' '
                    | '#'
                    | '\''
                    | 'l'
                    | 'h'
                    | 'z'
                    | 'j'
                    | 't'
                    | 'L'
                    | 'q'
                    | 'I'
                    | '*'
            ) {
                break;
            }
            conversion = rest.next();
        }
        match conversion {
            Some('%') | None => {}
            Some(kind) => found.push(kind),
        }
    }
    found
}

/// The object a pointer points to the beginning of.
pub(in crate::memory) fn whole_text(value: &Value) -> Option<ObjectId> {
    let target = value.as_pointer()?.single()?;
    (target.offset == Range::ZERO).then_some(target.object)
}
