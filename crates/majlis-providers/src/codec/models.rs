//! Lists of models, as each format has them.

use majlis_llm::{ErrorKind, ModelId, ModelInfo, ProviderError};
use serde_json::Value;

use super::json;

/// `{"data":[…]}` of OpenAI, Anthropic and everything compatible, or the bare array of GitHub's
/// catalogue. Companies name the context window differently; each name is tried.
pub(super) fn openai(provider: &str, body: &[u8]) -> Result<Vec<ModelInfo>, ProviderError> {
    let list = read(body)?;
    let items = list
        .as_array()
        .or_else(|| list.get("data")?.as_array())
        .ok_or_else(no_list)?;
    Ok(items
        .iter()
        .filter(|item| is_chat_model(item))
        .filter_map(|item| {
            info(
                provider,
                json::text(item, "/id")?,
                ["/display_name", "/name"]
                    .iter()
                    .find_map(|at| json::text(item, at)),
                first(
                    item,
                    &[
                        "/context_window",
                        "/context_length",
                        "/max_context_length",
                        "/max_model_len",
                        "/meta/n_ctx",
                        "/meta/n_ctx_train",
                        "/limits/max_input_tokens",
                        "/max_input_tokens",
                    ],
                ),
                first(
                    item,
                    &[
                        "/top_provider/max_completion_tokens",
                        "/max_completion_tokens",
                        "/limits/max_output_tokens",
                        "/max_tokens",
                    ],
                ),
            )
        })
        .collect())
}

/// `{"models":[{"name":"models/…"}]}` of Google.
pub(super) fn gemini(provider: &str, body: &[u8]) -> Result<Vec<ModelInfo>, ProviderError> {
    let list = read(body)?;
    let items = list
        .get("models")
        .and_then(Value::as_array)
        .ok_or_else(no_list)?;
    Ok(items
        .iter()
        .filter(|item| {
            json::items(item, "/supportedGenerationMethods")
                .iter()
                .any(|method| method == "generateContent")
        })
        .filter_map(|item| {
            let name = json::text(item, "/name")?;
            info(
                provider,
                name.strip_prefix("models/").unwrap_or(name),
                json::text(item, "/displayName"),
                first(item, &["/inputTokenLimit"]),
                first(item, &["/outputTokenLimit"]),
            )
        })
        .collect())
}

/// `{"models":[{"name":"…"}]}` of Ollama; it tells no context window here.
pub(super) fn ollama(provider: &str, body: &[u8]) -> Result<Vec<ModelInfo>, ProviderError> {
    let list = read(body)?;
    let items = list
        .get("models")
        .and_then(Value::as_array)
        .ok_or_else(no_list)?;
    Ok(items
        .iter()
        .filter_map(|item| info(provider, json::text(item, "/name")?, None, None, None))
        .collect())
}

fn read(body: &[u8]) -> Result<Value, ProviderError> {
    serde_json::from_slice(body).map_err(|_| no_list())
}

fn no_list() -> ProviderError {
    let mut error = ProviderError::new(ErrorKind::Malformed, "the list of models cannot be read");
    error.maybe_billed = false;
    error
}

fn first(item: &Value, places: &[&str]) -> Option<u64> {
    places
        .iter()
        .find_map(|at| json::count(item, at))
        .filter(|count| *count > 0)
}

/// A name that cannot stand in a [`ModelId`] is left out.
fn info(
    provider: &str,
    name: &str,
    display_name: Option<&str>,
    context_tokens: Option<u64>,
    max_output_tokens: Option<u64>,
) -> Option<ModelInfo> {
    let id = ModelId::new(provider, name).ok()?;
    Some(ModelInfo {
        display_name: display_name
            .map(str::to_owned)
            .filter(|shown| shown != name),
        context_tokens,
        max_output_tokens,
        ..ModelInfo::bare(id)
    })
}

/// Lists also hold models that do not chat. What says so itself is believed; for OpenAI, whose list
/// says nothing, the names do (as of November 2026).
fn is_chat_model(item: &Value) -> bool {
    const OTHER: &[&str] = &[
        "embed",
        "whisper",
        "tts",
        "dall-e",
        "moderation",
        "realtime",
        "transcribe",
        "audio",
        "image",
        "sora",
        "davinci-002",
        "babbage-002",
        "rerank",
    ];
    if item
        .pointer("/capabilities/completion_chat")
        .and_then(Value::as_bool)
        == Some(false)
    {
        return false;
    }
    let outputs = [
        "/architecture/output_modalities",
        "/supported_output_modalities",
    ]
    .iter()
    .map(|at| json::items(item, at))
    .find(|modalities| !modalities.is_empty());
    if let Some(outputs) = outputs {
        return outputs.iter().any(|modality| modality == "text");
    }
    json::text(item, "/id").is_some_and(|id| {
        let id = id.to_ascii_lowercase();
        !OTHER.iter().any(|word| id.contains(word))
    })
}
