//! What the person's verdicts say of models: how well marks foretell them, who wins against whom,
//! and whose errors go together.

use serde::{Deserialize, Serialize};

use super::bias::pearson;

/// Classes of a calibration.
const BINS: usize = 5;
/// Shared verdicts below which no correlation of errors is given.
const MIN_SHARED: usize = 20;
/// Rounds of the fit at most; it has long settled by then.
const MAX_ROUNDS: usize = 1_000;
/// The normal distribution's 97.5 % point.
const Z: f64 = 1.959_964;

/// A probability that was said, and what came true.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// How likely it was said to be, 0–1.
    pub probability: f64,
    /// Whether it was so.
    pub came_true: bool,
}

/// Forecasts of about the same probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// How many.
    pub count: usize,
    /// Their mean probability.
    pub said: f64,
    /// The share that came true.
    pub came_true: f64,
}

/// How strong a model is against the others, in logits; 0 is the middle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Strength {
    /// The estimate.
    pub value: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end of its 95 % interval.
    pub high: f64,
}

/// The Brier score: the mean squared distance of forecasts from what came true; 0 is perfect, 0.25
/// is always saying one half. `None` without forecasts.
pub fn brier(forecasts: &[Forecast]) -> Option<f64> {
    let distances = forecasts.iter().map(|forecast| {
        let truth = f64::from(u8::from(forecast.came_true));
        (forecast.probability - truth).powi(2)
    });
    mean(distances.collect())
}

/// Forecasts in five classes of probability, lowest first, empty ones left out.
pub fn calibration(forecasts: &[Forecast]) -> Vec<Bin> {
    let upper = |bin: usize| ratio(bin + 1, BINS);
    let place = |forecast: &Forecast| {
        (0..BINS - 1)
            .find(|bin| forecast.probability < upper(*bin))
            .unwrap_or(BINS - 1)
    };
    let bin = |bin: usize| {
        let within: Vec<&Forecast> = forecasts
            .iter()
            .filter(|forecast| place(forecast) == bin)
            .collect();
        let truths = within.iter().filter(|forecast| forecast.came_true).count();
        Some(Bin {
            count: within.len(),
            said: mean(within.iter().map(|forecast| forecast.probability).collect())?,
            came_true: ratio(truths, within.len()),
        })
    };
    (0..BINS).filter_map(bin).collect()
}

/// How far two models' errors go together, 0–1, from what each got right on the same questions;
/// `None` below 20 of them, or where one was never or always wrong.
pub fn error_correlation(shared: &[(bool, bool)]) -> Option<f64> {
    if shared.len() < MIN_SHARED {
        return None;
    }
    let number = |right: bool| f64::from(u8::from(right));
    let pairs: Vec<(f64, f64)> = shared
        .iter()
        .map(|(one, other)| (number(*one), number(*other)))
        .collect();
    pearson(&pairs).map(|value| value.clamp(0.0, 1.0))
}

/// Bradley–Terry strengths of `count` models from (winner, loser) pairs, fitted by Hunter's MM
/// algorithm (Annals of Statistics 32, 2004). Each model has half a win and half a loss against the
/// middle, which keeps those that always won within bounds. Intervals are Wald's, by the inverse of
/// the observed information. Pairs with places beyond `count` are left out.
pub fn bradley_terry(count: usize, wins: &[(usize, usize)]) -> Vec<Strength> {
    let mut games = vec![vec![0.0; count]; count];
    let mut won = vec![0.5; count];
    for &(winner, loser) in wins {
        if winner < count && loser < count && winner != loser {
            games[winner][loser] += 1.0;
            games[loser][winner] += 1.0;
            won[winner] += 1.0;
        }
    }
    let odds = fit(&games, &won);
    let spread = deviations(&games, &odds);
    odds.iter()
        .zip(spread)
        .map(|(odds, deviation)| {
            let value = odds.ln();
            Strength {
                value,
                low: value - Z * deviation,
                high: value + Z * deviation,
            }
        })
        .collect()
}

fn fit(games: &[Vec<f64>], won: &[f64]) -> Vec<f64> {
    let mut odds = vec![1.0_f64; won.len()];
    for _ in 0..MAX_ROUNDS {
        let next: Vec<f64> = (0..won.len())
            .map(|one| {
                let against = games[one].iter().zip(&odds);
                let sum: f64 = against
                    .map(|(games, other)| games / (odds[one] + other))
                    .sum();
                won[one] / (sum + 1.0 / (odds[one] + 1.0))
            })
            .collect();
        let moved = odds.iter().zip(&next).map(|(a, b)| (a.ln() - b.ln()).abs());
        let is_settled = moved.fold(0.0, f64::max) < 1e-10;
        odds = next;
        if is_settled {
            break;
        }
    }
    odds
}

