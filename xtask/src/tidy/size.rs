//! The length of files.

use super::{Finding, Tree};
use crate::generate;

/// A file longer than this has more than one subject.
const MAX_LINES: usize = 800;

/// Written by people, line by line. Data and prose have no limit.
const CODE: &[&str] = &[
    "rs", "ts", "tsx", "js", "mjs", "css", "py", "go", "sh", "sql",
];

/// No file of code, unless a program wrote it, is longer than [`MAX_LINES`].
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| file.has_extension(CODE) && !generate::is_generated(&file.path))
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(file, lines)| {
            Finding::new(
                &file.path,
                MAX_LINES + 1,
                format!("{lines} lines, of at most {MAX_LINES}"),
                "split it by subject",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_file_of_code_has_at_most_800_lines() {
        let long = "x\n".repeat(801);
        let full = "x\n".repeat(800);
        for (path, text, refused) in [
            ("crates/a/src/lib.rs", &long, true),
            ("crates/a/src/lib.rs", &full, false),
            ("ui/src/app.tsx", &long, true),
            ("docs/long.md", &long, false),
            ("package-lock.json", &long, false),
        ] {
            assert_eq!(
                found(check, &[(path, text)]).len(),
                usize::from(refused),
                "{path}"
            );
        }
    }
}
