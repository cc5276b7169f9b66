//! The figures of `/metrics` for a dashboard, put together from the same recorder.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use majlis_app::{App, Figures};
use serde::Serialize;
use utoipa::ToSchema;

use super::budget::BudgetsJson;
use super::common::rfc3339;
use crate::meter::{self, Buckets, Series};
use crate::problem::Problem;
use crate::{limit, trace};

/// What happens here. Counts and durations are since this server started.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MetricsSummaryJson {
    /// By class and status.
    requests: Vec<RequestsJson>,
    /// How long requests take whose time is this server's own; those that ask models or do as much
    /// as the person wants done at once are not in it.
    durations: DurationsJson,
    /// Requests that were more than a limit allows, by class.
    rate_limited: BTreeMap<String, u64>,
    /// Requests that the guard refused, by reason.
    guard_denied: BTreeMap<String, u64>,
    /// WebSocket connections that are open.
    ws_connections: u64,
    /// Calls to models that ended, by model.
    calls: Vec<ModelCallsJson>,
    /// What is spent in this day and month, and what may be.
    budgets: BudgetsJson,
    /// Jobs that are running.
    running_jobs: u64,
    /// Jobs that were interrupted and can go on.
    interrupted_jobs: u64,
    /// Operations on the database that disk, file or program failed, by code.
    store_errors: BTreeMap<String, u64>,
    /// Size of the database with its log.
    database_bytes: u64,
    /// Free space beside the database; null: not known.
    disk_free_bytes: Option<u64>,
    /// When the newest whole backup was made; null: there is none.
    backup_at: Option<String>,
    /// How many alerts of each rule fire; every rule is there.
    alerts_firing: BTreeMap<String, u64>,
}

/// Requests of one class with one status.
#[derive(Debug, Serialize, ToSchema)]
struct RequestsJson {
    class: ClassJson,
    /// The HTTP status.
    status: u16,
    requests: u64,
}

/// The class of a request: `paid` may cost money, `executions` starts audits, `writes` changes
/// something else, `reads` changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ClassJson {
    Paid,
    Executions,
    Writes,
    Reads,
}

impl From<Option<limit::Class>> for ClassJson {
    fn from(class: Option<limit::Class>) -> Self {
        match class {
            Some(limit::Class::Paid) => Self::Paid,
            Some(limit::Class::Executions) => Self::Executions,
            Some(limit::Class::Writes) => Self::Writes,
            None => Self::Reads,
        }
    }
}

/// How long something takes: estimates from a histogram, exact to its buckets.
#[derive(Debug, Serialize, ToSchema)]
struct DurationsJson {
    /// How many were measured.
    count: u64,
    /// Half of them took no longer; null: none was measured.
    p50_ms: Option<f64>,
    /// Nineteen of twenty took no longer.
    p95_ms: Option<f64>,
    /// Ninety-nine of a hundred took no longer.
    p99_ms: Option<f64>,
}

impl From<&Buckets> for DurationsJson {
    fn from(buckets: &Buckets) -> Self {
        let at = |share| buckets.quantile(share).map(|seconds| seconds * 1_000.0);
        Self {
            count: buckets.count(),
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
        }
    }
}

/// Calls to one model.
#[derive(Debug, Serialize, ToSchema)]
struct ModelCallsJson {
    provider: String,
    model: String,
    /// Calls that ended, by how: `ok`, `cancelled`, `unknown`, or the kind of failure.
    outcomes: BTreeMap<String, u64>,
    /// Until the first piece of an answer.
    first_chunk: DurationsJson,
    /// Until the call ended.
    whole: DurationsJson,
}

/// Every figure, from what was recorded and how everything stands.
fn summary(series: &[Series], figures: Figures) -> MetricsSummaryJson {
    let split = |name, label| by_label(of(series, name), label);
    MetricsSummaryJson {
        requests: requests(series),
        durations: (&own_durations(series)).into(),
        rate_limited: split("majlis_rate_limited_total", "rule"),
        guard_denied: split("majlis_guard_denied_total", "reason"),
        ws_connections: of(series, "majlis_ws_connections").map(Series::count).sum(),
        calls: calls(series),
        running_jobs: figures.jobs.running,
        interrupted_jobs: figures.jobs.interrupted,
        store_errors: split("majlis_store_errors_total", "code"),
        database_bytes: figures.database_bytes,
        disk_free_bytes: figures.disk_free_bytes,
        backup_at: figures.backup_at_ms.map(rfc3339),
        budgets: figures.budgets.into(),
        alerts_firing: figures.firing,
    }
}

fn of<'a>(series: &'a [Series], name: &'static str) -> impl Iterator<Item = &'a Series> {
    series.iter().filter(move |one| one.name == name)
}

fn by_label<'a>(series: impl Iterator<Item = &'a Series>, label: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for one in series {
        *counts.entry(one.label(label).to_owned()).or_insert(0) += one.count();
    }
    counts
}

fn requests(series: &[Series]) -> Vec<RequestsJson> {
    let mut counts: BTreeMap<(ClassJson, u16), u64> = BTreeMap::new();
    for one in of(series, "majlis_http_requests_total") {
        let class = limit::class(one.label("method"), one.label("route"));
        let status = one.label("status").parse().unwrap_or(0);
        *counts.entry((class.into(), status)).or_insert(0) += one.count();
    }
    let counted = counts.into_iter();
    counted
        .map(|((class, status), requests)| RequestsJson {
            class,
            status,
            requests,
        })
        .collect()
}

fn own_durations(series: &[Series]) -> Buckets {
    let mut buckets = Buckets::default();
    of(series, "majlis_http_request_duration_seconds_bucket")
        .filter(|one| trace::is_own(one.label("route")))
        .for_each(|one| buckets.add(one));
    buckets
}

fn calls(series: &[Series]) -> Vec<ModelCallsJson> {
    const WHOLE: &str = "gen_ai_client_operation_duration_seconds_bucket";
    const FIRST_CHUNK: &str = "gen_ai_client_operation_time_to_first_chunk_seconds_bucket";
    let mut models: BTreeMap<(&str, &str), Vec<&Series>> = BTreeMap::new();
    for one in of(series, "majlis_provider_calls_total") {
        let model = (one.label("provider"), one.label("model"));
        models.entry(model).or_default().push(one);
    }
    let durations = |(provider, model): (&str, &str), name| {
        let mut buckets = Buckets::default();
        of(series, name)
            .filter(|one| one.label("gen_ai_provider_name") == provider)
            .filter(|one| one.label("gen_ai_request_model") == model)
            .for_each(|one| buckets.add(one));
        DurationsJson::from(&buckets)
    };
    let models = models.into_iter();
    models
        .map(|(model, outcomes)| ModelCallsJson {
            provider: model.0.to_owned(),
            model: model.1.to_owned(),
            outcomes: by_label(outcomes.into_iter(), "outcome"),
            first_chunk: durations(model, FIRST_CHUNK),
            whole: durations(model, WHOLE),
        })
        .collect()
}

/// The figures of `/metrics`, put together for a dashboard.
#[utoipa::path(get, path = "/api/v1/metrics/summary", tag = "health", operation_id = "get_metrics_summary",
    responses((status = 200, description = "As everything stands now.", body = MetricsSummaryJson),
        (status = 404, description = "Another part of this process records its metrics.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn summarise(State(app): State<App>) -> Result<Json<MetricsSummaryJson>, Problem> {
    let (series, figures) = meter::read(&app).await?;
    Ok(Json(summary(&series, figures)))
}
