//! The state of the interpreter, and what all its parts use.

use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::names::{Names, Sym};
use super::report::Hits;
use super::store::{Delta, Mark, Store};
use super::tree::Tree;
use super::value::{
    Callable, ClassRef, FunctionRef, Known, Label, Labels, Objects, Space, Step, Trail, Value,
};
use crate::ir::{Expr, Module, Text, TypeName};
use crate::table::{Kinds, LanguageTables};
use crate::{Language, Span};

/// How deep expressions, statements and calls may nest together before a value counts as unknown:
/// what the stack of a thread holds.
const DEPTH_MAX: u16 = 200;

/// Names of slots that no program has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// The elements of a list, the text of a builder.
    pub(super) content: Sym,
    /// What elements of unknown keys may be.
    pub(super) rest: Sym,
    pub(super) new: Sym,
    pub(super) init: Sym,
    pub(super) this: Sym,
    pub(super) super_: Sym,
    pub(super) self_type: Sym,
    /// The type of literal text.
    pub(super) text: Option<Sym>,
    pub(super) list: Option<Sym>,
    pub(super) map: Option<Sym>,
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) space: Space,
    pub(super) module: u32,
    pub(super) class: Option<ClassRef>,
    pub(super) function: Option<FunctionRef>,
    pub(super) entry: Mark,
    /// No one sees what it leaves behind.
    pub(super) is_root: bool,
    /// What each `return` so far changed.
    pub(super) exits: Vec<Delta>,
    pub(super) returned: Option<Value>,
    /// Only ways out with this answer count.
    pub(super) asked: Option<super::predicate::Answer>,
    /// Names that mean those outside.
    pub(super) outer: Vec<Sym>,
    /// What comes back from an entry function is a sink of these kinds, for these sources.
    pub(super) returns_sinks: Vec<(u8, u64)>,
    /// Loops and labels of the callers do not count.
    pub(super) targets: usize,
    /// Calls at the end.
    pub(super) deferred: usize,
}

/// Something `break` and `continue` lead to.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) label: Option<Sym>,
    pub(super) is_loop: bool,
    pub(super) mark: Mark,
    pub(super) breaks: Vec<Delta>,
    pub(super) continues: Vec<Delta>,
}

/// What a name means where it is no local.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    Field(ClassRef, usize),
    /// Of which module, and how it is called there.
    Global(u32, Sym),
    Function(FunctionRef),
    Path(Sym),
    Define(u32, usize),
}

/// What is called, for look-up in tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Called {
    Path(Sym),
    Method(Option<Sym>, Sym),
    New(Sym),
}

/// Entries of tables that are about a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Matches {
    pub(super) calls: Rc<[u32]>,
    pub(super) checks: Rc<[u32]>,
}

/// The interpreter of one language's modules.
pub(super) struct Machine<'a> {
    pub(super) language: Language,
    pub(super) tables: &'a LanguageTables,
    pub(super) tree: Tree<'a>,
    pub(super) names: Names,
    pub(super) words: Words,
    pub(super) store: Store,
    pub(super) frames: Vec<Frame>,
    pub(super) targets: Vec<Target>,
    pub(super) deferred: Vec<&'a Expr>,
    pub(super) reachable: bool,
    /// Names around those of a space.
    pub(super) around: FxHashMap<Space, Space>,
    pub(super) class_around: FxHashMap<ClassRef, Space>,
    pub(super) globals: Vec<Space>,
    pub(super) statics: FxHashMap<ClassRef, Space>,
    pub(super) prototypes: FxHashMap<ClassRef, Space>,
    pub(super) conditions: Vec<&'a Expr>,
    /// Whether anything is kept under [`super::store::REFINED`].
    pub(super) has_refined: bool,
    pub(super) named: FxHashMap<(u32, Option<ClassRef>, Sym), Named>,
    pub(super) matches: FxHashMap<Called, Matches>,
    pub(super) fields: FxHashMap<Called, Rc<[u32]>>,
    /// Functions that came to be inside others, with what is around them and their receiver.
    pub(super) created: Vec<Callable>,
    pub(super) called: FxHashSet<FunctionRef>,
    pub(super) shared: super::shared::Shared,
    pub(super) hits: Hits,
    /// Modules with a root whose steps ran out.
    pub(super) cut_short: BTreeSet<u32>,
    /// Rows of zeros, and lists someone was handed.
    pub(super) blank: FxHashSet<Space>,
    pub(super) touched: FxHashSet<Space>,
    /// Steps left of the present root.
    pub(super) steps: u32,
    /// Steps left of the whole run.
    pub(super) all_steps: u64,
    pub(super) depth: u16,
    pub(super) calls_max: usize,
    /// Kinds of sinks to which only the beginning of an address matters.
    pub(super) host_kinds: Kinds,
    /// Kinds of sinks to which only the size of a number matters.
    pub(super) size_kinds: Kinds,
}

