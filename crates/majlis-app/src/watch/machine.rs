//! When an alert begins and when it is over.

use std::collections::BTreeMap;

use majlis_store::{Alert, AlertChange, AlertRow, AlertState};

use super::rule::{Found, rule_of};

/// What becomes of the alerts, given those that are open and the conditions that hold now. Alerts
/// that no rule watches are left alone.
pub(super) fn decide(
    open: &BTreeMap<String, AlertRow>,
    found: BTreeMap<String, Found>,
    now_ms: i64,
) -> Vec<AlertChange> {
    let ended = open
        .values()
        .filter(|row| rule_of(&row.rule).is_some() && !found.contains_key(&row.rule));
    let mut changes: Vec<AlertChange> = ended
        .map(|row| {
            let rule = row.rule.clone();
            match row.state {
                AlertState::Pending => AlertChange::Forget { rule },
                AlertState::Firing | AlertState::Resolved => AlertChange::Resolve { rule },
            }
        })
        .collect();
    changes.extend(found.into_iter().filter_map(|(rule, found)| {
        let known = open.get(&rule);
        let since_ms = known.map_or(now_ms, |row| row.since_ms);
        let is_due = now_ms - since_ms >= found.after_ms;
        let alert = Alert {
            rule,
            since_ms,
            notice: serde_json::to_value(found.notice).unwrap_or_default(),
        };
        match (known.map(|row| row.state), is_due) {
            (None | Some(AlertState::Pending), true) => Some(AlertChange::Fire(alert)),
            (None, false) => Some(AlertChange::Pend(alert)),
            _ => None,
        }
    }));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notice;

    fn row(rule: &str, state: AlertState, since_ms: i64) -> (String, AlertRow) {
        let row = AlertRow {
            number: 1,
            rule: rule.to_owned(),
            state,
            since_ms,
            fired_at_ms: None,
            resolved_at_ms: None,
            notice: serde_json::Value::Null,
        };
        (rule.to_owned(), row)
    }

    /// What becomes of one alert, in a word.
    fn word(
        open: Option<(AlertState, i64)>,
        holds_after_ms: Option<i64>,
        now_ms: i64,
    ) -> &'static str {
        let rule = "provider_down/openai";
        let open = open.map(|(state, since_ms)| row(rule, state, since_ms));
        let found = holds_after_ms.map(|after_ms| {
            let notice = Notice::new("provider_down", "x");
            (rule.to_owned(), Found { notice, after_ms })
        });
        let changes = decide(
            &open.into_iter().collect(),
            found.into_iter().collect(),
            now_ms,
        );
        match changes.as_slice() {
            [] => "nothing",
            [AlertChange::Pend(_)] => "pend",
            [AlertChange::Fire(_)] => "fire",
            [AlertChange::Forget { .. }] => "forget",
            [AlertChange::Resolve { .. }] => "resolve",
            _ => "too much",
        }
    }

    #[test]
    fn an_alert_goes_from_pending_to_firing_to_resolved() {
        use AlertState::{Firing, Pending};
        for (open, holds_after_ms, now_ms, expected) in [
            (None, None, 9, "nothing"),
            (None, Some(0), 9, "fire"),
            (None, Some(5), 9, "pend"),
            (Some((Pending, 9)), Some(5), 13, "nothing"),
            (Some((Pending, 9)), Some(5), 14, "fire"),
            (Some((Pending, 9)), None, 14, "forget"),
            (Some((Firing, 9)), Some(0), 99, "nothing"),
            (Some((Firing, 9)), None, 99, "resolve"),
            // A clock that was set back only makes it wait.
            (Some((Pending, 9)), Some(5), 2, "nothing"),
        ] {
            assert_eq!(
                word(open, holds_after_ms, now_ms),
                expected,
                "{open:?} {now_ms}"
            );
        }
    }

    #[test]
    fn an_alert_that_no_rule_watches_is_left_alone() {
        let open = [row("changes_lost", AlertState::Firing, 1)].into();
        assert_eq!(decide(&open, BTreeMap::new(), 9), []);
    }
}
