//! Audits of code: executions, their findings, what a person judges of them, tasks and facets.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use majlis_app::{
    App, AuditStart, ExecutionSummary, ExecutionView, FindingKind, FindingVerdict, FindingView,
    RuleRecord, VerdictRow,
};
use majlis_audit::Facet;
use majlis_audit::task::{DEFAULT_TASK, FACETS, TASKS, task};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::budget::usd;
use super::common::{
    IdempotencyKey, ModelIdText, MoneyJson, NoticeJson, PageQuery, RunStatusJson, cursor, rfc3339,
};
use super::conversation::model_id;
use crate::extract::{Body, Path, Query};
use crate::problem::Problem;

/// Findings of one page at most.
const MAX_FINDINGS: u32 = 500;

/// An execution as it stands in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExecutionSummaryJson {
    id: String,
    task: String,
    /// What was looked at, on the server's disk.
    target: String,
    status: RunStatusJson,
    /// Findings that are kept, with those held back, unverified and refuted.
    finding_count: u64,
    created_at: String,
    finished_at: Option<String>,
}

impl From<ExecutionSummary> for ExecutionSummaryJson {
    fn from(summary: ExecutionSummary) -> Self {
        Self {
            id: summary.id,
            task: summary.task,
            target: summary.target,
            status: summary.status.into(),
            finding_count: summary.findings,
            created_at: rfc3339(summary.created_at_ms),
            finished_at: summary.finished_at_ms.map(rfc3339),
        }
    }
}

/// One page of executions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExecutionsJson {
    items: Vec<ExecutionSummaryJson>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// An execution, without its findings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExecutionJson {
    #[serde(flatten)]
    summary: ExecutionSummaryJson,
    /// How it was asked for.
    #[schema(value_type = Object)]
    options: Value,
    /// Sums, files, remarks and the council's counts, in the form `audit-report/1` with empty lists
    /// of findings; null until it is over, and where it came to nothing.
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
    /// Why it came to nothing; null where it did not.
    failure: Option<NoticeJson>,
    /// Sum of the known costs.
    #[serde(flatten)]
    cost: MoneyJson,
    /// Calls without a known cost; above zero the sum reads "at least".
    unknown_costs: u64,
    /// While it goes on.
    run_id: Option<String>,
}

impl From<ExecutionView> for ExecutionJson {
    fn from(view: ExecutionView) -> Self {
        let report = view.report.as_deref();
        Self {
            summary: view.summary.into(),
            options: view.options,
            report: report.and_then(|report| serde_json::to_value(report).ok()),
            failure: view.failure.map(Into::into),
            cost: Some(view.cost.known).into(),
            unknown_costs: view.cost.unknown,
            run_id: view.run_id,
        }
    }
}

/// Which list of a report a finding stands in.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FindingKindJson {
    Finding,
    Suppressed,
    Unverified,
    Refuted,
}

impl From<FindingKind> for FindingKindJson {
    fn from(kind: FindingKind) -> Self {
        match kind {
            FindingKind::Finding => Self::Finding,
            FindingKind::Suppressed => Self::Suppressed,
            FindingKind::Unverified => Self::Unverified,
            FindingKind::Refuted => Self::Refuted,
        }
    }
}

/// What a person judges of a finding.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FindingVerdictJson {
    Confirm,
    FalsePositive,
    WontFix,
    Duplicate,
}

impl From<FindingVerdict> for FindingVerdictJson {
    fn from(verdict: FindingVerdict) -> Self {
        match verdict {
            FindingVerdict::Confirm => Self::Confirm,
            FindingVerdict::FalsePositive => Self::FalsePositive,
            FindingVerdict::WontFix => Self::WontFix,
            FindingVerdict::Duplicate => Self::Duplicate,
        }
    }
}

impl From<FindingVerdictJson> for FindingVerdict {
    fn from(verdict: FindingVerdictJson) -> Self {
        match verdict {
            FindingVerdictJson::Confirm => Self::Confirm,
            FindingVerdictJson::FalsePositive => Self::FalsePositive,
            FindingVerdictJson::WontFix => Self::WontFix,
            FindingVerdictJson::Duplicate => Self::Duplicate,
        }
    }
}

/// A verdict. It holds for the same finding in every execution.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VerdictJson {
    id: String,
    fingerprint: String,
    verdict: FindingVerdictJson,
    reason: Option<String>,
    created_at: String,
}

