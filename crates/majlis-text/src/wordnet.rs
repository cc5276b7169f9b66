//! English words and how their meanings lie to each other, from a small part of `WordNet` 3.1
//! (`data/WORDNET-LICENSE`; made by `xtask/scripts/wordnet.py`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The table: words with their senses, the kind above each sense, opposites.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../data/wordnet.txt")));

/// How far up two words may meet to be two of one kind.
const SIBLING_STEPS: usize = 2;
/// How far up a wider word may be.
const WIDER_STEPS: usize = 8;
/// Kinds so wide that two words under them have nothing in common.
const MIN_DEPTH: usize = 3;

/// Parts of speech a word may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    Noun,
    Verb,
    Adjective,
    Adverb,
}

/// How the second of two words lies to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kinship {
    /// The same, or a synonym.
    Same,
    /// A wider word: what is said with the first holds with it.
    Wider,
    /// A narrower word.
    Narrower,
    /// The opposite.
    Opposite,
    /// Another of the same kind.
    Sibling,
    /// Nothing that the table knows.
    Unrelated,
}

struct Table {
    senses: HashMap<&'static str, Vec<(Part, Vec<u32>)>>,
    above: Vec<Option<u32>>,
    opposites: HashSet<(&'static str, &'static str)>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut sections = text.split("\n\n");
        let mut senses: HashMap<&'static str, Vec<(Part, Vec<u32>)>> = HashMap::new();
        for line in sections.next().unwrap_or_default().lines() {
            let mut fields = line.split(' ');
            let (Some(word), Some(part)) = (fields.next(), fields.next()) else {
                continue;
            };
            let part = match part {
                "n" => Part::Noun,
                "v" => Part::Verb,
                "a" => Part::Adjective,
                _ => Part::Adverb,
            };
            let numbers = fields.filter_map(|field| u32::from_str_radix(field, 16).ok());
            senses
                .entry(word)
                .or_default()
                .push((part, numbers.collect()));
        }
        let above = sections.next().unwrap_or_default().split_whitespace();
        let above = above
            .map(|field| u32::from_str_radix(field, 16).ok())
            .collect();
        let opposites = sections.next().unwrap_or_default().lines();
        let opposites = opposites.filter_map(|line| line.split_once(' ')).collect();
        Self {
            senses,
            above,
            opposites,
        }
    }

    fn senses(&self, word: &str) -> impl Iterator<Item = (Part, &[u32])> {
        let own = self.senses.get(word).map_or(&[][..], Vec::as_slice);
        own.iter().map(|(part, senses)| (*part, senses.as_slice()))
    }

    /// A sense and those above it, nearest first.
    fn chain(&self, sense: u32) -> Vec<u32> {
        let mut chain = vec![sense];
        let mut at = sense;
        // The data has no circles; were there one, the limit ends it.
        while chain.len() < 24
            && let Some(next) = usize::try_from(at)
                .ok()
                .and_then(|at| self.above.get(at).copied().flatten())
        {
            chain.push(next);
            at = next;
        }
        chain
    }

    fn are_opposite(&self, one: &str, other: &str) -> bool {
        let (first, second) = if one < other {
            (one, other)
        } else {
            (other, one)
        };
        self.opposites.contains(&(first, second))
    }
}

/// The parts of speech a word has, the commonest not first.
pub(crate) fn parts(word: &str) -> impl Iterator<Item = Part> {
    TABLE.senses(word).map(|(part, _)| part)
}

/// The word is in the table.
pub(crate) fn knows(word: &str) -> bool {
    TABLE.senses.contains_key(word)
}

/// The word can be this part of speech.
pub(crate) fn is(word: &str, part: Part) -> bool {
    parts(word).any(|own| own == part)
}

/// Two different words are opposites: [`kinship`] would say so, but looks for more.
pub(crate) fn are_opposite(one: &str, other: &str) -> bool {
    one != other && TABLE.are_opposite(one, other)
}

/// How the second word lies to the first.
pub(crate) fn kinship(one: &str, other: &str) -> Kinship {
    if one == other {
        return Kinship::Same;
    }
    if TABLE.are_opposite(one, other) {
        return Kinship::Opposite;
    }
    let mut best = Kinship::Unrelated;
    for (part, senses) in TABLE.senses(one) {
        for (_, others) in TABLE.senses(other).filter(|(own, _)| *own == part) {
            let found = compare(senses, others, part);
            if rank(found) > rank(best) {
                best = found;
            }
        }
    }
    best
}

fn rank(kinship: Kinship) -> u8 {
    match kinship {
        Kinship::Same => 5,
        Kinship::Opposite => 4,
        Kinship::Wider => 3,
        Kinship::Narrower => 2,
        Kinship::Sibling => 1,
        Kinship::Unrelated => 0,
    }
}

fn compare(senses: &[u32], others: &[u32], part: Part) -> Kinship {
    if senses.iter().any(|sense| others.contains(sense)) {
        return Kinship::Same;
    }
    if !matches!(part, Part::Noun | Part::Verb) {
        return Kinship::Unrelated;
    }
    // The commonest two senses: what is above rarer ones says little of the word.
    let chains = |of: &[u32]| -> Vec<Vec<u32>> {
        let common = of.iter().take(2);
        common.map(|sense| TABLE.chain(*sense)).collect()
    };
    let (chains, other_chains) = (chains(senses), chains(others));
    let has = |chains: &[Vec<u32>], wanted: &[u32]| {
        chains.iter().any(|chain| {
            let near = chain.iter().skip(1).take(WIDER_STEPS);
            near.into_iter()
                .any(|sense| wanted.first() == Some(sense) || wanted.get(1) == Some(sense))
        })
    };
    if has(&chains, others) {
        return Kinship::Wider;
    }
    if has(&other_chains, senses) {
        return Kinship::Narrower;
    }
    let near = |chain: &[u32]| {
        let count = chain.len();
        let depth = if part == Part::Noun { MIN_DEPTH } else { 1 };
        chain
            .iter()
            .enumerate()
            .skip(1)
            .take(SIBLING_STEPS)
            .filter(move |(step, _)| count - step > depth)
            .map(|(_, sense)| *sense)
            .collect::<Vec<u32>>()
    };
    let first = chains.iter().flat_map(|chain| near(chain));
    let second: Vec<u32> = other_chains.iter().flat_map(|chain| near(chain)).collect();
    if first.into_iter().any(|sense| second.contains(&sense)) {
        return Kinship::Sibling;
    }
    Kinship::Unrelated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lie_to_each_other_as_their_meanings_do() {
        for (one, other, expected) in [
            ("guitar", "guitar", Kinship::Same),
            ("begin", "start", Kinship::Same),
            ("dog", "animal", Kinship::Wider),
            ("animal", "dog", Kinship::Narrower),
            ("open", "close", Kinship::Opposite),
            ("cat", "tariff", Kinship::Unrelated),
            ("xyzzy", "cat", Kinship::Unrelated),
        ] {
            assert_eq!(kinship(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn no_chain_is_endless() {
        let longest = (0..u32::try_from(TABLE.above.len()).unwrap())
            .map(|sense| TABLE.chain(sense).len())
            .max();
        assert!(
            longest.is_some_and(|longest| (5..=24).contains(&longest)),
            "{longest:?}"
        );
    }
}
