//! Detectors of Python.

use super::Detector;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[];
