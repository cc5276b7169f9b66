//! Names of crates and files.

use super::{Finding, Tree};

/// Names that say nothing of what is inside, so that everything ends up inside.
const EMPTY_NAMES: &[&str] = &[
    "core", "common", "types", "utils", "util", "shared", "helpers", "misc",
];

/// Endings of files that a tool leaves behind.
const LEFTOVERS: &[&str] = &[
    ".snap.new",
    ".pending-snap",
    ".orig",
    ".rej",
    ".profraw",
    ".log",
    "~",
];

/// No crate is named for nothing.
pub(super) fn crates(tree: &Tree) -> Vec<Finding> {
    tree.packages
        .iter()
        .filter(|package| {
            package
                .name
                .split(['-', '_'])
                .any(|part| EMPTY_NAMES.contains(&part))
        })
        .map(|package| {
            Finding::new(
                &format!("crates/{}/Cargo.toml", package.name),
                1,
                format!(
                    "the crate name {} says nothing of what is inside",
                    package.name
                ),
                "name it for the one thing it does",
            )
        })
        .collect()
}

/// No `mod.rs`, and nothing that a tool left behind.
pub(super) fn files(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        if file.path.ends_with("/mod.rs") && !file.path.contains("/tests/") {
            findings.push(Finding::new(
                &file.path,
                1,
                "a mod.rs",
                "name the file for its module: `name.rs`",
            ));
        }
        if let Some(ending) = LEFTOVERS.iter().find(|ending| file.path.ends_with(*ending)) {
            let mend = "review it, then delete it";
            findings.push(Finding::new(
                &file.path,
                1,
                format!("a leftover file (*{ending})"),
                mend,
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{Package, found};

    #[test]
    fn a_crate_name_that_says_nothing_is_refused() {
        for (name, refused) in [
            ("majlis-core", true),
            ("utils", true),
            ("majlis-text", false),
            ("majlis-typesetting", false),
        ] {
            let packages = vec![Package {
                name: name.to_owned(),
                dependencies: Vec::new(),
            }];
            assert_eq!(
                crates(&Tree {
                    packages,
                    ..Tree::default()
                })
                .len(),
                usize::from(refused),
                "{name}"
            );
        }
    }

    #[test]
    fn a_mod_rs_or_a_leftover_is_refused() {
        for (path, refused) in [
            ("crates/a/src/b/mod.rs", true),
            // Cargo would take tests/support.rs for a test of its own.
            ("crates/a/tests/support/mod.rs", false),
            ("crates/a/src/b.rs", false),
            ("crates/a/src/snapshots/x.snap.new", true),
            ("crates/a/src/snapshots/x.snap", false),
        ] {
            assert_eq!(
                found(files, &[(path, "")]).len(),
                usize::from(refused),
                "{path}"
            );
        }
    }
}
