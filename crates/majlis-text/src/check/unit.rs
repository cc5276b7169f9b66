//! Conversions between units that do not hold.

use unicode_segmentation::UnicodeSegmentation;

use super::{CheckKind, Failure};
use crate::Span;
use crate::fold::fold;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Length,
    Mass,
    Time,
    Bytes,
    Temperature,
}

/// A unit by its folded names, and how much of the dimension's first one it is. Sources: the SI
/// brochure (9th edition) and, for feet, pounds and their kin, the international yard and pound
/// agreement of 1959.
struct Unit {
    names: &'static [&'static str],
    dimension: Dimension,
    factor: f64,
    /// Where its zero lies, in the dimension's first unit.
    zero: f64,
}

const fn unit(names: &'static [&'static str], dimension: Dimension, factor: f64) -> Unit {
    Unit {
        names,
        dimension,
        factor,
        zero: 0.0,
    }
}

use Dimension::{Bytes, Length, Mass, Temperature, Time};

const UNITS: [Unit; 34] = [
    unit(&["m", "meter", "metre", "متر"], Length, 1.0),
    unit(&["mm", "millimeter", "millimetre", "مليمتر"], Length, 1e-3),
    unit(&["cm", "centimeter", "centimetre", "سنتيمتر"], Length, 1e-2),
    unit(&["km", "kilometer", "kilometre", "كيلومتر"], Length, 1e3),
    unit(&["inch", "inche", "بوصه"], Length, 0.0254),
    unit(&["ft", "foot", "feet", "قدم"], Length, 0.3048),
    unit(&["yd", "yard", "يارده"], Length, 0.9144),
    unit(&["mi", "mile", "ميل"], Length, 1_609.344),
    unit(&["kg", "kilogram", "كيلوغرام", "كيلوجرام"], Mass, 1.0),
    unit(&["g", "gram", "غرام", "جرام"], Mass, 1e-3),
    unit(&["mg", "milligram", "مليغرام"], Mass, 1e-6),
    unit(&["tonne", "طن"], Mass, 1e3),
    unit(&["lb", "pound"], Mass, 0.453_592_37),
    unit(&["oz", "ounce"], Mass, 0.028_349_523_125),
    unit(&["s", "sec", "second", "ثانيه", "ثوان"], Time, 1.0),
    unit(&["ms", "millisecond"], Time, 1e-3),
    unit(&["µs", "μs", "microsecond"], Time, 1e-6),
    unit(&["ns", "nanosecond"], Time, 1e-9),
    unit(&["min", "minute", "دقيقه", "دقائق"], Time, 60.0),
    unit(&["h", "hour", "ساعه", "ساعات"], Time, 3_600.0),
    unit(&["day", "يوم", "ايام", "يوما"], Time, 86_400.0),
    unit(&["week", "اسبوع", "اسابيع"], Time, 604_800.0),
    unit(&["byte", "بايت"], Bytes, 1.0),
    unit(&["kb", "kilobyte", "كيلوبايت"], Bytes, 1e3),
    unit(&["mb", "megabyte", "ميغابايت"], Bytes, 1e6),
    unit(&["gb", "gigabyte", "غيغابايت"], Bytes, 1e9),
    unit(&["tb", "terabyte", "تيرابايت"], Bytes, 1e12),
    unit(&["kib"], Bytes, 1_024.0),
    unit(&["mib"], Bytes, 1_048_576.0),
    unit(&["gib"], Bytes, 1_073_741_824.0),
    unit(&["tib"], Bytes, 1_099_511_627_776.0),
    unit(&["k", "kelvin", "كلفن"], Temperature, 1.0),
    Unit {
        names: &["c", "celsius", "مئويه"],
        dimension: Temperature,
        factor: 1.0,
        zero: 273.15,
    },
    Unit {
        names: &["f", "fahrenheit", "فهرنهايت"],
        dimension: Temperature,
        factor: 5.0 / 9.0,
        zero: 459.67 * 5.0 / 9.0,
    },
];

