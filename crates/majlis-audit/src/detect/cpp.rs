//! Detectors of C and C++.

use super::Detector;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[];
