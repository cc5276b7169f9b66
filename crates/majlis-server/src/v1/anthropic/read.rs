//! Requests of Anthropic's interface.

use std::collections::HashMap;

use majlis_llm::{ChatRequest, Message, ModelId, Part, ResponseFormat, Role, ToolChoice, ToolSpec};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::invalid;
use crate::problem::Problem;

/// A request. What is not named here is accepted and left out.
#[derive(Debug, Deserialize)]
pub(in crate::v1) struct MessagesBody {
    pub(super) model: String,
    messages: Vec<Value>,
    system: Option<Value>,
    max_tokens: Option<u32>,
    pub(super) stream: Option<bool>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    stop_sequences: Option<Vec<String>>,
    tools: Option<Vec<Value>>,
    tool_choice: Option<Value>,
    output_config: Option<Value>,
}

impl MessagesBody {
    pub(super) fn request(self, model: ModelId) -> Result<ChatRequest, Problem> {
        let mut messages = Vec::new();
        if let Some(system) = &self.system {
            let parts = blocks("system", system, &mut HashMap::new())?;
            messages.push(Message {
                role: Role::System,
                parts,
            });
        }
        messages.extend(turns(&self.messages)?);
        if self.messages.is_empty() {
            return Err(invalid("messages", "There is no message to answer."));
        }
        let tools = self.tools.unwrap_or_default();
        let tools = tools
            .iter()
            .enumerate()
            .map(|(at, tool)| self::tool(at, tool));
        Ok(ChatRequest {
            max_output_tokens: self.max_tokens,
            temperature: self.temperature,
            top_p: self.top_p,
            stop: self.stop_sequences.unwrap_or_default(),
            tools: tools.collect::<Result<_, _>>()?,
            tool_choice: self.tool_choice.as_ref().map(choice).transpose()?,
            response_format: self.output_config.as_ref().and_then(format),
            ..ChatRequest::new(model, messages)
        })
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// A schema for the answer; any other output configuration is left out.
fn format(config: &Value) -> Option<ResponseFormat> {
    let format = config.get("format")?;
    (text(format, "type") == Some("json_schema")).then(|| ResponseFormat::JsonSchema {
        name: "reply".to_owned(),
        schema: format.get("schema").cloned().unwrap_or_else(|| json!({})),
    })
}

fn tool(at: usize, tool: &Value) -> Result<ToolSpec, Problem> {
    let parameter = format!("tools[{at}]");
    let is_own = matches!(text(tool, "type"), None | Some("custom"));
    match (is_own, text(tool, "name"), tool.get("input_schema")) {
        (true, Some(name), Some(schema)) => Ok(ToolSpec {
            name: name.to_owned(),
            description: text(tool, "description").unwrap_or_default().to_owned(),
            parameters: schema.clone(),
        }),
        (false, ..) => Err(invalid(
            &parameter,
            "A tool that the provider runs cannot be passed on; your own can.",
        )),
        _ => Err(invalid(
            &parameter,
            "A tool needs a name and an input_schema.",
        )),
    }
}

fn choice(choice: &Value) -> Result<ToolChoice, Problem> {
    match (text(choice, "type"), text(choice, "name")) {
        (Some("auto"), _) => Ok(ToolChoice::Auto),
        (Some("none"), _) => Ok(ToolChoice::None),
        (Some("any"), _) => Ok(ToolChoice::Required),
        (Some("tool"), Some(name)) => Ok(ToolChoice::Function {
            name: name.to_owned(),
        }),
        _ => Err(invalid(
            "tool_choice",
            "`tool_choice` has the type auto, none, any, or tool with a name.",
        )),
    }
}

fn turns(values: &[Value]) -> Result<Vec<Message>, Problem> {
    // Names of the functions that were called, by the id of the call.
    let mut called = HashMap::new();
    let mut messages = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let at = format!("messages[{at}]");
        let role = match text(value, "role") {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            Some("system") => Role::System,
            _ => return Err(invalid(&at, "The role of a message is user or assistant.")),
        };
        let content = value.get("content").unwrap_or(&Value::Null);
        let parts = blocks(&at, content, &mut called)?;
        // Results of functions are messages of their own elsewhere.
        let (results, said): (Vec<Part>, Vec<Part>) = parts
            .into_iter()
            .partition(|part| matches!(part, Part::ToolResult { .. }));
        for (role, parts) in [(Role::Tool, results), (role, said)] {
            if !parts.is_empty() {
                messages.push(Message { role, parts });
            }
        }
    }
    Ok(messages)
}

fn blocks(
    at: &str,
    content: &Value,
    called: &mut HashMap<String, String>,
) -> Result<Vec<Part>, Problem> {
    match content {
        Value::String(text) => Ok(vec![Part::Text { text: text.clone() }]),
        Value::Array(blocks) => blocks
            .iter()
            .enumerate()
            .map(|(place, block)| self::block(&format!("{at}.content[{place}]"), block, called))
            .collect(),
        _ => Err(invalid(at, "`content` is a text or a list of blocks.")),
    }
}

fn block(at: &str, block: &Value, called: &mut HashMap<String, String>) -> Result<Part, Problem> {
    let needed = |name: &str| {
        let found = text(block, name).map(str::to_owned);
        found.ok_or_else(|| invalid(at, format!("This block needs `{name}`.")))
    };
    match text(block, "type").unwrap_or_default() {
        "text" => Ok(Part::Text {
            text: needed("text")?,
        }),
        "thinking" => Ok(Part::Reasoning {
            text: needed("thinking")?,
            signature: text(block, "signature").map(str::to_owned),
        }),
        "tool_use" => {
            let (id, name) = (needed("id")?, needed("name")?);
            called.insert(id.clone(), name.clone());
            let input = block.get("input").cloned().unwrap_or_else(|| json!({}));
            Ok(Part::ToolCall {
                id,
                name,
                arguments: input.to_string(),
            })
        }
        "tool_result" => {
            let id = needed("tool_use_id")?;
            let content = match block.get("content") {
                None | Some(Value::Null) => String::new(),
                Some(content) => Message {
                    role: Role::Tool,
                    parts: result(at, content)?,
                }
                .plain_text(),
            };
            Ok(Part::ToolResult {
                name: called.get(&id).cloned().unwrap_or_default(),
                id,
                content,
            })
        }
        "image" => image(at, block),
        kind => Err(invalid(
            at,
            format!("A block of type {kind:?} cannot be passed on."),
        )),
    }
}

/// A result is a text, or blocks of text: one level, so that nothing nests without end.
fn result(at: &str, content: &Value) -> Result<Vec<Part>, Problem> {
    let blocks = match content {
        Value::String(text) => return Ok(vec![Part::Text { text: text.clone() }]),
        Value::Array(blocks) => blocks,
        _ => return Err(invalid(at, "A result is a text or a list of blocks.")),
    };
    let texts = blocks.iter().map(|block| {
        let said = text(block, "text").map(str::to_owned);
        said.map(|text| Part::Text { text })
            .ok_or_else(|| invalid(at, "Only text can be passed on in a result."))
    });
    texts.collect()
}

fn image(at: &str, block: &Value) -> Result<Part, Problem> {
    let source = block.get("source").unwrap_or(&Value::Null);
    match (
        text(source, "type"),
        text(source, "media_type"),
        text(source, "data"),
    ) {
        (Some("base64"), Some(media_type), Some(data)) => Ok(Part::Image {
            media_type: media_type.to_owned(),
            data: data.to_owned(),
        }),
        _ => Err(invalid(
            at,
            "An image must come as base64; Majlis fetches none.",
        )),
    }
}
