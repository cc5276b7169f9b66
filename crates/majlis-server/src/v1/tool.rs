//! Functions as OpenAI's interfaces write them down.

use majlis_llm::{ResponseFormat, ToolChoice, ToolSpec};
use serde_json::Value;

use super::invalid;
use crate::problem::Problem;

/// Functions a model may call: `{"type": "function", "function": {…}}`, or without the inner object
/// as `/v1/responses` has it. Tools that a provider runs itself are refused: nothing here runs them.
pub(super) fn tools(tools: &[Value]) -> Result<Vec<ToolSpec>, Problem> {
    tools
        .iter()
        .enumerate()
        .map(|(at, tool)| one(at, tool))
        .collect()
}

fn one(at: usize, tool: &Value) -> Result<ToolSpec, Problem> {
    let parameter = format!("tools[{at}]");
    let kind = tool
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("function");
    if kind != "function" {
        return Err(invalid(
            &parameter,
            format!("A tool of type {kind:?} cannot be passed on; only functions can."),
        ));
    }
    let function = tool.get("function").unwrap_or(tool);
    let text = |name: &str| {
        function
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    Ok(ToolSpec {
        name: text("name").ok_or_else(|| invalid(&parameter, "A function needs a name."))?,
        description: text("description").unwrap_or_default(),
        parameters: function
            .get("parameters")
            .filter(|schema| !schema.is_null())
            .cloned()
            .unwrap_or_else(|| serde_json::json!({ "type": "object", "properties": {} })),
    })
}

/// `"auto"`, `"none"`, `"required"`, or one function by its name.
pub(super) fn choice(choice: &Value) -> Result<ToolChoice, Problem> {
    match choice {
        Value::String(word) => match word.as_str() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" | "any" => Ok(ToolChoice::Required),
            _ => Err(unknown_choice()),
        },
        Value::Object(object) => object
            .get("function")
            .and_then(|function| function.get("name"))
            .or_else(|| object.get("name"))
            .and_then(Value::as_str)
            .map(|name| ToolChoice::Function {
                name: name.to_owned(),
            })
            .ok_or_else(unknown_choice),
        _ => Err(unknown_choice()),
    }
}

fn unknown_choice() -> Problem {
    invalid(
        "tool_choice",
        "`tool_choice` is \"auto\", \"none\", \"required\", or a function by its name.",
    )
}

/// `{"type": "text" | "json_object" | "json_schema", …}`, with the schema in an inner object or, as
/// `/v1/responses` has it, beside the type.
pub(super) fn format(parameter: &str, format: &Value) -> Result<Option<ResponseFormat>, Problem> {
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(ResponseFormat::Json)),
        Some("json_schema") => {
            let inner = format.get("json_schema").unwrap_or(format);
            let schema = inner.get("schema").filter(|schema| schema.is_object());
            let name = inner.get("name").and_then(Value::as_str);
            Ok(Some(ResponseFormat::JsonSchema {
                name: name.unwrap_or("reply").to_owned(),
                schema: schema
                    .cloned()
                    .ok_or_else(|| invalid(parameter, "`json_schema` needs a `schema`."))?,
            }))
        }
        _ => Err(invalid(
            parameter,
            "The type of a format is \"text\", \"json_object\" or \"json_schema\".",
        )),
    }
}
