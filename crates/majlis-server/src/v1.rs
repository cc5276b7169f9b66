//! `/v1`: the interfaces of OpenAI and Anthropic, for programs that speak them. Every configured
//! model is a model there.

mod anthropic;
mod chat;
mod council;
mod dialect;
mod embeddings;
mod message;
mod models;
mod reply;
mod responses;
mod sse;
mod tool;
mod upstream;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};
use majlis_app::{App, AppError, AppErrorKind, Notice, RelayError};
use majlis_llm::{ErrorKind, ProviderError};

use crate::guard::MAX_RELAY_BYTES;
use crate::problem::{Problem, Retry};

pub(crate) use dialect::Dialect;

/// The routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/models", get(models::list))
        .route("/v1/models/{*id}", get(models::get))
        .route("/v1/chat/completions", post(chat::complete))
        .route("/v1/responses", post(responses::create))
        .route("/v1/embeddings", post(embeddings::create))
        .route("/v1/messages", post(anthropic::create))
        .route("/v1/messages/count_tokens", post(anthropic::count_tokens))
        .layer(DefaultBodyLimit::max(MAX_RELAY_BYTES))
}

impl From<RelayError> for Problem {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::Refused(error) => refused(error),
            RelayError::Provider(error) => failed(&error),
        }
    }
}

/// A refusal of ours, in the statuses these interfaces use.
fn refused(error: AppError) -> Problem {
    let is_model = matches!(error.kind, AppErrorKind::Invalid | AppErrorKind::NotFound)
        && matches!(error.notice.code.as_str(), "unknown_model" | "model_id");
    if is_model {
        return Problem::from_notice(
            StatusCode::NOT_FOUND,
            Notice {
                code: "model_not_found".to_owned(),
                ..error.notice
            }
            .with_param("param", "model"),
        );
    }
    // Asking again by itself would not change what it costs.
    error.into()
}

/// What a provider said. Where it may have been billed, no client may send it again by itself.
fn failed(error: &ProviderError) -> Problem {
    let (status, code) = match error.kind {
        ErrorKind::Unauthorized => (StatusCode::UNAUTHORIZED, "provider_unauthorized"),
        ErrorKind::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded"),
        ErrorKind::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "provider_overloaded"),
        ErrorKind::ContextLength => (StatusCode::BAD_REQUEST, "context_length_exceeded"),
        ErrorKind::ContentFilter => (StatusCode::BAD_REQUEST, "content_filter"),
        ErrorKind::Invalid => (StatusCode::BAD_REQUEST, "provider_invalid"),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "model_not_found"),
        ErrorKind::Network => (StatusCode::BAD_GATEWAY, "provider_network"),
        ErrorKind::Timeout => (StatusCode::GATEWAY_TIMEOUT, "provider_timeout"),
        ErrorKind::Malformed => (StatusCode::BAD_GATEWAY, "provider_malformed"),
        ErrorKind::Cancelled => (StatusCode::SERVICE_UNAVAILABLE, "cancelled"),
    };
    let mut problem = Problem::new(status, code, error.message.clone());
    if let Some(hint) = &error.hint {
        problem = problem.with_hint(hint);
    }
    problem.with_retry(Retry {
        after: error.retry_after,
        is_forbidden: error.maybe_billed,
    })
}

/// The refusal of one member of a request.
fn invalid(parameter: &str, detail: impl Into<String>) -> Problem {
    let notice = Notice::new("invalid_value", detail).with_param("param", parameter);
    Problem::from_notice(StatusCode::BAD_REQUEST, notice)
}
