//! What is worth an alert: one list of rules over what was seen.

use std::collections::BTreeMap;

use majlis_llm::PicoUsd;
use majlis_store::CallOutcome;

use super::sample::Sample;
use crate::Notice;
use crate::health::LOW_DISK_BYTES;

/// Calls to a provider within ten minutes from which on it is judged.
const MIN_CALLS: usize = 5;
/// Calls in a row that did not reach a provider: it is down.
const MIN_LOST_CALLS: usize = 3;
/// Of every hundred calls, more failed ones than this are too many.
const MAX_FAILED_PERCENT: usize = 20;
/// Longest time for 95 of 100 answers of a provider.
const MAX_PROVIDER_MS: i64 = 60_000;
/// Of every hundred answers of our own, more slow ones than this are too many.
const MAX_SLOW_PERCENT: u64 = 5;
/// Answers in a minute from which on they are judged.
const MIN_ANSWERS: u64 = 20;
const TEN_MINUTES_MS: i64 = 10 * 60 * 1_000;
/// A backup older than this is old.
const MAX_BACKUP_MS: i64 = 48 * 60 * 60 * 1_000;
/// Refused requests in a minute from which on some page is knocking.
const MAX_REFUSED: u64 = 20;
/// A share of a cap that is worth a word before it is reached, of a hundred.
const NEAR_PERCENT: i128 = 80;

/// Failures of calls that are the provider's, not the question's.
const FAULTS: &[&str] = &[
    "unauthorized",
    "rate_limited",
    "overloaded",
    "not_found",
    "network",
    "timeout",
    "malformed",
];
/// Those of them by which it was not reached.
const LOST: &[&str] = &["overloaded", "network", "timeout"];

/// How far a cap is used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spend {
    pub(super) limit: Option<PicoUsd>,
    pub(super) spent: PicoUsd,
}

/// Everything the rules look at.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) now_ms: i64,
    pub(super) day: Spend,
    pub(super) month: Spend,
    /// What happened in the last minute.
    pub(super) minute: Sample,
    /// What happened in the last ten.
    pub(super) window: Sample,
    /// Calls of the last ten minutes, newest first.
    pub(super) calls: Vec<CallOutcome>,
    /// Jobs that were interrupted lately and not taken up again.
    pub(super) interrupted: u64,
    /// `None`: not known.
    pub(super) disk_free_bytes: Option<u64>,
    /// The newest whole backup; the start of the program where there is none.
    pub(super) backup_at_ms: i64,
}

/// One rule. Its judge names what it holds for: nothing in particular (an empty text) or, for
/// example, a provider.
pub(super) struct Rule {
    pub(super) name: &'static str,
    /// How long its condition must hold before it fires.
    after_ms: i64,
    judge: fn(&Seen) -> Vec<(String, Notice)>,
}

/// A condition that holds.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) notice: Notice,
    pub(super) after_ms: i64,
}

/// The built-in rules. docs/monitoring.md explains each.
pub(super) const RULES: &[Rule] =
    &[
        rule("spend_day_near", |seen| {
            once(near(seen.day).map(|spend| {
                spend.told(
                    "spend_day_near",
                    "Most of what may be spent today is spent.",
                )
            }))
        }),
        rule("spend_day_over", |seen| {
            once(
                over(seen.day)
                    .map(|spend| spend.told("spend_day_over", "What may be spent today is spent.")),
            )
        }),
        rule("spend_month_near", |seen| {
            once(near(seen.month).map(|spend| {
                spend.told(
                    "spend_month_near",
                    "Most of what may be spent this month is spent.",
                )
            }))
        }),
        rule("spend_month_over", |seen| {
            once(over(seen.month).map(|spend| {
                spend.told("spend_month_over", "What may be spent this month is spent.")
            }))
        }),
        rule("provider_errors", |seen| by_provider(seen, errors)),
        rule("provider_down", |seen| by_provider(seen, down)),
        rule("provider_slow", |seen| by_provider(seen, slow)),
        Rule {
            name: "answers_slow",
            after_ms: TEN_MINUTES_MS,
            judge: |seen| once(answers_slow(seen)),
        },
        rule("disk_low", |seen| once(disk_low(seen))),
        rule("backup_old", |seen| once(backup_old(seen))),
        rule("store_errors", |seen| once(store_errors(seen))),
        rule("jobs_interrupted", |seen| once(jobs_interrupted(seen))),
        rule("guard_denials", |seen| once(guard_denials(seen))),
    ];

const fn rule(name: &'static str, judge: fn(&Seen) -> Vec<(String, Notice)>) -> Rule {
    Rule {
        name,
        after_ms: 0,
        judge,
    }
}

/// The rule behind an alert, which may name its subject after a slash.
pub(super) fn rule_of(alert: &str) -> Option<&'static Rule> {
    let name = alert.split('/').next()?;
    RULES.iter().find(|rule| rule.name == name)
}

