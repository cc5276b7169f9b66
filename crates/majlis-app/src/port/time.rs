//! Times as other programs write them, as milliseconds since 1970 UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

/// The last millisecond of the year 9999.
const MAX_MS: i64 = 253_402_300_799_999;

/// A time as seconds with a fraction, or as text; `None` when it is neither.
pub(crate) fn from_json(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => from_seconds(number.as_f64()?),
        Value::String(text) => from_text(text),
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // within the bounds checked
fn from_seconds(seconds: f64) -> Option<i64> {
    let ms = (seconds * 1_000.0).round();
    (0.0..=MAX_MS as f64).contains(&ms).then_some(ms as i64)
}

/// RFC 3339, or the same without a zone, which means UTC; a space may stand for the `T`.
pub(crate) fn from_text(text: &str) -> Option<i64> {
    let text = text.trim();
    let ms = match text.parse::<Timestamp>() {
        Ok(time) => time.as_millisecond(),
        Err(_) => text
            .parse::<DateTime>()
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_millisecond(),
    };
    (0..=MAX_MS).contains(&ms).then_some(ms)
}

/// RFC 3339 in UTC. A time outside the calendar's range is shown as its beginning.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_a_time_is_read_and_nothing_else() {
        let check = |value: Value, expected: Option<i64>| {
            assert_eq!(from_json(&value), expected, "{value}");
        };
        check(json!(1_700_000_000.123_456), Some(1_700_000_000_123));
        check(json!(0), Some(0));
        check(json!("2023-11-14T22:13:20.123Z"), Some(1_700_000_000_123));
        check(
            json!("2023-11-15T00:13:20.123+02:00"),
            Some(1_700_000_000_123),
        );
        check(json!("2023-11-14T22:13:20.123456"), Some(1_700_000_000_123));
        check(json!("2023-11-14 22:13:20"), Some(1_700_000_000_000));
        for value in [
            json!(-1),
            json!(1e300),
            json!("yesterday"),
            json!(""),
            json!(null),
            json!("-9999-01-01"),
        ] {
            check(value, None);
        }
    }
}
