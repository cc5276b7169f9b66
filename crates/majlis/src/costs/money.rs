//! Amounts in sentences. What is not known is called so.

use std::fmt::Write as _;

use majlis_app::{BudgetsView, CostEstimate, LedgerSum, PeriodView};
use majlis_llm::PicoUsd;

/// How far a zone is from UTC, in words: `UTC+03:00`.
pub(crate) fn offset(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A known sum: `at least` while some costs are not known, `unknown` when none is.
pub(crate) fn known(sum: &LedgerSum) -> String {
    match (sum.unknown, sum.known == PicoUsd::ZERO) {
        (0, _) => sum.known.to_string(),
        (_, true) => "unknown".to_owned(),
        (_, false) => format!("≥ {}", sum.known),
    }
}

/// A whole sum in a sentence.
pub(crate) fn sentence(sum: &LedgerSum) -> String {
    let calls = count(sum.calls, "call");
    if sum.unknown == 0 {
        return format!("{} for {calls}", sum.known);
    }
    let unknown = count(sum.unknown, "call");
    let more = match (sum.unestimated, sum.estimated) {
        (0, estimated) => format!("perhaps up to {estimated} more"),
        (unestimated, PicoUsd::ZERO) if unestimated == sum.unknown => {
            "nobody knows how much more".to_owned()
        }
        (unestimated, estimated) => format!(
            "perhaps up to {estimated} more for {}, and nobody knows for {unestimated}",
            sum.unknown - unestimated
        ),
    };
    format!(
        "at least {} for {calls}; {unknown} of unknown cost, {more}",
        sum.known
    )
}

/// `1 call`, `2 calls`.
pub(crate) fn count(number: u64, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

/// What a question may cost, in a line; `None` when it costs nothing.
pub(crate) fn estimate_line(estimate: &CostEstimate) -> Option<String> {
    let unknown: Vec<String> = estimate
        .unknown_models
        .iter()
        .map(ToString::to_string)
        .collect();
    let range = match (estimate.low, estimate.high) {
        (Some(low), Some(high)) if high > PicoUsd::ZERO => {
            format!("about {low}, at most {high}")
        }
        (Some(_), Some(_)) if unknown.is_empty() => return None,
        (Some(_), Some(_)) => "nothing for the models whose price is known".to_owned(),
        _ => {
            return Some(format!(
                "This may cost something: the price of {} is not known.",
                unknown.join(", ")
            ));
        }
    };
    let more = if unknown.is_empty() {
        String::new()
    } else {
        format!("; the price of {} is not known", unknown.join(", "))
    };
    Some(format!("This may cost {range}{more}."))
}

/// The caps as lines.
pub(crate) fn caps(budgets: &BudgetsView, as_of: &str) -> String {
    let mut text = String::new();
    let limit = |limit: Option<PicoUsd>| {
        limit.map_or_else(|| "no cap".to_owned(), |limit| limit.to_string())
    };
    let _ = writeln!(text, "one run     {}", limit(budgets.run));
    for (name, period) in [
        ("today", &budgets.day),
        ("this month", &budgets.month),
        ("programs", &budgets.programs),
    ] {
        let _ = writeln!(
            text,
            "{name:<10}  {}  ·  {}",
            limit(period.limit),
            used(period)
        );
    }
    if !budgets.uncapped_models.is_empty() {
        let models: Vec<String> = budgets
            .uncapped_models
            .iter()
            .map(ToString::to_string)
            .collect();
        let _ = writeln!(text, "asked without a price: {}", models.join(", "));
    }
    let _ = writeln!(
        text,
        "as of {as_of}; days begin at midnight, {}",
        offset(budgets.timezone_offset_min)
    );
    text
}

fn used(period: &PeriodView) -> String {
    let mut text = format!("{} spent", period.spent);
    if period.unknown > 0 {
        let _ = write!(
            text,
            " (estimates of {} of unknown cost among them)",
            count(period.unknown, "call")
        );
    }
    if period.reserved > PicoUsd::ZERO {
        let _ = write!(
            text,
            ", {} held back for answers on their way",
            period.reserved
        );
    }
    if let Some(limit) = period.limit {
        let left = limit.0 - period.spent.0 - period.reserved.0;
        let _ = write!(text, ", {} left", PicoUsd(left.max(0)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(known: i128, unknown: u64, estimated: i128, unestimated: u64) -> LedgerSum {
        LedgerSum {
            calls: 4,
            known: PicoUsd(known * 1_000_000_000_000),
            unknown,
            estimated: PicoUsd(estimated * 1_000_000_000_000),
            unestimated,
            ..LedgerSum::default()
        }
    }

    #[test]
    fn a_sum_says_what_it_does_not_know() {
        for (sum, expected) in [
            (sum(2, 0, 0, 0), "$2 for 4 calls"),
            (
                sum(2, 1, 3, 0),
                "at least $2 for 4 calls; 1 call of unknown cost, perhaps up to $3 more",
            ),
            (
                sum(2, 2, 0, 2),
                "at least $2 for 4 calls; 2 calls of unknown cost, nobody knows how much more",
            ),
            (
                sum(0, 3, 5, 1),
                "at least $0 for 4 calls; 3 calls of unknown cost, perhaps up to $5 more for 2, and nobody knows for 1",
            ),
        ] {
            assert_eq!(sentence(&sum), expected);
        }
        assert_eq!(
            (
                known(&sum(2, 1, 0, 0)).as_str(),
                known(&sum(0, 1, 0, 0)).as_str()
            ),
            ("≥ $2", "unknown")
        );
    }

    #[test]
    fn an_offset_reads_as_people_write_it() {
        assert_eq!(
            [offset(0), offset(180), offset(-330)],
            ["UTC+00:00", "UTC+03:00", "UTC-05:30"]
        );
    }

    #[test]
    fn an_estimate_is_a_range_and_names_what_is_not_known() {
        let dollars = |amount: i128| Some(PicoUsd(amount * 1_000_000_000_000));
        let estimate = |low, high, unknown: &[&str]| CostEstimate {
            low,
            high,
            unknown_models: unknown.iter().map(|id| id.parse().unwrap()).collect(),
            members: Vec::new(),
            stages: Vec::new(),
        };
        let line = |low, high, unknown: &[&str]| estimate_line(&estimate(low, high, unknown));
        assert_eq!(
            line(dollars(1), dollars(2), &[]).as_deref(),
            Some("This may cost about $1, at most $2.")
        );
        assert_eq!(line(dollars(0), dollars(0), &[]), None);
        assert_eq!(
            line(None, None, &["a/x"]).as_deref(),
            Some("This may cost something: the price of a/x is not known.")
        );
        assert_eq!(
            line(dollars(1), dollars(2), &["a/x"]).as_deref(),
            Some("This may cost about $1, at most $2; the price of a/x is not known.")
        );
    }
}
