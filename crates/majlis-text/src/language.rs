//! Which language a text is in.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::fold::fold;
use crate::lemma::lemma;
use crate::{lexicon, wordnet};

/// A language that can be told from others, by its ISO 639-1 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is its ISO 639-1 code")]
pub enum Language {
    Ar,
    De,
    En,
    Es,
    Fa,
    Fr,
    Hi,
    It,
    Ja,
    Ko,
    Nl,
    Pt,
    Ru,
    Sv,
    Tr,
    Ur,
    Vi,
    Zh,
}

/// Letters below which nothing can be told.
const MIN_LETTERS: usize = 3;
/// Words of another script than Arabic from which a language is told, unless there are enough
/// letters (Chinese writes no spaces).
const MIN_OTHER_WORDS: usize = 3;
/// Letters that tell a language without so many words.
const MIN_OTHER_LETTERS: usize = 16;
/// Bytes of a text that are looked at; more would tell no better.
const MAX_BYTES: usize = 2048;

impl Language {
    /// Every language, in the order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::Ar,
        Self::De,
        Self::En,
        Self::Es,
        Self::Fa,
        Self::Fr,
        Self::Hi,
        Self::It,
        Self::Ja,
        Self::Ko,
        Self::Nl,
        Self::Pt,
        Self::Ru,
        Self::Sv,
        Self::Tr,
        Self::Ur,
        Self::Vi,
        Self::Zh,
    ];

    /// Its ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ar => "ar",
            Self::De => "de",
            Self::En => "en",
            Self::Es => "es",
            Self::Fa => "fa",
            Self::Fr => "fr",
            Self::Hi => "hi",
            Self::It => "it",
            Self::Ja => "ja",
            Self::Ko => "ko",
            Self::Nl => "nl",
            Self::Pt => "pt",
            Self::Ru => "ru",
            Self::Sv => "sv",
            Self::Tr => "tr",
            Self::Ur => "ur",
            Self::Vi => "vi",
            Self::Zh => "zh",
        }
    }

    /// The language of a code; `None` when it is none that can be told.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|language| language.code() == code)
    }

    /// The language of a text; `None` when it has too few letters to tell. Mixed text has the
    /// language of the script most of its letters are in. Of a long text the beginning decides.
    pub fn of(text: &str) -> Option<Self> {
        let text = beginning(text, MAX_BYTES);
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        if letters < MIN_LETTERS {
            return None;
        }
        let arabic = text.chars().filter(|c| is_arabic_letter(*c)).count();
        if arabic * 2 >= letters {
            return Some(arabic_script(text));
        }
        // A word or two may be in any language, and is most often a name.
        if text.split_whitespace().count() < MIN_OTHER_WORDS && letters < MIN_OTHER_LETTERS {
            return None;
        }
        let found = from_whichlang(whichlang::detect_language(text));
        let is_doubtful = found != Self::En && is_plain_latin(text);
        Some(if is_doubtful && is_english(text) {
            Self::En
        } else {
            found
        })
    }
}

/// Words of a text from which whichlang is sure by itself.
const MANY_WORDS: usize = 14;
/// Of ten words of a short English text so many are in the dictionary.
const ENGLISH_IN_TEN: usize = 6;
/// Function words of other languages that an English sentence does not have.
const FOREIGN: &[&str] = &[
    "das", "der", "den", "dem", "des", "ein", "eine", "einen", "ist", "nicht", "mit", "und", "von",
    "zu", "auf", "le", "les", "un", "une", "est", "et", "du", "que", "qui", "pour", "el", "los",
    "las", "una", "es", "en", "del", "il", "di", "che", "gli", "het", "een", "van", "op", "och",
    "att", "det", "som", "em", "um", "uma", "os", "bir", "ve",
];

/// Latin letters without a mark, and few words: headlines and the like, where whichlang errs most.
fn is_plain_latin(text: &str) -> bool {
    text.split_whitespace().count() <= MANY_WORDS
        && text
            .chars()
            .filter(|c| c.is_alphabetic())
            .all(|c| c.is_ascii_alphabetic())
}

