//! Sums that are written out.

use super::{CheckKind, Failure};
use crate::Span;

/// Bytes a side of a sum has at most.
const MAX_BYTES: usize = 120;
/// Values and signs a side has at most.
const MAX_PARTS: usize = 40;

/// The sums of a text whose result is wrong.
pub(super) fn check(text: &str) -> Vec<Failure> {
    text.match_indices('=')
        .filter_map(|(at, _)| check_at(text, at))
        .collect()
}

fn check_at(text: &str, at: usize) -> Option<Failure> {
    let (before, after) = (&text[..at], &text[at + 1..]);
    if before.ends_with(['=', '<', '>', '!', ':', '~', '+', '-', '*', '/'])
        || after.starts_with(['=', '>', '~'])
    {
        return None;
    }
    let left = side_before(before)?;
    let (right, rest) = number_at_start(after.trim_start())?;
    // What follows would belong to the result: "= 4x", "= 4 + 1", "= 20 %".
    let next = rest.trim_start().chars().next();
    let goes_on = rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
        || next.is_some_and(|c| "+-−–*×/÷^%٪=(".contains(c));
    if goes_on {
        return None;
    }
    let value = value(left)?;
    let written: f64 = right.replace(',', "").parse().ok()?;
    let places = right.split_once('.').map_or(0, |(_, places)| places.len());
    let difference = (value - written).abs();
    let is_right = if value.fract() == 0.0 {
        difference <= 1e-9 * value.abs().max(1.0)
    } else {
        // Rounded as it is written.
        difference < 0.5 * 0.1_f64.powi(i32::try_from(places).ok()?) - 1e-12
    };
    if is_right {
        return None;
    }
    let start = before.len() - before.trim_end().len();
    let start = before.len() - start - left.len();
    Some(Failure {
        kind: CheckKind::Arithmetic,
        span: Span {
            start,
            end: text.len() - rest.len(),
        },
        expected: format!("{}", (value * 1e6).round() / 1e6),
    })
}

/// The longest end of a text that is made of numbers and signs, with a sign between two numbers.
fn side_before(before: &str) -> Option<&str> {
    let trimmed = before.trim_end();
    let is_part = |c: char| c.is_ascii_digit() || " .,+-−*×/÷()".contains(c);
    let start = trimmed
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_part(*c))
        .last()
        .map(|(at, _)| at)?;
    let touches = trimmed[..start].chars().next_back();
    let side = &trimmed[start..];
    // A letter, a currency or another sign right before it would belong to it.
    if touches.is_some_and(|c| !matches!(c, ':' | '"' | '“' | '،' | '\n')) && !side.starts_with(' ')
    {
        return None;
    }
    // "In Rust 2 + 2 = 4": what the words before say stands apart by a space.
    let side = side.trim_start_matches([' ', ',', '.', '-', '−', '*', '/', '+', ')']);
    (side.len() <= MAX_BYTES && side.starts_with(|c: char| c.is_ascii_digit() || c == '('))
        .then_some(side)
}

fn number_at_start(text: &str) -> Option<(&str, &str)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let length = digits
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .unwrap_or(digits.len());
    let end = text.len() - digits.len() + length;
    let number = text[..end].trim_end_matches(['.', ',']);
    let is_number =
        number.matches('.').count() < 2 && number.ends_with(|c: char| c.is_ascii_digit());
    is_number.then(|| (number, &text[number.len()..]))
}

/// A value or a sign.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Value(f64),
    Sign(char),
}

/// What a side comes to; `None` when it is no sum.
fn value(side: &str) -> Option<f64> {
    let parts = parts(side)?;
    let signs = parts
        .iter()
        .filter(|part| matches!(part, Part::Sign('+' | '-' | '*' | '/')))
        .count();
    if signs == 0 || parts.len() > MAX_PARTS {
        return None;
    }
    let mut values: Vec<f64> = Vec::new();
    let mut signs: Vec<char> = Vec::new();
    let mut after_value = false;
    for part in parts {
        match part {
            Part::Value(value) if !after_value => values.push(value),
            Part::Sign('(') if !after_value => signs.push('('),
            Part::Sign(')') if after_value => {
                while signs.last().is_some_and(|sign| *sign != '(') {
                    apply(&mut values, signs.pop()?)?;
                }
                signs.pop()?;
            }
            Part::Sign(sign) if after_value && sign != '(' => {
                while signs.last().is_some_and(|last| rank(*last) >= rank(sign)) {
                    apply(&mut values, signs.pop()?)?;
                }
                signs.push(sign);
            }
            _ => return None,
        }
        after_value = matches!(part, Part::Value(_) | Part::Sign(')'));
    }
    while let Some(sign) = signs.pop() {
        apply(&mut values, sign)?;
    }
    match values.as_slice() {
        [value] if value.is_finite() => Some(*value),
        _ => None,
    }
}

fn rank(sign: char) -> u8 {
    match sign {
        '*' | '/' => 2,
        '+' | '-' => 1,
        _ => 0,
    }
}

fn apply(values: &mut Vec<f64>, sign: char) -> Option<()> {
    let (second, first) = (values.pop()?, values.pop()?);
    values.push(match sign {
        '+' => first + second,
        '-' => first - second,
        '*' => first * second,
        '/' if second != 0.0 => first / second,
        _ => return None,
    });
    Some(())
}

fn parts(side: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = side.trim_start();
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            let (number, after) = number_at_start(rest)?;
            parts.push(Part::Value(number.replace(',', "").parse().ok()?));
            // "2024-01-05" and "1/2/2024" are dates, "5-10" is a range.
            let is_tight = after.starts_with(['-', '/'])
                && after[1..].starts_with(|c: char| c.is_ascii_digit());
            if is_tight {
                return None;
            }
            rest = after.trim_start();
        } else {
            parts.push(Part::Sign(match c {
                '−' => '-',
                '×' => '*',
                '÷' => '/',
                '+' | '-' | '*' | '/' | '(' | ')' => c,
                _ => return None,
            }));
            rest = rest[c.len_utf8()..].trim_start();
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_result_is_found_with_the_right_one() {
        for (text, expected) in [
            ("So 2 + 2 = 5.", Some("4")),
            ("So 2 + 2 = 4.", None),
            ("The total is 3 × 1,200 = 3,500 dollars", Some("3600")),
            ("(2 + 3) * 4 = 20", None),
            ("2 + 3 * 4 = 20", Some("14")),
            ("10 / 3 = 3.33", None),
            ("10 / 4 = 2", Some("2.5")),
            ("الناتج 7 + 8 = 16", Some("15")),
        ] {
            let found = check(text);
            let found = found.first().map(|failure| failure.expected.as_str());
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_sum_is_let_pass() {
        for text in [
            "x = 5",
            "a + 2 = 5",
            "x2 + 3 = 9",
            "if 2 + 2 == 5",
            "2024-01-05 = a date",
            "1/2/2024 = 3",
            "5-10 = 7",
            "2 + 2 = 4x",
            "2 + 2 = 1 + 4",
            "0.2 * 100 = 2 %",
            "= 5",
            "3 = 5",
            "1.2.3 + 1 = 9",
            "1 / 0 = 5",
            "((((",
            "2 + = 5",
            "20% + 5 = 3",
        ] {
            assert_eq!(check(text), [], "{text}");
        }
    }

    #[test]
    fn the_place_is_that_of_the_sum() {
        let text = "Note: 12 - 5 = 8, so";
        let span = check(text)[0].span;
        assert_eq!(&text[span.start..span.end], "12 - 5 = 8");
    }
}
