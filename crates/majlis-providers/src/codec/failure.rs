//! What providers say when they refuse, brought into one form.
//!
//! The bodies differ less by wire format than by company, and compatible servers mix them, so one
//! reader serves all five codecs: `{"error":{…}}` (OpenAI, Anthropic, Google, Groq, OpenRouter),
//! `{"error":"…"}` (Ollama), `{"code":"…","error":"…"}` (xAI), `{"message":"…"}` (Mistral),
//! `{"detail":[…]}` (`FastAPI` servers), `[{"error":{…}}]` (Google without SSE), or no JSON at all.
//! Forms as documented by the providers, looked at in November 2026.

use std::time::Duration;

use majlis_llm::{ErrorKind, ProviderError};
use serde_json::Value;

use super::json;

/// Longest message taken over from a provider, in characters.
const MAX_MESSAGE_CHARS: usize = 600;

/// What else a body says that decides what to do next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BodyHints {
    /// The member of the request that was refused, as the provider names it.
    pub(crate) parameter: Option<String>,
    /// The provider's words in lower case.
    pub(crate) said: String,
}

/// Reads the hints of an error body.
pub(crate) fn body_hints(body: &[u8]) -> BodyHints {
    let report = Report::read_bytes(body);
    BodyHints {
        parameter: report.parameter,
        said: report.message.to_lowercase(),
    }
}

/// An error with an HTTP status.
pub(super) fn from_http(status: u16, body: &[u8]) -> ProviderError {
    let report = Report::read_bytes(body);
    let kind = report.kind(Some(status));
    let mut error = ProviderError::new(kind, report.message);
    error.status = Some(status);
    error.retry_after = report.retry_after;
    // 500, 502 and 504 may come after the model has worked; everything else is refused before.
    error.maybe_billed = matches!(status, 500 | 502 | 504 | 408 | 200..=299);
    error
}

/// An error object inside a stream that began with status 200.
pub(super) fn from_stream(body: &Value, started: bool) -> ProviderError {
    let report = Report::read(body);
    let kind = report.kind(report.status);
    let mut error = ProviderError::new(kind, report.message);
    error.status = report.status;
    error.retry_after = report.retry_after;
    error.maybe_billed = started
        || matches!(
            kind,
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Malformed
        );
    error
}

/// An error body in one form.
#[derive(Debug, Default)]
struct Report {
    message: String,
    /// Every machine-readable word of the body, in lower case, separated by spaces.
    codes: String,
    status: Option<u16>,
    parameter: Option<String>,
    retry_after: Option<Duration>,
}

impl Report {
    fn read_bytes(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        match json::parse(&text) {
            Some(value) => Self::read(&value),
            None => Self {
                message: plain(&text),
                ..Self::default()
            },
        }
    }

    fn read(body: &Value) -> Self {
        let body = body.get(0).unwrap_or(body);
        let error = ["/error", "/response/error"]
            .iter()
            .find_map(|at| body.pointer(at).filter(|error| !error.is_null()))
            .unwrap_or(body);
        let codes = [
            body.get("code"),
            error.get("code"),
            error.get("type"),
            error.get("status"),
            error.pointer("/metadata/error_type"),
        ];
        let words: Vec<String> = codes
            .into_iter()
            .map(json::as_json_text)
            .chain(
                json::items(error, "/details")
                    .iter()
                    .map(|detail| json::as_json_text(detail.get("reason"))),
            )
            .filter(|word| !word.is_empty())
            .map(|word| word.to_ascii_lowercase())
            .collect();
        Self {
            message: message(body, error),
            status: ["code", "status_code", "status", "http_code"]
                .iter()
                .filter_map(|name| error.get(name))
                .find_map(status),
            parameter: json::text(error, "/param").map(str::to_owned),
            retry_after: retry_after(error),
            codes: words.join(" "),
        }
    }

