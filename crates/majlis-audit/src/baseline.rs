//! Findings that are known and accepted for now: kept in a file, compared by fingerprint.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::Report;

/// The form of [`Baseline`].
const SCHEMA: &str = "audit-baseline/1";

/// Findings of an earlier report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: String,
    findings: BTreeMap<String, Known>,
}

/// What a baseline says about a finding, for the people who read the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    rule: String,
    path: String,
}

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It has another form.
    #[error("it is no baseline of findings")]
    Form(#[from] serde_json::Error),
    /// A later program wrote it.
    #[error("its form is {0:?}, and this program reads {SCHEMA:?}")]
    Schema(String),
}

impl Baseline {
    /// All findings of a report.
    pub fn of(report: &Report) -> Self {
        let known = report.findings.iter().map(|finding| {
            let known = Known {
                rule: finding.rule.clone(),
                path: finding.path.clone(),
            };
            (finding.fingerprint.clone(), known)
        });
        Self {
            schema: SCHEMA.to_owned(),
            findings: known.collect(),
        }
    }

    /// Reads a file.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text)?;
        if baseline.schema == SCHEMA {
            Ok(baseline)
        } else {
            Err(BaselineError::Schema(baseline.schema))
        }
    }

    /// The file's text.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Takes what is known out of a report, and counts it.
    pub fn apply(&self, report: &mut Report) {
        let all = report.findings.len();
        let findings = &self.findings;
        report
            .findings
            .retain(|finding| !findings.contains_key(&finding.fingerprint));
        report.known += all - report.findings.len();
        report.count();
    }
}

/// What changed between two reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference<'r> {
    /// Only in the new one.
    pub new: Vec<&'r crate::report::Reported>,
    /// Only in the old one.
    pub gone: Vec<&'r crate::report::Reported>,
    /// How many are in both.
    pub same: usize,
}

/// Compares two reports by fingerprint.
pub fn difference<'r>(old: &'r Report, new: &'r Report) -> Difference<'r> {
    let (before, after) = (Baseline::of(old).findings, Baseline::of(new).findings);
    let added = new.findings.iter();
    let removed = old.findings.iter();
    let added: Vec<_> = added
        .filter(|finding| !before.contains_key(&finding.fingerprint))
        .collect();
    Difference {
        same: new.findings.len() - added.len(),
        new: added,
        gone: removed
            .filter(|finding| !after.contains_key(&finding.fingerprint))
            .collect(),
    }
}
