//! The pieces of a streamed answer.

use majlis_llm::{ChatEvent, FinishReason, ProviderError};
use serde::Serialize;

use super::{Head, UsageJson, failed, finish_reason};
use crate::problem::Problem;
use crate::v1::dialect::Dialect;
use crate::v1::reply;
use crate::v1::sse::{Frames, Writer};
use crate::v1::upstream::{Extension, Upstream};

/// What follows the last piece.
const DONE: &str = "data: [DONE]\n\n";

/// Writes an answer as `chat.completion.chunk`s.
pub(super) struct Chunks {
    head: Head,
    include_usage: bool,
    has_role: bool,
}

#[derive(Debug, Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: &'a [Choice],
    /// Left out unless it was asked for; then `null` in all but the last chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    majlis: Option<Extension>,
}

/// A count that was asked for.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Count {
    /// `null`.
    NotYet(()),
    Whole(UsageJson),
}

#[derive(Debug, Serialize)]
struct Choice {
    index: u32,
    delta: Delta,
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

#[derive(Debug, Default, Serialize)]
struct Delta {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[CallDelta; 1]>,
}

#[derive(Debug, Serialize)]
struct CallDelta {
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    function: FunctionDelta,
}

#[derive(Debug, Serialize)]
struct FunctionDelta {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    arguments: String,
}

impl Chunks {
    pub(super) fn new(head: Head, include_usage: bool) -> Self {
        Self {
            head,
            include_usage,
            has_role: false,
        }
    }

    fn chunk<'a>(&'a self, choices: &'a [Choice]) -> Chunk<'a> {
        Chunk {
            id: &self.head.id,
            object: "chat.completion.chunk",
            created: self.head.created,
            model: &self.head.model,
            choices,
            usage: self.include_usage.then_some(Count::NotYet(())),
            majlis: None,
        }
    }

    /// The first piece says who speaks.
    fn role(&mut self, out: &mut Frames) {
        if std::mem::replace(&mut self.has_role, true) {
            return;
        }
        self.delta(
            Delta {
                role: Some("assistant"),
                content: Some(String::new()),
                ..Delta::default()
            },
            out,
        );
    }

    fn delta(&self, delta: Delta, out: &mut Frames) {
        out.data(&self.chunk(&[Choice {
            index: 0,
            delta,
            logprobs: None,
            finish_reason: None,
        }]));
    }

    fn finish(&self, reason: FinishReason, upstream: &Upstream, out: &mut Frames) {
        let choices = [Choice {
            index: 0,
            delta: Delta::default(),
            logprobs: None,
            finish_reason: Some(finish_reason(Some(reason))),
        }];
        out.data(&Chunk {
            majlis: Some(upstream.extension()),
            ..self.chunk(&choices)
        });
        if let (true, Some(usage)) = (self.include_usage, upstream.usage()) {
            out.data(&Chunk {
                usage: Some(Count::Whole(usage.into())),
                ..self.chunk(&[])
            });
        }
        out.text(DONE);
    }
}

impl Writer for Chunks {
    fn on_event(&mut self, event: ChatEvent, upstream: &Upstream, out: &mut Frames) {
        self.role(out);
        match event {
            ChatEvent::TextDelta { text } => self.delta(
                Delta {
                    content: Some(text),
                    ..Delta::default()
                },
                out,
            ),
            ChatEvent::ReasoningDelta { text, .. } if !text.is_empty() => self.delta(
                Delta {
                    reasoning_content: Some(text),
                    ..Delta::default()
                },
                out,
            ),
            // A signature alone has no place in this interface.
            ChatEvent::Started { .. }
            | ChatEvent::Usage { .. }
            | ChatEvent::ReasoningDelta { .. } => {}
            ChatEvent::ToolCallDelta {
                index,
                id,
                name,
                arguments,
            } => {
                // The piece that names the function is the first one of its call.
                let id = id.or_else(|| name.is_some().then(|| reply::call_id(index as usize)));
                let call = CallDelta {
                    index,
                    kind: id.is_some().then_some("function"),
                    id,
                    function: FunctionDelta { name, arguments },
                };
                let delta = Delta {
                    tool_calls: Some([call]),
                    ..Delta::default()
                };
                self.delta(delta, out);
            }
            ChatEvent::Finished { reason } => self.finish(reason, upstream, out),
        }
    }

    fn on_error(&mut self, error: &ProviderError, out: &mut Frames) {
        let problem: Problem = failed(error);
        if let Some(body) = Dialect::OpenAi.body(&problem) {
            out.data(&body);
        }
    }
}