    fn kind(&self, status: Option<u16>) -> ErrorKind {
        let said = self.message.to_lowercase();
        let has = |words: &[&str]| {
            words
                .iter()
                .any(|word| said.contains(word) || self.codes.contains(word))
        };
        // What the words say is more exact than the status: several providers answer 400 to all.
        for (words, kind) in BY_WORDS {
            if has(words) && !matches!(status, Some(429 | 503 | 529)) {
                return *kind;
            }
        }
        if has(NO_CREDIT) {
            return ErrorKind::Unauthorized;
        }
        match status {
            Some(401..=403) => ErrorKind::Unauthorized,
            Some(404) => ErrorKind::NotFound,
            Some(408 | 504) => ErrorKind::Timeout,
            Some(413) => ErrorKind::ContextLength,
            Some(429) => ErrorKind::RateLimited,
            Some(500..=599) => ErrorKind::Overloaded,
            Some(_) => ErrorKind::Invalid,
            None => self.kind_by_code(),
        }
    }

    fn kind_by_code(&self) -> ErrorKind {
        BY_CODE
            .iter()
            .find(|(code, _)| self.codes.contains(code))
            .map_or(ErrorKind::Invalid, |(_, kind)| *kind)
    }
}

/// The account has run dry: only the person can mend that, so waiting is not the advice.
const NO_CREDIT: &[&str] = &[
    "insufficient_quota",
    "insufficient balance",
    "credit balance is too low",
    "insufficient credits",
    "payment required",
];

/// Words of messages and codes, by the kind they mean, most exact first.
const BY_WORDS: &[(&[&str], ErrorKind)] = &[
    (
        &[
            "context_length_exceeded",
            "exceed_context_size",
            "maximum context length",
            "context window",
            "exceed context limit",
            "exceeds the available context size",
            "prompt is too long",
            "input token count",
            "maximum prompt length",
            "request_too_large",
            "too large for model",
        ],
        ErrorKind::ContextLength,
    ),
    (
        &[
            "content_filter",
            "content_policy_violation",
            "responsibleaipolicyviolation",
            "data_inspection_failed",
            "flagged",
        ],
        ErrorKind::ContentFilter,
    ),
    (
        &[
            "invalid_api_key",
            "api_key_invalid",
            "api key not valid",
            "authentication_error",
            "permission_denied",
            "permission_error",
            "unauthenticated",
            "incorrect api key",
        ],
        ErrorKind::Unauthorized,
    ),
    (
        &[
            "model_not_found",
            "unknown_model",
            "is not a valid model",
            "does not exist",
            "not_found_error",
        ],
        ErrorKind::NotFound,
    ),
];

/// Codes of errors inside a stream, where there is no status.
const BY_CODE: &[(&str, ErrorKind)] = &[
    ("overloaded", ErrorKind::Overloaded),
    ("unavailable", ErrorKind::Overloaded),
    ("rate_limit", ErrorKind::RateLimited),
    ("resource_exhausted", ErrorKind::RateLimited),
    ("too_many_requests", ErrorKind::RateLimited),
    ("timeout", ErrorKind::Timeout),
    ("deadline_exceeded", ErrorKind::Timeout),
    ("api_error", ErrorKind::Overloaded),
    ("server_error", ErrorKind::Overloaded),
    ("internal", ErrorKind::Overloaded),
    ("not_found", ErrorKind::NotFound),
];

fn status(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(number)
        .ok()
        .filter(|status| (400..600).contains(status))
}

fn message(body: &Value, error: &Value) -> String {
    let said = error
        .as_str()
        .or_else(|| json::text(error, "/message"))
        .or_else(|| json::text(body, "/message"))
        .or_else(|| json::text(body, "/detail"))
        .or_else(|| json::text(body, "/detail/0/msg"));
    let raw = json::text(error, "/metadata/raw");
    match (said, raw) {
        (Some(said), Some(raw)) => plain(&format!("{said}: {raw}")),
        (Some(said), None) => plain(said),
        (None, Some(raw)) => plain(raw),
        (None, None) => plain(&body.to_string()),
    }
}

