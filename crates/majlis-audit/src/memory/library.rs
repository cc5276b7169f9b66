//! What functions of the C library do to memory and numbers.

mod files;
mod heap;
mod input;
mod texts;

pub(super) use texts::whole_text;

use super::machine::Machine;
use super::number::{FAR, Range};
use super::state::State;
use super::types::Ty;
use super::value::{Kind, Sure, Value};
use crate::Span;
use crate::ir::{Arg, Expr, ExprKind};

/// A call with its arguments evaluated.
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) span: Span,
    pub(super) args: &'a [Arg],
    pub(super) values: &'a [Value],
    /// Bytes of a character: 4 for the functions of wide ones.
    pub(super) unit: i128,
}

impl Call<'_> {
    pub(super) fn value(&self, at: usize) -> Value {
        self.values
            .get(at)
            .cloned()
            .unwrap_or_else(|| Value::unknown(Ty::Unknown))
    }

    pub(super) fn expr(&self, at: usize) -> Option<&Expr> {
        self.args.get(at).map(|arg| &arg.value)
    }

    /// A count of characters as bytes.
    pub(super) fn bytes(&self, at: usize) -> Range {
        let count = self.value(at);
        let range = count.numbers().multiply(Range::exactly(self.unit));
        Range::new(
            range.lo.max(0),
            if count.numbers().lo < 0 && range.hi < 0 {
                FAR
            } else {
                range.hi
            },
        )
    }
}

/// The narrow function that does the same, and the bytes of a character.
fn canonical(name: &str) -> (String, i128) {
    let name = name.trim_start_matches('_');
    if let Some(rest) = name.strip_prefix("wcs") {
        return (format!("str{rest}"), 4);
    }
    if let Some(rest) = name.strip_prefix("wmem") {
        return (format!("mem{rest}"), 4);
    }
    let narrow = match name {
        "fgetws" => "fgets",
        "swprintf" | "snwprintf" | "vsnwprintf" | "vswprintf" => "snprintf",
        "wprintf" => "printf",
        "fwprintf" => "fprintf",
        "vwprintf" => "vprintf",
        "vfwprintf" => "vfprintf",
        "fwscanf" => "fscanf",
        "wscanf" => "scanf",
        "swscanf" => "sscanf",
        "putws" | "fputws" => "fputs",
        "wtoi" => "atoi",
        "wfopen" => "fopen",
        "wopen" => "open",
        "lstrcpyA" | "lstrcpy" => "strcpy",
        "lstrcatA" | "lstrcat" => "strcat",
        "lstrlenA" | "lstrlen" => "strlen",
        "CopyMemory" | "RtlCopyMemory" => "memcpy",
        "MoveMemory" => "memmove",
        "ZeroMemory" | "SecureZeroMemory" => "bzero",
        other => return (other.to_owned(), 1),
    };
    (
        narrow.to_owned(),
        if narrow == "atoi" || narrow.ends_with("open") {
            1
        } else {
            4
        },
    )
}

/// The letters of the conversions in a format, in order.
fn conversions(format: &str) -> impl Iterator<Item = char> {
    let parts = format.replace("%%", "");
    let letters = parts.split('%').skip(1).map(|part| {
        let is_letter = |letter: &char| letter.is_ascii_alphabetic() && !"lh".contains(*letter);
        part.chars().find(is_letter).unwrap_or('s')
    });
    letters.collect::<Vec<_>>().into_iter()
}

