//! What is counted of two aligned statements.

use super::alignment::Alignment;
use super::reading::{Modality, Quantity, Reading};
use crate::similarity::dice;

/// How many measures the head is given.
pub const FEATURES: usize = 48;

/// Everything that is counted of a pair.
#[derive(Debug)]
pub(super) struct Measures {
    alignment: Alignment,
    first: Counts,
    second: Counts,
    cosine: f64,
    has_cosine: bool,
    letters: f64,
    words: f64,
    is_arabic: bool,
    numbers: Numbers,
    quantity_clash: f64,
    modality_clash: f64,
    sounds: Option<f64>,
    same_start: bool,
}

/// Counts of one statement.
#[derive(Debug)]
struct Counts {
    words: f64,
    alone: f64,
    alone_verbs: f64,
    alone_nouns: f64,
    alone_others: f64,
    is_denied: bool,
}

/// How the numbers of two statements lie.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Numbers {
    None,
    Equal,
    Different,
    OneSided,
}

impl Measures {
    pub(super) fn new(first: &Reading, second: &Reading, cosine: Option<f64>) -> Self {
        let alignment = Alignment::new(first, second);
        let letters = dice(&first.trigrams, &second.trigrams);
        let words = overlap(&first.all, &second.all);
        let is_mixed = first.is_arabic != second.is_arabic;
        Self {
            first: Counts::new(first, &alignment.first_alone),
            second: Counts::new(second, &alignment.second_alone),
            // Without vectors the letters stand for them.
            cosine: cosine.unwrap_or(if is_mixed { 0.5 } else { 0.2 + 0.75 * letters }),
            has_cosine: cosine.is_some(),
            letters,
            words,
            is_arabic: first.is_arabic,
            numbers: Numbers::new(&first.numbers, &second.numbers),
            quantity_clash: quantity_clash(first.quantity, second.quantity),
            modality_clash: match (first.modality, second.modality) {
                (Some(Modality::Must), Some(Modality::May))
                | (Some(Modality::May), Some(Modality::Must)) => 1.0,
                (None, None) => 0.0,
                (one, other) if one == other => 0.0,
                _ => 0.5,
            },
            sounds: is_mixed.then(|| sounds(first, second)),
            same_start: first.words.first().map(|word| &word.base)
                == second.words.first().map(|word| &word.base),
            alignment,
        }
    }

    /// Share of the second's words that the first holds, and the other way round; opposites and
    /// excluding words count as answered with `clashes`.
    fn cover(&self, clashes: f64) -> (f64, f64) {
        let alignment = &self.alignment;
        let clash = clashes * real(alignment.opposite + alignment.excluding + alignment.sibling);
        let same = real(alignment.same);
        let second = (same + real(alignment.wider) + clash) / self.second.words.max(1.0);
        let first = (same + real(alignment.narrower) + clash) / self.first.words.max(1.0);
        (first.min(1.0), second.min(1.0))
    }

    /// See [`super::PairReading::similarity`].
    pub(super) fn similarity(&self) -> f64 {
        let cosine = self.cosine.clamp(0.0, 1.0);
        if let Some(sounds) = self.sounds {
            return (0.93 * cosine + 0.07 * sounds).clamp(0.0, 1.0);
        }
        let alignment = &self.alignment;
        let half = real(alignment.wider + alignment.narrower);
        let kin = real(alignment.sibling + alignment.opposite + alignment.excluding);
        let shared = real(alignment.same) + 0.7 * half + 0.3 * kin;
        let words = (2.0 * shared / (self.first.words + self.second.words).max(1.0)).min(1.0);
        let mut similarity = if self.has_cosine {
            0.62 * cosine + 0.2 * words + 0.1 * self.letters + 0.08 * self.words
        } else {
            0.5 * words + 0.3 * self.letters + 0.2 * self.words
        };
        if self.numbers == Numbers::Different {
            similarity *= 0.88;
        }
        if self.first.is_denied != self.second.is_denied {
            similarity *= 0.92;
        }
        similarity.clamp(0.0, 1.0)
    }

