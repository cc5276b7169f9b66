//! The interpreter's own state: frames, globals, budget, findings.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::number::Range;
use super::outcome::{Asked, Returns};
use super::program::Program;
use super::sinks::Tables;
use super::state::{Object, Shared, State, Storage};
use super::types::Ty;
use super::value::{FunctionRef, Kind, NullWhy, ObjectId, Origin, Pointer, Sure, Taint, Value};
use super::{Hit, Options};
use crate::ir::{Function, FunctionKind, Pattern, Text};
use crate::{FlowStep, Span};

/// Calls deeper than this are not followed.
pub(super) const CALLS_MAX: usize = 9;

/// What a name is bound to.
#[derive(Debug, Clone)]
pub(super) struct Binding {
    pub(super) object: ObjectId,
    pub(super) offset: i128,
    pub(super) ty: Ty,
    /// The object only says where: a reference to what may move.
    pub(super) is_alias: bool,
}

/// A function being run.
pub(super) struct Frame {
    pub(super) function: FunctionRef,
    pub(super) names: HashMap<Text, Binding>,
    /// What each open block declared, and what those names meant before.
    pub(super) scopes: Vec<Vec<(Text, Option<Binding>)>>,
    pub(super) locals: Vec<ObjectId>,
    /// The record of `this`.
    pub(super) record: Option<usize>,
    pub(super) call: Option<(Text, Span)>,
}

/// The interpreter.
pub(super) struct Machine<'m> {
    pub(super) program: &'m Program<'m>,
    pub(super) tables: &'m Tables,
    pub(super) frames: Vec<Frame>,
    pub(super) globals: HashMap<(usize, Text), Binding>,
    pub(super) literals: HashMap<(usize, Span, Text), ObjectId>,
    /// Calls of macros with what they stand for, and the macros being run.
    pub(super) expansions: HashMap<(usize, Span, Text), Rc<super::expand::Expanded>>,
    pub(super) expanding: Vec<Text>,
    /// Objects of functions that were left.
    pub(super) left: HashSet<ObjectId>,
    /// Nothing is reported while this is above zero.
    pub(super) quiet: u32,
    /// How many functions were open at each `try` that is open.
    pub(super) tries: Vec<usize>,
    pub(super) steps: u32,
    pub(super) entered: HashSet<FunctionRef>,
    /// The call whose answers are looked at one by one.
    pub(super) asked: Option<Asked>,
    hits: BTreeMap<(Text, Span, String), Hit>,
    next_object: u32,
}

/// Runs all roots of a program.
pub(super) fn run(program: &Program<'_>, tables: &Tables, options: &Options) -> Vec<Hit> {
    let mut machine = Machine {
        program,
        tables,
        frames: Vec::new(),
        globals: HashMap::new(),
        literals: HashMap::new(),
        expansions: HashMap::new(),
        expanding: Vec::new(),
        left: HashSet::new(),
        quiet: 0,
        tries: Vec::new(),
        steps: 0,
        entered: HashSet::new(),
        asked: None,
        hits: BTreeMap::new(),
        next_object: 0,
    };
    let mut all = Vec::new();
    for (module, found) in program.modules.iter().enumerate() {
        for (index, function) in found.functions.iter().enumerate() {
            if function.has_body && !is_macro(function) {
                all.push((FunctionRef { module, index }, function));
            }
        }
    }
    let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let mut left = u64::from(options.steps_per_function)
        .saturating_mul(count)
        .max(u64::from(options.steps_per_root));
    let (first, later): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, function)| {
        let is_free = function.params.is_empty() && function.class.is_none();
        is_free || !program.called.contains(&function.name)
    });
    for (is_later, roots) in [(false, first), (true, later)] {
        for (root, function) in roots {
            let is_seen = is_later && machine.entered.contains(&root);
            if is_seen || function.kind == FunctionKind::Lambda || left == 0 {
                continue;
            }
            let budget = u32::try_from(left)
                .unwrap_or(u32::MAX)
                .min(options.steps_per_root);
            machine.steps = budget;
            machine.root(root, function);
            left -= u64::from(budget - machine.steps);
        }
    }
    machine.hits.into_values().collect()
}

/// `char **argv` of a function that `main` hands it on to.
fn is_command_line(param: &crate::ir::Param) -> bool {
    let is_named = matches!(&param.pattern, Pattern::Name(name) if &**name == "argv");
    let is_char = |ty: &crate::ir::TypeName| {
        &*ty.name == "char" && usize::from(ty.stars()) + ty.array.len() == 2
    };
    is_named && param.ty.as_ref().is_some_and(is_char)
}

pub(super) fn is_macro(function: &Function) -> bool {
    function
        .annotations
        .iter()
        .any(|found| &*found.name == "macro")
}

