//! The interpreter by programs: lines that end with `// finding` are reported, others are not.

mod java;
mod laws;

use super::{Options, What, run};
use crate::lower::lower;
use crate::table::Tables;
use crate::{Grammar, Lines};

/// Follows files (path, text), and compares the lines of the sinks that are reached with the marked
/// ones.
fn check_files(grammar: Grammar, files: &[(&str, &str)]) {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&grammar.tree_sitter()).unwrap();
    let modules: Vec<_> = files
        .iter()
        .map(|(path, text)| {
            let tree = parser.parse(text, None).unwrap();
            assert!(!tree.root_node().has_error(), "{path} does not parse");
            lower(grammar, path, text, &tree).unwrap()
        })
        .collect();
    let hits = run(&modules, Tables::embedded(), Options::default()).hits;
    for (path, text) in files {
        let lines = Lines::new(text);
        let mut found: Vec<u32> = hits
            .iter()
            .filter(|hit| hit.path == *path && matches!(hit.what, What::Sink { .. }))
            .map(|hit| lines.place(text, hit.span.start).line)
            .collect();
        found.dedup();
        let marked: Vec<u32> = (1..)
            .zip(text.lines())
            .filter(|(_, line)| line.ends_with("finding"))
            .map(|(at, _)| at)
            .collect();
        assert_eq!(found, marked, "{path}: found, marked\n{text}");
    }
}
