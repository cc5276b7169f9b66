//! Places: what is kept where, in locals, fields and containers.

use std::rc::Rc;

use super::machine::{Machine, Named};
use super::names::Sym;
use super::store::Key;
use super::value::{ClassRef, Known, Labels, List, Objects, Space, Step, Value};
use crate::ir::{BinaryOp, Expr, ExprKind, Pattern};
use crate::{Language, Span};

/// Longer lists lose the places of their elements.
const LIST_MAX: usize = 64;

impl<'a> Machine<'a> {
    pub(super) fn read(&mut self, key: Key) -> Option<Value> {
        self.shared.was_read(key);
        self.store.get(key).cloned()
    }

    /// Sets a slot; of one that outlives the call others may see it.
    pub(super) fn write(&mut self, key: Key, value: Value) {
        if self.shared.is_shared(key) {
            let labels = self.deep_labels(&value);
            self.shared.was_written(key, &value, labels);
        }
        self.store.set(key, Some(value));
    }

    /// Sets a local of the call at hand.
    pub(super) fn set_local(&mut self, name: Sym, value: Value) {
        if let Some(space) = self.frame().map(|frame| frame.space) {
            self.write((space, name), value);
        }
    }

    /// Notes in the trail of a value that it is kept under a name.
    pub(super) fn kept(&mut self, mut value: Value, name: Sym, span: Span) -> Value {
        if !value.labels.is_empty() {
            let what = Step::Kept(self.names.text(name).clone());
            value.labels = value.labels.stepped(self.module(), span, &what);
        }
        value
    }

    /// Binds what is on the left of `=`, a parameter, a loop's variable.
    pub(super) fn bind(&mut self, pattern: &'a Pattern, value: Value, span: Span) {
        if !self.step() {
            return;
        }
        self.depth += 1;
        match pattern {
            Pattern::Name(name) => {
                let name = self.sym(name);
                let value = self.kept(value, name, span);
                self.assign_name(name, value);
            }
            Pattern::Place(place) => self.assign_place(place, value, span),
            Pattern::Sequence(parts) if self.is_go_result(&value) => {
                self.bind_results(parts, &value, span);
            }
            Pattern::Sequence(parts) => {
                for (at, part) in (0_i64..).zip(parts) {
                    let at = Value::constant(Known::Int(at));
                    let element = self.element(&value, Some(&at));
                    self.bind(part, element, span);
                }
            }
            Pattern::Fields(parts) => {
                for (name, part) in parts {
                    let name = self.sym(name);
                    let held = self.field_of(&value, name, span);
                    self.bind(part, held, span);
                }
            }
            Pattern::Variant(_, parts) => self.bind_variant(parts, &value, span),
            Pattern::Rest(inner) => {
                let labels = self.deep_labels(&value);
                self.bind(inner, Value::labelled(labels), span);
            }
            Pattern::Either(parts) => {
                for part in parts {
                    self.bind(part, value.clone(), span);
                }
            }
            Pattern::Value(_) | Pattern::Ignore => {}
        }
        self.depth -= 1;
    }

    /// What a function of Go gives back of which nothing but the call is known.
    fn is_go_result(&self, value: &Value) -> bool {
        let is_list = matches!(value.known, Known::List(_))
            || value
                .objects
                .iter()
                .any(|object| self.content(object).is_some());
        self.language == Language::Go && !is_list
    }

    /// The first result is what tables speak of; errors and answers carry nothing.
    fn bind_results(&mut self, parts: &'a [Pattern], value: &Value, span: Span) {
        for (at, part) in parts.iter().enumerate() {
            let given = match part {
                _ if at == 0 => value.clone(),
                Pattern::Name(name) if matches!(&**name, "err" | "ok" | "e" | "found") => Value {
                    condition: value.condition,
                    ..Value::unknown()
                },
                _ => Value::labelled(self.deep_labels(value)),
            };
            self.bind(part, given, span);
        }
    }

    /// `Some(x)` binds the value itself; the parts of others are its fields in order.
    fn bind_variant(&mut self, parts: &'a [Pattern], value: &Value, span: Span) {
        if let [only] = parts {
            self.bind(only, value.clone(), span);
            return;
        }
        let class = value.ty.and_then(|ty| self.tree.class_of(ty));
        for (at, part) in parts.iter().enumerate() {
            let field = class.and_then(|class| self.tree.class(class).fields.get(at));
            let held = match field {
                Some(field) => {
                    let name = self.names.of_code(&field.name);
                    self.field_of(value, name, span)
                }
                None => Value::labelled(self.deep_labels(value)),
            };
            self.bind(part, held, span);
        }
    }

