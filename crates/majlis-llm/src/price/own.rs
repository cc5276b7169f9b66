//! The user's own prices.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::glob;
use super::{PriceRow, PriceSource, Rate, Rates};
use crate::money::{AmountError, parse_decimal};
use crate::{ModelId, PicoUsd};

/// A price as the user writes it: US dollars per million tokens as decimal text, up to six
/// decimals. A class that is left out costs what [`Rates`] says such a class costs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceText {
    /// Input, e.g. `"1.25"`.
    pub input: String,
    /// Output.
    pub output: String,
    /// Input read from the cache.
    pub cache_read: Option<String>,
    /// Input written to the cache for five minutes.
    pub cache_write_5m: Option<String>,
    /// Input written to the cache for one hour.
    pub cache_write_1h: Option<String>,
    /// Reasoning.
    pub reasoning: Option<String>,
    /// US dollars for every request, up to twelve decimals.
    pub request: Option<String>,
}

/// A price of the user's own for all models of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceOverride {
    pattern: String,
    rates: Rates,
    request_fee: PicoUsd,
}

/// Why a price of the user's own cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceOverrideError {
    /// The pattern could match no model id.
    #[error("price pattern {0:?} is not of the form provider/name, e.g. openai/gpt-5*")]
    Pattern(String),
    /// An amount that is not one.
    #[error("price of {pattern}: `{class}` cannot be read")]
    Amount {
        /// The pattern the price is for.
        pattern: String,
        /// The setting that holds the amount, e.g. `cache_read`.
        class: &'static str,
        /// What is wrong with it.
        source: AmountError,
    },
}

impl PriceOverride {
    /// Reads a price for the models of `pattern`: a model id in which `*` stands for any text and
    /// `#` for a digit, upper and lower case alike (`openai/gpt-5*`, `*:free`).
    ///
    /// # Errors
    /// [`PriceOverrideError`] when the pattern has neither `/` nor `*`, or when an amount is not a
    /// plain decimal that can be kept exactly.
    pub fn parse(pattern: &str, text: &PriceText) -> Result<Self, PriceOverrideError> {
        if !pattern.contains(['/', '*']) || pattern.contains(char::is_whitespace) {
            return Err(PriceOverrideError::Pattern(pattern.to_owned()));
        }
        let fail = |class, source| PriceOverrideError::Amount {
            pattern: pattern.to_owned(),
            class,
            source,
        };
        let rate = |class, amount: &str| {
            per_million(amount)
                .map(Rate::flat)
                .map_err(|error| fail(class, error))
        };
        let maybe = |class, amount: &Option<String>| {
            amount
                .as_deref()
                .map(|amount| rate(class, amount))
                .transpose()
        };
        let fee = text.request.as_deref().unwrap_or("0");
        Ok(Self {
            pattern: pattern.to_lowercase(),
            rates: Rates {
                fresh: Some(rate("input", &text.input)?),
                cache_read: maybe("cache_read", &text.cache_read)?,
                cache_write_5m: maybe("cache_write_5m", &text.cache_write_5m)?,
                cache_write_1h: maybe("cache_write_1h", &text.cache_write_1h)?,
                output: Some(rate("output", &text.output)?),
                reasoning: maybe("reasoning", &text.reasoning)?,
            },
            request_fee: dollars(fee).map_err(|error| fail("request", error))?,
        })
    }

    /// Of several prices for a model the one whose pattern says most about it.
    pub(super) fn best<'o>(overrides: &'o [Self], model: &ModelId) -> Option<&'o Self> {
        let full = model.as_str().to_lowercase();
        let fitting = overrides
            .iter()
            .filter(|price| glob::matches(&price.pattern, &full));
        fitting.max_by_key(|price| price.pattern.chars().filter(|sign| *sign != '*').count())
    }

    /// The row for a model of the pattern.
    pub(super) fn row(&self, model: &ModelId) -> PriceRow {
        PriceRow {
            provider: model.provider().to_owned(),
            model: self.pattern.clone(),
            source: PriceSource::User,
            since: None,
            variant: BTreeMap::new(),
            rates: self.rates.clone(),
            request_fee: self.request_fee,
        }
    }
}

/// Dollars per million tokens as pico-dollars per token.
fn per_million(amount: &str) -> Result<u64, AmountError> {
    u64::try_from(parse_decimal(amount, 6)?).map_err(|_| AmountError::Range(amount.to_owned()))
}

/// Dollars, not negative.
fn dollars(amount: &str) -> Result<PicoUsd, AmountError> {
    i64::try_from(parse_decimal(amount, 12)?)
        .map(PicoUsd::from)
        .map_err(|_| AmountError::Range(amount.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Usage;

    fn text(input: &str, output: &str) -> PriceText {
        PriceText {
            input: input.to_owned(),
            output: output.to_owned(),
            ..PriceText::default()
        }
    }

    #[track_caller]
    fn check_refused(pattern: &str, text: &PriceText, expected: &str) {
        let error = PriceOverride::parse(pattern, text).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_price_is_read_exactly() {
        let price = PriceOverride::parse("OpenAI/GPT-5*", &text("0.000001", "1.5")).unwrap();
        let row = price.row(&"openai/gpt-5-mini".parse().unwrap());
        let usage = Usage {
            fresh_tokens: 1,
            output_tokens: 1,
            ..Usage::default()
        };
        assert_eq!(row.cost(&usage), Some(PicoUsd(1_500_001)));
    }

    #[test]
    fn a_price_that_cannot_be_kept_exactly_is_refused() {
        check_refused(
            "openai/x",
            &text("-1", "1"),
            "price of openai/x: `input` cannot be read",
        );
        check_refused(
            "openai/x",
            &text("1", "0.0000001"),
            "price of openai/x: `output` cannot be read",
        );
        check_refused(
            "openai/x",
            &PriceText {
                request: Some("ten".to_owned()),
                ..text("1", "1")
            },
            "price of openai/x: `request` cannot be read",
        );
        let pattern =
            r#"price pattern "gpt-5" is not of the form provider/name, e.g. openai/gpt-5*"#;
        check_refused("gpt-5", &text("1", "1"), pattern);
    }

    #[test]
    fn the_pattern_that_says_most_wins_whatever_the_order() {
        let mut prices = Vec::new();
        for (pattern, input) in [
            ("openai/*", "1"),
            ("openai/gpt-5", "3"),
            ("openai/gpt-*", "2"),
        ] {
            prices.push(PriceOverride::parse(pattern, &text(input, "0")).unwrap());
        }
        for _ in 0..prices.len() {
            for (model, expected) in [("openai/gpt-5", 3), ("openai/gpt-4", 2), ("openai/o3", 1)] {
                let model = model.parse().unwrap();
                let row = PriceOverride::best(&prices, &model).unwrap().row(&model);
                assert_eq!(row.rates.fresh.unwrap().at(0), expected * 1_000_000);
            }
            prices.rotate_left(1);
        }
        assert_eq!(
            PriceOverride::best(&prices, &"groq/gpt-5".parse().unwrap()),
            None
        );
    }
}
