//! The request of the Gemini format.

use majlis_llm::{ChatRequest, Message, Part, ResponseFormat, Role, ToolChoice};
use serde_json::{Map, Value, json};

use crate::codec::json::set;
use crate::codec::{Quirks, json as look, system};

pub(super) fn body(request: &ChatRequest, quirks: &Quirks) -> Value {
    let mut body = Map::new();
    let messages = system::placed(&request.messages, quirks);
    body.insert("contents".to_owned(), turns(&messages).into());
    let instructions: Vec<Value> = messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(|message| json!({ "text": message.plain_text() }))
        .collect();
    set(
        &mut body,
        "systemInstruction",
        (!instructions.is_empty()).then(|| json!({ "parts": instructions })),
    );
    let config = generation_config(request, quirks);
    set(
        &mut body,
        "generationConfig",
        (!config.is_empty()).then_some(config),
    );
    let functions: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            json!({
                "name": tool.name, "description": tool.description,
                "parametersJsonSchema": tool.parameters,
            })
        })
        .collect();
    set(
        &mut body,
        "tools",
        (!functions.is_empty()).then(|| json!([{ "functionDeclarations": functions }])),
    );
    let choice = request.tool_choice.as_ref().map(tool_choice);
    set(
        &mut body,
        "toolConfig",
        choice.map(|choice| json!({ "functionCallingConfig": choice })),
    );
    let mut body = Value::Object(body);
    for path in &quirks.omitted {
        look::remove(&mut body, path);
    }
    body
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => json!({ "mode": "AUTO" }),
        ToolChoice::None => json!({ "mode": "NONE" }),
        ToolChoice::Required => json!({ "mode": "ANY" }),
        ToolChoice::Function { name } => {
            json!({ "mode": "ANY", "allowedFunctionNames": [name] })
        }
    }
}

fn generation_config(request: &ChatRequest, quirks: &Quirks) -> Map<String, Value> {
    let mut config = Map::new();
    set(&mut config, "maxOutputTokens", request.max_output_tokens);
    if !quirks.fixed_sampling {
        set(&mut config, "temperature", request.temperature);
        set(&mut config, "topP", request.top_p);
    }
    set(&mut config, "seed", request.seed);
    set(
        &mut config,
        "stopSequences",
        (!request.stop.is_empty()).then(|| request.stop.clone()),
    );
    if let Some(format) = &request.response_format {
        config.insert("responseMimeType".to_owned(), "application/json".into());
        if let ResponseFormat::JsonSchema { schema, .. } = format {
            config.insert("responseJsonSchema".to_owned(), schema.clone());
        }
    }
    config
}

/// Neighbours of one side become one turn.
fn turns(messages: &[Message]) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages
        .iter()
        .filter(|message| message.role != Role::System)
    {
        let role = if message.role == Role::Assistant {
            "model"
        } else {
            "user"
        };
        let parts = parts(message);
        match turns.last_mut() {
            Some((last, content)) if *last == role => content.extend(parts),
            _ => turns.push((role, parts)),
        }
    }
    turns
        .into_iter()
        .filter(|(_, parts)| !parts.is_empty())
        .map(|(role, parts)| json!({ "role": role, "parts": parts }))
        .collect()
}

fn parts(message: &Message) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut signature: Option<&String> = None;
    for part in &message.parts {
        let mut out = match part {
            Part::Text { text } if text.is_empty() => continue,
            Part::Text { text } => json!({ "text": text }),
            // Thoughts are not sent back, their signature is, on the part that follows.
            Part::Reasoning { signature: one, .. } => {
                signature = one.as_ref().or(signature);
                continue;
            }
            Part::Image { media_type, data } => {
                json!({ "inlineData": { "mimeType": media_type, "data": data } })
            }
            Part::ToolCall {
                name, arguments, ..
            } => {
                json!({ "functionCall": { "name": name, "args": look::as_object(arguments) } })
            }
            Part::ToolResult { name, content, .. } => {
                json!({ "functionResponse": { "name": name, "response": { "result": content } } })
            }
        };
        if let Some(signature) = signature.take() {
            out["thoughtSignature"] = signature.clone().into();
        }
        parts.push(out);
    }
    parts
}

/// A model's name as one segment of a path.
pub(super) fn path_segment(name: &str) -> String {
    use std::fmt::Write as _;

    let name = name.strip_prefix("models/").unwrap_or(name);
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    // A segment of dots alone would climb up the path.
    if out.chars().all(|c| c == '.') {
        out.replace('.', "%2E")
    } else {
        out
    }
}
