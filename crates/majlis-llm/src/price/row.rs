//! One row: what one model costs at one moment, and who said so.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Rate, Rates};
use crate::{ModelId, PicoUsd, Usage};

/// What one model costs, from when, and who said so. Dates and times of day are resolved already,
/// so a row says everything that is needed to compute a cost again later. A call keeps the row it
/// was priced with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRow {
    /// Who charges this price, as the source names it: `google` for a model of `gemini`.
    pub provider: String,
    /// The entry that matched, as the source names it: `gpt-4o` for `gpt-4o-2024-08-06`. The
    /// pattern, for a price of the user's own.
    pub model: String,
    /// Who said so.
    pub source: PriceSource,
    /// First day (UTC) of this price, `2026-03-13`; `None` when the source dates no change.
    pub since: Option<String>,
    /// What about the request selected these prices, e.g. `service_tier` = `flex`; empty for the
    /// standard prices.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variant: BTreeMap<String, String>,
    /// Prices per token.
    pub rates: Rates,
    /// What every request costs before its first token.
    #[serde(default)]
    pub request_fee: PicoUsd,
}

/// Who said what a model costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PriceSource {
    /// The table that comes with the program.
    Table {
        /// The package it was generated from, `genai-prices`.
        package: String,
        /// That package's version.
        version: String,
        /// The day (UTC) for which the table stands, `2026-11-22`.
        as_of: String,
    },
    /// The user's own settings.
    User,
    /// A model that runs on this machine: it costs nothing.
    Local,
}

impl PriceSource {
    /// The day (UTC) for which the source stands, `2026-11-22`; `None` where a price has no date.
    pub fn as_of(&self) -> Option<&str> {
        match self {
            Self::Table { as_of, .. } => Some(as_of),
            Self::User | Self::Local => None,
        }
    }
}

impl fmt::Display for PriceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table {
                package,
                version,
                as_of,
            } => write!(f, "{package} {version}, as of {as_of}"),
            Self::User => f.write_str("your own price"),
            Self::Local => f.write_str("runs on this machine"),
        }
    }
}

/// What a request may cost, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostRange {
    /// The least.
    pub low: PicoUsd,
    /// The most.
    pub high: PicoUsd,
}

impl PriceRow {
    /// The row of a model that runs on this machine: known to cost nothing.
    pub fn local(model: &ModelId) -> Self {
        Self {
            provider: model.provider().to_owned(),
            model: model.name().to_owned(),
            source: PriceSource::Local,
            since: None,
            variant: BTreeMap::new(),
            rates: Rates {
                fresh: Some(Rate::flat(0)),
                output: Some(Rate::flat(0)),
                ..Rates::default()
            },
            request_fee: PicoUsd::ZERO,
        }
    }

    /// The exact cost of one call, or `None` when a class with tokens in it has no price.
    ///
    /// `usage` is that of a single request: prices may depend on its size, so the cost of several
    /// calls is the sum of their costs and not the cost of the sum of their usages.
    pub fn cost(&self, usage: &Usage) -> Option<PicoUsd> {
        let total_input_tokens = usage.total_input_tokens();
        self.rates
            .charged(usage)
            .into_iter()
            .filter(|(tokens, _)| *tokens > 0)
            .try_fold(self.request_fee.0, |sum, (tokens, rate)| {
                let price = i128::from(rate?.at(total_input_tokens));
                sum.checked_add(i128::from(tokens).checked_mul(price)?)
            })
            .map(PicoUsd)
    }

