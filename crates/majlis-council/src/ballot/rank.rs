//! Agreement of rankings: Kendall's W where the design allows it, mean pairwise tau-b elsewhere.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// One judge's ranking: per item its rank or score (only the order matters, lower first), `None`
/// for an item the judge did not rank. All rankings of a ballot have the same items in the same
/// order; values are finite.
pub type Ranking = Vec<Option<f64>>;

/// How far rankings agree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RankAgreement {
    /// By [`RankMethod::KendallW`] and [`RankMethod::DurbinW`] 0 (none) to 1 (unanimous); by
    /// [`RankMethod::MeanTauB`] −1 (reversed) to 1.
    pub value: f64,
    /// What was computed.
    pub method: RankMethod,
}

/// What was computed; always shown with the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RankMethod {
    /// Kendall's coefficient of concordance with correction for ties: every judge ranked every
    /// item.
    KendallW,
    /// Durbin's form for balanced incomplete blocks: every judge ranked equally many items, every
    /// item and every pair of items came equally often, and there are no ties (e.g. each author
    /// ranks all answers but its own).
    DurbinW,
    /// Mean over pairs of judges of Kendall's tau-b on the items both ranked: everything else.
    MeanTauB,
}

/// How far these rankings agree; `None` with fewer than two judges, fewer than two shared items,
/// rankings of different lengths, or when nobody prefers anything.
pub fn rank_agreement(rankings: &[Ranking]) -> Option<RankAgreement> {
    let items = rankings.first()?.len();
    let is_usable = |ranking: &Ranking| {
        ranking.len() == items && ranking.iter().flatten().all(|v| v.is_finite())
    };
    if rankings.len() < 2 || items < 2 || !rankings.iter().all(is_usable) {
        return None;
    }
    let named = |method| move |value| RankAgreement { value, method };
    let complete: Option<Vec<Vec<f64>>> = rankings
        .iter()
        .map(|r| r.iter().copied().collect())
        .collect();
    if let Some(complete) = complete {
        return kendall_w(&complete).map(named(RankMethod::KendallW));
    }
    match Blocks::of(rankings) {
        Some(blocks) => Some(named(RankMethod::DurbinW)(blocks.durbin_w(rankings))),
        None => mean_tau_b(rankings).map(named(RankMethod::MeanTauB)),
    }
}

/// W = 12S / (m²(n³−n) − mΣ(t³−t)), S the squared deviation of rank sums from their mean.
fn kendall_w(rankings: &[Vec<f64>]) -> Option<f64> {
    let (judges, items) = (real(rankings.len()), real(rankings.first()?.len()));
    let ranks: Vec<Vec<f64>> = rankings.iter().map(|values| mid_ranks(values)).collect();
    let mean = judges * (items + 1.0) / 2.0;
    let deviation: f64 = (0..rankings.first()?.len())
        .map(|item| ranks.iter().map(|row| row[item]).sum::<f64>() - mean)
        .map(|difference| difference * difference)
        .sum();
    let ties: f64 = rankings.iter().map(|values| tie_term(values)).sum();
    let most = judges * judges * (items.powi(3) - items) - judges * ties;
    (most > 0.0).then(|| (12.0 * deviation / most).clamp(0.0, 1.0))
}

/// A balanced incomplete design: each judge ranks `per_judge` items, each item is ranked by
/// `per_item` judges, each pair of items by `per_pair`.
struct Blocks {
    items: f64,
    per_judge: f64,
    per_item: f64,
    per_pair: f64,
}

impl Blocks {
    /// The design, if these rankings are one and have no ties.
    fn of(rankings: &[Ranking]) -> Option<Self> {
        let items = rankings.first()?.len();
        let ranked = |item: usize| rankings.iter().filter(|row| row[item].is_some()).count();
        let both = |(one, other): (usize, usize)| {
            rankings
                .iter()
                .filter(|row| row[one].is_some() && row[other].is_some())
                .count()
        };
        let pairs = (0..items).flat_map(|one| (one + 1..items).map(move |other| (one, other)));
        let per_judge = all_equal(rankings.iter().map(|row| row.iter().flatten().count()))?;
        let per_item = all_equal((0..items).map(ranked))?;
        let per_pair = all_equal(pairs.map(both))?;
        let has_ties = rankings.iter().any(|row| tie_term(&present(row)) > 0.0);
        (per_pair > 0 && !has_ties).then(|| Self {
            items: real(items),
            per_judge: real(per_judge),
            per_item: real(per_item),
            per_pair: real(per_pair),
        })
    }