impl<'a> Machine<'a> {
    pub(super) fn new(
        language: Language,
        modules: Vec<&'a Module>,
        tables: &'a LanguageTables,
        options: super::Options,
    ) -> Self {
        let mut names = tables.names.clone();
        let tree = Tree::new(language, modules, &mut names, tables);
        let words = Words::new(language, &mut names);
        let mut store = Store::default();
        let host_kinds = tables.kinds_named(&["url", "redirect"]);
        let size_kinds = tables.kinds_named(&["allocation"]);
        let globals = tree.modules.iter().map(|_| store.locals()).collect();
        Self {
            language,
            tables,
            tree,
            names,
            words,
            store,
            frames: Vec::new(),
            targets: Vec::new(),
            deferred: Vec::new(),
            reachable: true,
            around: FxHashMap::default(),
            class_around: FxHashMap::default(),
            globals,
            statics: FxHashMap::default(),
            prototypes: FxHashMap::default(),
            conditions: Vec::new(),
            has_refined: false,
            named: FxHashMap::default(),
            matches: FxHashMap::default(),
            fields: FxHashMap::default(),
            created: Vec::new(),
            called: FxHashSet::default(),
            shared: super::shared::Shared::default(),
            hits: Hits::default(),
            cut_short: BTreeSet::new(),
            blank: FxHashSet::default(),
            touched: FxHashSet::default(),
            steps: options.steps_per_root,
            all_steps: 0,
            depth: 0,
            calls_max: usize::from(options.calls_deep),
            host_kinds,
            size_kinds,
        }
    }

    /// Whether names of fields and methods mean those of the object at hand.
    pub(super) fn has_implicit_this(&self) -> bool {
        matches!(self.language, Language::Java | Language::Cpp)
    }

    /// Takes a step; false where the budget or the stack is used up.
    pub(super) fn step(&mut self) -> bool {
        if self.steps == 0 || self.all_steps == 0 {
            let root = self.frames.first().map(|root| root.module);
            self.cut_short.extend(root);
            return false;
        }
        if self.depth >= DEPTH_MAX {
            return false;
        }
        self.steps -= 1;
        self.all_steps -= 1;
        true
    }

    pub(super) fn frame(&self) -> Option<&Frame> {
        self.frames.last()
    }

    pub(super) fn module(&self) -> u32 {
        self.frame().map_or(0, |frame| frame.module)
    }

    pub(super) fn class(&self) -> Option<ClassRef> {
        self.frame()?.class
    }

    /// The number of a name of the lowered code.
    pub(super) fn sym(&mut self, name: &'a Text) -> Sym {
        self.names.of_code(name)
    }

    pub(super) fn resolve_type(&mut self, ty: &'a TypeName) -> Sym {
        let module = self.module();
        self.tree
            .resolve_type(module, ty, &mut self.names, self.tables)
    }

    pub(super) fn resolve(&mut self, name: Sym) -> Sym {
        let module = self.module();
        self.tree
            .resolve(module, name, &mut self.names, self.tables)
    }

    pub(super) fn is_a(&mut self, ty: Sym, base: Sym) -> bool {
        self.tree.is_a(ty, base, self.tables)
    }

    pub(super) fn join_path(&mut self, base: Sym, name: Sym) -> Sym {
        self.names.join(base, self.tree.separator, name)
    }

    /// A new object.
    pub(super) fn object(&mut self) -> Objects {
        Objects::one(self.store.object())
    }

    /// The static fields of a class.
    pub(super) fn statics_of(&mut self, class: ClassRef) -> Space {
        if let Some(space) = self.statics.get(&class) {
            return *space;
        }
        let space = self.store.object();
        self.statics.insert(class, space);
        space
    }

    /// The object of a class whose making was not seen.
    pub(super) fn prototype_of(&mut self, class: ClassRef) -> Space {
        if let Some(space) = self.prototypes.get(&class) {
            return *space;
        }
        let space = self.store.object();
        self.prototypes.insert(class, space);
        space
    }

    pub(super) fn prototype_value(&mut self, class: ClassRef) -> Value {
        let ty = self.tree.type_of(class);
        let objects = Objects::one(self.prototype_of(class));
        Value {
            ty,
            objects,
            ..Value::default()
        }
    }