    /// What a request will cost with so much input, none of it cached, and between `output_low`
    /// and `output_high` tokens of output, reasoning included. `None` when a price is missing.
    pub fn estimate(
        &self,
        input_tokens: u64,
        output_low: u64,
        output_high: u64,
    ) -> Option<CostRange> {
        let as_answer = |output_tokens| Usage {
            fresh_tokens: input_tokens,
            output_tokens,
            ..Usage::default()
        };
        let as_reasoning = |reasoning_tokens| Usage {
            fresh_tokens: input_tokens,
            reasoning_tokens,
            ..Usage::default()
        };
        let (least, most) = (output_low.min(output_high), output_low.max(output_high));
        Some(CostRange {
            low: self
                .cost(&as_answer(least))?
                .min(self.cost(&as_reasoning(least))?),
            high: self
                .cost(&as_answer(most))?
                .max(self.cost(&as_reasoning(most))?),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Tier;

    const THRESHOLD: u64 = 200_000;

    fn any_rate() -> impl Strategy<Value = Rate> {
        (0..1_000_000_000_u64, 0..1_000_000_000_u64).prop_map(|(base, more)| Rate {
            pusd_per_token: base,
            tiers: vec![Tier {
                above_tokens: THRESHOLD,
                pusd_per_token: base + more,
            }],
        })
    }

    fn any_row() -> impl Strategy<Value = PriceRow> {
        let maybe = || proptest::option::of(any_rate());
        let classes = (any_rate(), maybe(), maybe(), maybe(), any_rate(), maybe());
        (classes, 0..1_000_000_000_i64).prop_map(
            |((fresh, read, write_5m, write_1h, output, reasoning), fee)| PriceRow {
                rates: Rates {
                    fresh: Some(fresh),
                    cache_read: read,
                    cache_write_5m: write_5m,
                    cache_write_1h: write_1h,
                    output: Some(output),
                    reasoning,
                },
                request_fee: PicoUsd::from(fee),
                ..PriceRow::local(&"p/m".parse().unwrap())
            },
        )
    }

    /// A usage whose input is at most so many tokens in total.
    fn any_usage(input: u64) -> impl Strategy<Value = Usage> {
        (
            [0..=input / 4, 0..=input / 4, 0..=input / 4, 0..=input / 4],
            0..1_000_000_u64,
            0..1_000_000_u64,
        )
            .prop_map(
                |([fresh, read, write_5m, write_1h], output, reasoning)| Usage {
                    fresh_tokens: fresh,
                    cache_read_tokens: read,
                    cache_write_5m_tokens: write_5m,
                    cache_write_1h_tokens: write_1h,
                    output_tokens: output,
                    reasoning_tokens: reasoning,
                },
            )
    }

    proptest! {
        #[test]
        fn cost_is_additive_within_a_tier(row in any_row(), a in any_usage(THRESHOLD / 2), b in any_usage(THRESHOLD / 2)) {
            let fee = row.request_fee.0;
            let tokens = |usage: &Usage| row.cost(usage).unwrap().0 - fee;
            prop_assert_eq!(tokens(&(a + b)), tokens(&a) + tokens(&b));
        }

        #[test]
        fn more_tokens_never_cost_less(row in any_row(), a in any_usage(2 * THRESHOLD), b in any_usage(2 * THRESHOLD)) {
            prop_assert!(row.cost(&(a + b)) >= row.cost(&a));
        }

        #[test]
        fn a_request_above_the_threshold_is_repriced_whole(row in any_row(), output in 0..1_000_000_u64) {
            let usage = |fresh_tokens| Usage { fresh_tokens, output_tokens: output, ..Usage::default() };
            let cost = |fresh: u64, input_price: u64, output_price: u64| {
                PicoUsd(row.request_fee.0 + i128::from(fresh) * i128::from(input_price)
                    + i128::from(output) * i128::from(output_price))
            };
            let (fresh, out) = (row.rates.fresh.clone().unwrap(), row.rates.output.clone().unwrap());
            prop_assert_eq!(
                row.cost(&usage(THRESHOLD)),
                Some(cost(THRESHOLD, fresh.pusd_per_token, out.pusd_per_token))
            );
            prop_assert_eq!(
                row.cost(&usage(THRESHOLD + 1)),
                Some(cost(THRESHOLD + 1, fresh.tiers[0].pusd_per_token, out.tiers[0].pusd_per_token))
            );
        }

        #[test]
        fn no_tokens_cost_the_request_fee_alone(row in any_row()) {
            prop_assert_eq!(row.cost(&Usage::default()), Some(row.request_fee));
        }

        #[test]
        fn an_estimate_holds_every_way_of_spending_the_output(
            row in any_row(), input in 0..2 * THRESHOLD, output in 0..100_000_u64, reasoning in 0..100_000_u64,
        ) {
            let usage = Usage { fresh_tokens: input, output_tokens: output, reasoning_tokens: reasoning, ..Usage::default() };
            let range = row.estimate(input, usage.total_output_tokens(), usage.total_output_tokens()).unwrap();
            let cost = row.cost(&usage).unwrap();
            prop_assert!(range.low <= cost && cost <= range.high);
        }

        #[test]
        fn a_row_survives_being_stored(row in any_row()) {
            let text = serde_json::to_string(&row).unwrap();
            prop_assert_eq!(serde_json::from_str::<PriceRow>(&text).unwrap(), row);
        }
    }

    #[test]
    fn cached_input_counts_towards_the_threshold() {
        let mut row = PriceRow::local(&"p/m".parse().unwrap());
        row.rates.fresh = Some(Rate {
            pusd_per_token: 3,
            tiers: vec![Tier {
                above_tokens: THRESHOLD,
                pusd_per_token: 6,
            }],
        });
        row.rates.cache_read = Some(Rate::flat(1));
        let usage = Usage {
            fresh_tokens: 1,
            cache_read_tokens: THRESHOLD,
            ..Usage::default()
        };
        assert_eq!(row.cost(&usage), Some(PicoUsd(200_006)));
    }

    #[test]
    fn a_class_with_tokens_and_no_price_makes_the_cost_unknown() {
        let mut row = PriceRow::local(&"p/m".parse().unwrap());
        row.rates.output = None;
        let mut usage = Usage {
            fresh_tokens: 7,
            ..Usage::default()
        };
        assert_eq!(row.cost(&usage), Some(PicoUsd::ZERO));
        usage.reasoning_tokens = 1;
        assert_eq!(row.cost(&usage), None);
        assert_eq!(row.estimate(7, 0, 1), None);
    }

    #[test]
    fn a_cost_that_no_amount_can_hold_is_unknown_and_not_wrapped() {
        let mut row = PriceRow::local(&"p/m".parse().unwrap());
        row.rates.fresh = Some(Rate::flat(u64::MAX));
        let usage = Usage {
            fresh_tokens: u64::MAX,
            ..Usage::default()
        };
        assert_eq!(row.cost(&usage), None);
    }
}
