//! Which statements of different answers speak to the same thing.

use std::cell::OnceCell;

use kodama::{Method, linkage};

use crate::agreement::as_real;
use crate::feature::Features;
use crate::pair::Reading;
use crate::relation::{
    MIN_DIRECT, Relation, answer_alike, doubt, doubt_of_names, relation, relation_across,
    relation_by_meaning,
};
use crate::similarity::{Bag, lexical, share_language, words_and_letters};
use crate::vectors::{Meanings, Nearness, ROWS};
use crate::{Claim, PairReading, Vectors};

/// Mean similarity between two groups of statements from which they are one claim.
const MIN_SIMILARITY: f64 = 0.43;
/// Similarity below which doubt makes no difference.
const NEGLIGIBLE: f64 = 0.15;
/// What two statements of one answer are taken down by: one rarely says the same thing twice.
const SAME_ANSWER: f64 = 0.7;

// Fitted to the odd-numbered councils of bench/, which are for development: a logistic regression
// over pairs of statements of different answers (docs/council-bench.md).
/// What the cosine, the cosine without what all share, words and letters count.
const WEIGHTS: [f64; 4] = [-2.7, 7.5, 3.1, 3.8];
const BIAS: f64 = -0.55;
/// Mean likelihood between two groups of statements from which they are one claim.
const MIN_LIKELIHOOD: f64 = 0.35;
/// Likelihood from which words that exclude each other are evidence, and from which the trained
/// head is asked.
const MIN_SHOWN: f64 = 0.3;
const MIN_MEANT: f64 = 0.5;
/// Likelihood that two answers to one question speak to the same thing: "yes" and "no" at the
/// beginning, or different names for which one it is.
const VERDICTS: f64 = 0.8;
/// What two statements of one answer are taken down by.
const REPETITION: f64 = 0.3;
/// The councils it was fitted to have about so many statements; among more of them, two belong
/// together less often.
const FEW: f64 = 12.0;
const CROWD: f64 = 0.5;
/// What words count in a subject beside meaning, and from where statements belong to one: by
/// meaning, and by words alone.
const TOPIC_WORDS: f64 = 0.3;
const MIN_TOPIC: f64 = 0.2;
const MIN_TOPIC_WORDS: f64 = 0.12;
/// Share of contradiction from which the trained head is believed.
const MIN_INFERRED: f64 = 0.5;

/// A statement with all that is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Statement<'a> {
    pub(crate) claim: &'a Claim,
    pub(crate) features: Features,
    /// The same for the trained head, read when it is first asked: with words alone it never is.
    pub(crate) reading: OnceCell<Reading>,
    pub(crate) bag: Bag,
    /// Its answer is not counted.
    pub(crate) apart: bool,
    /// Its place among all statements.
    pub(crate) index: usize,
}

impl Statement<'_> {
    fn reading(&self) -> &Reading {
        self.reading.get_or_init(|| Reading::new(&self.claim.text))
    }
}

/// How two statements lie to each other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    /// How alike they are by words, 0 to 1.
    pub(crate) words: f64,
    /// How likely they speak to the same thing, by meaning and words, 0 to 1; `None` without
    /// vectors.
    pub(crate) likelihood: Option<f64>,
    /// What they do to each other.
    pub(crate) relation: Relation,
}

impl Comparison {
    /// The same with the statements in the other order.
    pub(crate) fn turned(&self) -> Self {
        Self {
            relation: self.relation.turned(),
            ..*self
        }
    }

    /// They surely speak to the same thing.
    pub(crate) fn is_close(&self) -> bool {
        self.words >= MIN_DIRECT || self.likelihood.is_some_and(|likely| likely >= MIN_MEANT)
    }

    /// How near they are, for ordering.
    pub(crate) fn nearness(&self) -> f64 {
        self.likelihood.unwrap_or(self.words)
    }
}

/// Compares statements by words, and by meaning where there are vectors.
#[derive(Debug)]
pub(crate) struct Comparer {
    meanings: Option<Meanings>,
    /// What the number of statements takes from the chance that two of them belong together.
    crowd: f64,
}

