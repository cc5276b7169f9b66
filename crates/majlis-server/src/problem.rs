//! The one door to HTTP errors: RFC 9457 `application/problem+json`.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use majlis_app::{AppError, AppErrorKind, Notice, redacted};
use serde::Serialize;
use utoipa::ToSchema;

use crate::v1::Dialect;

/// An error as clients see it (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
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
    #[serde(skip)]
    retry: Retry,
}

/// What a client may do about asking again.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Retry {
    /// Not before so long; `None`: nobody says.
    pub(crate) after: Option<Duration>,
    /// Not by itself: it may have been paid for already.
    pub(crate) is_forbidden: bool,
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
            retry: Retry::default(),
        }
    }

    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    pub(crate) fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What went wrong and how to mend it.
    pub(crate) fn sentence(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{} {hint}", self.detail),
            None => self.detail.clone(),
        }
    }

    /// The member of the request that is at fault.
    pub(crate) fn parameter(&self) -> Option<&str> {
        self.params.get("param").map(String::as_str)
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
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
        if status.is_server_error() {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(code = %error.notice.code, cause, "{error}");
        }
        Self::from_notice(status, error.notice)
    }
}

impl IntoResponse for Problem {
    /// The head of the answer; [`finish`] writes its body, since the shape depends on who asks.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of an answer that is a problem, in the shape of a dialect.
pub(crate) fn finish(response: &mut Response, dialect: Dialect, request_id: &str) {
    const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
    let Some(mut problem) = response.extensions_mut().remove::<Problem>() else {
        return;
    };
    problem.request_id = Some(request_id.to_owned());
    let (kind, body) = match dialect.body(&problem) {
        Some(body) => ("application/json", body.to_string()),
        None => (
            "application/problem+json",
            serde_json::to_string(&problem).unwrap_or_default(),
        ),
    };
    *response.status_mut() = dialect.status(problem.status());
    *response.body_mut() = Body::from(redacted(&body).into_owned());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // The router wrote down the length of the empty body.
    headers.remove(header::CONTENT_LENGTH);
    if let Some(after) = problem.retry.after {
        // Whole seconds, and never too early.
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if problem.retry.is_forbidden {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
}
