//! How everything that keeps the data stands.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use majlis_app::{App, Health, HealthCheck, HealthStatus};
use serde::Serialize;
use utoipa::ToSchema;

/// How something stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HealthStatusJson {
    Ok,
    Warning,
    Error,
}

impl From<HealthStatus> for HealthStatusJson {
    fn from(status: HealthStatus) -> Self {
        match status {
            HealthStatus::Ok => Self::Ok,
            HealthStatus::Warning => Self::Warning,
            HealthStatus::Error => Self::Error,
        }
    }
}

/// What one look found. Translate by `code`; `detail` and `hint` are English.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HealthCheckJson {
    /// What was looked at: `database`, `storage`, `disk`, `backups`; `alert` for what is to be told.
    name: &'static str,
    status: HealthStatusJson,
    /// Stable name of the situation.
    code: String,
    /// What was found.
    detail: String,
    /// Values a translation inserts.
    params: BTreeMap<String, String>,
    /// How to mend it.
    hint: Option<String>,
}

impl From<HealthCheck> for HealthCheckJson {
    fn from(check: HealthCheck) -> Self {
        Self {
            name: check.name,
            status: check.status.into(),
            code: check.notice.code,
            detail: check.notice.detail,
            params: check.notice.params,
            hint: check.notice.hint,
        }
    }
}

/// Everything that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HealthJson {
    /// The worst of all checks.
    status: HealthStatusJson,
    checks: Vec<HealthCheckJson>,
}

impl From<Health> for HealthJson {
    fn from(health: Health) -> Self {
        Self {
            status: health.status.into(),
            checks: health.checks.into_iter().map(Into::into).collect(),
        }
    }
}

/// Database, disk and backups, and what was mended at the start. Always answers 200: what is wrong
/// is in the body.
#[utoipa::path(get, path = "/api/v1/health", tag = "health", operation_id = "get_health",
    responses((status = 200, description = "As it stands.", body = HealthJson)))]
pub(super) async fn get(State(app): State<App>) -> Json<HealthJson> {
    Json(app.health().await.into())
}
