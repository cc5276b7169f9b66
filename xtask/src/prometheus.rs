//! What `/metrics` says and what `deploy/` makes of it, before a real Prometheus.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{folders, process};

/// The script that does it.
const SCRIPT: &str = "xtask/scripts/prometheus/check.py";

/// Runs every check against `majlis`, whose environment `set_up` completes.
pub(crate) fn run(majlis: &Path, set_up: impl FnOnce(&mut Command) -> &mut Command) -> Result<()> {
    let world = folders::target("prometheus");
    if world.exists() {
        fs::remove_dir_all(&world).with_context(|| format!("cannot empty {}", world.display()))?;
    }
    let mut command = Command::new("python3");
    command.arg(SCRIPT).args([majlis, &world]);
    process::run(set_up(&mut command))
}