/// Every condition that holds, by the name of its alert.
pub(super) fn judge(seen: &Seen) -> BTreeMap<String, Found> {
    let mut found = BTreeMap::new();
    for rule in RULES {
        for (subject, notice) in (rule.judge)(seen) {
            let name = if subject.is_empty() {
                rule.name.to_owned()
            } else {
                format!("{}/{subject}", rule.name)
            };
            found.insert(
                name,
                Found {
                    notice,
                    after_ms: rule.after_ms,
                },
            );
        }
    }
    found
}

fn once(notice: Option<Notice>) -> Vec<(String, Notice)> {
    notice
        .map(|notice| (String::new(), notice))
        .into_iter()
        .collect()
}

impl Spend {
    fn told(self, code: &str, detail: &str) -> Notice {
        let limit = self.limit.unwrap_or_default();
        Notice::new(code, detail)
            .with_param("spent_usd", self.spent.to_usd_string())
            .with_param("limit_usd", limit.to_usd_string())
            .with_hint("See what it went to: majlis costs")
    }

    fn reaches(self, percent: i128) -> bool {
        let used = |limit: PicoUsd| self.spent.0 * 100 >= limit.0 * percent;
        self.spent > PicoUsd::ZERO && self.limit.is_some_and(used)
    }
}

fn near(spend: Spend) -> Option<Spend> {
    spend.reaches(NEAR_PERCENT).then_some(spend)
}

fn over(spend: Spend) -> Option<Spend> {
    spend.reaches(100).then_some(spend)
}

fn by_provider(
    seen: &Seen,
    judge: fn(&str, &[&CallOutcome]) -> Option<Notice>,
) -> Vec<(String, Notice)> {
    let mut calls: BTreeMap<&str, Vec<&CallOutcome>> = BTreeMap::new();
    for call in &seen.calls {
        calls.entry(&call.provider).or_default().push(call);
    }
    let judged = calls
        .into_iter()
        .filter_map(|(provider, calls)| Some((provider.to_owned(), judge(provider, &calls)?)));
    judged.collect()
}

fn is_one_of(call: &CallOutcome, kinds: &[&str]) -> bool {
    call.failure
        .as_deref()
        .is_some_and(|kind| kinds.contains(&kind))
}

fn errors(provider: &str, calls: &[&CallOutcome]) -> Option<Notice> {
    let failed = calls.iter().filter(|call| is_one_of(call, FAULTS)).count();
    let is_much = calls.len() >= MIN_CALLS && failed * 100 > calls.len() * MAX_FAILED_PERCENT;
    is_much.then(|| {
        let detail = format!("{failed} of {} calls to {provider} failed.", calls.len());
        Notice::new("provider_errors", detail)
            .with_param("provider", provider)
            .with_param("failed", failed.to_string())
            .with_param("calls", calls.len().to_string())
    })
}

fn down(provider: &str, calls: &[&CallOutcome]) -> Option<Notice> {
    let newest = calls.get(..MIN_LOST_CALLS)?;
    newest.iter().all(|call| is_one_of(call, LOST)).then(|| {
        Notice::new("provider_down", format!("{provider} cannot be reached."))
            .with_param("provider", provider)
    })
}

fn slow(provider: &str, calls: &[&CallOutcome]) -> Option<Notice> {
    let mut took_ms: Vec<i64> = calls
        .iter()
        .filter(|call| call.failure.is_none())
        .filter_map(|call| call.duration_ms)
        .collect();
    took_ms.sort_unstable();
    let rank = (took_ms.len() * 95).div_ceil(100);
    let p95_ms = *took_ms.get(rank.checked_sub(1)?)?;
    (took_ms.len() >= MIN_CALLS && p95_ms > MAX_PROVIDER_MS).then(|| {
        let seconds = (p95_ms / 1_000).to_string();
        let detail = format!("5 of 100 answers of {provider} take longer than {seconds} s.");
        Notice::new("provider_slow", detail)
            .with_param("provider", provider)
            .with_param("seconds", seconds)
    })
}

fn answers_slow(seen: &Seen) -> Option<Notice> {
    let Sample {
        answers,
        slow_answers,
        ..
    } = seen.minute;
    let is_much = answers >= MIN_ANSWERS && slow_answers * 100 > answers * MAX_SLOW_PERCENT;
    is_much.then(|| {
        let detail = "Majlis itself has been slow to answer for ten minutes.";
        Notice::new("answers_slow", detail).with_hint("Look at what else this machine does.")
    })
}

fn disk_low(seen: &Seen) -> Option<Notice> {
    let free_bytes = seen.disk_free_bytes.filter(|free| *free < LOW_DISK_BYTES)?;
    let detail = format!("{} MB are free.", free_bytes / 1_000_000);
    let notice = Notice::new("disk_low", detail);
    Some(notice.with_param("free_bytes", free_bytes.to_string()))
}

fn backup_old(seen: &Seen) -> Option<Notice> {
    (seen.now_ms - seen.backup_at_ms > MAX_BACKUP_MS).then(|| {
        let at = crate::health::rfc3339(seen.backup_at_ms);
        Notice::new(
            "backup_old",
            format!("There is no whole backup since {at}."),
        )
        .with_param("created_at", at)
        .with_hint("Make one: majlis backup")
    })
}

