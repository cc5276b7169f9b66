//! Money, exact.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in pico-US-dollars (10⁻¹² $).
///
/// One US dollar per million tokens is one million pico-dollars per token, so prices with six
/// decimals are exact. The range is about ±1.7 × 10²⁶ $; the store keeps 64 bits (±9.2 million $).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PicoUsd(pub i128);

impl PicoUsd {
    /// Nothing: a price that is known to be zero. An unknown price is `None`, never this.
    pub const ZERO: Self = Self(0);

    /// The amount in whole pico-dollars as the store keeps it; `None` when it does not fit 64 bits.
    pub fn to_i64(self) -> Option<i64> {
        i64::try_from(self.0).ok()
    }

    /// The exact amount in dollars as a decimal, without trailing zeros: `0.0000125`, `0`, `-1.5`.
    pub fn to_usd_string(self) -> String {
        const PICO: u128 = 1_000_000_000_000;
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = format!("{:012}", magnitude % PICO);
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{}", magnitude / PICO),
            fraction => format!("{sign}{}.{fraction}", magnitude / PICO),
        }
    }
}

impl std::ops::Add for PicoUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for PicoUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |total, amount| total + amount)
    }
}

impl From<i64> for PicoUsd {
    fn from(amount: i64) -> Self {
        Self(i128::from(amount))
    }
}

impl fmt::Display for PicoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.to_usd_string())
    }
}

#[cfg(test)]
mod tests {
    use super::PicoUsd;

    #[test]
    fn dollars_are_written_exactly_without_trailing_zeros() {
        for (pico, text) in [
            (0, "0"),
            (1, "0.000000000001"),
            (12_500_000, "0.0000125"),
            (1_500_000_000_000, "1.5"),
            (-2_000_000_000_000, "-2"),
        ] {
            assert_eq!(PicoUsd(pico).to_usd_string(), text);
        }
    }
}
