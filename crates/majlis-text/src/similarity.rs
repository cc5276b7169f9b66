//! How near two statements, or two whole answers, are.

use std::collections::{BTreeMap, HashMap};

use crate::Claim;
use crate::agreement::as_real;
use crate::feature::Features;

/// How much the words count against the character trigrams, which see through endings.
const WORDS: f64 = 0.7;
/// Cosine of the words below which letters are not looked at: they would only add chance.
const MIN_WORDS: f64 = 0.1;
/// How much a heading's words count against a statement's own.
const HEADING: f64 = 0.4;

/// Weights of stems: rare among the statements is heavy.
#[derive(Debug, Default)]
pub(crate) struct Weights {
    documents: usize,
    counts: HashMap<String, usize>,
}

impl Weights {
    /// Counts in how many documents each stem occurs.
    pub(crate) fn of<'a, D: Iterator<Item = &'a String>>(
        documents: impl Iterator<Item = D>,
    ) -> Self {
        let mut weights = Self::default();
        for stems in documents {
            weights.documents += 1;
            for stem in stems {
                *weights.counts.entry(stem.clone()).or_default() += 1;
            }
        }
        weights
    }

    /// ln(1 + N/df): above 0, at most ln(1 + N).
    pub(crate) fn of_stem(&self, stem: &str) -> f64 {
        let count = self.counts.get(stem).copied().unwrap_or(0).max(1);
        (1.0 + as_real(self.documents.max(1)) / as_real(count)).ln()
    }
}

/// A text as weighted stems, of norm 1; empty for a text without content words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bag(Vec<(u32, f64)>);

/// Gives stems numbers, so that bags compare fast.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary(HashMap<String, u32>);

impl Vocabulary {
    fn bag(&mut self, stems: impl Iterator<Item = (String, f64)>) -> Bag {
        let mut weighted: Vec<(u32, f64)> = stems
            .map(|(stem, weight)| (self.number(stem), weight))
            .collect();
        let norm = weighted
            .iter()
            .map(|(_, weight)| weight * weight)
            .sum::<f64>()
            .sqrt();
        for (_, weight) in &mut weighted {
            *weight /= norm.max(f64::MIN_POSITIVE);
        }
        weighted.sort_unstable_by_key(|(number, _)| *number);
        Bag(weighted)
    }

    fn number(&mut self, stem: String) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(stem).or_insert(next)
    }

    /// The bag of a claim: its own stems, and its heading's with less weight.
    pub(crate) fn claim_bag(&mut self, features: &Features, weights: &Weights) -> Bag {
        let own = features
            .stems
            .keys()
            .map(|stem| (stem.clone(), weights.of_stem(stem)));
        let heading = features
            .context
            .iter()
            .map(|stem| (stem.clone(), HEADING * weights.of_stem(stem)));
        self.bag(own.chain(heading))
    }

    /// The bag of a whole answer; what is said often counts more, but ever less so.
    pub(crate) fn answer_bag(&mut self, stems: &BTreeMap<String, u32>, weights: &Weights) -> Bag {
        let weighted = |(stem, count): (&String, &u32)| {
            (
                stem.clone(),
                (1.0 + f64::from(*count).ln()) * weights.of_stem(stem),
            )
        };
        self.bag(stems.iter().map(weighted))
    }
}

impl Bag {
    /// Cosine of two bags, 0 to 1; `None` when one is empty.
    pub(crate) fn cosine(&self, other: &Self) -> Option<f64> {
        if self.0.is_empty() || other.0.is_empty() {
            return None;
        }
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut sum = 0.0;
        while let (Some((one, weight)), Some((two, other_weight))) = (left.peek(), right.peek()) {
            match one.cmp(two) {
                std::cmp::Ordering::Less => drop(left.next()),
                std::cmp::Ordering::Greater => drop(right.next()),
                std::cmp::Ordering::Equal => {
                    sum += weight * other_weight;
                    left.next();
                    right.next();
                }
            }
        }
        Some(sum.clamp(0.0, 1.0))
    }
}

/// How near two statements are by words and letters, numbers and negations aside: 0 to 1.
pub(crate) fn lexical(one: (&Features, &Bag), other: (&Features, &Bag)) -> f64 {
    let (words, letters) = words_and_letters(one, other);
    WORDS * words + (1.0 - WORDS) * letters
}

/// The two parts of [`lexical`], each 0 to 1.
pub(crate) fn words_and_letters(one: (&Features, &Bag), other: (&Features, &Bag)) -> (f64, f64) {
    let words = one.1.cosine(other.1).unwrap_or(0.0);
    if words < MIN_WORDS {
        return (words, 0.0);
    }
    (words, dice(&one.0.trigrams, &other.0.trigrams))
}

/// Words can compare these two: they are in one language, as far as is known.
pub(crate) fn share_language(one: &Claim, other: &Claim) -> bool {
    match (one.language, other.language) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// Twice what is shared over all, of two sorted lists.
pub(crate) fn dice(one: &[u64], other: &[u64]) -> f64 {
    let all = one.len() + other.len();
    if all == 0 {
        return 1.0;
    }
    let (mut left, mut right, mut shared) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        left += usize::from(a <= b);
        right += usize::from(b <= a);
        shared += usize::from(a == b);
    }
    as_real(2 * shared) / as_real(all)
}
