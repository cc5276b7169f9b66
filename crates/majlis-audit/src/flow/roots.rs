//! What is run, and in which order.

use rustc_hash::{FxHashMap, FxHashSet};

use super::machine::{Frame, Machine};
use super::store::Key;
use super::value::{Callable, ClassRef, FunctionRef, Space, Value};
use super::{Followed, Options};
use crate::Span;
use crate::ir::{Annotation, Const, ExprKind, Function, FunctionKind, Module, Pattern};
use crate::table::{CompiledSlot as Slot, EntryPoint, wild};

/// How often functions are run again because of what others keep in fields and globals.
const ROUNDS_MAX: usize = 2;

/// Steps for a whole file, and for each byte of it.
const FILE_STEPS: u64 = 50_000;
const BYTE_STEPS: u64 = 8;

/// What entries say of a function.
#[derive(Debug, Default)]
struct Entry {
    /// By parameter: source, type.
    params: FxHashMap<usize, (Option<u8>, Option<super::names::Sym>)>,
    returns_sinks: Vec<(u8, u64)>,
}

impl<'a> Machine<'a> {
    /// Runs everything, and gives what was found.
    pub(super) fn run_all(mut self, options: Options) -> Followed {
        let modules = self.tree.modules.clone();
        self.all_steps = modules
            .iter()
            .map(|module| FILE_STEPS + BYTE_STEPS * size_of(module))
            .sum();
        self.static_fields(true);
        for at in self.tree.in_order(&mut self.names) {
            self.top(at, modules[at as usize], options);
        }
        self.static_fields(false);
        self.prototypes();
        self.shared.begin(self.store.spaces());
        let roots = super::relevant::relevant(&modules, roots(&modules), self.tables);
        let mut readers: Vec<(FunctionRef, FxHashSet<Key>)> = Vec::new();
        for root in &roots {
            self.shared.take_read();
            self.root(*root, options);
            readers.push((*root, self.shared.take_read()));
        }
        for _ in 0..ROUNDS_MAX {
            let changed = self.shared.publish(&mut self.store);
            if changed.is_empty() {
                break;
            }
            for (root, read) in &readers {
                if !read.is_disjoint(&changed) {
                    self.root(*root, options);
                }
            }
        }
        self.into_followed()
    }

    fn budget(&mut self, options: Options, span: Span) {
        self.steps = options.steps_per_root + 4 * (span.end - span.start);
        self.reachable = true;
    }

    /// Statements outside any function; what they set stays.
    fn top(&mut self, at: u32, module: &'a Module, options: Options) {
        let end = module.top.last().map_or(0, |last| last.span.end);
        self.budget(options, Span { start: 0, end });
        let frame = Frame {
            space: self.globals[at as usize],
            module: at,
            class: None,
            function: None,
            entry: self.store.mark(),
            is_root: true,
            exits: Vec::new(),
            returned: None,
            asked: None,
            outer: Vec::new(),
            returns_sinks: Vec::new(),
            targets: 0,
            deferred: self.deferred.len(),
        };
        self.frames.push(frame);
        self.run(&module.top);
        self.frames.pop();
        self.targets.clear();
        self.deferred.clear();
        self.created.clear();
    }

    /// Static fields: constants first, since others are made of them.
    fn static_fields(&mut self, constants: bool) {
        for class in self.all_classes() {
            let declared = self.tree.class(class);
            let wanted = declared.fields.iter().filter(|field| field.is_static);
            let wanted: Vec<_> = wanted
                .filter_map(|field| Some((field, field.value.as_ref()?)))
                .filter(|(_, value)| matches!(value.kind, ExprKind::Const(_)) == constants)
                .collect();
            let runs = self
                .tree
                .info(class)
                .and_then(|info| info.methods.get(&self.words.init));
            let runs = runs.cloned().unwrap_or_default();
            if wanted.is_empty() && (constants || runs.is_empty()) {
                continue;
            }
            self.budget(Options::default(), declared.span);
            self.in_class(class, None, |machine| {
                let space = machine.statics_of(class);
                for (field, value) in wanted {
                    let mut value = machine.eval(value);
                    if let Some(ty) = &field.ty {
                        let ty = machine.resolve_type(ty);
                        value = machine.typed(value, ty);
                    }
                    let name = machine.names.of_code(&field.name);
                    machine.store.set((space, name), Some(value));
                }
                let is_static =
                    |run: &&FunctionRef| machine.tree.function(**run).receiver.is_none();
                let runs: Vec<FunctionRef> = runs.iter().filter(is_static).copied().collect();
                for run in runs {
                    if !constants {
                        let around = machine.around_of(run);
                        machine.invoke(run, None, &[], around, Span::default());
                    }
                }
            });
            self.created.clear();
        }
    }

