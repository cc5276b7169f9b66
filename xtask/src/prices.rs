//! `cargo xtask prices`: the committed price table from its pinned source.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

/// Regenerates `crates/majlis-llm/data/prices.json`, or with `check` fails when the committed file
/// is not what the pinned package gives. Fetches the package with pip on the first run.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask has no parent folder")?;
    require_pip()?;
    let status = Command::new("python3")
        .arg("xtask/scripts/prices.py")
        .args(check.then_some("--check"))
        .current_dir(root)
        .status()
        .context("running xtask/scripts/prices.py")?;
    ensure!(status.success(), "prices.py ended with {status}");
    Ok(())
}

fn require_pip() -> anyhow::Result<()> {
    let pip = Command::new("python3")
        .args(["-m", "pip", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let found = pip.is_ok_and(|status| status.success());
    ensure!(
        found,
        "python3 with pip is missing\nhint: install the packages python3 and python3-pip"
    );
    Ok(())
}