/// Google's `RetryInfo` inside the body: `"retryDelay": "34.4s"`.
fn retry_after(error: &Value) -> Option<Duration> {
    let delay = json::items(error, "/details")
        .iter()
        .find_map(|detail| json::text(detail, "/retryDelay"))?;
    let seconds: f64 = delay.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// One line without control characters, tags or endless length.
fn plain(text: &str) -> String {
    let text = text.trim();
    if text.starts_with('<') {
        return "a web page instead of an answer".to_owned();
    }
    if text.is_empty() {
        return "no explanation".to_owned();
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let clean: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    match clean.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, kind: ErrorKind, message: &str) {
        let error = from_http(status, body.as_bytes());
        assert_eq!(
            (error.kind, error.message.as_str()),
            (kind, message),
            "{body}"
        );
    }

    #[test]
    fn every_form_of_error_body_is_read() {
        check(
            401,
            r#"{"error":{"message":"Wrong key","type":"x","code":"invalid_api_key"}}"#,
            ErrorKind::Unauthorized,
            "Wrong key",
        );
        check(
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}"#,
            ErrorKind::Overloaded,
            "Busy",
        );
        check(
            404,
            r#"{"error":"model 'q' not found"}"#,
            ErrorKind::NotFound,
            "model 'q' not found",
        );
        check(
            400,
            r#"{"code":"Client specified an invalid argument","error":"Bad top_p"}"#,
            ErrorKind::Invalid,
            "Bad top_p",
        );
        check(
            422,
            r#"{"detail":[{"msg":"Extra inputs","loc":["body","seed"]}]}"#,
            ErrorKind::Invalid,
            "Extra inputs",
        );
        check(
            400,
            r#"[{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"API key not valid."}}]"#,
            ErrorKind::Unauthorized,
            "API key not valid.",
        );
        check(
            429,
            r#"{"error":{"code":429,"message":"Upstream","metadata":{"raw":"slow down"}}}"#,
            ErrorKind::RateLimited,
            "Upstream: slow down",
        );
        check(
            502,
            "<html>Bad gateway</html>",
            ErrorKind::Overloaded,
            "a web page instead of an answer",
        );
        check(500, "", ErrorKind::Overloaded, "no explanation");
    }

    #[test]
    fn the_words_decide_where_the_status_is_vague() {
        let too_long =
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens"}}"#;
        check(
            400,
            too_long,
            ErrorKind::ContextLength,
            "This model's maximum context length is 8192 tokens",
        );
        check(
            429,
            r#"{"error":{"message":"Quota gone","code":"insufficient_quota"}}"#,
            ErrorKind::Unauthorized,
            "Quota gone",
        );
        check(
            400,
            r#"{"error":{"message":"Your credit balance is too low"}}"#,
            ErrorKind::Unauthorized,
            "Your credit balance is too low",
        );
        check(
            403,
            r#"{"error":{"message":"Input was flagged"}}"#,
            ErrorKind::ContentFilter,
            "Input was flagged",
        );
    }

    #[test]
    fn the_wait_inside_a_body_is_read() {
        let body = br#"{"error":{"code":429,"details":[{"retryDelay":"1.5s"}]}}"#;
        assert_eq!(
            from_http(429, body).retry_after,
            Some(Duration::from_millis(1500))
        );
        let absurd = br#"{"error":{"code":429,"details":[{"retryDelay":"-1s"}]}}"#;
        assert_eq!(from_http(429, absurd).retry_after, None);
    }

    #[test]
    fn only_what_was_refused_before_the_work_may_be_sent_again() {
        for (status, maybe_billed) in [
            (429, false),
            (503, false),
            (529, false),
            (500, true),
            (502, true),
            (504, true),
        ] {
            assert_eq!(
                from_http(status, b"{}").maybe_billed,
                maybe_billed,
                "{status}"
            );
        }
        let busy = serde_json::json!({"error": {"type": "overloaded_error", "message": "Busy"}});
        assert!(!from_stream(&busy, false).maybe_billed);
        assert!(from_stream(&busy, true).maybe_billed);
    }
}