    /// Something that comes in here.
    pub(super) fn source_labels(&mut self, source: u8, span: Span, what: Text) -> Labels {
        let module = self.module();
        Labels::one(Label {
            source,
            cleaned: 0,
            trail: Rc::new(Trail {
                module,
                span,
                what: Step::Source(what),
                before: None,
                length: 1,
            }),
        })
    }

    /// What is left of labels where a type can carry nothing: in Rust, where numbers are parsed
    /// into their type, their size.
    pub(super) fn harmless(&self, labels: &Labels) -> Labels {
        match self.language {
            Language::Rust => labels.cleaned(!self.size_kinds),
            _ => labels.without(self.tables.untrusted),
        }
    }

    /// Whether a class of a Python tree extends what can carry nothing: an enumeration.
    fn is_member(&mut self, ty: Sym) -> bool {
        if self.language != Language::Python || self.tree.class_of(ty).is_none() {
            return false;
        }
        let above = self.tree.all_above(ty, self.tables);
        above.iter().any(|above| self.tables.is_harmless(*above))
    }

    /// Gives a value a type, and takes from it what the type cannot carry.
    pub(super) fn typed(&mut self, mut value: Value, ty: Sym) -> Value {
        if self.tables.is_harmless(ty) || self.is_member(ty) {
            value.labels = self.harmless(&value.labels);
            value.ty = Some(ty);
        } else {
            let is_own = |known| self.tree.class_of(known).is_some();
            // what an interface of Go holds is still what it is
            let is_held = self.language == Language::Go && value.ty.is_some_and(is_own);
            let keep = is_held || value.ty.is_some_and(|known| self.is_a(known, ty));
            if !keep || value.ty.is_none() {
                value.ty = Some(ty);
            }
        }
        value
    }

    /// Everything a value may hold, itself and in its parts.
    pub(super) fn deep_labels(&self, value: &Value) -> Labels {
        self.labels_to(value, 3)
    }

    fn labels_to(&self, value: &Value, depth: u8) -> Labels {
        let mut labels = value.labels.clone();
        if depth == 0 {
            return labels;
        }
        if let Known::List(list) = &value.known {
            for element in list.all() {
                labels = labels.join(&self.labels_to(element, depth - 1));
            }
        }
        let own = value.ty.and_then(|ty| self.tree.class_of(ty)).is_some();
        for object in value.objects.iter() {
            for (name, part) in self.store.slots_of(object) {
                if !own || name == self.words.rest || name == self.words.content {
                    labels = labels.join(&self.labels_to(part, depth - 1));
                }
            }
        }
        labels
    }

    /// Runs the branches of a decision that begin here, and goes on with what they have in common.
    /// Each says what it comes to; `None` for the joined value where none goes on.
    pub(super) fn branches<T>(
        &mut self,
        branches: impl IntoIterator<Item = T>,
        mut run: impl FnMut(&mut Self, T) -> Value,
    ) -> Option<Value> {
        let mut changes = Vec::new();
        let mut joined: Option<Value> = None;
        let mark = self.store.mark();
        for branch in branches {
            self.reachable = true;
            let value = run(self, branch);
            let delta = self.store.take(mark);
            if self.reachable {
                changes.push(delta);
                joined = Some(joined.map_or_else(|| value.clone(), |joined| joined.join(&value)));
            }
        }
        self.reachable = !changes.is_empty();
        let delta = self.store.join(changes);
        self.store.apply(delta);
        joined
    }

    /// Remembers a condition, so that a name for its value can be asked later.
    pub(super) fn condition(&mut self, expr: &'a Expr) -> u32 {
        self.conditions.push(expr);
        u32::try_from(self.conditions.len()).unwrap_or(0)
    }
}

impl Words {
    fn new(language: Language, names: &mut Names) -> Self {
        let (text, list, map) = match language {
            Language::Java => (Some("java.lang.String"), None, None),
            Language::Python => (Some("str"), Some("list"), Some("dict")),
            Language::JavaScript => (Some("String"), Some("Array"), Some("Object")),
            Language::Go => (Some("string"), None, None),
            Language::Rust => (Some("str"), None, None),
            Language::Cpp => (None, None, None),
        };
        let mut optional = |word: Option<&str>| word.map(|word| names.of(word));
        let (text, list, map) = (optional(text), optional(list), optional(map));
        Self {
            content: names.of("<content>"),
            rest: names.of("<rest>"),
            new: names.of("<new>"),
            init: names.of("<init>"),
            this: names.of("this"),
            super_: names.of("super"),
            self_type: names.of("Self"),
            text,
            list,
            map,
        }
    }
}
