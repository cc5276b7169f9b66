//! OpenAI chat completions, and the many servers that speak the same.
//!
//! Wire form as documented by OpenAI and, for what they add, by DeepSeek (`reasoning_content`,
//! `prompt_cache_hit_tokens`), xAI, Groq (`x_groq`), OpenRouter (`reasoning`, comments while
//! waiting), Mistral, vLLM and llama.cpp; looked at in November 2026.

mod request;

use majlis_llm::{ChatRequest, FinishReason, ModelInfo, ProviderError, Usage};
use serde_json::Value;

use super::{Codec, Decoded, Decoder, Quirks, WireRequest, json, turn::Turn};
use crate::framing::Frame;

/// The frame behind the last one.
pub(super) const DONE: &str = "[DONE]";

/// The codec.
pub(super) struct OpenAiChat;

impl Codec for OpenAiChat {
    fn encode(&self, request: &ChatRequest, quirks: &Quirks) -> Result<WireRequest, ProviderError> {
        Ok(WireRequest {
            path: "/chat/completions".to_owned(),
            headers: Vec::new(),
            body: request::body(request, quirks),
        })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::<ChunkDecoder>::default()
    }

    fn models(&self, provider: &str, body: &[u8]) -> Result<Vec<ModelInfo>, ProviderError> {
        super::models::openai(provider, body)
    }
}

#[derive(Default)]
struct ChunkDecoder {
    turn: Turn,
    /// Ids of the calls so far, for servers that number them all 0 or not at all.
    calls: Vec<Option<String>>,
    refused: bool,
}

impl Decoder for ChunkDecoder {
    fn on_frame(&mut self, frame: &Frame) -> Vec<Decoded> {
        if self.turn.is_closed() {
            return Vec::new();
        }
        if frame.data.trim() == DONE {
            return self.on_done();
        }
        match json::parse(&frame.data) {
            None => self.turn.fail_unreadable(),
            Some(chunk) if is_error(&chunk, frame) => self.turn.fail_with(&chunk),
            Some(chunk) => self.on_chunk(&chunk),
        }
        self.turn.take()
    }

    fn on_end(&mut self) -> Vec<Decoded> {
        self.turn.close();
        self.turn.take()
    }
}

impl ChunkDecoder {
    fn on_done(&mut self) -> Vec<Decoded> {
        // Some servers say [DONE] and no reason; the answer is whole all the same.
        if self.turn.has_started() && !self.turn.has_reason() {
            self.turn.finish(FinishReason::Other);
        }
        self.on_end()
    }

    fn on_chunk(&mut self, chunk: &Value) {
        self.turn
            .start(json::text(chunk, "/id"), json::text(chunk, "/model"));
        let found = [chunk.get("usage"), chunk.pointer("/x_groq/usage")];
        if let Some(usage) = found.into_iter().flatten().find_map(usage) {
            self.turn.usage(usage);
        }
        // Only the first choice: we never ask for more.
        let Some(choice) = json::items(chunk, "/choices")
            .iter()
            .find(|choice| json::count(choice, "/index").unwrap_or(0) == 0)
        else {
            return;
        };
        if let Some(usage) = choice.get("usage").and_then(usage) {
            self.turn.usage(usage);
        }
        // `message` is what a server sends that ignores `stream`.
        if let Some(delta) = choice.get("delta").or_else(|| choice.get("message")) {
            self.on_delta(delta);
        }
        if let Some(reason) = json::text(choice, "/finish_reason") {
            self.turn.finish(finish_reason(reason, self.refused));
        }
    }

    fn on_delta(&mut self, delta: &Value) {
        let reasoning = ["/reasoning_content", "/reasoning"];
        if let Some(text) = reasoning.into_iter().find_map(|at| json::text(delta, at)) {
            self.turn.reasoning(text, None);
        }
        match delta.get("content") {
            Some(Value::String(text)) => self.turn.text(text),
            Some(Value::Array(parts)) => parts.iter().for_each(|part| self.on_part(part)),
            _ => {}
        }
        if let Some(text) = json::text(delta, "/refusal") {
            self.refused = true;
            self.turn.text(text);
        }
        for call in json::items(delta, "/tool_calls") {
            self.on_call(call);
        }
    }

