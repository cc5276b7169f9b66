//! Figures in words. What is not known is called so and never shown as zero.

use majlis_app::{CallState, CallView, Cost, ReplyState};
use majlis_llm::PicoUsd;

use super::Seat;

/// Milliseconds for people: `840 ms`, `3.2 s`, `2 min 5 s`.
pub(crate) fn duration(duration_ms: i64) -> String {
    match duration_ms {
        ..1_000 => format!("{duration_ms} ms"),
        1_000..60_000 => format!("{}.{} s", duration_ms / 1_000, duration_ms % 1_000 / 100),
        _ => format!(
            "{} min {} s",
            duration_ms / 60_000,
            duration_ms % 60_000 / 1_000
        ),
    }
}

/// An exact amount in dollars, or `unknown`.
pub(crate) fn money(cost: Option<PicoUsd>) -> String {
    cost.map_or_else(|| "unknown".to_owned(), |cost| cost.to_string())
}

/// A sum of costs: `at least` while some are not known.
pub(crate) fn total(cost: Cost) -> String {
    match (cost.unknown, cost.known == PicoUsd::ZERO) {
        (0, _) => cost.known.to_string(),
        (_, true) => "unknown".to_owned(),
        (1, false) => format!("at least {} (1 cost is unknown)", cost.known),
        (unknown, false) => format!("at least {} ({unknown} costs are unknown)", cost.known),
    }
}

/// Tokens in and out; `unknown` when an answer was not counted, `–` when there is nothing to count.
pub(crate) fn tokens(call: &CallView) -> String {
    match call.usage {
        Some(usage) => format!(
            "{} → {}",
            usage.total_input_tokens(),
            usage.total_output_tokens()
        ),
        None if call.state == CallState::Failed && call.first_token_ms.is_none() => "–".to_owned(),
        None => "unknown".to_owned(),
    }
}

/// How a member stands, in a few words; `elapsed_ms` since the run began.
pub(crate) fn state_line(seat: &Seat, elapsed_ms: i64) -> String {
    let took = seat
        .call
        .as_ref()
        .and_then(|call| call.duration_ms)
        .map(duration);
    let after = took.map_or_else(String::new, |took| format!(" · {took}"));
    let state = match seat.state {
        ReplyState::Waiting => format!("waiting · {}", duration(elapsed_ms)),
        ReplyState::Streaming if seat.reasoning => format!("thinking · {}", duration(elapsed_ms)),
        ReplyState::Streaming => format!("writing · {}", duration(elapsed_ms)),
        ReplyState::Complete if seat.pasted => "brought in".to_owned(),
        ReplyState::Complete => format!("done{after}"),
        ReplyState::Cancelled => format!("stopped{after}"),
        ReplyState::Failed => format!("failed{after}"),
        ReplyState::Interrupted => format!("interrupted{after}"),
    };
    if seat.demo {
        format!("demonstration · {state}")
    } else {
        state
    }
}

/// What an answer took: state, tokens, cost.
pub(crate) fn figures_line(seat: &Seat) -> String {
    let state = state_line(seat, 0);
    match &seat.call {
        Some(call) => format!("{state} · {} tokens · {}", tokens(call), cost_of(call)),
        None => state,
    }
}

fn cost_of(call: &CallView) -> String {
    call.cost
        .map_or_else(|| "cost unknown".to_owned(), |cost| cost.to_string())
}

/// A share as a whole number of per cent.
pub(crate) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_short_and_never_rounded_up() {
        for (duration_ms, expected) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (59_999, "59.9 s"),
            (125_400, "2 min 5 s"),
        ] {
            assert_eq!(duration(duration_ms), expected);
        }
    }

    #[test]
    fn an_unknown_cost_is_never_zero() {
        let known = PicoUsd(1_250_000_000);
        for (known, unknown, expected) in [
            (PicoUsd::ZERO, 0, "$0"),
            (PicoUsd::ZERO, 2, "unknown"),
            (known, 0, "$0.00125"),
            (known, 1, "at least $0.00125 (1 cost is unknown)"),
            (known, 2, "at least $0.00125 (2 costs are unknown)"),
        ] {
            assert_eq!(total(Cost { known, unknown }), expected);
        }
        assert_eq!(money(None), "unknown");
        assert_eq!(money(Some(PicoUsd::ZERO)), "$0");
    }

    #[test]
    fn a_share_that_is_not_known_is_a_dash() {
        assert_eq!(
            (
                percent(None).as_str(),
                percent(Some(0.0)).as_str(),
                percent(Some(2.0 / 3.0)).as_str()
            ),
            ("–", "0 %", "67 %")
        );
    }
}
