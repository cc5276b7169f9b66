//! Calls: which function or entry of a table is meant.

use std::rc::Rc;

use super::machine::{Called, Machine, Matches, Named};
use super::names::Sym;
use super::value::{ClassRef, FunctionRef, Known, Labels, List, Space, Value};
use crate::Span;
use crate::ir::{Arg, ClassId, Expr, ExprKind, Text, TypeName};

/// An argument as it is given.
#[derive(Debug, Clone)]
pub(super) struct Given<'a> {
    pub(super) name: Option<Sym>,
    pub(super) value: Value,
    pub(super) expr: &'a Expr,
    /// Stands for any number of arguments.
    pub(super) is_spread: bool,
}

/// A call with what it is given.
#[derive(Debug)]
pub(super) struct Site<'a> {
    pub(super) span: Span,
    /// Name of what is called, for people.
    pub(super) name: Sym,
    pub(super) receiver: Option<Value>,
    /// Where the receiver is kept.
    pub(super) base: Option<&'a Expr>,
    pub(super) args: Vec<Given<'a>>,
    /// The class an object is made of.
    pub(super) made: Option<Sym>,
}

/// How many classes' methods one call may mean.
const FAN_OUT_MAX: usize = 3;

impl<'a> Machine<'a> {
    /// Evaluates arguments.
    pub(super) fn arguments(&mut self, args: &'a [Arg]) -> Vec<Given<'a>> {
        let mut given = Vec::with_capacity(args.len());
        for arg in args {
            let name = arg.name.as_ref().map(|name| self.sym(name));
            let value = self.eval(&arg.value);
            let is_spread = matches!(arg.value.kind, ExprKind::Spread(_));
            if is_spread && let Some(list) = self.exact_list(&value) {
                given.extend(list.items.iter().map(|item| Given {
                    name: None,
                    value: item.clone(),
                    expr: &arg.value,
                    is_spread: false,
                }));
                continue;
            }
            given.push(Given {
                name,
                value,
                expr: &arg.value,
                is_spread,
            });
        }
        given
    }

    pub(super) fn call(&mut self, callee: &'a Expr, args: &'a [Arg], span: Span) -> Value {
        match &callee.kind {
            ExprKind::Field { base, name } => self.method_call(base, name, args, span),
            ExprKind::Name(name) => {
                let name = self.sym(name);
                self.name_call(name, callee, args, span)
            }
            _ => {
                let value = self.eval(callee);
                let args = self.arguments(args);
                self.value_call(&value, callee, args, Sym::EMPTY, span)
            }
        }
    }

    fn method_call(
        &mut self,
        base: &'a Expr,
        name: &'a Text,
        args: &'a [Arg],
        span: Span,
    ) -> Value {
        let name = self.sym(name);
        let is_super = matches!(&base.kind, ExprKind::Name(word) if &**word == "super");
        let mut receiver = self.eval(base);
        if is_super {
            receiver.path = None;
        }
        let args = self.arguments(args);
        if !self.reachable {
            return Value::unknown();
        }
        let mut site = Site {
            span,
            name,
            receiver: None,
            base: Some(base),
            args,
            made: None,
        };
        if let Some(path) = receiver.path {
            return self.path_call(path, &receiver, site);
        }
        let own = if is_super {
            self.super_methods(name)
        } else {
            self.own_methods(&receiver, name, site.args.len())
        };
        if !own.is_empty() {
            let mut result = self.any_of(&own, &receiver, &site);
            if !receiver.labels.is_empty() {
                result.labels = result.labels.join(&receiver.labels);
                result = self.stripped(result);
            }
            return result;
        }
        // a function kept in a field
        let mut held = None;
        for object in receiver.objects.iter() {
            held = held.or_else(|| self.store.get((object, name))?.function.clone());
        }
        if let Some(function) = held.or_else(|| {
            receiver
                .function
                .clone()
                .filter(|_| is_apply(&self.names, name))
        }) {
            let this = function.this.clone().or_else(|| Some(receiver.clone()));
            return self.invoke(function.function, this, &site.args, function.around, span);
        }
        let ty = if is_super {
            self.first_base()
        } else {
            receiver.ty
        };
        site.receiver = Some(receiver);
        let matches = self.matches(Called::Method(ty, name));
        self.apply(&matches, &site)
    }

    /// Values of a harmless type lose what is untrusted.
    pub(super) fn stripped(&mut self, mut value: Value) -> Value {
        if value.ty.is_some_and(|ty| self.tables.is_harmless(ty)) {
            value.labels = self.harmless(&value.labels);
        }
        value
    }

    fn first_base(&self) -> Option<Sym> {
        let info = self.tree.info(self.class()?)?;
        info.bases.first().copied()
    }

    fn super_methods(&mut self, name: Sym) -> Vec<FunctionRef> {
        let Some(class) = self.class() else {
            return Vec::new();
        };
        let bases = self.tree.info(class).map(|info| info.bases.clone());
        let above = bases.into_iter().flatten();
        let above = above.filter_map(|base| self.tree.class_of(base));
        let found = above.map(|class| self.tree.methods(class, name));
        found
            .into_iter()
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    /// The methods of the tree that a call on this receiver may mean.
    pub(super) fn own_methods(
        &mut self,
        receiver: &Value,
        name: Sym,
        arity: usize,
    ) -> Vec<FunctionRef> {
        let Some(class) = receiver.ty.and_then(|ty| self.tree.class_of(ty)) else {
            return Vec::new();
        };
        let found = self.tree.methods(class, name);
        let chosen = self.of_arity(found, arity);
        if !chosen.is_empty() {
            return chosen;
        }
        let below = self.tree.info(class).map(|info| info.below.clone());
        let mut chosen = Vec::new();
        for class in below.unwrap_or_default() {
            let found = self.tree.methods(class, name);
            chosen.extend(self.of_arity(found, arity));
            if chosen.len() >= FAN_OUT_MAX {
                break;
            }
        }
        chosen.truncate(FAN_OUT_MAX);
        chosen
    }

    /// Of functions of one name that which takes so many arguments.
    pub(super) fn of_arity(&self, found: Vec<FunctionRef>, arity: usize) -> Vec<FunctionRef> {
        let with_body = found
            .into_iter()
            .filter(|found| self.tree.function(*found).has_body);
        let with_body: Vec<FunctionRef> = with_body.collect();
        if with_body.len() < 2 {
            return with_body;
        }
        let exact = with_body
            .iter()
            .filter(|found| self.tree.function(**found).params.len() == arity);
        let exact: Vec<FunctionRef> = exact.copied().take(FAN_OUT_MAX).collect();
        if exact.is_empty() {
            with_body.into_iter().take(1).collect()
        } else {
            exact
        }
    }

    /// Follows a call into each function it may mean.
    fn any_of(&mut self, functions: &[FunctionRef], receiver: &Value, site: &Site<'a>) -> Value {
        let this = Some(self.as_this(receiver));
        if let [only] = functions {
            let around = self.around_of(*only);
            return self.invoke(*only, this, &site.args, around, site.span);
        }
        let joined = self.branches(functions.to_vec(), |machine, function| {
            let around = machine.around_of(function);
            machine.invoke(function, this.clone(), &site.args, around, site.span)
        });
        joined.unwrap_or_default()
    }

    /// The receiver inside: where its making was not seen, the class's own idea of it.
    pub(super) fn as_this(&mut self, receiver: &Value) -> Value {
        if !receiver.objects.is_empty() {
            return receiver.clone();
        }
        let class = receiver.ty.and_then(|ty| self.tree.class_of(ty));
        let Some(class) = class else {
            return receiver.clone();
        };
        let prototype = self.prototype_value(class);
        Value {
            labels: receiver.labels.clone(),
            ..prototype
        }
    }

    /// The names around a function of the tree.
    pub(super) fn around_of(&self, function: FunctionRef) -> Option<Space> {
        let class = self.tree.function(function).class.map(|class| ClassRef {
            module: function.module,
            id: class.0,
        });
        let local = class.and_then(|class| self.class_around.get(&class));
        local
            .or_else(|| self.globals.get(function.module as usize))
            .copied()
    }

    fn name_call(&mut self, name: Sym, callee: &'a Expr, args: &'a [Arg], span: Span) -> Value {
        if name == self.words.super_ || name == self.words.this {
            let args = self.arguments(args);
            return self.chained_constructor(name == self.words.super_, &args, span);
        }
        if let Some(value) = self.local(name) {
            let args = self.arguments(args);
            return self.value_call(&value, callee, args, name, span);
        }
        if self.has_implicit_this() {
            let methods = self.implicit_methods(name, args.len());
            if let Some((owner, methods)) = methods {
                let args = self.arguments(args);
                let receiver = self.this_of(owner);
                let site = Site {
                    span,
                    name,
                    receiver: None,
                    base: None,
                    args,
                    made: None,
                };
                return self.any_of(&methods, &receiver, &site);
            }
        }
        let value = match self.named(name) {
            Named::Function(function) => self.free_closure(function),
            Named::Path(path) => Value {
                path: Some(path),
                ..Value::default()
            },
            _ => self.name(name, callee.span),
        };
        let args = self.arguments(args);
        self.value_call(&value, callee, args, name, span)
    }

    /// The methods of the class at hand, or of those around it, with this name.
    pub(super) fn implicit_methods(
        &mut self,
        name: Sym,
        arity: usize,
    ) -> Option<(ClassRef, Vec<FunctionRef>)> {
        let mut class = self.class();
        while let Some(at) = class {
            let ty = self.tree.type_of(at);
            let receiver = Value::of_type(ty);
            let found = self.own_methods(&receiver, name, arity);
            if !found.is_empty() {
                return Some((at, found));
            }
            class = self.tree.info(at).and_then(|info| info.outer);
        }
        None
    }

    /// The object at hand, as one of this class.
    fn this_of(&mut self, owner: ClassRef) -> Value {
        let this = self.local(self.words.this);
        match this {
            Some(this) if self.class() == Some(owner) => this,
            _ => self.prototype_value(owner),
        }
    }

    /// Calls a value.
    pub(super) fn value_call(
        &mut self,
        value: &Value,
        callee: &'a Expr,
        args: Vec<Given<'a>>,
        name: Sym,
        span: Span,
    ) -> Value {
        if !self.reachable {
            return Value::unknown();
        }
        if let Some(function) = &value.function {
            let function = Rc::clone(function);
            let this = function.this.clone();
            return self.invoke(function.function, this, &args, function.around, span);
        }
        let mut site = Site {
            span,
            name,
            receiver: None,
            base: None,
            args,
            made: None,
        };
        if let Some(path) = value.path {
            if self.tree.class_of(path).is_some() {
                return self.construct(path, site, None);
            }
            let mut matches = self.matches(Called::Path(path));
            let news = self.matches(Called::New(path));
            if !news.is_empty() {
                matches = matches.and(&news);
                site.made = Some(path);
            }
            if matches.is_empty() && self.has_implicit_this() {
                return self.inherited_call(name, site);
            }
            return self.apply(&matches, &site);
        }
        let _ = callee;
        let labels = value.labels.clone();
        let mut result = self.apply(&Matches::default(), &site);
        result.labels = result.labels.join(&labels);
        result
    }

    /// A method that the class at hand inherits from a library.
    fn inherited_call(&mut self, name: Sym, mut site: Site<'a>) -> Value {
        let this = self.local(self.words.this);
        let ty = this.as_ref().and_then(|this| this.ty);
        site.receiver = this;
        let matches = self.matches(Called::Method(ty, name));
        self.apply(&matches, &site)
    }

    /// `module.function(…)`, `Class.method(…)`.
    fn path_call(&mut self, path: Sym, receiver: &Value, mut site: Site<'a>) -> Value {
        let name = site.name;
        if let Some(class) = self.tree.class_of(path) {
            let found = self.tree.methods(class, name);
            let found = self.of_arity(found, site.args.len());
            if !found.is_empty() {
                let this = self.prototype_value(class);
                return self.any_of(&found, &this, &site);
            }
            // what a class of constants or a record makes of text is one of its own
            if matches!(&**self.names.text(name), "valueOf" | "values") {
                return Value::of_type(Some(path));
            }
        }
        let held = self.static_field(receiver, path, name, site.span);
        if let Some(function) = &held.function {
            let function = Rc::clone(function);
            let this = function.this.clone();
            return self.invoke(
                function.function,
                this,
                &site.args,
                function.around,
                site.span,
            );
        }
        if let Some(inner) = held
            .path
            .filter(|inner| self.tree.class_of(*inner).is_some())
        {
            return self.construct(inner, site, None);
        }
        let full = held.path.unwrap_or_else(|| self.join_path(path, name));
        let mut matches = self.matches(Called::Path(full));
        let news = self.matches(Called::New(full));
        if !news.is_empty() {
            site.made = Some(full);
        }
        let any = self.matches(Called::Method(None, name));
        matches = matches.and(&news).and(&any);
        if !receiver.labels.is_empty() {
            site.receiver = Some(Value::labelled(receiver.labels.clone()));
        }
        self.apply(&matches, &site)
    }

    /// `new Class(…)`
    pub(super) fn creation(
        &mut self,
        class: &'a TypeName,
        args: &'a [Arg],
        body: Option<ClassId>,
        span: Span,
    ) -> Value {
        let ty = self.resolve_type(class);
        let mut lengths = Vec::new();
        for length in &class.array {
            lengths.push(length.as_ref().map(|length| self.eval(length).known));
        }
        let args = self.arguments(args);
        let name = self.sym(&class.name);
        let site = Site {
            span,
            name,
            receiver: None,
            base: None,
            args,
            made: Some(ty),
        };
        if !class.array.is_empty() {
            let content = super::value::Known::List(Rc::new(new_array(&lengths)));
            let objects = self.new_list(content);
            if &*class.name == "byte" {
                self.made_blank(objects);
            }
            return Value {
                ty: Some(ty),
                objects,
                ..Value::default()
            };
        }
        let module = self.module();
        let body = body.map(|body| ClassRef { module, id: body.0 });
        self.construct(ty, site, body)
    }

    /// Entries of tables about a call.
    pub(super) fn matches(&mut self, called: Called) -> Matches {
        if let Some(known) = self.matches.get(&called) {
            return known.clone();
        }
        let mut calls = Vec::new();
        let mut checks = Vec::new();
        let tables = self.tables;
        for (index, into) in [
            (&tables.call_index, &mut calls),
            (&tables.check_index, &mut checks),
        ] {
            match called {
                Called::Path(path) => index.by_path(path, &self.names, into),
                Called::New(class) => {
                    for class in self.tree.all_above(class, tables) {
                        index.by_new(class, &self.names, into);
                    }
                }
                Called::Method(ty, name) => {
                    let tree = &mut self.tree;
                    let is_a = |on| ty.is_some_and(|ty| tree.is_a(ty, on, tables));
                    index.by_method(name, ty, &self.names, is_a, into);
                }
            }
            into.sort_unstable();
            into.dedup();
        }
        let matches = Matches {
            calls: calls.into(),
            checks: checks.into(),
        };
        self.matches.insert(called, matches.clone());
        matches
    }

    /// Entries of tables about a call that is not made now, and its receiver.
    pub(super) fn matches_of(&mut self, callee: &'a Expr) -> Option<(Matches, Option<Value>)> {
        match &callee.kind {
            ExprKind::Field { base, name } => {
                let name = self.sym(name);
                let receiver = self.eval(base);
                let Some(path) = receiver.path else {
                    let matches = self.matches(Called::Method(receiver.ty, name));
                    return Some((matches, Some(receiver)));
                };
                let full = self.join_path(path, name);
                let full = self.resolve(full);
                let any = self.matches(Called::Method(None, name));
                Some((self.matches(Called::Path(full)).and(&any), None))
            }
            ExprKind::Name(name) => {
                let name = self.sym(name);
                match self.named(name) {
                    Named::Path(path) => Some((self.matches(Called::Path(path)), None)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Entries of tables about a global.
    pub(super) fn path_fields(&mut self, path: Sym) -> Rc<[u32]> {
        if let Some(known) = self.fields.get(&Called::Path(path)) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        self.tables
            .field_index
            .by_path(path, &self.names, &mut found);
        let found: Rc<[u32]> = found.into();
        self.fields.insert(Called::Path(path), Rc::clone(&found));
        found
    }

    /// Entries of tables about a field of a type.
    pub(super) fn typed_fields(&mut self, ty: Option<Sym>, name: Sym) -> Rc<[u32]> {
        let key = Called::Method(ty, name);
        if let Some(known) = self.fields.get(&key) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        let (tree, tables) = (&mut self.tree, self.tables);
        let is_a = |on| ty.is_some_and(|ty| tree.is_a(ty, on, tables));
        tables
            .field_index
            .by_method(name, ty, &self.names, is_a, &mut found);
        let found: Rc<[u32]> = found.into();
        self.fields.insert(key, Rc::clone(&found));
        found
    }

    /// All that goes into a call.
    pub(super) fn all_labels(&self, site: &Site<'a>) -> Labels {
        let mut labels = Labels::default();
        for value in site
            .receiver
            .iter()
            .chain(site.args.iter().map(|arg| &arg.value))
        {
            labels = labels.join(&self.deep_labels(value));
        }
        labels
    }
}

/// A new array: its elements where it is short and has one dimension.
fn new_array(lengths: &[Option<Known>]) -> List {
    const EXACT_MAX: usize = 16;
    let length = match lengths {
        [Some(Known::Int(length))] => usize::try_from(*length).ok(),
        _ => None,
    };
    match length.filter(|length| *length <= EXACT_MAX) {
        Some(length) => List {
            items: vec![Value::unknown(); length],
            rest: None,
        },
        None => List::summary(std::iter::empty()),
    }
}

/// Calling a function value through a method of it.
fn is_apply(names: &super::names::Names, name: Sym) -> bool {
    matches!(
        &**names.text(name),
        "apply" | "accept" | "get" | "run" | "call" | "test" | "applyAsInt" | "compare"
    )
}

impl Matches {
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.checks.is_empty()
    }

    /// Those of both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let both = |left: &Rc<[u32]>, right: &Rc<[u32]>| {
            if right.is_empty() {
                return Rc::clone(left);
            }
            let mut all: Vec<u32> = left.iter().chain(right.iter()).copied().collect();
            all.sort_unstable();
            all.dedup();
            all.into()
        };
        Self {
            calls: both(&self.calls, &other.calls),
            checks: both(&self.checks, &other.checks),
        }
    }
}
