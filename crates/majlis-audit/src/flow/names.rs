//! Names as numbers.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::ir::Text;

/// A name or path; equal ones have equal numbers within one [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sym(pub(crate) u32);

impl Sym {
    /// The empty name.
    pub(crate) const EMPTY: Self = Self(0);
}

/// All names of a run. The tables' own come first, so that their numbers hold in every run.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    texts: Vec<Text>,
    ids: HashMap<Text, Sym, rustc_hash::FxBuildHasher>,
    /// By the address of a text that lives as long as the run.
    by_address: FxHashMap<usize, Sym>,
    joined: FxHashMap<(Sym, Sym), Sym>,
    /// Names told apart by the space they stand in, by it and the text's address.
    local: FxHashMap<(u32, usize), Sym>,
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self {
            texts: Vec::new(),
            ids: HashMap::default(),
            by_address: FxHashMap::default(),
            joined: FxHashMap::default(),
            local: FxHashMap::default(),
        };
        names.of("");
        names
    }
}

impl Names {
    /// The number of a name.
    pub(crate) fn of(&mut self, name: &str) -> Sym {
        if let Some(known) = self.ids.get(name) {
            return *known;
        }
        let sym = Sym(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let text: Text = name.into();
        self.texts.push(text.clone());
        self.ids.insert(text, sym);
        sym
    }

    /// The number of a name that is known already.
    pub(crate) fn find(&self, name: &str) -> Option<Sym> {
        self.ids.get(name).copied()
    }

    /// The number of a name of the lowered code, which outlives the run: found by its address.
    pub(crate) fn of_code(&mut self, name: &Text) -> Sym {
        let address = address(name);
        if let Some(known) = self.by_address.get(&address) {
            return *known;
        }
        let sym = self.of(name);
        if !name.is_empty() {
            self.by_address.insert(address, sym);
        }
        sym
    }

    /// The number of a name of the lowered code as a local of a space.
    pub(crate) fn of_local(&mut self, space: u32, name: &Text) -> Sym {
        let key = (space, address(name));
        if let Some(known) = self.local.get(&key) {
            return *known;
        }
        let sym = self.of(&format!("{space}#{name}"));
        if !name.is_empty() {
            self.local.insert(key, sym);
        }
        sym
    }

    /// `base`, a separator, `name`.
    pub(crate) fn join(&mut self, base: Sym, separator: &str, name: Sym) -> Sym {
        if let Some(known) = self.joined.get(&(base, name)) {
            return *known;
        }
        let path = format!("{}{separator}{}", self.text(base), self.text(name));
        let joined = self.of(&path);
        self.joined.insert((base, name), joined);
        joined
    }

    /// The name of a number.
    pub(crate) fn text(&self, sym: Sym) -> &Text {
        &self.texts[sym.0 as usize]
    }
}

fn address(name: &Text) -> usize {
    Arc::as_ptr(name).cast::<u8>() as usize
}
