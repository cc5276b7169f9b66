//! One statement, read for comparison.

use unicode_segmentation::UnicodeSegmentation;

use crate::feature::arabic_stem;
use crate::fold::fold;
use crate::language::{beginning, is_arabic_letter};
use crate::lemma::lemma;
use crate::wordnet::{self, Part};
use crate::{lexicon, number};

/// Bytes and words of a statement that are compared; the alignment takes their square.
const MAX_BYTES: usize = 2048;
const MAX_WORDS: usize = 80;

/// Words that deny beside those of the lexicon, folded.
const DENYING: &[&str] = &[
    "nobody",
    "nowhere",
    "hardly",
    "barely",
    "scarcely",
    "lacks",
    "lack",
    "fails",
    "unable",
    "isnt",
    "dont",
    "doesnt",
    "ain't",
    "لست",
    "ليسا",
    "لسنا",
    "ماعاد",
    "احد",
    "عدم",
    "انعدام",
    "وغير",
    "وبدون",
    "لايوجد",
    "يستحيل",
    "مستحيل",
];

/// How much of a thing a statement speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    All,
    Most,
    Some,
    Few,
}

/// How binding a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Modality {
    Must,
    May,
}

const QUANTITIES: &[(Quantity, &[&str])] = &[
    (
        Quantity::All,
        &[
            "all",
            "every",
            "each",
            "always",
            "everyone",
            "everybody",
            "everything",
            "entirely",
            "completely",
            "fully",
            "كل",
            "جميع",
            "دايما",
            "كافه",
            "كليا",
            "تماما",
            "بالكامل",
        ],
    ),
    (
        Quantity::Most,
        &[
            "most",
            "mostly",
            "usually",
            "majority",
            "معظم",
            "اغلب",
            "غالبا",
            "عاده",
        ],
    ),
    (
        Quantity::Some,
        &[
            "some",
            "several",
            "sometimes",
            "partly",
            "many",
            "often",
            "بعض",
            "احيانا",
            "جزييا",
            "عده",
        ],
    ),
    (
        Quantity::Few,
        &[
            "few",
            "rarely",
            "seldom",
            "only",
            "little",
            "قليل",
            "نادرا",
            "فقط",
            "قله",
        ],
    ),
];

const MODALITIES: &[(Modality, &[&str])] = &[
    (
        Modality::Must,
        &[
            "must",
            "required",
            "mandatory",
            "necessary",
            "shall",
            "needs",
            "obligatory",
            "compulsory",
            "يجب",
            "يلزم",
            "ضروري",
            "الزامي",
            "لازم",
            "واجب",
            "مطلوب",
        ],
    ),
    (
        Modality::May,
        &[
            "may",
            "might",
            "optional",
            "optionally",
            "could",
            "possibly",
            "perhaps",
            "اختياري",
            "قد",
            "ربما",
            "يجوز",
            "اختياريا",
        ],
    ),
];

/// Words that say where or whither, and with what.
const PLACES: &[&str] = &[
    "on",
    "off",
    "up",
    "down",
    "in",
    "out",
    "with",
    "without",
    "inside",
    "outside",
    "indoors",
    "outdoors",
    "before",
    "after",
    "above",
    "below",
    "under",
    "over",
    "into",
    "upstairs",
    "downstairs",
];

/// A content word.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property a word has or not"
)]
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    /// Its dictionary form; Arabic: its stem.
    pub(super) base: String,
    pub(super) is_verb: bool,
    pub(super) is_noun: bool,
    pub(super) is_arabic: bool,
    /// Words that deny stand right before it.
    pub(super) is_denied: bool,
}

/// What is compared of a statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    pub(super) words: Vec<Word>,
    /// All words but denials, folded.
    pub(super) all: Vec<String>,
    pub(super) denials: usize,
    pub(super) numbers: Vec<f64>,
    pub(super) quantity: Option<Quantity>,
    pub(super) modality: Option<Modality>,
    pub(super) is_arabic: bool,
    /// Sorted hashes of the letters in threes.
    pub(super) trigrams: Vec<u64>,
    /// Words of place and direction, folded.
    pub(super) places: Vec<String>,
    /// Names and numbers as they sound, for statements in two scripts.
    pub(super) sounds: Vec<String>,
}

