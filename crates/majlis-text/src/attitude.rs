//! Whether a statement speaks for or against what it is about.
//!
//! A judgement ("is sufficient", "is error-prone") says more than the form of advice ("should",
//! "use"), so it is taken first. What stands after a reason ("because …") or behind "instead of"
//! is about something else.

use crate::Span;
use crate::feature::Token;
use crate::lexicon;

/// Words before a word of judgement within which a denial turns it.
const REACH: usize = 3;

const PRAISE: &[&str] = &[
    "sufficient",
    "enough",
    "adequate",
    "suffices",
    "safe",
    "secure",
    "harmless",
    "recommended",
    "advisable",
    "ideal",
    "best",
    "acceptable",
    "reliable",
    "worthwhile",
    "worth",
    "encouraged",
    "suitable",
    "كاف",
    "كافي",
    "كافيه",
    "يكفي",
    "تكفي",
    "امن",
    "امنه",
    "مناسب",
    "مناسبه",
    "ملايم",
    "ينصح",
    "مستحسن",
    "موثوق",
    "موثوقه",
    "مفيد",
    "مفيده",
    "الافضل",
    "الانسب",
    "يفضل",
];

const BLAME: &[&str] = &[
    "avoid",
    "avoided",
    "abandon",
    "abandoned",
    "discouraged",
    "dangerous",
    "harmful",
    "risky",
    "unsafe",
    "insecure",
    "insufficient",
    "inadequate",
    "prone",
    "vulnerable",
    "fragile",
    "unreliable",
    "obsolete",
    "bad",
    "unacceptable",
    "inadvisable",
    "تجنب",
    "تجنبوا",
    "خطير",
    "خطيره",
    "خطر",
    "خطره",
    "ضار",
    "ضاره",
    "مضر",
    "مضره",
    "عرضه",
    "ممنوع",
    "محظور",
    "سيي",
    "سييه",
    "هش",
    "هشه",
    "اياك",
    "احذر",
    "قاصر",
    "قاصره",
];

/// Harm that is counted against what brings it.
const HARM: &[&str] = &[
    "risk",
    "risks",
    "damage",
    "danger",
    "harm",
    "خطر",
    "مخاطر",
    "ضرر",
    "اضرار",
];
/// What is done to harm by what makes it worse.
const WORSENS: &[&str] = &[
    "increases",
    "increase",
    "raises",
    "raise",
    "causes",
    "cause",
    "worsens",
    "adds",
    "poses",
    "يزيد",
    "تزيد",
    "يسبب",
    "تسبب",
    "يرفع",
    "ترفع",
    "يضاعف",
];

const ADVICE: &[&str] = &["should", "must", "always", "ينبغي", "يجب", "دايما"];
/// Verbs that advise where they open a statement.
const OPENINGS: &[&str] = &[
    "use",
    "prefer",
    "choose",
    "pick",
    "adopt",
    "favor",
    "favour",
    "start",
    "begin",
    "keep",
    "استعمل",
    "استخدم",
    "اختر",
    "فضل",
    "ابدا",
    "اعتمد",
    "اجعل",
];

/// From here on a statement gives reasons, or speaks of what is left aside.
const ASIDES: &[&str] = &[
    "because",
    "since",
    "instead",
    "rather",
    "unlike",
    "لان",
    "لانه",
    "لانها",
    "بدل",
    "بدلا",
    "عوضا",
    "بخلاف",
];

/// For (`true`) or against, with the word that says so. `None` where it does not say, or says both.
pub(crate) fn attitude(tokens: &[Token]) -> Option<(bool, Span)> {
    let is_aside = |token: &Token| ASIDES.contains(&token.word.as_str());
    let end = tokens.iter().position(is_aside).unwrap_or(tokens.len());
    let tokens = &tokens[..end];
    let judged: Vec<(bool, Span)> = (0..tokens.len())
        .filter_map(|index| judgement(tokens, index))
        .collect();
    match judged.split_first() {
        Some((first, rest)) => rest
            .iter()
            .all(|other| other.0 == first.0)
            .then_some(*first),
        None => advice(tokens),
    }
}

/// What a statement sets aside for something else ("… instead of …").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Content stems of what it takes.
    pub(crate) taken: Vec<String>,
    /// Content stems of what it leaves.
    pub(crate) left: Vec<String>,
    /// Where what it leaves begins.
    pub(crate) span: Span,
}