fn store_errors(seen: &Seen) -> Option<Notice> {
    let errors = seen.window.troubles;
    (errors > 0).then(|| {
        let detail = format!("{errors} operations on the database failed in ten minutes.");
        Notice::new("store_errors", detail)
            .with_param("errors", errors.to_string())
            .with_hint("Look at the log and at the disk: majlis doctor")
    })
}

fn jobs_interrupted(seen: &Seen) -> Option<Notice> {
    let jobs = seen.interrupted;
    (jobs > 0).then(|| {
        let detail = format!("{jobs} runs were interrupted. What came is kept.");
        Notice::new("jobs_interrupted", detail)
            .with_param("jobs", jobs.to_string())
            .with_hint("Open them to go on where they stopped.")
    })
}

fn guard_denials(seen: &Seen) -> Option<Notice> {
    let refused = seen.minute.refused;
    (refused > MAX_REFUSED).then(|| {
        let detail = format!("{refused} requests were refused in a minute: some page is knocking.");
        Notice::new("guard_denials", detail)
            .with_param("refused", refused.to_string())
            .with_hint("Close the pages you do not know; the log says what they asked for.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seen: Seen, expected: &[&str]) {
        let found = judge(&Seen {
            disk_free_bytes: seen.disk_free_bytes.or(Some(u64::MAX)),
            ..seen
        });
        assert_eq!(found.keys().collect::<Vec<_>>(), expected);
    }

    fn calls(outcomes: &[(&str, i64)]) -> Vec<CallOutcome> {
        let outcome = |(failure, duration_ms): &(&str, i64)| CallOutcome {
            provider: "p".to_owned(),
            failure: (*failure != "ok").then(|| (*failure).to_owned()),
            duration_ms: Some(*duration_ms),
        };
        outcomes.iter().map(outcome).collect()
    }

    #[test]
    fn nothing_seen_is_nothing_found() {
        check(Seen::default(), &[]);
    }

    #[test]
    fn a_cap_is_told_near_and_over() {
        let day = |spent, limit: Option<i128>| Seen {
            day: Spend {
                spent: PicoUsd(spent),
                limit: limit.map(PicoUsd),
            },
            ..Seen::default()
        };
        check(day(79, Some(100)), &[]);
        check(day(80, Some(100)), &["spend_day_near"]);
        check(day(100, Some(100)), &["spend_day_near", "spend_day_over"]);
        check(day(100, None), &[]);
        check(day(0, Some(0)), &[]);
        let month = Seen {
            month: day(80, Some(100)).day,
            ..Seen::default()
        };
        check(month, &["spend_month_near"]);
    }

    #[test]
    fn a_provider_is_judged_by_its_last_calls() {
        let (good, bad) = (("ok", 900), ("malformed", 5));
        for (outcomes, expected) in [
            (vec![good, good, good, bad, good], vec![]),
            (vec![good, good, bad, bad, good], vec!["provider_errors/p"]),
            (vec![bad, bad, bad, bad], vec![]),
            // The question was at fault.
            (vec![("context_length", 5); 9], vec![]),
            (vec![("network", 5), ("timeout", 5)], vec![]),
            (
                vec![("network", 5), ("timeout", 5), ("overloaded", 5), good],
                vec!["provider_down/p"],
            ),
            (
                vec![good, ("network", 5), ("network", 5), ("network", 5)],
                vec![],
            ),
            (vec![("ok", 60_000); 9], vec![]),
            (vec![("ok", 60_001); 4], vec![]),
            (vec![("ok", 60_001); 5], vec!["provider_slow/p"]),
        ] {
            check(
                Seen {
                    calls: calls(&outcomes),
                    ..Seen::default()
                },
                &expected,
            );
        }
    }

    #[test]
    fn the_machine_and_the_data_are_watched() {
        let minute = |answers, slow_answers, refused| Seen {
            minute: Sample {
                answers,
                slow_answers,
                refused,
                ..Sample::default()
            },
            ..Seen::default()
        };
        check(minute(100, 5, 20), &[]);
        check(minute(100, 6, 0), &["answers_slow"]);
        check(minute(19, 19, 0), &[]);
        check(minute(0, 0, 21), &["guard_denials"]);
        check(
            Seen {
                disk_free_bytes: Some(1),
                ..Seen::default()
            },
            &["disk_low"],
        );
        check(
            Seen {
                now_ms: MAX_BACKUP_MS,
                ..Seen::default()
            },
            &[],
        );
        check(
            Seen {
                now_ms: MAX_BACKUP_MS + 1,
                ..Seen::default()
            },
            &["backup_old"],
        );
        let window = Sample {
            troubles: 1,
            ..Sample::default()
        };
        check(
            Seen {
                window,
                ..Seen::default()
            },
            &["store_errors"],
        );
        check(
            Seen {
                interrupted: 2,
                ..Seen::default()
            },
            &["jobs_interrupted"],
        );
    }
}
