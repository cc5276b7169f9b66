//! OpenAI responses.
//!
//! Wire form as documented by OpenAI (events `response.*`), and as spoken by DeepSeek and llama.cpp;
//! looked at in November 2026. Nothing is stored at the provider (`store: false`).

use majlis_llm::{
    ChatRequest, ErrorKind, FinishReason, Message, ModelInfo, Part, ProviderError, ResponseFormat,
    Role, ToolChoice, Usage,
};
use serde_json::{Map, Value, json};

use super::json::set;
use super::{
    Codec, Decoded, Decoder, Quirks, SystemRole, WireRequest, json as look, system, turn::Turn,
};
use crate::framing::Frame;

/// The codec.
pub(super) struct OpenAiResponses;

impl Codec for OpenAiResponses {
    fn encode(&self, request: &ChatRequest, quirks: &Quirks) -> Result<WireRequest, ProviderError> {
        if !request.stop.is_empty() {
            return Err(ProviderError {
                maybe_billed: false,
                ..ProviderError::new(
                    ErrorKind::Invalid,
                    "the responses format knows no stop texts",
                )
            });
        }
        Ok(WireRequest {
            path: "/responses".to_owned(),
            headers: Vec::new(),
            body: body(request, quirks),
        })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::<EventDecoder>::default()
    }

    fn models(&self, provider: &str, body: &[u8]) -> Result<Vec<ModelInfo>, ProviderError> {
        super::models::openai(provider, body)
    }
}

fn body(request: &ChatRequest, quirks: &Quirks) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), request.model.name().into());
    body.insert(
        "input".to_owned(),
        input(&system::placed(&request.messages, quirks), quirks).into(),
    );
    body.insert("stream".to_owned(), true.into());
    body.insert("store".to_owned(), false.into());
    set(&mut body, "max_output_tokens", request.max_output_tokens);
    if !quirks.fixed_sampling {
        set(&mut body, "temperature", request.temperature);
        set(&mut body, "top_p", request.top_p);
    }
    let tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            json!({
                "type": "function", "name": tool.name, "description": tool.description,
                "parameters": tool.parameters, "strict": false,
            })
        })
        .collect();
    set(&mut body, "tools", (!tools.is_empty()).then_some(tools));
    let choice = request.tool_choice.as_ref().map(|choice| match choice {
        ToolChoice::Auto => Value::from("auto"),
        ToolChoice::None => Value::from("none"),
        ToolChoice::Required => Value::from("required"),
        ToolChoice::Function { name } => json!({ "type": "function", "name": name }),
    });
    set(&mut body, "tool_choice", choice);
    let format = request.response_format.as_ref().map(|format| match format {
        ResponseFormat::Json => json!({ "format": { "type": "json_object" } }),
        ResponseFormat::JsonSchema { name, schema } => json!({
            "format": { "type": "json_schema", "name": name, "schema": schema, "strict": false },
        }),
    });
    set(&mut body, "text", format);
    let mut body = Value::Object(body);
    for path in &quirks.omitted {
        look::remove(&mut body, path);
    }
    body
}

fn input(messages: &[Message], quirks: &Quirks) -> Vec<Value> {
    messages
        .iter()
        .flat_map(|message| items(message, quirks))
        .collect()
}

fn items(message: &Message, quirks: &Quirks) -> Vec<Value> {
    let role = match (message.role, quirks.system_role) {
        (Role::System, SystemRole::System) => "system",
        (Role::System, SystemRole::Developer) => "developer",
        (Role::Assistant, _) => "assistant",
        (Role::User | Role::Tool | Role::System, _) => "user",
    };
    let text_type = if role == "assistant" {
        "output_text"
    } else {
        "input_text"
    };
    let mut content = Vec::new();
    let mut calls = Vec::new();
    for part in &message.parts {
        match part {
            Part::Text { text } => content.push(json!({ "type": text_type, "text": text })),
            Part::Image { media_type, data } => content.push(json!({
                "type": "input_image", "image_url": format!("data:{media_type};base64,{data}"),
            })),
            Part::ToolCall {
                id,
                name,
                arguments,
            } => calls.push(json!({
                "type": "function_call", "call_id": id, "name": name, "arguments": arguments,
            })),
            Part::ToolResult { id, content, .. } => calls.push(json!({
                "type": "function_call_output", "call_id": id, "output": content,
            })),
            // Only the provider's own encrypted reasoning could be sent back; we do not keep it.
            Part::Reasoning { .. } => {}
        }
    }
    let mut out = Vec::new();
    if !content.is_empty() {
        out.push(json!({ "type": "message", "role": role, "content": content }));
    }
    out.extend(calls);
    out
}

#[derive(Default)]
struct EventDecoder {
    turn: Turn,
    calls: Vec<Call>,
    refused: bool,
}

/// A call of this answer. Servers tell its later pieces by place, by id, or by both.
struct Call {
    place: Option<u64>,
    id: Option<String>,
    /// Arguments came in deltas, so that the whole at the end is not news.
    has_arguments: bool,
}

impl Decoder for EventDecoder {
    fn on_frame(&mut self, frame: &Frame) -> Vec<Decoded> {
        if self.turn.is_closed() || frame.data.trim() == super::openai_chat::DONE {
            return Vec::new();
        }
        match look::event(frame) {
            None => self.turn.fail_unreadable(),
            Some((kind, event)) => self.on_event(&kind, &event),
        }
        self.turn.take()
    }

