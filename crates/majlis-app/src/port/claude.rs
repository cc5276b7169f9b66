//! Claude's export: a list of conversations with their messages in order, and in newer exports what
//! each follows.
//!
//! The form is not documented by its maker; what is read here follows exports as people describe
//! them (2026-11). Unknown kinds of content are kept unread in `raw`.

use std::collections::HashMap;

use majlis_llm::{Part, Role};
use serde::Deserialize;
use serde_json::{Value, json};

use super::chatgpt::fenced;
use super::{foreign, time};

/// The program's name in ids and in `source`.
pub(crate) const SOURCE: &str = "claude";

#[derive(Debug, Deserialize)]
struct Conversation {
    uuid: String,
    name: Option<String>,
    #[serde(default)]
    created_at: Value,
    #[serde(default)]
    updated_at: Value,
    model: Option<String>,
    is_starred: Option<bool>,
    current_leaf_message_uuid: Option<String>,
    chat_messages: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Message {
    uuid: String,
    sender: String,
    text: Option<String>,
    #[serde(default)]
    content: Vec<Value>,
    #[serde(default)]
    created_at: Value,
    #[serde(default)]
    attachments: Vec<Attachment>,
    #[serde(default)]
    files: Vec<Attachment>,
    parent_message_uuid: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Attachment {
    file_name: Option<String>,
    extracted_content: Option<String>,
}

/// Reads one element of the list.
pub(crate) fn read(element: Value) -> Result<foreign::Conversation, String> {
    let conversation: Conversation =
        serde_json::from_value(element).map_err(|error| error.to_string())?;
    let mut messages: Vec<foreign::Message> = Vec::new();
    // What an empty message follows: those behind it follow that.
    let mut empty: HashMap<String, Option<String>> = HashMap::new();
    for value in conversation.chat_messages {
        let raw = raw(&value);
        let message: Message =
            serde_json::from_value(value).map_err(|error| format!("a message: {error}"))?;
        let id = message.uuid.clone();
        // Older exports do not say what follows what: one follows the other.
        let before = messages.last().map(|message| message.id.clone());
        let mut parent = message.parent_message_uuid.clone().or(before);
        while let Some(above) = parent.as_ref().and_then(|parent| empty.get(parent)) {
            parent.clone_from(above);
        }
        match read_message(message, raw) {
            Some(read) => messages.push(foreign::Message { parent, ..read }),
            None => drop(empty.insert(id, parent)),
        }
    }
    Ok(foreign::Conversation {
        source: SOURCE,
        id: conversation.uuid,
        title: conversation.name.unwrap_or_default(),
        is_pinned: conversation.is_starred.unwrap_or(false),
        created_at_ms: time::from_json(&conversation.created_at),
        updated_at_ms: time::from_json(&conversation.updated_at),
        model: foreign::model("anthropic", conversation.model.as_deref()),
        head: conversation.current_leaf_message_uuid,
        messages,
    })
}

fn read_message(message: Message, raw: Option<Value>) -> Option<foreign::Message> {
    let role = match message.sender.as_str() {
        "human" | "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => return None,
    };
    let mut parts = parts(&message.content);
    let has_text = parts.iter().any(|part| matches!(part, Part::Text { .. }));
    if let Some(text) = message.text.filter(|text| !has_text && !text.is_empty()) {
        parts.push(Part::Text { text });
    }
    for attachment in message.attachments.iter().chain(&message.files) {
        let before = if parts.is_empty() { "" } else { "\n\n" };
        let text = format!("{before}{}", attached(attachment));
        parts.push(Part::Text { text });
    }
    (!parts.is_empty()).then(|| foreign::Message {
        id: message.uuid,
        parent: None,
        role,
        parts,
        model: None,
        raw,
        created_at_ms: time::from_json(&message.created_at),
    })
}

/// The blocks of a message; text blocks stand apart by an empty line.
fn parts(content: &[Value]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for block in content {
        let text = |field: &str| block.get(field).and_then(Value::as_str).unwrap_or_default();
        let said = match text("type") {
            "thinking" => {
                parts.extend(majlis_store::answer_parts("", text("thinking")));
                continue;
            }
            "text" => text("text").to_owned(),
            "tool_use" => tool_use(text("name"), block.get("input")),
            "tool_result" => tool_result(block.get("content")),
            _ => continue,
        };
        if said.is_empty() {
            continue;
        }
        let is_first = !parts.iter().any(|part| matches!(part, Part::Text { .. }));
        let text = if is_first {
            said
        } else {
            format!("\n\n{said}")
        };
        parts.push(Part::Text { text });
    }
    parts
}

fn tool_use(name: &str, input: Option<&Value>) -> String {
    let input = input.map(|input| serde_json::to_string_pretty(input).unwrap_or_default());
    format!("[{name}]\n\n{}", fenced(&input.unwrap_or_default(), "json"))
}

fn tool_result(content: Option<&Value>) -> String {
    let text = match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => {
            let texts: Vec<&str> = blocks
                .iter()
                .filter_map(|block| block.get("text").and_then(Value::as_str))
                .collect();
            texts.join("\n\n")
        }
        _ => String::new(),
    };
    fenced(&text, "")
}

fn attached(attachment: &Attachment) -> String {
    let name = attachment.file_name.as_deref().unwrap_or("file");
    match attachment.extracted_content.as_deref() {
        Some(text) if !text.is_empty() => format!("[file: {name}]\n\n{}", fenced(text, "")),
        _ => format!("[file: {name}]"),
    }
}

/// What a message has besides plain text; `None` when there is nothing else.
fn raw(message: &Value) -> Option<Value> {
    let content = message.get("content").and_then(Value::as_array);
    let is_plain = |block: &Value| block.get("type").and_then(Value::as_str) == Some("text");
    let other: Vec<&Value> = content
        .into_iter()
        .flatten()
        .filter(|block| !is_plain(block))
        .collect();
    let list = |field: &str| {
        let list = message.get(field).and_then(Value::as_array);
        list.filter(|list| !list.is_empty()).cloned()
    };
    let files = list("files");
    let is_nothing = other.is_empty() && files.is_none();
    (!is_nothing).then(|| json!({"content": other, "files": files}))
}
