//! `/v1/messages` and `/v1/messages/count_tokens`, Anthropic's interface.

mod read;
mod stream;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use majlis_app::App;
use majlis_llm::{FinishReason, Usage};
use serde::Serialize;
use serde_json::{Value, json};

use super::reply::Answer;
use super::upstream::{Extension, Upstream};
use super::{council, failed, refused, sse};
use crate::extract::Body;
use crate::problem::Problem;
use read::MessagesBody;

/// Passes a request on and its answer back.
pub(super) async fn create(
    State(app): State<App>,
    Body(body): Body<MessagesBody>,
) -> Result<Response, Problem> {
    let is_stream = body.stream.unwrap_or(false);
    let name = body.model.clone();
    let mut upstream = Upstream::ask(&app, &name, |model| body.request(model)).await?;
    let head = Head {
        id: format!("msg_{}", upstream.id()),
        model: name,
    };
    if is_stream {
        return Ok(sse::respond(upstream, stream::Events::new(head)));
    }
    let answer = Answer::gather(&mut upstream)
        .await
        .map_err(|error| failed(&error))?;
    Ok(Json(head.message(answer, &upstream)).into_response())
}

/// How many tokens a request has, about: counted here, sent to nobody.
pub(super) async fn count_tokens(
    State(app): State<App>,
    Body(body): Body<MessagesBody>,
) -> Result<Json<Value>, Problem> {
    let model = match council::preset(&app, &body.model) {
        Some(_) => council::model(&body.model)?,
        None => app.resolve_model(&body.model).map_err(refused)?,
    };
    let request = body.request(model)?;
    let input_tokens = app.count_input_tokens(request).await?;
    Ok(Json(json!({ "input_tokens": input_tokens })))
}

/// What is the same in all events of an answer.
#[derive(Debug, Clone)]
struct Head {
    id: String,
    model: String,
}

#[derive(Debug, Serialize)]
struct MessageJson {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    role: &'static str,
    model: String,
    content: Vec<BlockJson>,
    stop_reason: Option<&'static str>,
    stop_sequence: Option<()>,
    usage: UsageJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    majlis: Option<Extension>,
}

/// A piece of an answer.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum BlockJson {
    Thinking {
        thinking: String,
        signature: String,
    },
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
        input: Value,
    },
}

/// Tokens as this interface counts them: the input without what the cache gave.
#[derive(Debug, Default, Serialize)]
struct UsageJson {
    input_tokens: u64,
    cache_creation_input_tokens: u64,
    cache_read_input_tokens: u64,
    output_tokens: u64,
}

impl From<Usage> for UsageJson {
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: usage.fresh_tokens,
            cache_creation_input_tokens: usage
                .cache_write_5m_tokens
                .saturating_add(usage.cache_write_1h_tokens),
            cache_read_input_tokens: usage.cache_read_tokens,
            output_tokens: usage.total_output_tokens(),
        }
    }
}

impl Head {
    /// A message without content and count: how a stream begins.
    fn empty(&self) -> MessageJson {
        MessageJson {
            id: self.id.clone(),
            kind: "message",
            role: "assistant",
            model: self.model.clone(),
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            // This interface has no word for "not known": a count that nobody gave reads 0 here,
            // and stays unknown in the ledger.
            usage: UsageJson::default(),
            majlis: None,
        }
    }

    fn message(&self, answer: Answer, upstream: &Upstream) -> MessageJson {
        let mut content = Vec::new();
        if !answer.reasoning.is_empty() {
            content.push(BlockJson::Thinking {
                thinking: answer.reasoning,
                signature: answer.signature,
            });
        }
        if !answer.text.is_empty() || answer.calls.is_empty() {
            content.push(BlockJson::Text { text: answer.text });
        }
        content.extend(answer.calls.into_iter().map(|call| BlockJson::ToolUse {
            input: serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({})),
            id: call.id,
            name: call.name,
        }));
        MessageJson {
            content,
            stop_reason: Some(stop_reason(answer.reason)),
            usage: upstream.usage().map(UsageJson::from).unwrap_or_default(),
            majlis: Some(upstream.extension()),
            ..self.empty()
        }
    }
}

fn stop_reason(reason: Option<FinishReason>) -> &'static str {
    match reason {
        Some(FinishReason::Length) => "max_tokens",
        Some(FinishReason::ToolCalls) => "tool_use",
        Some(FinishReason::ContentFilter) => "refusal",
        Some(FinishReason::Stop | FinishReason::Other) | None => "end_turn",
    }
}