impl<'m> Machine<'m> {
    fn root(&mut self, root: FunctionRef, function: &'m Function) {
        self.frames.clear();
        self.globals.clear();
        self.literals.clear();
        self.left.clear();
        self.quiet = 0;
        self.tries.clear();
        let mut state = State::default();
        let mut args = Vec::new();
        let is_main = &*function.name == "main" || &*function.name == "wmain";
        for param in &function.params {
            let ty = param
                .ty
                .as_ref()
                .map_or(Ty::Unknown, |ty| self.program.ty(root.module, ty));
            let mut value = self.outside(&mut state, ty, root, param.span);
            if (is_main || is_command_line(param)) && value.ty.is_pointer() {
                let origin = self.origin_at(root, param.span, "the command line", "argv");
                for target in super::state::pointed(&value) {
                    if let Some(object) = state.change(target) {
                        object.taint.clone_from(&origin);
                    }
                }
                value = value.tainted(origin);
            }
            args.push(value);
        }
        let record = function
            .class
            .and_then(|class| {
                self.program.modules[root.module]
                    .classes
                    .get(class.0 as usize)
            })
            .and_then(|class| self.program.record(&class.name));
        let this = record.map(|record| {
            let ty = Ty::Record(record);
            self.outside(&mut state, Ty::pointer(ty), root, function.span)
        });
        let ways = self.enter(root, args, this, state, None);
        if let Some((after, value)) = ways.joined().filter(|_| self.steps > 0) {
            self.check_leaks(&after, &value);
        }
    }

    /// A value nobody knows anything of; a pointer gets an object of its own to point to.
    pub(super) fn outside(
        &mut self,
        state: &mut State,
        ty: Ty,
        at: FunctionRef,
        span: Span,
    ) -> Value {
        if !ty.is_pointer() {
            return Value::unknown(ty);
        }
        let path = self.program.modules[at.module].path.clone();
        let inner = ty.inner();
        let mut object = Object::new(Storage::External, inner, Range::ANY, path, span);
        object.is_escaped = true;
        let id = self.add(state, object);
        let mut pointer = Pointer::to(id, 0);
        pointer.null = Sure::Maybe;
        pointer.why = NullWhy::Unknown;
        Value::pointer(pointer, ty)
    }

    pub(super) fn fresh(&mut self) -> ObjectId {
        self.next_object = self.next_object.wrapping_add(1);
        ObjectId(self.next_object)
    }

    pub(super) fn add(&mut self, state: &mut State, object: Object) -> ObjectId {
        let id = self.fresh();
        state.objects.insert(id, Shared::new(object));
        id
    }

