//! Reading and writing memory, and what may go wrong with it.

use super::machine::Machine;
use super::number::Range;
use super::place::Place;
use super::state::{Cell, Nul, Object, Rest, State, Storage};
use super::types::Ty;
use super::value::{Kind, ObjectId, Pointer, Sure, Taint, Target, Value};
use crate::Span;

/// What is done with memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Cells under a place that is not exactly known; more are not looked at one by one.
const CELLS_MAX: usize = 512;

impl Machine<'_> {
    /// Uses a value for more than copying it.
    pub(super) fn use_value(&mut self, value: &Value, span: Span) {
        if value.uninit == Sure::Yes {
            self.report("uninitialized-use", span, &None);
        }
    }

    /// What lies at a place, of its type.
    pub(super) fn load(&mut self, place: &Place, state: &mut State, span: Span) -> Value {
        let size = self.program.size(&place.ty).unwrap_or(1);
        self.check(place, Range::exactly(size), Access::Read, state, span);
        let mut found: Option<Value> = None;
        for target in &place.targets {
            let Some(object) = state.get(target.object) else {
                found = Some(Value::unknown(place.ty.clone()));
                break;
            };
            let mut one = read(object, target.offset, &place.ty);
            if object.freed != Sure::No {
                one.uninit = Sure::No;
            }
            found = Some(match found {
                Some(other) => other.join(&one),
                None => one,
            });
        }
        let value = match found {
            Some(value) if place.elsewhere => value.join(&Value::unknown(place.ty.clone())),
            Some(value) => value,
            None => Value::unknown(place.ty.clone()),
        };
        let taint = if place.targets.is_empty() {
            place.taint.clone()
        } else {
            None
        };
        value.tainted(taint)
    }

    /// Writes a value to a place.
    pub(super) fn store(&mut self, place: &Place, value: Value, state: &mut State, span: Span) {
        let size = self.program.size(&place.ty).unwrap_or(1);
        self.check(place, Range::exactly(size), Access::Write, state, span);
        if place.elsewhere || place.targets.is_empty() {
            self.escape(&value, state);
        }
        if let Some((id, offset)) = place.single() {
            state.used.remove(&id);
            if let Some(object) = state.change(id) {
                write_exactly(object, offset, size, value);
            }
            return;
        }
        for target in &place.targets {
            state.used.remove(&target.object);
            if let Some(object) = state.change(target.object) {
                write_somewhere(object, target.offset, size, &value);
            }
        }
    }

    /// What a value leads to may be known elsewhere from here on.
    pub(super) fn escape(&mut self, value: &Value, state: &mut State) {
        for id in state.reachable(super::state::pointed(value)) {
            if let Some(object) = state.change(id) {
                object.is_escaped = true;
            }
        }
    }

    /// Complains where an access leaves its object, or its object is gone.
    pub(super) fn check(
        &mut self,
        place: &Place,
        length: Range,
        access: Access,
        state: &State,
        span: Span,
    ) {
        self.check_stale(&place.targets, span);
        for target in &place.targets {
            let Some(object) = state.get(target.object) else {
                if self.left.contains(&target.object) {
                    self.report("use-of-dead-stack-object", span, &None);
                }
                continue;
            };
            if object.freed != Sure::No && !object.is_file() {
                // What came from outside stands for many objects; one of them was freed.
                let is_here = object.storage != Storage::External || object.freed == Sure::Yes;
                if is_here && is_certain(place, state) {
                    self.report("use-after-free", span, &None);
                }
                continue;
            }
            let rule = beyond(object, target, length, access, &place.taint)
                .or_else(|| before(target, access, object, &place.taint));
            if let Some(rule) = rule {
                self.report(rule, span, &place.taint);
            }
        }
    }

    /// Complains where an element may have moved since it was taken hold of.
    pub(super) fn check_stale(&mut self, targets: &[Target], span: Span) {
        let is_stale = |target: &Target| matches!(target.stale, Some(Sure::Yes | Sure::Maybe));
        if targets.iter().any(is_stale) {
            self.report("use-after-free", span, &None);
        }
    }

    /// As [`Machine::check`], of a pointer handed to a function that reads or writes `length`
    /// bytes; `taint` is the length's.
    pub(super) fn check_pointer(
        &mut self,
        value: &Value,
        length: Range,
        access: Access,
        taint: &Taint,
        state: &mut State,
        span: Span,
    ) {
        let place = self.dereference(value, None, span, state);
        let taint = place.taint.clone().or_else(|| taint.clone());
        let place = Place { taint, ..place };
        self.check(&place, length, access, state, span);
    }
}

