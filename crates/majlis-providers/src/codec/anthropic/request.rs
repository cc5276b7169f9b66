//! The request of the Anthropic format.

use majlis_llm::{ChatRequest, Message, Part, ResponseFormat, Role, ToolChoice};
use serde_json::{Map, Value, json};

use crate::codec::json::set;
use crate::codec::{Quirks, json as look, system};

pub(super) fn body(request: &ChatRequest, quirks: &Quirks) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), request.model.name().into());
    // The format demands a limit.
    let limit = request
        .max_output_tokens
        .unwrap_or(quirks.default_output_tokens);
    body.insert("max_tokens".to_owned(), limit.into());
    let messages = system::placed(&request.messages, quirks);
    let instructions = instructions(&messages);
    set(
        &mut body,
        "system",
        (!instructions.is_empty()).then_some(instructions),
    );
    body.insert("messages".to_owned(), turns(&messages).into());
    body.insert("stream".to_owned(), true.into());
    if !quirks.fixed_sampling {
        set(&mut body, "temperature", request.temperature);
        set(&mut body, "top_p", request.top_p);
    }
    set(
        &mut body,
        "stop_sequences",
        (!request.stop.is_empty()).then(|| request.stop.clone()),
    );
    let tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            json!({ "name": tool.name, "description": tool.description, "input_schema": tool.parameters })
        })
        .collect();
    set(&mut body, "tools", (!tools.is_empty()).then_some(tools));
    let choice = request.tool_choice.as_ref().map(|choice| match choice {
        ToolChoice::Auto => json!({ "type": "auto" }),
        ToolChoice::None => json!({ "type": "none" }),
        ToolChoice::Required => json!({ "type": "any" }),
        ToolChoice::Function { name } => json!({ "type": "tool", "name": name }),
    });
    set(&mut body, "tool_choice", choice);
    // There is no form for "any JSON": the prompt has to ask for it.
    if let Some(ResponseFormat::JsonSchema { schema, .. }) = &request.response_format {
        body.insert(
            "output_config".to_owned(),
            json!({ "format": { "type": "json_schema", "schema": schema } }),
        );
    }
    let mut body = Value::Object(body);
    for path in &quirks.omitted {
        look::remove(&mut body, path);
    }
    body
}

fn instructions(messages: &[Message]) -> String {
    let texts: Vec<String> = messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(Message::plain_text)
        .collect();
    texts.join("\n\n")
}

/// Turns must alternate: neighbours of one side become one.
fn turns(messages: &[Message]) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages
        .iter()
        .filter(|message| message.role != Role::System)
    {
        let role = if message.role == Role::Assistant {
            "assistant"
        } else {
            "user"
        };
        let blocks = message.parts.iter().filter_map(block);
        match turns.last_mut() {
            Some((last, content)) if *last == role => content.extend(blocks),
            _ => turns.push((role, blocks.collect())),
        }
    }
    turns
        .into_iter()
        .filter(|(_, content)| !content.is_empty())
        .map(|(role, content)| json!({ "role": role, "content": content }))
        .collect()
}

fn block(part: &Part) -> Option<Value> {
    match part {
        // Empty text blocks are refused.
        Part::Text { text } if text.is_empty() => None,
        Part::Text { text } => Some(json!({ "type": "text", "text": text })),
        Part::Reasoning { text, signature } => {
            // Without its signature reasoning is refused; the model does without.
            let signature = signature.as_ref()?;
            Some(json!({ "type": "thinking", "thinking": text, "signature": signature }))
        }
        Part::Image { media_type, data } => Some(json!({
            "type": "image",
            "source": { "type": "base64", "media_type": media_type, "data": data },
        })),
        Part::ToolCall {
            id,
            name,
            arguments,
        } => Some(json!({
            "type": "tool_use", "id": id, "name": name, "input": look::as_object(arguments),
        })),
        Part::ToolResult { id, content, .. } => Some(json!({
            "type": "tool_result", "tool_use_id": id, "content": content,
        })),
    }
}
