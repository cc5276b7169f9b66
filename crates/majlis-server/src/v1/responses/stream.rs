//! The events of a streamed response.

use majlis_llm::{ChatEvent, FinishReason, ProviderError};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Head, ItemJson, PartJson, call_item, failed, output_text};
use crate::v1::reply::{self, Call};
use crate::v1::sse::{Frames, Writer};
use crate::v1::upstream::Upstream;

/// Calls of functions in one answer at most.
const MAX_CALLS: usize = 1_024;

/// Writes an answer as `response.*` events.
pub(super) struct Events {
    head: Head,
    sequence: u64,
    /// The items so far, each as it stands when it is over.
    items: Vec<ItemJson>,
    /// The text that is being written, and its place among the items.
    open: Option<Open>,
    /// Calls that are being written, with their places, by their index in the answer.
    calls: Vec<Option<(usize, Call)>>,
    has_begun: bool,
}

struct Open {
    place: usize,
    kind: Kind,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reasoning,
    Message,
}

impl Kind {
    /// The item, with its text or without any yet.
    fn item(self, head: &Head, place: usize, text: Option<String>) -> ItemJson {
        match self {
            Self::Reasoning => ItemJson::Reasoning {
                id: head.item_id("rs", place),
                summary: text
                    .map(|text| PartJson::SummaryText { text })
                    .into_iter()
                    .collect(),
            },
            Self::Message => ItemJson::Message {
                id: head.item_id("msg", place),
                status: if text.is_some() {
                    "completed"
                } else {
                    "in_progress"
                },
                role: "assistant",
                content: text.map(output_text).into_iter().collect(),
            },
        }
    }

    fn part(self, text: String) -> PartJson {
        match self {
            Self::Reasoning => PartJson::SummaryText { text },
            Self::Message => output_text(text),
        }
    }

    /// The stems of the names of its events: of its part, and of its text.
    fn stems(self) -> (&'static str, &'static str) {
        match self {
            Self::Reasoning => (
                "response.reasoning_summary_part",
                "response.reasoning_summary_text",
            ),
            Self::Message => ("response.content_part", "response.output_text"),
        }
    }

    /// Where in its item the part stands.
    fn index(self) -> &'static str {
        match self {
            Self::Reasoning => "summary_index",
            Self::Message => "content_index",
        }
    }

    fn id(self, head: &Head, place: usize) -> String {
        let stem = match self {
            Self::Reasoning => "rs",
            Self::Message => "msg",
        };
        head.item_id(stem, place)
    }
}

impl Events {
    pub(super) fn new(head: Head) -> Self {
        Self {
            head,
            sequence: 0,
            items: Vec::new(),
            open: None,
            calls: Vec::new(),
            has_begun: false,
        }
    }

    /// One event, numbered.
    fn send(&mut self, kind: &str, mut event: Value, out: &mut Frames) {
        event["type"] = kind.into();
        event["sequence_number"] = self.sequence.into();
        self.sequence += 1;
        out.event(kind, &event);
    }

    fn begin(&mut self, out: &mut Frames) {
        if std::mem::replace(&mut self.has_begun, true) {
            return;
        }
        let response = value(&self.head.response(Vec::new(), None, None));
        for kind in ["response.created", "response.in_progress"] {
            self.send(kind, json!({ "response": response }), out);
        }
    }

    fn text(&mut self, kind: Kind, delta: String, out: &mut Frames) {
        if self.open.as_ref().is_none_or(|open| open.kind != kind) {
            self.close(out);
            self.open_item(kind, out);
        }
        let Some(open) = &mut self.open else { return };
        open.text.push_str(&delta);
        let mut event = part_event(&self.head, kind, open.place);
        event["delta"] = delta.into();
        self.send(&format!("{}.delta", kind.stems().1), event, out);
    }

    fn open_item(&mut self, kind: Kind, out: &mut Frames) {
        let place = self.items.len();
        let item = kind.item(&self.head, place, None);
        self.items.push(item.clone());
        self.send_item("response.output_item.added", place, &item, out);
        let mut event = part_event(&self.head, kind, place);
        event["part"] = value(&kind.part(String::new()));
        self.send(&format!("{}.added", kind.stems().0), event, out);
        self.open = Some(Open {
            place,
            kind,
            text: String::new(),
        });
    }