    /// W = (12ΣRᵢ² − 3r²n(k+1)²) / (λ²n(n²−1)), R the rank sum of an item within its blocks.
    fn durbin_w(&self, rankings: &[Ranking]) -> f64 {
        let mut sums = vec![0.0; rankings.first().map_or(0, Vec::len)];
        for row in rankings {
            let mut ranks = mid_ranks(&present(row)).into_iter();
            for (sum, _) in sums
                .iter_mut()
                .zip(row)
                .filter(|(_, value)| value.is_some())
            {
                *sum += ranks.next().unwrap_or(0.0);
            }
        }
        let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
        let expected = 3.0 * self.per_item.powi(2) * self.items * (self.per_judge + 1.0).powi(2);
        let most = self.per_pair.powi(2) * self.items * (self.items.powi(2) - 1.0);
        ((12.0 * squares - expected) / most).clamp(0.0, 1.0)
    }
}

fn mean_tau_b(rankings: &[Ranking]) -> Option<f64> {
    let mut values = Vec::new();
    for (index, one) in rankings.iter().enumerate() {
        for other in &rankings[index + 1..] {
            let shared: Vec<(f64, f64)> = one
                .iter()
                .zip(other)
                .filter_map(|(a, b)| Some(((*a)?, (*b)?)))
                .collect();
            values.extend(tau_b(&shared));
        }
    }
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / real(values.len()))
}

/// Kendall's tau-b; `None` when one side prefers nothing.
fn tau_b(pairs: &[(f64, f64)]) -> Option<f64> {
    let (mut balance, mut first_untied, mut second_untied) = (0.0, 0.0, 0.0);
    for (index, one) in pairs.iter().enumerate() {
        for other in &pairs[index + 1..] {
            let (first, second) = (direction(one.0, other.0), direction(one.1, other.1));
            balance += first * second;
            first_untied += first.abs();
            second_untied += second.abs();
        }
    }
    let most = f64::sqrt(first_untied * second_untied);
    (most > 0.0).then(|| (balance / most).clamp(-1.0, 1.0))
}

/// −1, 0 or 1 as the first is below, equal to or above the second; values are finite.
fn direction(one: f64, other: f64) -> f64 {
    match one.partial_cmp(&other) {
        Some(Ordering::Less) => -1.0,
        Some(Ordering::Greater) => 1.0,
        Some(Ordering::Equal) | None => 0.0,
    }
}

/// Ranks from 1; equal values share the mean of their ranks.
fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: f64| {
        let below = values.iter().filter(|other| **other < value).count();
        let equal = values
            .iter()
            .filter(|other| direction(**other, value) == 0.0)
            .count();
        real(below) + f64::midpoint(real(equal), 1.0)
    };
    values.iter().map(|value| rank(*value)).collect()
}

/// Σ(t³ − t) over groups of equal values.
fn tie_term(values: &[f64]) -> f64 {
    let group = |value: &f64| {
        real(
            values
                .iter()
                .filter(|other| direction(**other, *value) == 0.0)
                .count(),
        )
    };
    // Summing t² − 1 over the t members of a group gives t³ − t.
    values.iter().map(|value| group(value).powi(2) - 1.0).sum()
}

fn present(row: &Ranking) -> Vec<f64> {
    row.iter().flatten().copied().collect()
}

