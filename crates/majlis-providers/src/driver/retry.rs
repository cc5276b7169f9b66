//! When to ask again, and after how long.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Duration;

use majlis_llm::ProviderError;
use reqwest::header::HeaderMap;

use crate::config::RetryPolicy;

/// How long to wait before attempt `attempt + 1`; `None` gives up. A provider that asks for more than
/// we are ready to wait is reported, with the time it named.
pub(super) fn wait(policy: &RetryPolicy, attempt: u32, error: &ProviderError) -> Option<Duration> {
    if !error.is_retryable() || attempt >= policy.max_attempts {
        return None;
    }
    if let Some(asked) = error.retry_after {
        return (asked <= policy.max_wait).then_some(asked);
    }
    let doublings = attempt.saturating_sub(1).min(16);
    Some(jitter(
        policy
            .base
            .saturating_mul(1 << doublings)
            .min(policy.max_wait),
    ))
}

/// Anything up to `longest`, so that many callers do not come back at once. The hasher's seed is
/// random enough for that.
fn jitter(longest: Duration) -> Duration {
    let part = RandomState::new().hash_one(0_u8) % 1024;
    longest * u32::try_from(part).unwrap_or(0) / 1024
}

/// The wait a response asks for: `retry-after-ms`, or `retry-after` in seconds or as a date. A date is
/// measured against the response's own `date`, so that a wrong clock here does no harm.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    if let Some(milliseconds) = number("retry-after-ms") {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    if let Some(seconds) = number("retry-after") {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = httpdate::parse_http_date(text("retry-after")?).ok()?;
    let now = httpdate::parse_http_date(text("date")?).ok()?;
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use majlis_llm::ErrorKind;

    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &str)], seconds: Option<f64>) {
        let map: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        assert_eq!(
            retry_after(&map),
            seconds.map(Duration::from_secs_f64),
            "{headers:?}"
        );
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        check(&[("retry-after", "7")], Some(7.0));
        check(&[("retry-after", "0.5")], Some(0.5));
        check(
            &[("retry-after-ms", "1500"), ("retry-after", "2")],
            Some(1.5),
        );
        let date = ("date", "Sun, 22 Nov 2026 10:00:00 GMT");
        check(
            &[("retry-after", "Sun, 22 Nov 2026 10:00:30 GMT"), date],
            Some(30.0),
        );
        check(
            &[("retry-after", "Sun, 22 Nov 2026 09:00:00 GMT"), date],
            Some(0.0),
        );
        check(&[("retry-after", "Sun, 22 Nov 2026 10:00:30 GMT")], None);
        check(&[("retry-after", "soon"), date], None);
        check(&[("retry-after", "-1")], None);
        check(&[("retry-after", "NaN")], None);
        check(&[], None);
    }

    #[test]
    fn waiting_ends_with_the_attempts_the_patience_and_the_bill() {
        let policy = RetryPolicy {
            max_attempts: 3,
            base: Duration::from_secs(1),
            max_wait: Duration::from_secs(20),
        };
        let limited = |seconds: Option<u64>| ProviderError {
            retry_after: seconds.map(Duration::from_secs),
            ..ProviderError::new(ErrorKind::RateLimited, "slow")
        };
        assert_eq!(
            wait(&policy, 1, &limited(Some(20))),
            Some(Duration::from_secs(20))
        );
        assert_eq!(wait(&policy, 1, &limited(Some(21))), None);
        assert_eq!(wait(&policy, 3, &limited(None)), None);
        assert!(wait(&policy, 2, &limited(None)).unwrap() < Duration::from_secs(2));
        assert_eq!(
            wait(&policy, 1, &ProviderError::new(ErrorKind::Network, "broke")),
            None
        );
        assert_eq!(
            wait(
                &policy,
                1,
                &ProviderError::new(ErrorKind::Unauthorized, "no")
            ),
            None
        );
    }
}
