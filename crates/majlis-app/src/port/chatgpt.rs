//! ChatGPT's export: a list of conversations, each a tree of nodes.
//!
//! The form is not documented by its maker; what is read here follows exports as people describe
//! them (2026-11). Unknown kinds of content are kept unread in `raw`.

use std::collections::{BTreeMap, HashSet};

use majlis_llm::{Part, Role};
use serde::Deserialize;
use serde_json::{Value, json};

use super::foreign::{self, text_part};
use super::time;

/// The program's name in ids and in `source`.
pub(crate) const SOURCE: &str = "chatgpt";

#[derive(Debug, Deserialize)]
struct Conversation {
    #[serde(alias = "conversation_id")]
    id: Option<String>,
    title: Option<String>,
    #[serde(default)]
    create_time: Value,
    #[serde(default)]
    update_time: Value,
    mapping: BTreeMap<String, Node>,
    current_node: Option<String>,
    default_model_slug: Option<String>,
    is_starred: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Node {
    message: Option<Message>,
    parent: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Message {
    author: Author,
    #[serde(default)]
    create_time: Value,
    #[serde(default)]
    content: Value,
    #[serde(default)]
    metadata: Value,
    recipient: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Author {
    role: String,
    name: Option<String>,
}

/// Reads one element of the list.
pub(crate) fn read(mut element: Value) -> Result<foreign::Conversation, String> {
    if let Some(values) = element.as_object_mut()
        && values.contains_key("id")
    {
        // The same id twice; one is enough.
        values.remove("conversation_id");
    }
    let conversation: Conversation =
        serde_json::from_value(element).map_err(|error| error.to_string())?;
    let created_at_ms = time::from_json(&conversation.create_time);
    let title = conversation.title.unwrap_or_default();
    let messages = messages(&conversation.mapping);
    let model = conversation.default_model_slug.or_else(|| {
        let mut named = messages
            .iter()
            .rev()
            .filter_map(|message| message.model.clone());
        named.next()
    });
    Ok(foreign::Conversation {
        source: SOURCE,
        id: conversation
            .id
            .unwrap_or_else(|| format!("{}/{title}", created_at_ms.unwrap_or(0))),
        is_pinned: conversation.is_starred.unwrap_or(false),
        created_at_ms,
        updated_at_ms: time::from_json(&conversation.update_time),
        model: foreign::model("openai", model.as_deref()),
        head: conversation
            .current_node
            .and_then(|id| shown(&conversation.mapping, &messages, &id)),
        messages,
        title,
    })
}

fn messages(mapping: &BTreeMap<String, Node>) -> Vec<foreign::Message> {
    let read = mapping
        .iter()
        .filter_map(|(id, node)| message(id, node.message.as_ref()?));
    let mut messages: Vec<foreign::Message> = read.collect();
    let kept: HashSet<String> = messages.iter().map(|message| message.id.clone()).collect();
    for message in &mut messages {
        let parent = mapping
            .get(&message.id)
            .and_then(|node| node.parent.clone());
        message.parent = parent.and_then(|parent| nearest(mapping, &kept, &parent));
    }
    messages
}

/// A node itself when it is kept, or the nearest kept one above it.
fn nearest(mapping: &BTreeMap<String, Node>, kept: &HashSet<String>, id: &str) -> Option<String> {
    let mut id = id;
    // A file may go round in circles.
    for _ in 0..=mapping.len() {
        if kept.contains(id) {
            return Some(id.to_owned());
        }
        id = mapping.get(id)?.parent.as_deref()?;
    }
    None
}

fn shown(
    mapping: &BTreeMap<String, Node>,
    messages: &[foreign::Message],
    current: &str,
) -> Option<String> {
    let kept = messages.iter().map(|message| message.id.clone()).collect();
    nearest(mapping, &kept, current)
}

/// A message that a person saw; `None` for hidden and empty ones.
fn message(id: &str, message: &Message) -> Option<foreign::Message> {
    let is_hidden = [
        "is_visually_hidden_from_conversation",
        "is_user_system_message",
    ]
    .iter()
    .any(|mark| message.metadata.get(mark) == Some(&Value::Bool(true)));
    if is_hidden {
        return None;
    }
    let role = match message.author.role.as_str() {
        "system" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => return None,
    };
    let parts = parts(message, role);
    if parts.is_empty() {
        return None;
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    Some(foreign::Message {
        id: id.to_owned(),
        parent: None,
        role,
        parts,
        model: text(message.metadata.get("model_slug")).filter(|_| role != Role::User),
        raw: Some(raw(message)),
        created_at_ms: time::from_json(&message.create_time),
    })
}

/// What the message has besides its text.
fn raw(message: &Message) -> Value {
    let kind = message.content.get("content_type");
    let content = if kind.and_then(Value::as_str) == Some("text") {
        json!({"content_type": "text"})
    } else {
        message.content.clone()
    };
    json!({
        "author": message.author.name,
        "recipient": message.recipient,
        "content": content,
        "metadata": message.metadata,
    })
}

fn parts(message: &Message, role: Role) -> Vec<Part> {
    let content = &message.content;
    let text = |field: &str| {
        content
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    match text("content_type") {
        "code" if role == Role::Assistant => {
            let language = Some(text("language")).filter(|language| *language != "unknown");
            text_part(&fenced(text("text"), language.unwrap_or_default()))
        }
        "execution_output" | "code" => text_part(&fenced(text("text"), "")),
        "thoughts" => reasoning(&thoughts(content)),
        "reasoning_recap" => reasoning(text("content")),
        "tether_quote" => text_part(&format!("{}\n\n{}", text("title"), text("text"))),
        "tether_browsing_display" => text_part(text("result")),
        // The person's own instructions, which are no part of the talk.
        "user_editable_context" | "model_editable_context" => Vec::new(),
        _ if content.get("parts").is_some() => text_part(&joined(content.get("parts"))),
        _ => text_part(text("text")),
    }
}

fn reasoning(text: &str) -> Vec<Part> {
    majlis_store::answer_parts("", text)
}

fn thoughts(content: &Value) -> String {
    let list = content.get("thoughts").and_then(Value::as_array);
    let one = |thought: &Value| {
        let text = |field| {
            thought
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        format!("{}\n\n{}", text("summary"), text("content"))
            .trim()
            .to_owned()
    };
    let all: Vec<String> = list.into_iter().flatten().map(one).collect();
    all.join("\n\n")
}

fn joined(parts: Option<&Value>) -> String {
    let list = parts.and_then(Value::as_array);
    let texts: Vec<String> = list.into_iter().flatten().map(part).collect();
    let texts: Vec<&str> = texts
        .iter()
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    texts.join("\n\n")
}

/// A part as text; of what is no text, its place.
fn part(part: &Value) -> String {
    let text = |field: &str| part.get(field).and_then(Value::as_str);
    match part {
        Value::String(text) => text.clone(),
        Value::Object(_) => match text("content_type") {
            Some("audio_transcription") => text("text").unwrap_or_default().to_owned(),
            kind => {
                let name = text("asset_pointer")
                    .or_else(|| text("name"))
                    .unwrap_or_default();
                let kind = kind.unwrap_or("file").trim_end_matches("_asset_pointer");
                format!("[{kind}: {name}]")
            }
        },
        _ => String::new(),
    }
}

/// Text in a fence longer than any it holds.
pub(crate) fn fenced(text: &str, language: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}
