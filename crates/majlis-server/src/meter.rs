//! `/metrics`: what happens here, for Prometheus. Behind the guard, like everything.

mod buckets;
mod list;
mod series;

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use majlis_app::{App, Figures, PeriodView, spent_since_start, store_trouble_codes};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::access;
use crate::guard;
use crate::limit::Class;
use crate::problem::Problem;

pub(crate) use buckets::Buckets;
pub use list::{METRICS, Metric, MetricKind};
pub(crate) use series::Series;

/// Bounds of durations, in seconds: from what this server takes itself to what a model may.
const SECONDS: &[f64] = &[
    0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0,
];
/// Bounds of counts of tokens.
const TOKENS: &[f64] = &[
    1.0,
    16.0,
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
];
/// Time between two clean-ups of what nobody scraped.
pub(crate) const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The one recorder of this process; `None` where another one was installed first.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

fn recorder() -> Option<&'static PrometheusHandle> {
    RECORDER
        .get_or_init(|| match install() {
            Ok(handle) => handle,
            Err(error) => {
                tracing::error!(%error, "no metrics can be recorded");
                None
            }
        })
        .as_ref()
}

fn install() -> Result<Option<PrometheusHandle>, BuildError> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_token_usage".to_owned()), TOKENS)?
        .build_recorder();
    let handle = recorder.handle();
    Ok(metrics::set_global_recorder(recorder)
        .is_ok()
        .then_some(handle))
}

/// Begins to record.
pub(crate) fn start() {
    if recorder().is_some() {
        METRICS.iter().for_each(describe);
        gauge!("majlis_build_info",
            "version" => env!("CARGO_PKG_VERSION"), "sqlite" => App::sqlite_version())
        .set(1.0);
        gauge!("majlis_ws_connections").increment(0.0);
        counter!("majlis_ws_messages_total").increment(0);
        // What was never seen is 0, not absent: a rule on a rise would miss the first one.
        for code in store_trouble_codes() {
            counter!("majlis_store_errors_total", "code" => code).increment(0);
        }
        for reason in guard::REASONS.into_iter().chain(access::REASONS) {
            counter!("majlis_guard_denied_total", "reason" => reason).increment(0);
        }
        for class in Class::ALL {
            counter!("majlis_rate_limited_total", "rule" => class.name()).increment(0);
        }
    }
}

fn describe(metric: &Metric) {
    match metric.kind {
        MetricKind::Counter => describe_counter!(metric.name, metric.help),
        MetricKind::Gauge => describe_gauge!(metric.name, metric.help),
        MetricKind::Histogram => describe_histogram!(metric.name, metric.help),
    }
}

/// Gives back the memory of what was recorded and not scraped.
pub(crate) fn upkeep() {
    if let Some(recorder) = recorder() {
        recorder.run_upkeep();
    }
}

/// Counts a request that was answered. The route is its pattern, never its path.
pub(crate) fn request(method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
    let route = route.unwrap_or("other").to_owned();
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    };
    histogram!("majlis_http_request_duration_seconds", "route" => route.clone())
        .record(took.as_secs_f64());
    counter!("majlis_http_requests_total",
        "route" => route, "method" => method, "status" => status.as_u16().to_string())
    .increment(1);
}

/// Everything that is counted.
pub(crate) async fn show(State(app): State<App>) -> Result<Response, Problem> {
    let figures = app.figures().await?;
    let mut text = told(&figures)?;
    write_limits(&mut text, &figures);
    write_costs(&mut text);
    let mut response = text.into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// The same for a program that is no Prometheus: what was counted, and how everything stands now.
pub(crate) async fn read(app: &App) -> Result<(Vec<Series>, Figures), Problem> {
    let figures = app.figures().await?;
    let text = told(&figures)?;
    Ok((series::read(&text), figures))
}

/// What the recorder tells.
fn told(figures: &Figures) -> Result<String, Problem> {
    let Some(recorder) = recorder() else {
        let detail = "Another part of this process records its metrics.";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_metrics", detail));
    };
    set_gauges(figures);
    recorder.run_upkeep();
    Ok(recorder.render())
}

fn set_gauges(figures: &Figures) {
    for (period, budget) in periods(figures) {
        gauge!("majlis_budget_spent_usd", "period" => period).set(dollars(budget.spent.0));
    }
    for (state, jobs) in [
        ("running", figures.jobs.running),
        ("interrupted", figures.jobs.interrupted),
    ] {
        gauge!("majlis_jobs", "state" => state).set(size(jobs));
    }
    gauge!("majlis_db_bytes").set(size(figures.database_bytes));
    if let Some(free_bytes) = figures.disk_free_bytes {
        gauge!("majlis_disk_free_bytes").set(size(free_bytes));
    }
    let backup_s = figures.backup_at_ms.unwrap_or(0) / 1_000;
    let backup_s = u64::try_from(backup_s).unwrap_or(0);
    gauge!("majlis_backup_last_success_timestamp_seconds").set(size(backup_s));
    for (rule, firing) in &figures.firing {
        gauge!("majlis_alerts_firing", "rule" => rule.clone()).set(size(*firing));
    }
}

fn periods(figures: &Figures) -> [(&'static str, PeriodView); 3] {
    let budgets = &figures.budgets;
    [
        ("day", budgets.day),
        ("month", budgets.month),
        ("programs", budgets.programs),
    ]
}

/// A size for a gauge: exact up to nine thousand million millions.
#[expect(clippy::cast_precision_loss, reason = "no size here comes near")]
fn size(size: u64) -> f64 {
    size as f64
}

/// Dollars for a gauge; the ledger has them exactly.
#[expect(clippy::cast_precision_loss, reason = "a gauge holds no exact amounts")]
fn dollars(amount_pusd: i128) -> f64 {
    amount_pusd as f64 / 1e12
}

/// The head of a metric that the recorder does not write.
fn write_head(text: &mut String, name: &str) {
    if let Some(metric) = METRICS.iter().find(|metric| metric.name == name) {
        let kind = metric.kind.as_str();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", metric.help);
    }
}

/// A cap that is taken away must not stay as a gauge, which the recorder would keep.
fn write_limits(text: &mut String, figures: &Figures) {
    write_head(text, "majlis_budget_limit_usd");
    for (period, budget) in periods(figures) {
        if let Some(limit) = budget.limit {
            let limit = limit.to_usd_string();
            let _ = writeln!(
                text,
                "majlis_budget_limit_usd{{period=\"{period}\"}} {limit}"
            );
        }
    }
}

/// Costs are a counter with fractions, which the recorder has no form for.
fn write_costs(text: &mut String) {
    write_head(text, "majlis_cost_usd_total");
    for (model, cost) in spent_since_start() {
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "majlis_cost_usd_total{{provider=\"{}\",model=\"{}\"}} {}",
            escaped(model.provider()),
            escaped(model.name()),
            cost.to_usd_string()
        );
    }
}

/// A label's value in the text format.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_its_own_text() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
