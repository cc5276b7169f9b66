//! Links between our own documents.

use super::{Finding, Tree};

/// The rules of the audit hold code and patterns, whose brackets are no links.
const RULES: &str = "crates/majlis-audit/rules/";

/// Every relative link in a Markdown file leads to something in the repository.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let documents = tree.files.iter().filter(|file| file.has_extension(&["md"]));
    for file in documents.filter(|file| !file.path.starts_with(RULES)) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, text) in file.lines() {
            let dead = targets(text).filter(|target| !leads_somewhere(tree, folder, target));
            findings.extend(dead.map(|target| {
                let mend = "correct the path, or commit what it names";
                Finding::new(
                    &file.path,
                    line,
                    format!("the link to {target} leads nowhere"),
                    mend,
                )
            }));
        }
    }
    findings
}

/// The relative targets of links and pictures in a line, without their anchors.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let markdown = line
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next());
    let html = line
        .split("src=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    markdown
        .chain(html)
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty())
}

fn leads_somewhere(tree: &Tree, folder: &str, target: &str) -> bool {
    let path = resolve(folder, target);
    let below = format!("{path}/");
    tree.paths
        .iter()
        .any(|known| *known == path || known.starts_with(&below))
}

/// `target` as seen from `folder`, relative to the root.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_link_leads_to_something_in_the_repository() {
        for (text, count) in [
            ("see [it](other.md) and [that](../README.md#first)", 0),
            ("see [the folder](../docs)", 0),
            ("see [it](gone.md), [it](../docs/gone.md)", 2),
            (
                "see [the web](https://example.com/a.md) or [below](#below)",
                0,
            ),
            ("<img src=\"gone.png\" alt=\"\">", 1),
            ("an `array[0](call)` is a link too", 1),
        ] {
            let files = [
                ("docs/page.md", text),
                ("docs/other.md", ""),
                ("README.md", ""),
            ];
            let findings = found(check, &files);
            assert_eq!(findings.len(), count, "{text}: {findings:?}");
        }
    }
}
