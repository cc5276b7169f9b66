//! Detectors of C and C++.

use super::Detector;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[MEMORY];

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
