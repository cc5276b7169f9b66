//! The events of a streamed message.

use majlis_llm::{ChatEvent, FinishReason, ProviderError};
use serde_json::{Value, json};

use super::super::failed;
use super::{BlockJson, Head, UsageJson, stop_reason};
use crate::v1::dialect::Dialect;
use crate::v1::reply;
use crate::v1::sse::{Frames, Writer};
use crate::v1::upstream::Upstream;

/// Writes an answer as `message_*` and `content_block_*` events.
pub(super) struct Events {
    head: Head,
    /// The block that is being written.
    open: Option<Kind>,
    /// Blocks so far; the open one is the last.
    blocks: u64,
    has_begun: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Thinking,
    Text,
    /// A call, by its index in the answer.
    Call(u32),
}

impl Events {
    pub(super) fn new(head: Head) -> Self {
        Self {
            head,
            open: None,
            blocks: 0,
            has_begun: false,
        }
    }

    fn begin(&mut self, out: &mut Frames) {
        if !std::mem::replace(&mut self.has_begun, true) {
            let message = self.head.empty();
            out.event(
                "message_start",
                &json!({ "type": "message_start", "message": message }),
            );
        }
    }

    /// Makes a block the open one.
    fn open(&mut self, kind: Kind, block: impl FnOnce() -> BlockJson, out: &mut Frames) {
        if self.open == Some(kind) {
            return;
        }
        self.close(out);
        let event = json!({
            "type": "content_block_start", "index": self.blocks, "content_block": block(),
        });
        out.event("content_block_start", &event);
        self.open = Some(kind);
        self.blocks += 1;
    }

    fn close(&mut self, out: &mut Frames) {
        if self.open.take().is_some() {
            let event = json!({ "type": "content_block_stop", "index": self.blocks - 1 });
            out.event("content_block_stop", &event);
        }
    }

    fn delta(&self, delta: &Value, out: &mut Frames) {
        let index = self.blocks.saturating_sub(1);
        let event = json!({ "type": "content_block_delta", "index": index, "delta": delta });
        out.event("content_block_delta", &event);
    }

    fn thinking(&mut self, text: &str, signature: Option<String>, out: &mut Frames) {
        let block = || BlockJson::Thinking {
            thinking: String::new(),
            signature: String::new(),
        };
        self.open(Kind::Thinking, block, out);
        if !text.is_empty() {
            self.delta(&json!({ "type": "thinking_delta", "thinking": text }), out);
        }
        if let Some(signature) = signature {
            let delta = json!({ "type": "signature_delta", "signature": signature });
            self.delta(&delta, out);
        }
    }

    fn finish(&mut self, reason: FinishReason, upstream: &Upstream, out: &mut Frames) {
        self.close(out);
        let usage = upstream.usage().map(UsageJson::from).unwrap_or_default();
        let event = json!({
            "type": "message_delta",
            "delta": { "stop_reason": stop_reason(Some(reason)), "stop_sequence": null },
            "usage": usage,
            "majlis": upstream.extension(),
        });
        out.event("message_delta", &event);
        out.event("message_stop", &json!({ "type": "message_stop" }));
    }
}

impl Writer for Events {
    fn on_event(&mut self, event: ChatEvent, upstream: &Upstream, out: &mut Frames) {
        self.begin(out);
        match event {
            ChatEvent::Started { .. } | ChatEvent::Usage { .. } => {}
            ChatEvent::TextDelta { text } => {
                let block = || BlockJson::Text {
                    text: String::new(),
                };
                self.open(Kind::Text, block, out);
                self.delta(&json!({ "type": "text_delta", "text": text }), out);
            }
            ChatEvent::ReasoningDelta { text, signature } => self.thinking(&text, signature, out),
            ChatEvent::ToolCallDelta {
                index,
                id,
                name,
                arguments,
            } => {
                let block = || BlockJson::ToolUse {
                    id: id.unwrap_or_else(|| reply::call_id(index as usize)),
                    name: name.unwrap_or_default(),
                    input: json!({}),
                };
                self.open(Kind::Call(index), block, out);
                if !arguments.is_empty() {
                    let delta = json!({ "type": "input_json_delta", "partial_json": arguments });
                    self.delta(&delta, out);
                }
            }
            ChatEvent::Finished { reason } => self.finish(reason, upstream, out),
        }
    }

    fn on_error(&mut self, error: &ProviderError, out: &mut Frames) {
        if let Some(body) = Dialect::Anthropic.body(&failed(error)) {
            out.event("error", &body);
        }
    }
}