impl Reading {
    pub(crate) fn new(text: &str) -> Self {
        let folded = fold(beginning(text, MAX_BYTES));
        let mut reading = Self::default();
        let tokens: Vec<&str> = folded.unicode_words().take(MAX_WORDS).collect();
        let arabic = folded.chars().filter(|c| is_arabic_letter(*c)).count();
        reading.is_arabic = 2 * arabic > folded.chars().filter(|c| c.is_alphabetic()).count();
        let mut denied = 0_usize;
        for (index, token) in tokens.iter().enumerate() {
            denied = denied.saturating_sub(1);
            if denies(&tokens, index) {
                reading.denials += 1;
                denied = 4;
            } else {
                reading.take(token, denied > 0);
            }
        }
        reading.trigrams = crate::feature::trigrams(&reading.all.join(" "));
        reading
    }

    fn take(&mut self, token: &str, is_denied: bool) {
        self.all.push(token.to_owned());
        let of = |list: &[&str]| list.contains(&token);
        if let Some((quantity, _)) = QUANTITIES.iter().find(|(_, words)| of(words)) {
            self.quantity.get_or_insert(*quantity);
        }
        if let Some((modality, _)) = MODALITIES.iter().find(|(_, words)| of(words)) {
            self.modality.get_or_insert(*modality);
        }
        if let Some(value) = value(token) {
            self.numbers.push(value);
            return;
        }
        let is_arabic = token.chars().any(is_arabic_letter);
        self.sounds.push(sound(token));
        if PLACES.contains(&token) {
            self.places.push(token.to_owned());
            return;
        }
        if lexicon::is_stop_word(token) || token == "one" {
            return;
        }
        let base = if is_arabic {
            arabic_stem(token)
        } else {
            lemma(token)
        };
        self.words.push(Word {
            is_verb: wordnet::is(&base, Part::Verb)
                && (token.ends_with("ing")
                    || token.ends_with("ed")
                    || !wordnet::is(&base, Part::Noun)),
            is_noun: wordnet::is(&base, Part::Noun),
            base,
            is_arabic,
            is_denied,
        });
    }
}

fn denies(tokens: &[&str], index: usize) -> bool {
    let token = tokens[index];
    let next = tokens.get(index + 1).copied().unwrap_or_default();
    let is_denial = lexicon::is_negation(token) || DENYING.contains(&token);
    // "ما" denies a verb in the past, and asks or relates elsewhere.
    let is_ma = token == "ما" && index == 0;
    (is_denial || is_ma) && !lexicon::NOT_NEGATED.contains(&next)
}

fn value(token: &str) -> Option<f64> {
    let magnitude = match number::read(token) {
        Some((magnitude, _)) => magnitude,
        None => number::read_word(token)?,
    };
    match magnitude {
        number::Magnitude::Range(low, _) => Some(low),
        number::Magnitude::Version(parts) => {
            let text: Vec<String> = parts.iter().map(u64::to_string).collect();
            text.join("").parse().ok()
        }
    }
}

/// How a word sounds, roughly, in consonants of the Latin script: "London" and "لندن" are one.
fn sound(token: &str) -> String {
    let mut sounds = String::new();
    for letter in token.strip_prefix("ال").unwrap_or(token).chars() {
        let sound = match letter {
            'b' | 'p' | 'ب' | 'پ' => 'b',
            't' | 'ت' | 'ط' => 't',
            'd' | 'د' | 'ض' => 'd',
            'j' | 'g' | 'ج' | 'غ' => 'g',
            'k' | 'q' | 'c' | 'ك' | 'ق' => 'k',
            'l' | 'ل' => 'l',
            'm' | 'م' => 'm',
            'n' | 'ن' => 'n',
            'r' | 'ر' => 'r',
            's' | 'z' | 'س' | 'ص' | 'ز' | 'ظ' => 's',
            'f' | 'v' | 'ف' => 'f',
            'h' | 'ح' | 'ه' | 'خ' => 'h',
            'ش' => 'x',
            _ => continue,
        };
        if !sounds.ends_with(sound) {
            sounds.push(sound);
        }
    }
    sounds
}
