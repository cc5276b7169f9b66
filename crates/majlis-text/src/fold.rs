//! Folding: spellings that mean the same word become one spelling.
//!
//! Used for every lexical measure here and for full-text search. The Arabic rules are those of
//! design/store.md: marks, superscript alef and tatweel fall away; أإآٱ → ا, ى → ي, ة → ه, ؤ → و,
//! ئ → ي; digits become ASCII; compatibility forms (ﻻ, ﷲ, full width) are resolved by NFKC.

use unicode_normalization::UnicodeNormalization;

/// Particles written onto the front of an Arabic word, in the order they are tried.
const PREFIXES: [&str; 6] = ["وال", "بال", "كال", "فال", "لل", "ال"];
/// Letters that must remain after a prefix is taken off.
const MIN_STEM: usize = 3;

/// Folds a whole text, character by character: case, compatibility forms, Arabic spelling, digits.
/// Word boundaries stay where they are.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Most Arabic has no form that normalisation knows another of, but for marks that fall away.
    if text.chars().all(is_plain) {
        return text
            .chars()
            .filter_map(fold_char)
            .map(|c| c.to_ascii_lowercase())
            .collect();
    }
    lowered(text.nfkc())
}

fn lowered(characters: impl Iterator<Item = char>) -> String {
    characters
        .filter_map(fold_char)
        .flat_map(char::to_lowercase)
        .collect()
}

/// ASCII, and Arabic letters, harakat and digits.
fn is_plain(c: char) -> bool {
    c.is_ascii() || matches!(c, '\u{0621}'..='\u{0652}' | '\u{0660}'..='\u{0669}')
}

/// A folded Arabic word without its light prefix (وال بال كال فال لل ال); any other word as it is.
pub fn strip_prefix(word: &str) -> &str {
    PREFIXES
        .iter()
        .filter_map(|prefix| word.strip_prefix(prefix))
        .find(|stem| stem.chars().filter(|c| c.is_alphanumeric()).count() >= MIN_STEM)
        .unwrap_or(word)
}

/// Characters that fall away wherever they stand: harakat, Quranic marks, superscript alef, tatweel,
/// and marks of direction and joining.
pub(crate) fn is_dropped(c: char) -> bool {
    matches!(c, '\u{0610}'..='\u{061A}'
        | '\u{064B}'..='\u{065F}'
        | '\u{0670}'
        | '\u{06D6}'..='\u{06DC}'
        | '\u{06DF}'..='\u{06E8}'
        | '\u{06EA}'..='\u{06ED}'
        | '\u{0640}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}')
}

/// One character after NFKC; `None` when it falls away.
fn fold_char(c: char) -> Option<char> {
    match c {
        c if is_dropped(c) => None,
        'أ' | 'إ' | 'آ' | 'ٱ' => Some('ا'),
        'ى' | 'ی' | 'ئ' => Some('ي'),
        'ة' => Some('ه'),
        'ؤ' => Some('و'),
        'ک' => Some('ك'),
        '٠'..='٩' => shift_digit(c, '٠'),
        '۰'..='۹' => shift_digit(c, '۰'),
        '٫' => Some('.'),
        '٪' => Some('%'),
        '’' | 'ʼ' => Some('\''),
        other => Some(other),
    }
}

fn shift_digit(c: char, zero: char) -> Option<char> {
    char::from_digit(u32::from(c) - u32::from(zero), 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_word_fold_together() {
        for (one, other) in [
            ("أحمد", "احمد"),
            ("ٱلرحمن", "الرحمن"),
            ("كالخادم", "خادم"),
            ("فالخادم", "خادم"),
            ("الخادم", "خادم"),
            ("Straße", "straße"),
            ("SQLite", "sqlite"),
        ] {
            let folded = |word| strip_prefix(&fold(word)).to_owned();
            assert_eq!(folded(one), folded(other), "{one} / {other}");
        }
    }

    #[test]
    fn a_short_word_keeps_its_letters() {
        assert_eq!(strip_prefix("الى"), "الى");
        assert_eq!(strip_prefix("الم"), "الم");
        assert_eq!(strip_prefix("والد"), "والد");
        assert_eq!(strip_prefix("word"), "word");
        // Marks of another script are no letters that remain.
        assert_eq!(
            strip_prefix("لل\u{744}\u{744}\u{744}"),
            "لل\u{744}\u{744}\u{744}"
        );
    }

    proptest! {
        #[test]
        fn the_short_way_through_plain_arabic_leads_to_the_same(text in "[ -~\u{0621}-\u{0652}\u{0660}-\u{0669}]{0,40}") {
            prop_assert!(text.chars().all(is_plain));
            prop_assert_eq!(fold(&text), lowered(text.nfkc()));
        }

        #[test]
        fn folding_twice_is_folding_once(text in "[a-zA-Z0-9 ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيًٌٍَُِّْٰـ٠-٩.,؟]{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
