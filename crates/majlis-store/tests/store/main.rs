//! The store on real files.

// Clippy knows tests by their attribute only; helpers here are tests as well.
#![allow(clippy::unwrap_used, clippy::panic)]

mod alerts;
mod backups;
mod budgets;
mod conversations;
mod deliberations;
mod executions;
mod journal;
mod laws;
mod ledger;
mod migrations;
mod processes;
mod recovery;
mod relay;
mod retention;
mod search;
mod support;
mod templates;
