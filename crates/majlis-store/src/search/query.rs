//! What a person types, as the index understands it.

use majlis_text::words;

use crate::search::SearchRequest;
use crate::search::document::{kind_tag, language_tag, magnitude, magnitude_tag, model_tag};

/// Words of one query at most.
const MAX_WORDS: usize = 32;
/// Bytes of one query at most.
const MAX_BYTES: usize = 4096;
/// Letters from which a word that is still being typed stands for all that begin with it.
const MIN_PREFIX_CHARS: usize = 3;
/// Binary digits of the largest amount that is stored.
const MAX_MAGNITUDE: u32 = 63;

/// Words to look for; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerms {
    words: Vec<String>,
    /// Whether the last word may stand for all that begin with it.
    is_last_prefix: bool,
}

/// Why a text is no query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It has no letter and no digit.
    #[error("there is no word to look for")]
    Empty,
    /// It has more than 32 different words, or more than 4,096 bytes.
    #[error("a search takes at most 32 words")]
    TooLong,
}

impl SearchTerms {
    /// The words of what a person typed. All must be there, in any order. When no text has them,
    /// the last one stands for every word that begins with it, if it has three letters and nothing
    /// follows it: `datab` finds "databases", `datab.` and `datab ` do not.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > MAX_BYTES {
            return Err(QueryError::TooLong);
        }
        let mut found: Vec<String> = Vec::new();
        let mut end = 0;
        for word in words(text) {
            end = word.span.end;
            found.retain(|known| *known != word.text);
            found.push(word.text);
        }
        let last = found.last().ok_or(QueryError::Empty)?;
        if found.len() > MAX_WORDS {
            return Err(QueryError::TooLong);
        }
        let is_last_prefix = end == text.len() && last.chars().count() >= MIN_PREFIX_CHARS;
        Ok(Self {
            words: found,
            is_last_prefix,
        })
    }

    /// The same words, each as it is.
    pub(super) fn whole(&self) -> Self {
        Self {
            words: self.words.clone(),
            is_last_prefix: false,
        }
    }

    /// Whether a word of a text is one of those looked for; which one, by its place.
    pub(super) fn matching(&self, word: &str) -> Option<usize> {
        let last = self.words.len() - 1;
        self.words.iter().enumerate().position(|(place, term)| {
            term == word || self.is_last_prefix && place == last && word.starts_with(term.as_str())
        })
    }
}

/// The request in the index's language. Words hold letters, digits and marks only and stand in
/// quotes; tags are ours.
pub(super) fn expression(request: &SearchRequest) -> String {
    let terms = &request.terms;
    let mut all: Vec<String> = terms.words.iter().map(|word| quoted(word)).collect();
    if let Some(last) = all.last_mut().filter(|_| terms.is_last_prefix) {
        last.push('*');
    }
    all.extend(request.kind.map(kind_tag).as_deref().map(quoted));
    all.extend(request.language.map(language_tag).as_deref().map(quoted));
    all.extend(
        request
            .model
            .as_deref()
            .map(model_tag)
            .as_deref()
            .map(quoted),
    );
    if request.min_cost.is_some() || request.max_cost.is_some() {
        let from = request.min_cost.map_or(0, magnitude);
        let to = request
            .max_cost
            .map_or(MAX_MAGNITUDE, magnitude)
            .min(MAX_MAGNITUDE);
        // A range that holds nothing names a tag that nothing has.
        let tags: Vec<String> = (from..=to.max(from))
            .map(|size| quoted(&magnitude_tag(size)))
            .collect();
        all.push(format!("({})", tags.join(" OR ")));
    }
    all.join(" AND ")
}

fn quoted(token: &str) -> String {
    format!("\"{}\"", token.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use majlis_llm::PicoUsd;
    use majlis_text::Language;

    use super::*;
    use crate::DocumentKind;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, QueryError>) {
        let request = SearchTerms::parse(text).map(|terms| SearchRequest::new(terms, 1));
        let expression = request.as_ref().map(expression);
        assert_eq!(
            expression.as_deref().map_err(|error| **error),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn what_is_typed_becomes_quoted_words() {
        check("Rust", Ok(r#""rust"*"#));
        check("Rust ", Ok(r#""rust""#));
        check("go", Ok(r#""go""#));
        check("الكتاب و Rust.", Ok(r#""كتاب" AND "و" AND "rust""#));
        check("a b A", Ok(r#""b" AND "a""#));
        check(
            r#"words:x" OR * NEAR(a, 2) -b ^c {tags} : "#,
            Ok(r#""words" AND "x" AND "or" AND "near" AND "a" AND "2" AND "b" AND "c" AND "tags""#),
        );
        check("x\0y", Ok(r#""x" AND "y""#));
    }

    #[test]
    fn what_holds_no_word_or_too_many_is_refused() {
        check("", Err(QueryError::Empty));
        check(" \"*:-()؟،…\0 🙂", Err(QueryError::Empty));
        check(&"x".repeat(10_240), Err(QueryError::TooLong));
        let many: Vec<String> = (0..33).map(|number| number.to_string()).collect();
        check(&many.join(" "), Err(QueryError::TooLong));
    }

    #[test]
    fn filters_are_tags_of_the_index() {
        let request = SearchRequest {
            kind: Some(DocumentKind::Answer),
            model: Some("a/b".to_owned()),
            language: Some(Language::Ar),
            min_cost: Some(PicoUsd(4)),
            max_cost: Some(PicoUsd(9)),
            ..SearchRequest::new(SearchTerms::parse("x").unwrap(), 1)
        };
        assert_eq!(
            expression(&request),
            r#""x" AND ":kanswer" AND ":lar" AND ":ma:2fb" AND (":c3" OR ":c4")"#
        );
    }
}
