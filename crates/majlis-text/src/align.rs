//! Which statements of different answers speak to the same thing.

use kodama::{Method, linkage};

use crate::feature::Features;
use crate::relation::{Relation, doubt, relation};
use crate::similarity::{Bag, lexical, semantic, share_language};
use crate::{Claim, Vectors};

/// Mean similarity between two groups of statements from which they are one claim.
const MIN_SIMILARITY: f64 = 0.43;
/// Similarity below which doubt makes no difference.
const NEGLIGIBLE: f64 = 0.15;
/// What two statements of one answer are taken down by: one rarely says the same thing twice.
const SAME_ANSWER: f64 = 0.7;

/// A statement with all that is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Statement<'a> {
    pub(crate) claim: &'a Claim,
    pub(crate) features: Features,
    pub(crate) bag: Bag,
    /// Its answer is not counted.
    pub(crate) apart: bool,
}

/// How alike two statements are by words, and what they do to each other.
pub(crate) fn compare(one: &Statement<'_>, other: &Statement<'_>) -> (f64, Relation) {
    if !share_language(one.claim, other.claim) {
        return (0.0, Relation::Compatible);
    }
    let similarity = lexical((&one.features, &one.bag), (&other.features, &other.bag));
    (
        similarity,
        relation(&one.features, &other.features, similarity),
    )
}

/// How far two statements speak to the same thing, 0 to 1.
fn alignment(one: &Statement<'_>, other: &Statement<'_>, vectors: Option<&Vectors>) -> f64 {
    let (words, relation) = compare(one, other);
    let meaning = semantic(one.claim, other.claim, vectors);
    let doubt = match relation {
        Relation::Compatible if words.max(meaning) < NEGLIGIBLE => 1.0,
        Relation::Compatible => doubt(&one.features, &other.features),
        Relation::Negation(_) | Relation::DifferentValue(_) => 1.0,
    };
    let repetition = if one.claim.member == other.claim.member {
        SAME_ANSWER
    } else {
        1.0
    };
    words.max(meaning) * doubt * repetition
}

/// Groups statements by average linkage; each group lists places in `statements`, ascending. What
/// is not counted joins groups of what is, but never shapes them.
pub(crate) fn align(statements: &[Statement<'_>], vectors: Option<&Vectors>) -> Vec<Vec<usize>> {
    // The order of the members must not decide ties, so statements are taken by their text.
    let mut order: Vec<usize> = (0..statements.len()).collect();
    order.sort_by_key(|index| {
        let claim = statements[*index].claim;
        (&claim.text, &claim.context, claim.language, claim.bare)
    });
    let (apart, counted): (Vec<usize>, Vec<usize>) = order
        .into_iter()
        .partition(|index| statements[*index].apart);
    let mut groups = cluster(&counted, statements, vectors);
    let mut strays = Vec::new();
    let mut guests = vec![Vec::new(); groups.len()];
    for index in apart {
        match nearest(index, &groups, statements, vectors) {
            Some(group) => guests[group].push(index),
            None => strays.push(index),
        }
    }
    for (group, guests) in groups.iter_mut().zip(guests) {
        group.extend(guests);
    }
    groups.extend(cluster(&strays, statements, vectors));
    for group in &mut groups {
        group.sort_unstable();
    }
    groups
}

fn cluster(
    indices: &[usize],
    statements: &[Statement<'_>],
    vectors: Option<&Vectors>,
) -> Vec<Vec<usize>> {
    let mut distances = Vec::with_capacity(indices.len() * indices.len() / 2);
    for (place, one) in indices.iter().enumerate() {
        let others = indices[place + 1..].iter();
        distances.extend(
            others.map(|other| 1.0 - alignment(&statements[*one], &statements[*other], vectors)),
        );
    }
    let mut groups: Vec<Vec<usize>> = indices.iter().map(|index| vec![*index]).collect();
    if indices.len() < 2 {
        return groups;
    }
    for step in linkage(&mut distances, indices.len(), Method::Average).steps() {
        let mut joined = Vec::new();
        if step.dissimilarity <= 1.0 - MIN_SIMILARITY {
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
    vectors: Option<&Vectors>,
) -> Option<usize> {
    let mean = |group: &Vec<usize>| {
        let sum: f64 = group
            .iter()
            .map(|other| alignment(&statements[index], &statements[*other], vectors))
            .sum();
        sum / crate::agreement::as_real(group.len())
    };
    let means = groups.iter().map(mean).enumerate();
    let best = means.max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)))?;
    (best.1 >= MIN_SIMILARITY).then_some(best.0)
}
