//! The settings of clippy.

use super::{Finding, Tree};

const ROOT: &str = "clippy.toml";

/// Clippy reads the nearest `clippy.toml` and no other, so each one repeats the settings that all
/// share: the lines of the root file up to its first blank line.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(root) = tree.files.iter().find(|file| file.path == ROOT) else {
        return Vec::new();
    };
    let common: Vec<&str> = root
        .text
        .lines()
        .take_while(|line| !line.is_empty())
        .collect();
    let others = tree
        .files
        .iter()
        .filter(|file| file.path.ends_with("/clippy.toml"));
    let mut findings = Vec::new();
    for file in others {
        let missing = common
            .iter()
            .filter(|line| !file.text.lines().any(|own| own == **line));
        findings.extend(missing.map(|line| {
            Finding::new(
                &file.path,
                1,
                format!("lacks `{line}` of the root clippy.toml"),
                "copy that line",
            )
        }));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn every_clippy_toml_repeats_the_common_settings() {
        let root = "a = 1\nb = 2\n\ndisallowed = []\n";
        for (text, count) in [("a = 1\nb = 2\nc = 3\n", 0), ("a = 1\n", 1), ("", 2)] {
            let findings = found(
                check,
                &[("clippy.toml", root), ("crates/a/clippy.toml", text)],
            );
            assert_eq!(findings.len(), count, "{text:?}: {findings:?}");
        }
    }
}
