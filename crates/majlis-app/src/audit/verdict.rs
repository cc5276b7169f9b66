//! What a person judged of findings, and how often rules were right by it.

use std::collections::BTreeMap;

use majlis_store::{FindingVerdict, RuleHistory, VerdictRow};

use crate::{App, AppError, ambient};

/// Characters of a reason at most.
const MAX_REASON_CHARS: usize = 2_000;

/// How often a rule was right for this person.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleRecord {
    /// How often what was said.
    pub history: RuleHistory,
    /// Share of right ones among those judged right or wrong, 0 to 1; `None` where none was.
    pub precision: Option<f64>,
}

impl From<RuleHistory> for RuleRecord {
    #[allow(clippy::cast_precision_loss)] // counts of what a person judged by hand
    fn from(history: RuleHistory) -> Self {
        // What stays as it is is right; what is said twice says nothing of the rule.
        let right = history.confirmed + history.wont_fix;
        let judged = right + history.false_positive;
        let precision = (judged > 0).then(|| right as f64 / judged as f64);
        Self { history, precision }
    }
}

impl App {
    /// Keeps what a person judges of a finding, named by its id, its fingerprint or the beginning
    /// of that. It holds for the same finding in every execution, and the last word counts.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a beginning of several, and for a reason that is too long.
    pub async fn judge_finding(
        &self,
        finding: &str,
        verdict: FindingVerdict,
        reason: Option<String>,
    ) -> Result<VerdictRow, AppError> {
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if reason
            .as_ref()
            .is_some_and(|reason| reason.chars().count() > MAX_REASON_CHARS)
        {
            return Err(AppError::invalid(
                "reason_too_long",
                format!("A reason has at most {MAX_REASON_CHARS} characters."),
                "Say it shorter.",
            ));
        }
        let verdict = VerdictRow {
            id: ambient::new_id(),
            fingerprint: self.fingerprint_of(finding).await?,
            verdict,
            reason,
            at_ms: ambient::now_ms(),
        };
        self.inner.store.judge_finding(verdict.clone()).await?;
        Ok(verdict)
    }

    async fn fingerprint_of(&self, finding: &str) -> Result<String, AppError> {
        let store = &self.inner.store;
        if let Some(row) = store.finding(finding).await? {
            return Ok(row.finding.fingerprint);
        }
        let mut found = store.fingerprints(finding).await?;
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(AppError::not_found("finding", finding)),
            (Some(_), false) => Err(AppError::invalid(
                "fingerprint_ambiguous",
                format!("Several findings begin with {finding}."),
                "Write more of the fingerprint.",
            )),
        }
    }

    /// How often each rule was right, by what the person judged of its findings.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn rule_records(&self) -> Result<BTreeMap<String, RuleRecord>, AppError> {
        let histories = self.inner.store.rule_histories().await?;
        Ok(histories
            .into_iter()
            .map(|(rule, history)| (rule, history.into()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_of_what_was_judged_right_or_wrong() {
        let check = |confirmed, wrong, left, twice, expected| {
            let history = RuleHistory {
                confirmed,
                false_positive: wrong,
                wont_fix: left,
                duplicate: twice,
            };
            assert_eq!(RuleRecord::from(history).precision, expected);
        };
        check(0, 0, 0, 0, None);
        check(0, 0, 0, 3, None);
        check(2, 1, 1, 5, Some(0.75));
        check(0, 2, 0, 0, Some(0.0));
    }
}
