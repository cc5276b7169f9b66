//! Cutting prose into statements.

use unicode_segmentation::UnicodeSegmentation;

use crate::Span;
use crate::lexicon;

/// Words after which a run without any stop is cut, so that no claim is boundless.
const MAX_WORDS: usize = 60;
/// Words both sides of a cut must have to stand alone.
const MIN_CLAUSE_WORDS: usize = 5;
/// Words before a colon below which they only introduce what follows.
const MIN_COLON_WORDS: usize = 8;

/// The statements of a block's plain text, in order, trimmed, none empty: sentences, and clauses
/// set against each other within one.
pub(crate) fn statements(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    for sentence in sentences(text) {
        for clause in clauses(text, sentence) {
            found.extend(cut_long(text, clause));
        }
    }
    found
}

/// Sentences by Unicode's rules, put together again after abbreviations; a forced line break ends
/// one.
fn sentences(text: &str) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut open = false;
    for (start, piece) in text.split_sentence_bound_indices() {
        let end = start + piece.len();
        match found.last_mut() {
            Some(last) if open => last.end = end,
            _ => found.push(Span { start, end }),
        }
        // An ASCII stop with no space after it stands inside an address or a name.
        open = piece.ends_with(['.', '?', '!'])
            || !piece.ends_with('\n') && ends_in_abbreviation(piece);
    }
    found
        .into_iter()
        .filter_map(|span| trim(text, span))
        .collect()
}

