//! `audit_code`: an audit by rules, which stays on this machine, or with models where they are named.

use majlis_app::{AuditStart, ExecutionView};
use majlis_audit::Facet;
use majlis_audit::report::{Report, Reported, facet_name, severity_name, worst_first};
use majlis_audit::task::{DEFAULT_TASK, TASKS, task};
use majlis_llm::ModelId;
use rmcp::service::RequestContext;
use rmcp::{RoleServer, schemars};
use serde::Deserialize;
use serde_json::{Value, json};

use super::follow::wait;
use super::{Refusal, Tools, reply};
use crate::limit::Class;

/// Findings that are told at most, the worst; the page and the command line show them all.
const MAX_FINDINGS: usize = 40;
/// Models of one audit at most.
const MAX_MODELS: usize = 12;

#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub(super) struct AuditCode {
    /// Absolute path of a folder, file or zip archive, under a folder that this person approved.
    path: Option<String>,
    /// Instead of `path`: the id of an audit, for its result.
    id: Option<String>,
    /// E.g. python-audit; every language when absent.
    task: Option<String>,
    /// All when absent.
    facets: Option<Vec<FacetName>>,
    /// Models, as `provider/name`, that are shown pieces of the code. Costs money.
    models: Option<Vec<String>>,
    /// Seconds to wait for the result, 0 to 600; 50 when absent.
    wait_s: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum FacetName {
    Security,
    Performance,
    Quality,
}

impl From<FacetName> for Facet {
    fn from(name: FacetName) -> Self {
        match name {
            FacetName::Security => Self::Security,
            FacetName::Performance => Self::Performance,
            FacetName::Quality => Self::Quality,
        }
    }
}

impl Tools {
    pub(super) async fn look_for_weaknesses(
        &self,
        wanted: &AuditCode,
        context: &RequestContext<RoleServer>,
    ) -> Result<Value, Refusal> {
        let id = match (&wanted.id, &wanted.path) {
            (Some(id), _) => id.clone(),
            (None, Some(path)) => {
                let start = self.start(path, wanted)?;
                self.count(Class::Executions)?;
                if !start.models.is_empty() {
                    self.count(Class::Paid)?;
                }
                self.app.start_audit(start).await?
            }
            (None, None) => {
                let detail = "Neither code nor an audit was named. Give `path`.";
                return Err(Refusal(detail.to_owned()));
            }
        };
        wait(&self.app, &id, wanted.wait_s, context).await;
        let view = self.app.execution(&id).await?;
        let mut report = self.app.audit_report(&id).await?;
        if let Some(report) = &mut report {
            report.settle(&self.app.settled_findings().await?);
        }
        Ok(told(&view, report.as_ref()))
    }

    fn start(&self, path: &str, wanted: &AuditCode) -> Result<AuditStart, Refusal> {
        let id = wanted.task.as_deref().unwrap_or(DEFAULT_TASK.id);
        let task = task(id).ok_or_else(|| {
            let known = TASKS.map(|task| task.id).join(", ");
            Refusal(format!("There is no task {id:?}. There are: {known}."))
        })?;
        let models = wanted.models.as_deref().unwrap_or_default();
        if models.len() > MAX_MODELS {
            let detail = format!("An audit asks at most {MAX_MODELS} models.");
            return Err(Refusal(detail));
        }
        let facets = wanted.facets.as_deref().unwrap_or_default();
        let models: Result<Vec<ModelId>, _> = models.iter().map(|model| model.parse()).collect();
        let mut start = AuditStart::new(task, self.app.approved_target(path)?);
        start.facets = facets.iter().copied().map(Facet::from).collect();
        start.models = models?;
        Ok(start)
    }
}

/// An audit as a model reads it; without a report while it goes on, and where it came to nothing.
fn told(view: &ExecutionView, report: Option<&Report>) -> Value {
    let is_running = view.run_id.is_some();
    json!({
        "id": view.summary.id,
        "status": reply::status(view.summary.status),
        "next": is_running.then_some("Call audit_code with this id for the rest."),
        "target": view.summary.target,
        "failure": view.failure.as_ref().map(|notice| &notice.detail),
        "result": report.map(result),
        "cost_usd": view.cost.known.to_usd_string(),
        "calls_of_unknown_cost": view.cost.unknown,
    })
}

fn result(report: &Report) -> Value {
    let worst = worst_first(report).into_iter().take(MAX_FINDINGS);
    let shown: Vec<Value> = worst.map(finding).collect();
    json!({
        "findings_by_facet_and_severity": report.sums,
        "worst_findings": shown,
        "findings_not_shown": report.findings.len().saturating_sub(MAX_FINDINGS),
        "held_back_by_comments": report.suppressed.len(),
        "settled_by_verdicts": report.settled,
        "files": report.files.iter().map(|sum| sum.files).sum::<usize>(),
        "files_left_out_or_seen_in_part": report.notes.len(),
    })
}

fn finding(found: &Reported) -> Value {
    json!({
        "path": found.path,
        "line": found.start.line,
        "severity": severity_name(found.severity),
        "facet": facet_name(found.facet),
        "rule": found.rule,
        "cwe": found.cwe,
        "title": found.title,
        "message": found.message,
        "standing": found.opinion.as_ref().map(|opinion| opinion.standing),
        "fingerprint": found.fingerprint,
    })
}
