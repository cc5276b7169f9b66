//! What the rules see: the committed files and the crate graph.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;

/// Files above this size are data, which no rule reads.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The repository as the rules see it.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Every path that git has or would add, sorted.
    pub(crate) paths: Vec<String>,
    /// The text files among them.
    pub(crate) files: Vec<File>,
    /// The crates of the workspace.
    pub(crate) packages: Vec<Package>,
}

/// A text file.
#[derive(Debug)]
pub(crate) struct File {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A crate of the workspace, as `cargo metadata` tells it.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency of a crate.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `null` in the JSON is an ordinary dependency.
    pub(crate) kind: Option<DependencyKind>,
}

/// What a dependency is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DependencyKind {
    /// For tests only.
    Dev,
    /// For the build script only.
    Build,
}

impl Tree {
    /// Reads the working tree; git and cargo say what belongs to it.
    pub(crate) fn read() -> Result<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            packages: Vec<Package>,
        }
        let listing = process::output(Command::new("git").args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        let mut paths: Vec<&str> = listing.split_terminator('\0').collect();
        paths.sort_unstable();
        paths.dedup();
        let files = paths.iter().filter_map(|path| File::read(path)).collect();
        let paths = paths.into_iter().map(str::to_owned).collect();
        let json = process::output(Command::new("cargo").args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
        ]))?;
        let metadata: Metadata =
            serde_json::from_str(&json).context("cannot understand `cargo metadata`")?;
        Ok(Self {
            paths,
            files,
            packages: metadata.packages,
        })
    }

    /// The Rust files of our crates and tools.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| {
            file.has_extension(&["rs"])
                && (file.path.starts_with("crates/") || file.path.starts_with("xtask/"))
        })
    }
}

impl File {
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// `None` for what is no text file, or is gone.
    fn read(path: &str) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return None;
        }
        let text = fs::read_to_string(path).ok()?;
        Some(Self {
            path: path.to_owned(),
            text,
        })
    }

    pub(crate) fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, found)| extensions.contains(&found))
    }

    /// The lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_is_what_follows_the_last_dot() {
        for (path, expected) in [
            ("a/b.ts", true),
            ("a/b.d.ts", true),
            ("a/ts", false),
            ("a/b.tsx", false),
        ] {
            assert_eq!(
                File::new(path, "").has_extension(&["ts"]),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn the_kind_of_a_dependency_is_read_from_cargos_json() {
        let json =
            r#"{"name":"a","dependencies":[{"name":"b","kind":null},{"name":"c","kind":"dev"}]}"#;
        let package: Package = serde_json::from_str(json).unwrap();
        let kinds: Vec<_> = package
            .dependencies
            .iter()
            .map(|dependency| dependency.kind)
            .collect();
        assert_eq!(kinds, [None, Some(DependencyKind::Dev)]);
    }
}