/// What a thousand is to bytes: to some, a kilobyte is 1,024 of them.
const BINARY: f64 = 1_024.0 / 1_000.0;
/// By how much a conversion may miss, and one that says it is rough.
const TOLERANCE: f64 = 0.01;
const ROUGH_TOLERANCE: f64 = 0.1;
/// Folded words between two quantities that are the same.
const EQUALS: &[&str] = &["equals", "equal", "يساوي", "تساوي", "يعادل", "تعادل"];
/// Words of the same meaning where nothing else is said in the sentence.
const IS: &[&str] = &["is", "are", "has", "have", "contains", "makes"];
const ROUGHLY: &[&str] = &[
    "about",
    "approximately",
    "around",
    "roughly",
    "nearly",
    "circa",
    "حوالي",
    "نحو",
    "تقريبا",
];
/// Words that neither quantity nor sign is made of.
const FILLERS: &[&str] = &[
    "is", "are", "to", "exactly", "just", "only", "the", "there", "هو", "هي",
];
const DEGREES: &[&str] = &["degree", "degrees", "درجه"];

/// A word with its place, and the signs before it.
struct Token<'a> {
    word: String,
    start: usize,
    end: usize,
    gap: &'a str,
}

/// So much of a unit.
struct Quantity {
    value: f64,
    /// Digits behind the point.
    places: usize,
    unit: &'static Unit,
    name: String,
    start: usize,
    end: usize,
    /// The token behind it.
    next: usize,
}

/// The conversions of a text that do not hold.
pub(super) fn check(text: &str) -> Vec<Failure> {
    let mut end = 0;
    let tokens: Vec<Token<'_>> = text
        .unicode_word_indices()
        .map(|(start, word)| {
            let gap = &text[end..start];
            end = start + word.len();
            let word = fold(word);
            Token {
                word,
                start,
                end,
                gap,
            }
        })
        .collect();
    (0..tokens.len())
        .filter_map(|index| check_at(&tokens, index))
        .collect()
}

fn check_at(tokens: &[Token<'_>], index: usize) -> Option<Failure> {
    let left = quantity(tokens, index)?;
    let (after, is_rough, is_said) = sign(tokens, left.next)?;
    let right = quantity(tokens, after)?;
    let is_whole = index == 0 && right.next == tokens.len();
    if !(is_said || is_whole) || continues(tokens, &right) {
        return None;
    }
    is_wrong(&left, &right, is_rough).then(|| Failure {
        kind: CheckKind::Unit,
        span: Span {
            start: left.start,
            end: right.end,
        },
        expected: format!("{} {}", written(converted(&left, right.unit)), right.name),
    })
}

/// A quantity goes on where another follows: "= 1 h 30 min", "= 3 km + 2 m", "= 5 m/s".
fn continues(tokens: &[Token<'_>], right: &Quantity) -> bool {
    tokens.get(right.next).is_some_and(|token| {
        let is_number = token.word.starts_with(|c: char| c.is_ascii_digit());
        let is_bound = token
            .gap
            .contains(['+', '-', '−', '/', '*', '×', '²', '³', '^']);
        is_number || is_bound || ["and", "per", "plus", "or"].contains(&token.word.as_str())
    })
}

/// "5 km", "5km", "100 °C", "100 degrees Celsius", "an hour".
fn quantity(tokens: &[Token<'_>], index: usize) -> Option<Quantity> {
    let first = tokens.get(index)?;
    let is_bound = first.gap.ends_with(|c: char| "+-−–/*×^".contains(c));
    if is_bound {
        return None;
    }
    let (value, places, stuck) = match first.word.as_str() {
        "a" | "an" | "one" => (1.0, 0, ""),
        word => number(word)?,
    };
    let is_article = !first.word.starts_with(|c: char| c.is_ascii_digit());
    let mut at = if stuck.is_empty() { index + 1 } else { index };
    let mut is_degree = false;
    if stuck.is_empty() && DEGREES.contains(&tokens.get(at)?.word.as_str()) {
        is_degree = true;
        at += 1;
    }
    let token = tokens.get(at)?;
    let name = if stuck.is_empty() {
        token.word.as_str()
    } else {
        stuck
    };
    let is_apart = at == index || token.gap.chars().all(|c| c == ' ' || c == '°');
    let unit = named(name).filter(|_| is_apart)?;
    is_degree |= token.gap.contains('°');
    // "a m", "5 c": letters, not units.
    let is_letter = name.len() == 1 && unit.dimension == Temperature && !is_degree;
    if is_letter || (is_article && name.len() < 3) {
        return None;
    }
    Some(Quantity {
        value,
        places,
        unit,
        name: name.to_owned(),
        start: first.start,
        end: token.end,
        next: at + 1,
    })
}

fn named(name: &str) -> Option<&'static Unit> {
    let is = |name: &str| UNITS.iter().find(|unit| unit.names.contains(&name));
    is(name).or_else(|| is(name.strip_suffix('s').filter(|name| name.len() > 1)?))
}

/// A number with the letters stuck to it.
fn number(word: &str) -> Option<(f64, usize, &str)> {
    let length = word
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '٬')))
        .unwrap_or(word.len());
    let digits = word[..length].replace([',', '٬'], "");
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
    Some((digits.parse().ok()?, places, &word[length..]))
}