    /// Gives a value to a name: a local, one of the names around, a field, a global.
    fn assign_name(&mut self, name: Sym, value: Value) {
        let Some(frame) = self.frame() else {
            return;
        };
        let own = frame.space;
        let mut at = Some(own);
        if frame.outer.contains(&name) {
            at = self.around.get(&own).copied();
        } else if self.language == Language::Python {
            self.write((own, name), value);
            return;
        }
        let outermost = self.globals.get(self.module() as usize).copied();
        let mut left = 64;
        while let Some(space) = at {
            if self.store.get((space, name)).is_some() {
                self.write((space, name), value);
                return;
            }
            at = self.around.get(&space).copied().filter(|_| left > 0);
            left -= 1;
        }
        let place = match self.named(name) {
            Named::Field(owner, index) => {
                self.set_own_field(owner, index, name, value);
                return;
            }
            Named::Global(module, name) => {
                self.write((self.globals[module as usize], name), value);
                return;
            }
            _ if self
                .frame()
                .is_some_and(|frame| frame.outer.contains(&name)) =>
            {
                outermost.unwrap_or(own)
            }
            _ => own,
        };
        self.write((place, name), value);
    }

    fn assign_place(&mut self, place: &'a Expr, value: Value, span: Span) {
        match &place.kind {
            ExprKind::Name(name) => {
                let name = self.sym(name);
                self.assign_name(name, value);
            }
            ExprKind::Field { base, name } => {
                if let (true, Some(path)) = (self.has_refined, self.place_path(place, 0)) {
                    self.store.set((super::store::REFINED, path), None);
                }
                let of = self.eval(base);
                let name = self.sym(name);
                self.field_sinks(&of, name, &value, span);
                if self.is_set_by_method(&of, name, (place, &value), span) {
                    return;
                }
                let value = self.kept(value, name, span);
                self.set_field(&of, Some(base), name, value, span);
            }
            ExprKind::Index { base, index } => {
                let of = self.eval(base);
                let at = self.eval(index);
                self.element_sinks(&of, (index, &at), (place, &value), span);
                if of.objects.is_empty() {
                    let labels = self.deep_labels(&value);
                    self.taint(base, &labels, span);
                } else {
                    self.put(&of, &at, &value);
                }
            }
            _ => {
                let labels = self.deep_labels(&value);
                self.taint(place, &labels, span);
            }
        }
    }

    /// Sets a field of a value.
    pub(super) fn set_field(
        &mut self,
        of: &Value,
        base: Option<&'a Expr>,
        name: Sym,
        value: Value,
        span: Span,
    ) {
        if let Some(path) = of.path {
            if let Some(class) = self.tree.class_of(path)
                && let Some((owner, index)) = self.tree.field_owner(class, name)
            {
                self.set_own_field(owner, index, name, value);
            }
            return;
        }
        if of.objects.is_empty() {
            if let Some(base) = base {
                let labels = self.deep_labels(&value);
                self.taint(base, &labels, span);
            }
            return;
        }
        self.set_slot(of.objects, name, value);
    }

    /// Sets a slot of an object; where it may be one of two, both may have it.
    fn set_slot(&mut self, objects: Objects, name: Sym, value: Value) {
        if let Some(only) = objects.unique() {
            self.write((only, name), value);
            return;
        }
        for object in objects.iter() {
            let joined = match self.store.get((object, name)) {
                Some(before) => before.join(&value),
                None => Value {
                    known: Known::Unknown,
                    ..value.clone()
                },
            };
            self.write((object, name), joined);
        }
    }

    /// Sets an attribute of a value by what a table says.
    pub(super) fn set_attribute(&mut self, of: &Value, name: Sym, value: Value) {
        self.set_slot(of.objects, name, value);
    }

    /// A field of a class of the tree, seen from inside.
    pub(super) fn own_field(&mut self, owner: ClassRef, index: usize, name: Sym) -> Value {
        let field = &self.tree.class(owner).fields[index];
        let space = self.field_space(owner, field.is_static);
        let mut value = self.read((space, name));
        if value.is_none() && field.is_static && field.is_constant {
            let initial = field.value.as_ref();
            let constant = initial.filter(|initial| matches!(initial.kind, ExprKind::Const(_)));
            value = constant.map(|constant| self.eval(constant));
        }
        let value = value.unwrap_or_default();
        match &field.ty {
            Some(ty) => {
                let ty = self.resolve_in(owner.module, ty);
                self.typed(value, ty)
            }
            None => value,
        }
    }