/// The piece ends in a full stop that does not end a sentence: "Dr.", "e.g.", "J.", "1.".
fn ends_in_abbreviation(piece: &str) -> bool {
    let Some(body) = piece.trim_end().strip_suffix('.') else {
        return false;
    };
    let start = body
        .rfind(|c: char| c.is_whitespace() || c == '(')
        .map_or(0, |at| at + 1);
    let word = body
        .get(start..)
        .unwrap_or_default()
        .trim_start_matches(|c: char| !c.is_alphanumeric());
    let mut letters = word.chars();
    let is_initial =
        matches!((letters.next(), letters.next()), (Some(c), None) if c.is_uppercase() && c != 'I');
    let is_item_number = start == 0 && !word.is_empty() && word.chars().all(char::is_numeric);
    is_initial || is_item_number || lexicon::ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Cuts a sentence at semicolons and colons, before contrasts and reasons, and at a comma with
/// "and", wherever both sides can stand alone. The joining word belongs to neither side.
fn clauses(text: &str, sentence: Span) -> Vec<Span> {
    let mut found = Vec::new();
    let mut rest = sentence;
    let mut has_comma = false;
    let part = text.get(sentence.start..sentence.end).unwrap_or_default();
    for (offset, mark) in part.char_indices().filter(|(_, c)| is_mark_of_clauses(*c)) {
        let end = sentence.start + offset;
        if end < rest.start {
            continue;
        }
        let after = end + mark.len_utf8();
        let next = match mark {
            ',' | '،' => after_joint(text, after, rest.end, has_comma),
            _ => text[after..rest.end]
                .starts_with(char::is_whitespace)
                .then_some(after),
        };
        has_comma |= matches!(mark, ',' | '،');
        let Some(start) = next else {
            continue;
        };
        let (left, right) = (
            Span {
                start: rest.start,
                end,
            },
            Span {
                start,
                end: rest.end,
            },
        );
        let least = if mark == ':' {
            MIN_COLON_WORDS
        } else {
            MIN_CLAUSE_WORDS
        };
        if has_words(text, left, least) && has_words(text, right, MIN_CLAUSE_WORDS) {
            found.extend(trim(text, left));
            rest = right;
            has_comma = false;
        }
    }
    found.extend(trim(text, rest));
    found
}

fn is_mark_of_clauses(c: char) -> bool {
    matches!(c, ';' | '؛' | ':' | ',' | '،')
}

/// Where the clause after a comma begins, past the word that joins it; `None` when no such word
/// follows. After an earlier comma, "and" rather ends a list.
fn after_joint(text: &str, comma: usize, until: usize, has_comma: bool) -> Option<usize> {
    let part = text.get(comma..until)?;
    let rest = part.trim_start();
    let start = until - rest.len();
    let joint = lexicon::JOINTS.iter().find_map(|word| {
        let tail = rest.strip_prefix(word)?;
        tail.starts_with(char::is_whitespace)
            .then_some(start + word.len())
    });
    if joint.is_some() || has_comma {
        return joint;
    }
    if let Some(tail) = rest.strip_prefix("and ") {
        return Some(until - tail.len());
    }
    // Arabic writes its conjunctions onto the next word: the clause keeps it.
    let is_joined = lexicon::JOINED
        .iter()
        .any(|beginning| rest.starts_with(beginning))
        && !lexicon::NOT_JOINED
            .iter()
            .any(|beginning| rest.starts_with(beginning));
    is_joined.then_some(start)
}

/// Cuts what is longer than any claim at white space.
fn cut_long(text: &str, span: Span) -> Vec<Span> {
    let part = text.get(span.start..span.end).unwrap_or_default();
    let mut found = Vec::new();
    let mut start = span.start;
    let mut count = 0;
    for (offset, _) in part.split_whitespace().map(|word| offset_in(part, word)) {
        if count == MAX_WORDS {
            let end = span.start + offset;
            found.extend(trim(text, Span { start, end }));
            (start, count) = (end, 0);
        }
        count += 1;
    }
    found.extend(trim(
        text,
        Span {
            start,
            end: span.end,
        },
    ));
    found
}

/// Where a slice of `whole` lies in it, and how long it is.
fn offset_in(whole: &str, part: &str) -> (usize, usize) {
    (part.as_ptr() as usize - whole.as_ptr() as usize, part.len())
}

/// At least so many words; looks no further, so that a long text costs no more.
fn has_words(text: &str, span: Span, least: usize) -> bool {
    text.get(span.start..span.end)
        .unwrap_or_default()
        .split_whitespace()
        .take(least)
        .count()
        == least
}

/// The span without white space and list marks around it; `None` when nothing remains.
fn trim(text: &str, span: Span) -> Option<Span> {
    let part = text.get(span.start..span.end)?;
    let is_mark = |c: char| c.is_whitespace() || "•–—-▪●◦·✓✅*".contains(c);
    let body = part.trim_start_matches(is_mark).trim_end();
    let (offset, length) = offset_in(part, body);
    let start = span.start + offset;
    (length > 0).then_some(Span {
        start,
        end: start + length,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = statements(text)
            .into_iter()
            .map(|span| &text[span.start..span.end])
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn full_stops_of_abbreviations_numbers_and_addresses_end_nothing() {
        check(
            "Dr. Smith agrees. So do I.",
            &["Dr. Smith agrees.", "So do I."],
        );
        check(
            "Use one, e.g. SQLite. It is free.",
            &["Use one, e.g. SQLite.", "It is free."],
        );
        check(
            "It came out on Dec. 5 at 3.35 p.m. sharp.",
            &["It came out on Dec. 5 at 3.35 p.m. sharp."],
        );
        check(
            "See https://a.b/c.d?e=f. Then go.",
            &["See https://a.b/c.d?e=f.", "Then go."],
        );
        check("J. Doe wrote it.", &["J. Doe wrote it."]);
        check("1. First point.", &["1. First point."]);
        check("It is 3.5 GB. Fine.", &["It is 3.5 GB.", "Fine."]);
    }

    #[test]
    fn arabic_marks_end_sentences_and_clauses() {
        check(
            "هل هذا صحيح؟ نعم. انتهى!",
            &["هل هذا صحيح؟", "نعم.", "انتهى!"],
        );
        check(
            "القاعدة صغيرة وسهلة النقل جدا؛ أما الخادم فيحتاج إلى صيانة.",
            &[
                "القاعدة صغيرة وسهلة النقل جدا",
                "أما الخادم فيحتاج إلى صيانة.",
            ],
        );
        check("تأخر د. سالم قليلا.", &["تأخر د. سالم قليلا."]);
    }

    #[test]
    fn a_clause_stands_alone_only_when_both_sides_can() {
        check(
            "SQLite needs no server process, while PostgreSQL needs one running somewhere.",
            &[
                "SQLite needs no server process",
                "PostgreSQL needs one running somewhere.",
            ],
        );
        check(
            "You may copy the file late at night: nobody writes to it then, and the disk is idle anyway.",
            &[
                "You may copy the file late at night",
                "nobody writes to it then",
                "the disk is idle anyway.",
            ],
        );
        check(
            "It knows dates of all kinds, times, and many other types of data.",
            &["It knows dates of all kinds, times, and many other types of data."],
        );
        check(
            "It starts at 10:30 every day, they say.",
            &["It starts at 10:30 every day, they say."],
        );
        check(
            "لا تحتاج القاعدة إلى خادم مستقل، فلا شيء يراقب أو يحدث.",
            &["لا تحتاج القاعدة إلى خادم مستقل", "فلا شيء يراقب أو يحدث."],
        );
        check(
            "تعمل على خادم واحد صغير، في كل مكان من البلاد.",
            &["تعمل على خادم واحد صغير، في كل مكان من البلاد."],
        );
        check("It is small, but fast.", &["It is small, but fast."]);
        check("One; two; three", &["One; two; three"]);
    }

    #[test]
    fn forced_breaks_and_marks_of_lists_fall_away() {
        check(
            "• one thing\n• another thing",
            &["one thing", "another thing"],
        );
        check("  \n ", &[]);
    }

    #[test]
    fn a_run_without_stops_is_cut() {
        let text = "word ".repeat(150);
        assert_eq!(statements(&text).len(), 3);
    }

    proptest! {
        #[test]
        fn statements_lie_in_order_on_character_boundaries(text in "[a-zA-Z .,;!?؟،؛0-9\nأبتثو🙂é•-]{0,80}") {
            let mut last = 0;
            for span in statements(&text) {
                prop_assert!(span.start >= last && span.start < span.end);
                prop_assert!(text.get(span.start..span.end).is_some());
                last = span.end;
            }
        }
    }
}
