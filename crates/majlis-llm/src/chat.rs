//! What goes to a model.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ModelId;

/// One request to one model. Only what is set is sent: `None` leaves the provider's default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The model that is asked.
    pub model: ModelId,
    /// The conversation so far, oldest first. At least one message of [`Role::User`].
    pub messages: Vec<Message>,
    /// Upper bound of the answer in tokens, reasoning included.
    pub max_output_tokens: Option<u32>,
    /// Sampling temperature, 0.0–2.0.
    pub temperature: Option<f64>,
    /// Nucleus sampling mass, 0.0–1.0.
    pub top_p: Option<f64>,
    /// Texts at which the answer ends.
    #[serde(default)]
    pub stop: Vec<String>,
    /// Seed for providers that sample reproducibly.
    pub seed: Option<u64>,
    /// Functions the model may call.
    #[serde(default)]
    pub tools: Vec<ToolSpec>,
    /// Whether the model must call one; `None` leaves it to the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Form of the answer; `None` is free text.
    pub response_format: Option<ResponseFormat>,
    /// Members of OpenAI's chat format for which there is no field here (`reasoning_effort`,
    /// `logit_bias`). Sent as they are to servers that speak that format, and to no other.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl ChatRequest {
    /// A request with nothing but its messages.
    pub fn new(model: ModelId, messages: Vec<Message>) -> Self {
        Self {
            model,
            messages,
            max_output_tokens: None,
            temperature: None,
            top_p: None,
            stop: Vec::new(),
            seed: None,
            tools: Vec::new(),
            tool_choice: None,
            response_format: None,
            extra: Map::new(),
        }
    }
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
}

impl Message {
    /// A turn of plain text.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            parts: vec![Part::Text { text: text.into() }],
        }
    }

    /// All text parts joined, without reasoning and tool parts.
    pub fn plain_text(&self) -> String {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Text { text } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }
}

/// Who speaks in a [`Message`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions above the conversation.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a function the model called.
    Tool,
}

/// A piece of a [`Message`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text {
        /// UTF-8, any length.
        text: String,
    },
    /// Reasoning a model gave earlier, echoed to providers that ask for it.
    Reasoning {
        /// The reasoning as text; may be empty when only the signature came.
        text: String,
        /// The provider's signature over it (Anthropic).
        signature: Option<String>,
    },
    /// An image.
    Image {
        /// IANA media type, e.g. `image/png`.
        media_type: String,
        /// The bytes in standard base64.
        data: String,
    },
    /// A function call made by the model.
    ToolCall {
        /// The provider's id of this call.
        id: String,
        /// The function's name.
        name: String,
        /// Arguments as JSON text, exactly as the model wrote them.
        arguments: String,
    },
    /// The result of a call, in a message of [`Role::Tool`].
    ToolResult {
        /// Id of the call this answers.
        id: String,
        /// The function's name (Gemini needs it).
        name: String,
        /// The result as text.
        content: String,
    },
}

/// A function offered to the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Name, `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of the arguments.
    pub parameters: Value,
}

/// Whether a model must call a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToolChoice {
    /// As it sees fit.
    Auto,
    /// It must not.
    None,
    /// It must call at least one.
    Required,
    /// It must call this one.
    Function {
        /// Its name.
        name: String,
    },
}

/// The form an answer must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ResponseFormat {
    /// Any JSON object.
    Json,
    /// JSON by a schema.
    JsonSchema {
        /// A name for the schema, `[A-Za-z0-9_-]{1,64}`.
        name: String,
        /// JSON Schema.
        schema: Value,
    },
}
