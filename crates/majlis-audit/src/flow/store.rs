//! All slots of all spaces, with every change on record, so that a branch costs what it changes.

use rustc_hash::FxHashMap;

use super::names::Sym;
use super::value::{Known, Space, Value};

/// A slot of a space.
pub(super) type Key = (Space, Sym);

/// What a branch changed, by key in order; `None` for a slot that is empty.
pub(super) type Delta = Vec<(Key, Option<Value>)>;

/// A moment to which the store can go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(usize);

/// The slots.
#[derive(Debug, Default)]
pub(super) struct Store {
    slots: FxHashMap<Key, Value>,
    /// Slots a space has or had.
    members: FxHashMap<Space, Vec<Sym>>,
    log: Vec<(Key, Option<Value>)>,
    spaces: u32,
}

/// Marks spaces of locals.
const LOCAL: u32 = 1 << 31;

/// Holds what is known of places that have no slot of their own (`request.query.host`), by their
/// path: only where it holds in all branches.
pub(super) const REFINED: Space = Space(LOCAL - 1);

/// Whether a space holds locals or globals, whose slots are never listed.
fn is_local(space: Space) -> bool {
    space.0 & LOCAL != 0
}

impl Store {
    /// An object with no slots yet.
    pub(super) fn object(&mut self) -> Space {
        self.spaces += 1;
        Space(self.spaces)
    }

    /// A space for locals or globals.
    pub(super) fn locals(&mut self) -> Space {
        self.spaces += 1;
        Space(self.spaces | LOCAL)
    }

    /// How many spaces there are.
    pub(super) fn spaces(&self) -> u32 {
        self.spaces
    }

    /// Forgets the spaces made since there were so many; none of their slots may be set any more.
    pub(super) fn forget_spaces(&mut self, since: u32) {
        if self.spaces - since > 64 {
            self.members.retain(|space, _| space.0 & !LOCAL <= since);
        } else {
            for space in since + 1..=self.spaces {
                self.members.remove(&Space(space));
            }
        }
        self.spaces = since;
    }

    pub(super) fn get(&self, key: Key) -> Option<&Value> {
        self.slots.get(&key)
    }

    pub(super) fn set(&mut self, key: Key, value: Option<Value>) {
        let old = match value {
            Some(value) => self.slots.insert(key, value),
            None => self.slots.remove(&key),
        };
        if old.is_none() && !is_local(key.0) {
            let members = self.members.entry(key.0).or_default();
            if !members.contains(&key.1) {
                members.push(key.1);
            }
        }
        self.log.push((key, old));
    }

    /// The slots of a space that are set.
    pub(super) fn slots_of(&self, space: Space) -> impl Iterator<Item = (Sym, &Value)> {
        let members = self.members.get(&space).into_iter().flatten();
        members.filter_map(move |name| Some((*name, self.slots.get(&(space, *name))?)))
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.log.len())
    }

    /// What changed since a mark.
    pub(super) fn delta(&self, since: Mark) -> Delta {
        let changed = &self.log[since.0.min(self.log.len())..];
        let mut keys: Vec<Key> = changed.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter()
            .map(|key| (key, self.slots.get(&key).cloned()))
            .collect()
    }

    /// What the slots changed since a mark held at it.
    pub(super) fn before(&self, since: Mark) -> FxHashMap<Key, Option<Value>> {
        let mut held = FxHashMap::default();
        for (key, old) in &self.log[since.0.min(self.log.len())..] {
            held.entry(*key).or_insert_with(|| old.clone());
        }
        held
    }

    /// Goes back to a mark.
    pub(super) fn undo(&mut self, to: Mark) {
        while self.log.len() > to.0 {
            let Some((key, old)) = self.log.pop() else {
                return;
            };
            match old {
                Some(old) => self.slots.insert(key, old),
                None => self.slots.remove(&key),
            };
        }
    }

    /// What changed since a mark, and goes back to it.
    pub(super) fn take(&mut self, since: Mark) -> Delta {
        let mut taken = Delta::with_capacity(self.log.len().saturating_sub(since.0));
        while self.log.len() > since.0 {
            let Some((key, old)) = self.log.pop() else {
                break;
            };
            let now = match old {
                Some(old) => self.slots.insert(key, old),
                None => self.slots.remove(&key),
            };
            taken.push((key, now));
        }
        // of each slot what it held last, which was found first
        taken.sort_by_key(|(key, _)| *key);
        taken.dedup_by_key(|(key, _)| *key);
        taken
    }

    /// Makes changes anew.
    pub(super) fn apply(&mut self, delta: Delta) {
        for (key, value) in delta {
            self.set(key, value);
        }
    }

    /// The changes of several branches that began at the present state, joined. Locals are taken
    /// from where they are set; attributes that are absent in one branch become unknown.
    pub(super) fn join(&self, branches: Vec<Delta>) -> Delta {
        let mut branches = branches.into_iter();
        let Some(mut joined) = branches.next() else {
            return Delta::new();
        };
        for branch in branches {
            joined = self.join_two(joined, branch);
        }
        joined
    }

    fn join_two(&self, left: Delta, right: Delta) -> Delta {
        let mut joined = Delta::with_capacity(left.len().max(right.len()));
        let mut left = left.into_iter().peekable();
        let mut right = right.into_iter().peekable();
        loop {
            let key = match (left.peek(), right.peek()) {
                (None, None) => return joined,
                (Some((key, _)), None) | (None, Some((key, _))) => *key,
                (Some((one, _)), Some((other, _))) => *one.min(other),
            };
            let side = |changes: &mut std::iter::Peekable<std::vec::IntoIter<_>>| match changes
                .next_if(|(at, _): &(Key, Option<Value>)| *at == key)
            {
                Some((_, value)) => value,
                None => self.slots.get(&key).cloned(),
            };
            let (one, other) = (side(&mut left), side(&mut right));
            let value = match (one, other) {
                (Some(one), Some(other)) => Some(one.join(&other)),
                (Some(_), None) | (None, Some(_)) if key.0 == REFINED => None,
                (Some(only), None) | (None, Some(only)) if is_local(key.0) => Some(only),
                (Some(mut only), None) | (None, Some(mut only)) => {
                    if only.known.is_constant() {
                        only.known = Known::Unknown;
                    }
                    Some(only)
                }
                (None, None) => None,
            };
            joined.push((key, value));
        }
    }
}
