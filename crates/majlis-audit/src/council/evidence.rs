//! Whether what a model quotes stands where it says.

use serde::{Deserialize, Serialize};

/// Lines a quote may be away from where it is said to stand.
const NEAR: u32 = 3;
/// Characters without white space of the shortest quote that says anything.
const SHORTEST: usize = 4;

/// What became of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// It stands where it was said to, or within three lines.
    Stands,
    /// It stands elsewhere, once: the finding was moved there.
    Relocated,
    /// It does not stand in the file, or in several other places.
    Unverified,
}

/// A text without white space, and the line of each byte.
pub(super) struct Squeezed {
    text: String,
    /// Byte of `text` at which each line begins, from line 1.
    starts: Vec<usize>,
}

impl Squeezed {
    pub(super) fn new(text: &str) -> Self {
        let mut squeezed = String::with_capacity(text.len());
        let mut starts = Vec::new();
        for line in text.split('\n') {
            starts.push(squeezed.len());
            squeezed.extend(line.chars().filter(|c| !c.is_whitespace()));
        }
        Self {
            text: squeezed,
            starts,
        }
    }

    /// The line of a byte, from 1.
    fn line(&self, at: usize) -> u32 {
        let line = self.starts.partition_point(|start| *start <= at);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// Looks for a quote that is said to stand on some lines; gives where it stands.
    pub(super) fn check(&self, from: u32, to: u32, quote: &str) -> (Evidence, u32, u32) {
        let wanted: String = quote.chars().filter(|c| !c.is_whitespace()).collect();
        if wanted.chars().count() < SHORTEST {
            return (Evidence::Unverified, from, to);
        }
        let places: Vec<(u32, u32)> = self
            .text
            .match_indices(&wanted)
            .map(|(at, found)| (self.line(at), self.line(at + found.len() - 1)))
            .take(200)
            .collect();
        let distance = |place: &(u32, u32)| {
            let after = place.0.saturating_sub(to);
            after.max(from.saturating_sub(place.1))
        };
        let nearest = places.iter().min_by_key(|place| distance(place));
        match nearest {
            Some(place) if distance(place) <= NEAR => (Evidence::Stands, place.0, place.1),
            Some(place) if places.len() == 1 => (Evidence::Relocated, place.0, place.1),
            _ => (Evidence::Unverified, from, to),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "a = 1\n\ndef f(x):\n    return eval(x)\n\n\n\n\n\n\nb = 2\nb = 2\n";

    #[track_caller]
    fn check(from: u32, to: u32, quote: &str, expected: (Evidence, u32, u32)) {
        assert_eq!(
            Squeezed::new(TEXT).check(from, to, quote),
            expected,
            "{quote}"
        );
    }

    #[test]
    fn a_quote_stands_within_three_lines_or_is_moved_or_is_not_verified() {
        check(4, 4, "return eval(x)", (Evidence::Stands, 4, 4));
        check(7, 7, "return  eval( x )", (Evidence::Stands, 4, 4));
        check(8, 8, "return eval(x)", (Evidence::Relocated, 4, 4));
        check(
            3,
            4,
            "def f(x):\n  return eval(x)",
            (Evidence::Stands, 3, 4),
        );
        check(1, 1, "exec(x)", (Evidence::Unverified, 1, 1));
        check(1, 1, "b=2\nb=2", (Evidence::Relocated, 11, 12));
        check(2, 2, "b = 2", (Evidence::Unverified, 2, 2));
        check(4, 4, "x)", (Evidence::Unverified, 4, 4));
        check(4, 4, " \n", (Evidence::Unverified, 4, 4));
    }

    proptest! {
        #[test]
        fn any_line_of_a_text_stands_where_it_is(text in "[a-z(){};=\n é]{0,80}", at in 0_usize..20) {
            let lines: Vec<&str> = text.split('\n').collect();
            let index = at % lines.len();
            let squeezed = Squeezed::new(&text);
            let number = u32::try_from(index + 1).unwrap();
            let (found, ..) = squeezed.check(number, number, lines[index]);
            let length = lines[index].chars().filter(|c| !c.is_whitespace()).count();
            prop_assert_eq!(found == Evidence::Stands, length >= SHORTEST);
        }
    }
}
