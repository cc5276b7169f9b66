//! What is known of a value.

use std::rc::Rc;

use super::names::Sym;
use super::shape::Shape;
use crate::Span;
use crate::ir::Text;
use crate::table::Kinds;

/// A constant, as far as it is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Known {
    /// Nothing.
    #[default]
    Unknown,
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Char(char),
    Str(Text),
    /// What a list holds; only in the content of an object.
    List(Rc<List>),
}

impl Known {
    /// A single constant, not a container.
    pub(super) fn is_constant(&self) -> bool {
        !matches!(self, Self::Unknown | Self::List(_))
    }

    /// As text is joined.
    pub(super) fn to_text(&self) -> Option<Text> {
        Some(match self {
            Self::Unknown | Self::List(_) => return None,
            Self::Null => "null".into(),
            Self::Bool(truth) => truth.to_string().into(),
            Self::Int(number) => number.to_string().into(),
            Self::Float(number) => format!("{number:?}").into(),
            Self::Char(mark) => mark.to_string().into(),
            Self::Str(text) => text.clone(),
        })
    }

    /// Whether it counts as true, in the languages that ask it of any value.
    pub(super) fn truth(&self) -> Option<bool> {
        Some(match self {
            Self::Unknown | Self::List(_) => return None,
            Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Char(_) => true,
            Self::Str(text) => !text.is_empty(),
        })
    }

    /// As a key of a map.
    pub(super) fn key(&self) -> Option<Text> {
        match self {
            Self::Str(_) | Self::Int(_) | Self::Char(_) | Self::Bool(_) => self.to_text(),
            _ => None,
        }
    }
}

/// What a list holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct List {
    /// The elements in order.
    pub(super) items: Vec<Value>,
    /// What else it may hold, and that the order is lost: then `items` is empty.
    pub(super) rest: Option<Box<Value>>,
}

/// Where something untrusted came from, and what it is safe for by now.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    /// Number of the source.
    pub(super) source: u8,
    /// Kinds of sinks it cannot harm.
    pub(super) cleaned: Kinds,
    /// How it came here.
    pub(super) trail: Rc<Trail>,
}

/// A step on the way of a value, and those before it.
#[derive(Debug)]
pub(crate) struct Trail {
    /// Index of the module.
    pub(super) module: u32,
    /// Where.
    pub(super) span: Span,
    /// What happens there.
    pub(super) what: Step,
    /// The step before.
    pub(super) before: Option<Rc<Trail>>,
    /// How many steps there are with this one.
    pub(super) length: u16,
}

/// What happens at a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// It comes in through this.
    Source(Text),
    /// It is kept under this name.
    Kept(Text),
    /// It goes into this function.
    Into(Text),
    /// It comes back from this function.
    Back(Text),
}

/// Longer trails keep their first steps only.
const TRAIL_MAX: u16 = 16;

impl Trail {
    /// Takes one step more.
    pub(super) fn step(before: &Rc<Self>, module: u32, span: Span, what: Step) -> Rc<Self> {
        let same_place = before.module == module && before.span == span;
        if before.length >= TRAIL_MAX || same_place {
            return Rc::clone(before);
        }
        Rc::new(Self {
            module,
            span,
            what,
            before: Some(Rc::clone(before)),
            length: before.length + 1,
        })
    }
}

/// All labels of a value, by source; `None` for none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Labels(pub(super) Option<Rc<[Label]>>);

impl PartialEq for Labels {
    /// Trails do not count: they are how, not what.
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (self.all(), other.all());
        left.len() == right.len()
            && left
                .iter()
                .zip(right)
                .all(|(left, right)| left.source == right.source && left.cleaned == right.cleaned)
    }
}

impl Labels {
    pub(super) fn one(label: Label) -> Self {
        Self(Some(Rc::new([label])))
    }

    pub(super) fn all(&self) -> &[Label] {
        self.0.as_deref().unwrap_or(&[])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn from_vec(labels: Vec<Label>) -> Self {
        Self((!labels.is_empty()).then(|| labels.into()))
    }

    /// Both; of the same source the one that is safe for less, and of its trails the first.
    pub(super) fn join(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (_, None) => return self.clone(),
            (None, _) => return other.clone(),
            (Some(left), Some(right)) if Rc::ptr_eq(left, right) => return self.clone(),
            _ => {}
        }
        let mut joined = self.all().to_vec();
        let mut changed = false;
        for label in other.all() {
            let known = joined.iter_mut().find(|known| known.source == label.source);
            match known {
                None => {
                    joined.push(label.clone());
                    changed = true;
                }
                Some(known) => {
                    let cleaned = known.cleaned & label.cleaned;
                    if cleaned != known.cleaned {
                        if cleaned == label.cleaned {
                            known.trail = Rc::clone(&label.trail);
                        }
                        known.cleaned = cleaned;
                        changed = true;
                    }
                }
            }
        }
        if !changed {
            return self.clone();
        }
        joined.sort_by_key(|label| label.source);
        Self::from_vec(joined)
    }

    /// Safe for these too.
    pub(super) fn cleaned(&self, kinds: Kinds) -> Self {
        if self.is_empty() || kinds == 0 {
            return self.clone();
        }
        let labels = self.all().iter().map(|label| Label {
            cleaned: label.cleaned | kinds,
            ..label.clone()
        });
        Self::from_vec(labels.collect())
    }

