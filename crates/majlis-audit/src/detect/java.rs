//! Detectors of Java.

mod arithmetic;
mod identity;
mod layout;
mod leak;
mod looping;
mod null;
mod random;
mod results;
mod scope;
mod store;
mod unused;

use super::Detector;

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[
    Detector {
        rules: &[arithmetic::OVERFLOW, arithmetic::DIVISION],
        run: arithmetic::run,
    },
    Detector {
        rules: &[identity::OBJECTS, identity::ARRAYS],
        run: identity::run,
    },
    Detector {
        rules: &[layout::INDENTATION],
        run: layout::run,
    },
    Detector {
        rules: &[leak::NEVER, leak::SKIPPED],
        run: leak::run,
    },
    Detector {
        rules: &[looping::ENDLESS],
        run: looping::run,
    },
    Detector {
        rules: &[null::KNOWN, null::MAYBE, null::LATE],
        run: null::run,
    },
    Detector {
        rules: &[random::WEAK],
        run: random::run,
    },
    Detector {
        rules: &[results::IGNORED],
        run: results::run,
    },
    Detector {
        rules: &[store::DEAD],
        run: store::run,
    },
    Detector {
        rules: &[unused::METHOD, unused::FIELD],
        run: unused::run,
    },
];
