//! What an expression may be worth.

use std::rc::Rc;

use super::number::{FAR, Range};
use super::types::Ty;
use crate::Span;
use crate::ir::Text;

/// How sure something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sure {
    No,
    Maybe,
    Yes,
}

impl Sure {
    pub(super) fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::Maybe }
    }
}

/// An object of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ObjectId(pub(super) u32);

/// A function of the program: module and index in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FunctionRef {
    pub(super) module: usize,
    pub(super) index: usize,
}

/// Where a value from outside came in.
#[derive(Debug, PartialEq)]
pub(super) struct Origin {
    pub(super) path: Text,
    pub(super) span: Span,
    pub(super) what: String,
    /// By the words of the tables: `network`, `file`, `environment`, …
    pub(super) source: String,
}

/// The mark of a value from outside.
pub(super) type Taint = Option<Rc<Origin>>;

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Unknown,
    Int(Range),
    Float(f64, f64),
    Pointer(Pointer),
    Function(Vec<FunctionRef>),
    /// A struct, array or container, where it lies.
    Place(ObjectId, i128),
}

/// Why a pointer may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NullWhy {
    /// The constant was assigned, or a check said so.
    Constant,
    /// A function returns it when it fails.
    Failure,
    /// Nothing speaks for it.
    Unknown,
}

/// Where a pointer points to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pointer {
    pub(super) targets: Vec<Target>,
    /// It may be null…
    pub(super) null: Sure,
    /// … for this reason.
    pub(super) why: NullWhy,
    /// It may point to something that is not followed.
    pub(super) elsewhere: bool,
}

/// One place a pointer may point to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub(super) object: ObjectId,
    /// In bytes.
    pub(super) offset: Range,
    /// The part of the object it must stay in: an array inside a struct.
    pub(super) bounds: Option<(i128, i128)>,
    /// Of an element of a container: whether the element was moved or taken away since.
    pub(super) stale: Option<Sure>,
}

/// More places than this are not kept apart.
const TARGETS_MAX: usize = 8;

impl Pointer {
    pub(super) fn null() -> Self {
        Self {
            targets: Vec::new(),
            null: Sure::Yes,
            why: NullWhy::Constant,
            elsewhere: false,
        }
    }

    pub(super) fn to(object: ObjectId, offset: i128) -> Self {
        let offset = Range::exactly(offset);
        let bounds = None;
        Self {
            targets: vec![Target {
                object,
                offset,
                bounds,
                stale: None,
            }],
            null: Sure::No,
            why: NullWhy::Constant,
            elsewhere: false,
        }
    }

    /// The only place it can point to.
    pub(super) fn single(&self) -> Option<&Target> {
        match self.targets.as_slice() {
            [only] if !self.elsewhere => Some(only),
            _ => None,
        }
    }

    pub(super) fn moved(mut self, by: Range) -> Self {
        for target in &mut self.targets {
            let is_element = target.stale.is_some();
            target.offset = if is_element && by != Range::ZERO {
                Range::new(0, FAR)
            } else {
                target.offset.add(by)
            };
        }
        self
    }

    fn merge(&self, other: &Self, offsets: fn(Range, Range) -> Range) -> Self {
        let mut targets = self.targets.clone();
        for new in &other.targets {
            let known = targets
                .iter_mut()
                .find(|old| old.object == new.object && old.bounds == new.bounds);
            match known {
                Some(old) => {
                    old.offset = offsets(old.offset, new.offset);
                    old.stale = match (old.stale, new.stale) {
                        (Some(a), Some(b)) => Some(a.join(b)),
                        (one, other) => one.or(other),
                    };
                }
                None => targets.push(new.clone()),
            }
        }
        let is_many = targets.len() > TARGETS_MAX;
        targets.truncate(TARGETS_MAX);
        let why = if self.null == Sure::No {
            other.why
        } else {
            self.why
        };
        Self {
            targets,
            null: self.null.join(other.null),
            why,
            elsewhere: self.elsewhere || other.elsewhere || is_many,
        }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) ty: Ty,
    /// It was read where nothing had been written.
    pub(super) uninit: Sure,
    /// It comes from outside.
    pub(super) taint: Taint,
    /// It is checked to be another number than zero.
    pub(super) is_nonzero: bool,
    /// It is the length of the text in this object.
    pub(super) length_of: Option<ObjectId>,
}

impl Value {
    pub(super) fn new(kind: Kind, ty: Ty) -> Self {
        Self {
            kind,
            ty,
            uninit: Sure::No,
            taint: None,
            is_nonzero: false,
            length_of: None,
        }
    }

