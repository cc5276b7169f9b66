//! The store on one path, and how paths meet.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::rc::Rc;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;

use super::number::Range;
use super::types::Ty;
use super::value::{Kind, ObjectId, Sure, Taint, Value};
use crate::Span;
use crate::ir::Text;

/// How memory was asked for; it must be given back the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allocator {
    Malloc,
    New,
    NewArray,
}

/// What kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Stack,
    Alloca,
    Heap(Allocator),
    Static,
    Literal,
    /// Came in from a caller or an unknown function.
    External,
    /// A file opened with `fopen`.
    Stream,
    /// A descriptor opened with `open`, `socket` and the like.
    Descriptor,
    /// A handle of Windows.
    Handle,
}

/// What was never written holds this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Uninit,
    MaybeUninit,
    Zero,
    Unknown,
}

/// Where the first NUL of a text is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nul {
    /// Here.
    At(Range),
    /// Not among the first bytes, as many as this.
    NotBefore(i128),
}

impl Nul {
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::At(a), Self::At(b)) => Self::At(a.join(b)),
            (Self::At(a), Self::NotBefore(b)) | (Self::NotBefore(b), Self::At(a)) => {
                Self::NotBefore(a.lo.min(b))
            }
            (Self::NotBefore(a), Self::NotBefore(b)) => Self::NotBefore(a.min(b)),
        }
    }
}

/// A written part of an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) value: Value,
    pub(super) size: i128,
}

/// An object of memory, or a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    pub(super) storage: Storage,
    pub(super) name: Text,
    pub(super) ty: Ty,
    /// In bytes.
    pub(super) size: Range,
    /// Whether it was freed or closed…
    pub(super) freed: Sure,
    /// It exists only on some of the paths that met.
    pub(super) is_on_some_paths: bool,
    pub(super) cells: BTreeMap<i128, Cell>,
    pub(super) rest: Rest,
    pub(super) nul: Nul,
    /// What it holds, of a literal.
    pub(super) text: Option<Text>,
    /// Some of what it holds comes from outside.
    pub(super) taint: Taint,
    /// Someone else may know of it.
    pub(super) is_escaped: bool,
    pub(super) path: Text,
    pub(super) span: Span,
    /// How many elements a container has.
    pub(super) length: Option<i128>,
    /// A container made room for what is to come: it does not move its elements.
    pub(super) has_room: bool,
}

impl Object {
    pub(super) fn new(storage: Storage, ty: Ty, size: Range, path: Text, span: Span) -> Self {
        let rest = match storage {
            Storage::Static => Rest::Zero,
            Storage::Stack | Storage::Alloca | Storage::Heap(_) => Rest::Uninit,
            _ => Rest::Unknown,
        };
        Self {
            storage,
            name: "".into(),
            ty,
            size,
            freed: Sure::No,
            is_on_some_paths: false,
            cells: BTreeMap::new(),
            rest,
            nul: Nul::NotBefore(0),
            text: None,
            taint: None,
            is_escaped: false,
            path,
            span,
            length: None,
            has_room: false,
        }
    }

    pub(super) fn is_heap(&self) -> bool {
        matches!(self.storage, Storage::Heap(_))
    }

    pub(super) fn is_file(&self) -> bool {
        matches!(
            self.storage,
            Storage::Stream | Storage::Descriptor | Storage::Handle
        )
    }

    /// Forgets what it holds.
    pub(super) fn forget(&mut self) {
        self.cells.clear();
        self.rest = Rest::Unknown;
        self.nul = Nul::NotBefore(0);
        self.text = None;
        self.length = None;
    }

    /// Takes away the cells that overlap these bytes.
    pub(super) fn clear(&mut self, from: i128, to: i128) {
        let hit: Vec<i128> = self
            .cells
            .range(..to)
            .filter(|(at, cell)| **at + cell.size > from)
            .map(|(at, _)| *at)
            .collect();
        for at in hit {
            self.cells.remove(&at);
        }
    }

    fn merge(&self, other: &Self, values: fn(&Value, &Value) -> Value) -> Self {
        let mut merged = self.clone();
        merged.rest = match (self.rest, other.rest) {
            (a, b) if a == b => a,
            (Rest::Uninit | Rest::MaybeUninit, _) | (_, Rest::Uninit | Rest::MaybeUninit) => {
                Rest::MaybeUninit
            }
            _ => Rest::Unknown,
        };
        let offsets: BTreeSet<i128> = self
            .cells
            .keys()
            .chain(other.cells.keys())
            .copied()
            .collect();
        merged.cells = offsets
            .into_iter()
            .filter_map(|at| {
                let (a, b) = (self.cells.get(&at), other.cells.get(&at));
                let size = a.or(b)?.size;
                let ty = a.or(b)?.value.ty.clone();
                let left = a.map_or_else(|| self.unwritten(&ty), |cell| cell.value.clone());
                let right = b.map_or_else(|| other.unwritten(&ty), |cell| cell.value.clone());
                let value = values(&left, &right);
                Some((at, Cell { value, size }))
            })
            .collect();
        merged.freed = self.freed.join(other.freed);
        merged.is_on_some_paths |= other.is_on_some_paths;
        merged.nul = self.nul.join(other.nul);
        merged.taint = self.taint.clone().or_else(|| other.taint.clone());
        merged.is_escaped |= other.is_escaped;
        merged.has_room |= other.has_room;
        merged.size = self.size.join(other.size);
        if self.text != other.text {
            merged.text = None;
        }
        if self.length != other.length {
            merged.length = None;
        }
        merged
    }

