//! The request of the OpenAI chat format.

use majlis_llm::{ChatRequest, Message, Part, ResponseFormat, Role, ToolChoice};
use serde_json::{Map, Value, json};

use crate::codec::json::set;
use crate::codec::{OutputLimitField, Quirks, SystemRole, json as look, system};

pub(super) fn body(request: &ChatRequest, quirks: &Quirks) -> Value {
    // First, so that nothing in it takes the place of what is known by name.
    let mut body = request.extra.clone();
    body.insert("model".to_owned(), request.model.name().into());
    body.insert(
        "messages".to_owned(),
        messages(&system::placed(&request.messages, quirks), quirks).into(),
    );
    body.insert("stream".to_owned(), true.into());
    if quirks.usage_option {
        body.insert(
            "stream_options".to_owned(),
            json!({ "include_usage": true }),
        );
    }
    let limit = match quirks.output_limit {
        OutputLimitField::MaxTokens => "max_tokens",
        OutputLimitField::MaxCompletionTokens => "max_completion_tokens",
    };
    set(&mut body, limit, request.max_output_tokens);
    if !quirks.fixed_sampling {
        set(&mut body, "temperature", request.temperature);
        set(&mut body, "top_p", request.top_p);
    }
    set(&mut body, quirks.seed_field, request.seed);
    set(
        &mut body,
        "stop",
        (!request.stop.is_empty()).then(|| request.stop.clone()),
    );
    set(
        &mut body,
        "tools",
        (!request.tools.is_empty()).then(|| tools(request)),
    );
    set(
        &mut body,
        "tool_choice",
        request.tool_choice.as_ref().map(tool_choice),
    );
    set(
        &mut body,
        "response_format",
        request.response_format.as_ref().map(response_format),
    );
    let mut body = Value::Object(body);
    for path in &quirks.omitted {
        look::remove(&mut body, path);
    }
    body
}

fn tools(request: &ChatRequest) -> Vec<Value> {
    request
        .tools
        .iter()
        .map(|tool| {
            json!({"type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": tool.parameters,
            }})
        })
        .collect()
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Function { name } => {
            json!({ "type": "function", "function": { "name": name } })
        }
    }
}

fn response_format(format: &ResponseFormat) -> Value {
    match format {
        ResponseFormat::Json => json!({ "type": "json_object" }),
        ResponseFormat::JsonSchema { name, schema } => json!({
            "type": "json_schema",
            "json_schema": { "name": name, "schema": schema },
        }),
    }
}

fn messages(messages: &[Message], quirks: &Quirks) -> Vec<Value> {
    let system_role = match quirks.system_role {
        SystemRole::Developer => "developer",
        SystemRole::System | SystemRole::InFirstUserTurn => "system",
    };
    let mut out = Vec::new();
    for message in messages {
        match message.role {
            Role::System => out.push(simple(system_role, message)),
            Role::User => out.push(user(message)),
            Role::Assistant => out.push(assistant(message, quirks)),
            Role::Tool => out.extend(tool_results(message)),
        }
    }
    out
}

fn simple(role: &str, message: &Message) -> Value {
    json!({ "role": role, "content": message.plain_text() })
}

fn user(message: &Message) -> Value {
    let has_image = message
        .parts
        .iter()
        .any(|part| matches!(part, Part::Image { .. }));
    if !has_image {
        return simple("user", message);
    }
    let content: Vec<Value> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Text { text } => Some(json!({ "type": "text", "text": text })),
            Part::Image { media_type, data } => Some(json!({
                "type": "image_url",
                "image_url": { "url": format!("data:{media_type};base64,{data}") },
            })),
            _ => None,
        })
        .collect();
    json!({ "role": "user", "content": content })
}

fn assistant(message: &Message, quirks: &Quirks) -> Value {
    let calls: Vec<Value> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::ToolCall {
                id,
                name,
                arguments,
            } => Some(json!({
                "id": id, "type": "function",
                "function": { "name": name, "arguments": arguments },
            })),
            _ => None,
        })
        .collect();
    let text = message.plain_text();
    let mut turn = Map::new();
    turn.insert("role".to_owned(), "assistant".into());
    if !text.is_empty() || calls.is_empty() {
        turn.insert("content".to_owned(), text.into());
    }
    if quirks.echo_reasoning && !calls.is_empty() {
        turn.insert("reasoning_content".to_owned(), reasoning(message).into());
    }
    set(
        &mut turn,
        "tool_calls",
        (!calls.is_empty()).then_some(calls),
    );
    Value::Object(turn)
}

fn reasoning(message: &Message) -> String {
    message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Reasoning { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn tool_results(message: &Message) -> Vec<Value> {
    message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::ToolResult { id, content, .. } => {
                Some(json!({ "role": "tool", "tool_call_id": id, "content": content }))
            }
            _ => None,
        })
        .collect()
}
