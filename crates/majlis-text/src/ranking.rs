//! Two statements that rank things: "x is faster than y", "the largest is x".

use std::collections::BTreeSet;

use crate::Span;
use crate::feature::Token;
use crate::lemma::lemma;

/// A comparison in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranking {
    /// The quality by which is compared, as written.
    pub(crate) quality: String,
    /// Where it stands.
    pub(crate) span: Span,
    /// Content stems before it.
    pub(crate) above: BTreeSet<String>,
    /// Content stems after "than"; none where it is compared with nothing.
    pub(crate) below: BTreeSet<String>,
    /// Content stems after the quality.
    pub(crate) rest: BTreeSet<String>,
}

const IRREGULAR: &[&str] = &["more", "less", "fewer", "better", "worse"];
/// Arabic elatives, folded.
const ELATIVES: &[&str] = &[
    "اكبر", "اصغر", "اكثر", "اقل", "اسرع", "ابطا", "ارخص", "اغلي", "اقوي", "اضعف", "اسهل", "اصعب",
    "افضل", "احسن", "اسوا", "اطول", "اقصر", "اعلي", "ادني", "احدث", "اقدم", "اخف", "اثقل", "اشد",
    "ابسط", "اعقد", "اوسع", "اضيق", "اقرب", "ابعد", "اكفا", "انسب", "ادق", "اهم", "اشهر", "اغني",
    "افقر", "ابرد", "اسخن", "اعمق",
];

/// The comparison with another thing in a statement, if it makes one.
pub(crate) fn ranking(tokens: &[Token]) -> Option<Ranking> {
    let index = (0..tokens.len()).find(|index| is_comparative(tokens, *index))?;
    let is_than = |token: &Token| matches!(token.word.as_str(), "than" | "من");
    let rest = &tokens[index + 1..];
    let than = rest.iter().position(is_than).unwrap_or(rest.len());
    let stems = |part: &[Token]| -> BTreeSet<String> {
        let content = part.iter().filter(|token| token.is_content);
        content.map(|token| token.stem.clone()).collect()
    };
    let word = &tokens[index].word;
    // "More expensive": the quality is what follows.
    let quality = match rest.first().filter(|_| than > 0) {
        Some(next) if matches!(word.as_str(), "more" | "less") => format!("{word} {}", next.stem),
        _ => word.clone(),
    };
    Some(Ranking {
        quality,
        span: tokens[index].span,
        above: stems(&tokens[..index]),
        below: stems(rest.get(than + 1..).unwrap_or_default()),
        rest: stems(rest),
    })
}

impl Ranking {
    /// The other ranks the same two things by the same quality, the other way round.
    pub(crate) fn is_reversed(&self, other: &Self) -> bool {
        let meet = |one: &BTreeSet<String>, other: &BTreeSet<String>| !one.is_disjoint(other);
        let is_swapped = meet(&self.above, &other.below) && meet(&self.below, &other.above);
        let is_kept = meet(&self.above, &other.above) && meet(&self.below, &other.below);
        self.quality == other.quality && is_swapped && !is_kept
    }
}

impl Ranking {
    /// The other says the same of another thing, and neither says what it is compared with.
    pub(crate) fn is_rival(&self, other: &Self) -> bool {
        let is_strange = |one: &Self, other: &Self| {
            let strange = |stem: &String| !other.above.contains(stem) && !other.rest.contains(stem);
            !one.above.is_empty() && one.above.iter().all(strange)
        };
        self.quality == other.quality
            && self.below.is_empty()
            && other.below.is_empty()
            && self.rest == other.rest
            && !self.rest.is_empty()
            && is_strange(self, other)
            && is_strange(other, self)
    }
}

fn is_comparative(tokens: &[Token], index: usize) -> bool {
    let word = tokens[index].word.as_str();
    let is_compared = || {
        tokens
            .get(index + 1)
            .is_some_and(|next| next.word == "than")
    };
    IRREGULAR.contains(&word)
        || ELATIVES.contains(&word)
        || word.ends_with("er") && (is_compared() || lemma(word) != word)
}

#[cfg(test)]
mod tests {
    use crate::feature::Reader;

    #[test]
    fn the_same_order_is_told_from_its_reverse() {
        for (one, other, expected) in [
            (
                "Trains are faster than cars.",
                "Cars are faster than trains.",
                true,
            ),
            (
                "Trains are faster than cars.",
                "Trains are faster than buses.",
                false,
            ),
            (
                "Trains are faster than cars.",
                "Cars are slower than trains.",
                false,
            ),
            ("القطار أسرع من السيارة.", "السيارة أسرع من القطار.", true),
        ] {
            let reader = Reader::new([one, other].into_iter());
            let [first, second] = [one, other].map(|text| super::ranking(&reader.tokens(text)));
            let found = first
                .zip(second)
                .is_some_and(|(one, other)| one.is_reversed(&other));
            assert_eq!(found, expected, "{one} {other}");
        }
    }
}