    fn all_classes(&self) -> Vec<ClassRef> {
        let modules = (0u32..).zip(&self.tree.modules);
        modules
            .flat_map(|(module, of)| {
                (0u32..)
                    .zip(&of.classes)
                    .map(move |(id, _)| ClassRef { module, id })
            })
            .collect()
    }

    /// The state of objects whose making is not seen: as their constructors leave it.
    fn prototypes(&mut self) {
        for class in self.all_classes() {
            let declared = self.tree.class(class);
            self.budget(Options::default(), declared.span);
            let this = self.prototype_value(class);
            let constructors = self.tree.methods(class, self.words.new);
            self.in_class(class, None, |machine| {
                machine.initialize(class, &this, &[], Span::default());
            });
            for constructor in constructors.into_iter().skip(1).take(3) {
                let around = self.around_of(constructor);
                let again = this.clone();
                self.branches([true, false], |machine, runs| {
                    if runs {
                        machine.invoke(
                            constructor,
                            Some(again.clone()),
                            &[],
                            around,
                            Span::default(),
                        );
                    }
                    Value::unknown()
                });
            }
            self.created.clear();
        }
        self.called.clear();
    }

    /// Runs one function by itself, and those that come to be in it and are not called.
    fn root(&mut self, function: FunctionRef, options: Options) {
        let called = self.tree.function(function);
        if !called.has_body
            || (called.kind == FunctionKind::Lambda && self.called.contains(&function))
        {
            return;
        }
        let mark = self.store.mark();
        let spaces = self.store.spaces();
        let conditions = self.conditions.len();
        self.budget(options, called.span);
        self.created.clear();
        let class = called.class.map(|class| ClassRef {
            module: function.module,
            id: class.0,
        });
        let this = class.map(|class| self.prototype_value(class));
        let around = self.around_of(function);
        self.run_root(function, around, this);
        let mut left = 256;
        while let Some(inner) = self.created.pop() {
            if left == 0 {
                break;
            }
            left -= 1;
            if !self.called.contains(&inner.function) {
                self.pending(inner, options);
            }
        }
        self.store.undo(mark);
        self.forget(spaces);
        self.conditions.truncate(conditions);
    }

    /// A function that came to be inside another and was never called there.
    fn pending(&mut self, inner: Callable, options: Options) {
        self.called.insert(inner.function);
        self.budget(options, self.tree.function(inner.function).span);
        let mark = self.store.mark();
        self.run_root(inner.function, inner.around, inner.this);
        self.store.undo(mark);
    }

    fn forget(&mut self, spaces: u32) {
        const LOCAL: u32 = 1 << 31;
        for space in spaces + 1..=self.store.spaces() {
            self.around.remove(&Space(space | LOCAL));
        }
        self.class_around
            .retain(|_, around| around.0 & !LOCAL <= spaces);
        let is_kept = |space: &Space| space.0 & !LOCAL <= spaces;
        self.blank.retain(is_kept);
        self.touched.retain(is_kept);
        self.store.forget_spaces(spaces);
    }

    fn run_root(&mut self, function: FunctionRef, around: Option<Space>, this: Option<Value>) {
        let called = self.tree.function(function);
        self.depth = 0;
        self.targets.clear();
        self.frames.clear();
        self.deferred.clear();
        self.in_frame(function, around, true, |machine| {
            let entry = machine.entry(called, function);
            if let Some(frame) = machine.frames.last_mut() {
                frame.returns_sinks.clone_from(&entry.returns_sinks);
            }
            machine.receive(called, this);
            for (at, param) in called.params.iter().enumerate() {
                let mut value = match &param.default {
                    // what others give is not known
                    Some(_) | None => Value::unknown(),
                };
                if let Some((source, ty)) = entry.params.get(&at) {
                    value.ty = *ty;
                    if let Some(source) = source {
                        let name = param_name(&param.pattern);
                        value.labels = machine.source_labels(*source, param.span, name.into());
                    }
                }
                machine.bind_param(param, value);
            }
            machine.run_body(called);
        });
    }

    /// What entries of tables say of a function.
    fn entry(&mut self, called: &'a Function, function: FunctionRef) -> Entry {
        let tables = self.tables;
        let mut found = Entry::default();
        for point in &tables.entries {
            if !self.imports_one(function.module, &point.imports) {
                continue;
            }
            if !point.param_annotations.is_empty() {
                for (at, param) in called.params.iter().enumerate() {
                    if self.is_annotated(&param.annotations, &point.param_annotations) {
                        found.params.insert(at, (point.source, point.ty));
                    }
                }
            } else if self.is_entry(called, function, point) {
                found.returns_sinks.extend(&point.returns_sinks);
                for (at, param) in called.params.iter().enumerate() {
                    let chosen = point.params.as_ref().is_none_or(|slots| {
                        slots.iter().any(|slot| match slot {
                            Slot::At(wanted) => usize::from(*wanted) == at,
                            Slot::From(from) => usize::from(*from) <= at,
                            Slot::Named(name) => {
                                self.names.find(param_name(&param.pattern)) == Some(*name)
                            }
                            Slot::Last => at + 1 == called.params.len(),
                            Slot::Any => true,
                            Slot::This | Slot::Return | Slot::Spread => false,
                        })
                    });
                    if chosen {
                        found.params.insert(at, (point.source, point.ty));
                    }
                }
            }
        }
        found
    }