/// Standard deviations of the logits.
fn deviations(games: &[Vec<f64>], odds: &[f64]) -> Vec<f64> {
    let count = odds.len();
    let weight = |one: f64, other: f64| one * other / (one + other).powi(2);
    let mut information = vec![vec![0.0; count]; count];
    for (one, row) in information.iter_mut().enumerate() {
        row[one] += weight(odds[one], 1.0);
        for other in (0..count).filter(|other| *other != one) {
            let held = games[one][other] * weight(odds[one], odds[other]);
            row[one] += held;
            row[other] -= held;
        }
    }
    let inverse = inverse(information);
    (0..count)
        .map(|place| inverse[place][place].max(0.0).sqrt())
        .collect()
}

/// Gauss and Jordan's way; the matrix is positive definite by the prior.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let count = matrix.len();
    let mut out: Vec<Vec<f64>> = (0..count)
        .map(|row| {
            (0..count)
                .map(|column| f64::from(u8::from(row == column)))
                .collect()
        })
        .collect();
    for pivot in 0..count {
        let scale = matrix[pivot][pivot];
        for value in matrix[pivot].iter_mut().chain(&mut out[pivot]) {
            *value /= scale;
        }
        let (pivot_row, out_row) = (matrix[pivot].clone(), out[pivot].clone());
        for row in (0..count).filter(|row| *row != pivot) {
            let factor = matrix[row][pivot];
            subtract(&mut matrix[row], &pivot_row, factor);
            subtract(&mut out[row], &out_row, factor);
        }
    }
    out
}

fn subtract(row: &mut [f64], other: &[f64], factor: f64) {
    for (value, other) in row.iter_mut().zip(other) {
        *value -= factor * other;
    }
}

fn mean(values: Vec<f64>) -> Option<f64> {
    let count = u32::try_from(values.len())
        .ok()
        .filter(|count| *count > 0)?;
    Some(values.into_iter().sum::<f64>() / f64::from(count))
}

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(probability: f64, came_true: bool) -> Forecast {
        Forecast {
            probability,
            came_true,
        }
    }

    #[test]
    fn the_brier_score_is_the_mean_squared_distance() {
        assert_eq!(brier(&[]), None);
        assert_eq!(brier(&[said(1.0, true), said(0.0, false)]), Some(0.0));
        assert_eq!(brier(&[said(0.5, true), said(0.5, false)]), Some(0.25));
        assert_eq!(brier(&[said(1.0, false)]), Some(1.0));
    }

    #[test]
    fn a_calibration_has_the_classes_that_were_said() {
        let bins = calibration(&[said(0.1, false), said(0.95, true), said(1.0, false)]);
        let found: Vec<_> = bins.iter().map(|bin| (bin.count, bin.came_true)).collect();
        assert_eq!(found, [(1, 0.0), (2, 0.5)]);
        assert!(calibration(&[]).is_empty());
    }

    #[test]
    fn errors_that_go_together_are_found_from_twenty_on() {
        let together: Vec<(bool, bool)> = (0..20).map(|n| (n % 3 == 0, n % 3 == 0)).collect();
        assert_eq!(error_correlation(&together), Some(1.0));
        assert_eq!(error_correlation(&together[..19]), None);
        let opposed: Vec<(bool, bool)> = (0..20).map(|n| (n % 2 == 0, n % 2 == 1)).collect();
        assert_eq!(error_correlation(&opposed), Some(0.0), "clamped");
        assert_eq!(error_correlation(&[(true, true); 20]), None, "never wrong");
    }

    #[test]
    fn who_wins_is_stronger_and_more_games_say_it_more_surely() {
        let few = bradley_terry(3, &[(0, 1), (1, 2)]);
        assert!(few[0].value > few[1].value && few[1].value > few[2].value);
        let many = bradley_terry(3, &[(0, 1), (1, 0), (1, 2), (2, 1)].repeat(20));
        let width = |strength: &Strength| strength.high - strength.low;
        assert!(width(&many[1]) < width(&few[1]));
        assert!(
            bradley_terry(2, &[(0, 0), (5, 1)])
                .iter()
                .all(|one| one.value.abs() < 1e-9)
        );
        assert!(bradley_terry(0, &[]).is_empty());
    }

    #[test]
    fn two_models_have_the_strengths_the_formula_gives() {
        // Three wins of four: with half a win and loss against the middle the odds solve
        // p = 3.5 / (4/(p+q) + 1/(p+1)), q = 1.5 / (4/(p+q) + 1/(q+1)), and pq = 1 by symmetry of
        // the prior only for equal scores; so it is checked by substitution.
        let found = bradley_terry(2, &[(0, 1), (0, 1), (0, 1), (1, 0)]);
        let (p, q) = (found[0].value.exp(), found[1].value.exp());
        assert!((p - 3.5 / (4.0 / (p + q) + 1.0 / (p + 1.0))).abs() < 1e-6);
        assert!((q - 1.5 / (4.0 / (p + q) + 1.0 / (q + 1.0))).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn strengths_are_numbers_within_their_intervals(
            wins in proptest::collection::vec((0usize..6, 0usize..6), 0..60)
        ) {
            for strength in bradley_terry(6, &wins) {
                prop_assert!(strength.value.is_finite());
                prop_assert!(strength.low <= strength.value && strength.value <= strength.high);
            }
        }
    }
}