impl From<VerdictRow> for VerdictJson {
    fn from(row: VerdictRow) -> Self {
        Self {
            id: row.id,
            fingerprint: row.fingerprint,
            verdict: row.verdict.into(),
            reason: row.reason,
            created_at: rfc3339(row.at_ms),
        }
    }
}

/// A finding.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FindingJson {
    id: String,
    execution_id: String,
    kind: FindingKindJson,
    /// The same for the same finding in another execution.
    fingerprint: String,
    /// Id of the rule, or `council/cwe-NUMBER` where only models found it.
    rule: String,
    title: String,
    message: String,
    /// `security`, `performance` or `quality`.
    facet: String,
    /// `info`, `low`, `medium`, `high` or `critical`.
    severity: String,
    /// Numbers of the Common Weakness Enumeration, the closest first.
    cwe: Vec<u32>,
    path: String,
    start_line: u32,
    end_line: u32,
    /// Lines it stands on, the way of the value, and what the council says, in the form
    /// `audit-report/1`.
    #[schema(value_type = Object)]
    detail: Value,
    /// Line and words of the comment that holds it back.
    #[schema(value_type = Option<Object>)]
    held_by: Option<Value>,
    verdict: Option<VerdictJson>,
}

impl From<FindingView> for FindingJson {
    fn from(view: FindingView) -> Self {
        let detail = serde_json::to_value(&view.reported).unwrap_or_default();
        let found = view.reported;
        Self {
            id: view.id,
            execution_id: view.execution_id,
            kind: view.kind.into(),
            fingerprint: found.fingerprint,
            rule: found.rule,
            title: found.title,
            message: found.message,
            facet: majlis_audit::report::facet_name(found.facet).to_owned(),
            severity: majlis_audit::report::severity_name(found.severity).to_owned(),
            cwe: found.cwe.iter().map(|cwe| cwe.0).collect(),
            path: found.path,
            start_line: found.start.line,
            end_line: found.end.line,
            detail,
            held_by: view.held_by.and_then(|by| serde_json::to_value(by).ok()),
            verdict: view.verdict.map(Into::into),
        }
    }
}

/// One page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FindingsJson {
    items: Vec<FindingJson>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// From which side code is looked at.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FacetBody {
    Security,
    Performance,
    Quality,
}

impl From<FacetBody> for Facet {
    fn from(facet: FacetBody) -> Self {
        match facet {
            FacetBody::Security => Self::Security,
            FacetBody::Performance => Self::Performance,
            FacetBody::Quality => Self::Quality,
        }
    }
}

/// An audit to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateExecution {
    /// A folder, a file of code or a zip archive on the server's disk, under one of `audit.roots`; or
    /// the `target` of an upload.
    target: String,
    /// One of /api/v1/tasks; `multi-lang-audit` where none is named.
    #[serde(default)]
    task: Option<String>,
    /// Only these; all where none is named.
    #[serde(default)]
    facets: Vec<FacetBody>,
    /// Models to ask besides the rules; none where none is named.
    #[serde(default)]
    #[schema(max_items = 12, value_type = Vec<ModelIdText>)]
    models: Vec<String>,
    /// Pieces of code that models are shown, at most.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2000)]
    slices: Option<u32>,
    /// What asking may cost at most, dollars as a decimal.
    #[serde(default)]
    max_cost_usd: Option<String>,
    /// The commit to look at instead of the files as they are now.
    #[serde(default)]
    revision: Option<String>,
    /// Only findings on lines that are not in this commit.
    #[serde(default)]
    since: Option<String>,
}

impl CreateExecution {
    fn start(self, app: &App, key: Option<String>) -> Result<AuditStart, Problem> {
        let id = self.task.as_deref().unwrap_or(DEFAULT_TASK.id);
        let task = task(id).ok_or_else(|| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "task_unknown",
                format!("There is no task {id:?}."),
            )
            .with_hint("Take an id from /api/v1/tasks.")
        })?;
        if self.models.len() > 12
            || self
                .slices
                .is_some_and(|count| !(1..=2_000).contains(&count))
        {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "audit_size",
                "An audit asks at most 12 models about 1 to 2000 pieces of code.",
            ));
        }
        let models = self.models.iter().map(|text| model_id(text));
        let mut start = AuditStart::new(task, app.approved_target(&self.target)?);
        start.models = models.collect::<Result<_, _>>()?;
        start.facets = self.facets.into_iter().map(Into::into).collect();
        start.max_cost = self.max_cost_usd.as_deref().map(usd).transpose()?;
        start.slices = self.slices.map_or(start.slices, |count| count as usize);
        start.revision = self.revision;
        start.since = self.since;
        start.idempotency_key = key;
        Ok(start)
    }
}

