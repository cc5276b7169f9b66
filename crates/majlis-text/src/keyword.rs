//! What the answers speak of, in a few words each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use yake_rust::{Config, StopWords, get_n_best};

use crate::Language;
use crate::claim::AnswerClaims;
use crate::language::beginning;

/// Bytes of each answer, and of all in one language, in which keywords are looked for.
const MAX_BYTES: usize = 8192;
const MAX_ALL_BYTES: usize = 32_768;
/// Keywords per language.
const MAX_KEYWORDS: usize = 10;

/// A word, or two that belong together, that the answers turn on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keyword {
    /// As the answers write it.
    pub text: String,
    /// The language of the answers it is from.
    pub language: Language,
    /// YAKE's score: 0 and up, the lower the more it says.
    pub score: f64,
}

/// The keywords of all answers, the best of each language first.
pub(crate) fn keywords<'a>(answers: impl Iterator<Item = &'a AnswerClaims>) -> Vec<Keyword> {
    let mut proses: BTreeMap<Language, Vec<&str>> = BTreeMap::new();
    for answer in answers {
        if let Some(language) = answer.language {
            proses.entry(language).or_default().push(&answer.prose);
        }
    }
    let mut found = Vec::new();
    for (language, mut texts) in proses {
        // The order of the members must not decide.
        texts.sort_unstable();
        let texts: Vec<&str> = texts
            .into_iter()
            .map(|text| beginning(text, MAX_BYTES))
            .collect();
        let text = texts.join("\n");
        let text = beginning(&text, MAX_ALL_BYTES);
        let Some(stop_words) = StopWords::predefined(language.code()) else {
            continue;
        };
        let config = Config {
            ngrams: 2,
            ..Config::default()
        };
        let best = get_n_best(MAX_KEYWORDS, text, &stop_words, &config);
        found.extend(best.into_iter().map(|item| Keyword {
            text: item.raw,
            language,
            score: item.score,
        }));
    }
    found
}
