//! Detectors of C and C++.

mod concurrent;
mod copies;
mod facts;
mod function;
mod room;
mod shape;
mod unchecked;
mod unset;

use super::{Detector, Hits};
use crate::SourceFile;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[
    MEMORY,
    Detector {
        rules: function::RULES,
        run: functions,
    },
    Detector {
        rules: concurrent::RULES,
        run: |_, _| {},
    },
    Detector {
        rules: &[copies::COPY],
        run: |_, _| {},
    },
    Detector {
        rules: shape::RULES,
        run: shape::run,
    },
];

/// Runs what looks at functions, one by one and together.
fn functions(file: &SourceFile, hits: &mut Hits) {
    let mut found = Vec::new();
    facts::each(file.root(), |node| {
        if node.kind() == "function_definition" && !node.has_error() {
            found.extend(facts::Facts::of(file, node));
        }
        true
    });
    let macros = facts::macro_names(file.text());
    let nullable = unchecked::nullable(&found);
    let called = found.iter().flat_map(|facts| &facts.calls);
    let called = called.map(|call| call.name).collect();
    for facts in &found {
        function::run(facts, &macros, hits);
        unset::run(facts, hits);
        unchecked::run(facts, &nullable, hits);
        unchecked::containers(facts, hits);
        copies::run(facts, &called, hits);
    }
    concurrent::run(&found, hits);
}

/// What [`crate::memory`] reports: it looks at all files together, so nothing is left to do for
/// one alone.
const MEMORY: Detector = Detector {
    rules: &[
        "cpp/buffer-over-read",
        "cpp/buffer-under-read",
        "cpp/buffer-underwrite",
        "cpp/divide-by-zero",
        "cpp/double-close",
        "cpp/double-free",
        "cpp/endless-loop",
        "cpp/file-handle-leak",
        "cpp/free-not-at-start",
        "cpp/free-of-non-heap",
        "cpp/heap-buffer-overflow",
        "cpp/integer-overflow",
        "cpp/integer-underflow",
        "cpp/memory-leak",
        "cpp/mismatched-close",
        "cpp/mismatched-free",
        "cpp/missing-format-argument",
        "cpp/negative-size",
        "cpp/null-check-after-use",
        "cpp/null-dereference",
        "cpp/numeric-truncation",
        "cpp/overflowing-allocation",
        "cpp/possible-null-dereference",
        "cpp/reachable-assertion",
        "cpp/realloc-result-ignored",
        "cpp/relative-command-path",
        "cpp/return-of-stack-address",
        "cpp/sign-extended-size",
        "cpp/stack-buffer-overflow",
        "cpp/unchecked-allocation",
        "cpp/unchecked-loop-bound",
        "cpp/unchecked-privilege-drop",
        "cpp/unchecked-return-value",
        "cpp/uncontrolled-allocation",
        "cpp/uninitialized-use",
        "cpp/use-after-close",
        "cpp/use-after-free",
        "cpp/use-of-dead-stack-object",
    ],
    run: |_, _| {},
};
