//! Files and handles: opened, used, closed.

use super::super::machine::Machine;
use super::super::number::Range;
use super::super::state::{Object, State, Storage};
use super::super::types::Ty;
use super::super::value::{NullWhy, Pointer, Sure, Value};
use super::Call;
use crate::Span;

impl Machine<'_> {
    pub(super) fn call_files(&mut self, call: &Call<'_>, state: &mut State) -> Option<Value> {
        match call.name {
            "fopen" | "fdopen" | "tmpfile" | "popen" | "freopen" => {
                Some(self.opened(Storage::Stream, Ty::pointer(Ty::Void), call, state))
            }
            "open" | "creat" | "openat" | "socket" | "mkstemp" => {
                Some(self.opened(Storage::Descriptor, Ty::INT, call, state))
            }
            "CreateFile" | "CreateFileA" | "CreateFileW" => {
                Some(self.opened(Storage::Handle, Ty::pointer(Ty::Void), call, state))
            }
            "fclose" | "pclose" => Some(self.close(call, Storage::Stream, state)),
            "close" | "closesocket" => Some(self.close(call, Storage::Descriptor, state)),
            "CloseHandle" => Some(self.close(call, Storage::Handle, state)),
            "fseek" | "ftell" | "fflush" | "feof" | "ferror" | "rewind" | "fgetc" | "getc" => {
                self.check_closed(&call.value(0), call.span, state);
                Some(Value::unknown(Ty::INT))
            }
            "bind" | "listen" | "connect" | "setsockopt" | "fcntl" | "ioctl" | "fstat"
            | "fsync" | "accept" | "shutdown" | "lseek" | "WriteFile" | "ReadFile" => {
                let socket = call.value(0);
                self.check_closed(&socket, call.span, state);
                for value in call.values.iter().skip(1) {
                    self.overwrite(
                        value,
                        Range::new(1, super::super::number::FAR),
                        None,
                        &None,
                        state,
                    );
                }
                Some(Value::unknown(Ty::INT))
            }
            _ => None,
        }
    }

    fn opened(&mut self, storage: Storage, ty: Ty, call: &Call<'_>, state: &mut State) -> Value {
        if call.name == "freopen" {
            return Value::unknown(ty);
        }
        let object = Object::new(storage, Ty::Unknown, Range::ANY, self.path(), call.span);
        let id = self.add(state, object);
        let mut pointer = Pointer::to(id, 0);
        pointer.null = Sure::Maybe;
        pointer.why = NullWhy::Unknown;
        Value::pointer(pointer, ty)
    }

    fn close(&mut self, call: &Call<'_>, with: Storage, state: &mut State) -> Value {
        let value = call.value(0);
        self.use_value(&value, call.span);
        let Some(pointer) = value.as_pointer().cloned() else {
            return Value::unknown(Ty::INT);
        };
        for target in &pointer.targets {
            let Some(object) = state.change(target.object) else {
                continue;
            };
            if !object.is_file() {
                continue;
            }
            let rule = if object.freed != Sure::No {
                Some("double-close")
            } else {
                (object.storage != with).then_some("mismatched-close")
            };
            object.freed = if pointer.targets.len() == 1 {
                Sure::Yes
            } else {
                Sure::Maybe
            };
            if let Some(rule) = rule {
                self.report(rule, call.span, &None);
            }
        }
        Value::unknown(Ty::INT)
    }

    /// A file that is used after it was closed.
    pub(super) fn check_closed(&mut self, value: &Value, span: Span, state: &State) {
        let Some(pointer) = value.as_pointer() else {
            return;
        };
        let is_closed = pointer.targets.iter().any(|target| {
            state
                .get(target.object)
                .is_some_and(|object| object.is_file() && object.freed != Sure::No)
        });
        if is_closed {
            self.report("use-after-close", span, &None);
        }
    }
}
