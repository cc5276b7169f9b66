//! Where an expression lies in memory.

use super::machine::Machine;
use super::number::Range;
use super::program::Member;
use super::state::State;
use super::types::Ty;
use super::value::{Kind, NullWhy, ObjectId, Sure, Taint, Target, Value};
use crate::Span;
use crate::ir::{Expr, ExprKind, StmtKind, Text};

/// Where something lies.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) targets: Vec<Target>,
    /// It may lie where nothing is followed.
    pub(super) elsewhere: bool,
    pub(super) ty: Ty,
    /// What was added to get here comes from outside.
    pub(super) taint: Taint,
}

impl Place {
    pub(super) fn exactly(object: ObjectId, offset: i128, ty: Ty) -> Self {
        let offset = Range::exactly(offset);
        let bounds = None;
        Self {
            targets: vec![Target {
                object,
                offset,
                bounds,
                stale: None,
            }],
            elsewhere: false,
            ty,
            taint: None,
        }
    }

    pub(super) fn nowhere(ty: Ty) -> Self {
        Self {
            targets: Vec::new(),
            elsewhere: true,
            ty,
            taint: None,
        }
    }

    /// The only place it can be.
    pub(super) fn single(&self) -> Option<(ObjectId, i128)> {
        match self.targets.as_slice() {
            [only] if !self.elsewhere => Some((only.object, only.offset.single()?)),
            _ => None,
        }
    }
}

