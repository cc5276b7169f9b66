//! Pairs of our own making, in English and Arabic: one sentence, and what an operation of known
//! effect makes of it. Written for this purpose; nothing is taken from any data set.

mod scene;
mod statement;
mod words;

use majlis_text::Inference;

/// A pair with its label.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) first: String,
    pub(crate) second: String,
    pub(crate) label: Inference,
}

/// Numbers by xorshift: the same seed, the same pairs.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % u64::try_from(limit.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// So many pairs, by this seed: scenes, then statements as answers make them.
pub(crate) fn pairs(count: usize, seed: u64) -> Vec<Pair> {
    let mut chance = Chance(seed);
    let mut found = Vec::new();
    while found.len() < count {
        let is_arabic = chance.below(3) == 0;
        if chance.below(4) == 0 {
            found.push(statement::pair(&mut chance, is_arabic));
        } else {
            found.extend(scene::pair(&mut chance, is_arabic));
        }
    }
    found
}