/// All that a place may be is gone, or it can be only one.
fn is_certain(place: &Place, state: &State) -> bool {
    let is_gone = |target: &Target| {
        let object = state.get(target.object);
        object.is_none_or(|object| object.freed == Sure::Yes)
    };
    match place.targets.as_slice() {
        [_] => !place.elsewhere,
        all => !place.elsewhere && all.iter().all(is_gone),
    }
}

/// Whether an access goes past the end.
fn beyond(
    object: &Object,
    target: &Target,
    length: Range,
    access: Access,
    taint: &Taint,
) -> Option<&'static str> {
    let start = target.offset;
    let (end, size) = match target.bounds {
        Some((_, end)) => (Range::exactly(end), end),
        None => (object.size, object.size.hi),
    };
    if length.hi <= 0 || !end.has_hi() || object.is_file() {
        return None;
    }
    let least = start.lo.saturating_add(length.lo.max(0));
    let most = start.hi.saturating_add(length.hi);
    let is_known = start.has_hi() && length.has_hi();
    let is_sure = start.has_lo() && length.lo > 0 && least > size;
    let is_possible = is_known && most > size && start.hi > -super::number::FAR;
    let is_from_outside = taint.is_some() && !is_known;
    if !(is_sure || is_possible || is_from_outside) {
        return None;
    }
    Some(match (access, object.storage) {
        (Access::Read, _) => "buffer-over-read",
        (Access::Write, _) if matches!(object.ty, Ty::Container(..)) => "heap-buffer-overflow",
        (Access::Write, Storage::Heap(_)) => "heap-buffer-overflow",
        (Access::Write, _) => "stack-buffer-overflow",
    })
}

/// Whether an access begins before the start.
fn before(target: &Target, access: Access, object: &Object, taint: &Taint) -> Option<&'static str> {
    let start = target.bounds.map_or(0, |(start, _)| start);
    if object.storage == Storage::External || object.is_file() {
        return None;
    }
    let is_known = target.offset.has_lo() && target.offset.lo < start;
    let is_from_outside = taint.is_some() && !target.offset.has_lo();
    (is_known || is_from_outside).then_some(match access {
        Access::Read => "buffer-under-read",
        Access::Write => "buffer-underwrite",
    })
}

/// What an object holds at an offset.
fn read(object: &Object, offset: Range, ty: &Ty) -> Value {
    let from_outside = |value: Value| match &object.taint {
        Some(_) => value.tainted(object.taint.clone()),
        None => value,
    };
    if let Some(at) = offset.single() {
        if let Some(cell) = object.cells.get(&at) {
            return retyped(&cell.value, ty);
        }
        let near = object.cells.range(..at).next_back();
        if near.is_some_and(|(start, cell)| start + cell.size > at) {
            return from_outside(Value::unknown(ty.clone()));
        }
        return from_outside(literal(object, at, ty).unwrap_or_else(|| object.unwritten(ty)));
    }
    let mut joined: Option<Value> = None;
    let mut seen = 0;
    for (_, cell) in object.cells.range(offset.lo.max(0)..) {
        seen += 1;
        let value = retyped(&cell.value, ty);
        joined = Some(joined.map_or(value.clone(), |other: Value| other.join(&value)));
        if seen > CELLS_MAX {
            break;
        }
    }
    let rest = object.unwritten(ty);
    let is_all_written = joined.is_some() && rest.uninit != Sure::No;
    let mut value = match joined {
        Some(value) if is_all_written => value,
        Some(value) => value.join(&rest),
        None => rest,
    };
    if value.uninit == Sure::Yes && !object.cells.is_empty() {
        value.uninit = Sure::Maybe;
    }
    from_outside(value)
}

/// A character of a literal.
fn literal(object: &Object, at: i128, ty: &Ty) -> Option<Value> {
    let text = object.text.as_ref()?;
    if object.ty != Ty::CHAR || object.storage != Storage::Literal {
        return None;
    }
    let at = usize::try_from(at).ok()?;
    let byte = text.as_bytes().get(at).copied().unwrap_or(0);
    Some(Value::range(Range::exactly(i128::from(byte)), ty.clone()))
}

