//! How costs look in a terminal. Everything here is pure: views in, lines out.

mod bill;
mod bounds;
mod money;
mod picture;

pub(crate) use bill::reconciliation;
pub(crate) use bounds::{Range, Zone, zone};
pub(crate) use money::{caps, estimate_line};
pub(crate) use picture::picture;
