//! Snapshots that no test looks at any more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::instrument::Instrumented;
use crate::process;

/// In the file that this names, insta notes every snapshot that a test compares with.
pub(crate) const VARIABLE: &str = "INSTA_SNAPSHOT_REFERENCES_FILE";

/// An empty file for insta's notes.
pub(crate) fn prepare() -> Result<PathBuf> {
    let path = Instrumented::folder().join("snapshots.txt");
    fs::write(&path, "").with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Fails if a committed snapshot is not among insta's notes.
pub(crate) fn check(references: &Path) -> Result<()> {
    let noted = fs::read_to_string(references)
        .with_context(|| format!("cannot read {}", references.display()))?;
    let listing = process::output(Command::new("git").args(["ls-files", "-z", "*.snap"]))?;
    let committed: Vec<PathBuf> = listing
        .split_terminator('\0')
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect();
    let noted: BTreeSet<PathBuf> = noted
        .lines()
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect();
    let unused = unused(&committed, &noted);
    if !unused.is_empty() {
        bail!(
            "snapshots that no test compares with (delete them):\n  {}",
            unused.join("\n  ")
        );
    }
    Ok(())
}

fn unused(committed: &[PathBuf], noted: &BTreeSet<PathBuf>) -> Vec<String> {
    committed
        .iter()
        .filter(|path| !noted.contains(*path))
        .map(|path| path.display().to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_no_test_compares_with_is_named() {
        let committed = [PathBuf::from("/r/a.snap"), PathBuf::from("/r/b.snap")];
        let noted = BTreeSet::from([PathBuf::from("/r/a.snap")]);
        assert_eq!(unused(&committed, &noted), ["/r/b.snap"]);
    }
}
