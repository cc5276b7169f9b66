//! Dates that no calendar has.

use unicode_segmentation::UnicodeSegmentation;

use super::{CheckKind, Failure};
use crate::Span;
use crate::fold::fold;

/// Names of the months, folded, January first: English, and the two Arabic ones.
const MONTHS: [[&str; 3]; 12] = [
    ["january", "يناير", "كانون"],
    ["february", "فبراير", "شباط"],
    ["march", "مارس", "اذار"],
    ["april", "ابريل", "نيسان"],
    ["may", "مايو", "ايار"],
    ["june", "يونيو", "حزيران"],
    ["july", "يوليو", "تموز"],
    ["august", "اغسطس", "اب"],
    ["september", "سبتمبر", "ايلول"],
    ["october", "اكتوبر", ""],
    ["november", "نوفمبر", ""],
    ["december", "ديسمبر", ""],
];
/// Names of the days, folded, Monday first.
const DAYS: [[&str; 2]; 7] = [
    ["monday", "الاثنين"],
    ["tuesday", "الثلاثاء"],
    ["wednesday", "الاربعاء"],
    ["thursday", "الخميس"],
    ["friday", "الجمعه"],
    ["saturday", "السبت"],
    ["sunday", "الاحد"],
];

/// A word with its place.
struct Token {
    word: String,
    span: Span,
}

/// The dates of a text that do not exist, and those with the wrong day of the week.
pub(super) fn check(text: &str) -> Vec<Failure> {
    let words = text.unicode_word_indices();
    let tokens: Vec<Token> = words
        .map(|(start, word)| Token {
            word: fold(word),
            span: Span {
                start,
                end: start + word.len(),
            },
        })
        .collect();
    (0..tokens.len())
        .filter_map(|index| check_at(&tokens, index))
        .collect()
}

/// The date around the name of a month: "9 November 1989", "November 9, 1989".
fn check_at(tokens: &[Token], index: usize) -> Option<Failure> {
    let month = month(&tokens[index].word)?;
    let number = |at: Option<usize>| -> Option<(u32, usize)> {
        let at = at?;
        let word = &tokens.get(at)?.word;
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let is_day = matches!(&word[digits.len()..], "" | "st" | "nd" | "rd" | "th");
        digits
            .parse()
            .ok()
            .filter(|_| is_day)
            .map(|number| (number, at))
    };
    let before = number(index.checked_sub(1)).filter(|(day, _)| (1..=99).contains(day));
    let after = number(Some(index + 1)).filter(|(day, _)| (1..=99).contains(day));
    // "Between May 5 and 40 …": a day stands on one side only.
    let ((Some((day, at)), None) | (None, Some((day, at)))) = (before, after) else {
        return None;
    };
    let last = at.max(index);
    let year = number(Some(last + 1)).filter(|(year, _)| (1583..=2400).contains(year));
    let days = days_of(month, year.map(|(year, _)| year));
    let end = year.map_or(last, |(_, at)| at);
    let span = |first: usize| Span {
        start: tokens[first].span.start,
        end: tokens[end].span.end,
    };
    let first = at.min(index);
    if day > days && day <= 31 {
        return Some(Failure {
            kind: CheckKind::Date,
            span: span(first),
            expected: days.to_string(),
        });
    }
    let (year, _) = year.filter(|_| day <= days)?;
    let told = first.checked_sub(1)?;
    let weekday = DAYS
        .iter()
        .position(|names| names.contains(&tokens[told].word.as_str()))?;
    let true_day = weekday_of(year, month, day);
    (weekday != true_day).then(|| Failure {
        kind: CheckKind::Weekday,
        span: span(told),
        expected: DAYS[true_day][0].to_owned(),
    })
}

fn month(word: &str) -> Option<u32> {
    if word.is_empty() {
        return None;
    }
    let place = MONTHS.iter().position(|names| names.contains(&word))?;
    // "كانون" is December or January, as the word after it says: left alone.
    (word != "كانون").then(|| u32::try_from(place).unwrap_or(0) + 1)
}

/// Days of a month; of February 29 where the year is not told.
fn days_of(month: u32, year: Option<u32>) -> u32 {
    let is_leap =
        |year: u32| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if year.is_none_or(is_leap) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of the week in the Gregorian calendar, 0 for Monday (Zeller's congruence).
fn weekday_of(year: u32, month: u32, day: u32) -> usize {
    let (year, month) = if month < 3 {
        (year - 1, month + 12)
    } else {
        (year, month)
    };
    let (century, of_century) = (year / 100, year % 100);
    let sum = day + 13 * (month + 1) / 5 + of_century + of_century / 4 + century / 4 + 5 * century;
    // Zeller counts from Saturday.
    usize::try_from((sum + 5) % 7).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_no_month_has_are_found() {
        for (text, expected) in [
            (
                "It ends on 31 November 2024.",
                Some((CheckKind::Date, "30")),
            ),
            (
                "It ends on February 29, 2023.",
                Some((CheckKind::Date, "28")),
            ),
            ("It ends on 29 February 2024.", None),
            ("It ends on February 29.", None),
            ("ينتهي في 31 أبريل", Some((CheckKind::Date, "30"))),
            ("It happened on Thursday, 9 November 1989.", None),
            (
                "It happened on Monday, 9 November 1989.",
                Some((CheckKind::Weekday, "thursday")),
            ),
            (
                "كان ذلك يوم الجمعة 9 نوفمبر 1989",
                Some((CheckKind::Weekday, "thursday")),
            ),
            ("It may 31 times fail.", None),
            ("In May 2024 it was 31 degrees.", None),
            ("Version 40 of March", None),
        ] {
            let found = check(text);
            let found = found
                .first()
                .map(|failure| (failure.kind, failure.expected.as_str()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_day_of_the_week_is_that_of_the_calendar() {
        for (year, month, day, expected) in [
            (2000, 1, 1, 5),
            (2026, 11, 22, 6),
            (2024, 2, 29, 3),
            (1600, 3, 1, 2),
        ] {
            assert_eq!(
                weekday_of(year, month, day),
                expected,
                "{year}-{month}-{day}"
            );
        }
    }
}
