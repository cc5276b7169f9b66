//! Money, exact.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount in pico-US-dollars (10⁻¹² $).
///
/// One US dollar per million tokens is one million pico-dollars per token, so prices with six
/// decimals are exact. The range is about ±1.7 × 10²⁶ $; the store keeps 64 bits (±9.2 million $).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PicoUsd(pub i128);

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Something else than digits with at most one point between or before them.
    #[error("{0:?} is not a decimal number such as 1.25")]
    Form(String),
    /// Digits below the smallest amount that can be kept.
    #[error("{text:?} has more than {decimals} decimals")]
    Precision {
        /// The text as given.
        text: String,
        /// How many decimals can be kept.
        decimals: u32,
    },
    /// More than can be kept.
    #[error("{0:?} is too large")]
    Range(String),
}

impl PicoUsd {
    /// Nothing: a price that is known to be zero. An unknown price is `None`, never this.
    pub const ZERO: Self = Self(0);

    /// Decimals of a dollar that a pico-dollar is.
    const DECIMALS: u32 = 12;

    /// The amount in whole pico-dollars as the store keeps it; `None` when it does not fit 64 bits.
    pub fn to_i64(self) -> Option<i64> {
        i64::try_from(self.0).ok()
    }

    /// The exact amount in dollars as a decimal, without trailing zeros: `0.0000125`, `0`, `-1.5`.
    pub fn to_usd_string(self) -> String {
        const PICO: u128 = 10_u128.pow(PicoUsd::DECIMALS);
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = format!("{:012}", magnitude % PICO);
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{}", magnitude / PICO),
            fraction => format!("{sign}{}.{fraction}", magnitude / PICO),
        }
    }

    /// Reads an amount in dollars such as `12`, `0.5` or `-1.25`, exactly.
    ///
    /// # Errors
    /// [`AmountError`] for anything else: an exponent, a currency sign, a thirteenth decimal.
    pub fn from_usd_str(text: &str) -> Result<Self, AmountError> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let magnitude = parse_decimal(digits, Self::DECIMALS)?;
        i128::try_from(magnitude)
            .map(|magnitude| Self(sign * magnitude))
            .map_err(|_| AmountError::Range(text.to_owned()))
    }
}

/// Reads an unsigned decimal as a whole number of units of 10⁻ⁿ, n = `decimals`; never rounds.
pub(crate) fn parse_decimal(text: &str, decimals: u32) -> Result<u128, AmountError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_empty = fraction.is_empty() || (whole.is_empty() && !text.starts_with('.'));
    if is_empty || !is_digits(whole) || !is_digits(fraction) {
        return Err(AmountError::Form(text.to_owned()));
    }
    let fraction = fraction.trim_end_matches('0');
    let missing = u32::try_from(fraction.len())
        .ok()
        .and_then(|given| decimals.checked_sub(given))
        .ok_or_else(|| AmountError::Precision {
            text: text.to_owned(),
            decimals,
        })?;
    whole
        .bytes()
        .chain(fraction.bytes())
        .try_fold(0_u128, |value, digit| {
            value.checked_mul(10)?.checked_add(u128::from(digit - b'0'))
        })
        .and_then(|value| value.checked_mul(10_u128.checked_pow(missing)?))
        .ok_or_else(|| AmountError::Range(text.to_owned()))
}

impl FromStr for PicoUsd {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_usd_str(text)
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
    use proptest::prelude::*;

    use super::{AmountError, PicoUsd, parse_decimal};

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

    #[test]
    fn amounts_add_up_and_are_kept_whole_or_not_at_all() {
        let total: PicoUsd = [1, 250_000_000_000, -1].map(PicoUsd).into_iter().sum();
        assert_eq!(total.to_string(), "$0.25");
        assert_eq!(PicoUsd::from(i64::MAX).to_i64(), Some(i64::MAX));
        assert_eq!((PicoUsd::from(i64::MAX) + PicoUsd(1)).to_i64(), None);
    }

    #[test]
    fn a_decimal_is_read_to_its_last_digit() {
        for (text, expected) in [
            ("3", 3_000_000),
            ("0.075", 75_000),
            (".5", 500_000),
            ("0.000001", 1),
            ("1.2500000000", 1_250_000),
            ("007", 7_000_000),
        ] {
            assert_eq!(parse_decimal(text, 6), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_plain_decimal_is_refused() {
        for text in [
            "", ".", "1.", "-1", "+1", "1e3", "$1", "1,5", "1.2.3", " 1", "١", "NaN", "0x1",
        ] {
            assert_eq!(
                parse_decimal(text, 6),
                Err(AmountError::Form(text.to_owned())),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_digit_that_cannot_be_kept_is_refused_and_never_rounded() {
        let error = parse_decimal("0.0000001", 6).unwrap_err();
        assert_eq!(error.to_string(), r#""0.0000001" has more than 6 decimals"#);
        let huge = "9".repeat(60);
        assert_eq!(
            parse_decimal(&huge, 6),
            Err(AmountError::Range(huge.clone()))
        );
        assert_eq!(
            huge.parse::<PicoUsd>(),
            Err(AmountError::Range(huge.clone()))
        );
    }

    proptest! {
        #[test]
        fn an_amount_survives_being_written_and_read(pico in -10_i128.pow(36)..10_i128.pow(36)) {
            let amount = PicoUsd(pico);
            prop_assert_eq!(amount.to_usd_string().parse(), Ok(amount));
        }
    }
}
