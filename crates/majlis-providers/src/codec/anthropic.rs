//! Anthropic messages.
//!
//! Wire form as documented by Anthropic (API version 2023-06-01), and as spoken by llama.cpp;
//! looked at in November 2026.

mod request;
mod usage;

use std::collections::BTreeMap;

use majlis_llm::{ChatRequest, FinishReason, ModelInfo, ProviderError};
use serde_json::Value;

use super::{Codec, Decoded, Decoder, Quirks, WireRequest, json, turn::Turn};
use crate::framing::Frame;
use usage::UsageSnapshot;

/// The codec.
pub(super) struct Anthropic;

impl Codec for Anthropic {
    fn encode(&self, request: &ChatRequest, quirks: &Quirks) -> Result<WireRequest, ProviderError> {
        Ok(WireRequest {
            path: "/v1/messages".to_owned(),
            headers: vec![("anthropic-version", "2023-06-01")],
            body: request::body(request, quirks),
        })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::<EventDecoder>::default()
    }

    fn models_path(&self) -> &'static str {
        "/v1/models?limit=1000"
    }

    fn models(&self, provider: &str, body: &[u8]) -> Result<Vec<ModelInfo>, ProviderError> {
        super::models::openai(provider, body)
    }
}

#[derive(Default)]
struct EventDecoder {
    turn: Turn,
    usage: UsageSnapshot,
    /// Place of a call among the calls of this answer, by place among the content blocks.
    calls: BTreeMap<u64, u32>,
}

impl Decoder for EventDecoder {
    fn on_frame(&mut self, frame: &Frame) -> Vec<Decoded> {
        if self.turn.is_closed() {
            return Vec::new();
        }
        match json::event(frame) {
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
            "message_start" => {
                self.turn.start(
                    json::text(event, "/message/id"),
                    json::text(event, "/message/model"),
                );
                self.on_usage(event.pointer("/message/usage"));
            }
            "content_block_start" => self.on_block(event),
            "content_block_delta" => self.on_delta(event),
            "message_delta" => {
                self.on_usage(event.get("usage"));
                if let Some(reason) = json::text(event, "/delta/stop_reason") {
                    self.turn.finish(finish_reason(reason));
                }
            }
            "message_stop" => self.on_stop(),
            "error" => self.turn.fail_with(event),
            _ if event.get("error").is_some_and(|error| !error.is_null()) => {
                self.turn.fail_with(event);
            }
            _ => {}
        }
    }

    fn on_block(&mut self, event: &Value) {
        let block = event.get("content_block").unwrap_or(&Value::Null);
        match json::text(block, "/type") {
            Some("text") => self
                .turn
                .text(json::text(block, "/text").unwrap_or_default()),
            Some("thinking") => self.turn.reasoning(
                json::text(block, "/thinking").unwrap_or_default(),
                json::text(block, "/signature"),
            ),
            Some("tool_use") => {
                let index = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
                self.calls.insert(place(event), index);
                let arguments = match block.get("input") {
                    Some(Value::Object(input)) if !input.is_empty() => {
                        Value::Object(input.clone()).to_string()
                    }
                    _ => String::new(),
                };
                self.turn.tool_call(
                    index,
                    json::text(block, "/id"),
                    json::text(block, "/name"),
                    arguments,
                );
            }
            _ => {}
        }
    }

    fn on_delta(&mut self, event: &Value) {
        let delta = event.get("delta").unwrap_or(&Value::Null);
        match json::text(delta, "/type") {
            Some("text_delta") => self
                .turn
                .text(json::text(delta, "/text").unwrap_or_default()),
            Some("thinking_delta") => self
                .turn
                .reasoning(json::text(delta, "/thinking").unwrap_or_default(), None),
            Some("signature_delta") => self.turn.reasoning("", json::text(delta, "/signature")),
            Some("input_json_delta") => {
                let arguments = json::text(delta, "/partial_json").unwrap_or_default();
                if let Some(index) = self.calls.get(&place(event)) {
                    self.turn
                        .tool_call(*index, None, None, arguments.to_owned());
                }
            }
            _ => {}
        }
    }

    fn on_stop(&mut self) {
        if !self.turn.has_reason() {
            self.turn.finish(FinishReason::Other);
        }
        self.turn.close();
    }

    fn on_usage(&mut self, value: Option<&Value>) {
        if let Some(value) = value.filter(|value| value.is_object()) {
            self.usage.merge(value);
            if let Some(usage) = self.usage.normal() {
                self.turn.usage(usage);
            }
        }
    }
}

fn place(event: &Value) -> u64 {
    json::count(event, "/index").unwrap_or(0)
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}
