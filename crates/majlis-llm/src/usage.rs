//! Tokens of one call in the normal form.

use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// Tokens of one call by disjoint class: each token is counted in exactly one field.
///
/// Codecs bring every provider's own counting into this form. A class the provider does not report
/// is 0 when the provider's other figures include it. A call for which nothing was reported has no
/// `Usage` at all.
///
/// Under `+` usages form a commutative monoid with `Usage::default()` as its neutral element (each
/// field stops at `u64::MAX`), so totals do not depend on the order of calls. A *cost* must still
/// be computed per call and summed, because a price may depend on the size of the single request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Input read anew.
    pub fresh_tokens: u64,
    /// Input read from the provider's cache.
    pub cache_read_tokens: u64,
    /// Input written to the cache for five minutes.
    pub cache_write_5m_tokens: u64,
    /// Input written to the cache for one hour.
    pub cache_write_1h_tokens: u64,
    /// Output shown to the person.
    pub output_tokens: u64,
    /// Output spent on reasoning.
    pub reasoning_tokens: u64,
}

impl Usage {
    /// All input, cache reads and writes included.
    pub fn total_input_tokens(&self) -> u64 {
        self.fresh_tokens
            .saturating_add(self.cache_read_tokens)
            .saturating_add(self.cache_write_5m_tokens)
            .saturating_add(self.cache_write_1h_tokens)
    }

    /// All output, reasoning included.
    pub fn total_output_tokens(&self) -> u64 {
        self.output_tokens.saturating_add(self.reasoning_tokens)
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            fresh_tokens: self.fresh_tokens.saturating_add(other.fresh_tokens),
            cache_read_tokens: self
                .cache_read_tokens
                .saturating_add(other.cache_read_tokens),
            cache_write_5m_tokens: self
                .cache_write_5m_tokens
                .saturating_add(other.cache_write_5m_tokens),
            cache_write_1h_tokens: self
                .cache_write_1h_tokens
                .saturating_add(other.cache_write_1h_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
        }
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Usage;

    fn any_usage() -> impl Strategy<Value = Usage> {
        any::<[u64; 6]>().prop_map(|tokens| Usage {
            fresh_tokens: tokens[0],
            cache_read_tokens: tokens[1],
            cache_write_5m_tokens: tokens[2],
            cache_write_1h_tokens: tokens[3],
            output_tokens: tokens[4],
            reasoning_tokens: tokens[5],
        })
    }

    proptest! {
        #[test]
        fn a_total_does_not_depend_on_order_or_grouping(a in any_usage(), b in any_usage(), c in any_usage()) {
            prop_assert_eq!((a + b) + c, a + (b + c));
            prop_assert_eq!(a + b, b + a);
            prop_assert_eq!(a + Usage::default(), a);
            prop_assert_eq!([a, b, c].into_iter().sum::<Usage>(), a + b + c);
        }
    }

    #[test]
    fn every_token_is_counted_once_in_its_total() {
        let usage: Usage = serde_json::from_str(
            r#"{"fresh_tokens":1,"cache_read_tokens":20,"cache_write_5m_tokens":300,
                "cache_write_1h_tokens":4000,"output_tokens":5,"reasoning_tokens":60}"#,
        )
        .unwrap();
        assert_eq!(
            (usage.total_input_tokens(), usage.total_output_tokens()),
            (4321, 65)
        );
    }
}
