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
        let alignment = &self.alignment;
        let (first, second) = (&self.first, &self.second);
        let (cover_first, cover_second) = self.cover(0.0);
        let (all_first, all_second) = self.cover(1.0);
        let least = cover_first.min(cover_second);
        let all_least = all_first.min(all_second);
        let turned = flag(first.is_denied != second.is_denied);
        let clean = flag(alignment.first_alone.is_empty() && alignment.second_alone.is_empty());
        let opposite = flag(alignment.opposite > 0);
        let excluding = flag(alignment.excluding > 0);
        let sibling = real(alignment.sibling.min(2)) / 2.0;
        let differing = alignment.opposite
            + alignment.excluding
            + alignment.sibling
            + alignment.narrower
            + alignment.wider;
        let one_for_one = flag(
            differing + alignment.second_alone.len() == 1
                && alignment.first_alone.len() == alignment.second_alone.len(),
        );
        let swapped = flag(alignment.inversions() > 0);
        let cap = |value: f64, most: f64| value.min(most) / most;
        let different = flag(self.numbers == Numbers::Different);
        let values = [
            self.cosine,
            self.cosine * self.cosine,
            cover_second,
            cover_first,
            least,
            all_least,
            second.alone / second.words.max(1.0),
            first.alone / first.words.max(1.0),
            cap(second.alone, 4.0),
            cap(first.alone, 4.0),
            opposite,
            excluding,
            sibling,
            real(alignment.wider.min(2)) / 2.0,
            real(alignment.narrower.min(2)) / 2.0,
            flag(first.is_denied),
            flag(second.is_denied),
            turned,
            turned * least,
            turned * self.cosine,
            flag(first.is_denied && second.is_denied),
            different,
            flag(self.numbers == Numbers::Equal),
            flag(self.numbers == Numbers::OneSided),
            different * all_least,
            self.quantity_clash,
            self.modality_clash,
            opposite * all_least,
            excluding * all_least,
            sibling * all_least,
            opposite * clean,
            excluding * clean,
            sibling * clean,
            self.words,
            self.letters,
            (second.words - first.words) / (second.words + first.words).max(1.0),
            swapped,
            swapped * least,
            cap(second.alone_verbs, 2.0),
            cap(second.alone_nouns, 2.0),
            cap(second.alone_others, 2.0),
            cap(first.alone_verbs, 2.0),
            cap(first.alone_nouns, 2.0),
            cap(first.alone_others, 2.0),
            flag(self.same_start),
            flag(self.is_arabic),
            one_for_one,
            turned * cover_second,
        ];
        #[expect(clippy::cast_possible_truncation, reason = "measures of about -1 to 1")]
        values.map(|value| value as f32)
    }
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
