//! Programs that speak `/v1`, driven against the built one: the packages of OpenAI and Anthropic for
//! Python, OpenAI's for Node, and the command line `llm`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{folders, process, python, ui};

/// The scripts, and the lists of the packages they drive.
const FOLDER: &str = "xtask/scripts/sdk";

/// Runs every check against `majlis`, whose environment `set_up` completes.
pub(crate) fn run(majlis: &Path, set_up: impl FnOnce(&mut Command) -> &mut Command) -> Result<()> {
    let python = python::environment("python-sdk", &format!("{FOLDER}/requirements.txt"))?;
    ui::install(FOLDER)?;
    let world = folders::target("sdk");
    if world.exists() {
        fs::remove_dir_all(&world).with_context(|| format!("cannot empty {}", world.display()))?;
    }
    let mut command = Command::new(python);
    command
        .arg(format!("{FOLDER}/check.py"))
        .args([majlis, &world, Path::new(FOLDER)]);
    process::run(set_up(&mut command))
}
