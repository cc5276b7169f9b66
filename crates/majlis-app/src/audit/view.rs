//! What callers see of audits that are kept.

use majlis_audit::Suppression;
use majlis_audit::report::{Report, Reported, Suppressed};
use majlis_store as store;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Cost, Notice, RunStatus};

/// The form of a finding's body in the store.
const SCHEMA: u32 = 1;

/// An execution as it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionSummary {
    /// Its id.
    pub id: String,
    /// The task.
    pub task: String,
    /// What was looked at.
    pub target: String,
    /// How it stands.
    pub status: RunStatus,
    /// How many findings are kept of it, with those held back, unverified and refuted.
    pub findings: u64,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// Milliseconds since 1970 UTC; `None` while it runs.
    pub finished_at_ms: Option<i64>,
}

impl From<store::ExecutionRow> for ExecutionSummary {
    fn from(row: store::ExecutionRow) -> Self {
        Self {
            id: row.id,
            task: row.task,
            target: row.target,
            status: match row.status {
                store::ExecutionStatus::Running => RunStatus::Running,
                store::ExecutionStatus::Complete => RunStatus::Complete,
                store::ExecutionStatus::Degraded => RunStatus::Degraded,
                store::ExecutionStatus::Failed => RunStatus::Failed,
                store::ExecutionStatus::Interrupted => RunStatus::Interrupted,
                store::ExecutionStatus::Cancelled => RunStatus::Cancelled,
            },
            findings: row.findings,
            created_at_ms: row.created_at_ms,
            finished_at_ms: row.finished_at_ms,
        }
    }
}

/// An execution, without its findings.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecutionView {
    /// What also stands in the list.
    pub summary: ExecutionSummary,
    /// How it was asked for.
    pub options: Value,
    /// What came of it, with empty lists of findings; `None` until it is over, and where it came to
    /// nothing.
    pub report: Option<Box<Report>>,
    /// Why it came to nothing; `None` where it did not.
    pub failure: Option<Notice>,
    /// What asking models cost.
    pub cost: Cost,
    /// The run to follow; `None` when it is over.
    pub run_id: Option<String>,
}

/// What is kept of an audit that came to nothing: why.
#[derive(Serialize, Deserialize)]
struct Failure {
    failure: Notice,
}

/// Why an audit came to nothing, in the form in which it is kept.
pub(super) fn failure(notice: &Notice) -> Option<Value> {
    let failure = notice.clone();
    serde_json::to_value(Failure { failure }).ok()
}

/// What is kept of an audit: its report, or why there is none.
pub(super) fn outcome(kept: Option<Value>) -> (Option<Box<Report>>, Option<Notice>) {
    let Some(kept) = kept else {
        return (None, None);
    };
    match serde_json::from_value::<Failure>(kept.clone()) {
        Ok(failed) => (None, Some(failed.failure)),
        // A report of a form this version cannot read is to be made anew.
        Err(_) => (serde_json::from_value(kept).ok(), None),
    }
}

/// Which list of a report a finding stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// What is to be looked at.
    Finding,
    /// Held back by a comment in the code.
    Suppressed,
    /// A model says so, and what it quotes does not stand in the file.
    Unverified,
    /// One model said so, and another gave a reason why it is wrong.
    Refuted,
}

/// A finding that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingView {
    /// Its id.
    pub id: String,
    /// The execution it is of.
    pub execution_id: String,
    /// Which list it stands in.
    pub kind: FindingKind,
    /// What was found.
    pub reported: Reported,
    /// What holds it back; `None` where nothing does.
    pub held_by: Option<Suppression>,
    /// The person's last word on it; `None` without one.
    pub verdict: Option<store::VerdictRow>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    schema: u32,
    kind: FindingKind,
    reported: Reported,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Suppression>,
}