    /// One step of work; false when the budget is spent.
    pub(super) fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }

    /// The file of the function being run.
    pub(super) fn module(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.function.module)
    }

    pub(super) fn path(&self) -> Text {
        self.program.modules[self.module()].path.clone()
    }

    pub(super) fn ty(&self, name: &crate::ir::TypeName) -> Ty {
        self.program.ty(self.module(), name)
    }

    fn origin_at(&self, at: FunctionRef, span: Span, what: &str, source: &str) -> Taint {
        Some(Rc::new(Origin {
            path: self.program.modules[at.module].path.clone(),
            span,
            what: what.to_owned(),
            source: source.to_owned(),
        }))
    }

    /// Marks what comes in here from outside.
    pub(super) fn origin(&self, span: Span, what: &str, source: &str) -> Taint {
        Some(Rc::new(Origin {
            path: self.path(),
            span,
            what: what.to_owned(),
            source: source.to_owned(),
        }))
    }

    /// Reports something at a place of the function being run. A function that only prints what
    /// it is given is not to blame: its caller is.
    pub(super) fn report(&mut self, rule: &str, span: Span, cause: &Taint) {
        let trail = cause.as_ref().map(|origin| FlowStep {
            path: origin.path.to_string(),
            span: origin.span,
            what: format!("untrusted value from {}", origin.what),
        });
        self.report_with(rule, span, trail.into_iter().collect());
    }

    pub(super) fn report_with(&mut self, rule: &str, span: Span, trail: Vec<FlowStep>) {
        // Where the budget is spent, what was not run would have changed what is known.
        if self.quiet > 0 || self.steps == 0 {
            return;
        }
        let (mut path, mut span) = (self.path(), span);
        for frame in self.frames.iter().rev() {
            let name = self
                .program
                .get(frame.function)
                .map(|function| &*function.name);
            let is_thin = name.is_some_and(is_printer)
                || self.program.get(frame.function).is_some_and(is_macro);
            let Some((at, call)) = frame.call.clone().filter(|_| is_thin) else {
                break;
            };
            (path, span) = (at, call);
        }
        self.report_in(path, span, rule, trail);
    }

    pub(super) fn report_in(&mut self, path: Text, span: Span, rule: &str, trail: Vec<FlowStep>) {
        if self.quiet > 0 {
            return;
        }
        let key = (path.clone(), span, rule.to_owned());
        let rule = rule.to_owned();
        self.hits.entry(key).or_insert(Hit {
            path,
            span,
            rule,
            trail,
        });
    }

    /// What was asked for and neither given back nor handed on when the outermost function ends.
    fn check_leaks(&mut self, state: &State, value: &Value) {
        let mut kept: Vec<ObjectId> = super::state::pointed(value);
        for (id, object) in &state.objects {
            let is_open = matches!(object.storage, Storage::Static | Storage::External);
            if is_open || object.is_escaped {
                kept.push(*id);
            }
        }
        let kept = state.reachable(kept);
        let is_lost = |id: &ObjectId, object: &Object| {
            !kept.contains(id) && object.freed != Sure::Yes && object.is_heap()
        };
        // What only another lost object leads to is lost with it.
        let inner: HashSet<ObjectId> = state
            .objects
            .iter()
            .filter(|(id, object)| is_lost(id, object))
            .flat_map(|(id, object)| object.cells.values().map(move |cell| (*id, cell)))
            .flat_map(|(id, cell)| {
                super::state::pointed(&cell.value)
                    .into_iter()
                    .filter(move |to| *to != id)
            })
            .collect();
        let lost: Vec<(Text, Span, Storage)> = state
            .objects
            .iter()
            .filter(|(id, _)| !inner.contains(id))
            .filter(|(id, object)| !kept.contains(id) && object.freed != Sure::Yes)
            .filter(|(_, object)| object.is_heap() || object.is_file())
            .map(|(_, object)| (object.path.clone(), object.span, object.storage))
            .collect();
        for (path, span, storage) in lost {
            let rule = match storage {
                Storage::Heap(_) => "memory-leak",
                _ => "file-handle-leak",
            };
            self.report_in(path, span, rule, Vec::new());
        }
    }

    /// What the functions an exception ends asked for and only plain pointers of theirs know.
    pub(super) fn check_thrown(&mut self, state: &State) {
        let first = self.tries.last().copied().unwrap_or(0);
        let is_main = |frame: &Frame| {
            let function = self.program.get(frame.function);
            function.is_some_and(|function| &*function.name == "main")
        };
        if first == 0 && self.frames.first().is_some_and(is_main) {
            return;
        }
        let ended = self.frames.iter().skip(first);
        let lost: HashSet<ObjectId> = ended
            .flat_map(|frame| frame.locals.iter().copied())
            .filter(|id| state.get(*id).is_some_and(|object| object.ty.is_pointer()))
            .collect();
        let kept = state.objects.iter().filter(|(id, object)| {
            let is_heap_alone = object.is_heap() && !object.is_escaped;
            !lost.contains(id) && !is_heap_alone
        });
        let kept = state.reachable(kept.map(|(id, _)| *id));
        let is_lost = |id: &ObjectId| {
            state.get(*id).is_some_and(|object| {
                let is_there = object.freed == Sure::No && !object.is_on_some_paths;
                object.is_heap() && is_there && !object.is_escaped && !kept.contains(id)
            })
        };
        let held = lost.iter().filter_map(|id| state.get(*id));
        let held = held.flat_map(|object| object.cells.values());
        let held = held.flat_map(|cell| super::state::pointed(&cell.value));
        let places: Vec<(Text, Span)> = held
            .filter(is_lost)
            .filter_map(|id| state.get(id))
            .map(|object| (object.path.clone(), object.span))
            .collect();
        for (path, span) in places {
            self.report_in(path, span, "memory-leak", Vec::new());
        }
    }

    /// Runs a function: its ways out, none where it never comes back.
    pub(super) fn enter(
        &mut self,
        function: FunctionRef,
        args: Vec<Value>,
        this: Option<Value>,
        mut state: State,
        call: Option<Span>,
    ) -> Returns {
        let Some(found) = self.program.get(function) else {
            return Returns::of(state, Value::unknown(Ty::Unknown));
        };
        self.entered.insert(function);
        let expanding = std::mem::take(&mut self.expanding);
        let call = call.map(|span| (self.path(), span));
        self.frames.push(Frame {
            function,
            names: HashMap::new(),
            scopes: vec![Vec::new()],
            locals: Vec::new(),
            record: None,
            call,
        });
        self.bind_this(this, &mut state, found.span);
        let mut args = args.into_iter();
        for param in &found.params {
            let ty = param.ty.as_ref().map_or(Ty::Unknown, |ty| self.ty(ty));
            let given = args.next().or_else(|| {
                let default = param.default.as_ref()?;
                Some(self.eval(default, &mut state))
            });
            let given = given.unwrap_or_else(|| Value::unknown(ty.clone()));
            let Pattern::Name(name) = &param.pattern else {
                continue;
            };
            let is_reference = param
                .ty
                .as_ref()
                .is_some_and(crate::ir::TypeName::is_reference);
            self.bind_param(name, ty, given, is_reference, param.span, &mut state);
        }
        let returns = found.returns.as_ref().map_or(Ty::Unknown, |ty| self.ty(ty));
        let flow = self.block(&found.body, state);
        let mut ways = flow.returns;
        if let Some(state) = flow.next {
            ways.absorb(Returns::of(state, Value::unknown(returns)));
        }
        let ways = ways.each(|mut state, value| {
            self.leave(&mut state, value, found.span);
            Some(state)
        });
        self.frames.pop();
        self.expanding = expanding;
        ways
    }

    fn bind_this(&mut self, this: Option<Value>, state: &mut State, span: Span) {
        let Some(this) = this else { return };
        if let Some(frame) = self.frames.last_mut()
            && let Ty::Record(record) = this.ty.inner()
        {
            frame.record = Some(record);
        }
        let ty = this.ty.clone();
        self.declare("this".into(), ty, this, span, state);
    }

    fn bind_param(
        &mut self,
        name: &Text,
        ty: Ty,
        given: Value,
        is_reference: bool,
        span: Span,
        state: &mut State,
    ) {
        if is_reference && let Kind::Place(object, offset) = given.kind {
            let ty = if ty == Ty::Unknown { given.ty } else { ty };
            let is_alias = false;
            let binding = Binding {
                object,
                offset,
                ty,
                is_alias,
            };
            self.bind(name.clone(), binding);
            return;
        }
        let ty = match ty {
            Ty::Array(inner, _) => Ty::Pointer(inner),
            Ty::Unknown => given.ty.clone(),
            other => other,
        };
        let value = self.convert(given, &ty);
        self.declare(name.clone(), ty, value, span, state);
    }

    /// Takes a function's own objects away.
    fn leave(&mut self, state: &mut State, value: &Value, span: Span) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        let kept = match value.kind {
            Kind::Place(object, _) => Some(object),
            _ => None,
        };
        let locals = frame.locals.clone();
        let _ = span;
        for id in locals {
            let is_static = state
                .get(id)
                .is_some_and(|object| object.storage == Storage::Static);
            if Some(id) != kept && !is_static {
                self.left.insert(id);
                state.objects.remove(&id);
                state.used.remove(&id);
            }
        }
    }

    /// Binds a name until its block ends.
    pub(super) fn bind(&mut self, name: Text, binding: Binding) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let before = frame.names.insert(name.clone(), binding);
        if let Some(scope) = frame.scopes.last_mut() {
            scope.push((name, before));
        }
    }

    /// A local variable with its first value.
    pub(super) fn declare(
        &mut self,
        name: Text,
        ty: Ty,
        value: Value,
        span: Span,
        state: &mut State,
    ) -> ObjectId {
        let id = self.declare_empty(name, ty.clone(), span, state);
        if !matches!(value.kind, Kind::Place(..))
            && let Some(object) = state.change(id)
        {
            object.length = None;
        }
        let place = super::place::Place::exactly(id, 0, ty);
        self.assign(&place, value, state, span);
        id
    }

    /// A local variable that nothing was written to yet.
    pub(super) fn declare_empty(
        &mut self,
        name: Text,
        ty: Ty,
        span: Span,
        state: &mut State,
    ) -> ObjectId {
        let size = self
            .program
            .size(&ty)
            .map_or(Range::new(0, super::number::FAR), Range::exactly);
        let mut object = Object::new(Storage::Stack, ty.clone(), size, self.path(), span);
        object.name = name.clone();
        if matches!(ty, Ty::Container(..) | Ty::Text | Ty::Owner | Ty::Unknown) {
            object.size = Range::new(0, super::number::FAR);
            object.rest = super::state::Rest::Unknown;
            object.length = Some(0);
        }
        let id = self.add(state, object);
        self.bind(
            name,
            Binding {
                object: id,
                offset: 0,
                ty,
                is_alias: false,
            },
        );
        if let Some(frame) = self.frames.last_mut() {
            frame.locals.push(id);
        }
        id
    }
}

/// Functions that are named for showing what they are given.
pub(super) fn is_printer(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["print", "log", "dump", "show", "display", "trace", "debug"]
        .iter()
        .any(|start| lower.starts_with(start))
}
