//! The words of a text as they are indexed and looked up.
//!
//! Both sides go through [`words`], so two spellings match when they give the same words. Beyond
//! [`mod@crate::fold`], marks over Latin, Greek and Cyrillic letters and Hebrew points fall away (café and
//! cafe are one word), light Arabic prefixes are taken off, and each Chinese or Japanese character
//! is a word of its own, since nothing separates their words.

use std::iter;

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use crate::Span;
use crate::fold::{fold, is_dropped, strip_prefix};

/// Characters of a word that count; what follows is cut off, in texts and queries alike.
const MAX_WORD_CHARS: usize = 64;

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word as it is looked up: folded, never empty, of letters, digits and marks of letters.
    pub text: String,
    /// Where it is written, with its prefix and its marks.
    pub span: Span,
}

/// The words of a text in their order. What is neither letter, digit nor mark separates words.
pub fn words(text: &str) -> impl Iterator<Item = Word> + '_ {
    segments(text).flat_map(|span| {
        fold_segment(&text[span.start..span.end])
            .into_iter()
            .map(move |text| Word { text, span })
    })
}

/// Runs of characters that may be words.
fn segments(text: &str) -> impl Iterator<Item = Span> + '_ {
    let mut characters = text.char_indices().peekable();
    iter::from_fn(move || {
        let (start, first) = characters.by_ref().find(|(_, c)| is_inside(*c))?;
        let alone = stands_alone(first);
        let mut end = start + first.len_utf8();
        while let Some((at, c)) = characters
            .next_if(|(_, c)| is_inside(*c) && (!alone && !stands_alone(*c) || is_mark(*c)))
        {
            end = at + c.len_utf8();
        }
        Some(Span { start, end })
    })
}

/// The words of one run: usually one; none when only marks are left, several where a ligature or a
/// fraction stands for more.
fn fold_segment(segment: &str) -> Vec<String> {
    if segment.is_ascii() {
        return vec![cut(&segment.to_ascii_lowercase())];
    }
    let folded: String = fold(segment).chars().flat_map(bare).collect();
    folded
        .split(|c: char| !is_inside(c))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| cut(strip_prefix(word)))
        .collect()
}

/// The first characters of a word, from its first letter or digit on.
fn cut(word: &str) -> String {
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    match word.char_indices().nth(MAX_WORD_CHARS) {
        Some((end, _)) => word[..end].to_owned(),
        None => word.to_owned(),
    }
}

fn is_inside(c: char) -> bool {
    // Most of what is written, before the tables are asked: ASCII, and Arabic with its marks.
    match c {
        '\0'..='\x7F' => c.is_ascii_alphanumeric(),
        '\u{0621}'..='\u{063A}' | '\u{0640}'..='\u{0652}' | '\u{0660}'..='\u{0669}' => true,
        _ => c.is_alphanumeric() || is_mark(c),
    }
}

/// What belongs to the letter before it.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && (is_combining_mark(c) || is_dropped(c))
}

/// Ideographs and kana.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9D}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// A folded letter without marks that spell the same word.
fn bare(c: char) -> impl Iterator<Item = char> {
    let mut letters = ['\0'; 4];
    let mut count = 0;
    let mut keep = |c: char| {
        let is_accent = matches!(c, '\u{0300}'..='\u{036F}' | '\u{0591}'..='\u{05C7}');
        if !is_accent && count < letters.len() {
            letters[count] = if c == 'ς' { 'σ' } else { c };
            count += 1;
        }
    };
    match c {
        '\u{00C0}'..='\u{024F}' | '\u{0370}'..='\u{052F}' | '\u{1E00}'..='\u{1FFF}' => {
            decompose_canonical(c, keep);
        }
        other => keep(other),
    }
    letters.into_iter().take(count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).map(|word| word.text).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(texts(text), expected, "{text}");
    }

    #[test]
    fn spellings_of_one_word_are_one_word() {
        for (one, other) in [
            ("مُحَمَّد", "محمد"),
            ("قاعدة", "قاعده"),
            ("إدارة", "ادارة"),
            ("آخر", "اخر"),
            ("على", "علي"),
            ("مؤسسة", "موسسة"),
            ("مسائل", "مسايل"),
            ("جميـــــل", "جميل"),
            ("هٰذا", "هذا"),
            ("والبيانات", "بيانات"),
            ("بالخادم", "للخادم"),
            ("١٢٣", "123"),
            ("۴۵۶", "456"),
            ("ﻻ", "لا"),
            ("ﷲ", "الله"),
            ("ＳＱＬ", "sql"),
            ("CAFÉ", "cafe"),
            ("cafe\u{301}", "café"),
            ("İstanbul", "istanbul"),
            ("ΌΣΟΣ", "όσος"),
            ("Ёлка", "елка"),
            ("שָׁלוֹם", "שלום"),
            ("a\u{200F}b", "ab"),
        ] {
            assert_eq!(texts(one), texts(other), "{one} / {other}");
        }
    }

    #[test]
    fn words_are_runs_of_letters_digits_and_marks() {
        check("  One,two…  «ثلاثة»! ", &["one", "two", "ثلاثه"]);
        check(
            "snake_case 3.14 don’t",
            &["snake", "case", "3", "14", "don", "t"],
        );
        check("½", &["1", "2"]);
        check("हिन्दी", &["हिन्दी"]);
        check("語言モ", &["語", "言", "モ"]);
        check("v2語", &["v2", "語"]);
        check("… \0 \u{301} \u{640} 🙂\u{FE0F}", &[]);
        check(&"x".repeat(100), &["x".repeat(64).as_str()]);
    }

    #[test]
    fn a_word_stands_where_it_is_written() {
        let text = "في الكِتَابِ، Café.";
        let written: Vec<&str> = words(text)
            .map(|word| &text[word.span.start..word.span.end])
            .collect();
        assert_eq!(written, ["في", "الكِتَابِ", "Café"]);
    }

    proptest! {
        #[test]
        fn every_word_is_clean_and_has_its_place(
            text in "\\PC{0,40}|(وال|لل|ال|[a1\u{744}\u{301}\u{93e}\u{200d}]|\u{744}{60,70}){0,6}"
        ) {
            let mut last = 0;
            for word in words(&text) {
                prop_assert!(word.text.chars().any(char::is_alphanumeric));
                prop_assert!(!word.text.chars().any(|c| c.is_ascii_uppercase() || !is_inside(c)));
                prop_assert!(word.span.start >= last && word.span.end <= text.len());
                prop_assert!(!text[word.span.start..word.span.end].is_empty());
                last = word.span.start;
            }
        }

        #[test]
        fn a_word_written_alone_gives_the_same_word(text in "[a-zA-Zé0-9 ءآأؤإئابةتجحخدذرزسشصضطظعغفقكلمنهوىيًٌٍَُِّْٰـ٠-٩.,؟]{0,40}") {
            for word in words(&text) {
                prop_assert_eq!(texts(&text[word.span.start..word.span.end]), vec![word.text]);
            }
        }
    }
}
