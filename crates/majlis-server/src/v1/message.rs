//! Messages as OpenAI's interfaces write them down: those of `messages`, and the items of `input`.

use std::collections::HashMap;

use majlis_llm::{Message, Part, Role};
use serde_json::Value;

use super::invalid;
use crate::problem::Problem;

/// Reads messages one after the other.
#[derive(Default)]
pub(super) struct Reader {
    read: Vec<Message>,
    /// Names of the functions that were called, by the id of the call.
    called: HashMap<String, String>,
}

/// The messages of `messages`.
pub(super) fn messages(values: &[Value]) -> Result<Vec<Message>, Problem> {
    let mut reader = Reader::default();
    for (at, value) in values.iter().enumerate() {
        reader.message(&format!("messages[{at}]"), value)?;
    }
    Ok(reader.read)
}

/// The messages of `input`: a text, or items of messages, calls and their results.
pub(super) fn input(value: &Value) -> Result<Vec<Message>, Problem> {
    let items = match value {
        Value::String(text) => return Ok(vec![Message::text(Role::User, text.as_str())]),
        Value::Array(items) => items,
        _ => return Err(invalid("input", "`input` is a text or a list of items.")),
    };
    let mut reader = Reader::default();
    for (at, item) in items.iter().enumerate() {
        reader.item(&format!("input[{at}]"), item)?;
    }
    Ok(reader.read)
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

impl Reader {
    fn message(&mut self, at: &str, value: &Value) -> Result<(), Problem> {
        let role = text(value, "role").ok_or_else(|| invalid(at, "A message needs a role."))?;
        let content = value.get("content").unwrap_or(&Value::Null);
        let role = match role {
            "system" | "developer" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" | "function" => {
                let id = text(value, "tool_call_id").or_else(|| text(value, "name"));
                return self.result(at, id, content);
            }
            _ => {
                let detail =
                    format!("{role:?} is no role: use developer, user, assistant or tool.");
                return Err(invalid(at, detail));
            }
        };
        let mut parts = Vec::new();
        if role == Role::Assistant
            && let Some(reasoning) = text(value, "reasoning_content")
        {
            parts.push(Part::Reasoning {
                text: reasoning.to_owned(),
                signature: None,
            });
        }
        parts.extend(content_parts(at, content)?);
        let calls = value.get("tool_calls").and_then(Value::as_array);
        for call in calls.into_iter().flatten() {
            let function = call.get("function").unwrap_or(call);
            parts.push(self.call(at, text(call, "id"), function)?);
        }
        self.read.push(Message { role, parts });
        Ok(())
    }

    fn item(&mut self, at: &str, item: &Value) -> Result<(), Problem> {
        match text(item, "type").unwrap_or("message") {
            "message" => self.message(at, item),
            "function_call" => {
                let call = self.call(at, text(item, "call_id"), item)?;
                match self.read.last_mut() {
                    Some(last) if last.role == Role::Assistant => last.parts.push(call),
                    _ => self.read.push(Message {
                        role: Role::Assistant,
                        parts: vec![call],
                    }),
                }
                Ok(())
            }
            "function_call_output" => {
                let output = item.get("output").unwrap_or(&Value::Null);
                self.result(at, text(item, "call_id"), output)
            }
            // A provider's own reasoning means nothing to another one.
            "reasoning" => Ok(()),
            other => Err(invalid(
                at,
                format!("An item of type {other:?} cannot be passed on."),
            )),
        }
    }

    fn call(&mut self, at: &str, id: Option<&str>, function: &Value) -> Result<Part, Problem> {
        let (Some(id), Some(name)) = (id, text(function, "name")) else {
            return Err(invalid(at, "A call of a function needs an id and a name."));
        };
        self.called.insert(id.to_owned(), name.to_owned());
        Ok(Part::ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: text(function, "arguments").unwrap_or_default().to_owned(),
        })
    }

    fn result(&mut self, at: &str, id: Option<&str>, content: &Value) -> Result<(), Problem> {
        let id = id.ok_or_else(|| invalid(at, "A result needs the id of its call."))?;
        let texts = content_parts(at, content)?;
        let message = Message {
            role: Role::Tool,
            parts: texts,
        };
        self.read.push(Message {
            role: Role::Tool,
            parts: vec![Part::ToolResult {
                id: id.to_owned(),
                name: self.called.get(id).cloned().unwrap_or_default(),
                content: message.plain_text(),
            }],
        });
        Ok(())
    }
}

