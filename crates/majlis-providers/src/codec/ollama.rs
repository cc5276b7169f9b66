//! Ollama's own format: one JSON value a line.
//!
//! Wire form as documented by Ollama for `/api/chat` and `/api/tags`; looked at in November 2026.

use majlis_llm::{
    ChatRequest, FinishReason, Message, ModelInfo, Part, ProviderError, ResponseFormat, Role, Usage,
};
use serde_json::{Map, Value, json};

use super::json::set;
use super::{Codec, Decoded, Decoder, Quirks, WireRequest, json as look, system, turn::Turn};
use crate::framing::{Frame, Framing};

/// The codec.
pub(super) struct Ollama;

impl Codec for Ollama {
    fn encode(&self, request: &ChatRequest, quirks: &Quirks) -> Result<WireRequest, ProviderError> {
        Ok(WireRequest {
            path: "/api/chat".to_owned(),
            headers: Vec::new(),
            body: body(request, quirks),
        })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::<LineDecoder>::default()
    }

    fn framing(&self) -> Framing {
        Framing::JsonLines
    }

    fn models_path(&self) -> &'static str {
        "/api/tags"
    }

    fn models(&self, provider: &str, body: &[u8]) -> Result<Vec<ModelInfo>, ProviderError> {
        super::models::ollama(provider, body)
    }
}

fn body(request: &ChatRequest, quirks: &Quirks) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), request.model.name().into());
    let messages: Vec<Value> = system::placed(&request.messages, quirks)
        .iter()
        .flat_map(turns)
        .collect();
    body.insert("messages".to_owned(), messages.into());
    body.insert("stream".to_owned(), true.into());
    let mut options = Map::new();
    set(&mut options, "num_predict", request.max_output_tokens);
    set(&mut options, "temperature", request.temperature);
    set(&mut options, "top_p", request.top_p);
    set(&mut options, "seed", request.seed);
    set(
        &mut options,
        "stop",
        (!request.stop.is_empty()).then(|| request.stop.clone()),
    );
    set(
        &mut body,
        "options",
        (!options.is_empty()).then_some(options),
    );
    let tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            json!({"type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": tool.parameters,
            }})
        })
        .collect();
    set(&mut body, "tools", (!tools.is_empty()).then_some(tools));
    let format = request.response_format.as_ref().map(|format| match format {
        ResponseFormat::Json => Value::from("json"),
        ResponseFormat::JsonSchema { schema, .. } => schema.clone(),
    });
    set(&mut body, "format", format);
    let mut body = Value::Object(body);
    for path in &quirks.omitted {
        look::remove(&mut body, path);
    }
    body
}

fn turns(message: &Message) -> Vec<Value> {
    if message.role == Role::Tool {
        return message.parts.iter().filter_map(tool_result).collect();
    }
    let role = match message.role {
        Role::System => "system",
        Role::Assistant => "assistant",
        Role::User | Role::Tool => "user",
    };
    let mut turn = Map::new();
    turn.insert("role".to_owned(), role.into());
    turn.insert("content".to_owned(), message.plain_text().into());
    let images: Vec<&str> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Image { data, .. } => Some(data.as_str()),
            _ => None,
        })
        .collect();
    set(&mut turn, "images", (!images.is_empty()).then_some(images));
    let calls: Vec<Value> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::ToolCall {
                name, arguments, ..
            } => Some(
                json!({ "function": { "name": name, "arguments": look::as_object(arguments) } }),
            ),
            _ => None,
        })
        .collect();
    set(
        &mut turn,
        "tool_calls",
        (!calls.is_empty()).then_some(calls),
    );
    vec![Value::Object(turn)]
}

fn tool_result(part: &Part) -> Option<Value> {
    match part {
        Part::ToolResult { name, content, .. } => {
            Some(json!({ "role": "tool", "tool_name": name, "content": content }))
        }
        _ => None,
    }
}

#[derive(Default)]
struct LineDecoder {
    turn: Turn,
    calls: u32,
}

impl Decoder for LineDecoder {
    fn on_frame(&mut self, frame: &Frame) -> Vec<Decoded> {
        if self.turn.is_closed() {
            return Vec::new();
        }
        match look::parse(&frame.data) {
            None => self.turn.fail_unreadable(),
            Some(line) if line.get("error").is_some_and(|error| !error.is_null()) => {
                self.turn.fail_with(&line);
            }
            Some(line) => self.on_line(&line),
        }
        self.turn.take()
    }

    fn on_end(&mut self) -> Vec<Decoded> {
        self.turn.close();
        self.turn.take()
    }
}

impl LineDecoder {
    fn on_line(&mut self, line: &Value) {
        self.turn.start(None, look::text(line, "/model"));
        self.turn.reasoning(
            look::text(line, "/message/thinking").unwrap_or_default(),
            None,
        );
        self.turn
            .text(look::text(line, "/message/content").unwrap_or_default());
        for call in look::items(line, "/message/tool_calls") {
            let arguments = look::as_json_text(call.pointer("/function/arguments"));
            let name = look::text(call, "/function/name");
            self.turn
                .tool_call(self.calls, look::text(call, "/id"), name, arguments);
            self.calls = self.calls.saturating_add(1);
        }
        if line.get("done").and_then(Value::as_bool) == Some(true) {
            if let Some(usage) = usage(line) {
                self.turn.usage(usage);
            }
            self.turn.finish(match look::text(line, "/done_reason") {
                None | Some("stop") => FinishReason::Stop,
                Some("length") => FinishReason::Length,
                Some(_) => FinishReason::Other,
            });
            self.turn.close();
        }
    }
}

/// Both counts or none: older servers leave the prompt's out when it was cached, and half a count
/// would read as a whole one.
fn usage(line: &Value) -> Option<Usage> {
    Some(Usage {
        fresh_tokens: look::count(line, "/prompt_eval_count")?,
        output_tokens: look::count(line, "/eval_count")?,
        ..Usage::default()
    })
}
