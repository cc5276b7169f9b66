//! What can go wrong between us and a model, and what the caller may do about it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A failed call to a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProviderError {
    /// What kind of failure, which decides what may be done.
    pub kind: ErrorKind,
    /// One sentence for a person, in English: operation, input, what the provider said. Holds no
    /// key.
    pub message: String,
    /// What the person can do about it, in English.
    pub hint: Option<String>,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// How long the provider asked us to wait.
    pub retry_after: Option<Duration>,
    /// The request may have been billed. While this is true nothing may be sent again by itself.
    pub maybe_billed: bool,
}

impl ProviderError {
    /// An error of which only kind and message are known; billed or not follows from the kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            status: None,
            retry_after: None,
            maybe_billed: matches!(
                kind,
                ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Malformed
            ),
        }
    }

    /// The same error with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sending the same request again may succeed and cannot be paid twice.
    pub fn is_retryable(&self) -> bool {
        !self.maybe_billed
            && matches!(
                self.kind,
                ErrorKind::RateLimited
                    | ErrorKind::Overloaded
                    | ErrorKind::Network
                    | ErrorKind::Timeout
            )
    }
}

/// Kinds of failure, each with one thing the caller does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The key is missing, wrong, not allowed this model, or its account has no credit left: mend the
    /// configuration or the account.
    Unauthorized,
    /// Too many requests: wait, then retry.
    RateLimited,
    /// The provider is over capacity (503, 529): wait, then retry.
    Overloaded,
    /// Prompt and answer do not fit the model: shorten.
    ContextLength,
    /// The provider refused the content: rephrase.
    ContentFilter,
    /// The provider refused the form of the request: a bug of ours or an unsupported option.
    Invalid,
    /// No such model or address.
    NotFound,
    /// The server could not be reached, or the connection broke.
    Network,
    /// No answer within the limit.
    Timeout,
    /// The answer cannot be understood, or was cut before its end.
    Malformed,
    /// The call was stopped by the person or by shutdown.
    Cancelled,
}

impl ErrorKind {
    /// The kind's name as it stands in JSON and in the store, e.g. `rate_limited`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::ContextLength => "context_length",
            Self::ContentFilter => "content_filter",
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
            Self::Cancelled => "cancelled",
        }
    }
}