    fn field_space(&mut self, owner: ClassRef, is_static: bool) -> Space {
        if is_static {
            return self.statics_of(owner);
        }
        let this = self.local(self.words.this);
        let this = this.and_then(|this| this.objects.unique());
        // the object of an inner class does not have the fields of the outer one
        let has = self.class().is_some_and(|class| {
            let name = self.tree.type_of(class);
            let base = self.tree.type_of(owner);
            name.zip(base)
                .is_some_and(|(name, base)| self.is_a(name, base))
        });
        match this {
            Some(this) if has => this,
            _ => self.prototype_of(owner),
        }
    }

    fn set_own_field(&mut self, owner: ClassRef, index: usize, name: Sym, value: Value) {
        let field = &self.tree.class(owner).fields[index];
        let space = self.field_space(owner, field.is_static);
        let value = match &field.ty {
            Some(ty) => {
                let ty = self.resolve_in(owner.module, ty);
                self.typed(value, ty)
            }
            None => value,
        };
        self.write((space, name), value);
    }

    /// What is at a place becomes untrusted too.
    pub(super) fn taint(&mut self, place: &'a Expr, labels: &Labels, span: Span) {
        if labels.is_empty() {
            return;
        }
        match &place.kind {
            ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. } => {
                self.taint_value(place, labels, span);
            }
            ExprKind::AddressOf(inner)
            | ExprKind::Deref(inner)
            | ExprKind::Unwrap(inner)
            | ExprKind::Await(inner)
            | ExprKind::Cast { value: inner, .. }
            | ExprKind::Slice { base: inner, .. }
            | ExprKind::Unary { operand: inner, .. } => self.taint(inner, labels, span),
            ExprKind::Binary { left, .. } => self.taint(left, labels, span),
            ExprKind::Call { callee, .. } => {
                if let ExprKind::Field { base, .. } = &callee.kind {
                    self.taint(base, labels, span);
                }
            }
            _ => {}
        }
    }

    fn taint_value(&mut self, place: &'a Expr, labels: &Labels, span: Span) {
        let mut value = match &place.kind {
            ExprKind::Index { base, .. } => {
                self.taint(base, labels, span);
                return;
            }
            _ => self.eval(place),
        };
        if value.path.is_some() {
            return;
        }
        if value.objects.is_empty() {
            value.labels = value.labels.join(labels);
            value.known = Known::Unknown;
            self.assign_place(place, value, span);
        } else {
            self.taint_object(value.objects, labels);
        }
    }

    /// Something untrusted is somewhere in an object.
    pub(super) fn taint_object(&mut self, objects: Objects, labels: &Labels) {
        if labels.is_empty() {
            return;
        }
        for object in objects.iter() {
            let slot = if self.store.get((object, self.words.content)).is_some() {
                self.words.content
            } else {
                self.words.rest
            };
            let mut value = self.store.get((object, slot)).cloned().unwrap_or_default();
            value.labels = value.labels.join(labels);
            if let Known::List(list) = &value.known {
                let extra = Value::labelled(labels.clone());
                let all = list.all().chain(std::iter::once(&extra));
                value.known = Known::List(Rc::new(List::summary(all)));
            } else {
                value.known = Known::Unknown;
            }
            self.write((object, slot), value);
        }
    }

    pub(super) fn assign(
        &mut self,
        target: &'a Pattern,
        op: Option<BinaryOp>,
        value: &'a Expr,
        span: Span,
    ) -> Value {
        let Some(op) = op else {
            let value = self.eval(value);
            self.bind(target, value.clone(), span);
            return value;
        };
        let before = match target {
            Pattern::Name(name) => {
                let name = self.sym(name);
                self.name(name, span)
            }
            Pattern::Place(place) => self.eval(place),
            _ => Value::unknown(),
        };
        let more = self.eval(value);
        let value = self.combine(op, &before, &more, None);
        self.bind(target, value.clone(), span);
        value
    }

    pub(super) fn update(&mut self, target: &'a Expr, by: i8, prefix: bool, span: Span) -> Value {
        let before = self.eval(target);
        let by = Value::constant(Known::Int(i64::from(by)));
        let after = Value {
            ty: before.ty,
            ..self.combine(BinaryOp::Add, &before, &by, None)
        };
        self.assign_place(target, after.clone(), span);
        if prefix { after } else { before }
    }

    pub(super) fn delete(&mut self, place: &'a Expr) {
        match &place.kind {
            ExprKind::Name(name) => {
                let name = self.sym(name);
                self.assign_name(name, Value::unknown());
            }
            ExprKind::Index { base, index } => {
                let of = self.eval(base);
                let at = self.eval(index);
                self.remove(&of, &at);
            }
            ExprKind::Field { base, name } => {
                let of = self.eval(base);
                let name = self.sym(name);
                if let Some(only) = of.objects.unique() {
                    self.store.set((only, name), None);
                }
            }
            _ => {
                self.eval(place);
            }
        }
    }

    /// An object that is a list.
    pub(super) fn new_list(&mut self, content: Known) -> Objects {
        let objects = self.object();
        if let Some(object) = objects.unique() {
            let key = (object, self.words.content);
            self.store.set(key, Some(Value::constant(content)));
        }
        objects
    }

    fn content(&self, object: Space) -> Option<&Rc<List>> {
        match &self.store.get((object, self.words.content))?.known {
            Known::List(list) => Some(list),
            _ => None,
        }
    }

    /// The elements of a list all of which are known.
    pub(super) fn exact_list(&self, value: &Value) -> Option<Rc<List>> {
        let list = self.content(value.objects.unique()?)?;
        list.rest.is_none().then(|| Rc::clone(list))
    }

    pub(super) fn is_empty_list(&self, value: &Value) -> bool {
        let exact = self.exact_list(value);
        value.labels.is_empty() && exact.is_some_and(|list| list.items.is_empty())
    }

    /// How many elements or characters there are.
    pub(super) fn length_of(&self, value: &Value) -> Value {
        let length = match (&value.known, self.exact_list(value)) {
            (_, Some(list)) => Some(list.items.len()),
            (Known::Str(text), None) => Some(text.chars().count()),
            _ => None,
        };
        let known = length.and_then(|length| i64::try_from(length).ok());
        Value::constant(known.map_or(Known::Unknown, Known::Int))
    }

    /// An element by its key or position; any of them where that is not known.
    pub(super) fn element(&mut self, of: &Value, at: Option<&Value>) -> Value {
        if let Some(path) = of.path
            && let Some(key) = at.and_then(|at| at.known.key())
        {
            let key = self.names.of(&key);
            let full = self.join_path(path, key);
            return Value {
                labels: of.labels.clone(),
                path: Some(full),
                ..Value::default()
            };
        }
        let mut found: Option<Value> = None;
        for object in of.objects.iter() {
            let held = self.element_of(object, at);
            found = Some(found.map_or_else(|| held.clone(), |found| found.join(&held)));
        }
        let mut value = found.unwrap_or_default();
        if let (Known::Str(text), Some(Known::Int(at))) = (&of.known, at.map(|at| &at.known)) {
            let mark = usize::try_from(*at)
                .ok()
                .and_then(|at| text.chars().nth(at));
            value.known = mark.map_or(Known::Unknown, Known::Char);
        }
        value.labels = value.labels.join(&of.labels);
        if value.ty.is_none() {
            value.ty = self.element_type(of.ty);
        }
        value
    }

    /// `T` of `T[]`.
    fn element_type(&mut self, ty: Option<Sym>) -> Option<Sym> {
        let text = self.names.text(ty?).clone();
        let element = text.strip_suffix("[]")?;
        Some(self.names.of(element))
    }

    fn element_of(&mut self, object: Space, at: Option<&Value>) -> Value {
        let rest = self.store.get((object, self.words.rest)).cloned();
        if let Some(list) = self.content(object) {
            let index = match at.map(|at| &at.known) {
                Some(Known::Int(index)) if *index >= 0 => usize::try_from(*index).ok(),
                Some(Known::Int(index)) => usize::try_from(-index)
                    .ok()
                    .and_then(|back| list.items.len().checked_sub(back)),
                _ => None,
            };
            if let (Some(index), None) = (index, &list.rest) {
                return list.items.get(index).cloned().unwrap_or_default();
            }
            let all = list.all().cloned().chain(rest);
            let any = all.reduce(|left, right| left.join(&right));
            return any.unwrap_or_default();
        }
        if let Some(key) = at.and_then(|at| at.known.key()) {
            let key = self.names.of(&key);
            let held = self.store.get((object, key)).cloned();
            return held.or(rest).unwrap_or_default();
        }
        let all = self.store.slots_of(object).map(|(_, value)| value.clone());
        let any = all.reduce(|left, right| left.join(&right));
        let mut any = any.unwrap_or_default();
        if at.is_some() && any.known.is_constant() {
            any.forget_constant();
        }
        any
    }

    /// What the keys of a map may hold: what its keys came from is not kept apart.
    pub(super) fn keys_of(of: &Value) -> Value {
        Value::labelled(of.labels.clone())
    }

    /// Puts an element under a key or at a position.
    pub(super) fn put(&mut self, of: &Value, at: &Value, held: &Value) {
        for object in of.objects.iter() {
            let unique = of.objects.unique().is_some();
            self.touched.insert(object);
            if let Some(list) = self.content(object).cloned() {
                self.put_in_list(object, &list, at, held, unique);
            } else if let Some(key) = at.known.key() {
                let key = self.names.of(&key);
                self.set_slot(of.objects, key, held.clone());
            } else {
                let slot = (object, self.words.rest);
                let mut joined = match self.store.get(slot) {
                    Some(before) => before.join(held),
                    None => held.clone(),
                };
                joined.forget_constant();
                joined.labels = joined.labels.join(&at.labels);
                self.write(slot, joined);
            }
        }
    }

    fn put_in_list(&mut self, object: Space, list: &List, at: &Value, held: &Value, unique: bool) {
        let index = match at.known {
            Known::Int(index) => usize::try_from(index).ok(),
            _ => None,
        };
        let exact = index.filter(|index| unique && *index < list.items.len());
        let content = if let Some(index) = exact {
            let mut items = list.items.clone();
            items[index] = held.clone();
            List { items, rest: None }
        } else {
            List::summary(list.all().chain(std::iter::once(held)))
        };
        self.set_content(object, content);
    }

    fn set_content(&mut self, object: Space, list: List) {
        let list = if list.items.len() > LIST_MAX {
            List::summary(list.all())
        } else {
            list
        };
        let key = (object, self.words.content);
        let content = Value::constant(Known::List(Rc::new(list)));
        self.write(key, content);
    }

    /// Adds an element to a list, at its end or at a position.
    pub(super) fn add(&mut self, of: &Value, at: Option<&Value>, held: &Value) {
        for object in of.objects.iter() {
            let unique = of.objects.unique().is_some();
            let list = self.content(object).cloned().unwrap_or_default();
            let place = match at.map(|at| &at.known) {
                None => Some(list.items.len()),
                Some(Known::Int(at)) => usize::try_from(*at).ok(),
                Some(_) => None,
            };
            let place = place.filter(|at| unique && list.rest.is_none() && *at <= list.items.len());
            let content = match place {
                Some(at) => {
                    let mut items = list.items.clone();
                    items.insert(at, held.clone());
                    List { items, rest: None }
                }
                None => List::summary(list.all().chain(std::iter::once(held))),
            };
            self.set_content(object, content);
        }
    }

    /// Takes an element away; what it was.
    pub(super) fn remove(&mut self, of: &Value, at: &Value) -> Value {
        let removed = self.element(of, Some(at));
        let Some(object) = of.objects.unique() else {
            return removed;
        };
        if let Some(list) = self.content(object).cloned() {
            let index = match at.known {
                Known::Int(index) => usize::try_from(index).ok(),
                _ => None,
            };
            if let (Some(index), None) = (index, &list.rest) {
                if index < list.items.len() {
                    let mut items = list.items.clone();
                    items.remove(index);
                    self.set_content(object, List { items, rest: None });
                }
            } else {
                self.set_content(object, List::summary(list.all()));
            }
        } else if let Some(key) = at.known.key() {
            let key = self.names.of(&key);
            self.store.set((object, key), None);
        }
        removed
    }

    /// Empties a container.
    pub(super) fn clear(&mut self, of: &Value) {
        let Some(object) = of.objects.unique() else {
            return;
        };
        let names: Vec<Sym> = self.store.slots_of(object).map(|(name, _)| name).collect();
        for name in names {
            self.store.set((object, name), None);
        }
        self.set_content(object, List::default());
    }

    /// `{...other}`
    pub(super) fn spread_into(&mut self, of: &Value, other: &Value) {
        let mut held: Vec<(Sym, Value)> = Vec::new();
        for object in other.objects.iter() {
            let slots = self.store.slots_of(object);
            held.extend(slots.map(|(name, value)| (name, value.clone())));
        }
        for (name, value) in held {
            self.set_slot(of.objects, name, value);
        }
        self.taint_object(of.objects, &other.labels);
    }
}
