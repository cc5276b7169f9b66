//! Learning from a refusal which member of the request a model does not take.

use majlis_llm::{ErrorKind, ProviderError};
use serde_json::Value;

use crate::codec::{BodyHints, OutputLimitField, Quirks, SystemRole};

/// Members that may be left out, as dotted paths: none of them changes what is asked. Stop texts,
/// tools and the limit of the answer (which bounds the cost) are never dropped silently.
const OPTIONAL: &[&str] = &[
    "temperature",
    "top_p",
    "seed",
    "random_seed",
    "stream_options",
    "response_format",
    "text",
    "output_config",
    "format",
    "generationConfig.temperature",
    "generationConfig.topP",
    "generationConfig.seed",
    "generationConfig.responseMimeType",
    "generationConfig.responseJsonSchema",
    "options.temperature",
    "options.top_p",
    "options.seed",
];

/// How providers say that a member, and not its value, is the trouble.
const REFUSALS: &[&str] = &[
    "unsupported",
    "not support",
    "unrecognized",
    "unknown",
    "not permitted",
    "not allowed",
    "not enabled",
    "unexpected",
    "deprecated",
    "cannot both",
    "only the default",
    "extra field",
];

/// The quirks with which to ask once more; `None` when the refusal names nothing that can be left
/// out. `body` is what was sent.
pub(super) fn adapt(
    quirks: &Quirks,
    body: &Value,
    error: &ProviderError,
    hints: &BodyHints,
) -> Option<Quirks> {
    let is_refusal = REFUSALS.iter().any(|word| hints.said.contains(word));
    if error.kind != ErrorKind::Invalid || !matches!(error.status, Some(400 | 422)) || !is_refusal {
        return None;
    }
    let parameter = hints.parameter.as_deref().unwrap_or_default();
    let names = |name: &str| parameter == name || holds_word(&hints.said, &name.to_lowercase());
    let mut adapted = quirks.clone();
    if body.get("max_tokens").is_some() && names("max_tokens") {
        adapted.output_limit = OutputLimitField::MaxCompletionTokens;
    } else if body.get("max_completion_tokens").is_some() && names("max_completion_tokens") {
        adapted.output_limit = OutputLimitField::MaxTokens;
    } else if is_about_role(parameter, &hints.said) {
        adapted.system_role = SystemRole::InFirstUserTurn;
    } else {
        let sent = |path: &&&str| {
            body.pointer(&format!("/{}", path.replace('.', "/")))
                .is_some()
        };
        let leaf = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
        // With two names in one sentence ("temperature and top_p cannot both …") the last one goes.
        let path = OPTIONAL
            .iter()
            .filter(sent)
            .rfind(|path| names(&leaf(path)))?;
        adapted.omitted.insert((*path).to_owned());
    }
    (adapted != *quirks).then_some(adapted)
}

fn is_about_role(parameter: &str, said: &str) -> bool {
    parameter.rsplit('.').next() == Some("role")
        || [
            "'system'",
            "system role",
            "role system",
            "developer instruction",
            "system instruction",
        ]
        .iter()
        .any(|word| said.contains(word))
}

/// `word` stands in `text` on its own, not as a part of a longer name.
fn holds_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::codec::body_hints;

    fn learned(message: &str, parameter: Option<&str>) -> Option<Quirks> {
        let sent = json!({
            "max_tokens": 5, "temperature": 0.2, "top_p": 0.5, "seed": 1, "tools": [], "stop": [],
            "stream_options": {}, "options": {"seed": 1}, "generationConfig": {"topP": 0.5},
        });
        let body = json!({"error": {"message": message, "param": parameter}}).to_string();
        let error = ProviderError {
            status: Some(400),
            ..ProviderError::new(ErrorKind::Invalid, message)
        };
        adapt(
            &Quirks::default(),
            &sent,
            &error,
            &body_hints(body.as_bytes()),
        )
    }

    #[track_caller]
    fn check(message: &str, parameter: Option<&str>, omitted: Option<&str>) {
        let quirks = learned(message, parameter);
        let found = quirks
            .as_ref()
            .and_then(|quirks| quirks.omitted.first().map(String::as_str));
        assert_eq!(found, omitted, "{message}");
    }

    #[test]
    fn a_member_that_is_named_is_left_out() {
        check(
            "Unsupported value: 'temperature' does not support 0.2",
            Some("temperature"),
            Some("temperature"),
        );
        check(
            "seed: Extra inputs are not permitted",
            None,
            Some("options.seed"),
        );
        check(
            "`temperature` and `top_p` cannot both be specified",
            None,
            Some("top_p"),
        );
        check(
            "Unknown name \"topP\" is not allowed",
            None,
            Some("generationConfig.topP"),
        );
        check(
            "Unrecognized request argument supplied: stream_options",
            None,
            Some("stream_options"),
        );
    }

    #[test]
    fn a_wrong_value_is_no_refused_member() {
        check(
            "temperature must be between 0 and 2",
            Some("temperature"),
            None,
        );
        assert_eq!(
            learned(
                "max_tokens is too large: this model allows 4096",
                Some("max_tokens")
            ),
            None
        );
        assert_eq!(learned("tools are not supported", None), None);
        assert_eq!(
            learned("stop is not supported with this model", Some("stop")),
            None
        );
    }

    #[test]
    fn limit_and_role_move_to_where_the_model_takes_them() {
        let message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
        let quirks = learned(message, Some("max_tokens")).unwrap();
        assert_eq!(quirks.output_limit, OutputLimitField::MaxCompletionTokens);
        let message =
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.";
        let quirks = learned(message, Some("messages[0].role")).unwrap();
        assert_eq!(quirks.system_role, SystemRole::InFirstUserTurn);
    }
}