/// Content: nothing, a text, or parts.
fn content_parts(at: &str, content: &Value) -> Result<Vec<Part>, Problem> {
    match content {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![Part::Text { text: text.clone() }]),
        Value::Array(parts) => parts
            .iter()
            .enumerate()
            .map(|(place, part)| content_part(&format!("{at}.content[{place}]"), part))
            .collect(),
        _ => Err(invalid(at, "`content` is a text or a list of parts.")),
    }
}

fn content_part(at: &str, part: &Value) -> Result<Part, Problem> {
    let kind = text(part, "type").unwrap_or_default();
    match kind {
        "text" | "input_text" | "output_text" | "refusal" => {
            let said = text(part, "text").or_else(|| text(part, "refusal"));
            Ok(Part::Text {
                text: said
                    .ok_or_else(|| invalid(at, "A part of text needs `text`."))?
                    .to_owned(),
            })
        }
        "image_url" | "input_image" => {
            let image = part.get("image_url").unwrap_or(&Value::Null);
            let url = image.as_str().or_else(|| text(image, "url"));
            embedded_image(at, url.unwrap_or_default())
        }
        _ => Err(invalid(
            at,
            format!("A part of type {kind:?} cannot be passed on; text and images can."),
        )),
    }
}

/// An image inside its URL. Others are not fetched: nothing here goes to an address that a text
/// names.
fn embedded_image(at: &str, url: &str) -> Result<Part, Problem> {
    let image = url
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"));
    match image {
        Some((media_type, data)) if media_type.starts_with("image/") => Ok(Part::Image {
            media_type: media_type.to_owned(),
            data: data.to_owned(),
        }),
        _ => Err(invalid(
            at,
            "An image must stand in its URL (data:image/png;base64,…); Majlis fetches none.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_are_read_with_all_their_parts() {
        let read = messages(&[
            json!({"role": "developer", "content": "Be brief."}),
            json!({"role": "user", "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
            ]}),
            json!({"role": "assistant", "content": null, "reasoning_content": "Look.", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}},
            ]}),
            json!({"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "a cat"}]}),
        ])
        .unwrap();
        insta::assert_json_snapshot!(read);
    }

    #[test]
    fn items_read_as_the_messages_they_stand_for() {
        let items = json!([
            {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
            {"type": "reasoning", "summary": []},
            {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{\"at\":1}"},
            {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
        ]);
        let turns = json!([
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "tool_calls": [
                {"id": "c1", "function": {"name": "weather", "arguments": "{\"at\":1}"}},
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
        ]);
        assert_eq!(
            input(&items).unwrap(),
            messages(turns.as_array().unwrap()).unwrap()
        );
    }

    #[test]
    fn what_cannot_be_passed_on_is_refused_by_its_place() {
        for (message, place) in [
            (json!({"content": "x"}), "messages[0]"),
            (json!({"role": "king", "content": "x"}), "messages[0]"),
            (json!({"role": "user", "content": 7}), "messages[0]"),
            (
                json!({"role": "user", "content": [{"type": "input_audio"}]}),
                "messages[0].content[0]",
            ),
            (
                json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}]}),
                "messages[0].content[0]",
            ),
            (json!({"role": "tool", "content": "x"}), "messages[0]"),
        ] {
            let problem = messages(std::slice::from_ref(&message)).unwrap_err();
            assert_eq!(problem.parameter(), Some(place), "{message}");
        }
    }
}