/// An audit that began.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExecutionStartedJson {
    id: String,
    run_id: String,
}

type Accepted = (
    StatusCode,
    [(HeaderName, String); 1],
    Json<ExecutionStartedJson>,
);

fn accepted(id: String) -> Accepted {
    let location = [(header::LOCATION, format!("/api/v1/executions/{id}"))];
    let started = ExecutionStartedJson {
        run_id: id.clone(),
        id,
    };
    (StatusCode::ACCEPTED, location, Json(started))
}

/// Audits, newest first.
#[utoipa::path(get, path = "/api/v1/executions", tag = "audits", operation_id = "list_executions",
    params(PageQuery),
    responses((status = 200, description = "One page.", body = ExecutionsJson),
        (status = 400, description = "A parameter that cannot be.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<ExecutionsJson>, Problem> {
    let (limit, before) = query.checked()?;
    let page = app.executions(limit, before).await?;
    Ok(Json(ExecutionsJson {
        items: page.items.into_iter().map(Into::into).collect(),
        next: page.next.map(|row| row.to_string()),
    }))
}

/// Audits code on the server's disk. Nothing of it is run; it leaves this machine only for the
/// models that are named.
#[utoipa::path(post, path = "/api/v1/executions", tag = "audits", operation_id = "create_execution",
    params(IdempotencyKey), request_body = CreateExecution,
    responses((status = 202, description = "Being made.", body = ExecutionStartedJson, headers(("location" = String, description = "The execution."))),
        (status = 404, description = "No such upload.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A target outside the approved folders, an unknown task or model.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(app): State<App>,
    key: IdempotencyKey,
    Body(body): Body<CreateExecution>,
) -> Result<Accepted, Problem> {
    let start = body.start(&app, key.0)?;
    Ok(accepted(app.start_audit(start).await?))
}

/// Goes on with an audit that came to no end; what models answered is kept.
#[utoipa::path(post, path = "/api/v1/executions/{id}/resume", tag = "audits", operation_id = "resume_execution",
    params(("id" = String, Path)),
    responses((status = 202, description = "Going on.", body = ExecutionStartedJson, headers(("location" = String, description = "The execution."))),
        (status = 404, description = "No such execution.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It runs, or is complete.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its target or a model's provider is not there any more.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn resume(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Accepted, Problem> {
    Ok(accepted(app.resume_audit(&id, None).await?.id))
}

/// One audit, without its findings.
#[utoipa::path(get, path = "/api/v1/executions/{id}", tag = "audits", operation_id = "get_execution",
    params(("id" = String, Path)),
    responses((status = 200, description = "The execution.", body = ExecutionJson),
        (status = 404, description = "No such execution.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<ExecutionJson>, Problem> {
    Ok(Json(app.execution(&id).await?.into()))
}

/// Deletes an audit with its findings; verdicts and costs stay.
#[utoipa::path(delete, path = "/api/v1/executions/{id}", tag = "audits", operation_id = "delete_execution",
    params(("id" = String, Path)),
    responses((status = 204, description = "Deleted."),
        (status = 404, description = "No such execution.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is still running.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.delete_execution(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which page of findings, in the order of their places.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingsQuery {
    /// Items at most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
}

/// The findings of an audit, with those held back, unverified and refuted.
#[utoipa::path(get, path = "/api/v1/executions/{id}/findings", tag = "audits", operation_id = "list_findings",
    params(("id" = String, Path), FindingsQuery),
    responses((status = 200, description = "One page.", body = FindingsJson),
        (status = 400, description = "A parameter that cannot be.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such execution.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn findings(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<FindingsQuery>,
) -> Result<Json<FindingsJson>, Problem> {
    let limit = query.limit.unwrap_or(100);
    if !(1..=MAX_FINDINGS).contains(&limit) {
        let detail = "`limit` is a number from 1 to 500.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "limit", detail));
    }
    let after = cursor("after", query.after.as_deref())?;
    let page = app.findings(&id, limit, after).await?;
    Ok(Json(FindingsJson {
        items: page.items.into_iter().map(Into::into).collect(),
        next: page.next.map(|row| row.to_string()),
    }))
}

/// One finding.
#[utoipa::path(get, path = "/api/v1/findings/{id}", tag = "audits", operation_id = "get_finding",
    params(("id" = String, Path)),
    responses((status = 200, description = "The finding.", body = FindingJson),
        (status = 404, description = "No such finding.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn finding(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<FindingJson>, Problem> {
    Ok(Json(app.finding(&id).await?.into()))
}

/// What is judged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JudgeFinding {
    verdict: FindingVerdictJson,
    /// At most 2000 characters.
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: Option<String>,
}

/// Judges a finding, named by its id or its fingerprint; the last word counts in every audit.
#[utoipa::path(put, path = "/api/v1/findings/{id}/verdict", tag = "audits", operation_id = "judge_finding",
    params(("id" = String, Path)), request_body = JudgeFinding,
    responses((status = 200, description = "The verdict.", body = VerdictJson),
        (status = 404, description = "No such finding.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A reason that is too long.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn judge(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(body): Body<JudgeFinding>,
) -> Result<Json<VerdictJson>, Problem> {
    let judged = app.judge_finding(&id, body.verdict.into(), body.reason);
    Ok(Json(judged.await?.into()))
}

/// A task.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskJson {
    id: String,
    title: String,
    /// Ids of languages; empty for all.
    languages: Vec<String>,
}

/// Every task.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TasksJson {
    items: Vec<TaskJson>,
}

/// What an audit can do.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "audits", operation_id = "list_tasks",
    responses((status = 200, description = "The tasks.", body = TasksJson)))]
pub(super) async fn tasks() -> Json<TasksJson> {
    let items = TASKS.map(|task| TaskJson {
        id: task.id.to_owned(),
        title: task.title.to_owned(),
        languages: task
            .languages
            .iter()
            .map(|language| language.id().to_owned())
            .collect(),
    });
    Json(TasksJson {
        items: items.into(),
    })
}

/// A facet, of all languages or of one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FacetJson {
    id: String,
    /// `security`, `performance` or `quality`.
    facet: String,
    /// Null for all.
    language: Option<String>,
    /// What models are told to have in mind.
    focus: String,
}

/// Every facet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FacetsJson {
    items: Vec<FacetJson>,
}

/// From which sides code is looked at.
#[utoipa::path(get, path = "/api/v1/facets", tag = "audits", operation_id = "list_facets",
    responses((status = 200, description = "The facets.", body = FacetsJson)))]
