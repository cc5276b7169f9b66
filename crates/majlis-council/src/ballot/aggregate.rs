//! From the marks of several judges to an order of answers, by several methods side by side.

use serde::{Deserialize, Serialize};

/// Marks: one row per judge, one column per answer; `None` where a judge did not mark (its own).
pub type Marks = Vec<Vec<Option<f64>>>;

/// A judge's spread counts as at least this much, so that one who marks all alike decides nothing.
const SD_FLOOR: f64 = 0.5;
/// Answers up to which the best order is searched exactly.
const MAX_EXACT: usize = 8;
/// How often judges are drawn anew.
const DRAWS: u32 = 1_000;
/// From this share of draws in which the second passes the first, the two are tied.
const TIED_FROM: f64 = 0.2;

/// An order of answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Per answer the mean over judges of its z-score; `None` for one nobody marked.
    pub scores: Vec<Option<f64>>,
    /// Per answer the mean share of Borda points, 0–1; `None` for one nobody marked.
    pub borda: Vec<Option<f64>>,
    /// The answer that beats every other one by a majority of judges; `None` when none does.
    pub condorcet: Option<usize>,
    /// The order with the fewest disagreements with the judges, best first; `None` for more than
    /// eight answers.
    pub kemeny: Option<Vec<usize>>,
    /// Answers by [`Tally::scores`], best first.
    pub order: Vec<usize>,
    /// How likely the first two are in the other order with other judges of this kind, 0–1; `None`
    /// with fewer than two answers or judges.
    pub swap: Option<f64>,
    /// The first two cannot be told apart.
    pub tied: bool,
    /// The methods name different winners.
    pub methods_disagree: bool,
}

/// Adds up marks; `None` when nobody marked anything. `seed` decides which judges are drawn.
pub fn aggregate(marks: &Marks, seed: u64) -> Option<Tally> {
    let count = marks.iter().map(Vec::len).max()?;
    let judged: Vec<Vec<Option<f64>>> = marks.iter().map(|row| z_scores(row)).collect();
    let all: Vec<usize> = (0..judged.len()).collect();
    let scores = means(&judged, &all, count);
    let order = by_score(&scores);
    if order.is_empty() {
        return None;
    }
    let points: Vec<Vec<Option<f64>>> = marks.iter().map(|row| borda_points(row)).collect();
    let borda = means(&points, &all, count);
    let beats = majorities(marks, count);
    let condorcet = order.iter().copied().find(|&one| {
        order.len() > 1
            && order
                .iter()
                .all(|&other| other == one || beats[one][other] > beats[other][one])
    });
    let kemeny = (order.len() <= MAX_EXACT).then(|| kemeny(&order, &beats));
    let swap = swap_chance(&judged, &order, count, seed);
    let winners = [
        order.first().copied(),
        by_score(&borda).first().copied(),
        kemeny.as_ref().and_then(|order| order.first().copied()),
        condorcet.or_else(|| order.first().copied()),
    ];
    let methods_disagree = winners
        .iter()
        .flatten()
        .any(|winner| Some(*winner) != winners[0]);
    Some(Tally {
        scores,
        borda,
        condorcet,
        kemeny,
        tied: swap.is_some_and(|chance| chance > TIED_FROM),
        order,
        swap,
        methods_disagree,
    })
}

impl Tally {
    /// The same with answers named by their members: answer `i` is `members[i]` of `count`.
    #[must_use]
    pub fn by_member(self, members: &[usize], count: usize) -> Self {
        let name = |item: usize| members.get(item).copied().unwrap_or(item);
        let spread = |values: Vec<Option<f64>>| {
            let mut all = vec![None; count];
            for (item, value) in values.into_iter().enumerate() {
                if let Some(place) = all.get_mut(name(item)) {
                    *place = value;
                }
            }
            all
        };
        Self {
            scores: spread(self.scores),
            borda: spread(self.borda),
            condorcet: self.condorcet.map(name),
            kemeny: self
                .kemeny
                .map(|order| order.into_iter().map(name).collect()),
            order: self.order.into_iter().map(name).collect(),
            ..self
        }
    }
}

/// Whether judges still to come cannot change which answer is first by [`Tally::scores`]. Each of
/// them is named by its own answer, which it does not mark; `None` has none.
pub fn is_decided(marks: &Marks, waiting: &[Option<usize>]) -> bool {
    let Some(count) = marks.iter().map(Vec::len).max() else {
        return false;
    };
    let rows: Vec<Vec<Option<f64>>> = marks.iter().map(|row| z_scores(row)).collect();
    let real = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    // Among n values none lies further than √(n − 1) spreads from the mean (Samuelson 1968).
    let furthest = real(count.saturating_sub(1)).sqrt();
    let bound = |item: usize, side: f64| {
        let given: Vec<f64> = rows
            .iter()
            .filter_map(|row| row.get(item).copied().flatten())
            .collect();
        let open = real(waiting.iter().filter(|own| **own != Some(item)).count());
        (given.iter().sum::<f64>() + side * open * furthest) / (real(given.len()) + open)
    };
    let all: Vec<usize> = (0..rows.len()).collect();
    let order = by_score(&means(&rows, &all, count));
    let Some((first, others)) = order.split_first() else {
        return false;
    };
    !others.is_empty()
        && order.len() == count
        && others
            .iter()
            .all(|other| bound(*first, -1.0) > bound(*other, 1.0))
}

