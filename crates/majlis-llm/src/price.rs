//! Prices. A price that is not known is `None`, never zero.

use serde::{Deserialize, Serialize};

use crate::{PicoUsd, Usage};

/// One row of the price table: what one model costs, from when, and who said so. A call keeps the
/// row it was priced with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRow {}

impl PriceRow {
    /// The exact cost of a call, or `None` when a class with tokens in it has no price.
    pub fn cost(&self, _usage: &Usage) -> Option<PicoUsd> {
        None
    }
}