    /// Mistral's reasoning models send content in parts.
    fn on_part(&mut self, part: &Value) {
        for thought in json::items(part, "/thinking") {
            self.turn
                .reasoning(json::text(thought, "/text").unwrap_or_default(), None);
        }
        self.turn
            .text(json::text(part, "/text").unwrap_or_default());
    }

    fn on_call(&mut self, call: &Value) {
        let id = json::text(call, "/id");
        let index = self.call_index(json::index(call, "/index"), id);
        let name = json::text(call, "/function/name");
        let arguments = json::as_json_text(call.pointer("/function/arguments"));
        self.turn.tool_call(index, id, name, arguments);
    }

    /// The position of a call: as said, but a new id under a used number is a new call.
    fn call_index(&mut self, said: Option<u32>, id: Option<&str>) -> u32 {
        let known = |calls: &[Option<String>]| calls.iter().rposition(|call| call.as_deref() == id);
        let at = said.map(|index| index as usize);
        let position = match (at, id) {
            (Some(at), None) if at < self.calls.len() => at,
            (Some(at), Some(new)) if at < self.calls.len() => match &self.calls[at] {
                Some(old) if old != new => known(&self.calls).unwrap_or(self.calls.len()),
                _ => at,
            },
            (None, Some(_)) => known(&self.calls).unwrap_or(self.calls.len()),
            (None, None) => self.calls.len().saturating_sub(1),
            (Some(_), _) => self.calls.len(),
        };
        if position >= self.calls.len() {
            self.calls.push(None);
        }
        let position = position.min(self.calls.len() - 1);
        if let Some(id) = id {
            self.calls[position] = Some(id.to_owned());
        }
        u32::try_from(position).unwrap_or(u32::MAX)
    }
}

fn is_error(chunk: &Value, frame: &Frame) -> bool {
    chunk.get("error").is_some_and(|error| !error.is_null())
        || chunk.get("object").and_then(Value::as_str) == Some("error")
        || frame.event.as_deref() == Some("error")
}

fn finish_reason(reason: &str, refused: bool) -> FinishReason {
    match reason {
        "stop" | "eos" | "end_turn" if refused => FinishReason::ContentFilter,
        "stop" | "eos" | "end_turn" => FinishReason::Stop,
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" | "safety" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}

/// Brings a count into the normal form. `prompt_tokens` includes what the cache gave;
/// `completion_tokens` includes reasoning at OpenAI and DeepSeek and excludes it at xAI, which the
/// total gives away.
fn usage(value: &Value) -> Option<Usage> {
    let input = json::count(value, "/prompt_tokens")?;
    let completion = json::count(value, "/completion_tokens").unwrap_or(0);
    let cached = [
        "/prompt_tokens_details/cached_tokens",
        "/prompt_cache_hit_tokens",
        "/cached_tokens",
    ]
    .iter()
    .find_map(|at| json::count(value, at))
    .unwrap_or(0)
    .min(input);
    let written = json::count(value, "/prompt_tokens_details/cache_write_tokens")
        .unwrap_or(0)
        .min(input - cached);
    let reasoning = [
        "/completion_tokens_details/reasoning_tokens",
        "/reasoning_tokens",
    ]
    .iter()
    .find_map(|at| json::count(value, at))
    .unwrap_or(0);
    let apart = match json::count(value, "/total_tokens") {
        Some(total) => {
            reasoning > 0 && total == input.saturating_add(completion).saturating_add(reasoning)
        }
        None => reasoning > completion,
    };
    Some(Usage {
        fresh_tokens: input - cached - written,
        cache_read_tokens: cached,
        cache_write_5m_tokens: written,
        cache_write_1h_tokens: 0,
        output_tokens: if apart {
            completion
        } else {
            completion.saturating_sub(reasoning)
        },
        reasoning_tokens: if apart {
            reasoning
        } else {
            reasoning.min(completion)
        },
    })
}
