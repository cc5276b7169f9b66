//! Errors in the shapes of the interfaces that programs expect.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::problem::Problem;

/// Whose shape an error has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// RFC 9457, everywhere outside `/v1`.
    Problem,
    /// OpenAI's.
    OpenAi,
    /// Anthropic's, below `/v1/messages`.
    Anthropic,
}

impl Dialect {
    /// The dialect of a path.
    pub(crate) fn of(path: &str) -> Self {
        let is_below = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if is_below("/v1/messages") {
            Self::Anthropic
        } else if is_below("/v1") {
            Self::OpenAi
        } else {
            Self::Problem
        }
    }

    /// The status of a problem: these interfaces know no 422.
    pub(crate) fn status(self, status: StatusCode) -> StatusCode {
        match self {
            Self::OpenAi | Self::Anthropic if status == StatusCode::UNPROCESSABLE_ENTITY => {
                StatusCode::BAD_REQUEST
            }
            Self::Anthropic if status == StatusCode::SERVICE_UNAVAILABLE => {
                StatusCode::from_u16(529).unwrap_or(status)
            }
            Self::Problem | Self::OpenAi | Self::Anthropic => status,
        }
    }

    /// The error as JSON; `None` when it is the problem itself.
    pub(crate) fn body(self, problem: &Problem) -> Option<Value> {
        let status = self.status(problem.status());
        match self {
            Self::Problem => None,
            Self::OpenAi => Some(json!({ "error": {
                "message": problem.sentence(),
                "type": openai_type(status),
                "param": problem.parameter(),
                "code": problem.code(),
            } })),
            Self::Anthropic => Some(json!({
                "type": "error",
                "error": { "type": anthropic_type(status), "message": problem.sentence() },
                "request_id": problem.request_id(),
            })),
        }
    }
}

fn openai_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

fn anthropic_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_shape_its_programs_expect() {
        for (path, expected) in [
            ("/v1", Dialect::OpenAi),
            ("/v1/chat/completions", Dialect::OpenAi),
            ("/v1/nothing", Dialect::OpenAi),
            ("/v1/messages", Dialect::Anthropic),
            ("/v1/messages/count_tokens", Dialect::Anthropic),
            ("/v1/messagesx", Dialect::OpenAi),
            ("/v1x", Dialect::Problem),
            ("/api/v1/models", Dialect::Problem),
        ] {
            assert_eq!(Dialect::of(path), expected, "{path}");
        }
    }
}
