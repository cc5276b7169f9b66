//! Functions and classes of the tree: following calls into them.

use super::call::{Given, Site};
use super::machine::{Frame, Machine};
use super::names::Sym;
use super::value::{ClassRef, FunctionRef, Known, Labels, List, Space, Step, Value};
use crate::Span;
use crate::ir::{Function, Param, ParamKind, Pattern};

impl<'a> Machine<'a> {
    /// Follows a call into a function.
    pub(super) fn invoke(
        &mut self,
        function: FunctionRef,
        this: Option<Value>,
        args: &[Given<'a>],
        around: Option<Space>,
        span: Span,
    ) -> Value {
        let called = self.tree.function(function);
        let recurses = self
            .frames
            .iter()
            .any(|frame| frame.function == Some(function));
        if recurses || self.frames.len() > self.calls_max || !called.has_body || !self.step() {
            return self.not_followed(called, this.as_ref(), args, function.module);
        }
        self.called.insert(function);
        let values = self.spread(called, args);
        let name = called.name.clone();
        let from = self.module();
        let passed = Step::Into(name.clone());
        let mut space = None;
        let value = self.in_frame(function, around, false, |machine| {
            space = machine.frame().map(|frame| frame.space);
            machine.receive(called, this);
            for (param, value) in called.params.iter().zip(values) {
                let default = param.default.as_ref();
                // a default is computed inside the function
                let value = value.or_else(|| default.map(|default| machine.eval(default)));
                let mut value = value.unwrap_or_default();
                if !called.name.is_empty() {
                    value.labels = value.labels.stepped(from, span, &passed);
                }
                machine.bind_param(param, value);
            }
            machine.run_body(called);
        });
        self.validated(called, args, space);
        let mut value = value;
        if !value.labels.is_empty() && !name.is_empty() {
            value.labels = value.labels.stepped(from, span, &Step::Back(name));
        }
        self.as_returned(called, value, function.module)
    }

    fn as_returned(&mut self, called: &'a Function, value: Value, module: u32) -> Value {
        match &called.returns {
            Some(ty) => {
                let ty = self.resolve_in(module, ty);
                if value.ty.is_none() || self.tables.is_harmless(ty) {
                    self.typed(value, ty)
                } else {
                    value
                }
            }
            None => value,
        }
    }

    /// What goes in may come out.
    fn not_followed(
        &mut self,
        called: &'a Function,
        this: Option<&Value>,
        args: &[Given<'a>],
        module: u32,
    ) -> Value {
        let mut labels = Labels::default();
        for value in this.into_iter().chain(args.iter().map(|arg| &arg.value)) {
            labels = labels.join(&self.deep_labels(value));
        }
        self.as_returned(called, Value::labelled(labels), module)
    }

    pub(super) fn receive(&mut self, called: &'a Function, this: Option<Value>) {
        if let (Some(name), Some(this)) = (&called.receiver, this) {
            let name = self.names.of_code(name);
            if name != self.words.this {
                self.set_local(self.words.this, this.clone());
            }
            self.set_local(name, this);
        }
    }

    pub(super) fn run_body(&mut self, called: &'a Function) {
        let value = self.run(&called.body);
        self.answer_at_end(called);
        // the last expression of a function is its value, where the language has it so
        let implicit = self.language == crate::Language::Rust;
        if self.reachable
            && implicit
            && let Some(last) = called.body.last()
            && matches!(last.kind, crate::ir::StmtKind::Expr(_))
            && let Some(frame) = self.frames.last_mut()
        {
            frame.returned = Some(match frame.returned.take() {
                Some(before) => before.join(&value),
                None => value,
            });
        }
    }

    /// Runs something in a frame of its own; the value is what it returns.
    pub(super) fn in_frame(
        &mut self,
        function: FunctionRef,
        around: Option<Space>,
        is_root: bool,
        run: impl FnOnce(&mut Self),
    ) -> Value {
        let class = self.tree.function(function).class;
        let space = self.store.locals();
        if let Some(around) = around {
            self.around.insert(space, around);
        }
        let frame = Frame {
            space,
            module: function.module,
            class: class.map(|class| ClassRef {
                module: function.module,
                id: class.0,
            }),
            function: Some(function),
            entry: self.store.mark(),
            is_root,
            exits: Vec::new(),
            returned: None,
            asked: None,
            outer: Vec::new(),
            returns_sinks: Vec::new(),
            targets: self.targets.len(),
            deferred: self.deferred.len(),
        };
        self.frames.push(frame);
        self.depth += 1;
        run(self);
        self.depth -= 1;
        self.end_frame()
    }

    /// Joins all ways out of the call at hand.
    fn end_frame(&mut self) -> Value {
        let first_deferred = self.frame().map_or(0, |frame| frame.deferred);
        while self.deferred.len() > first_deferred {
            if let Some(expr) = self.deferred.pop() {
                let reachable = std::mem::replace(&mut self.reachable, true);
                self.eval(expr);
                self.reachable = reachable;
            }
        }
        let Some(frame) = self.frames.pop() else {
            return Value::unknown();
        };
        self.targets.truncate(frame.targets);
        if frame.is_root {
            self.reachable = true;
            return frame.returned.unwrap_or_default();
        }
        if !frame.exits.is_empty() {
            let at_end = self.store.take(frame.entry);
            let mut ways = frame.exits;
            if self.reachable {
                ways.push(at_end);
            }
            let joined = self.store.join(ways);
            self.store.apply(joined);
            self.reachable = true;
        }
        frame.returned.unwrap_or_default()
    }

    /// Puts arguments to parameters.
    pub(super) fn spread(
        &mut self,
        called: &'a Function,
        args: &[Given<'a>],
    ) -> Vec<Option<Value>> {
        let mut positional = args.iter().filter(|arg| arg.name.is_none());
        let mut values = Vec::with_capacity(called.params.len());
        let mut left: Option<Value> = None;
        for param in &called.params {
            let value = match param.kind {
                ParamKind::Rest => {
                    let items: Vec<Value> =
                        positional.by_ref().map(|arg| arg.value.clone()).collect();
                    let list = List { items, rest: None };
                    let objects = self.new_list(Known::List(std::rc::Rc::new(list)));
                    Some(Value {
                        objects,
                        ..Value::default()
                    })
                }
                ParamKind::NamedRest => Some(self.named_rest(args)),
                ParamKind::One => self.named_argument(param, args).or_else(|| {
                    if left.is_some() {
                        return left.clone();
                    }
                    let given = positional.next()?;
                    if given.is_spread {
                        left = Some(self.element(&given.value, None));
                        return left.clone();
                    }
                    Some(given.value.clone())
                }),
            };
            values.push(value);
        }
        values
    }

    fn named_argument(&mut self, param: &'a Param, args: &[Given<'a>]) -> Option<Value> {
        let Pattern::Name(name) = &param.pattern else {
            return None;
        };
        let name = self.names.of_code(name);
        let given = args.iter().find(|arg| arg.name == Some(name))?;
        Some(given.value.clone())
    }

    fn named_rest(&mut self, args: &[Given<'a>]) -> Value {
        let objects = self.object();
        let map = Value {
            ty: self.words.map,
            objects,
            ..Value::default()
        };
        for arg in args {
            if let Some(name) = arg.name {
                self.set_attribute(&map, name, arg.value.clone());
            }
        }
        map
    }

    /// Gives a parameter its argument.
    pub(super) fn bind_param(&mut self, param: &'a Param, value: Value) {
        let value = match &param.ty {
            Some(ty) => {
                let ty = self.resolve_type(ty);
                if value.ty.is_some() && !self.tables.is_harmless(ty) {
                    value
                } else {
                    self.typed(value, ty)
                }
            }
            None => value,
        };
        if let Pattern::Name(name) = &param.pattern {
            let name = self.sym(name);
            self.set_local(name, value);
        } else {
            self.bind(&param.pattern, value, param.span);
        }
    }

    /// Makes an object: of a class of the tree, with its fields and constructor; of another by
    /// what tables say.
    pub(super) fn construct(
        &mut self,
        ty: Sym,
        mut site: Site<'a>,
        body: Option<ClassRef>,
    ) -> Value {
        site.made = Some(ty);
        let own = body.or_else(|| self.tree.class_of(ty));
        let mut value = if own.is_none() || body.is_some() {
            let matches = self.matches(super::machine::Called::New(ty));
            let args = site.args.clone();
            let again = Site {
                args,
                base: None,
                receiver: None,
                ..site
            };
            let made = self.apply(&matches, &again);
            site.args.clear();
            made
        } else {
            Value::unknown()
        };
        let Some(class) = own else {
            return value;
        };
        if value.objects.is_empty() {
            value.objects = self.object();
        }
        value.ty = self.tree.type_of(class);
        if body.is_some() {
            self.class_here(class, &value);
        }
        let args = std::mem::take(&mut site.args);
        self.initialize(class, &value, &args, site.span);
        self.library_attributes(class, &value, &args);
        value
    }

    /// Named arguments of a class without a constructor of its own are attributes.
    fn library_attributes(&mut self, class: ClassRef, value: &Value, args: &[Given<'a>]) {
        let constructors = self.tree.methods(class, self.words.new);
        if !constructors.is_empty() {
            return;
        }
        let declared = self.tree.class(class);
        let is_record = declared.annotations.iter().any(|annotation| {
            matches!(
                last_name(&annotation.name),
                "dataclass" | "define" | "frozen"
            )
        }) || declared
            .bases
            .iter()
            .any(|base| last_name(&base.name) == "NamedTuple");
        let is_enum = declared
            .bases
            .iter()
            .any(|base| last_name(&base.name).ends_with("Enum"));
        if is_enum {
            // one of its members comes back, or nothing
            return;
        }
        for (at, arg) in args.iter().enumerate() {
            let field = declared.fields.get(at).filter(|_| is_record);
            if let Some(name) = arg.name {
                self.set_attribute(value, name, arg.value.clone());
            } else if let Some(field) = field {
                let name = self.names.of_code(&field.name);
                self.set_attribute(value, name, arg.value.clone());
            } else {
                let labels = self.deep_labels(&arg.value);
                self.taint_object(value.objects, &labels);
            }
        }
    }

    /// Runs what sets an object's first state.
    pub(super) fn initialize(
        &mut self,
        class: ClassRef,
        this: &Value,
        args: &[Given<'a>],
        span: Span,
    ) {
        if self.frames.len() > self.calls_max {
            for arg in args {
                let labels = self.deep_labels(&arg.value);
                self.taint_object(this.objects, &labels);
            }
            return;
        }
        self.initial_fields(class, this, 0);
        let found = self.tree.methods(class, self.words.new);
        let constructor = self.of_arity(found, args.len());
        if let Some(constructor) = constructor.first() {
            let around = self.around_of(*constructor);
            self.invoke(*constructor, Some(this.clone()), args, around, span);
        }
    }

    /// Values that fields are declared with, of the classes above first.
    fn initial_fields(&mut self, class: ClassRef, this: &Value, depth: u8) {
        let bases = self.tree.info(class).map(|info| info.bases.clone());
        if depth < 8 {
            for base in bases.into_iter().flatten() {
                if let Some(above) = self.tree.class_of(base) {
                    self.initial_fields(above, this, depth + 1);
                }
            }
        }
        let declared = self.tree.class(class);
        let runs = self.tree.info(class).map(|info| {
            let runs = info.methods.get(&self.words.init);
            runs.cloned().unwrap_or_default()
        });
        let needs = declared
            .fields
            .iter()
            .any(|field| !field.is_static && field.value.is_some());
        if needs {
            self.in_class(class, Some(this), |machine| {
                for field in declared.fields.iter().filter(|field| !field.is_static) {
                    if let Some(initial) = &field.value {
                        let value = machine.eval(initial);
                        machine.declare_field(this, field, value);
                    }
                }
            });
        }
        for run in runs.unwrap_or_default() {
            let is_instance = self.tree.function(run).receiver.is_some();
            if is_instance {
                let around = self.around_of(run);
                self.invoke(run, Some(this.clone()), &[], around, Span::default());
            }
        }
    }

    fn declare_field(&mut self, this: &Value, field: &'a crate::ir::Variable, value: Value) {
        let name = self.names.of_code(&field.name);
        let value = match &field.ty {
            Some(ty) => {
                let ty = self.resolve_type(ty);
                self.typed(value, ty)
            }
            None => value,
        };
        self.set_attribute(this, name, value);
    }

    /// Runs something inside a class that is in none of its methods.
    pub(super) fn in_class(
        &mut self,
        class: ClassRef,
        this: Option<&Value>,
        run: impl FnOnce(&mut Self),
    ) {
        let space = self.store.locals();
        let around = self.class_around.get(&class).copied();
        let around = around.or_else(|| self.globals.get(class.module as usize).copied());
        if let Some(around) = around {
            self.around.insert(space, around);
        }
        let frame = Frame {
            space,
            module: class.module,
            class: Some(class),
            function: None,
            entry: self.store.mark(),
            is_root: false,
            exits: Vec::new(),
            returned: None,
            asked: None,
            outer: Vec::new(),
            returns_sinks: Vec::new(),
            targets: self.targets.len(),
            deferred: self.deferred.len(),
        };
        self.frames.push(frame);
        if let Some(this) = this {
            self.set_local(self.words.this, this.clone());
        }
        run(self);
        self.end_frame();
    }

    /// `super(…)`, `this(…)` in a constructor.
    pub(super) fn chained_constructor(
        &mut self,
        is_super: bool,
        args: &[Given<'a>],
        span: Span,
    ) -> Value {
        let (Some(class), Some(this)) = (self.class(), self.local(self.words.this)) else {
            return Value::unknown();
        };
        let found = if is_super {
            self.super_constructors(class)
        } else {
            self.tree.methods(class, self.words.new)
        };
        let current = self.frame().and_then(|frame| frame.function);
        let found = found.into_iter().filter(|found| Some(*found) != current);
        let found = self.of_arity(found.collect(), args.len());
        match found.first() {
            Some(constructor) => {
                let around = self.around_of(*constructor);
                self.invoke(*constructor, Some(this), args, around, span);
            }
            None => {
                for arg in args {
                    let labels = self.deep_labels(&arg.value);
                    self.taint_object(this.objects, &labels);
                }
            }
        }
        Value::unknown()
    }

    fn super_constructors(&mut self, class: ClassRef) -> Vec<FunctionRef> {
        let bases = self.tree.info(class).map(|info| info.bases.clone());
        let mut above = bases.into_iter().flatten();
        let above = above.find_map(|base| self.tree.class_of(base));
        above.map_or_else(Vec::new, |class| self.tree.methods(class, self.words.new))
    }
}

/// `c` of `a.b.c`.
fn last_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
