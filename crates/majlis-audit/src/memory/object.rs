//! Making objects, filling them, and what is known of the texts in them.

use super::access::{Access, start_of};
use super::machine::{Binding, Frame, Machine};
use super::number::{FAR, Range};
use super::place::Place;
use super::state::{Allocator, Cell, Nul, Object, Rest, State, Storage};
use super::types::Ty;
use super::value::{FunctionRef, Kind, NullWhy, ObjectId, Sure, Taint, Value};
use crate::Span;
use crate::ir::{Const, Expr, ExprKind, Text};

/// How many elements of a list are stored one by one.
const ELEMENTS_MAX: usize = 512;

impl Machine<'_> {
    /// Runs what follows as if in a file, outside of any function.
    pub(super) fn push_module_frame(&mut self, module: usize) {
        self.frames.push(Frame {
            function: FunctionRef {
                module,
                index: usize::MAX,
            },
            names: std::collections::HashMap::new(),
            scopes: vec![Vec::new()],
            locals: Vec::new(),
            record: None,
            call: None,
        });
    }

    /// A global, with its first value where nothing changes it; gives its type.
    #[allow(clippy::too_many_arguments)] // all of a declaration
    pub(super) fn place_global(
        &mut self,
        id: ObjectId,
        name: &Text,
        ty: Ty,
        value: Option<&Expr>,
        span: Span,
        is_changed: bool,
        state: &mut State,
    ) -> Ty {
        let size = self
            .program
            .size(&ty)
            .map_or(Range::new(0, FAR), Range::exactly);
        let mut object = Object::new(Storage::Static, ty.clone(), size, self.path(), span);
        object.name = name.clone();
        let is_open = is_changed || matches!(ty, Ty::Unknown | Ty::Record(_) | Ty::Container(..));
        if is_open && value.is_none() {
            object.rest = Rest::Unknown;
        }
        state.objects.insert(id, super::state::Shared::new(object));
        match value {
            Some(value) => self.quietly(|machine| machine.initialize(id, ty, value, state)),
            None => ty,
        }
    }

    /// Gives a fresh object the value of its declaration; its type, with the length of an array
    /// that had none.
    pub(super) fn initialize(
        &mut self,
        id: ObjectId,
        ty: Ty,
        value: &Expr,
        state: &mut State,
    ) -> Ty {
        let mut ty = ty;
        if let Ty::Array(inner, None) = &ty
            && let Some(length) = list_length(value)
        {
            ty = Ty::Array(inner.clone(), Some(length));
            let size = self.program.size(&ty).map_or(Range::ANY, Range::exactly);
            if let Some(object) = state.change(id) {
                object.size = size;
                object.ty = ty.clone();
            }
        }
        let place = Place::exactly(id, 0, ty.clone());
        self.fill(&place, value, state);
        ty
    }

    /// Writes a list, struct literal, text or value.
    fn fill(&mut self, place: &Place, value: &Expr, state: &mut State) {
        let Some((id, offset)) = place.single() else {
            return;
        };
        match (&value.kind, &place.ty) {
            (ExprKind::Sequence(items), Ty::Array(inner, _)) => {
                self.zero(id, state);
                let size = self.program.size(inner).unwrap_or(1);
                for (at, item) in (0i128..).zip(items.iter().take(ELEMENTS_MAX)) {
                    let place = Place::exactly(id, offset + at * size, (**inner).clone());
                    self.fill(&place, item, state);
                }
            }
            (ExprKind::Sequence(items), Ty::Record(record)) => {
                self.zero(id, state);
                let members = self
                    .program
                    .records
                    .get(*record)
                    .map(|found| found.fields.clone());
                for (member, item) in members.unwrap_or_default().iter().zip(items) {
                    let place = self.member_place(place.clone(), member);
                    self.fill(&place, item, state);
                }
            }
            (ExprKind::Sequence(items), Ty::Container(..)) => {
                for item in items {
                    let value = self.eval(item, state);
                    self.push(id, value, state);
                }
            }
            (ExprKind::Sequence(items), _) => {
                if let Some(first) = items.first() {
                    self.fill(place, first, state);
                } else {
                    self.zero(id, state);
                }
            }
            (ExprKind::Struct { fields, .. }, Ty::Record(record)) => {
                self.zero(id, state);
                for (name, item) in fields {
                    let member = name
                        .as_ref()
                        .and_then(|name| self.program.member(*record, name).cloned());
                    if let Some(member) = member {
                        let place = self.member_place(place.clone(), &member);
                        self.fill(&place, item, state);
                    }
                }
            }
            (_, Ty::Array(inner, _)) => {
                let from = self.eval(value, state);
                let unit = self.program.size(inner).unwrap_or(1);
                if let Some(text) = self.text_of(&from, state) {
                    self.set_text(id, offset, &text, unit, state);
                } else if let Some(object) =
                    state.change(id).filter(|_| from.as_pointer().is_some())
                {
                    // One array given to another, as `std::array` may be.
                    object.forget();
                }
            }
            (_, ty) => {
                let ty = ty.clone();
                let given = self.eval(value, state);
                let given = self.converted(given, &ty, Some(value));
                self.assign(place, given, state, value.span);
            }
        }
    }

    fn zero(&mut self, id: ObjectId, state: &mut State) {
        if let Some(object) = state.change(id)
            && object.rest != Rest::Zero
        {
            object.rest = Rest::Zero;
            object.nul = Nul::At(Range::ZERO);
        }
    }

    /// Writes a value; structs are copied field by field.
    pub(super) fn assign(&mut self, place: &Place, value: Value, state: &mut State, span: Span) {
        if let (Ty::Array(..), Kind::Pointer(_)) = (&place.ty, &value.kind) {
            for target in &place.targets {
                if let Some(object) = state.change(target.object) {
                    object.forget();
                }
            }
            return;
        }
        let (Kind::Place(from, start), Some((to, at))) = (&value.kind, place.single()) else {
            self.store(place, value, state, span);
            return;
        };
        let Some(source) = state.get(*from).cloned() else {
            return;
        };
        let size = self.program.size(&place.ty).unwrap_or(FAR);
        let is_whole = matches!(
            place.ty,
            Ty::Container(..) | Ty::Text | Ty::Owner | Ty::Unknown
        );
        let Some(object) = state.change(to) else {
            return;
        };
        let cells = source
            .cells
            .range(*start..)
            .map(|(offset, cell)| (offset - start + at, cell));
        let cells: Vec<(i128, Cell)> = cells
            .filter(|(offset, _)| is_whole || *offset < at + size)
            .map(|(offset, cell)| (offset, cell.clone()))
            .collect();
        object.clear(at, if is_whole { FAR } else { at + size });
        object.cells.extend(cells);
        object.taint.clone_from(&source.taint);
        if is_whole || (at == 0 && *start == 0) {
            object.rest = source.rest;
            object.length = source.length;
            object.text.clone_from(&source.text);
            object.nul = source.nul;
        } else if object.rest == Rest::Uninit {
            object.rest = Rest::MaybeUninit;
        }
    }

    /// Memory from an allocator: what its pointer is worth.
    pub(super) fn allocate(
        &mut self,
        allocator: Allocator,
        size: Range,
        ty: Ty,
        span: Span,
        state: &mut State,
    ) -> Value {
        let storage = Storage::Heap(allocator);
        let size = Range::new(size.lo.max(0), size.hi.max(0));
        let object = Object::new(storage, ty.clone(), size, self.path(), span);
        let id = self.add(state, object);
        let mut value = start_of(id, ty);
        if allocator == Allocator::Malloc
            && let Kind::Pointer(pointer) = &mut value.kind
        {
            pointer.null = Sure::Maybe;
            pointer.why = NullWhy::Failure;
        }
        value
    }

    /// A text literal.
    pub(super) fn literal(
        &mut self,
        text: &Text,
        unit: i128,
        span: Span,
        state: &mut State,
    ) -> Value {
        let key = (self.module(), span, text.clone());
        let ty = if unit == 1 { Ty::CHAR } else { Ty::WIDE };
        if let Some(id) = self.literals.get(&key)
            && state.objects.contains_key(id)
        {
            return start_of(*id, ty);
        }
        let length = i128::try_from(text.len()).unwrap_or(FAR);
        let size = Range::exactly((length + 1) * unit);
        let mut object = Object::new(Storage::Literal, ty.clone(), size, self.path(), span);
        object.text = Some(text.clone());
        object.nul = Nul::At(Range::exactly(length * unit));
        let id = match self.literals.get(&key) {
            Some(id) => *id,
            None => self.fresh(),
        };
        state.objects.insert(id, super::state::Shared::new(object));
        self.literals.insert(key, id);
        start_of(id, ty)
    }

    /// The text a pointer or string object holds, where it is a constant.
    pub(super) fn text_of(&self, value: &Value, state: &State) -> Option<Text> {
        match &value.kind {
            Kind::Pointer(pointer) => {
                let target = pointer.single()?;
                let text = state.get(target.object)?.text.clone()?;
                match target.offset.single()? {
                    0 => Some(text),
                    at => {
                        let rest = text.get(usize::try_from(at).ok()?..)?;
                        Some(rest.into())
                    }
                }
            }
            Kind::Place(object, _) => state.get(*object)?.text.clone(),
            _ => None,
        }
    }

    /// Puts a constant text into an array.
    pub(super) fn set_text(
        &mut self,
        id: ObjectId,
        at: i128,
        text: &Text,
        unit: i128,
        state: &mut State,
    ) {
        let length = i128::try_from(text.len()).unwrap_or(FAR) * unit;
        let Some(object) = state.change(id) else {
            return;
        };
        object.clear(at, at + length + unit);
        if at == 0 {
            object.rest = Rest::Zero;
            object.text = Some(text.clone());
            object.taint = None;
            object.nul = Nul::At(Range::exactly(length));
        } else if object.rest == Rest::Uninit {
            object.rest = Rest::MaybeUninit;
        }
    }

    /// How many bytes there are before the NUL of the text a pointer points to.
    pub(super) fn text_length(&self, value: &Value, state: &State) -> Range {
        let Some(pointer) = value.as_pointer() else {
            return Range::new(0, FAR);
        };
        let mut length: Option<Range> = None;
        for target in &pointer.targets {
            let Some(object) = state.get(target.object) else {
                continue;
            };
            let whole = match object.nul {
                Nul::At(at) => at,
                Nul::NotBefore(first) => Range::new(first, FAR),
            };
            let one = whole.subtract(target.offset);
            let one = Range::new(one.lo.max(0), one.hi.max(0));
            length = Some(length.map_or(one, |other| other.join(one)));
        }
        match length {
            Some(length) if !pointer.elsewhere => length,
            _ => Range::new(0, FAR),
        }
    }

    /// Whether what a pointer points to, or the value itself, comes from outside.
    pub(super) fn taint_of(&self, value: &Value, state: &State) -> Taint {
        if value.taint.is_some() {
            return value.taint.clone();
        }
        let objects = super::state::pointed(value);
        objects.iter().find_map(|id| {
            let object = state.get(*id)?;
            let of_cell = || {
                object
                    .cells
                    .values()
                    .find_map(|cell| cell.value.taint.clone())
            };
            object.taint.clone().or_else(of_cell)
        })
    }

    /// A function wrote bytes of unknown value through a pointer: `length` of them, with the NUL
    /// at `nul` (from the pointer) where it is known.
    pub(super) fn overwrite(
        &mut self,
        value: &Value,
        length: Range,
        nul: Option<Nul>,
        taint: &Taint,
        state: &mut State,
    ) {
        let Some(pointer) = value.as_pointer() else {
            return;
        };
        let is_single = pointer.single().is_some();
        for target in pointer.targets.clone() {
            let Some(object) = state.change(target.object) else {
                continue;
            };
            let at = target.offset.single();
            let end = at.map_or(FAR, |at| at.saturating_add(length.hi.max(1)));
            object.clear(at.unwrap_or(0), end);
            object.text = None;
            if matches!(object.rest, Rest::Uninit | Rest::Zero | Rest::MaybeUninit) {
                object.rest = Rest::Unknown;
            }
            if at == Some(0) && is_single {
                object.taint.clone_from(taint);
            } else if taint.is_some() {
                object.taint.clone_from(taint);
            }
            let is_past_end = at.is_none_or(|at| at.saturating_add(length.lo) > object.size.hi);
            let nul = nul.filter(|_| !is_past_end);
            object.nul = match (at, nul) {
                (Some(at), Some(Nul::At(range))) => Nul::At(range.add(Range::exactly(at))),
                (Some(at), Some(Nul::NotBefore(first))) => match object.nul {
                    Nul::At(old) if old.lo >= at + first => Nul::At(old),
                    _ => Nul::NotBefore(if at == 0 { first } else { 0 }),
                },
                _ => Nul::NotBefore(0),
            };
        }
    }

    /// Reads a text up to its NUL: complains where there is none in its object.
    pub(super) fn read_text(&mut self, value: &Value, unit: i128, span: Span, state: &mut State) {
        let length = self.text_length(value, state);
        let least = Range::exactly(length.lo.min(FAR - 8) + unit);
        self.check_pointer(value, least, Access::Read, &None, state, span);
        let Some(target) = value
            .as_pointer()
            .and_then(|pointer| pointer.single().cloned())
        else {
            return;
        };
        let is_unset = state.get(target.object).is_some_and(|object| {
            object.rest == Rest::Uninit
                && object.cells.is_empty()
                && object.nul == Nul::NotBefore(0)
        });
        if is_unset {
            self.report("uninitialized-use", span, &None);
        }
    }

    /// A binding for an object that lives elsewhere.
    pub(super) fn bind_object(&mut self, name: Text, object: ObjectId, offset: i128, ty: Ty) {
        let is_alias = false;
        let binding = Binding {
            object,
            offset,
            ty,
            is_alias,
        };
        self.bind(name, binding);
    }
}

/// How many elements an initialiser gives an array.
fn list_length(value: &Expr) -> Option<i128> {
    match &value.kind {
        ExprKind::Sequence(items) => i128::try_from(items.len()).ok(),
        ExprKind::Const(Const::Str(text)) => i128::try_from(text.len() + 1).ok(),
        ExprKind::Cast { value, .. } => list_length(value),
        _ => None,
    }
}
