//! The piece of a text around what was looked for.

use majlis_text::{Span, words};

use crate::search::SearchTerms;

/// Characters of a snippet, not counting where it was cut.
const CHARS: usize = 200;
/// Characters in front of the first mark.
const LEAD_CHARS: usize = 60;
/// Bytes of a text that are looked through; a match behind them has a snippet without marks.
const SCANNED_BYTES: usize = 256 << 10;
/// Matches that are weighed against each other.
const MAX_MATCHES: usize = 64;

/// A piece of a snippet, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnippetPart {
    /// The text; white space is single spaces, `…` says where the text goes on.
    pub text: String,
    /// Whether it is what was looked for.
    pub mark: bool,
}

/// The piece of the text that holds most of what was looked for, with marks; its beginning when
/// nothing of it is near enough.
pub(super) fn snippet(text: &str, terms: &SearchTerms) -> Vec<SnippetPart> {
    let scanned = &text[..floor(text, SCANNED_BYTES)];
    let matches: Vec<(Span, usize)> = words(scanned)
        .filter_map(|word| Some((word.span, terms.matching(&word.text)?)))
        .take(MAX_MATCHES)
        .collect();
    let first = densest(text, &matches);
    let begin = begin(text, first.map_or(0, |span| span.start));
    let end = end(text, begin, first);
    let mut parts = Parts::default();
    if begin > 0 {
        parts.push("…", false);
    }
    let mut done = begin;
    for (span, _) in matches
        .iter()
        .filter(|(span, _)| span.start >= begin && span.end <= end)
    {
        // Several words of one ligature have one place.
        if span.start >= done {
            parts.push(&text[done..span.start], false);
            parts.push(&text[span.start..span.end], true);
            done = span.end;
        }
    }
    parts.push(&text[done..end], false);
    if end < text.trim_end().len() {
        parts.push("…", false);
    }
    parts.0
}

/// The match from which most different terms are near.
fn densest(text: &str, matches: &[(Span, usize)]) -> Option<Span> {
    let mut best: Option<(usize, Span)> = None;
    for (place, (span, _)) in matches.iter().enumerate() {
        let reach = ahead(text, span.start, CHARS - LEAD_CHARS);
        let mut near: Vec<usize> = matches[place..]
            .iter()
            .take_while(|(other, _)| other.end <= reach)
            .map(|(_, term)| *term)
            .collect();
        near.sort_unstable();
        near.dedup();
        if best.is_none_or(|(count, _)| near.len() > count) {
            best = Some((near.len(), *span));
        }
    }
    best.map(|(_, span)| span)
}

/// Where a snippet with its first mark at `mark` begins: at a word, not far in front of it.
fn begin(text: &str, mark: usize) -> usize {
    let Some((earliest, _)) = text[..mark].char_indices().rev().nth(LEAD_CHARS) else {
        return 0;
    };
    let lead = &text[earliest..mark];
    lead.find(char::is_whitespace)
        .map_or(mark, |gap| mark - lead[gap..].trim_start().len())
}

/// Where it ends: behind a word, and not before the end of its first mark.
fn end(text: &str, begin: usize, first: Option<Span>) -> usize {
    let latest = ahead(text, begin, CHARS);
    if latest == text.len() {
        return text.trim_end().len().max(begin);
    }
    let least = first.map_or(begin, |span| span.end);
    text[begin..latest]
        .rfind(char::is_whitespace)
        .map(|gap| begin + gap)
        .filter(|end| *end > begin)
        .unwrap_or(latest)
        .max(least)
}

fn ahead(text: &str, from: usize, characters: usize) -> usize {
    text[from..]
        .char_indices()
        .nth(characters)
        .map_or(text.len(), |(at, _)| from + at)
}

fn floor(text: &str, bytes: usize) -> usize {
    (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0)
}

/// Pieces put together: neighbours of one kind are one piece, white space is single spaces.
#[derive(Default)]
struct Parts(Vec<SnippetPart>);

impl Parts {
    fn push(&mut self, text: &str, mark: bool) {
        for c in text.chars() {
            self.push_char(c, mark);
        }
    }

    fn push_char(&mut self, c: char, mark: bool) {
        let c = if c.is_whitespace() { ' ' } else { c };
        let last = self.0.last_mut();
        if c == ' ' && last.as_ref().is_none_or(|part| part.text.ends_with(' ')) {
            return;
        }
        match last {
            Some(part) if part.mark == mark => part.text.push(c),
            _ => self.0.push(SnippetPart {
                text: c.to_string(),
                mark,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str, query: &str) -> String {
        snippet(text, &SearchTerms::parse(query).unwrap())
            .into_iter()
            .map(|part| {
                if part.mark {
                    format!("[{}]", part.text)
                } else {
                    part.text
                }
            })
            .collect()
    }

    #[test]
    fn what_was_looked_for_is_marked_as_it_was_written() {
        for (text, query, expected) in [
            ("A Café in Paris", "cafe", "A [Café] in Paris"),
            ("قرأتُ الكِتَابَ أمسِ.", "كتاب", "قرأتُ [الكِتَابَ] أمسِ."),
            ("one\n\n  two\tthree", "two", "one [two] three"),
            ("rusty rust", "rus", "[rusty] [rust]"),
            ("數據庫 語言", "語言", "數據庫 [語言]"),
            ("only ½ of it", "1 2", "only [½] of it"),
            ("nothing of it", "else", "nothing of it"),
        ] {
            assert_eq!(of(text, query), expected);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_words_around_the_densest_match() {
        let text = format!("alpha {0} alpha then beta {0}", "filler ".repeat(60));
        let cut = of(&text, "alpha beta");
        assert!(cut.starts_with("…filler"), "{cut}");
        assert!(cut.contains("filler [alpha] then [beta] filler"), "{cut}");
        assert!(cut.ends_with("filler…"), "{cut}");
        let chars = cut.chars().filter(|c| !"[]…".contains(*c)).count();
        assert!(chars <= CHARS, "{chars}");
    }

    #[test]
    fn a_match_too_far_behind_shows_the_beginning() {
        let text = format!("begin {}needle", "x ".repeat(SCANNED_BYTES));
        assert!(of(&text, "needle").starts_with("begin x x"));
    }

    proptest! {
        #[test]
        fn a_snippet_is_made_of_pieces_of_the_text(
            text in "[a-cé \nكتاب,]{0,400}",
            query in "[a-céكتاب]{1,3}",
        ) {
            let terms = SearchTerms::parse(&query).unwrap();
            let all: String = snippet(&text, &terms).into_iter().map(|part| part.text).collect();
            let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert!(plain.contains(all.trim_matches('…').trim()), "{all:?} in {plain:?}");
            prop_assert!(all.chars().count() <= CHARS + 2 || !text.contains(' '));
        }
    }
}
