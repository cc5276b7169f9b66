//! Members as a person writes them: `provider/name` or `provider/name:k`.

use majlis_llm::{ModelId, ModelIdError};

use crate::spec::SAMPLES;

/// A model and how many samples of it are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRequest {
    /// The model.
    pub model: ModelId,
    /// How many answers of it, 1–9.
    pub samples: u8,
}

/// Why a text does not name a member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("member {text:?} is not a model or model:samples, e.g. openai/gpt-5-mini:3")]
pub struct MemberRequestError {
    /// What was written.
    pub text: String,
    /// What is wrong with the model's id.
    #[source]
    pub source: ModelIdError,
}

/// Reads `provider/name` or `provider/name:k`. The ending means k samples only when k is 1–9 and
/// no model has the whole text as its id, which `known` tells.
///
/// # Errors
/// [`MemberRequestError`] when what remains is not a model id.
pub fn parse_member(
    text: &str,
    known: &dyn Fn(&str) -> bool,
) -> Result<MemberRequest, MemberRequestError> {
    let whole = text.trim();
    let (id, samples) = match split_samples(whole) {
        Some((id, samples)) if !known(whole) => (id, samples),
        _ => (whole, 1),
    };
    match id.parse() {
        Ok(model) => Ok(MemberRequest { model, samples }),
        Err(source) => Err(MemberRequestError {
            text: text.to_owned(),
            source,
        }),
    }
}

fn split_samples(text: &str) -> Option<(&str, u8)> {
    let (id, ending) = text.rsplit_once(':')?;
    match ending.as_bytes() {
        [digit] if digit.is_ascii_digit() => {
            Some((id, digit - b'0')).filter(|(_, samples)| SAMPLES.contains(samples))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, u8)>) {
        let known = |id: &str| id == "ollama/phi:3";
        let parsed = parse_member(text, &known).ok();
        let parts = parsed
            .as_ref()
            .map(|member| (member.model.as_str(), member.samples));
        assert_eq!(parts, expected, "{text:?}");
    }

    #[test]
    fn an_ending_of_one_to_nine_means_samples() {
        check("openai/gpt-5", Some(("openai/gpt-5", 1)));
        check("openai/gpt-5:3", Some(("openai/gpt-5", 3)));
        check(" openai/gpt-5:9 ", Some(("openai/gpt-5", 9)));
        check(
            "openrouter/meta/llama:free:2",
            Some(("openrouter/meta/llama:free", 2)),
        );
    }

    #[test]
    fn any_other_ending_belongs_to_the_model() {
        check("ollama/qwen3:8b", Some(("ollama/qwen3:8b", 1)));
        check("openai/gpt-5:0", Some(("openai/gpt-5:0", 1)));
        check("openai/gpt-5:12", Some(("openai/gpt-5:12", 1)));
        check("openai/gpt-5:", Some(("openai/gpt-5:", 1)));
    }

    #[test]
    fn a_known_model_with_the_whole_text_as_id_wins() {
        check("ollama/phi:3", Some(("ollama/phi:3", 1)));
        check("ollama/phi:3:3", Some(("ollama/phi:3", 3)));
    }

    #[test]
    fn what_is_not_a_model_id_is_refused_with_its_cause() {
        for text in ["", "gpt-5", "gpt-5:3", "/x", ":3", "a/:3", "a b/c"] {
            check(text, None);
        }
        let error = parse_member("gpt-5:3", &|_| false).unwrap_err();
        assert!(std::error::Error::source(&error).is_some());
        assert!(error.to_string().contains("gpt-5:3"));
    }
}