/// A cell read as another type than it was written.
fn retyped(value: &Value, ty: &Ty) -> Value {
    let mut value = value.clone();
    if *ty != Ty::Unknown && value.ty != *ty {
        let is_same_kind =
            value.ty.is_int() == ty.is_int() && value.ty.is_pointer() == ty.is_pointer();
        if !is_same_kind && matches!(value.kind, Kind::Int(_) | Kind::Float(..)) {
            let (uninit, taint) = (value.uninit, value.taint);
            value = Value {
                uninit,
                ..Value::unknown(ty.clone())
            }
            .tainted(taint);
        }
        value.ty = ty.clone();
    }
    value
}

fn write_exactly(object: &mut Object, at: i128, size: i128, value: Value) {
    if at.saturating_add(size) > object.size.hi {
        // Reported already; what it does to other objects is not followed.
        object.nul = Nul::NotBefore(0);
        return;
    }
    let is_char = object_unit(object) == size && value.ty.is_int();
    if is_char {
        mark_nul(object, at, &value);
    }
    object.text = object.text.take().filter(|_| !is_char);
    if value.taint.is_some() && value.ty.is_int() && is_row(object) {
        object.taint.clone_from(&value.taint);
    }
    object.clear(at, at + size.max(1));
    object.cells.insert(at, Cell { value, size });
}

/// What one number in it is, all of it may be; the fields of a record are apart.
fn is_row(object: &Object) -> bool {
    !matches!(object.ty, Ty::Record(_))
}

/// The size of a character of a text in this object.
fn object_unit(object: &Object) -> i128 {
    match object.ty {
        Ty::Int { bytes, .. } => i128::from(bytes),
        Ty::Array(ref inner, _) => match **inner {
            Ty::Int { bytes, .. } => i128::from(bytes),
            _ => 1,
        },
        _ => 1,
    }
}

/// A character was written: where the text ends now.
fn mark_nul(object: &mut Object, at: i128, value: &Value) {
    let is_nul = match value.truth() {
        Some(true) => Sure::No,
        Some(false) => Sure::Yes,
        None => Sure::Maybe,
    };
    object.nul = match (is_nul, object.nul) {
        (Sure::Yes, Nul::At(old)) => Nul::At(Range::new(old.lo.min(at), old.hi.min(at))),
        (Sure::Yes, Nul::NotBefore(first)) => Nul::At(Range::new(first.min(at), at)),
        (Sure::No, Nul::At(old)) if old.contains(at) => Nul::NotBefore(old.lo.min(at)),
        (Sure::No, Nul::NotBefore(first)) if first == at => Nul::NotBefore(at + 1),
        (Sure::Maybe, Nul::At(old)) if old.hi >= at => Nul::NotBefore(old.lo.min(at)),
        (Sure::Maybe, Nul::NotBefore(first)) => Nul::NotBefore(first.min(at)),
        (_, old) => old,
    };
}

fn write_somewhere(object: &mut Object, at: Range, size: i128, value: &Value) {
    let end = at.hi.saturating_add(size.max(1));
    let start = at.lo.saturating_sub(size);
    let cells = object
        .cells
        .range_mut(start..end.max(start))
        .take(CELLS_MAX);
    for (_, cell) in cells {
        cell.value = cell.value.join(value);
    }
    object.rest = match object.rest {
        Rest::Uninit => Rest::MaybeUninit,
        Rest::Zero => Rest::Unknown,
        other => other,
    };
    if !super::state::pointed(value).is_empty() {
        // Keeps what is pointed to within reach.
        let first = at.lo.max(0);
        object
            .cells
            .entry(first)
            .and_modify(|cell| cell.value = cell.value.join(value))
            .or_insert_with(|| Cell {
                value: value.clone(),
                size,
            });
    }
    if value.taint.is_some() && value.ty.is_int() && is_row(object) {
        object.taint.clone_from(&value.taint);
    }
    object.text = None;
    object.nul = match (object.nul, value.truth()) {
        (Nul::NotBefore(first), Some(true)) if at.lo <= first => Nul::NotBefore(first),
        (Nul::NotBefore(first), _) => Nul::NotBefore(first.min(at.lo.max(0))),
        (Nul::At(old), _) => Nul::NotBefore(old.lo.min(at.lo.max(0))),
    };
}

/// A pointer to the start of an object.
pub(super) fn start_of(id: ObjectId, ty: Ty) -> Value {
    Value::pointer(Pointer::to(id, 0), Ty::pointer(ty))
}