/// A finding from the store; `None` for one in a form this version does not read.
pub(super) fn finding_view(row: store::FindingRow) -> Option<FindingView> {
    let body: Body = serde_json::from_value(row.finding.body).ok()?;
    (body.schema == SCHEMA).then_some(FindingView {
        id: row.finding.id,
        execution_id: row.execution_id,
        kind: body.kind,
        reported: body.reported,
        held_by: body.by,
        verdict: row.verdict,
    })
}

/// Findings of a report that are kept: the worst. Its sums count all of them.
const MOST_FINDINGS: usize = 5_000;

/// The findings of a report in the form in which they are kept, and the report without them.
pub(super) fn parts(
    report: &Report,
    new_id: impl Fn() -> String,
) -> Result<(Vec<store::NewFinding>, Value), serde_json::Error> {
    let mut report = report.clone();
    keep_worst(&mut report.findings);
    report.suppressed.truncate(MOST_FINDINGS);
    let mut bodies: Vec<Body> = Vec::new();
    let body = |kind, reported, by| Body {
        schema: SCHEMA,
        kind,
        reported,
        by,
    };
    for reported in report.findings.drain(..) {
        bodies.push(body(FindingKind::Finding, reported, None));
    }
    for held in report.suppressed.drain(..) {
        bodies.push(body(FindingKind::Suppressed, held.finding, Some(held.by)));
    }
    if let Some(council) = &mut report.council {
        for reported in council.unverified.drain(..) {
            bodies.push(body(FindingKind::Unverified, reported, None));
        }
        for reported in council.refuted.drain(..) {
            bodies.push(body(FindingKind::Refuted, reported, None));
        }
    }
    let rest = serde_json::to_value(&report)?;
    let rows = bodies.into_iter().map(|body| row(body, new_id()));
    Ok((rows.collect::<Result<_, _>>()?, rest))
}

/// Leaves the worst findings, in their order.
fn keep_worst(findings: &mut Vec<Reported>) {
    if findings.len() <= MOST_FINDINGS {
        return;
    }
    let mut by_severity: Vec<_> = findings.iter().map(|finding| finding.severity).collect();
    by_severity.sort_unstable_by(|a, b| b.cmp(a));
    let Some(least) = by_severity.get(MOST_FINDINGS - 1).copied() else {
        return;
    };
    let worse = by_severity.iter().filter(|one| **one > least).count();
    let mut left = MOST_FINDINGS - worse;
    findings.retain(|finding| {
        let is_last = finding.severity == least && left > 0;
        left -= usize::from(is_last);
        finding.severity > least || is_last
    });
}

fn row(body: Body, id: String) -> Result<store::NewFinding, serde_json::Error> {
    let value = serde_json::to_value(&body)?;
    let found = body.reported;
    let is_of_rule = !found.rule.starts_with("council/");
    Ok(store::NewFinding {
        id,
        fingerprint: found.fingerprint,
        rule: is_of_rule.then_some(found.rule),
        cwe: found.cwe.first().map(|cwe| cwe.0).filter(|cwe| *cwe > 0),
        facet: majlis_audit::report::facet_name(found.facet).to_owned(),
        severity: majlis_audit::report::severity_name(found.severity).to_owned(),
        file: found.path,
        start_line: found.start.line.max(1),
        end_line: found.end.line.max(found.start.line).max(1),
        title: found.title,
        body: value,
    })
}

/// Puts findings back into the report they were taken from.
pub(super) fn whole(report: &mut Report, findings: Vec<FindingView>) {
    for view in findings {
        match (view.kind, view.held_by) {
            (FindingKind::Finding, _) => report.findings.push(view.reported),
            (FindingKind::Suppressed, Some(by)) => report.suppressed.push(Suppressed {
                finding: view.reported,
                by,
            }),
            (FindingKind::Suppressed, None) => {}
            (kind, _) => {
                if let Some(council) = &mut report.council {
                    let list = match kind {
                        FindingKind::Refuted => &mut council.refuted,
                        _ => &mut council.unverified,
                    };
                    list.push(view.reported);
                }
            }
        }
    }
}