    /// Something in the words contradicts: a denial of what is shared, opposites, words or numbers
    /// that exclude each other, another quantity or duty.
    pub(super) fn has_evidence(&self) -> bool {
        let alignment = &self.alignment;
        let (first, second) = self.cover(1.0);
        let shared = first.max(second);
        let turned = self.first.is_denied != self.second.is_denied && shared >= 0.5;
        turned
            || alignment.opposite + alignment.excluding + alignment.sibling > 0
            || self.numbers == Numbers::Different
            || self.quantity_clash > 0.5
            || self.modality_clash > 0.0
    }

    /// See [`super::PairReading::features`].
    pub(super) fn features(&self) -> [f32; FEATURES] {
        let shared = self.shared();
        let (opposite, excluding, sibling) = (
            flag(self.alignment.opposite > 0),
            flag(self.alignment.excluding > 0),
            real(self.alignment.sibling.min(2)) / 2.0,
        );
        let values: [&[f64]; 11] = [
            &self.of_cover(&shared),
            &self.of_words_alone(),
            &[opposite, excluding, sibling],
            &[
                real(self.alignment.wider.min(2)) / 2.0,
                real(self.alignment.narrower.min(2)) / 2.0,
            ],
            &self.of_denials(&shared),
            &self.of_clashes(&shared),
            &[opposite, excluding, sibling].map(|kind| kind * shared.all_least),
            &[opposite, excluding, sibling].map(|kind| kind * shared.is_clean),
            &self.of_form(&shared),
            &self.of_kinds_alone(),
            &self.of_place(&shared),
        ];
        let mut features = [0.0_f32; FEATURES];
        for (feature, value) in features.iter_mut().zip(values.into_iter().flatten()) {
            #[expect(clippy::cast_possible_truncation, reason = "measures of about -1 to 1")]
            let value = *value as f32;
            *feature = value;
        }
        features
    }

    fn shared(&self) -> Shared {
        let (first, second) = self.cover(0.0);
        let (all_first, all_second) = self.cover(1.0);
        let alignment = &self.alignment;
        Shared {
            first,
            second,
            least: first.min(second),
            all_least: all_first.min(all_second),
            is_turned: flag(self.first.is_denied != self.second.is_denied),
            is_clean: flag(alignment.first_alone.is_empty() && alignment.second_alone.is_empty()),
        }
    }

    fn of_cover(&self, shared: &Shared) -> [f64; 6] {
        let Shared { first, second, .. } = *shared;
        let squared = self.cosine * self.cosine;
        [
            self.cosine,
            squared,
            second,
            first,
            shared.least,
            shared.all_least,
        ]
    }

    fn of_words_alone(&self) -> [f64; 4] {
        let (first, second) = (&self.first, &self.second);
        [
            second.alone / second.words.max(1.0),
            first.alone / first.words.max(1.0),
            capped(second.alone, 4.0),
            capped(first.alone, 4.0),
        ]
    }

    fn of_denials(&self, shared: &Shared) -> [f64; 6] {
        let (first, second) = (self.first.is_denied, self.second.is_denied);
        [
            flag(first),
            flag(second),
            shared.is_turned,
            shared.is_turned * shared.least,
            shared.is_turned * self.cosine,
            flag(first && second),
        ]
    }

    fn of_clashes(&self, shared: &Shared) -> [f64; 6] {
        let different = flag(self.numbers == Numbers::Different);
        [
            different,
            flag(self.numbers == Numbers::Equal),
            flag(self.numbers == Numbers::OneSided),
            different * shared.all_least,
            self.quantity_clash,
            self.modality_clash,
        ]
    }

    fn of_form(&self, shared: &Shared) -> [f64; 5] {
        let (first, second) = (self.first.words, self.second.words);
        let swapped = flag(self.alignment.inversions() > 0);
        [
            self.words,
            self.letters,
            (second - first) / (second + first).max(1.0),
            swapped,
            swapped * shared.least,
        ]
    }