/// Reads what stands between two quantities: where the second may begin, whether it is meant
/// roughly, and whether something says that both are the same.
fn sign(tokens: &[Token<'_>], from: usize) -> Option<(usize, bool, bool)> {
    let (mut is_rough, mut is_said, mut is_sign) = (false, false, false);
    for (at, token) in tokens.iter().enumerate().skip(from).take(5) {
        let gap = token.gap.trim();
        is_rough |= gap.contains(['≈', '~']);
        is_said |= gap == "=" || gap == "≈";
        is_sign |= IS.contains(&token.word.as_str());
        let is_number = token.word.starts_with(|c: char| c.is_ascii_digit());
        if is_number {
            return (is_said || is_sign).then_some((at, is_rough, is_said));
        }
        is_rough |= ROUGHLY.contains(&token.word.as_str());
        is_said |= EQUALS.contains(&token.word.as_str());
        let known = [EQUALS, IS, ROUGHLY, FILLERS];
        if !(gap.is_empty()
            && known
                .iter()
                .any(|words| words.contains(&token.word.as_str())))
        {
            return None;
        }
    }
    None
}

fn converted(quantity: &Quantity, unit: &Unit) -> f64 {
    let base = quantity.value * quantity.unit.factor + quantity.unit.zero;
    (base - unit.zero) / unit.factor
}

fn is_wrong(left: &Quantity, right: &Quantity, is_rough: bool) -> bool {
    let is_same = std::ptr::eq(left.unit, right.unit);
    if left.unit.dimension != right.unit.dimension || is_same {
        return false;
    }
    let due = converted(left, right.unit);
    let half_place = 0.5 * 0.1_f64.powi(i32::try_from(right.places).unwrap_or(0));
    let tolerance = if is_rough { ROUGH_TOLERANCE } else { TOLERANCE };
    let holds = |due: f64| {
        let difference = (due - right.value).abs();
        difference <= half_place + 1e-9 || difference <= tolerance * due.abs()
    };
    let binary = match left.unit.dimension {
        Bytes => (0..5_i32).any(|power| {
            let ratio = BINARY.powi(power);
            holds(due * ratio) || holds(due / ratio)
        }),
        _ => false,
    };
    !holds(due) && !binary
}

/// At most six digits behind the point.
fn written(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fails(text: &str, expected: Option<&str>) {
        let found = check(text).into_iter().next().map(|one| one.expected);
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn a_conversion_that_does_not_hold_is_told_with_what_would() {
        for (text, expected) in [
            ("1 km = 100 m", "1000 m"),
            ("So 5 miles = 5 km, which is little.", "8.04672 km"),
            ("1 hour equals 3,000 seconds.", "3600 seconds"),
            ("100 °C = 312 °F", "212 f"),
            ("An hour is 100 minutes", "60 minutes"),
            ("2 days are about 70 hours.", "48 hours"),
            ("1 kg ≈ 3 lb", "2.204623 lb"),
            ("الكيلومتر الواحد: 1 كيلومتر يساوي 100 متر.", "1000 متر"),
            ("1GB = 500MB", "1000 mb"),
        ] {
            fails(text, Some(expected));
        }
    }

    #[test]
    fn what_may_hold_is_not_told() {
        for text in [
            "1 mile = 1.6 km",
            "1 mile is 2 km",
            "1 GB = 1024 MB",
            "1 GiB = 1.07 GB",
            "1 GiB = 1024 MB",
            "0 °C = 32 °F",
            "37 °C = 98.6 °F",
            "1 kg ≈ 2.2 lb",
            "The walk of 5 km is 2 hours.",
            "The trip of 5 km is 2 miles longer than planned.",
            "An hour is 40 minutes too long.",
            "90 minutes = 1 hour 30 minutes",
            "10 m = 5 m/s",
            "30 m / 2 s = 15 m",
            "Timeout: 30 s, retry 5 min.",
            "t = 5 s; 5 min = limit",
            "A foot is sore",
            "5 c = 9 f",
        ] {
            fails(text, None);
        }
    }
}
