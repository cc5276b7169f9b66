//! Names of models and what is known about each.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A model's full name, `provider/name`.
///
/// The provider is everything before the first `/`; the rest is opaque and may itself hold `/`,
/// `:` or `@` (`openrouter/meta-llama/llama-4:free`). Neither part is empty, and neither holds
/// white space or control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelId {
    full: String,
    /// Byte offset of the first `/`.
    slash: usize,
}

/// Why a text is not a model id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelIdError {
    /// No `/`, or nothing on one side of it.
    #[error("model id {0:?} is not of the form provider/name, e.g. openai/gpt-5-mini")]
    Shape(String),
    /// White space or a control character somewhere in it.
    #[error("model id {0:?} holds white space or a control character")]
    Character(String),
}

impl ModelId {
    /// Joins a provider and a name.
    ///
    /// # Errors
    /// [`ModelIdError`] when either part is empty, the provider holds a `/`, or a character is not
    /// allowed.
    pub fn new(provider: &str, name: &str) -> Result<Self, ModelIdError> {
        if provider.contains('/') {
            return Err(ModelIdError::Shape(format!("{provider}/{name}")));
        }
        format!("{provider}/{name}").parse()
    }

    /// The part before the first `/`, e.g. `openrouter`.
    pub fn provider(&self) -> &str {
        &self.full[..self.slash]
    }

    /// The part after the first `/`, as the provider itself calls the model.
    pub fn name(&self) -> &str {
        &self.full[self.slash + 1..]
    }

    /// The whole id, `provider/name`.
    pub fn as_str(&self) -> &str {
        &self.full
    }
}

impl FromStr for ModelId {
    type Err = ModelIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(ModelIdError::Character(text.to_owned()));
        }
        match text.find('/') {
            Some(slash) if slash > 0 && slash + 1 < text.len() => Ok(Self {
                full: text.to_owned(),
                slash,
            }),
            _ => Err(ModelIdError::Shape(text.to_owned())),
        }
    }
}

impl TryFrom<String> for ModelId {
    type Error = ModelIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ModelId> for String {
    fn from(id: ModelId) -> Self {
        id.full
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

/// What a provider or a table says about one model. Every `None` means "not known".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The full id.
    pub id: ModelId,
    /// A name for people, where the provider gives one.
    pub display_name: Option<String>,
    /// Largest prompt plus answer, in tokens.
    pub context_tokens: Option<u64>,
    /// Largest answer, in tokens.
    pub max_output_tokens: Option<u64>,
    /// Runs on this machine, so that a call costs nothing.
    pub local: bool,
}

impl ModelInfo {
    /// An entry of which only the id is known.
    pub fn bare(id: ModelId) -> Self {
        Self {
            id,
            display_name: None,
            context_tokens: None,
            max_output_tokens: None,
            local: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        let parsed = text.parse::<ModelId>();
        let parts = parsed.as_ref().ok().map(|id| (id.provider(), id.name()));
        assert_eq!(parts, expected, "{text:?}");
        if let Ok(id) = parsed {
            assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn the_provider_ends_at_the_first_slash() {
        check("openai/gpt-5", Some(("openai", "gpt-5")));
        check(
            "openrouter/meta/llama:free",
            Some(("openrouter", "meta/llama:free")),
        );
        check("ollama/qwen3:8b@q4", Some(("ollama", "qwen3:8b@q4")));
    }

    #[test]
    fn an_empty_part_or_a_space_is_refused() {
        for text in [
            "",
            "gpt-5",
            "/gpt-5",
            "openai/",
            "openai/gpt 5",
            "openai/gpt\n",
        ] {
            check(text, None);
        }
        assert!(ModelId::new("a/b", "c").is_err());
    }
}
