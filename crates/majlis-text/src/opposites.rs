//! Words that cannot both be said of one thing: own lists beside `WordNet`'s, for English and Arabic.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::feature::arabic_stem;
use crate::fold::fold;
use crate::language::is_arabic_letter;

static OPPOSITES: LazyLock<HashMap<String, HashSet<String>>> = LazyLock::new(|| {
    let lines = include_str!("../data/opposites_en.txt")
        .lines()
        .chain(include_str!("../data/opposites_ar.txt").lines());
    let mut opposites: HashMap<String, HashSet<String>> = HashMap::new();
    for (one, other) in lines.filter_map(|line| line.split_once(' ')) {
        let (one, other) = (base(one), base(other));
        if one != other {
            let rivals = opposites.entry(one.clone()).or_default();
            rivals.insert(other.clone());
            opposites.entry(other).or_default().insert(one);
        }
    }
    opposites
});

/// Words of which a thing has one: colours, materials, places of a row, and the like. A table of
/// kinds, each line one; a word with the lines it stands in.
static KINDS: LazyLock<HashMap<String, Vec<usize>>> = LazyLock::new(|| {
    let mut kinds: HashMap<String, Vec<usize>> = HashMap::new();
    for (kind, line) in include_str!("../data/kinds.txt").lines().enumerate() {
        for word in line.split_whitespace().map(base) {
            kinds.entry(word).or_default().push(kind);
        }
    }
    kinds
});

fn base(word: &str) -> String {
    let folded = fold(word);
    if folded.chars().any(is_arabic_letter) {
        arabic_stem(&folded)
    } else {
        folded
    }
}

/// Two dictionary forms (Arabic: stems) are opposites.
pub(crate) fn are_opposite(one: &str, other: &str) -> bool {
    // Both orders are in the set.
    OPPOSITES
        .get(one)
        .is_some_and(|rivals| rivals.contains(other))
}

/// Two different words of a kind of which a thing has one.
pub(crate) fn exclude_each_other(one: &str, other: &str) -> bool {
    let shares = |kinds: &Vec<usize>| {
        KINDS
            .get(other)
            .is_some_and(|others| kinds.iter().any(|kind| others.contains(kind)))
    };
    one != other && KINDS.get(one).is_some_and(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposites_and_kinds_are_known_both_ways() {
        for (one, other) in [("open", "close"), ("كبير", "صغير"), ("up", "down")] {
            assert!(
                are_opposite(&base(one), &base(other)) && are_opposite(&base(other), &base(one))
            );
        }
        assert!(!are_opposite("open", "open"));
        assert!(
            exclude_each_other("red", "blue") && exclude_each_other(&base("احمر"), &base("ازرق"))
        );
        assert!(!exclude_each_other("red", "red") && !exclude_each_other("red", "monday"));
    }
}
