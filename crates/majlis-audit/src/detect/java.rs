//! Detectors of Java.

use super::Detector;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[];