/// How many content words what is set aside has at most.
const MAX_LEFT: usize = 2;

/// What a statement takes and what it leaves for it, where it says so.
pub(crate) fn setting(tokens: &[Token]) -> Option<Setting> {
    let leaves = |index: &usize| {
        let is = |at: usize, list: &[&str]| {
            tokens
                .get(at)
                .is_some_and(|token| list.contains(&token.word.as_str()))
        };
        is(*index, &["بدل", "بدلا", "عوضا"])
            || is(*index, &["instead"]) && is(index + 1, &["of"])
            || is(*index, &["rather"]) && is(index + 1, &["than"])
            || is(*index, &["over"]) && is(0, &["prefer", "choose", "pick", "favor", "favour"])
    };
    let place = (0..tokens.len()).find(leaves)?;
    let says_what = |token: &&Token| {
        let word = token.word.as_str();
        token.is_content && ![OPENINGS, ADVICE, PRAISE].concat().contains(&word)
    };
    let stems = |part: &[Token], most: usize| -> Vec<String> {
        let content = part.iter().filter(says_what).take(most);
        content.map(|token| token.stem.clone()).collect()
    };
    let left = stems(&tokens[place + 1..], MAX_LEFT);
    (!left.is_empty()).then(|| Setting {
        taken: stems(&tokens[..place], usize::MAX),
        left,
        span: tokens[place].span,
    })
}

fn judgement(tokens: &[Token], index: usize) -> Option<(bool, Span)> {
    let token = &tokens[index];
    let has = |list: &[&str]| list.contains(&token.word.as_str());
    let before = &tokens[index.saturating_sub(REACH)..index];
    let is_denied = before.iter().any(|token| lexicon::is_negation(&token.word));
    let worsens = |token: &Token| WORSENS.contains(&token.word.as_str());
    if has(HARM) && before.iter().any(worsens) {
        return Some((is_denied, token.span));
    }
    if has(PRAISE) {
        return Some((!is_denied, token.span));
    }
    has(BLAME).then_some((is_denied, token.span))
}

fn advice(tokens: &[Token]) -> Option<(bool, Span)> {
    let first = tokens.first()?;
    let is = |index: usize, list: &[&str]| {
        tokens
            .get(index)
            .is_some_and(|token| list.contains(&token.word.as_str()))
    };
    let forbids = is(0, &["don't", "dont", "never"])
        || is(0, &["do"]) && is(1, &["not"])
        || is(0, &["لا"]) && is(1, &["تستعمل", "تستخدم", "تفعل", "تضع", "تعتمد", "تخزن"]);
    if forbids {
        return Some((false, first.span));
    }
    if is(0, OPENINGS) {
        return Some((true, first.span));
    }
    let index = tokens
        .iter()
        .position(|token| ADVICE.contains(&token.word.as_str()))?;
    let denies = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|t| lexicon::is_negation(&t.word))
    };
    let is_denied = denies(index + 1) || index > 0 && denies(index - 1) || denies(index + 2);
    Some((!is_denied, tokens[index].span))
}

#[cfg(test)]
mod tests {
    use crate::feature::Reader;

    #[test]
    fn what_is_set_aside_is_known() {
        for (text, expected) in [
            ("Use tabs instead of spaces.", Some("space")),
            ("Prefer tabs over spaces.", Some("space")),
            ("The bridge goes over the river.", None),
            ("استعمل السيارة بدل القطار.", Some("قطار")),
        ] {
            let tokens = Reader::new([text].into_iter()).tokens(text);
            let found = super::setting(&tokens).map(|found| found.left.join(" "));
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_praised_is_told_from_what_is_blamed() {
        for (text, expected) in [
            ("Quoting by hand is error-prone.", Some(false)),
            ("Quoting by hand is sufficient protection.", Some(true)),
            ("One round is not enough.", Some(false)),
            ("Do not share the key.", Some(false)),
            ("The key should be shared.", Some(true)),
            ("Sharing the key should be avoided.", Some(false)),
            ("It increases the risk.", Some(false)),
            ("Prefer tabs because spaces are dangerous.", Some(true)),
            ("The key is long.", None),
            ("جولة واحدة لا تكفي.", Some(false)),
            ("يجب تبديل المفتاح.", Some(true)),
        ] {
            let tokens = Reader::new([text].into_iter()).tokens(text);
            let found = super::attitude(&tokens).map(|found| found.0);
            assert_eq!(found, expected, "{text}");
        }
    }
}
