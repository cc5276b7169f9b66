//! `/metrics`: what happens here, for Prometheus. Behind the guard, like everything.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use majlis_app::{App, spent_since_start};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::problem::Problem;

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
        gauge!("majlis_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        gauge!("majlis_ws_connections").increment(0.0);
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
    let Some(recorder) = recorder() else {
        let detail = "Another part of this process records its metrics.";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_metrics", detail));
    };
    let budgets = app.budgets().await?;
    for (period, budget) in [("day", budgets.day), ("month", budgets.month)] {
        gauge!("majlis_budget_spent_usd", "period" => period).set(dollars(budget.spent.0));
        if let Some(limit) = budget.limit {
            gauge!("majlis_budget_limit_usd", "period" => period).set(dollars(limit.0));
        }
    }
    recorder.run_upkeep();
    let mut text = recorder.render();
    write_costs(&mut text);
    let mut response = text.into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// Dollars for a gauge; the ledger has them exactly.
#[expect(clippy::cast_precision_loss, reason = "a gauge holds no exact amounts")]
fn dollars(amount_pusd: i128) -> f64 {
    amount_pusd as f64 / 1e12
}

/// Costs are a counter with fractions, which the recorder has no form for.
fn write_costs(text: &mut String) {
    text.push_str("# TYPE majlis_cost_usd_total counter\n");
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
