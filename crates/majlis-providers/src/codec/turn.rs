//! The part of decoding that all formats share: the order of events.

use majlis_llm::{ChatEvent, ErrorKind, FinishReason, ProviderError, Usage};

use super::{Decoded, failure};

/// One answer as it is put together. It keeps the promise of [`ChatEvent`]: `Started` first,
/// deltas, at most one `Usage`, `Finished` last and only when a terminal marker was seen.
#[derive(Debug, Default)]
pub(super) struct Turn {
    out: Vec<Decoded>,
    started: bool,
    closed: bool,
    has_tool_calls: bool,
    reason: Option<FinishReason>,
    usage: Option<Usage>,
}

impl Turn {
    /// What has come together since the last call.
    pub(super) fn take(&mut self) -> Vec<Decoded> {
        std::mem::take(&mut self.out)
    }

    /// Nothing more is expected.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Something of the answer was seen.
    pub(super) fn has_started(&self) -> bool {
        self.started
    }

    /// A finish reason was seen.
    pub(super) fn has_reason(&self) -> bool {
        self.reason.is_some()
    }

    /// The provider has accepted; only the first call counts.
    pub(super) fn start(&mut self, id: Option<&str>, model: Option<&str>) {
        if !self.started && !self.closed {
            self.started = true;
            self.out.push(Ok(ChatEvent::Started {
                response_id: id.map(str::to_owned),
                response_model: model.map(str::to_owned),
            }));
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.delta(ChatEvent::TextDelta {
                text: text.to_owned(),
            });
        }
    }

    pub(super) fn reasoning(&mut self, text: &str, signature: Option<&str>) {
        if !text.is_empty() || signature.is_some() {
            self.delta(ChatEvent::ReasoningDelta {
                text: text.to_owned(),
                signature: signature.map(str::to_owned),
            });
        }
    }

    pub(super) fn tool_call(
        &mut self,
        index: u32,
        id: Option<&str>,
        name: Option<&str>,
        arguments: String,
    ) {
        self.has_tool_calls = true;
        if id.is_some() || name.is_some() || !arguments.is_empty() {
            self.delta(ChatEvent::ToolCallDelta {
                index,
                id: id.map(str::to_owned),
                name: name.map(str::to_owned),
                arguments,
            });
        }
    }

    /// A snapshot of the count; the last one is said.
    pub(super) fn usage(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    /// Why the answer ended; said at [`Turn::close`], the last one counts.
    pub(super) fn finish(&mut self, reason: FinishReason) {
        self.reason = Some(reason);
    }

    /// Ends the answer: whole when a finish reason was seen, else cut.
    pub(super) fn close(&mut self) {
        if self.closed {
            return;
        }
        let Some(reason) = self.reason else {
            let what = if self.started {
                "the answer was cut off before its end"
            } else {
                "the answer was empty"
            };
            self.fail(ProviderError::new(ErrorKind::Malformed, what));
            return;
        };
        self.start(None, None);
        self.say_usage();
        let reason = match reason {
            FinishReason::Stop if self.has_tool_calls => FinishReason::ToolCalls,
            other => other,
        };
        self.out.push(Ok(ChatEvent::Finished { reason }));
        self.closed = true;
    }

    /// Ends the answer with an error. A count that came before is not said: it was one of an
    /// unfinished answer, and too low.
    pub(super) fn fail(&mut self, error: ProviderError) {
        if !self.closed {
            self.out.push(Err(error));
            self.closed = true;
        }
    }

    /// Ends the answer with an error whose frame also held the final count.
    pub(super) fn fail_counted(&mut self, error: ProviderError) {
        self.say_usage();
        self.fail(error);
    }

    /// Ends the answer with the error object of a stream.
    pub(super) fn fail_with(&mut self, body: &serde_json::Value) {
        self.fail(failure::from_stream(body, self.started));
    }

    /// The same, where the frame also held the final count.
    pub(super) fn fail_with_count(&mut self, body: &serde_json::Value) {
        self.fail_counted(failure::from_stream(body, self.started));
    }

    /// Ends the answer because a frame is not JSON.
    pub(super) fn fail_unreadable(&mut self) {
        self.fail(ProviderError::new(
            ErrorKind::Malformed,
            "a piece of the answer is not JSON",
        ));
    }

    fn say_usage(&mut self) {
        if let Some(usage) = self.usage.take() {
            self.out.push(Ok(ChatEvent::Usage { usage }));
        }
    }

    fn delta(&mut self, event: ChatEvent) {
        if !self.closed {
            self.start(None, None);
            self.out.push(Ok(event));
        }
    }
}
