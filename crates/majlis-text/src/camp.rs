//! Which statements of a group stand together where some exclude each other.

use crate::align::{Comparison, Statement};
use crate::relation::Relation;

/// Numbers the positions of a group: statements that do not exclude each other stand together, the
/// nearest first; 0 is the spokesman's. Counted members are taken first and by text, so that neither
/// the order of the members nor one apart decides.
pub(crate) fn camps(
    members: &[&Statement<'_>],
    comparisons: &[Vec<Comparison>],
    spokesman: usize,
) -> Vec<usize> {
    let clashes = |found: &Comparison| found.relation != Relation::Compatible;
    if !comparisons.iter().flatten().any(clashes) {
        return vec![0; members.len()];
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|index| (members[*index].apart, &members[*index].claim.text));
    let counted = order.iter().filter(|index| !members[**index].apart);
    let mut camps: Vec<Vec<usize>> = counted.map(|index| vec![*index]).collect();
    while let Some((one, other)) = nearest_pair(&camps, comparisons) {
        let joined = camps.remove(other);
        camps[one].extend(joined);
    }
    for index in order.into_iter().filter(|index| members[*index].apart) {
        let alone = [index];
        let open = (0..camps.len())
            .filter_map(|camp| Some((nearness(&camps[camp], &alone, comparisons)?, camp)));
        match open.max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1))) {
            Some((_, camp)) => camps[camp].push(index),
            None => camps.push(vec![index]),
        }
    }
    // The spokesman's camp first, the others in the order they were found.
    camps.sort_by_key(|camp| !camp.contains(&spokesman));
    let mut positions = vec![0; members.len()];
    for (position, camp) in camps.into_iter().enumerate() {
        for index in camp {
            positions[index] = position;
        }
    }
    positions
}

/// The two camps most alike of those in which nothing excludes anything in the other; the first of
/// equals.
fn nearest_pair(camps: &[Vec<usize>], comparisons: &[Vec<Comparison>]) -> Option<(usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    for one in 0..camps.len() {
        for other in one + 1..camps.len() {
            let Some(near) = nearness(&camps[one], &camps[other], comparisons) else {
                continue;
            };
            if best.is_none_or(|(nearest, _, _)| near > nearest) {
                best = Some((near, one, other));
            }
        }
    }
    best.map(|(_, one, other)| (one, other))
}

/// How alike two camps are on average; `None` when something in one excludes something in the other.
fn nearness(one: &[usize], other: &[usize], comparisons: &[Vec<Comparison>]) -> Option<f64> {
    let mut sum = 0.0;
    for first in one {
        for second in other {
            let found = &comparisons[*first][*second];
            if found.relation != Relation::Compatible {
                return None;
            }
            sum += found.nearness();
        }
    }
    // Rounded: the order in which a sum was built must not decide.
    let mean = sum / crate::agreement::as_real(one.len() * other.len());
    Some((mean * 1e9).round())
}
