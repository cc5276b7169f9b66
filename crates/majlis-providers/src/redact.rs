//! Known keys, masked wherever text leaves: logs, errors, exports.
//!
//! One list for the whole process, because a log line does not know who has which key. What the
//! person configured is remembered when it is read; a key is never forgotten again, so that one that
//! was just replaced does not appear in a late error either.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};

/// What stands in a text where a key stood.
pub(crate) const MASK: &str = "[key]";

/// Shortest key that is looked for in texts; shorter ones would mask ordinary words.
pub(crate) const MIN_BYTES: usize = 6;

static KNOWN: RwLock<Known> = RwLock::new(Known::new());

struct Known {
    keys: Vec<String>,
    search: Option<AhoCorasick>,
}

impl Known {
    const fn new() -> Self {
        Self {
            keys: Vec::new(),
            search: None,
        }
    }

    fn add(&mut self, key: &str) {
        if key.len() < MIN_BYTES || self.keys.iter().any(|known| known == key) {
            return;
        }
        self.keys.push(key.to_owned());
        // In JSON some characters are written otherwise.
        let quoted = serde_json::Value::from(key).to_string();
        let quoted = quoted.trim_matches('"');
        if quoted != key {
            self.keys.push(quoted.to_owned());
        }
        self.search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&self.keys)
            .ok();
    }

    fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.search {
            Some(search) if search.is_match(text) => {
                let masks = vec![MASK; self.keys.len()];
                Cow::Owned(search.replace_all(text, &masks))
            }
            _ => Cow::Borrowed(text),
        }
    }
}

/// From now on [`redacted`] masks this key.
pub(crate) fn remember(key: &str) {
    KNOWN
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .add(key);
}

/// The text with every known key masked.
pub fn redacted(text: &str) -> Cow<'_, str> {
    KNOWN
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .mask(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[&str], text: &str, expected: &str) {
        let mut known = Known::new();
        for key in keys {
            known.add(key);
        }
        assert_eq!(known.mask(text), expected, "{keys:?} in {text:?}");
    }

    #[test]
    fn every_known_key_is_masked_wherever_it_stands() {
        check(&[], "sk-one-two", "sk-one-two");
        check(&["sk-one-two"], "nothing here", "nothing here");
        check(
            &["sk-one", "sk-other"],
            "Bearer sk-one, x-api-key: sk-other; مفتاح sk-one.",
            "Bearer [key], x-api-key: [key]; مفتاح [key].",
        );
    }

    #[test]
    fn of_two_keys_that_begin_alike_the_longer_is_masked_whole() {
        check(&["sk-one", "sk-one-and-more"], "sk-one-and-more", "[key]");
    }

    #[test]
    fn a_key_is_found_in_json_too() {
        check(
            &["pass\"word\\1"],
            r#"{"key":"pass\"word\\1"}"#,
            r#"{"key":"[key]"}"#,
        );
    }

    #[test]
    fn a_key_as_short_as_a_word_masks_nothing() {
        check(&["test", ""], "a test", "a test");
    }

    #[test]
    fn a_remembered_key_is_masked_in_the_whole_process() {
        remember("sk-remembered-by-this-test");
        assert_eq!(redacted("sk-remembered-by-this-test!"), "[key]!");
    }
}
