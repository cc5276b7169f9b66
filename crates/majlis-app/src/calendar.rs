//! Days and months of the person, by the time zone of this machine.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Where a moment lies in the person's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Calendar {
    /// When the day began, milliseconds since 1970 UTC.
    pub(crate) day_since_ms: i64,
    /// When the month began, milliseconds since 1970 UTC.
    pub(crate) month_since_ms: i64,
    /// How far the person's clock is ahead of UTC, in minutes.
    pub(crate) timezone_offset_min: i32,
}

impl Calendar {
    /// A moment outside the calendar has a day and a month without a beginning: what is counted
    /// from there is everything, and nothing is forgotten.
    pub(crate) fn at(at_ms: i64, zone: &TimeZone) -> Self {
        Self::find(at_ms, zone).unwrap_or(Self {
            day_since_ms: i64::MIN,
            month_since_ms: i64::MIN,
            timezone_offset_min: 0,
        })
    }

    fn find(at_ms: i64, zone: &TimeZone) -> Result<Self, jiff::Error> {
        let moment = Timestamp::from_millisecond(at_ms)?.to_zoned(zone.clone());
        let day = moment.start_of_day()?;
        let month = moment.first_of_month()?.start_of_day()?;
        Ok(Self {
            day_since_ms: day.timestamp().as_millisecond(),
            month_since_ms: month.timestamp().as_millisecond(),
            timezone_offset_min: moment.offset().seconds() / 60,
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;

    #[track_caller]
    fn check(at: &str, offset_h: i8, day: &str, month: &str) {
        let ms = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let zone = TimeZone::fixed(Offset::constant(offset_h));
        let expected = Calendar {
            day_since_ms: ms(day),
            month_since_ms: ms(month),
            timezone_offset_min: i32::from(offset_h) * 60,
        };
        assert_eq!(Calendar::at(ms(at), &zone), expected);
    }

    #[test]
    fn a_day_begins_at_the_persons_midnight() {
        let evening = "2026-01-31T22:30:00Z";
        check(evening, 0, "2026-01-31T00:00:00Z", "2026-01-01T00:00:00Z");
        check(evening, 3, "2026-01-31T21:00:00Z", "2026-01-31T21:00:00Z");
        check(evening, -5, "2026-01-31T05:00:00Z", "2026-01-01T05:00:00Z");
    }

    #[test]
    fn outside_the_calendar_everything_counts() {
        let lost = Calendar::at(i64::MAX, &TimeZone::UTC);
        assert_eq!(
            (lost.day_since_ms, lost.month_since_ms),
            (i64::MIN, i64::MIN)
        );
    }
}