    /// That of this source safe for these too.
    pub(super) fn cleaned_of(&self, source: u8, kinds: Kinds) -> Self {
        if self.is_empty() || kinds == 0 {
            return self.clone();
        }
        let labels = self.all().iter().map(|label| {
            let more = if label.source == source { kinds } else { 0 };
            Label {
                cleaned: label.cleaned | more,
                ..label.clone()
            }
        });
        Self::from_vec(labels.collect())
    }

    /// Without those of these sources.
    pub(super) fn without(&self, sources: u64) -> Self {
        if self.is_empty() {
            return Self::default();
        }
        let kept = self.all().iter();
        let kept = kept.filter(|label| sources & (1 << label.source) == 0);
        Self::from_vec(kept.cloned().collect())
    }

    /// One step further for each.
    pub(super) fn stepped(&self, module: u32, span: Span, what: &Step) -> Self {
        if self.is_empty() {
            return Self::default();
        }
        let labels = self.all().iter().map(|label| Label {
            trail: Trail::step(&label.trail, module, span, what.clone()),
            ..label.clone()
        });
        Self::from_vec(labels.collect())
    }
}

/// A function of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FunctionRef {
    pub(super) module: u32,
    pub(super) id: u32,
}

/// A class of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassRef {
    pub(super) module: u32,
    pub(super) id: u32,
}

/// A function as a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Callable {
    pub(super) function: FunctionRef,
    /// The names around it.
    pub(super) around: Option<Space>,
    /// Its receiver.
    pub(super) this: Option<Value>,
}

/// Something with named slots: an object, the locals of a call, the globals of a module, the static
/// fields of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Space(pub(super) u32);

/// The objects a value may be: none known, one, or one of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Objects {
    first: Option<Space>,
    second: Option<Space>,
}

impl Objects {
    pub(super) fn one(object: Space) -> Self {
        Self {
            first: Some(object),
            second: None,
        }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Space> {
        self.first.into_iter().chain(self.second)
    }

    pub(super) fn is_empty(self) -> bool {
        self.first.is_none()
    }

    /// The object, where it can be only one.
    pub(super) fn unique(self) -> Option<Space> {
        self.first.filter(|_| self.second.is_none())
    }

    /// Of either; the first two of more.
    fn join(self, other: Self) -> Self {
        other
            .iter()
            .fold(self, |joined, object| match (joined.first, joined.second) {
                (None, _) => Self::one(object),
                (Some(first), None) if first != object => Self {
                    second: Some(object),
                    ..joined
                },
                _ => joined,
            })
    }
}

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Value {
    /// Its constant.
    pub(super) known: Known,
    /// Full path of its type.
    pub(super) ty: Option<Sym>,
    /// It is the module, class or function of this path.
    pub(super) path: Option<Sym>,
    /// Where it may come from.
    pub(super) labels: Labels,
    /// What object it is.
    pub(super) objects: Objects,
    /// What function it is.
    pub(super) function: Option<Rc<Callable>>,
    /// The condition it is the truth of: index into the machine's list, plus one.
    pub(super) condition: u32,
    /// It was joined from parts not all of which are constant.
    pub(super) built: bool,
    /// What is known of it as text.
    pub(super) shape: Shape,
}

impl Value {
    pub(super) fn unknown() -> Self {
        Self::default()
    }

    pub(super) fn constant(known: Known) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    pub(super) fn labelled(labels: Labels) -> Self {
        Self {
            labels,
            ..Self::default()
        }
    }

    pub(super) fn of_type(ty: Option<Sym>) -> Self {
        Self {
            ty,
            ..Self::default()
        }
    }

    /// What holds of both.
    pub(super) fn join(&self, other: &Self) -> Self {
        let is_null = |value: &Self| matches!(value.known, Known::Null);
        let known = if self.known == other.known {
            self.known.clone()
        } else {
            join_lists(&self.known, &other.known)
        };
        Self {
            known,
            ty: self.ty.or(other.ty),
            path: match (self.path, other.path) {
                (left, right) if left == right => left,
                (left, None) if is_null(other) => left,
                (None, right) if is_null(self) => right,
                _ => None,
            },
            labels: self.labels.join(&other.labels),
            objects: self.objects.join(other.objects),
            function: self.function.clone().or_else(|| other.function.clone()),
            condition: if self.condition == other.condition {
                self.condition
            } else {
                0
            },
            built: self.built || other.built,
            shape: self.full_shape().and(other.full_shape()),
        }
    }

    /// Whether the two say the same, as far as a loop must know.
    pub(super) fn settles(&self, other: &Self) -> bool {
        self.known == other.known
            && self.labels == other.labels
            && self.objects == other.objects
            && self.ty == other.ty
            && self.shape == other.shape
    }
}

fn join_lists(left: &Known, right: &Known) -> Known {
    let (Known::List(left), Known::List(right)) = (left, right) else {
        return Known::Unknown;
    };
    if left.rest.is_none() && right.rest.is_none() && left.items.len() == right.items.len() {
        let items = left.items.iter().zip(&right.items);
        let items = items.map(|(left, right)| left.join(right)).collect();
        return Known::List(Rc::new(List { items, rest: None }));
    }
    let all = left.all().chain(right.all());
    Known::List(Rc::new(List::summary(all)))
}

impl List {
    /// Every element it may hold.
    pub(super) fn all(&self) -> impl Iterator<Item = &Value> {
        self.items.iter().chain(self.rest.as_deref())
    }

    /// A list of which only what it may hold is known.
    pub(super) fn summary<'v>(elements: impl Iterator<Item = &'v Value>) -> Self {
        let rest = elements.cloned().reduce(|left, right| left.join(&right));
        Self {
            items: Vec::new(),
            rest: Some(Box::new(rest.unwrap_or_default())),
        }
    }
}
