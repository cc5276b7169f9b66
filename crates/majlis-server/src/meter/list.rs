//! Every metric there is. docs/monitoring.md explains the same ones, and a test holds them together.

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What form it has.
    pub kind: MetricKind,
    /// The labels by which it is split.
    pub labels: &'static [&'static str],
    /// What it counts, in a sentence.
    pub help: &'static str,
}

/// The forms of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows, until the next start.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
}

impl MetricKind {
    /// Its name in the text format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    metric(name, MetricKind::Counter, labels, help)
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    metric(name, MetricKind::Gauge, labels, help)
}

const fn histogram(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    metric(name, MetricKind::Histogram, labels, help)
}

const fn metric(
    name: &'static str,
    kind: MetricKind,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind,
        labels,
        help,
    }
}

/// The labels of a call to a model.
const CALL: &[&str] = &[
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
];
/// The same where an end is told from a failure.
const ENDED_CALL: &[&str] = &[
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "error_type",
];
/// The same by the kind of tokens.
const TOKENS_OF_CALL: &[&str] = &[
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "gen_ai_token_type",
];

/// The list.
pub const METRICS: &[Metric] = &[
    gauge(
        "majlis_build_info",
        &["version", "sqlite"],
        "Always 1; its labels say what runs.",
    ),
    counter(
        "majlis_http_requests_total",
        &["route", "method", "status"],
        "Requests that were answered.",
    ),
    histogram(
        "majlis_http_request_duration_seconds",
        &["route"],
        "Time until a request was answered.",
    ),
    counter(
        "majlis_rate_limited_total",
        &["rule"],
        "Requests that were more than a limit allows.",
    ),
    counter(
        "majlis_guard_denied_total",
        &["reason"],
        "Requests that the guard refused.",
    ),
    gauge(
        "majlis_ws_connections",
        &[],
        "WebSocket connections that are open.",
    ),
    counter(
        "majlis_ws_messages_total",
        &[],
        "WebSocket messages that were sent.",
    ),
    counter(
        "majlis_provider_calls_total",
        &["provider", "model", "outcome"],
        "Calls to models that ended.",
    ),
    counter(
        "majlis_cost_usd_total",
        &["provider", "model"],
        "Known costs of calls in US dollars.",
    ),
    gauge(
        "majlis_budget_spent_usd",
        &["period"],
        "What is spent in this day and month, and in this day for other programs, in US dollars.",
    ),
    gauge(
        "majlis_budget_limit_usd",
        &["period"],
        "What may be spent; absent where there is no cap.",
    ),
    histogram(
        "gen_ai_client_operation_duration_seconds",
        ENDED_CALL,
        "Time until a call to a model ended.",
    ),
    histogram(
        "gen_ai_client_operation_time_to_first_chunk_seconds",
        CALL,
        "Time until the first piece of an answer.",
    ),
    histogram(
        "gen_ai_client_operation_time_per_output_chunk_seconds",
        CALL,
        "Mean time between two pieces of an answer.",
    ),
    histogram(
        "gen_ai_client_token_usage",
        TOKENS_OF_CALL,
        "Tokens of a call, as its provider counted them.",
    ),
    gauge(
        "majlis_jobs",
        &["state"],
        "Jobs that are running, and those that were interrupted and can go on.",
    ),
    histogram(
        "majlis_store_write_duration_seconds",
        &[],
        "Time until a write to the database was kept, its wait included.",
    ),
    counter(
        "majlis_store_errors_total",
        &["code"],
        "Operations on the database that disk, file or program failed.",
    ),
    gauge("majlis_db_bytes", &[], "Size of the database with its log."),
    gauge(
        "majlis_disk_free_bytes",
        &[],
        "Free space beside the database.",
    ),
    gauge(
        "majlis_backup_last_success_timestamp_seconds",
        &[],
        "When the newest whole backup was made; 0 if there is none.",
    ),
    gauge("majlis_alerts_firing", &["rule"], "Alerts that fire."),
];
