//! `/v1/embeddings`, by the sentence encoder inside the program: no call, no cost.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use majlis_app::App;
use serde::{Deserialize, Serialize};

use super::{invalid, refused};
use crate::extract::Body;
use crate::problem::Problem;

/// Texts of one request at most, as with OpenAI (API reference, read 2026-11).
const MAX_TEXTS: usize = 2_048;

/// A request. What is not named here is accepted and left out.
#[derive(Debug, Deserialize)]
pub(super) struct EmbeddingsBody {
    model: String,
    input: Input,
    #[serde(default)]
    encoding_format: Encoding,
    dimensions: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Texts(Vec<String>),
    /// Numbers of pieces of another model's vocabulary, which mean nothing here.
    Tokens(Vec<serde_json::Value>),
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    #[default]
    Float,
    Base64,
}

#[derive(Debug, Serialize)]
pub(super) struct ListJson {
    object: &'static str,
    data: Vec<EmbeddingJson>,
    model: String,
    usage: UsageJson,
}

#[derive(Debug, Serialize)]
struct EmbeddingJson {
    object: &'static str,
    index: usize,
    embedding: VectorJson,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum VectorJson {
    Numbers(Vec<f32>),
    /// The numbers as little-endian bytes, in base64.
    Text(String),
}

/// Estimated, as everywhere where nobody counts: nothing is paid for.
#[derive(Debug, Serialize)]
struct UsageJson {
    prompt_tokens: u64,
    total_tokens: u64,
}

/// One vector per text.
pub(super) async fn create(
    State(app): State<App>,
    Body(body): Body<EmbeddingsBody>,
) -> Result<Json<ListJson>, Problem> {
    let made = app.embed(&body.model, texts(body.input)?).await;
    let made = made.map_err(refused)?;
    let dimensions = made.vectors.first().map_or(0, Vec::len);
    if body
        .dimensions
        .is_some_and(|wanted| wanted as usize != dimensions)
    {
        let detail = format!(
            "The vectors of {} have {dimensions} dimensions.",
            made.model
        );
        return Err(invalid("dimensions", detail));
    }
    let data = made.vectors.into_iter().enumerate();
    Ok(Json(ListJson {
        object: "list",
        data: data
            .map(|(index, vector)| EmbeddingJson {
                object: "embedding",
                index,
                embedding: encode(vector, body.encoding_format),
            })
            .collect(),
        model: made.model,
        usage: UsageJson {
            prompt_tokens: made.tokens,
            total_tokens: made.tokens,
        },
    }))
}

fn texts(input: Input) -> Result<Vec<String>, Problem> {
    let texts = match input {
        Input::Text(text) => vec![text],
        Input::Texts(texts) => texts,
        Input::Tokens(tokens) if tokens.is_empty() => Vec::new(),
        Input::Tokens(_) => {
            let detail = "Send text: token numbers of another vocabulary mean nothing here.";
            return Err(invalid("input", detail));
        }
    };
    if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) {
        return Err(invalid(
            "input",
            "There is no text to embed, or an empty one.",
        ));
    }
    if texts.len() > MAX_TEXTS {
        let detail = format!("One request holds at most {MAX_TEXTS} texts.");
        return Err(invalid("input", detail));
    }
    Ok(texts)
}

fn encode(vector: Vec<f32>, encoding: Encoding) -> VectorJson {
    match encoding {
        Encoding::Float => VectorJson::Numbers(vector),
        Encoding::Base64 => {
            let bytes: Vec<u8> = vector
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            VectorJson::Text(STANDARD.encode(bytes))
        }
    }
}
