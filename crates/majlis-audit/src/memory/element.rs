//! Elements of containers: what takes hold of one, and what moves or takes away what is held.

use std::collections::HashSet;

use super::machine::{Binding, Machine};
use super::number::{FAR, Range};
use super::place::Place;
use super::state::State;
use super::types::{Shape, Ty};
use super::value::{FunctionRef, Kind, NullWhy, ObjectId, Pointer, Sure, Target, Value};
use crate::Span;
use crate::ir::{Arg, Expr, ExprKind, Text};

/// Which of the elements held a change makes invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// None.
    None,
    /// All of them.
    All,
    /// The one it was given.
    Given,
}

/// What a method does to those who hold elements.
fn reach(shape: Shape, name: &str, has_room: bool) -> Reach {
    match (name, shape) {
        ("clear" | "assign", _) => Reach::All,
        ("erase", Shape::Row | Shape::Blocks) => Reach::All,
        ("erase", Shape::Nodes) => Reach::Given,
        (
            "push_back" | "emplace_back" | "insert" | "emplace" | "resize" | "reserve"
            | "shrink_to_fit",
            Shape::Row,
        ) if !has_room => Reach::All,
        _ => Reach::None,
    }
}

/// Holds elements of this container.
fn is_of(target: &Target, container: ObjectId) -> bool {
    target.object == container && target.stale.is_some()
}

fn holds(value: &Value, container: ObjectId) -> bool {
    value.as_pointer().is_some_and(|pointer| {
        let mut targets = pointer.targets.iter();
        targets.any(|target| is_of(target, container))
    })
}