pub(super) async fn facets() -> Json<FacetsJson> {
    let items = FACETS.map(|form| FacetJson {
        id: form.id(),
        facet: majlis_audit::report::facet_name(form.facet).to_owned(),
        language: form.language.map(|language| language.id().to_owned()),
        focus: form.focus.to_owned(),
    });
    Json(FacetsJson {
        items: items.into(),
    })
}

/// How often a rule was right for this person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleRecordJson {
    rule: String,
    confirmed: u64,
    false_positive: u64,
    wont_fix: u64,
    duplicate: u64,
    /// Share of right ones among those judged right or wrong, 0 to 1; null where none was.
    precision: Option<f64>,
}

impl From<(String, RuleRecord)> for RuleRecordJson {
    fn from((rule, record): (String, RuleRecord)) -> Self {
        Self {
            rule,
            confirmed: record.history.confirmed,
            false_positive: record.history.false_positive,
            wont_fix: record.history.wont_fix,
            duplicate: record.history.duplicate,
            precision: record.precision,
        }
    }
}

/// Rules with verdicts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleRecordsJson {
    items: Vec<RuleRecordJson>,
}

/// How often rules were right, by the verdicts on their findings.
#[utoipa::path(get, path = "/api/v1/rule-records", tag = "audits", operation_id = "list_rule_records",
    responses((status = 200, description = "Rules of which findings were judged.", body = RuleRecordsJson)))]
pub(super) async fn records(State(app): State<App>) -> Result<Json<RuleRecordsJson>, Problem> {
    let records = app.rule_records().await?;
    Ok(Json(RuleRecordsJson {
        items: records.into_iter().map(Into::into).collect(),
    }))
}
