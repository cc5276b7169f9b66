//! Slots that outlive the function that sets them: fields of objects whose making is not seen,
//! static fields, globals. What one function keeps there counts where another reads it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::store::{Key, Store};
use super::value::{Known, Labels, Objects, Value};

/// What the functions do to shared slots.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Spaces up to this one, and globals, are shared; 0 while they are made.
    base: u32,
    written: FxHashMap<Key, Value>,
    read: FxHashSet<Key>,
}

/// Without the bit that marks locals.
fn number(key: Key) -> u32 {
    key.0.0 & !(1 << 31)
}

impl Shared {
    /// From here on what is done to the spaces made so far is noted.
    pub(super) fn begin(&mut self, base: u32) {
        self.base = base;
    }

    pub(super) fn was_read(&mut self, key: Key) {
        if self.is_shared(key) {
            self.read.insert(key);
        }
    }

    /// Whether a slot outlives the function at hand.
    pub(super) fn is_shared(&self, key: Key) -> bool {
        number(key) <= self.base
    }

    /// Notes what is kept in a shared slot, and all its parts may hold.
    pub(super) fn was_written(&mut self, key: Key, value: &Value, labels: Labels) {
        // objects of a function are gone after it
        let value = Value {
            objects: Objects::default(),
            function: None,
            condition: 0,
            labels,
            known: match &value.known {
                Known::List(_) => Known::Unknown,
                known => known.clone(),
            },
            ..value.clone()
        };
        match self.written.get_mut(&key) {
            Some(before) => *before = before.join(&value),
            None => {
                self.written.insert(key, value);
            }
        }
    }

    /// The shared slots read since last asked.
    pub(super) fn take_read(&mut self) -> FxHashSet<Key> {
        std::mem::take(&mut self.read)
    }

    /// Puts what was written into the store; the slots that say something new by that.
    pub(super) fn publish(&mut self, store: &mut Store) -> FxHashSet<Key> {
        let mut changed = FxHashSet::default();
        let mut written: Vec<(Key, Value)> = self.written.drain().collect();
        written.sort_by_key(|(key, _)| *key);
        for (key, value) in written {
            let joined = match store.get(key) {
                Some(before) => {
                    let joined = before.join(&value);
                    if joined.settles(before) {
                        continue;
                    }
                    joined
                }
                None => Value {
                    known: Known::Unknown,
                    ..value
                },
            };
            store.set(key, Some(joined));
            changed.insert(key);
        }
        changed
    }
}
