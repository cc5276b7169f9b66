//! Detectors of Go.

mod nil;

use super::Detector;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[Detector {
    rules: &[nil::NIL],
    run: nil::run,
}];
