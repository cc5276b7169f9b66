//! What one token of each class costs.

use serde::{Deserialize, Serialize};

use crate::{PicoUsd, Usage};

/// The price of one class of tokens, by the size of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Pico-dollars per token while no tier applies.
    pub pusd_per_token: u64,
    /// Higher sizes, ascending by `above_tokens`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
}

/// Another price for requests of more than so many tokens of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// The tier applies when the total input (cache reads and writes included) is strictly larger.
    pub above_tokens: u64,
    /// Pico-dollars for *every* token of the class, not only for those above the threshold.
    pub pusd_per_token: u64,
}

impl Rate {
    /// One price for requests of every size, in pico-dollars per token.
    pub fn flat(pusd_per_token: u64) -> Self {
        Self {
            pusd_per_token,
            tiers: Vec::new(),
        }
    }

    /// What a million tokens cost while no tier applies, as price lists have it.
    pub fn per_million(&self) -> PicoUsd {
        PicoUsd(i128::from(self.pusd_per_token) * 1_000_000)
    }

    /// The price per token, in pico-dollars, in a request with so many tokens of input in total.
    pub fn at(&self, total_input_tokens: u64) -> u64 {
        self.tiers
            .iter()
            .rev()
            .find(|tier| total_input_tokens > tier.above_tokens)
            .map_or(self.pusd_per_token, |tier| tier.pusd_per_token)
    }
}

/// The prices of all classes, as the source states them.
///
/// `None` means that the source gives the class no price of its own. The tokens then cost what the
/// class around it costs: an hour's cache write like five minutes', any cache write or read like
/// fresh input, reasoning like output. Where that has no price either, the cost is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rates {
    /// Input read anew.
    pub fresh: Option<Rate>,
    /// Input read from the cache.
    pub cache_read: Option<Rate>,
    /// Input written to the cache for five minutes.
    pub cache_write_5m: Option<Rate>,
    /// Input written to the cache for one hour.
    pub cache_write_1h: Option<Rate>,
    /// Output shown to the person.
    pub output: Option<Rate>,
    /// Output spent on reasoning.
    pub reasoning: Option<Rate>,
}

impl Rates {
    /// Every class of a usage with the rate its tokens are charged at.
    pub(crate) fn charged(&self, usage: &Usage) -> [(u64, Option<&Rate>); 6] {
        let fresh = self.fresh.as_ref();
        let write_5m = self.cache_write_5m.as_ref().or(fresh);
        let output = self.output.as_ref();
        [
            (usage.fresh_tokens, fresh),
            (usage.cache_read_tokens, self.cache_read.as_ref().or(fresh)),
            (usage.cache_write_5m_tokens, write_5m),
            (
                usage.cache_write_1h_tokens,
                self.cache_write_1h.as_ref().or(write_5m),
            ),
            (usage.output_tokens, output),
            (usage.reasoning_tokens, self.reasoning.as_ref().or(output)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::{Rate, Rates, Tier};
    use crate::Usage;

    fn two_tiers() -> Rate {
        let tier = |above_tokens, pusd_per_token| Tier {
            above_tokens,
            pusd_per_token,
        };
        Rate {
            pusd_per_token: 1,
            tiers: vec![tier(32_000, 2), tier(256_000, 3)],
        }
    }

    #[test]
    fn a_tier_begins_strictly_above_its_threshold() {
        for (input, price) in [
            (0, 1),
            (32_000, 1),
            (32_001, 2),
            (256_000, 2),
            (256_001, 3),
            (u64::MAX, 3),
        ] {
            assert_eq!(two_tiers().at(input), price, "{input}");
        }
    }

    #[test]
    fn a_class_without_a_price_costs_what_the_class_around_it_costs() {
        let prices = |rates: &Rates| {
            rates
                .charged(&Usage::default())
                .map(|(_, rate)| rate.map(|rate| rate.at(0)))
        };
        let mut rates = Rates::default();
        assert_eq!(prices(&rates), [None; 6]);
        rates.fresh = Some(Rate::flat(10));
        rates.output = Some(Rate::flat(50));
        assert_eq!(
            prices(&rates),
            [Some(10), Some(10), Some(10), Some(10), Some(50), Some(50)]
        );
        rates.cache_write_5m = Some(Rate::flat(12));
        assert_eq!(
            prices(&rates),
            [Some(10), Some(10), Some(12), Some(12), Some(50), Some(50)]
        );
        rates.cache_read = Some(Rate::flat(1));
        rates.cache_write_1h = Some(Rate::flat(20));
        rates.reasoning = Some(Rate::flat(60));
        assert_eq!(
            prices(&rates),
            [Some(10), Some(1), Some(12), Some(20), Some(50), Some(60)]
        );
    }
}
