//! `cargo xtask audit-deps`: licences, bans, sources, and dependencies that nothing uses.
//!
//! Not a part of `test`: the two tools take minutes to build, and their findings change only when
//! Cargo.lock does.

use anyhow::Result;

use crate::cargo::{DENY, MACHETE, cargo, ensure_tool};
use crate::process;
use crate::step::Steps;

/// Runs both tools.
pub(crate) fn run() -> Result<()> {
    ensure_tool(DENY)?;
    ensure_tool(MACHETE)?;
    let mut steps = Steps::new();
    steps.step("cargo-deny", || {
        process::run(&mut cargo(&[
            "deny", "check", "bans", "licenses", "sources",
        ]))
    });
    steps.step("cargo-machete", || {
        process::run(&mut cargo(&["machete", "crates", "xtask"]))
    });
    steps.finish()
}
