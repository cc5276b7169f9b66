//! `/v1/responses`, as far as it needs no memory: nothing is kept between requests.

mod stream;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use majlis_app::App;
use majlis_llm::{ChatRequest, FinishReason, Message, ModelId, Role, Usage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::reply::{Answer, Call};
use super::upstream::{Extension, Upstream};
use super::{failed, invalid, message, sse, tool};
use crate::extract::Body;
use crate::problem::Problem;

/// A request. What is not named here is accepted and left out.
#[derive(Debug, Deserialize)]
pub(super) struct ResponseBody {
    model: String,
    input: Value,
    instructions: Option<String>,
    stream: Option<bool>,
    max_output_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    tools: Option<Vec<Value>>,
    tool_choice: Option<Value>,
    text: Option<TextBody>,
    reasoning: Option<ReasoningBody>,
    previous_response_id: Option<String>,
    conversation: Option<Value>,
    background: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct TextBody {
    format: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct ReasoningBody {
    effort: Option<String>,
}

impl ResponseBody {
    fn request(self, model: ModelId) -> Result<ChatRequest, Problem> {
        for (name, is_set) in [
            ("previous_response_id", self.previous_response_id.is_some()),
            ("conversation", self.conversation.is_some()),
            ("background", self.background == Some(true)),
        ] {
            if is_set {
                let detail =
                    format!("Majlis keeps no responses: send the whole `input`, and no `{name}`.");
                return Err(invalid(name, detail));
            }
        }
        let mut messages = message::input(&self.input)?;
        if messages.is_empty() {
            return Err(invalid("input", "There is no message to answer."));
        }
        if let Some(instructions) = self.instructions {
            messages.insert(0, Message::text(Role::System, instructions));
        }
        let format = self.text.and_then(|text| text.format);
        let mut extra = Map::new();
        if let Some(effort) = self.reasoning.and_then(|reasoning| reasoning.effort) {
            extra.insert("reasoning_effort".to_owned(), effort.into());
        }
        Ok(ChatRequest {
            max_output_tokens: self.max_output_tokens,
            temperature: self.temperature,
            top_p: self.top_p,
            tools: tool::tools(self.tools.as_deref().unwrap_or_default())?,
            tool_choice: self.tool_choice.as_ref().map(tool::choice).transpose()?,
            response_format: match &format {
                Some(format) => tool::format("text.format", format)?,
                None => None,
            },
            extra,
            ..ChatRequest::new(model, messages)
        })
    }
}

/// Passes a request on and its answer back.
pub(super) async fn create(
    State(app): State<App>,
    Body(body): Body<ResponseBody>,
) -> Result<Response, Problem> {
    let is_stream = body.stream.unwrap_or(false);
    let name = body.model.clone();
    let mut upstream = Upstream::ask(&app, &name, |model| body.request(model)).await?;
    let head = Head::new(&upstream, name);
    if is_stream {
        return Ok(sse::respond(upstream, stream::Events::new(head)));
    }
    let answer = Answer::gather(&mut upstream)
        .await
        .map_err(|error| failed(&error))?;
    let reason = answer.reason;
    let output = output(&head, answer);
    Ok(Json(head.response(output, reason, Some(&upstream))).into_response())
}

/// What is the same in all events of an answer.
#[derive(Debug, Clone)]
struct Head {
    call_id: String,
    created: i64,
    model: String,
}

/// A response, whole or as it begins.
#[derive(Debug, Serialize)]
struct ResponseJson {
    id: String,
    object: &'static str,
    created_at: i64,
    status: &'static str,
    model: String,
    output: Vec<ItemJson>,
    error: Option<()>,
    incomplete_details: Option<IncompleteJson>,
    instructions: Option<()>,
    metadata: Map<String, Value>,
    parallel_tool_calls: bool,
    tool_choice: &'static str,
    tools: [(); 0],
    temperature: Option<()>,
    top_p: Option<()>,
    store: bool,
    usage: Option<UsageJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    majlis: Option<Extension>,
}

#[derive(Debug, Serialize)]
struct IncompleteJson {
    reason: &'static str,
}

/// One item of an output.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ItemJson {
    Reasoning {
        id: String,
        summary: Vec<PartJson>,
    },
    Message {
        id: String,
        status: &'static str,
        role: &'static str,
        content: Vec<PartJson>,
    },
    FunctionCall {
        id: String,
        call_id: String,
        name: String,
        arguments: String,
        status: &'static str,
    },
}

/// A text in an item.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum PartJson {
    OutputText { text: String, annotations: [(); 0] },
    SummaryText { text: String },
}

#[derive(Debug, Serialize)]
struct UsageJson {
    input_tokens: u64,
    input_tokens_details: InputDetails,
    output_tokens: u64,
    output_tokens_details: OutputDetails,
    total_tokens: u64,
}

#[derive(Debug, Serialize)]
struct InputDetails {
    cached_tokens: u64,
}

#[derive(Debug, Serialize)]
struct OutputDetails {
    reasoning_tokens: u64,
}

impl From<Usage> for UsageJson {
    fn from(usage: Usage) -> Self {
        let (input, output) = (usage.total_input_tokens(), usage.total_output_tokens());
        Self {
            input_tokens: input,
            input_tokens_details: InputDetails {
                cached_tokens: usage.cache_read_tokens,
            },
            output_tokens: output,
            output_tokens_details: OutputDetails {
                reasoning_tokens: usage.reasoning_tokens,
            },
            total_tokens: input.saturating_add(output),
        }
    }
}

impl Head {
    fn new(upstream: &Upstream, model: String) -> Self {
        Self {
            call_id: upstream.id(),
            created: upstream.created_s(),
            model,
        }
    }

    /// The id of the item at a place.
    fn item_id(&self, kind: &str, place: usize) -> String {
        format!("{kind}_{}_{place}", self.call_id)
    }

    /// The response; in progress without the one who answered.
    fn response(
        &self,
        output: Vec<ItemJson>,
        reason: Option<FinishReason>,
        upstream: Option<&Upstream>,
    ) -> ResponseJson {
        let incomplete = match reason {
            Some(FinishReason::Length) => Some("max_output_tokens"),
            Some(FinishReason::ContentFilter) => Some("content_filter"),
            _ => None,
        };
        ResponseJson {
            id: format!("resp_{}", self.call_id),
            object: "response",
            created_at: self.created,
            status: match (upstream, incomplete) {
                (None, _) => "in_progress",
                (Some(_), Some(_)) => "incomplete",
                (Some(_), None) => "completed",
            },
            model: self.model.clone(),
            output,
            error: None,
            incomplete_details: incomplete.map(|reason| IncompleteJson { reason }),
            instructions: None,
            metadata: Map::new(),
            parallel_tool_calls: true,
            tool_choice: "auto",
            tools: [],
            temperature: None,
            top_p: None,
            store: false,
            usage: upstream.and_then(Upstream::usage).map(UsageJson::from),
            majlis: upstream.map(Upstream::extension),
        }
    }
}

fn output_text(text: String) -> PartJson {
    PartJson::OutputText {
        text,
        annotations: [],
    }
}

/// The items of a whole answer.
fn output(head: &Head, answer: Answer) -> Vec<ItemJson> {
    let mut items = Vec::new();
    if !answer.reasoning.is_empty() {
        items.push(ItemJson::Reasoning {
            id: head.item_id("rs", items.len()),
            summary: vec![PartJson::SummaryText {
                text: answer.reasoning,
            }],
        });
    }
    if !answer.text.is_empty() || answer.calls.is_empty() {
        items.push(ItemJson::Message {
            id: head.item_id("msg", items.len()),
            status: "completed",
            role: "assistant",
            content: vec![output_text(answer.text)],
        });
    }
    for call in answer.calls {
        items.push(call_item(head, items.len(), call));
    }
    items
}

fn call_item(head: &Head, place: usize, call: Call) -> ItemJson {
    ItemJson::FunctionCall {
        id: head.item_id("fc", place),
        call_id: call.id,
        name: call.name,
        arguments: call.arguments,
        status: "completed",
    }
}
