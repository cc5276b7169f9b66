//! Numbers in statements: what they may be, and what they count.

use crate::Span;
use crate::lexicon;

/// A number, version or year as a statement gives it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number {
    /// What it may be.
    pub(crate) magnitude: Magnitude,
    /// Stems it counts or belongs to; two numbers are compared only when they share one.
    pub(crate) slots: Vec<String>,
    /// Where it stands in the statement, its sign of currency or percent included.
    pub(crate) span: Span,
}

/// What a number may be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Magnitude {
    /// Anything from the first to the second.
    Range(f64, f64),
    /// A version with more than one dot, part by part.
    Version(Vec<u64>),
}

/// How far "about" reaches to both sides.
const ABOUT: f64 = 0.1;

impl Magnitude {
    /// Both cannot be meant at once.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Range(low, high), Self::Range(other_low, other_high)) => {
                low > other_high || other_low > high
            }
            (Self::Version(one), Self::Version(other)) => {
                let shared = one.len().min(other.len());
                one[..shared] != other[..shared]
            }
            (Self::Range(..), Self::Version(..)) | (Self::Version(..), Self::Range(..)) => false,
        }
    }

    /// One range over both.
    pub(crate) fn through(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Range(low, _), Self::Range(_, high)) if low <= high => {
                Some(Self::Range(*low, *high))
            }
            _ => None,
        }
    }

    /// The number as the words before it qualify it ("about", "at least").
    pub(crate) fn qualified(self, qualifier: Qualifier) -> Self {
        match (self, qualifier) {
            (Self::Range(low, high), Qualifier::About) => {
                let (low_slack, high_slack) = (low.abs() * ABOUT, high.abs() * ABOUT);
                Self::Range(low - low_slack, high + high_slack)
            }
            (Self::Range(low, _), Qualifier::AtLeast) => Self::Range(low, f64::INFINITY),
            (Self::Range(_, high), Qualifier::AtMost) => Self::Range(f64::NEG_INFINITY, high),
            (magnitude, _) => magnitude,
        }
    }
}

/// What words before a number make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Qualifier {
    /// The number itself.
    Exactly,
    /// Somewhere near it.
    About,
    /// It or more.
    AtLeast,
    /// It or less.
    AtMost,
}

/// What the folded words before a number, nearest last, make of it.
pub(crate) fn qualifier(before: &[&str]) -> Qualifier {
    let last = before.last().copied().unwrap_or_default();
    let last_two = before
        .get(before.len().saturating_sub(2)..)
        .unwrap_or_default()
        .join(" ");
    let is_in = |list: &[&str]| list.contains(&last) || list.contains(&last_two.as_str());
    if is_in(&[
        "about",
        "around",
        "roughly",
        "approximately",
        "approx",
        "nearly",
        "almost",
        "circa",
        "some",
        "حوالي",
        "نحو",
        "تقريبا",
        "قرابه",
    ]) {
        Qualifier::About
    } else if is_in(&[
        "over",
        "above",
        "beyond",
        "more than",
        "at least",
        "minimum",
        "from",
        "اكثر من",
        "فوق",
        "علي الاقل",
    ]) {
        Qualifier::AtLeast
    } else if is_in(&[
        "under",
        "below",
        "up to",
        "less than",
        "at most",
        "fewer than",
        "within",
        "maximum",
        "اقل من",
        "دون",
        "حتي",
        "تحت",
    ]) {
        Qualifier::AtMost
    } else {
        Qualifier::Exactly
    }
}

/// Years that are taken for such where nothing else is counted.
const YEARS: std::ops::RangeInclusive<f64> = 1500.0..=2100.0;

/// Brings a number with a unit of time, length or bytes to the smallest one, so that minutes can be
/// held against seconds; a whole number that counts nothing may be a year.
pub(crate) fn measured(magnitude: Magnitude, mut slots: Vec<String>) -> (Magnitude, Vec<String>) {
    let Magnitude::Range(low, high) = magnitude else {
        return (magnitude, slots);
    };
    let unit = slots.first().and_then(|slot| {
        let known = lexicon::MEASURES.iter();
        known.copied().find(|(unit, _, _)| unit == slot)
    });
    if let Some((_, measure, factor)) = unit {
        return (
            Magnitude::Range(low * factor, high * factor),
            vec![measure.to_owned()],
        );
    }
    let counts_nothing = slots.iter().all(|slot| slot.ends_with(':'));
    if counts_nothing && low.fract() == 0.0 && YEARS.contains(&low) {
        slots.push(lexicon::YEAR.to_owned());
    }
    (magnitude, slots)
}