    /// Of this type, and nothing else known.
    pub(super) fn unknown(ty: Ty) -> Self {
        let kind = match ty {
            Ty::Int { signed: false, .. } => Kind::Int(Range {
                lo: 0,
                ..Range::ANY
            }),
            Ty::Int { .. } => Kind::Int(Range::ANY),
            _ => Kind::Unknown,
        };
        Self::new(kind, ty)
    }

    pub(super) fn int(value: i128) -> Self {
        Self::new(Kind::Int(Range::exactly(value)), Ty::INT)
    }

    pub(super) fn range(range: Range, ty: Ty) -> Self {
        Self::new(Kind::Int(range), ty)
    }

    pub(super) fn pointer(pointer: Pointer, ty: Ty) -> Self {
        Self::new(Kind::Pointer(pointer), ty)
    }

    pub(super) fn tainted(mut self, taint: Taint) -> Self {
        if self.taint.is_none() {
            self.taint = taint;
        }
        self
    }

    /// The numbers it may be.
    pub(super) fn numbers(&self) -> Range {
        match &self.kind {
            Kind::Int(range) => *range,
            Kind::Pointer(pointer) if pointer.null == Sure::Yes => Range::ZERO,
            #[allow(clippy::cast_possible_truncation)] // saturates, and bounds are clamped
            Kind::Float(lo, hi) => Range::new(*lo as i128, *hi as i128),
            _ => match self.ty {
                Ty::Int { signed: false, .. } => Range {
                    lo: 0,
                    ..Range::ANY
                },
                _ => Range::ANY,
            },
        }
    }

    /// Where it points to.
    pub(super) fn as_pointer(&self) -> Option<&Pointer> {
        match &self.kind {
            Kind::Pointer(pointer) => Some(pointer),
            _ => None,
        }
    }

    /// Whether it counts as true; `None` where it may be either.
    pub(super) fn truth(&self) -> Option<bool> {
        match &self.kind {
            Kind::Int(range) if *range == Range::ZERO => Some(false),
            Kind::Int(range) if !range.contains(0) => Some(true),
            Kind::Int(_) if self.is_nonzero => Some(true),
            Kind::Float(lo, hi) if *lo == 0.0 && *hi == 0.0 => Some(false),
            Kind::Float(lo, hi) if *lo > 0.0 || *hi < 0.0 => Some(true),
            Kind::Pointer(pointer) => match pointer.null {
                Sure::Yes => Some(false),
                Sure::No if !pointer.elsewhere => Some(true),
                _ => None,
            },
            Kind::Function(_) | Kind::Place(..) => Some(true),
            _ => None,
        }
    }

    pub(super) fn join(&self, other: &Self) -> Self {
        self.merge(other, Range::join)
    }

    /// As [`Value::join`]; bounds that still move are given up.
    pub(super) fn widen(&self, next: &Self) -> Self {
        self.merge(next, Range::widen)
    }

    fn merge(&self, other: &Self, ranges: fn(Range, Range) -> Range) -> Self {
        if self == other {
            return self.clone();
        }
        let kind = match (&self.kind, &other.kind) {
            (Kind::Int(a), Kind::Int(b)) => Kind::Int(ranges(*a, *b)),
            (Kind::Float(a, b), Kind::Float(c, d)) => Kind::Float(a.min(*c), b.max(*d)),
            (Kind::Pointer(a), Kind::Pointer(b)) => Kind::Pointer(a.merge(b, ranges)),
            (Kind::Pointer(a), _) | (_, Kind::Pointer(a)) => {
                let both = [self, other].map(|side| side.as_pointer().is_none());
                let unset =
                    (both[0] && self.uninit == Sure::Yes) || (both[1] && other.uninit == Sure::Yes);
                Kind::Pointer(Pointer {
                    elsewhere: !unset || a.elsewhere,
                    null: if unset { a.null } else { a.null.join(Sure::No) },
                    ..a.clone()
                })
            }
            (Kind::Function(a), Kind::Function(b)) => {
                let mut all = a.clone();
                all.extend(b.iter().filter(|one| !a.contains(one)));
                Kind::Function(all)
            }
            (a, b) if a == b => a.clone(),
            _ => Kind::Unknown,
        };
        let ty = if self.ty == Ty::Unknown {
            &other.ty
        } else {
            &self.ty
        };
        Self {
            kind,
            ty: ty.clone(),
            uninit: self.uninit.join(other.uninit),
            taint: self.taint.clone().or_else(|| other.taint.clone()),
            is_nonzero: self.is_nonzero && other.is_nonzero,
            length_of: self.length_of.filter(|_| self.length_of == other.length_of),
        }
    }
}
