//! The trained head: the measures of a pair, weighed. `cargo xtask train` writes its weights.
//!
//! It is linear on purpose: with a hidden layer it learned how the generated pairs are made, and
//! judged pairs from elsewhere worse (docs/model-card.md).

use std::sync::LazyLock;

use super::measure::FEATURES;

/// What can come out.
const CLASSES: usize = 3;

static HEAD: LazyLock<Head> =
    LazyLock::new(|| Head::read(include_str!("../../data/entailment.txt")));

struct Head {
    rows: Vec<[f64; FEATURES + 1]>,
}

impl Head {
    /// One row of numbers a line, what is added last; what is missing counts as 0.
    fn read(text: &str) -> Self {
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        Self {
            rows: rows.take(CLASSES).map(row).collect(),
        }
    }

    fn shares(&self, features: &[f32; FEATURES]) -> [f64; CLASSES] {
        let mut scores = [0.0; CLASSES];
        for (score, row) in scores.iter_mut().zip(&self.rows) {
            let sum: f64 = row
                .iter()
                .zip(features)
                .map(|(weight, value)| weight * f64::from(*value))
                .sum();
            *score = sum + row[FEATURES];
        }
        let most = scores.iter().copied().fold(f64::MIN, f64::max);
        let powers = scores.map(|score| (score - most).exp());
        let sum: f64 = powers.iter().sum();
        powers.map(|power| power / sum)
    }
}

fn row<const N: usize>(line: &str) -> [f64; N] {
    let mut row = [0.0; N];
    for (place, field) in row.iter_mut().zip(line.split(' ')) {
        *place = field.parse().unwrap_or(0.0);
    }
    row
}

/// How likely each inference is.
pub(super) fn shares(features: &[f32; FEATURES]) -> [f64; CLASSES] {
    HEAD.shares(features)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_all_there() {
        assert_eq!(HEAD.rows.len(), CLASSES);
        assert!(
            HEAD.rows
                .iter()
                .all(|row| row.iter().any(|weight| *weight != 0.0))
        );
        let sum: f64 = shares(&[0.5; FEATURES]).iter().sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }
}
