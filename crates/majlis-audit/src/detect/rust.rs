//! Detectors of Rust.

use super::Detector;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[];
