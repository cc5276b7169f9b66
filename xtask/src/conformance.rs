//! The public conformance suite of the Model Context Protocol, run against the built program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{folders, process, ui};

/// The script, the list of packages, and what the suite may find.
const FOLDER: &str = "xtask/scripts/mcp";

/// Runs the suite against `majlis`, whose environment `set_up` completes.
pub(crate) fn run(majlis: &Path, set_up: impl FnOnce(&mut Command) -> &mut Command) -> Result<()> {
    ui::install(FOLDER)?;
    let world = folders::target("mcp");
    if world.exists() {
        fs::remove_dir_all(&world).with_context(|| format!("cannot empty {}", world.display()))?;
    }
    let mut command = Command::new(node());
    command
        .arg(format!("{FOLDER}/check.mjs"))
        .args([majlis, &world]);
    process::run(set_up(&mut command))
}

/// The node among the packages: the suite needs a newer one than the page does. Where there is none
/// for this platform, the machine's own.
fn node() -> PathBuf {
    let packaged = Path::new(FOLDER).join("node_modules/.bin/node");
    if packaged.is_file() {
        packaged
    } else {
        PathBuf::from("node")
    }
}
