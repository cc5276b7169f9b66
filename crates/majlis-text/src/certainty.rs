//! How sure a statement is of itself.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::fold::fold;
use crate::language::beginning;

/// Bytes of a statement that are looked at.
const MAX_BYTES: usize = 2048;

/// Words and groups of words that take a statement back, folded.
const HEDGES: &[&str] = &[
    "may",
    "might",
    "could",
    "perhaps",
    "possibly",
    "probably",
    "likely",
    "maybe",
    "seems",
    "seem",
    "appears",
    "appear",
    "apparently",
    "presumably",
    "roughly",
    "arguably",
    "suggests",
    "tends to",
    "tend to",
    "i think",
    "i believe",
    "i guess",
    "in my opinion",
    "not sure",
    "it depends",
    "in some cases",
    "as far as",
    "قد",
    "ربما",
    "لعل",
    "يبدو",
    "تبدو",
    "اظن",
    "اعتقد",
    "غالبا",
    "علي الارجح",
    "من المحتمل",
    "محتمل",
    "احتمال",
    "يمكن ان",
    "في رايي",
    "حسب علمي",
    "في بعض الحالات",
];

/// Words and groups of words that leave no doubt, folded.
const CERTAIN: &[&str] = &[
    "always",
    "never",
    "definitely",
    "certainly",
    "undoubtedly",
    "clearly",
    "obviously",
    "absolutely",
    "surely",
    "guaranteed",
    "guarantees",
    "impossible",
    "must",
    "without doubt",
    "no doubt",
    "in every case",
    "without exception",
    "دايما",
    "ابدا",
    "حتما",
    "قطعا",
    "بالتاكيد",
    "مستحيل",
    "مضمون",
    "يضمن",
    "يجب",
    "لا بد",
    "لا شك",
    "بلا شك",
    "من المؤكد",
    "موكد",
];

/// Both lists, with spaces around each entry.
static PADDED: LazyLock<[Vec<String>; 2]> = LazyLock::new(|| {
    let padded = |list: &[&str]| list.iter().map(|words| format!(" {words} ")).collect();
    [padded(HEDGES), padded(CERTAIN)]
});

/// How sure a statement is of itself, by its words.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It takes itself back: "may", "perhaps", "قد".
    Hedged,
    /// It says it, and no more.
    #[default]
    Plain,
    /// It leaves no doubt: "always", "must", "حتما".
    Categorical,
}

impl Certainty {
    /// Of a statement in English or Arabic; a hedge counts more than what stands beside it.
    pub fn of(text: &str) -> Self {
        let folded = fold(beginning(text, MAX_BYTES));
        let words: Vec<&str> = folded.unicode_words().collect();
        let padded = format!(" {} ", words.join(" "));
        let has = |list: &[String]| list.iter().any(|words| padded.contains(words));
        let [hedges, certain] = &*PADDED;
        if has(hedges) {
            Self::Hedged
        } else if has(certain) {
            Self::Categorical
        } else {
            Self::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_how_sure_a_statement_is() {
        for (text, expected) in [
            ("It might be slower on Windows.", Certainty::Hedged),
            ("It must perhaps be rebuilt.", Certainty::Hedged),
            ("You must always close the file.", Certainty::Categorical),
            ("The file is small.", Certainty::Plain),
            ("The maybelline brand is old.", Certainty::Plain),
            ("قد يكون أبطأ قليلا.", Certainty::Hedged),
            ("لا بد من إغلاق الملف.", Certainty::Categorical),
            ("الملف صغير.", Certainty::Plain),
            ("", Certainty::Plain),
        ] {
            assert_eq!(Certainty::of(text), expected, "{text}");
        }
    }
}
