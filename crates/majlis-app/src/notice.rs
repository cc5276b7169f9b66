//! Text for people: a code to translate by, and English for everything else.

use std::collections::BTreeMap;

use majlis_llm::{ErrorKind, ProviderError};
use serde::{Deserialize, Serialize};

/// Something a person should know, with what they can do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Stable name of the situation, `snake_case`; user interfaces translate by it.
    pub code: String,
    /// Values the translation inserts.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// One English sentence: what happened, where.
    pub detail: String,
    /// English: how to mend it. `None` when there is nothing to do.
    pub hint: Option<String>,
}

impl Notice {
    /// A notice without parameters and hint.
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            params: BTreeMap::new(),
            detail: detail.into(),
            hint: None,
        }
    }

    /// The same notice with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same notice with one more parameter.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// What a failed call means for the person.
    pub fn from_provider(error: &ProviderError, provider: &str) -> Self {
        let mut notice = Self {
            code: provider_code(error.kind).to_owned(),
            params: BTreeMap::new(),
            detail: error.message.clone(),
            hint: error.hint.clone(),
        }
        .with_param("provider", provider);
        if let Some(wait) = error.retry_after {
            notice = notice.with_param("retry_after_s", wait.as_secs().to_string());
        }
        notice
    }
}

/// The notice code of each kind of failure; user interfaces hold a translation of every one.
pub(crate) fn provider_code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthorized => "provider_unauthorized",
        ErrorKind::RateLimited => "provider_rate_limited",
        ErrorKind::Overloaded => "provider_overloaded",
        ErrorKind::ContextLength => "provider_context_length",
        ErrorKind::ContentFilter => "provider_content_filter",
        ErrorKind::Invalid => "provider_invalid",
        ErrorKind::NotFound => "provider_not_found",
        ErrorKind::Network => "provider_network",
        ErrorKind::Timeout => "provider_timeout",
        ErrorKind::Malformed => "provider_malformed",
        ErrorKind::Cancelled => "cancelled",
    }
}
