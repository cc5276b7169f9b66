//! A whole answer, gathered from its events.

use majlis_llm::{ChatEvent, FinishReason, ProviderError};

use super::upstream::Upstream;

/// Calls of functions in one answer at most.
const MAX_CALLS: usize = 1_024;

/// An answer that is whole.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) reasoning: String,
    /// The provider's signature over the reasoning; empty when it gives none.
    pub(super) signature: String,
    pub(super) calls: Vec<Call>,
    pub(super) reason: Option<FinishReason>,
}

/// A call of a function.
#[derive(Debug, Default, Clone)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

impl Answer {
    /// Waits for the whole answer.
    pub(super) async fn gather(upstream: &mut Upstream) -> Result<Self, ProviderError> {
        let mut answer = Self::default();
        while let Some(event) = upstream.next().await {
            answer.take(event?);
        }
        Ok(answer)
    }

    fn take(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::TextDelta { text } => self.text.push_str(&text),
            ChatEvent::ReasoningDelta { text, signature } => {
                self.reasoning.push_str(&text);
                self.signature.push_str(&signature.unwrap_or_default());
            }
            ChatEvent::ToolCallDelta {
                index,
                id,
                name,
                arguments,
            } => {
                let index = index as usize;
                if index >= MAX_CALLS {
                    return;
                }
                if self.calls.len() <= index {
                    self.calls.resize_with(index + 1, Call::default);
                }
                let call = &mut self.calls[index];
                if let Some(id) = id {
                    call.id = id;
                }
                if let Some(name) = name {
                    call.name = name;
                }
                call.arguments.push_str(&arguments);
                if call.id.is_empty() {
                    call.id = call_id(index);
                }
            }
            ChatEvent::Finished { reason } => self.reason = Some(reason),
            ChatEvent::Started { .. } | ChatEvent::Usage { .. } => {}
        }
    }
}

/// The id of a call whose provider gives none.
pub(super) fn call_id(index: usize) -> String {
    format!("call_{index}")
}
