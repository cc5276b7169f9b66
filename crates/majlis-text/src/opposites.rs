//! Words that cannot both be said of one thing: own lists beside `WordNet`'s, for English and Arabic.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::feature::arabic_stem;
use crate::fold::fold;
use crate::language::is_arabic_letter;

static OPPOSITES: LazyLock<HashSet<(String, String)>> = LazyLock::new(|| {
    let lines = include_str!("../data/opposites_en.txt")
        .lines()
        .chain(include_str!("../data/opposites_ar.txt").lines());
    lines
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(one, other)| {
            let (one, other) = (base(one), base(other));
            [(one.clone(), other.clone()), (other, one)]
        })
        .filter(|(one, other)| one != other)
        .collect()
});

/// Words of which a thing has one: colours, materials, places of a row, and the like. A table of
/// kinds, each line one.
static KINDS: LazyLock<Vec<HashSet<String>>> = LazyLock::new(|| {
    include_str!("../data/kinds.txt")
        .lines()
        .map(|line| line.split_whitespace().map(base).collect())
        .collect()
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
    OPPOSITES.contains(&(one.to_owned(), other.to_owned()))
}

/// Two different words of a kind of which a thing has one.
pub(crate) fn exclude_each_other(one: &str, other: &str) -> bool {
    one != other
        && KINDS
            .iter()
            .any(|kind| kind.contains(one) && kind.contains(other))
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