/// Most words are English ones, and none is a function word of another language.
fn is_english(text: &str) -> bool {
    let folded = fold(text);
    let words: Vec<&str> = folded
        .unicode_words()
        .filter(|word| word.len() > 1)
        .collect();
    let is_known = |word: &&&str| lexicon::is_stop_word(word) || wordnet::knows(&lemma(word));
    let known = words.iter().filter(is_known).count();
    !words.iter().any(|word| FOREIGN.contains(word))
        && known > 1
        && 10 * known >= ENGLISH_IN_TEN * words.len()
}

/// The beginning of a text up to so many bytes, cut on a character boundary.
pub(crate) fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// A letter of the Arabic script, whatever the language.
pub(crate) fn is_arabic_letter(c: char) -> bool {
    matches!(c, '\u{0620}'..='\u{064A}' | '\u{066E}'..='\u{06D3}' | '\u{06FA}'..='\u{06FC}' | '\u{0750}'..='\u{077F}'
        | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

/// Tells the languages of the Arabic script apart by letters Arabic does not write. One in fifty
/// letters decides, so that a borrowed word with گ or پ does not.
fn arabic_script(text: &str) -> Language {
    let count = |wanted: &str| text.chars().filter(|c| wanted.contains(*c)).count();
    let letters = text.chars().filter(|c| is_arabic_letter(*c)).count();
    let urdu = count("ٹڈڑںےہھ");
    let persian = count("پچژگکی");
    if urdu * 50 > letters {
        Language::Ur
    } else if persian * 50 > letters {
        Language::Fa
    } else {
        Language::Ar
    }
}

fn from_whichlang(language: whichlang::Lang) -> Language {
    use whichlang::Lang;
    match language {
        Lang::Ara => Language::Ar,
        Lang::Cmn => Language::Zh,
        Lang::Deu => Language::De,
        Lang::Eng => Language::En,
        Lang::Fra => Language::Fr,
        Lang::Hin => Language::Hi,
        Lang::Ita => Language::It,
        Lang::Jpn => Language::Ja,
        Lang::Kor => Language::Ko,
        Lang::Nld => Language::Nl,
        Lang::Por => Language::Pt,
        Lang::Rus => Language::Ru,
        Lang::Spa => Language::Es,
        Lang::Swe => Language::Sv,
        Lang::Tur => Language::Tr,
        Lang::Vie => Language::Vi,
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn the_language_follows_script_letters_and_words() {
        for (text, expected) in [
            ("", None),
            ("42 🙂", None),
            ("PostgreSQL", None),
            (
                "A database keeps your records in one place.",
                Some(Language::En),
            ),
            ("قاعدة البيانات تحفظ سجلاتك في مكان واحد", Some(Language::Ar)),
            ("استخدم SQLite إذا كان الخادم واحدا", Some(Language::Ar)),
            (
                "این پایگاه داده برای یک سرور کوچک مناسب است",
                Some(Language::Fa),
            ),
            ("یہ ڈیٹا بیس چھوٹے سرور کے لیے اچھا ہے", Some(Language::Ur)),
            (
                "Eine Datenbank speichert die Daten an einem Ort.",
                Some(Language::De),
            ),
            ("Greece votes in crucial election", Some(Language::En)),
            (
                "A doctor prescribes medicine to a patient.",
                Some(Language::En),
            ),
            ("El hombre toca la guitarra.", Some(Language::Es)),
            (
                "Une base de données garde vos données au même endroit.",
                Some(Language::Fr),
            ),
        ] {
            assert_eq!(Language::of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_language_is_written_as_its_code() {
        for language in Language::ALL {
            let code = language.code();
            assert_eq!(
                serde_json::to_string(language).unwrap(),
                format!("\"{code}\"")
            );
            assert_eq!(Language::from_code(code), Some(*language));
        }
        assert_eq!(Language::from_code("xx"), None);
    }
}
