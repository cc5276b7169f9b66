//! Pythons of our own, each with the packages of one list.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{folders, process};

/// A python in `target/NAME` with the packages of `requirements`, made once. The list holds a
/// checksum of each.
pub(crate) fn environment(name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = folders::target(name);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let stamp = folder.join("requirements.txt");
    let wanted =
        fs::read_to_string(requirements).with_context(|| format!("cannot read {requirements}"))?;
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    process::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--requirement",
    ];
    process::run(Command::new(&python).args(install).arg(requirements))
        .with_context(|| format!("cannot install the packages of {requirements}"))?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python)
}
