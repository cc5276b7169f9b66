//! `/v1/chat/completions`.

mod stream;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use majlis_app::App;
use majlis_llm::{ChatRequest, FinishReason, ModelId, Usage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::reply::{Answer, Call};
use super::upstream::{Extension, Upstream};
use super::{failed, invalid, message, sse, tool};
use crate::extract::Body;
use crate::problem::Problem;

/// Members that are passed on, unread, to servers that speak this interface themselves. What would
/// change the form or the price of the answer is not among them.
const PASSED_ON: &[&str] = &[
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "reasoning_effort",
    "reasoning",
    "verbosity",
    "parallel_tool_calls",
    "prompt_cache_key",
    "safety_identifier",
    "user",
    "top_k",
    "min_p",
    "repetition_penalty",
    "chat_template_kwargs",
    "enable_thinking",
    "thinking",
];

/// A request. What is not named here is accepted and left out.
#[derive(Debug, Deserialize)]
pub(super) struct ChatBody {
    model: String,
    messages: Option<Vec<Value>>,
    /// What some programs send in place of `messages`.
    input: Option<Value>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    stop: Option<Stop>,
    seed: Option<i64>,
    n: Option<u32>,
    tools: Option<Vec<Value>>,
    tool_choice: Option<Value>,
    response_format: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Stop {
    One(String),
    Many(Vec<String>),
}

impl ChatBody {
    fn request(self, model: ModelId) -> Result<ChatRequest, Problem> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(invalid("n", "One answer is given to a request: `n` is 1."));
        }
        let messages = match (&self.messages, &self.input) {
            (Some(messages), _) => message::messages(messages)?,
            (None, Some(input)) => message::input(input)?,
            (None, None) => Vec::new(),
        };
        if messages.is_empty() {
            return Err(invalid("messages", "There is no message to answer."));
        }
        let seed = self.seed.map(u64::try_from).transpose();
        let mut extra = self.rest;
        extra.retain(|name, value| PASSED_ON.contains(&name.as_str()) && !value.is_null());
        Ok(ChatRequest {
            max_output_tokens: self.max_completion_tokens.or(self.max_tokens),
            temperature: self.temperature,
            top_p: self.top_p,
            stop: match self.stop {
                None => Vec::new(),
                Some(Stop::One(text)) => vec![text],
                Some(Stop::Many(texts)) => texts,
            },
            seed: seed.map_err(|_| invalid("seed", "A seed is not negative."))?,
            tools: tool::tools(self.tools.as_deref().unwrap_or_default())?,
            tool_choice: self.tool_choice.as_ref().map(tool::choice).transpose()?,
            response_format: match &self.response_format {
                Some(format) => tool::format("response_format", format)?,
                None => None,
            },
            extra,
            ..ChatRequest::new(model, messages)
        })
    }
}

/// Passes a chat on and its answer back.
pub(super) async fn complete(
    State(app): State<App>,
    Body(body): Body<ChatBody>,
) -> Result<Response, Problem> {
    let is_stream = body.stream.unwrap_or(false);
    let options = body.stream_options.as_ref();
    let include_usage = options.and_then(|options| options.include_usage) == Some(true);
    let name = body.model.clone();
    let mut upstream = Upstream::ask(&app, &name, |model| body.request(model)).await?;
    let head = Head::new(&upstream, name);
    if is_stream {
        let chunks = stream::Chunks::new(head, include_usage);
        return Ok(sse::respond(upstream, chunks));
    }
    let answer = Answer::gather(&mut upstream)
        .await
        .map_err(|error| failed(&error))?;
    Ok(Json(Completion::new(head, answer, &upstream)).into_response())
}

/// What is the same in all pieces of an answer.
#[derive(Debug, Clone)]
struct Head {
    id: String,
    created: i64,
    model: String,
}

impl Head {
    fn new(upstream: &Upstream, model: String) -> Self {
        Self {
            id: format!("chatcmpl-{}", upstream.id()),
            created: upstream.created_s(),
            model,
        }
    }
}

#[derive(Debug, Serialize)]
struct Completion {
    id: String,
    object: &'static str,
    created: i64,
    model: String,
    choices: [Choice; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<UsageJson>,
    majlis: Extension,
}

#[derive(Debug, Serialize)]
struct Choice {
    index: u32,
    message: Said,
    logprobs: Option<()>,
    finish_reason: &'static str,
}

#[derive(Debug, Serialize)]
struct Said {
    role: &'static str,
    content: Option<String>,
    refusal: Option<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<CallJson>,
}

#[derive(Debug, Serialize)]
struct CallJson {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    function: FunctionJson,
}

#[derive(Debug, Serialize)]
struct FunctionJson {
    name: String,
    arguments: String,
}

impl Completion {
    fn new(head: Head, answer: Answer, upstream: &Upstream) -> Self {
        let is_silent = answer.text.is_empty() && !answer.calls.is_empty();
        Self {
            id: head.id,
            object: "chat.completion",
            created: head.created,
            model: head.model,
            choices: [Choice {
                index: 0,
                message: Said {
                    role: "assistant",
                    content: (!is_silent).then_some(answer.text),
                    refusal: None,
                    reasoning_content: Some(answer.reasoning).filter(|text| !text.is_empty()),
                    tool_calls: answer.calls.into_iter().map(CallJson::from).collect(),
                },
                logprobs: None,
                finish_reason: finish_reason(answer.reason),
            }],
            usage: upstream.usage().map(UsageJson::from),
            majlis: upstream.extension(),
        }
    }
}

impl From<Call> for CallJson {
    fn from(call: Call) -> Self {
        Self {
            id: call.id,
            kind: "function",
            function: FunctionJson {
                name: call.name,
                arguments: call.arguments,
            },
        }
    }
}

fn finish_reason(reason: Option<FinishReason>) -> &'static str {
    match reason {
        Some(FinishReason::Length) => "length",
        Some(FinishReason::ToolCalls) => "tool_calls",
        Some(FinishReason::ContentFilter) => "content_filter",
        Some(FinishReason::Stop | FinishReason::Other) | None => "stop",
    }
}

/// Tokens as this interface counts them: the prompt includes the cache, the completion reasoning.
#[derive(Debug, Serialize)]
struct UsageJson {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Debug, Serialize)]
struct PromptDetails {
    cached_tokens: u64,
}

#[derive(Debug, Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
}

impl From<Usage> for UsageJson {
    fn from(usage: Usage) -> Self {
        let (prompt, completion) = (usage.total_input_tokens(), usage.total_output_tokens());
        Self {
            prompt_tokens: prompt,
            completion_tokens: completion,
            total_tokens: prompt.saturating_add(completion),
            prompt_tokens_details: PromptDetails {
                cached_tokens: usage.cache_read_tokens,
            },
            completion_tokens_details: CompletionDetails {
                reasoning_tokens: usage.reasoning_tokens,
            },
        }
    }
}
