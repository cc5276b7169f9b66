//! Whether a second round is worth its price.

use serde::{Deserialize, Serialize};

/// When a council has agreed enough. A setting.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Agreement of the answers, 0–1.
    pub agreement: f64,
    /// Agreement of the reviews' rankings.
    pub ranking: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            agreement: 0.8,
            ranking: 0.7,
        }
    }
}

/// What is known when the gate is reached. `None` is not measured, which holds nothing up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Readings {
    /// Agreement of the answers.
    pub agreement: Option<f64>,
    /// Agreement of the reviews' rankings.
    pub ranking: Option<f64>,
    /// Contradictions found.
    pub contradictions: usize,
    /// Local checks that failed.
    pub failed_checks: usize,
    /// Claims that members contest, and so could be asked about.
    pub contested: usize,
}

/// What the gate decides, with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// A second round is held.
    pub opens: bool,
    /// Why, in the order of the rule.
    pub reasons: Vec<Reason>,
}

/// A reason for or against a second round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Agreement lies below its threshold.
    LowAgreement,
    /// The rankings agree less than their threshold.
    LowRanking,
    /// Statements cannot all be true.
    Contradictions,
    /// A check failed.
    FailedChecks,
    /// The person wants one in any case.
    Forced,
    /// Everything agrees enough.
    Agreed,
    /// There is nothing contested to ask about.
    NothingContested,
}

/// Decides. `forced` is the mode that always holds a second round where anything is contested.
pub fn decide(readings: Readings, thresholds: Thresholds, forced: bool) -> Gate {
    let below = |value: Option<f64>, least: f64| value.is_some_and(|value| value < least);
    let mut reasons = Vec::new();
    if below(readings.agreement, thresholds.agreement) {
        reasons.push(Reason::LowAgreement);
    }
    if below(readings.ranking, thresholds.ranking) {
        reasons.push(Reason::LowRanking);
    }
    if readings.contradictions > 0 {
        reasons.push(Reason::Contradictions);
    }
    if readings.failed_checks > 0 {
        reasons.push(Reason::FailedChecks);
    }
    if reasons.is_empty() {
        reasons.push(if forced {
            Reason::Forced
        } else {
            Reason::Agreed
        });
    }
    let wanted = reasons != [Reason::Agreed];
    if wanted && readings.contested == 0 {
        reasons.push(Reason::NothingContested);
    }
    Gate {
        opens: wanted && readings.contested > 0,
        reasons,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(readings: Readings, forced: bool, opens: bool, reasons: &[Reason]) {
        let gate = decide(readings, Thresholds::default(), forced);
        assert_eq!((gate.opens, gate.reasons.as_slice()), (opens, reasons));
    }

    #[test]
    fn a_second_round_is_held_only_for_something_contested() {
        let calm = Readings {
            agreement: Some(0.8),
            ranking: Some(0.7),
            contested: 1,
            ..Readings::default()
        };
        check(calm, false, false, &[Reason::Agreed]);
        check(calm, true, true, &[Reason::Forced]);
        check(Readings::default(), false, false, &[Reason::Agreed]);
        let quiet = Readings {
            contested: 0,
            ..calm
        };
        check(
            quiet,
            true,
            false,
            &[Reason::Forced, Reason::NothingContested],
        );
        let low = Readings {
            agreement: Some(0.79),
            ranking: Some(0.2),
            ..calm
        };
        check(
            low,
            false,
            true,
            &[Reason::LowAgreement, Reason::LowRanking],
        );
        let wrong = Readings {
            contradictions: 1,
            failed_checks: 2,
            ..calm
        };
        check(
            wrong,
            false,
            true,
            &[Reason::Contradictions, Reason::FailedChecks],
        );
    }
}