impl Machine<'_> {
    /// An iterator that stands somewhere in a container.
    pub(super) fn iterator(id: ObjectId, offset: Range, element: Ty) -> Value {
        let target = Target {
            object: id,
            offset,
            bounds: None,
            stale: Some(Sure::No),
        };
        let pointer = Pointer {
            targets: vec![target],
            null: Sure::No,
            why: NullWhy::Unknown,
            elsewhere: false,
        };
        Value::pointer(pointer, Ty::pointer(element))
    }

    /// `T &name = values[0]`: the reference is a pointer nobody sees.
    pub(super) fn bind_element(&mut self, name: &Text, ty: &Ty, place: Place, state: &mut State) {
        let ty = match ty {
            Ty::Unknown => place.ty.clone(),
            known => known.clone(),
        };
        let pointer = Pointer {
            targets: place.targets,
            null: Sure::No,
            why: NullWhy::Constant,
            elsewhere: place.elsewhere,
        };
        let kind = Ty::pointer(ty.clone());
        let value = Value::pointer(pointer, kind.clone());
        let hidden = self.declare("".into(), kind, value, Span::default(), state);
        let binding = Binding {
            object: hidden,
            offset: 0,
            ty,
            is_alias: true,
        };
        self.bind(name.clone(), binding);
    }

    /// A method changed a container: who held elements of it may hold nothing now.
    pub(super) fn invalidate(
        &mut self,
        container: ObjectId,
        name: &str,
        args: &[Arg],
        state: &mut State,
    ) {
        let Some(object) = state.get(container) else {
            return;
        };
        let Ty::Container(_, shape) = object.ty else {
            return;
        };
        match reach(shape, name, object.has_room) {
            Reach::None => {}
            Reach::All => make_stale(container, state),
            Reach::Given => {
                if let [only] = args
                    && let ExprKind::Name(given) = &only.value.kind
                {
                    self.make_given_stale(container, given, state);
                }
            }
        }
        if name == "reserve"
            && let Some(object) = state.change(container)
        {
            object.has_room = true;
        }
    }

    /// A function without a name may change what it mentions whenever it is called.
    pub(super) fn hand_to_lambda(&mut self, module: usize, index: usize, state: &mut State) {
        let found = FunctionRef { module, index };
        let Some(function) = self.program.get(found) else {
            return;
        };
        let (mut changed, mut used) = (HashSet::new(), HashSet::new());
        super::names::collect(function, &mut changed, &mut used);
        let Some(frame) = self.frames.last() else {
            return;
        };
        let held = used.iter().filter_map(|name| frame.names.get(name));
        for id in held.map(|binding| binding.object) {
            if let Some(object) = state.change(id)
                && matches!(object.ty, Ty::Container(..))
            {
                object.is_escaped = true;
                object.forget();
            }
        }
    }

    /// `make().c_str()`: characters of a text that is gone when the statement ends.
    pub(super) fn is_of_temporary(&self, value: &Expr) -> bool {
        let ExprKind::Call { callee, args } = &value.kind else {
            return false;
        };
        let ExprKind::Field { base, name } = &callee.kind else {
            return false;
        };
        matches!(&**name, "c_str" | "data") && args.is_empty() && self.is_temporary_text(base)
    }

    fn is_temporary_text(&self, base: &Expr) -> bool {
        let ExprKind::Call { callee, .. } = &base.kind else {
            return false;
        };
        let ExprKind::Name(name) = &callee.kind else {
            return false;
        };
        if matches!(&**name, "to_string" | "string" | "std::string") {
            return true;
        }
        let found = self.program.function(self.module(), name);
        let found = found.and_then(|found| Some((found.module, self.program.get(found)?)));
        found.is_some_and(|(module, function)| {
            let ty = function.returns.as_ref();
            ty.is_some_and(|ty| !ty.is_reference() && self.program.ty(module, ty) == Ty::Text)
        })
    }

    /// What a pointer variable was given points to nothing from here on.
    pub(super) fn end_temporary(&mut self, variable: ObjectId, state: &mut State) {
        let held = state.get(variable).and_then(|object| object.cells.get(&0));
        let mut ended = held.map_or(Vec::new(), |cell| super::state::pointed(&cell.value));
        if ended.is_empty() && self.frames.last().is_some() {
            let module = self.module();
            let at = FunctionRef { module, index: 0 };
            let ty = Ty::pointer(Ty::CHAR);
            let value = self.outside(state, ty.clone(), at, Span::default());
            ended = super::state::pointed(&value);
            let place = Place::exactly(variable, 0, ty);
            self.quietly(|machine| machine.store(&place, value, state, Span::default()));
        }
        for id in ended {
            if let Some(object) = state.change(id) {
                object.freed = Sure::Yes;
            }
        }
    }

    fn make_given_stale(&mut self, container: ObjectId, name: &Text, state: &mut State) {
        let frame = self.frames.last();
        let Some(holder) = frame.and_then(|frame| frame.names.get(name)) else {
            return;
        };
        if let Some(object) = state.change(holder.object) {
            for cell in object.cells.values_mut() {
                spoil(&mut cell.value, container);
            }
        }
    }

    /// What a method of a container that finds or moves hands out, where that is an iterator.
    pub(super) fn iterator_of(name: &str, id: ObjectId, element: &Ty) -> Option<Value> {
        let offset = match name {
            "begin" | "cbegin" => Range::ZERO,
            "erase" | "insert" | "find" | "lower_bound" | "upper_bound" | "emplace" => {
                Range::new(0, FAR)
            }
            _ => return None,
        };
        Some(Self::iterator(id, offset, element.clone()))
    }
}

fn make_stale(container: ObjectId, state: &mut State) {
    let holders: Vec<ObjectId> = state
        .objects
        .iter()
        .filter(|(_, object)| {
            let mut cells = object.cells.values();
            cells.any(|cell| holds(&cell.value, container))
        })
        .map(|(id, _)| *id)
        .collect();
    for id in holders {
        let Some(object) = state.change(id) else {
            continue;
        };
        for cell in object.cells.values_mut() {
            spoil(&mut cell.value, container);
        }
    }
}

fn spoil(value: &mut Value, container: ObjectId) {
    if let Kind::Pointer(pointer) = &mut value.kind {
        for target in &mut pointer.targets {
            if is_of(target, container) {
                target.stale = Some(Sure::Yes);
            }
        }
    }
}
