//! Whether a text speaks well or ill of its subject.
//!
//! English by the VADER lexicon, Arabic by an own word list, both weighed with the meaning as a
//! vector, where there is one, by a small trained head (`docs/model-card.md`).

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use vader_sentimental::SentimentIntensityAnalyzer;

use crate::feature::arabic_stem;
use crate::fold::fold;
use crate::language::{beginning, is_arabic_letter};
use crate::lexicon;

/// Measures beside the vector.
const MEASURES: usize = 12;
/// Values of a vector of the default encoder, for which the head is trained.
const VECTOR: usize = 512;
const HIDDEN: usize = 16;
/// How much the vector's small values are raised before the head.
const SCALE: f32 = 8.0;
/// Bytes of a text that are read.
const MAX_BYTES: usize = 4096;
/// What the lexicon of English must say at least before it counts.
const SURE: f64 = 0.35;

static HEAD: LazyLock<Vec<Vec<f32>>> = LazyLock::new(|| {
    let lines = include_str!("../data/sentiment.txt").lines();
    let rows = lines.filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        line.split(' ')
            .filter_map(|field| field.parse().ok())
            .collect()
    })
    .collect()
});

static ENGLISH: LazyLock<SentimentIntensityAnalyzer<'static>> =
    LazyLock::new(SentimentIntensityAnalyzer::new);

static ARABIC: LazyLock<HashMap<String, f64>> = LazyLock::new(|| {
    let lines = include_str!("../data/feelings_ar.txt").lines();
    lines
        .flat_map(|line| {
            let value = if line.starts_with('+') { 1.0 } else { -1.0 };
            line.split_whitespace()
                .skip(1)
                .map(move |word| (arabic_stem(&fold(word)), value))
        })
        .collect()
});

/// How a text speaks of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// Ill.
    Negative,
    /// Neither, or both alike.
    Neutral,
    /// Well.
    Positive,
}

impl Sentiment {
    /// All three, from ill to well.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    /// Its name as it serialises.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }
}

/// A text read for its sentiment.
#[derive(Debug)]
pub struct SentimentText {
    measures: [f64; MEASURES],
    is_arabic: bool,
}

impl SentimentText {
    /// Reads a text; of a long one the beginning.
    pub fn new(text: &str) -> Self {
        let text = beginning(text, MAX_BYTES);
        let arabic = text.chars().filter(|c| is_arabic_letter(*c)).count();
        let is_arabic = 2 * arabic > text.chars().filter(|c| c.is_alphabetic()).count();
        let english = if is_arabic {
            0.0
        } else {
            ENGLISH.polarity_scores(text).compound
        };
        let words = feelings(text);
        let count = |wanted: &str| {
            f64::from(
                u8::try_from(text.chars().filter(|c| wanted.contains(*c)).take(4).count())
                    .unwrap_or(4),
            ) / 4.0
        };
        let (good, ill) = (words.0.min(4.0) / 4.0, words.1.min(4.0) / 4.0);
        let measures = [
            english,
            english.max(0.0),
            (-english).max(0.0),
            good,
            ill,
            good - ill,
            count("😀😁😂😃😄😊😍😘🥰❤💙💚💛💜🌹👏👍🎉♥🤗😎"),
            count("😠😡😢😭😞😒👎💔🤮😤😔😩🙄"),
            count("!"),
            count("?؟"),
            if text.contains("http") { 1.0 } else { 0.0 },
            f64::from(u8::from(is_arabic)),
        ];
        Self {
            measures,
            is_arabic,
        }
    }

    /// What the head is given with this vector. For training.
    pub fn features(&self, vector: &[f32]) -> Vec<f32> {
        #[expect(clippy::cast_possible_truncation, reason = "measures of -1 to 1")]
        let measures = self.measures.iter().map(|value| *value as f32);
        vector
            .iter()
            .map(|value| value * SCALE)
            .chain(measures)
            .collect()
    }

    /// The likeliest sentiment; `vector` is the text's, from the default encoder. With none, or one
    /// of another length, words alone decide.
    pub fn judge(&self, vector: Option<&[f32]>) -> Sentiment {
        let words = self.measures[0] + self.measures[5];
        let by_words = if words > SURE * 0.5 {
            Sentiment::Positive
        } else if words < -SURE * 0.5 {
            Sentiment::Negative
        } else {
            Sentiment::Neutral
        };
        // The head saw Arabic only: of English it is asked where the lexicon is not sure.
        if !self.is_arabic && self.measures[0].abs() > SURE {
            return by_words;
        }
        let Some(vector) = vector.filter(|vector| vector.len() == VECTOR) else {
            return by_words;
        };
        let shares = scores(&self.features(vector));
        let best = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.and_then(|(place, _)| Sentiment::ALL.get(place).copied())
            .unwrap_or(by_words)
    }
}

/// Words of praise and of blame in an Arabic text; a denial before one turns it round.
fn feelings(text: &str) -> (f64, f64) {
    let folded = fold(text);
    let (mut good, mut ill, mut denied) = (0.0, 0.0, 0_u8);
    for word in folded.unicode_words() {
        if lexicon::is_negation(word) {
            denied = 2;
            continue;
        }
        let value = ARABIC.get(&arabic_stem(word)).copied().unwrap_or(0.0);
        let value = if denied > 0 { -value } else { value };
        denied = denied.saturating_sub(1);
        good += value.max(0.0);
        ill += (-value).max(0.0);
    }
    (good, ill)
}

fn scores(values: &[f32]) -> Vec<f32> {
    let apply = |row: &Vec<f32>, values: &[f32]| {
        let sum: f32 = row
            .iter()
            .zip(values)
            .map(|(weight, value)| weight * value)
            .sum();
        sum + row.get(values.len()).copied().unwrap_or(0.0)
    };
    let hidden: Vec<f32> = HEAD
        .iter()
        .take(HIDDEN)
        .map(|row| apply(row, values).max(0.0))
        .collect();
    HEAD.iter()
        .skip(HIDDEN)
        .map(|row| apply(row, &hidden))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn praise_and_blame_are_told_by_words_alone() {
        for (text, expected) in [
            ("This is a wonderful, well made tool.", Sentiment::Positive),
            ("A terrible and boring waste of time.", Sentiment::Negative),
            ("The meeting is on Monday.", Sentiment::Neutral),
            ("عمل رائع وممتاز", Sentiment::Positive),
            ("خدمة سيئة ومقرفة للأسف", Sentiment::Negative),
            ("", Sentiment::Neutral),
        ] {
            assert_eq!(SentimentText::new(text).judge(None), expected, "{text}");
        }
    }

    #[test]
    fn the_head_is_complete() {
        assert_eq!(HEAD.len(), HIDDEN + 3);
        assert!(
            HEAD.iter()
                .take(HIDDEN)
                .all(|row| row.len() == VECTOR + MEASURES + 1)
        );
        assert_eq!(
            Sentiment::ALL.map(Sentiment::name),
            ["negative", "neutral", "positive"]
        );
    }
}
