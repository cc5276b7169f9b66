//! Prices. A price that is not known is `None`, never zero.
//!
//! A [`PriceTable`] answers "what does this model cost at this moment" with a [`PriceRow`]; the
//! row turns a [`Usage`] into [`PicoUsd`] by integer arithmetic alone. Where the rows come from and
//! how they are read is in `docs/decisions/0001-prices.md`.

mod book;
mod glob;
mod own;
mod rate;
mod row;
mod table;

pub use own::{PriceOverride, PriceOverrideError, PriceText};
pub use rate::{Rate, Rates, Tier};
pub use row::{CostRange, PriceRow, PriceSource};
pub use table::{ModelFacts, PriceTable};
