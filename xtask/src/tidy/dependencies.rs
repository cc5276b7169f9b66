//! The list of foreign crates in the root manifest.

use super::{Finding, Tree};
use crate::tidy::layers::manifest;
use crate::tidy::tree::{File, Package};

const ROOT: &str = "Cargo.toml";

/// Each workspace dependency is used by a crate and says why; crates take theirs from that list.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.path == ROOT) {
        for entry in entries(file, |section| section == "workspace.dependencies") {
            findings.extend(unexplained(&entry));
            findings.extend(unused(&entry, tree));
        }
    }
    for file in tree.files.iter().filter(|file| is_member(&file.path)) {
        findings.extend(
            entries(file, is_dependencies)
                .iter()
                .filter_map(|entry| versioned(&file.path, entry)),
        );
    }
    findings.extend(
        tree.packages
            .iter()
            .flat_map(|package| unmentioned(package, tree)),
    );
    findings
}

/// The dependencies that no source file of the crate mentions.
fn unmentioned(package: &Package, tree: &Tree) -> Vec<Finding> {
    let manifest = manifest(&package.name);
    let folder = manifest.trim_end_matches("Cargo.toml");
    let sources: Vec<&File> = tree
        .rust()
        .filter(|file| file.path.starts_with(folder))
        .collect();
    if sources.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let ident = dependency.name.replace('-', "_");
        if !sources.iter().any(|file| holds_word(&file.text, &ident)) {
            let message = format!(
                "{} does not use its dependency {}",
                package.name, dependency.name
            );
            findings.push(Finding::new(&manifest, 1, message, "delete the line"));
        }
    }
    findings
}

fn holds_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn is_member(path: &str) -> bool {
    path.ends_with("/Cargo.toml") && (path.starts_with("crates/") || path.starts_with("xtask/"))
}

fn is_dependencies(section: &str) -> bool {
    section == "dependencies"
        || section.ends_with("-dependencies")
        || section.ends_with(".dependencies")
}

/// One line of a list of dependencies.
struct Entry<'a> {
    line: usize,
    name: &'a str,
    value: &'a str,
}

/// The dependencies of a manifest, in the sections that `wanted` accepts. Line by line, because
/// the comments matter and a parser drops them.
fn entries(file: &File, wanted: impl Fn(&str) -> bool) -> Vec<Entry<'_>> {
    let mut inside = false;
    let mut entries = Vec::new();
    for (line, text) in file.lines() {
        if let Some(section) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            inside = wanted(section.0);
        } else if inside && let Some((key, value)) = text.split_once('=') {
            // Continuation lines of a list and comments hold no key.
            if !text.starts_with(['#', ' ', '\t']) {
                let name = key
                    .trim()
                    .split('.')
                    .next()
                    .unwrap_or_default()
                    .trim_matches('"');
                entries.push(Entry { line, name, value });
            }
        }
    }
    entries
}

fn is_ours(name: &str) -> bool {
    name == "majlis" || name.starts_with("majlis-")
}

fn unexplained(entry: &Entry<'_>) -> Option<Finding> {
    let reason = entry
        .value
        .rsplit_once('#')
        .map_or("", |(_, comment)| comment.trim());
    (reason.is_empty() && !is_ours(entry.name)).then(|| {
        let mend = "say in a word what it is for, behind a # on the same line";
        Finding::new(
            ROOT,
            entry.line,
            format!("the dependency {} does not say why", entry.name),
            mend,
        )
    })
}

fn unused(entry: &Entry<'_>, tree: &Tree) -> Option<Finding> {
    let used = tree.packages.iter().any(|package| {
        package
            .dependencies
            .iter()
            .any(|dependency| dependency.name == entry.name)
    });
    (!used).then(|| {
        Finding::new(
            ROOT,
            entry.line,
            format!("no crate uses the dependency {}", entry.name),
            "delete the line",
        )
    })
}

fn versioned(path: &str, entry: &Entry<'_>) -> Option<Finding> {
    (!entry.value.contains("workspace = true") && entry.value.trim() != "true").then(|| {
        let mend = "name it once in the root Cargo.toml and write `workspace = true` here";
        Finding::new(
            path,
            entry.line,
            format!("the dependency {} has a version of its own", entry.name),
            mend,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::Dependency;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let serde = Dependency {
            name: "serde".to_owned(),
            kind: None,
        };
        let packages = vec![Package {
            name: "majlis-llm".to_owned(),
            dependencies: vec![serde],
        }];
        let tree = Tree {
            files: vec![File::new(path, text)],
            packages,
            ..Tree::default()
        };
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_workspace_dependency_is_used_and_says_why() {
        for (line, expected) in [
            ("serde = \"1\" # every serialised form", None),
            (
                "serde = { version = \"1\", features = [\"derive\"] } # forms",
                None,
            ),
            (
                "serde = \"1\"",
                Some("Cargo.toml:2: the dependency serde does not say why"),
            ),
            (
                "serde = \"1\" #",
                Some("Cargo.toml:2: the dependency serde does not say why"),
            ),
            (
                "rand = \"1\" # dice",
                Some("Cargo.toml:2: no crate uses the dependency rand"),
            ),
            (
                "majlis-llm = { path = \"x\" }",
                Some("Cargo.toml:2: no crate uses the dependency majlis-llm"),
            ),
        ] {
            let found = findings(
                "Cargo.toml",
                &format!("[workspace.dependencies]\n{line}\n[other]\nx = 1\n"),
            );
            assert_eq!(
                found.len(),
                usize::from(expected.is_some()),
                "{line}: {found:?}"
            );
            assert!(
                expected.is_none_or(|expected| found[0].starts_with(expected)),
                "{line}: {found:?}"
            );
        }
    }

    #[test]
    fn a_crate_mentions_each_of_its_dependencies() {
        for (source, count) in [
            ("use serde_json::Value;", 0),
            ("serde_json::json!({})", 0),
            ("use my_serde_json_x;", 1),
        ] {
            let json = Dependency {
                name: "serde-json".to_owned(),
                kind: None,
            };
            let packages = vec![Package {
                name: "majlis-llm".to_owned(),
                dependencies: vec![json],
            }];
            let files = vec![File::new("crates/majlis-llm/src/lib.rs", source)];
            let findings = check(&Tree {
                files,
                packages,
                ..Tree::default()
            });
            assert_eq!(findings.len(), count, "{source}: {findings:?}");
        }
    }

    #[test]
    fn a_crate_takes_its_dependencies_from_the_list() {
        for (text, count) in [
            ("[dependencies]\nserde.workspace = true\n", 0),
            (
                "[dependencies]\nserde = { workspace = true, optional = true }\n",
                0,
            ),
            ("[dependencies]\nserde = \"1\"\n", 1),
            ("[dev-dependencies]\nserde = { path = \"x\" }\n", 1),
            ("[target.'cfg(unix)'.dependencies]\nserde = \"1\"\n", 1),
            ("[features]\nlive = []\n", 0),
        ] {
            assert_eq!(
                findings("crates/majlis-llm/Cargo.toml", text).len(),
                count,
                "{text}"
            );
        }
    }
}
