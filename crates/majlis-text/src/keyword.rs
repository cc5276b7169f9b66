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
    let mut proses: BTreeMap<Language, Vec<String>> = BTreeMap::new();
    for answer in answers {
        for (language, text) in by_language(answer) {
            proses.entry(language).or_default().push(text);
        }
    }
    let texts = proses.into_iter();
    texts
        .flat_map(|(language, texts)| of_language(language, texts))
        .collect()
}

/// What an answer states in each language; one may quote or mix in another.
fn by_language(answer: &AnswerClaims) -> BTreeMap<Language, String> {
    let mut texts: BTreeMap<Language, String> = BTreeMap::new();
    for claim in &answer.claims {
        let Some(language) = claim.language.or(answer.language) else {
            continue;
        };
        let text = texts.entry(language).or_default();
        if text.len() < MAX_BYTES {
            text.push_str(&claim.text);
            text.push('\n');
        }
    }
    texts
}

fn of_language(language: Language, mut texts: Vec<String>) -> Vec<Keyword> {
    let Some(stop_words) = StopWords::predefined(language.code()) else {
        return Vec::new();
    };
    // The order of the members must not decide.
    texts.sort_unstable();
    let text = texts.concat();
    let config = Config {
        ngrams: 2,
        ..Config::default()
    };
    // More than are shown: YAKE's sums end differently from run to run, and what is rounded to a tie
    // is decided by the text.
    let text = beginning(&text, MAX_ALL_BYTES);
    let best = get_n_best(3 * MAX_KEYWORDS, text, &stop_words, &config);
    let keyword = |text: String, score: f64| Keyword {
        text,
        language,
        score: (score * 1e6).round() / 1e6,
    };
    let mut found: Vec<Keyword> = best
        .into_iter()
        .map(|item| keyword(item.raw, item.score))
        .collect();
    found.sort_by(|one, other| {
        let by_score = one.score.total_cmp(&other.score);
        by_score.then_with(|| one.text.cmp(&other.text))
    });
    found.truncate(MAX_KEYWORDS);
    found
}
