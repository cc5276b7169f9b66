//! Alerts: what a person should know until it is over.

use axum::Json;
use axum::extract::State;
use majlis_app::{AlertState, AlertView, App, ChannelReport};
use serde::Serialize;
use utoipa::ToSchema;

use super::common::{NoticeJson, rfc3339};
use crate::problem::Problem;

/// How far an alert is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlertStateJson {
    /// Its condition holds, but not for long enough.
    Pending,
    /// The person should know.
    Firing,
    /// It is over.
    Resolved,
}

impl From<AlertState> for AlertStateJson {
    fn from(state: AlertState) -> Self {
        match state {
            AlertState::Pending => Self::Pending,
            AlertState::Firing => Self::Firing,
            AlertState::Resolved => Self::Resolved,
        }
    }
}

/// One alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertJson {
    /// Later ones have greater numbers.
    id: i64,
    /// The rule that raised it, as docs/monitoring.md explains it.
    rule: String,
    /// What it is about where a rule watches several things, e.g. a provider.
    subject: Option<String>,
    state: AlertStateJson,
    /// Since when its condition holds.
    since: String,
    fired_at: Option<String>,
    resolved_at: Option<String>,
    notice: NoticeJson,
}

impl From<AlertView> for AlertJson {
    fn from(alert: AlertView) -> Self {
        Self {
            id: alert.number,
            rule: alert.rule,
            subject: alert.subject,
            state: alert.state.into(),
            since: rfc3339(alert.since_ms),
            fired_at: alert.fired_at_ms.map(rfc3339),
            resolved_at: alert.resolved_at_ms.map(rfc3339),
            notice: alert.notice.into(),
        }
    }
}

/// Alerts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertsJson {
    /// Those that are not over, oldest first, and behind them the last fifty that are.
    items: Vec<AlertJson>,
    /// The rules that are watched.
    rules: Vec<&'static str>,
}

/// How a test of a channel went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChannelReportJson {
    /// Its name in the configuration.
    name: String,
    /// `webhook`, `ntfy` or `email`.
    kind: &'static str,
    /// Why it was not told; null when it was.
    error: Option<String>,
}

impl From<ChannelReport> for ChannelReportJson {
    fn from(report: ChannelReport) -> Self {
        Self {
            name: report.name,
            kind: report.kind,
            error: report.error,
        }
    }
}

/// How the tests of all channels went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChannelReportsJson {
    /// In the order of the configuration; empty where it names no channel.
    items: Vec<ChannelReportJson>,
}

/// What should be known now, and what was lately.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "health", operation_id = "list_alerts",
    responses((status = 200, description = "The alerts.", body = AlertsJson)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<AlertsJson>, Problem> {
    Ok(Json(AlertsJson {
        items: app.alerts().await?.into_iter().map(Into::into).collect(),
        rules: App::alert_rules().collect(),
    }))
}

/// Sends a test through every channel of the configuration, and says which took it.
#[utoipa::path(post, path = "/api/v1/alerts/test", tag = "health", operation_id = "test_alerts",
    responses((status = 200, description = "What each channel said.", body = ChannelReportsJson)))]
pub(super) async fn test(State(app): State<App>) -> Json<ChannelReportsJson> {
    let reports = app.test_channels().await;
    Json(ChannelReportsJson {
        items: reports.into_iter().map(Into::into).collect(),
    })
}