impl Machine<'_> {
    /// Where an expression lies; derefences on the way are checked, the last access is not.
    pub(super) fn place(&mut self, expr: &Expr, state: &mut State) -> Place {
        if let Some((name, inner)) = self.macro_expression(expr) {
            return self.inside_macro(name, |machine| machine.place(&inner, state));
        }
        match &expr.kind {
            ExprKind::Name(name) => self
                .named(name, state)
                .unwrap_or_else(|| Place::nowhere(Ty::Unknown)),
            ExprKind::Deref(inner) => {
                let value = self.eval(inner, state);
                self.dereference(&value, Some(inner), expr.span, state)
            }
            ExprKind::Index { base, index } => self.element(expr, base, index, state),
            ExprKind::Field { base, name } => self.field(expr, base, name, state),
            ExprKind::Cast { ty, value } if ty.is_reference() || !is_temporary(value) => {
                let ty = self.ty(ty);
                Place {
                    ty,
                    ..self.place(value, state)
                }
            }
            _ => {
                let value = self.eval(expr, state);
                self.place_of(&value)
            }
        }
    }

    /// Where a value that is an object lies.
    pub(super) fn place_of(&self, value: &Value) -> Place {
        match value.kind {
            Kind::Place(object, offset) => Place::exactly(object, offset, value.ty.clone()),
            _ => Place {
                taint: value.taint.clone(),
                ..Place::nowhere(value.ty.clone())
            },
        }
    }

    /// Where a variable lies: local, field of `this`, global.
    pub(super) fn named(&mut self, name: &Text, state: &mut State) -> Option<Place> {
        let frame = self.frames.last()?;
        if let Some(found) = frame.names.get(name) {
            if found.is_alias {
                return Some(alias(found, state));
            }
            return Some(Place::exactly(found.object, found.offset, found.ty.clone()));
        }
        if let Some(record) = frame.record
            && let Some(member) = self.program.member(record, name).cloned()
        {
            let this = self.named(&"this".into(), state)?;
            let this = self.load(&this, state, Span::default());
            let base =
                self.quietly(|machine| machine.dereference(&this, None, Span::default(), state));
            return Some(self.member_place(base, &member));
        }
        self.global(name, state)
    }

    fn global(&mut self, name: &Text, state: &mut State) -> Option<Place> {
        let (module, stmt) = self.program.global(self.module(), name)?;
        let key = (module, name.clone());
        if let Some(found) = self.globals.get(&key).cloned()
            && state.objects.contains_key(&found.object)
        {
            return Some(Place::exactly(found.object, found.offset, found.ty));
        }
        let StmtKind::Let { ty, value, .. } = &stmt.kind else {
            return None;
        };
        let ty = ty
            .as_ref()
            .map_or(Ty::Unknown, |ty| self.program.ty(module, ty));
        let is_changed = self.program.changed.contains(name);
        let id = match self.globals.get(&key) {
            Some(known) => known.object,
            None => self.fresh(),
        };
        let frame = self.frames.len();
        self.push_module_frame(module);
        let value = value.as_ref().filter(|_| !is_changed);
        let ty = self.place_global(id, name, ty, value, stmt.span, is_changed, state);
        self.frames.truncate(frame);
        let binding = super::machine::Binding {
            object: id,
            offset: 0,
            ty: ty.clone(),
            is_alias: false,
        };
        self.globals.insert(key, binding);
        Some(Place::exactly(id, 0, ty))
    }

    fn element(&mut self, expr: &Expr, base: &Expr, index: &Expr, state: &mut State) -> Place {
        let value = self.eval(base, state);
        let at = self.eval(index, state);
        self.use_value(&at, index.span);
        if matches!(value.ty, Ty::Container(..) | Ty::Text) {
            return self.container_element(&value, &at, expr.span, state);
        }
        let moved = self.move_pointer(&value, &at, 1);
        self.dereference(&moved, Some(base), expr.span, state)
    }

    /// A pointer and how many elements it is moved by.
    pub(super) fn move_pointer(&mut self, value: &Value, by: &Value, sign: i128) -> Value {
        let size = self.program.size(&value.ty.inner());
        let by_bytes = match size {
            Some(size) => by.numbers().multiply(Range::exactly(size * sign)),
            None => Range::ANY,
        };
        let mut moved = value.clone();
        if let Kind::Pointer(pointer) = &value.kind {
            moved.kind = Kind::Pointer(pointer.clone().moved(by_bytes));
        }
        if by.taint.is_some() {
            moved.taint.clone_from(&by.taint);
        }
        moved
    }

    fn field(&mut self, expr: &Expr, base: &Expr, name: &Text, state: &mut State) -> Place {
        if let ExprKind::Name(scope) = &base.kind
            && self
                .quietly(|machine| machine.named(scope, state))
                .is_none()
        {
            let known = self.global(name, state);
            return known.unwrap_or_else(|| Place::nowhere(Ty::Unknown));
        }
        let mut place = self.place(base, state);
        if matches!(place.ty, Ty::Pointer(_) | Ty::Unknown | Ty::Owner) {
            let value = self.load(&place, state, base.span);
            place = match value.kind {
                Kind::Place(..) => self.place_of(&value),
                _ => self.dereference(&value, Some(base), expr.span, state),
            };
        }
        let member = match &place.ty {
            Ty::Record(record) => self.program.member(*record, name).cloned(),
            _ => None,
        };
        match member {
            Some(member) => self.member_place(place, &member),
            None => Place {
                targets: Vec::new(),
                elsewhere: true,
                ty: Ty::Unknown,
                ..place
            },
        }
    }

    pub(super) fn member_place(&self, mut place: Place, member: &Member) -> Place {
        let size = match member.ty {
            Ty::Array(..) => self.program.size(&member.ty).filter(|size| *size > 1),
            _ => None,
        };
        for target in &mut place.targets {
            target.offset = target.offset.add(Range::exactly(member.offset));
            target.bounds = match (size, target.offset.single()) {
                (Some(size), Some(start)) => Some((start, start + size)),
                _ => None,
            };
        }
        place.ty = member.ty.clone();
        place
    }

    /// What a pointer points to; complains about null and about pointers never set.
    pub(super) fn dereference(
        &mut self,
        value: &Value,
        from: Option<&Expr>,
        span: Span,
        state: &mut State,
    ) -> Place {
        if let Kind::Place(object, offset) = value.kind {
            // A container or array object that stands for its first element.
            return Place::exactly(object, offset, value.ty.inner());
        }
        self.use_value(value, span);
        let ty = value.ty.inner();
        let variable = from.and_then(|from| self.variable(from, state));
        let Some(pointer) = value.as_pointer() else {
            let taint = value.taint.clone();
            return Place {
                taint,
                ..Place::nowhere(ty)
            };
        };
        let is_new = variable.is_none_or(|id| !state.used.contains(&id));
        match (pointer.null, pointer.why) {
            (Sure::Yes, NullWhy::Failure) => self.report("null-dereference", span, &None),
            (Sure::Yes, _) => self.report("null-dereference", span, &None),
            (Sure::Maybe, NullWhy::Failure) if is_new => {
                self.report("unchecked-allocation", span, &None);
            }
            // A field that is emptied somewhere is not this one, for all one knows.
            (Sure::Maybe, NullWhy::Constant)
                if is_new && variable.is_some() && !pointer.elsewhere =>
            {
                self.report("possible-null-dereference", span, &None);
            }
            _ => {}
        }
        state.used.extend(variable);
        self.check_stale(&pointer.targets, span);
        Place {
            targets: pointer.targets.clone(),
            elsewhere: pointer.elsewhere,
            ty,
            taint: value.taint.clone(),
        }
    }

    /// The object of a local pointer variable.
    pub(super) fn variable(&mut self, expr: &Expr, state: &mut State) -> Option<ObjectId> {
        let mut at = expr;
        while let ExprKind::Cast { value, .. } = &at.kind {
            at = value;
        }
        let ExprKind::Name(name) = &at.kind else {
            return None;
        };
        let found = self.frames.last()?.names.get(name)?;
        let is_own = state
            .get(found.object)
            .is_some_and(|object| object.name == *name);
        is_own.then_some(found.object)
    }

    /// Does something without reporting.
    pub(super) fn quietly<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.quiet += 1;
        let done = work(self);
        self.quiet -= 1;
        done
    }
}

/// Where a reference to an element leads.
fn alias(binding: &super::machine::Binding, state: &State) -> Place {
    let kept = state
        .get(binding.object)
        .and_then(|object| object.cells.get(&0));
    match kept.map(|cell| &cell.value.kind) {
        Some(Kind::Pointer(pointer)) => Place {
            targets: pointer.targets.clone(),
            elsewhere: pointer.elsewhere,
            ty: binding.ty.clone(),
            taint: None,
        },
        _ => Place::nowhere(binding.ty.clone()),
    }
}

fn is_temporary(value: &Expr) -> bool {
    !matches!(
        value.kind,
        ExprKind::Name(_) | ExprKind::Deref(_) | ExprKind::Index { .. } | ExprKind::Field { .. }
    )
}