    /// Its text is known to be as long as this.
    pub(super) fn limit_text(&mut self, length: Range) {
        if !length.has_hi() {
            return;
        }
        let least = match self.nul {
            Nul::At(at) => at.lo,
            Nul::NotBefore(first) => first,
        };
        let most = match self.nul {
            Nul::At(at) => at.hi.min(length.hi),
            Nul::NotBefore(_) => length.hi,
        };
        let least = least.max(length.lo).min(most);
        self.nul = Nul::At(Range::new(least, most));
    }

    /// Nothing was ever written to it.
    pub(super) fn is_unset(&self) -> bool {
        self.rest == Rest::Uninit && self.cells.is_empty()
    }

    /// What may have been written was not.
    pub(super) fn believe_unset(&mut self) {
        for cell in self.cells.values_mut() {
            if cell.value.uninit == Sure::Maybe {
                cell.value.uninit = Sure::Yes;
            }
        }
        if self.rest == Rest::MaybeUninit {
            self.rest = Rest::Uninit;
        }
    }

    /// What is read where nothing was written.
    pub(super) fn unwritten(&self, ty: &Ty) -> Value {
        let mut value = match self.rest {
            Rest::Zero if ty.is_pointer() => {
                Value::pointer(super::value::Pointer::null(), ty.clone())
            }
            Rest::Zero if ty.is_int() => Value::range(Range::ZERO, ty.clone()),
            Rest::Zero if matches!(ty, Ty::Float(_)) => {
                Value::new(Kind::Float(0.0, 0.0), ty.clone())
            }
            _ => Value::unknown(ty.clone()),
        };
        value.uninit = match self.rest {
            Rest::Uninit => Sure::Yes,
            Rest::MaybeUninit => Sure::Maybe,
            Rest::Zero | Rest::Unknown => Sure::No,
        };
        value
    }
}

/// An object that paths have in common until one of them changes it. Two are the same when they are
/// one: so paths that meet look only at what is not.
#[derive(Debug, Clone)]
pub(super) struct Shared(Rc<Object>);

impl Shared {
    pub(super) fn new(object: Object) -> Self {
        Self(Rc::new(object))
    }
}

impl Deref for Shared {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.0
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The store on one path. Cheap to clone: most of it is the same on many paths.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) objects: OrdMap<ObjectId, Shared>,
    /// Pointer variables that were dereferenced since they were set.
    pub(super) used: BTreeSet<ObjectId>,
    /// The path ended inside an expression.
    pub(super) is_over: bool,
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let is_same = |difference: DiffItem<'_, '_, ObjectId, Shared>| match difference {
            DiffItem::Update { old, new } => **old.1 == **new.1,
            DiffItem::Add(..) | DiffItem::Remove(..) => false,
        };
        self.is_over == other.is_over
            && self.used == other.used
            && self.objects.diff(&other.objects).all(is_same)
    }
}

impl State {
    pub(super) fn get(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(&id).map(|object| &**object)
    }

    pub(super) fn change(&mut self, id: ObjectId) -> Option<&mut Object> {
        let shared = self.objects.get_mut(&id)?;
        Some(Rc::make_mut(&mut shared.0))
    }

    fn merge(&self, other: &Self, values: fn(&Value, &Value) -> Value) -> Self {
        let mut objects = self.objects.clone();
        for difference in self.objects.diff(&other.objects) {
            match difference {
                DiffItem::Update {
                    old: (id, old),
                    new: (_, new),
                } => {
                    let merged = old.merge(new, values);
                    if merged != **old {
                        objects.insert(*id, Shared::new(merged));
                    }
                }
                DiffItem::Add(id, one) | DiffItem::Remove(id, one) => {
                    if !(one.is_on_some_paths && objects.contains_key(id)) {
                        let mut one = (**one).clone();
                        one.is_on_some_paths = true;
                        objects.insert(*id, Shared::new(one));
                    }
                }
            }
        }
        let used = self.used.intersection(&other.used).copied().collect();
        Self {
            objects,
            used,
            is_over: false,
        }
    }

    /// Where two paths meet.
    pub(super) fn join(&self, other: &Self) -> Self {
        self.merge(other, Value::join)
    }

    /// Where a loop comes back to its head.
    pub(super) fn widen(&self, next: &Self) -> Self {
        self.merge(next, Value::widen)
    }

    /// All objects that can be reached from these.
    pub(super) fn reachable(&self, from: impl IntoIterator<Item = ObjectId>) -> BTreeSet<ObjectId> {
        let mut found = BTreeSet::new();
        let mut open: Vec<ObjectId> = from.into_iter().collect();
        while let Some(id) = open.pop() {
            if !found.insert(id) {
                continue;
            }
            let Some(object) = self.get(id) else { continue };
            for cell in object.cells.values() {
                open.extend(pointed(&cell.value));
            }
        }
        found
    }
}

/// The objects a value leads to.
pub(super) fn pointed(value: &Value) -> Vec<ObjectId> {
    match &value.kind {
        Kind::Pointer(pointer) => pointer.targets.iter().map(|target| target.object).collect(),
        Kind::Place(object, _) => vec![*object],
        _ => Vec::new(),
    }
}

/// Two paths, of which either may have ended.
pub(super) fn join(a: Option<State>, b: Option<State>) -> Option<State> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.join(&b)),
        (one, None) | (None, one) => one,
    }
}
