//! Which word of one statement answers to which of the other.

use super::reading::{Reading, Word};
use crate::arabic::are_forms;
use crate::opposites::{are_opposite, exclude_each_other};
use crate::wordnet::{self, Kinship};

/// Letters from which a shared beginning makes two words forms of one.
const SHARED_LETTERS: usize = 5;

/// How words of the second statement answer to words of the first. Counts, each word in one.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Alignment {
    pub(super) same: usize,
    /// The second's word is wider.
    pub(super) wider: usize,
    /// The second's word is narrower.
    pub(super) narrower: usize,
    pub(super) opposite: usize,
    /// Different words of a kind of which a thing has one.
    pub(super) excluding: usize,
    pub(super) sibling: usize,
    /// Places of words without an answer.
    pub(super) first_alone: Vec<usize>,
    pub(super) second_alone: Vec<usize>,
    /// Aligned places of equal words, by the second statement's order.
    pub(super) places: Vec<usize>,
    /// A word is denied in one and stands free in the other.
    pub(super) denied_alike: bool,
}

/// How the second word answers to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Sibling,
    Narrower,
    Wider,
    Excluding,
    Opposite,
    Same,
}

impl Alignment {
    pub(super) fn new(first: &Reading, second: &Reading) -> Self {
        let mut own = Self::default();
        let mut taken = vec![false; first.words.len()];
        let mut open = Vec::new();
        for (place, word) in second.words.iter().enumerate() {
            let free = |(at, other): &(usize, &Word)| !taken[*at] && other.base == word.base;
            match first.words.iter().enumerate().find(free) {
                Some((at, other)) => {
                    taken[at] = true;
                    own.same += 1;
                    own.places.push(at);
                    own.denied_alike |= other.is_denied && word.is_denied;
                }
                None => open.push(place),
            }
        }
        // Then the nearest of what is left, best pairs first.
        let mut pairs: Vec<(Answer, usize, usize)> = Vec::new();
        for place in &open {
            for (at, other) in first.words.iter().enumerate().filter(|(at, _)| !taken[*at]) {
                let answer = answer(other, &second.words[*place]);
                pairs.extend(answer.map(|answer| (answer, at, *place)));
            }
        }
        pairs.sort_by(|one, other| {
            other
                .0
                .cmp(&one.0)
                .then((one.1, one.2).cmp(&(other.1, other.2)))
        });
        let mut answered = vec![false; second.words.len()];
        for (answer, at, place) in pairs {
            if taken[at] || answered[place] {
                continue;
            }
            (taken[at], answered[place]) = (true, true);
            match answer {
                Answer::Same => own.same += 1,
                Answer::Wider => own.wider += 1,
                Answer::Narrower => own.narrower += 1,
                Answer::Opposite => own.opposite += 1,
                Answer::Excluding => own.excluding += 1,
                Answer::Sibling => own.sibling += 1,
            }
        }
        own.opposite += clashing_places(first, second);
        own.second_alone = open.into_iter().filter(|place| !answered[*place]).collect();
        own.first_alone = (0..taken.len()).filter(|at| !taken[*at]).collect();
        own
    }

    /// Pairs of equal words that stand in the other order.
    pub(super) fn inversions(&self) -> usize {
        self.places
            .windows(2)
            .filter(|pair| pair[0] > pair[1])
            .count()
    }
}

/// Words of place in one statement only whose opposite is in the other only.
fn clashing_places(first: &Reading, second: &Reading) -> usize {
    let own = |one: &Reading, other: &Reading| -> Vec<String> {
        let only = one
            .places
            .iter()
            .filter(|place| !other.places.contains(place));
        only.cloned().collect()
    };
    let (one, other) = (own(first, second), own(second, first));
    let clashes = |place: &&String| other.iter().any(|rival| are_opposite(place, rival));
    one.iter().filter(clashes).count().min(1)
}

fn answer(first: &Word, second: &Word) -> Option<Answer> {
    if first.is_arabic != second.is_arabic {
        return None;
    }
    if differ_in_sex(&first.base, &second.base) {
        return Some(Answer::Sibling);
    }
    if are_opposite(&first.base, &second.base) {
        return Some(Answer::Opposite);
    }
    if exclude_each_other(&first.base, &second.base) {
        return Some(Answer::Excluding);
    }
    if first.is_arabic {
        let same = is_form(&first.base, &second.base, 3) || are_forms(&first.base, &second.base);
        return same.then_some(Answer::Same);
    }
    match wordnet::kinship(&first.base, &second.base) {
        Kinship::Same => Some(Answer::Same),
        Kinship::Opposite => Some(Answer::Opposite),
        Kinship::Wider => Some(Answer::Wider),
        Kinship::Narrower => Some(Answer::Narrower),
        _ if negates(&first.base, &second.base) => Some(Answer::Opposite),
        _ if is_form(&first.base, &second.base, SHARED_LETTERS) => Some(Answer::Same),
        Kinship::Sibling => Some(Answer::Sibling),
        Kinship::Unrelated => None,
    }
}

/// Words for beings that differ in sex: two may be spoken of, so they exclude nothing.
fn differ_in_sex(one: &str, other: &str) -> bool {
    const MALE: &[&str] = &[
        "man",
        "boy",
        "father",
        "brother",
        "husband",
        "son",
        "king",
        "gentleman",
        "male",
        "actor",
        "uncle",
        "guy",
    ];
    const FEMALE: &[&str] = &[
        "woman", "girl", "mother", "sister", "wife", "daughter", "queen", "lady", "female",
        "actress", "aunt",
    ];
    MALE.contains(&one) && FEMALE.contains(&other) || FEMALE.contains(&one) && MALE.contains(&other)
}

/// Two words share a beginning long enough to be forms of one.
fn is_form(one: &str, other: &str, least: usize) -> bool {
    let shared = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let (one, other) = (one.chars().count(), other.chars().count());
    shared >= least && shared + 1 >= one.min(other) && one.abs_diff(other) <= 4
}

/// One word is the other with a prefix that denies.
fn negates(one: &str, other: &str) -> bool {
    let denied = |long: &str, short: &str| {
        ["un", "in", "im", "ir", "il", "non", "dis"]
            .iter()
            .any(|prefix| short.len() >= 4 && long.strip_prefix(prefix) == Some(short))
    };
    denied(one, other) || denied(other, one)
}
