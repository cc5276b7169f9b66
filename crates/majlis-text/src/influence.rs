//! Whether a statement says that something makes a difference, or that it makes none.

use crate::Span;
use crate::feature::Token;
use crate::lexicon;

/// Words before one of effect within which a denial takes it back.
const REACH: usize = 3;

const EFFECT: &[&str] = &[
    "affect",
    "affects",
    "affected",
    "effect",
    "influence",
    "influences",
    "impact",
    "impacts",
    "depend",
    "depends",
    "matter",
    "matters",
    "يوثر",
    "توثر",
    "تاثير",
    "اثر",
    "يعتمد",
    "تعتمد",
    "يتوقف",
    "تتوقف",
    "علاقه",
];

const NONE: &[&str] = &[
    "regardless",
    "irrespective",
    "independent",
    "independently",
    "unaffected",
    "irrelevant",
    "بغض",
    "بصرف",
];

const CHANGE: &[&str] = &[
    "increase",
    "increases",
    "rise",
    "rises",
    "grow",
    "grows",
    "fall",
    "falls",
    "drop",
    "drops",
    "decrease",
    "decreases",
    "shrink",
    "shrinks",
    "vary",
    "varies",
    "change",
    "changes",
    "lower",
    "higher",
    "يزيد",
    "تزيد",
    "يزداد",
    "تزداد",
    "ينقص",
    "تنقص",
    "ينخفض",
    "تنخفض",
    "يرتفع",
    "ترتفع",
    "يتغير",
    "تتغير",
    "يختلف",
    "تختلف",
    "يقل",
    "تقل",
    "اقل",
    "اعلي",
];

/// It makes a difference (`true`) or none, with the word that says so.
pub(crate) fn influence(tokens: &[Token]) -> Option<(bool, Span)> {
    let mut found = None;
    for (index, token) in tokens.iter().enumerate() {
        let has = |list: &[&str]| list.contains(&token.word.as_str());
        let before = &tokens[index.saturating_sub(REACH)..index];
        let is_denied = before.iter().any(|token| lexicon::is_negation(&token.word));
        if has(NONE) || has(EFFECT) && is_denied {
            return Some((false, token.span));
        }
        if (has(EFFECT) || has(CHANGE)) && !is_denied && found.is_none() {
            found = Some((true, token.span));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::feature::Reader;

    #[test]
    fn no_effect_is_told_from_an_effect() {
        for (text, expected) in [
            ("Height does not affect the pressure.", Some(false)),
            ("The pressure falls with height.", Some(true)),
            ("It costs the same regardless of size.", Some(false)),
            ("اللون لا يؤثر في السعر.", Some(false)),
            ("يختلف السعر باختلاف اللون.", Some(true)),
            ("The pressure is high.", None),
        ] {
            let tokens = Reader::new([text].into_iter()).tokens(text);
            let found = super::influence(&tokens).map(|found| found.0);
            assert_eq!(found, expected, "{text}");
        }
    }
}
