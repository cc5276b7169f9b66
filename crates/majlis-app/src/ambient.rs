//! The only place in this crate that reads the clock or the time zone, or draws ids.

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

/// The time zone this machine is set to; UTC when it is set to none that is known.
pub(crate) fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::try_system().unwrap_or(jiff::tz::TimeZone::UTC)
}

/// A new id: UUIDv7 as text.
pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
