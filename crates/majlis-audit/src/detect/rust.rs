//! Detectors of Rust.

mod function;
mod number;
mod pointer;

use super::{Detector, Hits};
use crate::SourceFile;
use function::Body;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[
    Detector {
        rules: pointer::RULES,
        run: functions,
    },
    Detector {
        rules: number::RULES,
        run: |_, _| {},
    },
];

fn functions(file: &SourceFile, hits: &mut Hits) {
    super::tree::each(file.root(), |node| {
        if node.kind() == "function_item"
            && !node.has_error()
            && let Some(body) = Body::of(file, node)
        {
            pointer::run(&body, hits);
            number::run(&body, hits);
        }
        true
    });
}
