//! Expressions.

use std::rc::Rc;

use super::fold;
use super::machine::{Machine, Named};
use super::names::Sym;
use super::value::{Callable, FunctionRef, Known, Labels, List, Value};
use crate::Span;
use crate::ir::{BinaryOp, ComprehensionLoop, Expr, ExprKind, Text, TypeName, UnaryOp};
use crate::table::Returns;

impl<'a> Machine<'a> {
    /// The value of an expression.
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Value {
        if let ExprKind::Const(constant) = &expr.kind {
            let mut value = Value::constant(fold::known(constant));
            if matches!(value.known, Known::Str(_)) {
                value.ty = self.words.text;
            }
            return value;
        }
        if !self.reachable || !self.step() {
            return Value::unknown();
        }
        self.depth += 1;
        let value = self.eval_here(expr);
        self.depth -= 1;
        value
    }

    fn eval_here(&mut self, expr: &'a Expr) -> Value {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Name(name) => {
                let name = self.sym(name);
                self.name(name, span)
            }
            ExprKind::Field { base, name } => {
                if let Some(known) = self.refined(expr) {
                    return known;
                }
                let mut value = self.field(base, name, span);
                if is_host(name) && value.known == Known::Unknown {
                    value.condition = self.condition(expr);
                }
                value
            }
            ExprKind::Index { base, index } => {
                let of = self.eval(base);
                let at = self.eval(index);
                self.element(&of, Some(&at))
            }
            ExprKind::Slice { base, from, to } => self.slice(base, from.as_deref(), to.as_deref()),
            ExprKind::Call { callee, args } => {
                let mut value = self.call(callee, args, span);
                if value.known == Known::Unknown {
                    value.condition = self.condition(expr);
                }
                value
            }
            ExprKind::New { class, args, body } => self.creation(class, args, *body, span),
            ExprKind::Struct { class, fields } => self.structure(class, fields, span),
            ExprKind::Unary { op, operand } => self.unary(*op, operand, expr),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr),
            ExprKind::Choose {
                condition,
                then,
                otherwise,
            } => self.choose(condition, then, otherwise),
            ExprKind::Assign { target, op, value } => self.assign(target, *op, value, span),
            ExprKind::Update { target, by, prefix } => self.update(target, *by, *prefix, span),
            ExprKind::Interpolated(parts) => self.interpolated(parts),
            ExprKind::Sequence(elements) => self.sequence(elements),
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Function(id) => {
                let module = self.module();
                self.closure(FunctionRef { module, id: id.0 })
            }
            ExprKind::Cast { ty, value } => self.cast(ty, value),
            ExprKind::Spread(inner)
            | ExprKind::Await(inner)
            | ExprKind::Unwrap(inner)
            | ExprKind::AddressOf(inner)
            | ExprKind::Deref(inner) => self.eval(inner),
            ExprKind::Yield(inner) => {
                let value = inner.as_ref().map(|inner| self.eval(inner));
                self.yielded(value.unwrap_or_default());
                Value::unknown()
            }
            ExprKind::Type(ty) => {
                let path = self.resolve_type(ty);
                Value {
                    path: Some(path),
                    ..Value::default()
                }
            }
            ExprKind::Comprehension { elements, loops } => self.comprehension(elements, loops),
            ExprKind::Block { body, value } => {
                self.run(body);
                let value = value.as_ref().filter(|_| self.reachable);
                value.map(|value| self.eval(value)).unwrap_or_default()
            }
            ExprKind::Match { subject, cases } => {
                let value = self.eval(subject);
                self.cases(subject, &value, cases)
            }
            ExprKind::Opaque(parts) => {
                let mut labels = Labels::default();
                for part in parts {
                    let value = self.eval(part);
                    labels = labels.join(&self.deep_labels(&value));
                }
                Value::labelled(labels)
            }
            ExprKind::Const(_) | ExprKind::SizeOfExpr(_) | ExprKind::SizeOfType(_) => {
                Value::unknown()
            }
        }
    }

    /// What a generator yields comes back too.
    fn yielded(&mut self, value: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.returned = Some(match frame.returned.take() {
                Some(before) => before.join(&value),
                None => value,
            });
        }
    }

    /// A function as a value, with the names around it.
    pub(super) fn closure(&mut self, function: FunctionRef) -> Value {
        let module = self.tree.module(function.module);
        if function.id as usize >= module.functions.len() {
            return Value::unknown();
        }
        let around = self.frame().map(|frame| frame.space);
        let this = self.local(self.words.this);
        let callable = Callable {
            function,
            around,
            this,
        };
        if !self.called.contains(&function) {
            self.created.push(callable.clone());
        }
        Value {
            function: Some(Rc::new(callable)),
            ..Value::default()
        }
    }

    /// The value of a name.
    pub(super) fn name(&mut self, name: Sym, span: Span) -> Value {
        let asked = if name == self.words.super_ {
            self.words.this
        } else {
            name
        };
        if let Some(value) = self.local(asked) {
            return value;
        }
        match self.named(name) {
            Named::Field(owner, index) => self.own_field(owner, index, name),
            Named::Global(module, name) => {
                let key = (self.globals[module as usize], name);
                self.read(key).unwrap_or_default()
            }
            Named::Function(function) => self.free_closure(function),
            Named::Path(path) => self.path_value(path, name, span),
            Named::Define(module, index) => {
                let value = &self.tree.module(module).defines[index].1;
                self.eval(value)
            }
        }
    }

    /// A function that stands alone, as a value.
    pub(super) fn free_closure(&mut self, function: FunctionRef) -> Value {
        let around = self.globals.get(function.module as usize).copied();
        let callable = Callable {
            function,
            around,
            this: None,
        };
        Value {
            function: Some(Rc::new(callable)),
            ..Value::default()
        }
    }

    /// The nearest local of this name.
    pub(super) fn local(&mut self, name: Sym) -> Option<Value> {
        let mut at = self.frame().map(|frame| frame.space);
        let mut left = 64;
        while let Some(space) = at {
            if let Some(value) = self.read((space, name)) {
                return Some(value);
            }
            at = self.around.get(&space).copied().filter(|_| left > 0);
            left -= 1;
        }
        None
    }

    /// What a name means that is no local.
    pub(super) fn named(&mut self, name: Sym) -> Named {
        let key = (self.module(), self.class(), name);
        if let Some(known) = self.named.get(&key) {
            return *known;
        }
        let named = self.named_anew(name);
        self.named.insert(key, named);
        named
    }

    fn named_anew(&mut self, name: Sym) -> Named {
        let module = self.module();
        if self.has_implicit_this() {
            let mut class = self.class();
            while let Some(at) = class {
                if let Some((owner, index)) = self.tree.field_owner(at, name) {
                    return Named::Field(owner, index);
                }
                class = self.tree.info(at).and_then(|info| info.outer);
            }
        }
        if name == self.words.self_type
            && let Some(ty) = self.class().and_then(|class| self.tree.type_of(class))
        {
            return Named::Path(ty);
        }
        let text = self.names.text(name).clone();
        let defines = self.tree.module(module).defines.iter();
        if let Some(index) = defines.rev().position(|(define, _)| *define == text) {
            let last = self.tree.module(module).defines.len() - 1;
            return Named::Define(module, last - index);
        }
        if let Some(function) = self.tree.free_function(module, name, &self.names) {
            return Named::Function(function);
        }
        if let Some(path) = self.tree.import(module, name) {
            if !self.tables.is_known(path)
                && let Some(found) = self.tree.free_function(module, path, &self.names)
            {
                return Named::Function(found);
            }
            if let Some((from, name)) = self.imported_global(path)
                && self
                    .store
                    .get((self.globals[from as usize], name))
                    .is_some()
            {
                return Named::Global(from, name);
            }
        }
        Named::Path(self.resolve(name))
    }

    /// The module and name of a global that a path means.
    fn imported_global(&mut self, path: Sym) -> Option<(u32, Sym)> {
        let text = self.names.text(path).clone();
        let owner = super::tree::owner(&text)?;
        let name = self.names.of(text.rsplit(['.', ':', '/']).next()?);
        let owner = self.names.of(owner);
        let module = self.tree.module_named(owner, &self.names)?;
        Some((module, name))
    }

    /// A module, class or function by its path; untrusted where a table says so.
    pub(super) fn path_value(&mut self, path: Sym, name: Sym, span: Span) -> Value {
        let mut value = Value {
            path: Some(path),
            ..Value::default()
        };
        for id in self.path_fields(path).iter() {
            let tables = self.tables;
            let field = &tables.fields[*id as usize];
            if let Some(ty) = field.ty {
                value.ty = Some(ty);
                value.path = None;
            }
            if let Some(constant) = &field.value {
                value.known = super::fold::known(constant);
            }
            if let Some(source) = field.source {
                let text = self.names.text(name).clone();
                let labels = self.source_labels(source, span, text);
                value.labels = value.labels.join(&labels);
            }
        }
        value
    }

    /// What conditions say of a place that has no slot of its own.
    fn refined(&mut self, place: &Expr) -> Option<Value> {
        if !self.has_refined {
            return None;
        }
        let path = self.place_path(place, 0)?;
        self.store.get((super::store::REFINED, path)).cloned()
    }

    fn field(&mut self, base: &'a Expr, name: &'a Text, span: Span) -> Value {
        let of = self.eval(base);
        let name = self.sym(name);
        self.field_of(&of, name, span)
    }

    /// What a field of a value holds.
    pub(super) fn field_of(&mut self, of: &Value, name: Sym, span: Span) -> Value {
        if let Some(path) = of.path {
            return self.static_field(of, path, name, span);
        }
        let mut found: Option<Value> = None;
        for object in of.objects.iter() {
            let slot = self.read((object, name));
            let slot = slot.or_else(|| self.read((object, self.words.rest)));
            if let Some(value) = slot {
                found = Some(found.map_or_else(|| value.clone(), |found| found.join(&value)));
            }
        }
        let known = found.is_some();
        let mut value = found.unwrap_or_default();
        let own = of.ty.and_then(|ty| self.tree.class_of(ty));
        if let Some(class) = own {
            if !known && let Some(computed) = self.computed(of, class, name, span) {
                return computed;
            }
            value = self.declared_field(class, name, value, known);
        }
        for id in self.typed_fields(of.ty, name).iter() {
            let tables = self.tables;
            let field = &tables.fields[*id as usize];
            value.ty = field.ty.or(value.ty);
            if let Some(source) = field.source {
                let text = self.names.text(name).clone();
                let labels = self.source_labels(source, span, text);
                value.labels = value.labels.join(&labels);
            }
        }
        let is_length = matches!(&**self.names.text(name), "length" | "size" | "Length");
        if is_length && own.is_none() {
            return self.length_of(of);
        }
        value.labels = value.labels.join(&of.labels);
        if let Some(ty) = value.ty
            && self.tables.is_harmless(ty)
        {
            value.labels = self.harmless(&value.labels);
        }
        value
    }

    /// A field as its class declares it; a method of that name as a value.
    fn declared_field(
        &mut self,
        class: super::value::ClassRef,
        name: Sym,
        mut value: Value,
        known: bool,
    ) -> Value {
        if let Some((owner, index)) = self.tree.field_owner(class, name) {
            if !known {
                let prototype = self.prototype_of(owner);
                let default = self.read((prototype, name));
                if let Some(default) = default {
                    value = Value {
                        ty: default.ty,
                        ..Value::default()
                    };
                }
            }
            let field = &self.tree.class(owner).fields[index];
            if let Some(ty) = &field.ty {
                let ty = self.resolve_in(owner.module, ty);
                value = self.typed(value, ty);
            }
        } else if !known && let Some(method) = self.tree.methods(class, name).first() {
            let around = self.class_around.get(&class).copied();
            let this = self.prototype_value(class);
            value.function = Some(Rc::new(Callable {
                function: *method,
                around,
                this: Some(this),
            }));
        }
        value
    }

    pub(super) fn resolve_in(&mut self, module: u32, ty: &'a TypeName) -> Sym {
        self.tree
            .resolve_type(module, ty, &mut self.names, self.tables)
    }

    /// `Class.field`, `module.name`, `package.Class`.
    pub(super) fn static_field(&mut self, of: &Value, path: Sym, name: Sym, span: Span) -> Value {
        if let Some(class) = self.tree.class_of(path) {
            if let Some((owner, index)) = self.tree.field_owner(class, name) {
                return self.own_field(owner, index, name);
            }
            if let Some(computed) = self.computed(of, class, name, span) {
                return computed;
            }
            if let Some(method) = self.tree.methods(class, name).first() {
                return self.free_closure(*method);
            }
        }
        let full = self.join_path(path, name);
        if !self.tables.is_known(path)
            && let Some(module) = self.tree.module_named(path, &self.names)
            && let Some(value) = self.read((self.globals[module as usize], name))
        {
            return value;
        }
        let module = self.module();
        if !self.tables.is_known(full)
            && let Some(function) = self.tree.free_function(module, full, &self.names)
        {
            return self.free_closure(function);
        }
        let inner = self.resolve(full);
        let mut value = self.path_value(inner, name, span);
        value.labels = value.labels.join(&of.labels);
        value
    }

    fn slice(&mut self, base: &'a Expr, from: Option<&'a Expr>, to: Option<&'a Expr>) -> Value {
        let mut of = self.eval(base);
        let from = from.map(|from| self.eval(from).known);
        let to = to.map(|to| self.eval(to).known);
        if let Known::Str(text) = &of.known {
            of.known = fold::slice(text, from.as_ref(), to.as_ref());
        }
        if of.objects.is_empty() {
            return of;
        }
        self.part_of_list(&of, from.as_ref(), to.as_ref())
    }

    /// A struct literal: an object with its fields as attributes.
    fn structure(
        &mut self,
        class: &'a TypeName,
        fields: &'a [(Option<Text>, Expr)],
        span: Span,
    ) -> Value {
        let ty = self.resolve_type(class);
        let mut args = Vec::new();
        for (name, value) in fields {
            let name = name.as_ref().map(|name| self.sym(name));
            let value_of = self.eval(value);
            args.push((name, value_of, value));
        }
        self.made_struct(ty, args, span)
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Expr, whole: &'a Expr) -> Value {
        let value = self.eval(operand);
        let known = match (op, &value.known) {
            (UnaryOp::Not, known) => known
                .truth()
                .map_or(Known::Unknown, |truth| Known::Bool(!truth)),
            (UnaryOp::Negate, Known::Int(number)) => Known::Int(number.wrapping_neg()),
            (UnaryOp::Negate, Known::Float(number)) => Known::Float(-number),
            (UnaryOp::Complement, Known::Int(number)) => Known::Int(!number),
            _ => Known::Unknown,
        };
        let mut result = Value::constant(known);
        if op == UnaryOp::Not {
            result.condition = self.condition(whole);
        } else {
            result.labels = value.labels;
            result.ty = value.ty;
        }
        result
    }

    fn binary(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, whole: &'a Expr) -> Value {
        match op {
            BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => {
                return self.shortcut(op, left, right, whole);
            }
            _ => {}
        }
        let one = self.eval(left);
        let other = self.eval(right);
        self.combine(op, &one, &other, Some(whole))
    }

    /// Two values under an operator.
    pub(super) fn combine(
        &mut self,
        op: BinaryOp,
        one: &Value,
        other: &Value,
        whole: Option<&'a Expr>,
    ) -> Value {
        use BinaryOp::{
            Equal, Greater, GreaterEqual, In, InstanceOf, Is, IsNot, Less, LessEqual, NotEqual,
            NotIn,
        };
        if matches!(
            op,
            Equal
                | NotEqual
                | Is
                | IsNot
                | Less
                | LessEqual
                | Greater
                | GreaterEqual
                | In
                | NotIn
                | InstanceOf
        ) {
            let known = match fold::compare(op, &one.known, &other.known) {
                Some(truth) => Known::Bool(truth),
                None => Known::Unknown,
            };
            let mut result = Value::constant(known);
            result.condition = whole.map_or(0, |whole| self.condition(whole));
            return result;
        }
        self.joined(op, one, other)
    }

    /// `&&`, `||`, `??`: the right side may not run.
    fn shortcut(
        &mut self,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        whole: &'a Expr,
    ) -> Value {
        let one = self.eval(left);
        let decided = match (op, one.known.truth()) {
            (BinaryOp::And, Some(truth)) => Some(!truth),
            (BinaryOp::Or, Some(truth)) => Some(truth),
            (BinaryOp::Coalesce, _) if one.known.is_constant() => {
                Some(!matches!(one.known, Known::Null))
            }
            _ => None,
        };
        match decided {
            Some(true) => one,
            Some(false) => self.eval(right),
            None => {
                let joined = self.branches([true, false], |machine, runs| {
                    if !runs {
                        return one.clone();
                    }
                    if op != BinaryOp::Coalesce {
                        machine.refine(left, op == BinaryOp::And);
                    }
                    machine.eval(right)
                });
                let mut value = joined.unwrap_or_default();
                value.condition = self.condition(whole);
                value
            }
        }
    }

    fn choose(&mut self, condition: &'a Expr, then: &'a Expr, otherwise: &'a Expr) -> Value {
        let asked = self.eval(condition);
        match asked.known.truth() {
            Some(true) => self.eval(then),
            Some(false) => self.eval(otherwise),
            None => self
                .branches(
                    [(true, then), (false, otherwise)],
                    |machine, (holds, value)| {
                        machine.refine(condition, holds);
                        machine.eval(value)
                    },
                )
                .unwrap_or_default(),
        }
    }

    fn interpolated(&mut self, parts: &'a [Expr]) -> Value {
        let mut whole = Value {
            ty: self.words.text,
            ..Value::constant(Known::Str("".into()))
        };
        for part in parts {
            let part = self.eval(part);
            whole = self.joined(BinaryOp::Add, &whole, &part);
        }
        whole
    }

    fn sequence(&mut self, elements: &'a [Expr]) -> Value {
        let mut items = Vec::new();
        let mut is_exact = true;
        for element in elements {
            let value = self.eval(element);
            if let ExprKind::Spread(_) = element.kind {
                if let Some(list) = self.exact_list(&value) {
                    items.extend(list.items.iter().cloned());
                } else {
                    is_exact = false;
                    items.push(self.element(&value, None));
                }
            } else {
                items.push(value);
            }
        }
        let list = if is_exact {
            List { items, rest: None }
        } else {
            List::summary(items.iter())
        };
        let objects = self.new_list(Known::List(Rc::new(list)));
        Value {
            ty: self.words.list,
            objects,
            ..Value::default()
        }
    }

    fn map(&mut self, entries: &'a [(Option<Expr>, Expr)]) -> Value {
        let objects = self.object();
        let map = Value {
            ty: self.words.map,
            objects,
            ..Value::default()
        };
        for (key, value) in entries {
            let key = key.as_ref().map(|key| self.key_of(key));
            let mut held = self.eval(value);
            if let (Some(name), false) = (
                key.as_ref().and_then(|key| key.known.key()),
                held.labels.is_empty(),
            ) {
                held.labels = held.labels.cleaned(self.cleaned_by_key(&name));
            }
            match key {
                Some(key) => self.put(&map, &key, &held),
                None => self.spread_into(&map, &held),
            }
        }
        map
    }

    /// The key of a literal's entry: a bare name stands for itself.
    fn key_of(&mut self, key: &'a Expr) -> Value {
        match &key.kind {
            ExprKind::Name(name) if self.language == crate::Language::JavaScript => {
                Value::constant(Known::Str(name.clone()))
            }
            _ => self.eval(key),
        }
    }

    fn cast(&mut self, ty: &'a TypeName, value: &'a Expr) -> Value {
        let mut value = self.eval(value);
        let ty = self.resolve_type(ty);
        let name = self.names.text(ty).clone();
        value.known = fold::cast(&name, value.known);
        self.typed(value, ty)
    }

    fn comprehension(&mut self, elements: &'a [Expr], loops: &'a [ComprehensionLoop]) -> Value {
        for walk in loops {
            let over = self.eval(&walk.iterable);
            let element = self.element(&over, None);
            self.bind(&walk.pattern, element, walk.iterable.span);
            for condition in &walk.conditions {
                self.eval(condition);
                self.refine(condition, true);
            }
        }
        let mut held = Value::unknown();
        for (at, element) in elements.iter().enumerate() {
            let value = self.eval(element);
            held = if at == 0 { value } else { held.join(&value) };
        }
        let list = List::summary(std::iter::once(&held));
        let objects = self.new_list(Known::List(Rc::new(list)));
        Value {
            ty: self.words.list,
            objects,
            ..Value::default()
        }
    }

    /// The type a call's entries say comes back.
    pub(super) fn returned_type(returns: Option<Returns>) -> Option<Sym> {
        match returns {
            Some(Returns::Type(ty)) => Some(ty),
            _ => None,
        }
    }
}

/// The part of an address that says where it leads: what asks for it asks for the address.
fn is_host(name: &str) -> bool {
    matches!(name, "hostname" | "netloc" | "host" | "Host")
}
