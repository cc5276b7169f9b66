//! `cargo xtask fuzz`: every fuzz target for a bounded time.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cargo::{FUZZ, cargo, ensure_tool};
use crate::process;
use crate::step::Steps;

/// One file per target.
const TARGETS: &str = "fuzz/fuzz_targets";

/// Runs each target for `seconds`; a target that finds something fails.
pub(crate) fn run(seconds: u32) -> Result<()> {
    let targets = targets(Path::new(TARGETS))?;
    check_nightly()?;
    ensure_tool(FUZZ)?;
    let limit = format!("-max_total_time={seconds}");
    let mut steps = Steps::new();
    for target in targets {
        steps.step(&target, || {
            // The variable names the toolchain that runs us, and would win over `+nightly`.
            let mut command = cargo(&["+nightly", "fuzz", "run", &target, "--", &limit]);
            process::run(command.env_remove("RUSTUP_TOOLCHAIN"))
        });
    }
    steps.finish()
}

/// libFuzzer needs compiler flags that only the nightly toolchain has.
fn check_nightly() -> Result<()> {
    process::output(Command::new("rustup").args(["run", "nightly", "rustc", "--version"]))
        .map(drop)
        .context("the nightly toolchain is missing\nhint: rustup toolchain install nightly --profile minimal")
}

/// The names of the targets in `folder`, sorted.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("there are no fuzz targets in {}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    if names.is_empty() {
        bail!("there are no fuzz targets in {}", folder.display());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_named_by_its_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tidy");
        let names = targets(&folder).unwrap();
        assert_eq!(names.first().map(String::as_str), Some("dependencies"));
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn a_folder_without_targets_is_named() {
        let error = targets(Path::new("no/such/folder")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there are no fuzz targets in no/such/folder"
        );
    }
}
