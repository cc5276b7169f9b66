//! `cargo xtask tidy`: the rules of the house that no compiler checks.
//!
//! Every rule is a pure function from the [`Tree`] to findings, listed in [`RULES`].

mod dependencies;
mod evidence;
mod functions;
mod layers;
mod links;
mod lints;
mod naming;
mod purity;
mod registries;
mod size;
mod tree;
mod unsafety;
mod words;

use std::fmt;

use anyhow::{Result, bail};

pub(crate) use tree::Tree;
#[cfg(test)]
use tree::{Dependency, File, Package};

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    /// From 1.
    line: usize,
    message: String,
    /// How to mend it.
    mend: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
            mend: mend.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {} ({})",
            self.path, self.line, self.message, self.mend
        )
    }
}

/// A rule: its name and the function that finds what breaks it.
type Rule = (&'static str, fn(&Tree) -> Vec<Finding>);

/// Every rule. A new one is a function, a line here and a table of cases beside it.
const RULES: &[Rule] = &[
    ("a crate uses only lower layers", layers::check),
    ("a foreign crate stays with its owners", layers::owners),
    ("crates are named for what they do", naming::crates),
    ("no mod.rs and no leftover files", naming::files),
    ("a file has at most 800 lines", size::check),
    ("a function has at most 70 lines", functions::check),
    ("no unsafe but in its one place", unsafety::check),
    ("pure crates have no async fn", purity::check),
    (
        "each dependency is used, named once, and says why",
        dependencies::check,
    ),
    ("each clippy.toml holds the common settings", lints::check),
    ("a link leads somewhere", links::check),
    ("a test that is named as evidence is there", evidence::check),
    ("lists are complete", registries::check),
    ("no registry host, machine path or key", words::secrets),
    ("no unfinished work and no ignored test", words::leftovers),
];

/// Prints every finding; fails if there is one.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::read()?;
    let findings = all(&tree);
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!(
            "tidy found {} {}",
            findings.len(),
            if findings.len() == 1 {
                "place"
            } else {
                "places"
            }
        );
    }
    eprintln!(
        "tidy: {} rules hold in {} files",
        RULES.len(),
        tree.files.len()
    );
    Ok(())
}

/// What every rule finds, in the order of paths and lines.
fn all(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|(_, rule)| rule(tree)).collect();
    findings.sort();
    findings
}

/// A tree of the given files, and what `rule` finds in it, one line per finding.
#[cfg(test)]
fn found(rule: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<File> = files
        .iter()
        .map(|(path, text)| File::new(path, text))
        .collect();
    let paths = files.iter().map(|file| file.path.clone()).collect();
    rule(&Tree {
        paths,
        files,
        ..Tree::default()
    })
    .iter()
    .map(ToString::to_string)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_place_message_and_mend() {
        let finding = Finding::new("crates/a/src/lib.rs", 7, "too long", "split it");
        assert_eq!(
            finding.to_string(),
            "crates/a/src/lib.rs:7: too long (split it)"
        );
    }

    #[test]
    fn findings_come_in_the_order_of_paths_and_lines() {
        let text = format!(
            "fn a() {{}}\nunsafe fn b() {{}}\n// {}\n",
            concat!("FIX", "ME")
        );
        let tree = Tree {
            files: vec![
                File::new("crates/z/src/lib.rs", &text),
                File::new("crates/a/src/mod.rs", ""),
            ],
            ..Tree::default()
        };
        let places: Vec<String> = all(&tree)
            .iter()
            .map(|f| format!("{}:{}", f.path, f.line))
            .collect();
        assert_eq!(
            places,
            [
                "crates/a/src/mod.rs:1",
                "crates/z/src/lib.rs:2",
                "crates/z/src/lib.rs:3"
            ]
        );
    }
}
