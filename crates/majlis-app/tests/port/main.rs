//! Export and import over real files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test helpers fail their test by panicking"
)]

mod formats;
mod laws;
mod support;
