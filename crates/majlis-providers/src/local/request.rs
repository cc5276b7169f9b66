//! What of a request the embedded model can do.

use std::hash::{BuildHasher, Hasher};

use majlis_llm::{ChatRequest, ErrorKind, Message, Part, ProviderError, Role};

use super::MODEL_NAME;
use super::engine::Sampling;

/// Longest answer in tokens when the request sets no limit.
const DEFAULT_OUTPUT_TOKENS: u32 = 512;

/// A request that was found possible.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) messages: Vec<Message>,
    pub(super) sampling: Sampling,
    pub(super) stops: Vec<String>,
    pub(super) output_limit_tokens: usize,
}

/// Refuses what the embedded model cannot do rather than leaving it out silently.
pub(super) fn check(request: ChatRequest) -> Result<Job, ProviderError> {
    if request.model.name() != MODEL_NAME {
        return Err(ProviderError::new(
            ErrorKind::NotFound,
            format!("there is no embedded model {:?}", request.model.as_str()),
        )
        .with_hint(format!("the embedded model is local/{MODEL_NAME}")));
    }
    if let Some(reason) = unsupported(&request) {
        return Err(
            ProviderError::new(ErrorKind::Invalid, format!("the embedded model {reason}"))
                .with_hint("choose another model for this request"),
        );
    }
    let output_limit = request.max_output_tokens.unwrap_or(DEFAULT_OUTPUT_TOKENS);
    Ok(Job {
        sampling: Sampling {
            temperature: request.temperature,
            top_p: request.top_p,
            seed: request.seed.unwrap_or_else(any_seed),
        },
        messages: request.messages,
        stops: request.stop,
        output_limit_tokens: usize::try_from(output_limit).unwrap_or(usize::MAX),
    })
}

fn unsupported(request: &ChatRequest) -> Option<&'static str> {
    let in_range =
        |number: Option<f64>, most: f64| number.is_none_or(|number| (0.0..=most).contains(&number));
    if !request.tools.is_empty() {
        return Some("cannot call functions");
    }
    if request.response_format.is_some() {
        return Some("cannot be held to a response format");
    }
    if !in_range(request.temperature, 2.0) {
        return Some("needs a temperature from 0 to 2");
    }
    if !in_range(request.top_p, 1.0) {
        return Some("needs top_p from 0 to 1");
    }
    if request.max_output_tokens == Some(0) {
        return Some("cannot answer in 0 tokens");
    }
    if !request
        .messages
        .iter()
        .any(|message| message.role == Role::User)
    {
        return Some("needs a message of the user");
    }
    request.messages.iter().find_map(unsupported_message)
}

fn unsupported_message(message: &Message) -> Option<&'static str> {
    if message.role == Role::Tool {
        return Some("cannot read results of functions");
    }
    message.parts.iter().find_map(|part| match part {
        // Reasoning is for the provider that gave it; every other provider is sent the text alone.
        Part::Text { .. } | Part::Reasoning { .. } => None,
        Part::Image { .. } => Some("cannot see images"),
        Part::ToolCall { .. } | Part::ToolResult { .. } => Some("cannot read calls of functions"),
    })
}

/// A seed that differs from call to call, so that samples without a seed are different samples.
fn any_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use majlis_llm::{ResponseFormat, ToolSpec};

    fn request() -> ChatRequest {
        ChatRequest::new(
            "local/smollm2-135m".parse().unwrap(),
            vec![Message::text(Role::User, "Hello")],
        )
    }

    #[track_caller]
    fn refused(change: impl FnOnce(&mut ChatRequest), kind: ErrorKind, says: &str) {
        let mut request = request();
        change(&mut request);
        let error = check(request).unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(error.message.contains(says), "{}", error.message);
        assert!(!error.maybe_billed && error.hint.is_some());
    }

    #[test]
    fn what_the_model_cannot_do_is_refused() {
        let tool = ToolSpec {
            name: "f".to_owned(),
            description: String::new(),
            parameters: serde_json::Value::Null,
        };
        let image = Part::Image {
            media_type: "image/png".to_owned(),
            data: String::new(),
        };
        refused(|r| r.tools.push(tool), ErrorKind::Invalid, "functions");
        refused(
            |r| r.response_format = Some(ResponseFormat::Json),
            ErrorKind::Invalid,
            "format",
        );
        refused(
            |r| r.temperature = Some(f64::NAN),
            ErrorKind::Invalid,
            "temperature",
        );
        refused(|r| r.top_p = Some(1.5), ErrorKind::Invalid, "top_p");
        refused(
            |r| r.max_output_tokens = Some(0),
            ErrorKind::Invalid,
            "0 tokens",
        );
        refused(|r| r.messages.clear(), ErrorKind::Invalid, "user");
        refused(
            |r| r.messages[0].parts.push(image),
            ErrorKind::Invalid,
            "images",
        );
        refused(
            |r| r.messages.push(Message::text(Role::Tool, "42")),
            ErrorKind::Invalid,
            "results",
        );
        refused(
            |r| r.model = "local/other".parse().unwrap(),
            ErrorKind::NotFound,
            "local/other",
        );
    }

    #[test]
    fn an_unset_limit_is_512_tokens_and_a_seed_is_kept() {
        let mut request = request();
        request.seed = Some(7);
        let job = check(request).unwrap();
        assert_eq!((job.output_limit_tokens, job.sampling.seed), (512, 7));
    }
}