    fn is_entry(
        &mut self,
        called: &'a Function,
        function: FunctionRef,
        point: &EntryPoint,
    ) -> bool {
        let named = |names: &[String]| names.iter().any(|name| wild(name, &called.name));
        if !point.annotations.is_empty() {
            return self.is_annotated(&called.annotations, &point.annotations)
                && is_given(&called.annotations, &point.given)
                && self.is_in_annotated(called, function, &point.class_annotations);
        }
        if !point.functions.is_empty() {
            return named(&point.functions);
        }
        let Some(class) = called.class.filter(|_| named(&point.methods)) else {
            return false;
        };
        let class = ClassRef {
            module: function.module,
            id: class.0,
        };
        let Some(ty) = self.tree.type_of(class) else {
            return false;
        };
        let above = self.tree.all_above(ty, self.tables);
        point
            .on
            .iter()
            .any(|on| above.iter().any(|above| wild(on, self.names.text(*above))))
    }

    /// Whether a file brings in something of these paths; none are asked for by none.
    fn imports_one(&self, module: u32, wanted: &[String]) -> bool {
        let imports = &self.tree.module(module).imports;
        wanted.is_empty()
            || imports
                .iter()
                .any(|import| wanted.iter().any(|wanted| wild(wanted, &import.path)))
    }

    /// Whether the class of a method has one of these annotations; none are asked for by none.
    fn is_in_annotated(
        &mut self,
        called: &'a Function,
        function: FunctionRef,
        wanted: &[String],
    ) -> bool {
        if wanted.is_empty() {
            return true;
        }
        let Some(class) = called.class else {
            return false;
        };
        let class = ClassRef {
            module: function.module,
            id: class.0,
        };
        let annotations = &self.tree.class(class).annotations;
        self.is_annotated(annotations, wanted)
    }

    fn is_annotated(&mut self, annotations: &'a [Annotation], wanted: &[String]) -> bool {
        annotations.iter().any(|annotation| {
            let name = self.sym(&annotation.name);
            let full = self.resolve(name);
            let full = self.names.text(full);
            wanted
                .iter()
                .any(|wanted| wild(wanted, full) || wild(wanted, &annotation.name))
        })
    }
}

fn param_name(pattern: &Pattern) -> &str {
    match pattern {
        Pattern::Name(name) => name,
        _ => "a parameter",
    }
}

/// Functions that are in no other, in order; functions without a name last, since most are called
/// by others.
fn roots(modules: &[&Module]) -> Vec<FunctionRef> {
    let mut named = Vec::new();
    let mut lambdas = Vec::new();
    for (module, of) in (0u32..).zip(modules) {
        let mut order: Vec<(u32, &Function)> = (0u32..).zip(&of.functions).collect();
        order.sort_by_key(|(_, function)| {
            (function.span.start, std::cmp::Reverse(function.span.end))
        });
        let mut end = 0;
        for (id, function) in order {
            if function.span.end <= end && function.span.start < end {
                continue;
            }
            end = end.max(function.span.end);
            let function_ref = FunctionRef { module, id };
            if function.kind == FunctionKind::Lambda {
                lambdas.push(function_ref);
            } else {
                named.push(function_ref);
            }
        }
    }
    named.append(&mut lambdas);
    named
}

/// Bytes of a file, as far as they are code.
fn size_of(module: &Module) -> u64 {
    let ends = module.functions.iter().map(|function| function.span.end);
    let ends = ends.chain(module.top.iter().map(|statement| statement.span.end));
    u64::from(ends.max().unwrap_or(0))
}

/// Whether an argument of an annotation ends with one of these words; none are asked for by none.
fn is_given(annotations: &[Annotation], wanted: &[String]) -> bool {
    let ends = |text: &str| wanted.iter().any(|wanted| text.ends_with(&**wanted));
    let args = annotations.iter().flat_map(|annotation| &annotation.args);
    wanted.is_empty()
        || args.into_iter().any(|arg| match &arg.value.kind {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => ends(name),
            ExprKind::Const(Const::Str(text)) => ends(text),
            _ => false,
        })
}