impl Comparer {
    pub(crate) fn new(statements: &[Statement<'_>], vectors: Option<&Vectors>) -> Self {
        let counted = statements
            .iter()
            .filter(|statement| !statement.apart)
            .count();
        let texts = statements.iter().map(|statement| {
            let claim = statement.claim;
            (claim.text.as_str(), !statement.apart)
        });
        Self {
            meanings: vectors.map(|vectors| vectors.meanings(texts)),
            crowd: CROWD * (as_real(counted) / FEW).max(1.0).ln(),
        }
    }

    /// Meaning can compare statements in different languages.
    pub(crate) fn crosses_languages(&self) -> bool {
        self.meanings.is_some()
    }

    /// How two statements lie to each other.
    pub(crate) fn compare(&self, one: &Statement<'_>, other: &Statement<'_>) -> Comparison {
        let (words, relation) = compare_words(one, other);
        let Some(near) = self.near(one, other) else {
            return Comparison {
                words,
                likelihood: None,
                relation,
            };
        };
        let likelihood = self.likelihood(one, other, near);
        let mut found = Comparison {
            words,
            likelihood: Some(likelihood),
            relation,
        };
        if found.relation == Relation::Compatible && likelihood >= MIN_SHOWN {
            let is_across = !share_language(one.claim, other.claim) && likelihood >= MIN_MEANT;
            let by = if is_across {
                relation_across
            } else {
                relation_by_meaning
            };
            found.relation = by(&one.features, &other.features);
        }
        if found.relation == Relation::Compatible
            && likelihood >= MIN_MEANT
            && is_inferred(one, other, near)
        {
            found.relation = Relation::Inferred;
        }
        found
    }

    /// How far two statements belong to one subject, to be held against
    /// [`Self::topic_threshold`].
    pub(crate) fn topic_nearness(&self, one: &Statement<'_>, other: &Statement<'_>) -> f64 {
        let words = one.bag.cosine(&other.bag).unwrap_or(0.0);
        let near = self.near(one, other);
        near.map_or(words, |near| near.centred + TOPIC_WORDS * words)
    }

    /// Mean nearness from which statements belong to one subject.
    pub(crate) fn topic_threshold(&self) -> f64 {
        if self.meanings.is_some() {
            MIN_TOPIC
        } else {
            MIN_TOPIC_WORDS
        }
    }

    fn near(&self, one: &Statement<'_>, other: &Statement<'_>) -> Option<Nearness> {
        self.meanings.as_ref()?.nearness(one.index, other.index)
    }

    /// [`Self::near`] of at most [`ROWS`] statements to each of the others.
    fn near_rows(
        &self,
        ones: &[usize],
        others: &[usize],
        statements: &[Statement<'_>],
    ) -> Vec<[Option<Nearness>; ROWS]> {
        let Some(meanings) = &self.meanings else {
            return vec![[None; ROWS]; others.len()];
        };
        let ones: Vec<usize> = ones.iter().map(|one| statements[*one].index).collect();
        let others = others.iter().map(|other| statements[*other].index);
        others
            .map(|other| meanings.near_all(&ones, other))
            .collect()
    }

    /// How likely two statements speak to the same thing, 0 to 1.
    fn likelihood(&self, one: &Statement<'_>, other: &Statement<'_>, near: Nearness) -> f64 {
        let (words, letters) = if share_language(one.claim, other.claim) {
            words_and_letters((&one.features, &one.bag), (&other.features, &other.bag))
        } else {
            (0.0, 0.0)
        };
        let values = [near.cosine, near.centred, words, letters];
        let sum: f64 = WEIGHTS
            .iter()
            .zip(values)
            .map(|(weight, value)| weight * value)
            .sum();
        let likely = 1.0 / (1.0 + (self.crowd - BIAS - sum).exp());
        if answer_alike(&one.features, &other.features) {
            return likely.max(VERDICTS);
        }
        likely
    }

    /// How far two statements, so near in meaning, speak to the same thing, 0 to 1: to be held
    /// against [`Self::threshold`].
    fn alignment(&self, one: &Statement<'_>, other: &Statement<'_>, near: Option<Nearness>) -> f64 {
        let is_repetition = one.claim.member == other.claim.member;
        if let Some(near) = near {
            let doubt = doubt_of_names(&one.features, &other.features);
            let repetition = if is_repetition { REPETITION } else { 0.0 };
            return (self.likelihood(one, other, near) * doubt - repetition).max(0.0);
        }
        let (words, relation) = compare_words(one, other);
        let doubt = match relation {
            Relation::Compatible if words < NEGLIGIBLE => 1.0,
            Relation::Compatible => doubt(&one.features, &other.features),
            _ => 1.0,
        };
        words * doubt * if is_repetition { SAME_ANSWER } else { 1.0 }
    }

    /// Mean alignment between two groups of statements from which they are one claim.
    fn threshold(&self) -> f64 {
        if self.meanings.is_some() {
            MIN_LIKELIHOOD
        } else {
            MIN_SIMILARITY
        }
    }
}

/// How alike two statements are by words, and what these show that they do to each other.
fn compare_words(one: &Statement<'_>, other: &Statement<'_>) -> (f64, Relation) {
    if !share_language(one.claim, other.claim) {
        return (0.0, Relation::Compatible);
    }
    let similarity = lexical((&one.features, &one.bag), (&other.features, &other.bag));
    (
        similarity,
        relation(&one.features, &other.features, similarity),
    )
}

/// The trained head finds a contradiction, whichever of the two comes first.
fn is_inferred(one: &Statement<'_>, other: &Statement<'_>, near: Nearness) -> bool {
    let share = |first: &Statement<'_>, second: &Statement<'_>| {
        PairReading::of(first.reading(), second.reading(), Some(near.cosine))
            .judge()
            .shares[2]
    };
    share_language(one.claim, other.claim)
        && one.features.is_conditional == other.features.is_conditional
        && f64::midpoint(share(one, other), share(other, one)) >= MIN_INFERRED
}

/// Groups statements by average linkage; each group lists places in `statements`, ascending. What
/// is not counted joins groups of what is, but never shapes them.
pub(crate) fn align(statements: &[Statement<'_>], comparer: &Comparer) -> Vec<Vec<usize>> {
    // The order of the members must not decide ties, so statements are taken by their text.
    let mut order: Vec<usize> = (0..statements.len()).collect();
    order.sort_by_key(|index| {
        let claim = statements[*index].claim;
        (&claim.text, &claim.context, claim.language, claim.bare)
    });
    let (apart, counted): (Vec<usize>, Vec<usize>) = order
        .into_iter()
        .partition(|index| statements[*index].apart);
    let mut groups = cluster(&counted, statements, comparer);
    let mut strays = Vec::new();
    let mut guests = vec![Vec::new(); groups.len()];
    for index in apart {
        match nearest(index, &groups, statements, comparer) {
            Some(group) => guests[group].push(index),
            None => strays.push(index),
        }
    }
    for (group, guests) in groups.iter_mut().zip(guests) {
        group.extend(guests);
    }
    groups.extend(cluster(&strays, statements, comparer));
    for group in &mut groups {
        group.sort_unstable();
    }
    groups
}

fn cluster(
    indices: &[usize],
    statements: &[Statement<'_>],
    comparer: &Comparer,
) -> Vec<Vec<usize>> {
    let mut distances = Vec::with_capacity(indices.len() * indices.len() / 2);
    for (block, ones) in indices.chunks(ROWS).enumerate() {
        let later = &indices[block * ROWS..];
        let near = comparer.near_rows(ones, later, statements);
        for (row, one) in ones.iter().enumerate() {
            let others = later.iter().zip(&near).skip(row + 1);
            distances.extend(others.map(|(other, near)| {
                1.0 - comparer.alignment(&statements[*one], &statements[*other], near[row])
            }));
        }
    }
    let mut groups: Vec<Vec<usize>> = indices.iter().map(|index| vec![*index]).collect();
    if indices.len() < 2 {
        return groups;
    }
    for step in linkage(&mut distances, indices.len(), Method::Average).steps() {
        let mut joined = Vec::new();
        if step.dissimilarity <= 1.0 - comparer.threshold() {
            joined = std::mem::take(&mut groups[step.cluster1]);
            joined.append(&mut groups[step.cluster2]);
        }
        // Average linkage is monotone: once a step is too far apart, so are those built on it.
        groups.push(joined);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// The group whose statements are nearest on average, if near enough.
fn nearest(
    index: usize,
    groups: &[Vec<usize>],
    statements: &[Statement<'_>],
    comparer: &Comparer,
) -> Option<usize> {
    let mean = |group: &Vec<usize>| {
        let sum: f64 = group
            .iter()
            .map(|other| {
                let (one, other) = (&statements[index], &statements[*other]);
                comparer.alignment(one, other, comparer.near(one, other))
            })
            .sum();
        sum / as_real(group.len())
    };
    let means = groups.iter().map(mean).enumerate();
    let best = means.max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)))?;
    (best.1 >= comparer.threshold()).then_some(best.0)
}
