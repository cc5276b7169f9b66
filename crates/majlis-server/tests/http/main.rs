//! The server over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "test helpers fail their test by panicking, and own their tasks and environment"
)]

mod api;
mod audits;
mod client;
mod costs;
mod council;
mod dashboard;
mod data;
mod door;
mod drafts;
mod guard;
mod live;
mod mcp;
mod meter;
mod port;
mod presets;
mod search;
mod templates;
mod uploads;
mod v1;