fn all_equal(mut counts: impl Iterator<Item = usize>) -> Option<usize> {
    let first = counts.next()?;
    counts.all(|count| count == first).then_some(first)
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn complete(rankings: &[&[f64]]) -> Vec<Ranking> {
        rankings
            .iter()
            .map(|row| row.iter().copied().map(Some).collect())
            .collect()
    }

    #[track_caller]
    fn check(rankings: &[Ranking], expected: Option<(f64, RankMethod)>) {
        let found = rank_agreement(rankings);
        match (found, expected) {
            (Some(found), Some((value, method))) => {
                assert!(
                    (found.value - value).abs() < 1e-9,
                    "{rankings:?}: {found:?}"
                );
                assert_eq!(found.method, method);
            }
            (found, expected) => assert_eq!(
                found.is_none(),
                expected.is_none(),
                "{rankings:?}: {found:?}"
            ),
        }
    }

    #[test]
    fn the_five_vectors_of_the_design_hold() {
        use RankMethod::KendallW;
        check(
            &complete(&[&[1., 2., 3.], &[1., 2., 3.], &[1., 2., 3.]]),
            Some((1.0, KendallW)),
        );
        check(
            &complete(&[&[1., 2., 3.], &[3., 1., 2.], &[2., 3., 1.]]),
            Some((0.0, KendallW)),
        );
        check(
            &complete(&[&[1., 2., 3.], &[3., 2., 1.]]),
            Some((0.0, KendallW)),
        );
        let latin: [&[f64]; 4] = [
            &[1., 2., 3., 4.],
            &[2., 3., 4., 1.],
            &[3., 4., 1., 2.],
            &[4., 1., 2., 3.],
        ];
        check(&complete(&latin), Some((0.0, KendallW)));
        let one_reversed: [&[f64]; 4] =
            [&[1., 2., 3.], &[1., 2., 3.], &[1., 2., 3.], &[3., 2., 1.]];
        check(&complete(&one_reversed), Some((0.25, KendallW)));
    }

    #[test]
    fn ties_are_corrected() {
        use RankMethod::KendallW;
        check(
            &complete(&[&[1., 1., 2.], &[1., 1., 2.]]),
            Some((1.0, KendallW)),
        );
        // Ranks 1.5 1.5 3 and 1 2 3: sums 2.5 3.5 6, S = 6.5, ties 6: 78 / (96 − 12).
        check(
            &complete(&[&[1., 1., 2.], &[1., 2., 3.]]),
            Some((78.0 / 84.0, KendallW)),
        );
    }

    #[test]
    fn each_judging_all_but_its_own_uses_durbins_form() {
        let unanimous = vec![
            vec![None, Some(2.), Some(3.), Some(4.)],
            vec![Some(1.), None, Some(3.), Some(4.)],
            vec![Some(1.), Some(2.), None, Some(4.)],
            vec![Some(1.), Some(2.), Some(3.), None],
        ];
        check(&unanimous, Some((1.0, RankMethod::DurbinW)));
        let cyclic = vec![
            vec![None, Some(1.), Some(2.)],
            vec![Some(2.), None, Some(1.)],
            vec![Some(1.), Some(2.), None],
        ];
        check(&cyclic, Some((0.0, RankMethod::DurbinW)));
    }

    #[test]
    fn a_dropped_judge_or_a_tie_falls_to_the_mean_tau() {
        let dropped = vec![
            vec![None, Some(2.), Some(3.), Some(4.)],
            vec![Some(1.), None, Some(3.), Some(4.)],
            vec![Some(1.), Some(2.), None, Some(4.)],
        ];
        check(&dropped, Some((1.0, RankMethod::MeanTauB)));
        let tied = vec![
            vec![None, Some(1.), Some(1.)],
            vec![Some(1.), None, Some(2.)],
            vec![Some(1.), Some(2.), None],
        ];
        check(&tied, None);
        let reversed = vec![
            vec![Some(1.), Some(2.), Some(3.), None],
            vec![Some(3.), Some(2.), Some(1.), None],
        ];
        check(&reversed, Some((-1.0, RankMethod::MeanTauB)));
    }

    #[test]
    fn nothing_to_compare_is_no_agreement_and_not_zero() {
        check(&[], None);
        check(&complete(&[&[1., 2.]]), None);
        check(&complete(&[&[1.], &[1.]]), None);
        check(&complete(&[&[1., 1.], &[2., 2.]]), None);
        check(&complete(&[&[1., 2.], &[1., 2., 3.]]), None);
        check(&complete(&[&[1., f64::NAN], &[1., 2.]]), None);
        check(&[vec![Some(1.), None], vec![None, Some(1.)]], None);
    }

    fn rankings() -> impl Strategy<Value = Vec<Ranking>> {
        (2usize..6, 2usize..6).prop_flat_map(|(judges, items)| {
            let value =
                prop_oneof![4 => (0u8..5).prop_map(|v| Some(f64::from(v))), 1 => Just(None)];
            prop::collection::vec(prop::collection::vec(value, items), judges)
        })
    }

    proptest! {
        #[test]
        fn it_lies_in_range_and_neither_judges_nor_items_have_an_order(rankings in rankings()) {
            let found = rank_agreement(&rankings);
            if let Some(RankAgreement { value, method }) = found {
                let least = if method == RankMethod::MeanTauB { -1.0 } else { 0.0 };
                prop_assert!((least..=1.0).contains(&value));
            }
            let judges_reversed: Vec<_> = rankings.iter().rev().cloned().collect();
            let items_reversed: Vec<Ranking> = rankings.iter().map(|row| row.iter().rev().copied().collect()).collect();
            for other in [judges_reversed, items_reversed] {
                let other = rank_agreement(&other);
                prop_assert_eq!(found.map(|f| f.method), other.map(|f| f.method));
                prop_assert!((found.map_or(0.0, |f| f.value) - other.map_or(0.0, |f| f.value)).abs() < 1e-9);
            }
        }

        #[test]
        fn judges_of_one_mind_agree_wholly(row in prop::collection::vec(0u8..9, 2..7), judges in 2usize..6) {
            let row: Ranking = row.iter().map(|v| Some(f64::from(*v))).collect();
            let distinct = row.iter().any(|v| *v != row[0]);
            let found = rank_agreement(&vec![row; judges]);
            prop_assert_eq!(found.is_some(), distinct);
            prop_assert!(found.is_none_or(|f| (f.value - 1.0).abs() < 1e-9));
        }
    }
}
