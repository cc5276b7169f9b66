//! The one door to HTTP errors: RFC 9457 `application/problem+json`.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use majlis_app::{AppError, AppErrorKind, Notice};
use serde::Serialize;
use utoipa::ToSchema;

/// An error as clients see it (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the code tells problems apart.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Stable name of the problem, for programs and translations.
    code: String,
    /// One English sentence: what went wrong, where.
    detail: String,
    /// English: how to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Values a translation inserts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<String, String>,
    /// The same id stands in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self::from_notice(status, Notice::new(code, detail))
    }

    pub(crate) fn from_notice(status: StatusCode, notice: Notice) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: notice.code,
            detail: notice.detail,
            hint: notice.hint,
            params: notice.params,
            request_id: None,
        }
    }

    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let status = match error.kind {
            AppErrorKind::NotFound => StatusCode::NOT_FOUND,
            AppErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            AppErrorKind::Conflict => StatusCode::CONFLICT,
            AppErrorKind::Cost => StatusCode::PAYMENT_REQUIRED,
            AppErrorKind::Storage => match error.notice.code.as_str() {
                // These pass by themselves, or with the next start.
                "store_busy" | "store_closed" => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::INSUFFICIENT_STORAGE,
            },
            AppErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut problem = Self::from_notice(status, error.notice.clone());
        if status.is_server_error() {
            let id = uuid::Uuid::now_v7().to_string();
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(request_id = %id, code = %error.notice.code, cause, "{error}");
            problem.request_id = Some(id);
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}
