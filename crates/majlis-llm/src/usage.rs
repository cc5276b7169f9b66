//! Tokens of one call in the normal form.

use serde::{Deserialize, Serialize};

/// Tokens of one call by disjoint class: each token is counted in exactly one field.
///
/// Codecs bring every provider's own counting into this form. A class the provider does not report
/// is 0 when the provider's other figures include it. A call for which nothing was reported has no
/// `Usage` at all.
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

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            fresh_tokens: self.fresh_tokens.saturating_add(other.fresh_tokens),
            cache_read_tokens: self.cache_read_tokens.saturating_add(other.cache_read_tokens),
            cache_write_5m_tokens: self.cache_write_5m_tokens.saturating_add(other.cache_write_5m_tokens),
            cache_write_1h_tokens: self.cache_write_1h_tokens.saturating_add(other.cache_write_1h_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
        }
    }
}