    fn of_kinds_alone(&self) -> [f64; 6] {
        [
            self.second.alone_verbs,
            self.second.alone_nouns,
            self.second.alone_others,
            self.first.alone_verbs,
            self.first.alone_nouns,
            self.first.alone_others,
        ]
        .map(|count| capped(count, 2.0))
    }

    fn of_place(&self, shared: &Shared) -> [f64; 4] {
        let alignment = &self.alignment;
        let differing = alignment.opposite
            + alignment.excluding
            + alignment.sibling
            + alignment.narrower
            + alignment.wider;
        let one_for_one = differing + alignment.second_alone.len() == 1
            && alignment.first_alone.len() == alignment.second_alone.len();
        [
            flag(self.same_start),
            flag(self.is_arabic),
            flag(one_for_one),
            shared.is_turned * shared.second,
        ]
    }
}

/// What several features are made of: shares of words answered, alone (`least`) and with those that
/// clash (`all_least`).
struct Shared {
    first: f64,
    second: f64,
    least: f64,
    all_least: f64,
    is_turned: f64,
    is_clean: f64,
}

fn capped(count: f64, most: f64) -> f64 {
    count.min(most) / most
}

impl Counts {
    fn new(reading: &Reading, alone: &[usize]) -> Self {
        let words = || alone.iter().filter_map(|place| reading.words.get(*place));
        let verbs = words().filter(|word| word.is_verb).count();
        let nouns = words().filter(|word| word.is_noun && !word.is_verb).count();
        Self {
            words: real(reading.words.len()),
            alone: real(alone.len()),
            alone_verbs: real(verbs),
            alone_nouns: real(nouns),
            alone_others: real(alone.len().saturating_sub(verbs + nouns)),
            is_denied: reading.denials > 0,
        }
    }
}

impl Numbers {
    fn new(first: &[f64], second: &[f64]) -> Self {
        let has =
            |list: &[f64], wanted: &f64| list.iter().any(|value| (value - wanted).abs() < 1e-9);
        match (first.is_empty(), second.is_empty()) {
            (true, true) => Self::None,
            (false, false) => {
                let fits = second.iter().all(|value| has(first, value))
                    || first.iter().all(|value| has(second, value));
                if fits { Self::Equal } else { Self::Different }
            }
            _ => Self::OneSided,
        }
    }
}

fn quantity_clash(first: Option<Quantity>, second: Option<Quantity>) -> f64 {
    match (first, second) {
        (Some(one), Some(other)) if one == other => 0.0,
        (Some(Quantity::All | Quantity::Most), Some(Quantity::Few))
        | (Some(Quantity::Few), Some(Quantity::All | Quantity::Most)) => 1.0,
        (Some(Quantity::Some), Some(Quantity::All)) => 0.6,
        (Some(_), Some(_)) => 0.3,
        _ => 0.0,
    }
}

/// Twice the shared over all words, each once.
fn overlap(first: &[String], second: &[String]) -> f64 {
    let shared = first.iter().filter(|word| second.contains(word)).count();
    let back = second.iter().filter(|word| first.contains(word)).count();
    real(shared + back) / real(first.len() + second.len()).max(1.0)
}

/// Share of long-sounding words of the shorter statement that the other one has too, over scripts.
fn sounds(first: &Reading, second: &Reading) -> f64 {
    let long = |reading: &Reading| {
        reading
            .sounds
            .iter()
            .filter(|sound| sound.len() >= 3)
            .cloned()
            .collect::<Vec<_>>()
    };
    let (one, other) = (long(first), long(second));
    let shared = one.iter().filter(|sound| other.contains(sound)).count();
    let numbers = match Numbers::new(&first.numbers, &second.numbers) {
        Numbers::Equal => 1.0,
        _ => 0.0,
    };
    (0.6 * (real(shared) / 2.0).min(1.0) + 0.4 * numbers).min(1.0)
}

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

fn real(count: usize) -> f64 {
    crate::agreement::as_real(count)
}
