//! Tests that a document names as its evidence.

use super::{Finding, Tree};

/// The document whose every row rests on tests.
const DOCUMENT: &str = "docs/security-model.md";

/// Every test that the security model names is in the file it names.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in tree.files.iter().filter(|file| file.path == DOCUMENT) {
        for (line, text) in document.lines() {
            let gone = named(text).filter(|(test, path)| !holds(tree, test, path));
            findings.extend(gone.map(|(test, path)| {
                let mend = "name the test that holds this today, or write it";
                Finding::new(
                    &document.path,
                    line,
                    format!("{path} has no test {test}"),
                    mend,
                )
            }));
        }
    }
    findings
}

/// Pairs of a test and its file, written as a link from the test's name in code.
fn named(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split("[`").skip(1).filter_map(|rest| {
        let (test, rest) = rest.split_once("`](../")?;
        Some((test, rest.split(')').next()?))
    })
}

fn holds(tree: &Tree, test: &str, path: &str) -> bool {
    let declaration = format!("fn {test}(");
    tree.files
        .iter()
        .any(|file| file.path == path && file.text.contains(&declaration))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_test_that_is_named_is_there() {
        let source = "#[test]\nfn it_holds() {}\n";
        for (text, count) in [
            ("| [`it_holds`](../a.rs) |", 0),
            ("| [`it_held`](../a.rs), [`it_holds`](../b.rs) |", 2),
            ("| `ui/a.test.ts` |", 0),
        ] {
            let files = [(DOCUMENT, text), ("a.rs", source)];
            assert_eq!(found(check, &files).len(), count, "{text}");
        }
    }
}
