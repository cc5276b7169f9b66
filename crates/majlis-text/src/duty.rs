//! Whether a statement says that something is needed, or that it is not.

use crate::Span;
use crate::feature::Token;
use crate::lexicon;

/// Words before one of need within which a denial takes it back ("is not strictly required").
const REACH: usize = 2;

const NEEDED: &[&str] = &[
    "must",
    "need",
    "needs",
    "needed",
    "require",
    "requires",
    "required",
    "necessary",
    "mandatory",
    "obligatory",
    "compulsory",
    "يجب",
    "يلزم",
    "تلزم",
    "يشترط",
    "تشترط",
    "ينبغي",
    "لازم",
    "ضروري",
    "ضروريه",
    "مطلوب",
    "مطلوبه",
    "اجباري",
    "اجباريه",
    "الزامي",
    "الزاميه",
];

/// What works only so needs to be so.
const WORKS: &[&str] = &[
    "works",
    "work",
    "applies",
    "functions",
    "يعمل",
    "تعمل",
    "يصح",
    "تصح",
    "ينجح",
];

const OPTIONAL: &[&str] = &[
    "optional",
    "unnecessary",
    "needless",
    "voluntary",
    "اختياري",
    "اختياريه",
];

/// The first word of a statement that says that something is needed (`true`) or is not, with its
/// place. "Must not" forbids and is neither.
pub(crate) fn duty(tokens: &[Token]) -> Option<(bool, Span)> {
    let has = |list: &[&str]| {
        tokens
            .iter()
            .find(|token| list.contains(&token.word.as_str()))
    };
    if let Some(only) = has(&["only", "الا", "فقط"]).filter(|_| has(WORKS).is_some()) {
        return Some((true, only.span));
    }
    tokens.iter().enumerate().find_map(|(index, token)| {
        let word = token.word.as_str();
        if OPTIONAL.contains(&word) {
            return Some((false, token.span));
        }
        let is_denied = |token: &Token| lexicon::is_negation(&token.word);
        if !NEEDED.contains(&word) || tokens.get(index + 1).is_some_and(is_denied) {
            return None;
        }
        let before = &tokens[index.saturating_sub(REACH)..index];
        Some((!before.iter().any(is_denied), token.span))
    })
}

#[cfg(test)]
mod tests {
    use crate::feature::Reader;

    #[test]
    fn a_need_is_told_from_its_denial_and_from_a_ban() {
        for (text, expected) in [
            ("The array must be sorted.", Some(true)),
            ("The array need not be sorted.", None),
            ("It is not strictly required.", Some(false)),
            ("Sorting is optional.", Some(false)),
            ("It must not be sorted.", None),
            ("يجب أن تكون المصفوفة مرتبة.", Some(true)),
            ("لا يلزم أن تكون المصفوفة مرتبة.", Some(false)),
            ("It only works on sorted data.", Some(true)),
            ("لا يعمل إلا على بيانات مرتبة.", Some(true)),
            ("The array is sorted.", None),
        ] {
            let tokens = Reader::new([text].into_iter()).tokens(text);
            assert_eq!(
                super::duty(&tokens).map(|found| found.0),
                expected,
                "{text}"
            );
        }
    }
}