/// Reads a folded word as a number and the letters stuck to its end (`16gb` → 16, `gb`); `None`
/// when it does not begin with a digit, or is an ordinal.
pub(crate) fn read(word: &str) -> Option<(Magnitude, &str)> {
    let word = match word.strip_prefix('v') {
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => version,
        _ => word,
    };
    let length = word
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '٬')))
        .unwrap_or(word.len());
    let (digits, rest) = word.split_at(length);
    let digits = digits.trim_end_matches(['.', ',', '٬']);
    if !digits.starts_with(|c: char| c.is_ascii_digit())
        || matches!(rest, "st" | "nd" | "rd" | "th" | "s")
    {
        return None;
    }
    let digits = plain_digits(digits);
    if digits.matches('.').count() > 1 {
        let parts = digits
            .split('.')
            .map(|part| part.parse().ok())
            .collect::<Option<Vec<u64>>>()?;
        return Some((Magnitude::Version(parts), rest));
    }
    let value: f64 = digits
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())?;
    let (factor, rest) = match multiplier(rest) {
        Some(factor) => (factor, ""),
        None => (1.0, rest),
    };
    Some((Magnitude::Range(value * factor, value * factor), rest))
}

/// Reads a folded word that spells a number.
pub(crate) fn read_word(word: &str) -> Option<Magnitude> {
    let value = lexicon::NUMBER_WORDS
        .iter()
        .find(|(name, _)| *name == word)?
        .1;
    Some(Magnitude::Range(value, value))
}

/// What a folded word after a number multiplies it by.
pub(crate) fn multiplier(word: &str) -> Option<f64> {
    lexicon::MULTIPLIERS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, factor)| *factor)
}

/// Takes out thousands separators: commas between groups of three. Another comma is a decimal
/// point.
fn plain_digits(digits: &str) -> String {
    let digits = digits.replace('٬', ",");
    let groups: Vec<&str> = digits
        .split('.')
        .next()
        .unwrap_or_default()
        .split(',')
        .collect();
    let is_grouped = groups.len() > 1
        && groups[1..].iter().all(|group| group.len() == 3)
        && groups[0].len() <= 3;
    if is_grouped {
        digits.replace(',', "")
    } else {
        digits.replace(',', ".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: Option<&(Magnitude, &str)>) {
        assert_eq!(read(word).as_ref(), expected, "{word}");
    }

    fn exactly(value: f64) -> Magnitude {
        Magnitude::Range(value, value)
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        check("15", Some(&(exactly(15.0), "")));
        check("3.5", Some(&(exactly(3.5), "")));
        check("3,5", Some(&(exactly(3.5), "")));
        check("10,000", Some(&(exactly(10_000.0), "")));
        check("1,000.5", Some(&(exactly(1000.5), "")));
        check("10k", Some(&(exactly(10_000.0), "")));
        check("16gb", Some(&(exactly(16.0), "gb")));
        check("3.35.1", Some(&(Magnitude::Version(vec![3, 35, 1]), "")));
        check("v16", Some(&(exactly(16.0), "")));
        for word in ["", "x86", "1st", "90s", "v", "sqlite3", "..."] {
            check(word, None);
        }
        assert_eq!(read_word("خمسه"), Some(exactly(5.0)));
        assert_eq!(read_word("one"), None);
    }

    #[test]
    fn numbers_exclude_each_other_only_when_no_reading_fits_both() {
        let about = |value| exactly(value).qualified(Qualifier::About);
        for (one, other, expected) in [
            (exactly(5.0), exactly(5.0), false),
            (exactly(5.0), exactly(6.0), true),
            (about(100.0), exactly(95.0), false),
            (about(100.0), exactly(50.0), true),
            (
                exactly(100.0).qualified(Qualifier::AtLeast),
                exactly(500.0),
                false,
            ),
            (
                exactly(100.0).qualified(Qualifier::AtMost),
                exactly(500.0),
                true,
            ),
            (Magnitude::Range(5.0, 10.0), exactly(7.0), false),
            (
                Magnitude::Version(vec![3, 35]),
                Magnitude::Version(vec![3, 35, 4]),
                false,
            ),
            (
                Magnitude::Version(vec![3, 35, 1]),
                Magnitude::Version(vec![3, 36, 0]),
                true,
            ),
            (Magnitude::Version(vec![3, 35, 1]), exactly(3.0), false),
        ] {
            assert_eq!(one.excludes(&other), expected, "{one:?} {other:?}");
            assert_eq!(other.excludes(&one), expected, "{other:?} {one:?}");
        }
    }

    #[test]
    fn words_before_a_number_say_how_exact_it_is() {
        assert_eq!(qualifier(&["costs", "about"]), Qualifier::About);
        assert_eq!(qualifier(&["more", "than"]), Qualifier::AtLeast);
        assert_eq!(qualifier(&["up", "to"]), Qualifier::AtMost);
        assert_eq!(qualifier(&["costs"]), Qualifier::Exactly);
        assert_eq!(qualifier(&[]), Qualifier::Exactly);
    }
}
