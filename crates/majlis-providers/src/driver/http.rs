//! What stands between a wire request and a response: address, credentials, status, content type.

use std::time::Duration;

use majlis_llm::{ErrorKind, ProviderError};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use tokio::time::{Instant, timeout_at};

use super::MAX_RESPONSE_BYTES;
use super::retry::retry_after;
use crate::ProviderConfig;
use crate::codec::{self, BodyHints, WireFormat};
use crate::framing::Framing;
use crate::outbound::{self, Answered, Unsent};

/// Largest body of a refusal that is read, in bytes.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// A request that was not answered, and what may be done about it.
pub(super) struct Refusal {
    pub(super) error: ProviderError,
    pub(super) hints: BodyHints,
    /// Asking again may help; false for what will not change by waiting.
    pub(super) again: bool,
}

impl Refusal {
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "it only ever travels boxed, inside a result"
    )]
    pub(super) fn of(error: ProviderError) -> Box<Self> {
        Box::new(Self {
            error,
            hints: BodyHints::default(),
            again: true,
        })
    }
}

/// `path` (with its query) below the base URL.
pub(super) fn join(base: &Url, path: &str) -> Url {
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(query);
    url
}

/// `path` from the root of the base URL's host.
pub(super) fn at_root(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    url
}

pub(super) fn accept(format: WireFormat) -> &'static str {
    match format.codec().framing() {
        Framing::JsonLines => "application/x-ndjson",
        Framing::ServerSentEvents | Framing::Whole => "text/event-stream",
    }
}

/// The header with the key, in the way of the format. The only place a key leaves its wrapping.
pub(super) fn credentials(
    config: &ProviderConfig,
    format: WireFormat,
) -> Result<HeaderMap, Box<Refusal>> {
    let mut headers = HeaderMap::new();
    let Some(key) = &config.key else {
        return Ok(headers);
    };
    let (name, value) = match format {
        WireFormat::Anthropic => ("x-api-key", HeaderValue::from_str(key.expose())),
        WireFormat::Gemini => ("x-goog-api-key", HeaderValue::from_str(key.expose())),
        WireFormat::OpenAiChat | WireFormat::OpenAiResponses | WireFormat::Ollama => (
            "authorization",
            HeaderValue::from_str(&format!("Bearer {}", key.expose())),
        ),
    };
    let mut value = value.map_err(|_| {
        let said =
            "the key holds characters that no key has (a line break or a letter beyond ASCII)";
        Refusal::of(before_sending(ErrorKind::Unauthorized, said))
    })?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(headers)
}

/// An error from before anything was sent.
pub(super) fn before_sending(kind: ErrorKind, said: impl Into<String>) -> ProviderError {
    ProviderError {
        maybe_billed: false,
        ..ProviderError::new(kind, said)
    }
}

pub(super) fn timed_out(said: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Timeout, said)
}

/// A request that brought no response. When not even the connection was made, nothing was billed.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "it only ever travels boxed, inside a result"
)]
pub(super) fn unsent(config: &ProviderConfig, unsent: &Unsent) -> Box<Refusal> {
    if unsent.was_connected {
        return Refusal::of(ProviderError::new(
            ErrorKind::Network,
            format!("the connection broke: {}", unsent.said),
        ));
    }
    let mut refusal = Refusal::of(before_sending(ErrorKind::Network, unsent.said.as_str()));
    // A server on this machine that is not there will not be there in a second.
    refusal.again = !outbound::is_loopback(&config.base_url);
    refusal
}

/// The response when it is a yes, else what the provider said.
pub(super) async fn accepted(
    format: WireFormat,
    response: Answered,
    deadline: Instant,
) -> Result<Answered, Box<Refusal>> {
    let status = response.status;
    if status.is_success() {
        return Ok(response);
    }
    if status.is_redirection() {
        let to = response
            .headers
            .get("location")
            .and_then(|to| to.to_str().ok())
            .unwrap_or("nowhere");
        let said = format!(
            "the server redirects to {to}, which is not followed because the key must not travel"
        );
        let mut error = before_sending(ErrorKind::Invalid, said)
            .with_hint("Set base_url to the address that answers.");
        error.status = Some(status.as_u16());
        return Err(Refusal::of(error));
    }
    let asked = retry_after(&response.headers);
    let body = timeout_at(
        deadline.min(Instant::now() + Duration::from_secs(10)),
        head(response),
    )
    .await
    .unwrap_or_default();
    let mut error = format.codec().error(status.as_u16(), &body);
    error.retry_after = asked.or(error.retry_after);
    Err(Box::new(Refusal {
        error,
        hints: codec::body_hints(&body),
        again: true,
    }))
}

/// The first bytes of a refusal; what cannot be read is left out.
async fn head(mut response: Answered) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= MAX_REFUSAL_BYTES {
            body.truncate(MAX_REFUSAL_BYTES);
            break;
        }
    }
    body
}

/// A whole body within the limit.
pub(super) async fn read_body(mut response: Answered) -> Result<Vec<u8>, ProviderError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body),
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_RESPONSE_BYTES => {
                return Err(too_large());
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(said) => return Err(ProviderError::new(ErrorKind::Network, said)),
        }
    }
}

pub(super) fn too_large() -> ProviderError {
    ProviderError::new(
        ErrorKind::Malformed,
        format!(
            "the answer is larger than {} MiB",
            MAX_RESPONSE_BYTES / 1024 / 1024
        ),
    )
}

/// How a response is cut into frames, by its content type; servers that say nothing useful are
/// taken to speak as the format does.
pub(super) fn framing(format: WireFormat, response: &Answered) -> Result<Framing, ProviderError> {
    let said = response
        .headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let own = format.codec().framing();
    match said.split(';').next().unwrap_or_default().trim() {
        "text/event-stream" => Ok(Framing::ServerSentEvents),
        "application/x-ndjson" | "application/jsonl" => Ok(Framing::JsonLines),
        "application/json" if own == Framing::ServerSentEvents => Ok(Framing::Whole),
        "text/html" => Err(ProviderError::new(
            ErrorKind::Malformed,
            "the server answered with a web page instead of a stream",
        )
        .with_hint("base_url probably lacks the path of the API, e.g. /v1.")),
        _ => Ok(own),
    }
}