impl Machine<'_> {
    /// A function that is not in the tree.
    pub(super) fn call_library(
        &mut self,
        name: &str,
        expr: &Expr,
        args: &[Arg],
        state: &mut State,
    ) -> Value {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.eval(&arg.value, state));
        }
        if state.is_over {
            return Value::unknown(Ty::Unknown);
        }
        self.apply_tables(name, expr, args, &values, state);
        self.check_recorded(name, expr.span, &values, state);
        let (short, unit) = canonical(name);
        let call = Call {
            name: &short,
            span: expr.span,
            args,
            values: &values,
            unit,
        };
        let result = self
            .call_heap(&call, state)
            .or_else(|| self.call_texts(&call, state))
            .or_else(|| self.call_input(&call, state))
            .or_else(|| self.call_files(&call, state))
            .or_else(|| self.call_numbers(&call, state))
            .or_else(|| self.call_quoted(&call, state))
            .or_else(|| self.call_control(&call, state));
        let result = match result {
            Some(result) => result,
            None => {
                let known = self
                    .tables
                    .get(name)
                    .is_some_and(|entry| entry.source.is_some());
                let result = self.hand_over(name, &values, args, expr.span, state);
                if known {
                    Value::unknown(result.ty)
                } else {
                    result
                }
            }
        };
        self.apply_sources(name, expr.span, &values, result, state)
    }

    /// SQLite's own `printf`: `%q`, `%Q` and `%w` take away what a text could do to a statement.
    fn call_quoted(&mut self, call: &Call<'_>, state: &mut State) -> Option<Value> {
        if !matches!(call.name, "sqlite3_mprintf" | "sqlite3_vmprintf") {
            return None;
        }
        let format = self.text_of(&call.value(0), state)?;
        let texts = conversions(&format).zip(call.values.iter().skip(1));
        let taint = texts
            .filter(|(letter, _)| matches!(letter, 's' | 'z'))
            .find_map(|(_, value)| self.taint_of(value, state));
        Some(Value::unknown(Ty::pointer(Ty::CHAR)).tainted(taint))
    }

    fn call_numbers(&mut self, call: &Call<'_>, state: &mut State) -> Option<Value> {
        if call.name.starts_with("strto") {
            self.set_end(call, state);
        }
        let first = call.value(0);
        let number = |machine: &Self, ty: Ty| {
            let taint = machine.taint_of(&first, state);
            let source = taint.as_ref().map(|origin| origin.source.clone());
            let origin = source.and_then(|source| {
                let source = source.trim_start_matches("number ").to_owned();
                machine.origin(call.span, call.name, &format!("number {source}"))
            });
            Some(Value::unknown(ty).tainted(origin))
        };
        let long = Ty::Int {
            bytes: 8,
            signed: true,
        };
        match call.name {
            "atoi" => number(self, Ty::INT),
            "atol" | "atoll" | "strtol" | "strtoll" | "strtoimax" | "stol" => number(self, long),
            "strtoul" | "strtoull" => number(self, Ty::SIZE),
            "stoi" => number(self, Ty::INT),
            "atof" | "strtod" | "strtof" | "stod" | "stof" => number(self, Ty::Float(8)),
            "rand" | "random" => {
                let origin = self.origin(call.span, call.name, "number random");
                Some(Value::range(Range { lo: 0, hi: FAR }, Ty::INT).tainted(origin))
            }
            "abs" | "labs" | "llabs" => {
                let range = first.numbers();
                let most = range.lo.abs().max(range.hi.abs());
                let least = if range.contains(0) {
                    0
                } else {
                    range.lo.abs().min(range.hi.abs())
                };
                let mut value = first;
                value.kind = Kind::Int(Range::new(least, most));
                Some(value)
            }
            "fabs" | "fabsf" | "fabsl" => {
                let mut value = first;
                value.kind = match value.kind {
                    Kind::Float(lo, hi) if lo >= 0.0 => Kind::Float(lo, hi),
                    Kind::Float(lo, hi) if hi <= 0.0 => Kind::Float(-hi, -lo),
                    _ => Kind::Unknown,
                };
                value.ty = Ty::Float(8);
                Some(value)
            }
            "sqrt" | "sqrtl" | "sqrtf" => {
                #[allow(clippy::cast_precision_loss)] // the root of a limit
                let root = first.numbers().single().map(|value| (value as f64).sqrt());
                let kind = root.map_or(Kind::Unknown, |root| Kind::Float(root, root));
                Some(Value::new(kind, Ty::Float(8)).tainted(first.taint))
            }
            "htons" | "ntohs" => Some(Value {
                ty: Ty::Int {
                    bytes: 2,
                    signed: false,
                },
                ..first
            }),
            "htonl" | "ntohl" | "time" | "srand" | "difftime" | "isdigit" | "isalpha"
            | "isspace" | "isalnum" | "isupper" | "islower" | "toupper" | "tolower" | "clock"
            | "sleep" | "Sleep" | "usleep" => {
                self.use_value(&first, call.span);
                Some(Value::unknown(Ty::INT).tainted(first.taint))
            }
            "min" | "max" if call.values.len() == 2 => {
                let (a, b) = (first.numbers(), call.value(1).numbers());
                let range = if call.name == "min" {
                    Range::new(a.lo.min(b.lo), a.hi.min(b.hi))
                } else {
                    Range::new(a.lo.max(b.lo), a.hi.max(b.hi))
                };
                Some(Value {
                    kind: Kind::Int(range),
                    ..first
                })
            }
            "move" | "forward" if call.values.len() == 1 => Some(first),
            _ => None,
        }
    }

    /// `strtol` and its like tell where the number ends.
    fn set_end(&mut self, call: &Call<'_>, state: &mut State) {
        let (mut end, to) = (call.value(0), call.value(1));
        if to.as_pointer().is_none_or(|to| to.null == Sure::Yes) {
            return;
        }
        if let Kind::Pointer(pointer) = &mut end.kind {
            pointer.null = Sure::No;
            for target in &mut pointer.targets {
                target.offset = Range::new(target.offset.lo, FAR);
            }
        }
        self.quietly(|machine| {
            let place = machine.dereference(&to, None, call.span, state);
            machine.store(&place, end, state, call.span);
        });
    }

    fn call_control(&mut self, call: &Call<'_>, state: &mut State) -> Option<Value> {
        match call.name {
            "exit" | "Exit" | "abort" | "ExitProcess" | "quick_exit" | "longjmp" | "ExitThread"
            | "pthread_exit" | "endthread" | "endthreadex" | "terminate" | "err" | "errx"
            | "execl"
                if call.name != "execl" =>
            {
                state.is_over = true;
                Some(Value::unknown(Ty::Void))
            }
            "assert" => {
                let condition = call.expr(0)?.clone();
                let asserted = call.value(0);
                let taint = asserted.taint.clone();
                // That a pointer is there does not depend on what lies behind it.
                if taint.is_some() && !asserted.ty.is_pointer() {
                    self.report("reachable-assertion", call.span, &taint);
                }
                let (holds, _) =
                    self.quietly(|machine| machine.branch(&condition, std::mem::take(state)));
                match holds {
                    Some(holds) => *state = holds,
                    None => state.is_over = true,
                }
                Some(Value::unknown(Ty::Void))
            }
            "va_start" | "va_end" => Some(Value::unknown(Ty::Void)),
            _ => None,
        }
    }

    /// A result that must be looked at and is not.
    pub(super) fn check_ignored(&mut self, value: &Expr, state: &State) {
        let ExprKind::Call { callee, args } = &value.kind else {
            return;
        };
        let ExprKind::Name(name) = &callee.kind else {
            return;
        };
        if self.program.function(self.module(), name).is_some() || state.is_over {
            return;
        }
        match &**name {
            "remove" | "_wremove" | "rename" | "_wrename" | "fgets" | "fgetws" | "fread"
            | "chdir" | "chroot" | "truncate" | "ftruncate" | "mkdir" => {
                self.report("unchecked-return-value", value.span, &None);
            }
            "setuid"
            | "setgid"
            | "seteuid"
            | "setegid"
            | "setreuid"
            | "setregid"
            | "setresuid"
            | "setresgid"
            | "initgroups"
            | "setgroups"
            | "ImpersonateNamedPipeClient"
            | "ImpersonateSelf"
            | "RpcImpersonateClient"
            | "ImpersonateLoggedOnUser" => {
                self.report("unchecked-privilege-drop", value.span, &None);
            }
            "realloc" if args.len() == 2 => {
                self.report("realloc-result-ignored", value.span, &None);
            }
            _ => {}
        }
    }

    /// Calls that are wrong by what is known of their arguments.
    fn check_recorded(&mut self, name: &str, span: Span, values: &[Value], state: &State) {
        let is_exec = matches!(
            name,
            "execl" | "execlp" | "execv" | "execvp" | "system" | "popen" | "_popen"
        );
        if is_exec
            && let Some(text) = values.first().and_then(|value| self.text_of(value, state))
            && !text.is_empty()
            && !text.starts_with(['/', '.', '\\', '%'])
            && !text.contains(":\\")
            && name != "execl"
            && name != "execv"
        {
            self.report("relative-command-path", span, &None);
        }
    }
}