/// A judge's marks as distances from its own mean, in its own spreads.
fn z_scores(row: &[Option<f64>]) -> Vec<Option<f64>> {
    let given: Vec<f64> = row
        .iter()
        .flatten()
        .copied()
        .filter(|mark| mark.is_finite())
        .collect();
    let Some(centre) = mean(&given) else {
        return vec![None; row.len()];
    };
    let squares: Vec<f64> = given.iter().map(|mark| (mark - centre).powi(2)).collect();
    let spread = mean(&squares).unwrap_or(0.0).sqrt().max(SD_FLOOR);
    let z = |mark: f64| mark.is_finite().then(|| (mark - centre) / spread);
    row.iter().map(|mark| mark.and_then(z)).collect()
}

fn mean(values: &[f64]) -> Option<f64> {
    let count = f64::from(u32::try_from(values.len()).ok()?);
    (count > 0.0).then(|| values.iter().sum::<f64>() / count)
}

/// Per answer the mean over the drawn judges.
fn means(rows: &[Vec<Option<f64>>], drawn: &[usize], count: usize) -> Vec<Option<f64>> {
    (0..count)
        .map(|item| {
            let given: Vec<f64> = drawn
                .iter()
                .filter_map(|judge| rows[*judge].get(item).copied().flatten())
                .collect();
            mean(&given)
        })
        .collect()
}

/// The marked answers, best first; equal ones in their own order.
fn by_score(scores: &[Option<f64>]) -> Vec<usize> {
    let mut order: Vec<(usize, f64)> = scores
        .iter()
        .enumerate()
        .filter_map(|(item, score)| Some((item, (*score)?)))
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(item, _)| item).collect()
}

/// The share of other answers each answer is better than, for one judge; equal ones share.
fn borda_points(row: &[Option<f64>]) -> Vec<Option<f64>> {
    let others = row.iter().flatten().count().saturating_sub(1);
    let whole = u32::try_from(others).map_or(0.0, f64::from);
    let points = |mark: f64| {
        let won: f64 = row
            .iter()
            .flatten()
            .map(|other| match mark.total_cmp(other) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            })
            .sum();
        // It is equal to itself.
        if whole > 0.0 {
            (won - 0.5) / whole
        } else {
            0.5
        }
    };
    row.iter().map(|mark| mark.map(points)).collect()
}

/// How many judges put one answer above another.
fn majorities(marks: &Marks, count: usize) -> Vec<Vec<u32>> {
    let mut beats = vec![vec![0; count]; count];
    for row in marks {
        for (one, mark) in row.iter().enumerate() {
            for (other, against) in row.iter().enumerate() {
                if let (Some(mark), Some(against)) = (mark, against)
                    && mark > against
                {
                    beats[one][other] += 1;
                }
            }
        }
    }
    beats
}

/// The order of these answers with the fewest judges against it, pair by pair: exact, over subsets.
fn kemeny(items: &[usize], beats: &[Vec<u32>]) -> Vec<usize> {
    let mut sorted = items.to_vec();
    sorted.sort_unstable();
    let full = 1_usize << sorted.len();
    // For each set of answers already placed first: the least cost, and who was placed last.
    let mut best: Vec<(u32, usize)> = vec![(u32::MAX, 0); full];
    best[0] = (0, 0);
    for placed in 0..full {
        for (at, item) in sorted
            .iter()
            .enumerate()
            .filter(|(at, _)| placed & (1 << at) == 0)
        {
            let later = sorted.iter().enumerate();
            let against: u32 = later
                .filter(|(place, _)| *place != at && placed & (1 << place) == 0)
                .map(|(_, other)| beats[*other][*item])
                .sum();
            let cost = best[placed].0.saturating_add(against);
            let next = &mut best[placed | (1 << at)];
            if cost < next.0 {
                *next = (cost, at);
            }
        }
    }
    let mut order = Vec::with_capacity(sorted.len());
    let mut placed = full - 1;
    while placed != 0 {
        let last = best[placed].1;
        order.push(sorted[last]);
        placed &= !(1 << last);
    }
    order.reverse();
    order
}

/// How often the second passes the first when judges are drawn with replacement.
fn swap_chance(rows: &[Vec<Option<f64>>], order: &[usize], count: usize, seed: u64) -> Option<f64> {
    let (&first, &second) = (order.first()?, order.get(1)?);
    let judges = u64::try_from(rows.len())
        .ok()
        .filter(|judges| *judges > 1)?;
    let mut chance = Chance(seed);
    let mut swaps = 0.0;
    for _ in 0..DRAWS {
        let drawn: Vec<usize> = (0..judges)
            .filter_map(|_| usize::try_from(chance.next() % judges).ok())
            .collect();
        let scores = means(rows, &drawn, count);
        swaps += match (scores[first], scores[second]) {
            (Some(first), Some(second)) if second > first => 1.0,
            (Some(first), Some(second)) if second < first => 0.0,
            _ => 0.5,
        };
    }
    Some(swaps / f64::from(DRAWS))
}

