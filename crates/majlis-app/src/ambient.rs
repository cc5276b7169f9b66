//! The only place in this crate that reads the clock or draws ids.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC; 0 for a clock set before that.
#[allow(clippy::disallowed_methods)] // the one door to the clock
pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|elapsed| i64::try_from(elapsed.as_millis()).ok())
        .unwrap_or(0)
}

/// A new id: UUIDv7 as text.
pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
