//! Values of requests on their way through servlets and controllers, as people write them: what is
//! marked is found by the data flow and the tables of Java, and nothing else is.
#![allow(clippy::unwrap_used)] // a file that is missing fails the test

use std::collections::BTreeSet;
use std::path::Path;

use majlis_audit::flow::{Options, What, run};
use majlis_audit::table::Tables;
use majlis_audit::{Grammar, Lines, lower};

/// Where a value may come from for a finding to count; programs trust their own settings.
const FROM: [&str; 3] = ["request", "network", "database"];

/// Compares what is found in a file with the comments at the ends of its lines: kinds of sinks and
/// slugs of rules.
fn check(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/java")
        .join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&Grammar::Java.tree_sitter()).unwrap();
    let tree = parser.parse(&text, None).unwrap();
    let module = lower::lower(Grammar::Java, name, &text, &tree).unwrap();
    let lines = Lines::new(&text);
    let found: BTreeSet<_> = run(&[module], Tables::embedded(), Options::default())
        .hits
        .into_iter()
        .filter_map(|hit| {
            let what = match hit.what {
                What::Check { rule } => rule,
                What::Sink { kind, labels } => {
                    let counts = labels.iter().any(|label| FROM.contains(&label.as_str()));
                    counts.then_some(kind)?
                }
            };
            Some((lines.place(&text, hit.span.start).line, what))
        })
        .collect();
    assert_eq!(found, marked(&text), "{name}");
}

fn marked(text: &str) -> BTreeSet<(u32, String)> {
    let mut marked = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let words = line.rsplit_once("; // ").map_or("", |(_, words)| words);
        marked.extend(
            words
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(|word| (number, word.to_owned())),
        );
    }
    marked
}

#[test]
fn values_are_followed_through_servlets_and_their_helpers() {
    check("Corpus.java");
}

#[test]
fn values_are_followed_through_controllers_and_library_calls() {
    check("Handlers.java");
}