    /// Ends the text that is being written.
    fn close(&mut self, out: &mut Frames) {
        let Some(Open { place, kind, text }) = self.open.take() else {
            return;
        };
        let (part, said) = kind.stems();
        let mut event = part_event(&self.head, kind, place);
        event["text"] = text.as_str().into();
        self.send(&format!("{said}.done"), event, out);
        let mut event = part_event(&self.head, kind, place);
        event["part"] = value(&kind.part(text.clone()));
        self.send(&format!("{part}.done"), event, out);
        let item = kind.item(&self.head, place, Some(text));
        self.end_item(place, item, out);
    }

    fn send_item(&mut self, kind: &str, place: usize, item: &ItemJson, out: &mut Frames) {
        let event = json!({ "output_index": place, "item": value(item) });
        self.send(kind, event, out);
    }

    fn end_item(&mut self, place: usize, item: ItemJson, out: &mut Frames) {
        self.send_item("response.output_item.done", place, &item, out);
        self.items[place] = item;
    }

    fn call(&mut self, index: usize, id: Option<String>, name: Option<String>, out: &mut Frames) {
        if index >= MAX_CALLS || self.calls.get(index).is_some_and(Option::is_some) {
            return;
        }
        self.close(out);
        let place = self.items.len();
        let call = Call {
            id: id.unwrap_or_else(|| reply::call_id(index)),
            name: name.unwrap_or_default(),
            arguments: String::new(),
        };
        let item = call_item(&self.head, place, call.clone());
        self.items.push(item.clone());
        self.send_item("response.output_item.added", place, &item, out);
        if self.calls.len() <= index {
            self.calls.resize_with(index + 1, || None);
        }
        self.calls[index] = Some((place, call));
    }

    fn arguments(&mut self, index: usize, delta: &str, out: &mut Frames) {
        let Some(Some((place, call))) = self.calls.get_mut(index) else {
            return;
        };
        if delta.is_empty() {
            return;
        }
        call.arguments.push_str(delta);
        let event = json!({
            "item_id": self.head.item_id("fc", *place), "output_index": *place, "delta": delta,
        });
        self.send("response.function_call_arguments.delta", event, out);
    }

    fn finish(&mut self, reason: FinishReason, upstream: &Upstream, out: &mut Frames) {
        self.close(out);
        for (place, call) in std::mem::take(&mut self.calls).into_iter().flatten() {
            let event = json!({
                "item_id": self.head.item_id("fc", place), "output_index": place,
                "arguments": call.arguments,
            });
            self.send("response.function_call_arguments.done", event, out);
            let item = call_item(&self.head, place, call);
            self.end_item(place, item, out);
        }
        let items = std::mem::take(&mut self.items);
        let response = self.head.response(items, Some(reason), Some(upstream));
        let kind = if response.status == "incomplete" {
            "response.incomplete"
        } else {
            "response.completed"
        };
        self.send(kind, json!({ "response": value(&response) }), out);
    }
}

/// The beginning of an event about the one part of an item.
fn part_event(head: &Head, kind: Kind, place: usize) -> Value {
    let mut event = json!({ "item_id": kind.id(head, place), "output_index": place });
    event[kind.index()] = 0.into();
    if kind == Kind::Message {
        event["logprobs"] = json!([]);
    }
    event
}

fn value(data: &impl Serialize) -> Value {
    serde_json::to_value(data).unwrap_or_default()
}

impl Writer for Events {
    fn on_event(&mut self, event: ChatEvent, upstream: &Upstream, out: &mut Frames) {
        self.begin(out);
        match event {
            ChatEvent::TextDelta { text } => self.text(Kind::Message, text, out),
            ChatEvent::ReasoningDelta { text, .. } if !text.is_empty() => {
                self.text(Kind::Reasoning, text, out);
            }
            ChatEvent::Started { .. }
            | ChatEvent::Usage { .. }
            | ChatEvent::ReasoningDelta { .. } => {}
            ChatEvent::ToolCallDelta {
                index,
                id,
                name,
                arguments,
            } => {
                let index = index as usize;
                self.call(index, id, name, out);
                self.arguments(index, &arguments, out);
            }
            ChatEvent::Finished { reason } => self.finish(reason, upstream, out),
        }
    }

    fn on_error(&mut self, error: &ProviderError, out: &mut Frames) {
        let problem = failed(error);
        let event = json!({
            "code": problem.code(), "message": problem.sentence(), "param": Value::Null,
        });
        self.send("error", event, out);
    }
}
