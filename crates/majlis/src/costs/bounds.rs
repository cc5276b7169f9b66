//! Ranges of time as people write them.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

/// Where days begin: this machine's time zone, or one the person named.
#[derive(Debug, Clone)]
pub(crate) struct Zone(pub(crate) TimeZone);

/// A range in milliseconds since 1970 UTC; `None`: open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    /// From this moment on.
    pub(crate) since_ms: Option<i64>,
    /// Before this moment.
    pub(crate) until_ms: Option<i64>,
}

/// Which end of a day or month is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its beginning.
    First,
    /// The beginning of what follows.
    Last,
}

/// Reads `+03:00`, `-05:30` or `UTC`.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn zone(text: &str) -> Result<Zone, String> {
    let refused = || format!("{text:?} is not a distance from UTC such as +03:00");
    if text.eq_ignore_ascii_case("utc") {
        return Ok(Zone(TimeZone::UTC));
    }
    let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        _ => return Err(refused()),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    let number = |text: &str| {
        let is_plain = text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i32>().ok().filter(|_| is_plain)
    };
    let (Some(hours @ 0..=17), Some(minutes @ 0..=59)) = (number(hours), number(minutes)) else {
        return Err(refused());
    };
    let offset = Offset::from_seconds(sign * (hours * 3_600 + minutes * 60));
    offset
        .map(|offset| Zone(TimeZone::fixed(offset)))
        .map_err(|_| refused())
}

/// Reads a moment: `2026-11-22` (that day, whole), `2026-11` (that month, whole), `7d` (so many days
/// back), `today`, or a time with its zone. `None` for `all`.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn moment(
    text: &str,
    end: End,
    now: Timestamp,
    zone: &Zone,
) -> Result<Option<i64>, String> {
    let refused = || {
        format!(
            "{text:?} is not a day (2026-11-22), a month (2026-11), a number of days (30d), `today` or `all`"
        )
    };
    if text == "all" {
        return Ok(None);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(Some(moment.as_millisecond()));
    }
    let today = now.to_zoned(zone.0.clone()).date();
    let (first, length) = if text == "today" {
        (today, Span::new().days(1))
    } else if let Some(days) = text.strip_suffix('d') {
        let days: i64 = days
            .parse()
            .ok()
            .filter(|days| (0..=36_600).contains(days))
            .ok_or_else(refused)?;
        let first = today.checked_sub(Span::new().days(days));
        (first.map_err(|_| refused())?, Span::new().days(1))
    } else if let (Ok(date), 10) = (text.parse::<Date>(), text.len()) {
        (date, Span::new().days(1))
    } else {
        let month = format!("{text}-01")
            .parse::<Date>()
            .ok()
            .filter(|_| text.len() == 7);
        (month.ok_or_else(refused)?, Span::new().months(1))
    };
    let date = match end {
        End::First => first,
        End::Last => first.checked_add(length).map_err(|_| refused())?,
    };
    let start = date.to_zoned(zone.0.clone()).map_err(|_| refused())?;
    Ok(Some(start.timestamp().as_millisecond()))
}

impl Range {
    /// The range between two moments as people write them.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub(crate) fn read(
        since: &str,
        until: Option<&str>,
        now: Timestamp,
        zone: &Zone,
    ) -> Result<Self, String> {
        Ok(Self {
            since_ms: moment(since, End::First, now, zone)?,
            until_ms: match until {
                Some(until) => moment(until, End::Last, now, zone)?,
                None => None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, end: End, expected: Option<&str>) {
        let now: Timestamp = "2026-11-22T22:30:00Z".parse().unwrap();
        let found = moment(text, end, now, &zone("+03:00").unwrap());
        let expected = expected.map(|text| text.parse::<Timestamp>().unwrap().as_millisecond());
        assert_eq!(found.ok().flatten(), expected, "{text}");
    }

    #[test]
    fn a_day_is_meant_whole_in_the_persons_zone() {
        check("2026-11-22", End::First, Some("2026-11-21T21:00:00Z"));
        check("2026-11-22", End::Last, Some("2026-11-22T21:00:00Z"));
        check("2026-11", End::First, Some("2026-10-31T21:00:00Z"));
        check("2026-11", End::Last, Some("2026-11-30T21:00:00Z"));
        check("today", End::First, Some("2026-11-22T21:00:00Z"));
        check("7d", End::First, Some("2026-11-15T21:00:00Z"));
        check(
            "2026-11-22T01:02:03Z",
            End::Last,
            Some("2026-11-22T01:02:03Z"),
        );
        for text in [
            "",
            "yesterday",
            "22.11.2026",
            "2026-13",
            "-1d",
            "999999d",
            "2026-11-2",
        ] {
            check(text, End::First, None);
            assert!(
                moment(
                    text,
                    End::First,
                    Timestamp::UNIX_EPOCH,
                    &zone("UTC").unwrap()
                )
                .is_err()
            );
        }
        check("all", End::First, None);
    }

    #[test]
    fn a_zone_is_a_distance_from_utc() {
        for (text, minutes) in [
            ("+03:00", Some(180)),
            ("-05:30", Some(-330)),
            ("+3", Some(180)),
            ("UTC", Some(0)),
        ] {
            let found = zone(text)
                .ok()
                .map(|zone| zone.0.to_offset(Timestamp::UNIX_EPOCH).seconds() / 60);
            assert_eq!(found, minutes, "{text}");
        }
        for text in ["03:00", "+25:00", "+3:60", "Riyadh", "+", ""] {
            assert!(zone(text).is_err(), "{text}");
        }
    }
}