/// `SplitMix64` (Steele, Lea, Flood 2014): enough chance for a bootstrap, the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marks(rows: &[&[f64]]) -> Marks {
        let mark = |mark: &f64| (!mark.is_nan()).then_some(*mark);
        rows.iter()
            .map(|row| row.iter().map(mark).collect())
            .collect()
    }

    const OWN: f64 = f64::NAN;

    #[test]
    fn judges_of_one_mind_name_one_winner_by_every_method() {
        let tally = aggregate(
            &marks(&[
                &[OWN, 5.0, 3.0],
                &[9.0, OWN, 4.0],
                &[8.0, 6.0, OWN],
                &[9.0, 7.0, 2.0],
            ]),
            1,
        )
        .unwrap();
        assert_eq!(tally.order, [0, 1, 2]);
        assert_eq!(tally.kemeny, Some(vec![0, 1, 2]));
        assert_eq!(tally.condorcet, Some(0));
        assert!(!tally.methods_disagree);
        assert!(!tally.tied, "{:?}", tally.swap);
    }

    #[test]
    fn a_cycle_has_no_condorcet_winner_and_is_a_tie() {
        let tally = aggregate(
            &marks(&[&[9.0, 6.0, 3.0], &[3.0, 9.0, 6.0], &[6.0, 3.0, 9.0]]),
            7,
        )
        .unwrap();
        assert_eq!(tally.condorcet, None);
        assert!(tally.tied);
        assert_eq!(tally.borda, [Some(0.5); 3]);
    }

    #[test]
    fn a_generous_judge_does_not_outvote_the_others_and_a_difference_of_methods_is_told() {
        // Two judges prefer the second a little, one the first by far.
        let tally = aggregate(
            &marks(&[&[5.0, 6.0, 5.4], &[5.0, 6.0, 5.4], &[10.0, 1.0, 5.0]]),
            1,
        )
        .unwrap();
        assert_eq!(tally.condorcet, Some(1));
        assert_eq!(tally.kemeny.as_ref().unwrap()[0], 1);
        assert_eq!(tally.order[0], 1);
        let tally = aggregate(&marks(&[&[6.0, 6.4], &[6.0, 6.4], &[9.0, 1.0]]), 1).unwrap();
        assert_eq!(tally.condorcet, Some(1));
        assert_eq!(tally.order[0], 0);
        assert!(tally.methods_disagree);
    }

    #[test]
    fn a_winner_is_decided_when_no_one_still_missing_can_change_it() {
        let clear = marks(&[&[9.0, 1.0][..]; 8]);
        assert!(is_decided(&clear, &[None]));
        assert!(!is_decided(&clear, &[None; 8]));
        assert!(!is_decided(&marks(&[&[9.0, 1.0]]), &[None]));
        assert!(!is_decided(&Vec::new(), &[None]));
        assert!(!is_decided(&marks(&[&[9.0, OWN]]), &[]));
    }

    #[test]
    fn a_tally_can_be_named_by_members() {
        let tally = aggregate(&marks(&[&[9.0, 1.0], &[8.0, 2.0]]), 1)
            .unwrap()
            .by_member(&[2, 0], 3);
        assert_eq!(tally.order, [2, 0]);
        assert_eq!(tally.condorcet, Some(2));
        assert_eq!(tally.kemeny, Some(vec![2, 0]));
        assert_eq!(tally.scores[1], None);
        assert!(tally.scores[2] > tally.scores[0]);
    }

    #[test]
    fn nothing_marked_is_no_tally() {
        assert_eq!(aggregate(&Vec::new(), 1), None);
        assert_eq!(aggregate(&marks(&[&[OWN, OWN]]), 1), None);
        let tally = aggregate(&marks(&[&[5.0]]), 1).unwrap();
        assert_eq!((tally.swap, tally.condorcet), (None, None));
        let nine = aggregate(&marks(&[&[1.0; 9]]), 1).unwrap();
        assert_eq!(nine.kemeny, None);
    }

    proptest! {
        #[test]
        fn the_order_of_judges_changes_no_order_of_answers(
            rows in prop::collection::vec(prop::collection::vec(prop::option::of(1..=10_i32), 4), 2..6),
        ) {
            let rows: Marks = rows
                .into_iter()
                .map(|row| row.into_iter().map(|mark| mark.map(f64::from)).collect())
                .collect();
            let mut turned = rows.clone();
            turned.reverse();
            let (one, other) = (aggregate(&rows, 3), aggregate(&turned, 3));
            prop_assert_eq!(one.is_some(), other.is_some());
            if let (Some(one), Some(other)) = (one, other) {
                prop_assert_eq!(one.kemeny, other.kemeny);
                prop_assert_eq!(one.condorcet, other.condorcet);
                for points in one.borda.iter().flatten() {
                    prop_assert!((0.0..=1.0).contains(points));
                }
            }
        }
    }
}
