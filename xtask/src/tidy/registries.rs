//! Lists that must be complete: what is in one place must be in another.

use std::collections::BTreeMap;

use super::{Finding, Tree};

/// Every list, one function each.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    [wire_formats, migrations, fuzz_targets, decisions]
        .iter()
        .flat_map(|list| list(tree))
        .collect()
}

/// The names between `before` and the next `/` or the ending `after`, of all paths.
fn names<'a>(tree: &'a Tree, before: &str, after: &str) -> Vec<&'a str> {
    let mut names: Vec<&str> = tree
        .paths
        .iter()
        .filter_map(|path| path.strip_prefix(before)?.split_once(after))
        .map(|(name, _)| name)
        .filter(|name| !name.contains('/'))
        .collect();
    names.dedup();
    names
}

/// A wire format has its codec, its recordings and a snapshot of what they decode to.
fn wire_formats(tree: &Tree) -> Vec<Finding> {
    let fixtures = "crates/majlis-providers/tests/fixtures/";
    let mut findings = Vec::new();
    for name in names(tree, fixtures, "/") {
        for needed in [
            format!(
                "crates/majlis-providers/src/codec/{}.rs",
                name.replace('-', "_")
            ),
            format!("crates/majlis-providers/tests/snapshots/codecs__{name}.snap"),
        ] {
            findings.extend(missing(tree, &format!("{fixtures}{name}"), &needed));
        }
    }
    findings
}

/// A migration after the first has a database of the version before, to be tried on.
fn migrations(tree: &Tree) -> Vec<Finding> {
    let folder = "crates/majlis-store/migrations/";
    let mut findings = Vec::new();
    for name in names(tree, folder, ".sql") {
        let number: Option<u32> = name
            .split('_')
            .next()
            .and_then(|digits| digits.parse().ok());
        match number {
            Some(1) => {}
            Some(number) => {
                let needed = format!("crates/majlis-store/tests/fixtures/v{}.sql", number - 1);
                findings.extend(missing(tree, &format!("{folder}{name}.sql"), &needed));
            }
            None => {
                let mend = "name it NUMBER_WORDS.sql";
                findings.push(Finding::new(
                    &format!("{folder}{name}.sql"),
                    1,
                    "a migration without a number",
                    mend,
                ));
            }
        }
    }
    findings
}

/// A fuzz target is named in its manifest, or cargo-fuzz does not know it.
fn fuzz_targets(tree: &Tree) -> Vec<Finding> {
    let manifest = tree
        .files
        .iter()
        .find(|file| file.path == "fuzz/Cargo.toml")
        .map_or("", |file| &file.text);
    names(tree, "fuzz/fuzz_targets/", ".rs")
        .into_iter()
        .filter(|name| !manifest.contains(&format!("name = \"{name}\"")))
        .map(|name| {
            let path = format!("fuzz/fuzz_targets/{name}.rs");
            Finding::new(
                &path,
                1,
                "a fuzz target that nothing runs",
                "give it a [[bin]] in fuzz/Cargo.toml",
            )
        })
        .collect()
}

/// A decision has a number of its own.
fn decisions(tree: &Tree) -> Vec<Finding> {
    let folder = "docs/decisions/";
    let mut by_number: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names(tree, folder, ".md") {
        by_number
            .entry(name.split('-').next().unwrap_or_default())
            .or_default()
            .push(name);
    }
    by_number
        .iter()
        .flat_map(|(number, names)| names.iter().skip(1).map(move |name| (number, name)))
        .map(|(number, name)| {
            let path = format!("{folder}{name}.md");
            Finding::new(
                &path,
                1,
                format!("a second decision with the number {number}"),
                "take the next free number",
            )
        })
        .collect()
}

fn missing(tree: &Tree, owner: &str, needed: &str) -> Option<Finding> {
    let is_there = tree.paths.iter().any(|path| path == needed);
    (!is_there).then(|| {
        Finding::new(
            owner,
            1,
            format!("lacks {needed}"),
            "add it, or delete what needs it",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        found(check, files)
    }

    #[test]
    fn a_wire_format_has_its_codec_and_its_snapshot() {
        let files = [
            ("crates/majlis-providers/src/codec/openai_chat.rs", ""),
            (
                "crates/majlis-providers/tests/fixtures/openai-chat/text.sse",
                "",
            ),
            (
                "crates/majlis-providers/tests/fixtures/openai-chat/tool.sse",
                "",
            ),
            (
                "crates/majlis-providers/tests/snapshots/codecs__openai-chat.snap",
                "",
            ),
        ];
        assert_eq!(messages(&files), Vec::<String>::new());
        assert_eq!(messages(&files[..3]).len(), 1);
        assert_eq!(messages(&files[1..3]).len(), 2);
    }

    #[test]
    fn a_migration_has_a_database_of_the_version_before() {
        for (files, count) in [
            (
                &[("crates/majlis-store/migrations/0001_spine.sql", "")][..],
                0,
            ),
            (&[("crates/majlis-store/migrations/0002_more.sql", "")], 1),
            (&[("crates/majlis-store/migrations/more.sql", "")], 1),
            (
                &[
                    ("crates/majlis-store/migrations/0002_more.sql", ""),
                    ("crates/majlis-store/tests/fixtures/v1.sql", ""),
                ],
                0,
            ),
        ] {
            assert_eq!(messages(files).len(), count, "{files:?}");
        }
    }

    #[test]
    fn a_fuzz_target_is_in_its_manifest() {
        let files = [
            ("fuzz/Cargo.toml", "[[bin]]\nname = \"framing\"\n"),
            ("fuzz/fuzz_targets/framing.rs", ""),
        ];
        assert_eq!(messages(&files), Vec::<String>::new());
        assert_eq!(messages(&files[1..]).len(), 1);
    }

    #[test]
    fn a_decision_has_a_number_of_its_own() {
        let files = [
            ("docs/decisions/0001-a.md", ""),
            ("docs/decisions/0002-b.md", ""),
            ("docs/decisions/0002-c.md", ""),
        ];
        let found = messages(&files);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0]
                .starts_with("docs/decisions/0002-c.md:1: a second decision with the number 0002"),
            "{found:?}"
        );
    }
}