    fn on_end(&mut self) -> Vec<Decoded> {
        self.turn.close();
        self.turn.take()
    }
}

impl EventDecoder {
    fn on_event(&mut self, kind: &str, event: &Value) {
        match kind {
            "response.created" | "response.in_progress" | "response.queued" => self.start(event),
            "response.output_text.delta" => self.turn.text(delta(event)),
            "response.refusal.delta" => {
                self.refused = true;
                self.turn.text(delta(event));
            }
            "response.reasoning_text.delta" | "response.reasoning_summary_text.delta" => {
                self.turn.reasoning(delta(event), None);
            }
            // Several summary parts are paragraphs of one reasoning.
            "response.reasoning_summary_part.added"
                if look::count(event, "/summary_index") > Some(0) =>
            {
                self.turn.reasoning("\n\n", None);
            }
            "response.output_item.added" => self.on_item(event),
            "response.function_call_arguments.delta" => self.on_arguments(event, delta(event)),
            "response.function_call_arguments.done" => self.on_all_arguments(event, "/arguments"),
            "response.output_item.done" => {
                self.on_item(event);
                self.on_all_arguments(event, "/item/arguments");
            }
            "response.completed" | "response.incomplete" => self.on_completed(event),
            "response.failed" => {
                self.on_usage(event);
                self.turn.fail_with_count(event);
            }
            "error" => self.turn.fail_with(event),
            _ if event.get("error").is_some_and(|error| !error.is_null()) => {
                self.turn.fail_with(event);
            }
            _ => {}
        }
    }

    fn start(&mut self, event: &Value) {
        self.turn.start(
            look::text(event, "/response/id"),
            look::text(event, "/response/model"),
        );
    }

    fn on_item(&mut self, event: &Value) {
        if look::text(event, "/item/type") != Some("function_call") || self.find(event).is_some() {
            return;
        }
        let index = self.calls.len();
        self.calls.push(Call {
            place: look::count(event, "/output_index"),
            id: look::text(event, "/item/id").map(str::to_owned),
            has_arguments: false,
        });
        let id = look::text(event, "/item/call_id").or_else(|| look::text(event, "/item/id"));
        self.turn.tool_call(
            small(index),
            id,
            look::text(event, "/item/name"),
            String::new(),
        );
    }

    fn find(&self, event: &Value) -> Option<usize> {
        let place = look::count(event, "/output_index");
        let id = ["/item_id", "/item/id"]
            .iter()
            .find_map(|at| look::text(event, at));
        self.calls
            .iter()
            .position(|call| match (place, call.place) {
                (Some(said), Some(known)) => said == known,
                _ => id.is_some() && id == call.id.as_deref(),
            })
    }

    fn on_arguments(&mut self, event: &Value, arguments: &str) {
        if let Some(index) = self.find(event) {
            self.calls[index].has_arguments = true;
            self.turn
                .tool_call(small(index), None, None, arguments.to_owned());
        }
    }

    fn on_all_arguments(&mut self, event: &Value, at: &str) {
        let is_news = self
            .find(event)
            .is_some_and(|index| !self.calls[index].has_arguments);
        if let (true, Some(arguments)) = (is_news, look::text(event, at)) {
            self.on_arguments(event, arguments);
        }
    }

    fn on_completed(&mut self, event: &Value) {
        self.start(event);
        self.on_usage(event);
        let reason = match look::text(event, "/response/incomplete_details/reason") {
            None if self.refused => FinishReason::ContentFilter,
            None if look::text(event, "/response/status") == Some("incomplete") => {
                FinishReason::Other
            }
            None => FinishReason::Stop,
            Some("max_output_tokens") => FinishReason::Length,
            Some("content_filter") => FinishReason::ContentFilter,
            Some(_) => FinishReason::Other,
        };
        self.turn.finish(reason);
        self.turn.close();
    }

    fn on_usage(&mut self, event: &Value) {
        if let Some(usage) = event.pointer("/response/usage").and_then(usage) {
            self.turn.usage(usage);
        }
    }
}

fn delta(event: &Value) -> &str {
    look::text(event, "/delta").unwrap_or_default()
}

fn small(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Brings a count into the normal form: input includes the cache, output includes reasoning.
fn usage(value: &Value) -> Option<Usage> {
    let input = look::count(value, "/input_tokens")?;
    let output = look::count(value, "/output_tokens").unwrap_or(0);
    let cached = look::count(value, "/input_tokens_details/cached_tokens")
        .unwrap_or(0)
        .min(input);
    let written = look::count(value, "/input_tokens_details/cache_write_tokens")
        .unwrap_or(0)
        .min(input - cached);
    let reasoning = look::count(value, "/output_tokens_details/reasoning_tokens")
        .unwrap_or(0)
        .min(output);
    Some(Usage {
        fresh_tokens: input - cached - written,
        cache_read_tokens: cached,
        cache_write_5m_tokens: written,
        cache_write_1h_tokens: 0,
        output_tokens: output - reasoning,
        reasoning_tokens: reasoning,
    })
}
