//! Detectors of JavaScript and TypeScript.

use super::Detector;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[];
