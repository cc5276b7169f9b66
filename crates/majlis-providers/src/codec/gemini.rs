//! Google's generateContent.
//!
//! Wire form as documented for the Gemini API v1beta; looked at in November 2026. A signature over
//! thoughts stands on the part it belongs to; here it travels as a reasoning part before it.

mod request;

use majlis_llm::{ChatRequest, ErrorKind, FinishReason, ModelInfo, ProviderError, Usage};
use serde_json::Value;

use super::{Codec, Decoded, Decoder, Quirks, WireRequest, json, turn::Turn};
use crate::framing::Frame;

/// The codec.
pub(super) struct Gemini;

impl Codec for Gemini {
    fn encode(&self, request: &ChatRequest, quirks: &Quirks) -> Result<WireRequest, ProviderError> {
        Ok(WireRequest {
            path: format!(
                "/models/{}:streamGenerateContent?alt=sse",
                request::path_segment(request.model.name())
            ),
            headers: Vec::new(),
            body: request::body(request, quirks),
        })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::<ChunkDecoder>::default()
    }

    fn models_path(&self) -> &'static str {
        "/models?pageSize=1000"
    }

    fn models(&self, provider: &str, body: &[u8]) -> Result<Vec<ModelInfo>, ProviderError> {
        super::models::gemini(provider, body)
    }
}

#[derive(Default)]
struct ChunkDecoder {
    turn: Turn,
    calls: u32,
}

impl Decoder for ChunkDecoder {
    fn on_frame(&mut self, frame: &Frame) -> Vec<Decoded> {
        if self.turn.is_closed() {
            return Vec::new();
        }
        match json::parse(&frame.data) {
            None => self.turn.fail_unreadable(),
            // Without `alt=sse`, or from a proxy, all chunks come as one array.
            Some(Value::Array(chunks)) => chunks.iter().for_each(|chunk| self.on_chunk(chunk)),
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
    fn on_chunk(&mut self, chunk: &Value) {
        if chunk.get("error").is_some_and(|error| !error.is_null()) {
            self.turn.fail_with(chunk);
            return;
        }
        self.turn.start(
            json::text(chunk, "/responseId"),
            json::text(chunk, "/modelVersion"),
        );
        if let Some(usage) = chunk.get("usageMetadata").and_then(usage) {
            self.turn.usage(usage);
        }
        if let Some(reason) = json::text(chunk, "/promptFeedback/blockReason") {
            let mut error = ProviderError::new(
                ErrorKind::ContentFilter,
                format!("the prompt was blocked: {reason}"),
            );
            error.maybe_billed = true;
            self.turn.fail_counted(error);
            return;
        }
        let Some(candidate) = json::items(chunk, "/candidates").first() else {
            return;
        };
        for part in json::items(candidate, "/content/parts") {
            self.on_part(part);
        }
        if let Some(reason) = json::text(candidate, "/finishReason") {
            self.turn.finish(finish_reason(reason));
        }
    }

    fn on_part(&mut self, part: &Value) {
        let text = json::text(part, "/text").unwrap_or_default();
        let signature = json::text(part, "/thoughtSignature");
        if part.get("thought").and_then(Value::as_bool) == Some(true) {
            self.turn.reasoning(text, signature);
            return;
        }
        self.turn.reasoning("", signature);
        self.turn.text(text);
        if let Some(call) = part.get("functionCall") {
            let arguments = json::as_json_text(call.get("args"));
            let arguments = if arguments.is_empty() {
                "{}".to_owned()
            } else {
                arguments
            };
            self.turn.tool_call(
                self.calls,
                json::text(call, "/id"),
                json::text(call, "/name"),
                arguments,
            );
            self.calls = self.calls.saturating_add(1);
        }
    }
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => {
            FinishReason::ContentFilter
        }
        _ => FinishReason::Other,
    }
}

/// Brings a count into the normal form: the prompt includes the cache, candidates exclude thoughts,
/// and what server tools put into the prompt comes on top. Each chunk is a snapshot of the whole.
fn usage(value: &Value) -> Option<Usage> {
    let prompt = json::count(value, "/promptTokenCount")?;
    let tools = json::count(value, "/toolUsePromptTokenCount").unwrap_or(0);
    let cached = json::count(value, "/cachedContentTokenCount")
        .unwrap_or(0)
        .min(prompt);
    Some(Usage {
        fresh_tokens: (prompt - cached).saturating_add(tools),
        cache_read_tokens: cached,
        output_tokens: json::count(value, "/candidatesTokenCount").unwrap_or(0),
        reasoning_tokens: json::count(value, "/thoughtsTokenCount").unwrap_or(0),
        ..Usage::default()
    })
}
