//! A question to a model whose answer is data: prompt → schema → parse → one repair.
//!
//! Models wrap JSON in fences and chatter; [`parse`] finds it. What still cannot be read becomes a
//! [`Malformed`] that says why, and [`repair`] puts that to the model once.

use serde::de::DeserializeOwned;

/// Why an answer is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Malformed {
    /// What is wrong, in English, for the model and the person.
    pub what: String,
}

impl Malformed {
    /// Wrong in this way.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

/// Reads the JSON value in an answer.
///
/// # Errors
/// [`Malformed`] when there is none, or when it has another form.
pub fn parse<T: DeserializeOwned>(answer: &str) -> Result<T, Malformed> {
    let json = json_in(answer).ok_or_else(|| Malformed::new("the answer holds no JSON object"))?;
    serde_json::from_str(json)
        .map_err(|error| Malformed::new(format!("the JSON is not of the form asked for: {error}")))
}

/// The first JSON object or array that stands in a text, fenced or bare; `None` when none is whole.
pub fn json_in(answer: &str) -> Option<&str> {
    let starts = answer.match_indices(['{', '[']).map(|(at, _)| at);
    for start in starts.take(MAX_TRIES) {
        if let Some(length) = value_length(&answer[start..])
            && serde_json::from_str::<serde::de::IgnoredAny>(&answer[start..start + length]).is_ok()
        {
            return Some(&answer[start..start + length]);
        }
    }
    None
}

/// So many brackets are tried: each costs a walk through the text, and a text full of brackets is
/// no answer.
const MAX_TRIES: usize = 64;

/// Bytes up to the bracket that closes the one a text begins with.
fn value_length(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// What is said to a model whose answer could not be read.
pub fn repair(malformed: &Malformed) -> String {
    format!(
        "Your last answer could not be used: {malformed}. Answer again with nothing but one JSON \
         object of the form that was asked for."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: Option<&str>) {
        assert_eq!(json_in(answer), expected, "{answer:?}");
    }

    #[test]
    fn the_json_in_an_answer_is_found() {
        check(r#"{"a": 1}"#, Some(r#"{"a": 1}"#));
        check(
            "Sure!\n```json\n{\"a\": [1]}\n```\nDone.",
            Some("{\"a\": [1]}"),
        );
        check(r#"Set {x} is {"a": "}"} here"#, Some(r#"{"a": "}"}"#));
        check(r#"{"a": "\"}"}"#, Some(r#"{"a": "\"}"}"#));
        check("[1, 2]", Some("[1, 2]"));
        check("no json", None);
        check(r#"{"a": 1"#, None);
        check("", None);
        check(&"[".repeat(200_000), None);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let error = parse::<Vec<u8>>("words").unwrap_err();
        assert!(error.to_string().contains("no JSON"), "{error}");
        let error = parse::<Vec<u8>>("[300]").unwrap_err();
        assert!(error.to_string().contains("form"), "{error}");
        assert!(repair(&error).contains("form"));
        assert_eq!(parse::<Vec<u8>>("so: [3]"), Ok(vec![3]));
    }
}
