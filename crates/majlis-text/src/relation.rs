//! What two statements about the same thing do to each other, where the words show it directly.

use crate::Span;
use crate::agreement::as_real;
use crate::feature::Features;
use crate::number::Number;
use crate::opposites::{are_opposite, exclude_each_other};
use crate::wordnet;

/// How alike two statements must be, numbers and negations aside, before what differs between them
/// is evidence.
pub(crate) const MIN_DIRECT: f64 = 0.55;

/// What two statements do to each other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Relation {
    /// Nothing that the words show.
    Compatible,
    /// One denies what the other asserts.
    Negation(Marks),
    /// Both give a value for the same thing, and the values exclude each other.
    DifferentValue(Marks),
    /// They say opposite words of the same thing, or one speaks of one only and the other of many.
    Opposite(Marks),
    /// The trained head finds that both cannot be true.
    Inferred,
}

impl Relation {
    /// The same with the statements in the other order.
    pub(crate) fn turned(&self) -> Self {
        match self {
            Self::Compatible => Self::Compatible,
            Self::Negation(marks) => Self::Negation(marks.turned()),
            Self::DifferentValue(marks) => Self::DifferentValue(marks.turned()),
            Self::Opposite(marks) => Self::Opposite(marks.turned()),
            Self::Inferred => Self::Inferred,
        }
    }
}

/// The words in which two statements differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    /// In the first statement.
    pub(crate) first: Span,
    /// In the second statement.
    pub(crate) second: Span,
}

impl Marks {
    fn turned(self) -> Self {
        Self {
            first: self.second,
            second: self.first,
        }
    }
}

/// What two statements do to each other, `similarity` being how alike they are by words.
///
/// Guards against false alarms: both name the same things, and both hold under a condition or
/// neither does.
pub(crate) fn relation(one: &Features, other: &Features, similarity: f64) -> Relation {
    if similarity < MIN_DIRECT
        || one.names != other.names
        || one.is_conditional != other.is_conditional
    {
        return Relation::Compatible;
    }
    if let Some(marks) = negated(one, other) {
        return Relation::Negation(marks);
    }
    if let Some(marks) = negated(other, one) {
        return Relation::Negation(marks.turned());
    }
    if one.negations.is_empty() == other.negations.is_empty()
        && let Some((first, second)) = excluding_values(one, other)
    {
        return Relation::DifferentValue(Marks {
            first: first.span,
            second: second.span,
        });
    }
    Relation::Compatible
}

/// What two statements do to each other that are known to speak to the same thing, in whatever
/// words. The same guards as in [`relation`]; that both deny, or one denies the opposite, is
/// agreement.
pub(crate) fn relation_by_meaning(one: &Features, other: &Features) -> Relation {
    if let Some(marks) = verdicts(one, other) {
        return Relation::Negation(marks);
    }
    if let Some(marks) = identities(one, other) {
        return Relation::DifferentValue(marks);
    }
    if one.is_conditional != other.is_conditional || name_other_things(one, other) {
        return Relation::Compatible;
    }
    if let Some(marks) = duties(one, other).or_else(|| influences(one, other)) {
        return Relation::Negation(marks);
    }
    let settings = || set_aside(one, other).or_else(|| set_aside(other, one).map(Marks::turned));
    if let Some(marks) = rankings(one, other)
        .or_else(|| attitudes(one, other))
        .or_else(settings)
    {
        return Relation::Opposite(marks);
    }
    if let Some(found) = denied_or_opposite(one, other) {
        return found;
    }
    if let Some(marks) = scopes(one, other) {
        return Relation::Opposite(marks);
    }
    let are_both_free = one.negations.is_empty() == other.negations.is_empty();
    let value = || {
        excluding_values(one, other).map(|(first, second)| Marks {
            first: first.span,
            second: second.span,
        })
    };
    match value().or_else(|| growths(one, other)) {
        Some(marks) if are_both_free => Relation::DifferentValue(marks),
        _ => Relation::Compatible,
    }
}

/// A denial or opposite words; both together are agreement, and so is a denial in one of two
/// statements that are both against something.
fn denied_or_opposite(one: &Features, other: &Features) -> Option<Relation> {
    let denied = negated(one, other)
        .or_else(|| negated(other, one).map(Marks::turned))
        .or_else(|| turned_round(one, other))
        .or_else(|| turned_round(other, one).map(Marks::turned));
    match (denied, opposites(one, other)) {
        (Some(_), Some(_)) => Some(Relation::Compatible),
        (Some(_), None) if stand_alike(one, other) => Some(Relation::Compatible),
        (Some(marks), None) => Some(Relation::Negation(marks)),
        (None, Some(marks)) if one.negations.len() == other.negations.len() => {
            Some(Relation::Opposite(marks))
        }
        _ => None,
    }
}

/// Both are for what they speak of, or both against it.
fn stand_alike(one: &Features, other: &Features) -> bool {
    let sides = one.attitude.zip(other.attitude);
    sides.is_some_and(|((is_for, _), (is_other_for, _))| is_for == is_other_for)
}

/// What two statements in different languages do to each other that surely speak to the same
/// thing: one denies once, the other nothing.
pub(crate) fn relation_across(one: &Features, other: &Features) -> Relation {
    if let Some(marks) = verdicts(one, other) {
        return Relation::Negation(marks);
    }
    let found = turned_across(one, other).or_else(|| turned_across(other, one).map(Marks::turned));
    match found {
        Some(marks) if one.is_conditional == other.is_conditional => Relation::Negation(marks),
        _ => relation_by_meaning(one, other),
    }
}

fn turned_across(denier: &Features, asserter: &Features) -> Option<Marks> {
    let [negation] = denier.negations.as_slice() else {
        return None;
    };
    let applies = asserter.negations.is_empty() && !negation.forbids;
    let last = asserter.bases.values().max_by_key(|span| span.start);
    last.filter(|_| applies).map(|second| Marks {
        first: negation.span,
        second: *second,
    })
}

/// One is for, the other against what is mostly the same.
fn attitudes(one: &Features, other: &Features) -> Option<Marks> {
    let ((is_for, first), (is_other_for, second)) = (one.attitude?, other.attitude?);
    if is_for == is_other_for {
        return None;
    }
    let own = |of: &Features, word: Span| -> Vec<String> {
        let stems = of.stems.iter().filter(|(_, span)| **span != word);
        stems.map(|(stem, _)| stem.clone()).collect()
    };
    let (mine, theirs) = (own(one, first), own(other, second));
    let shared = mine.iter().filter(|stem| theirs.contains(stem)).count();
    let least = mine.len().min(theirs.len());
    let is_same = shared > 0 && 2 * shared >= least;
    is_same.then_some(Marks { first, second })
}

/// The first leaves for something else what the second is for.
fn set_aside(one: &Features, other: &Features) -> Option<Marks> {
    let setting = one.setting.as_ref()?;
    let (_, second) = other.attitude.filter(|(is_for, _)| *is_for)?;
    let is_left = setting
        .left
        .iter()
        .all(|stem| other.stems.contains_key(stem));
    let chosen = |stem: &String| !setting.left.contains(stem) && other.stems.contains_key(stem);
    let is_taken = setting.taken.iter().any(chosen);
    let applies = is_left && !is_taken && other.setting.is_none();
    applies.then_some(Marks {
        first: setting.span,
        second,
    })
}

/// Both rank the same two things the other way round, or put different things first.
fn rankings(one: &Features, other: &Features) -> Option<Marks> {
    let (first, second) = (one.ranking.as_ref()?, other.ranking.as_ref()?);
    let applies = (first.is_reversed(second) || first.is_rival(second))
        && one.negations.len() == other.negations.len();
    applies.then_some(Marks {
        first: first.span,
        second: second.span,
    })
}

/// Both say which one something is, and name different things.
fn identities(one: &Features, other: &Features) -> Option<Marks> {
    let (first, second) = (one.identity.as_ref()?, other.identity.as_ref()?);
    let are_free = one.negations.is_empty() && other.negations.is_empty();
    (are_free && first.excludes(second)).then_some(Marks {
        first: first.span,
        second: second.span,
    })
}

/// One opens with "yes", the other with "no": they speak to the same question, whatever follows.
pub(crate) fn verdicts(one: &Features, other: &Features) -> Option<Marks> {
    let ((is_yes, first), (is_other_yes, second)) = (one.verdict?, other.verdict?);
    (is_yes != is_other_yes).then_some(Marks { first, second })
}

/// One says that something is needed, the other that it is not.
fn duties(one: &Features, other: &Features) -> Option<Marks> {
    let ((is_needed, first), (is_other_needed, second)) = (one.duty?, other.duty?);
    (is_needed != is_other_needed).then_some(Marks { first, second })
}

/// Both answer the same question, whatever else they say: yes or no, or which one it is.
pub(crate) fn answer_alike(one: &Features, other: &Features) -> bool {
    verdicts(one, other).is_some() || identities(one, other).is_some()
}

/// One says that something makes no difference, the other that it changes what is spoken of.
fn influences(one: &Features, other: &Features) -> Option<Marks> {
    let ((has, first), (other_has, second)) = (one.influence?, other.influence?);
    (has != other_has && share_stem(one, other)).then_some(Marks { first, second })
}

fn share_stem(one: &Features, other: &Features) -> bool {
    let mut stems = one.stems.keys();
    stems.any(|stem| other.stems.contains_key(stem))
}

/// Two orders of growth of the same thing.
fn growths(one: &Features, other: &Features) -> Option<Marks> {
    let ((written, first), (other_written, second)) =
        (one.growth.as_ref()?, other.growth.as_ref()?);
    (written != other_written).then_some(Marks {
        first: *first,
        second: *second,
    })
}

/// Share of the words of both that both have, from which one denial more in either turns the whole
/// round.
const MOST_WORDS: f64 = 0.6;

/// The first denies once, in mostly the words of the second, which denies nothing.
fn turned_round(denier: &Features, asserter: &Features) -> Option<Marks> {
    let [negation] = denier.negations.as_slice() else {
        return None;
    };
    let own = asserter.stems.iter();
    let shared: Vec<Span> = own
        .filter(|(stem, _)| denier.stems.contains_key(*stem))
        .map(|(_, span)| *span)
        .collect();
    let all = as_real(denier.stems.len() + asserter.stems.len());
    let is_most = 2.0 * as_real(shared.len()) >= MOST_WORDS * all;
    let applies = asserter.negations.is_empty() && shared.len() > 1 && is_most && !negation.forbids;
    shared.last().filter(|_| applies).map(|second| Marks {
        first: negation.span,
        second: *second,
    })
}

/// Words of each that the other does not have, and that cannot both be said of one thing.
fn opposites(one: &Features, other: &Features) -> Option<Marks> {
    let alone = |of: &Features, against: &Features| -> Vec<(String, Span)> {
        let bases = of.bases.iter();
        let own = bases.filter(|(base, _)| !against.bases.contains_key(*base));
        own.map(|(base, span)| (base.clone(), *span)).collect()
    };
    let (first, second) = (alone(one, other), alone(other, one));
    first.iter().find_map(|(base, span)| {
        let rival = second.iter().find(|(rival, _)| {
            are_opposite(base, rival)
                || exclude_each_other(base, rival)
                || wordnet::are_opposite(base, rival)
        });
        rival.map(|(_, rival)| Marks {
            first: *span,
            second: *rival,
        })
    })
}

/// One speaks of one only, the other of many.
fn scopes(one: &Features, other: &Features) -> Option<Marks> {
    let ((scope, first), (other_scope, second)) = (one.scope?, other.scope?);
    (scope != other_scope).then_some(Marks { first, second })
}

/// The first denies, once, a word the second asserts, and the second denies nothing.
fn negated(denier: &Features, asserter: &Features) -> Option<Marks> {
    let [negation] = denier.negations.as_slice() else {
        return None;
    };
    let object = negation.object.as_deref()?;
    let place = asserter
        .stems
        .get(object)
        .filter(|_| asserter.negations.is_empty())?;
    Some(Marks {
        first: negation.span,
        second: *place,
    })
}

/// Two numbers that count the same and exclude each other, when no number of the one that counts
/// it fits any of the other.
fn excluding_values<'a>(
    one: &'a Features,
    other: &'a Features,
) -> Option<(&'a Number, &'a Number)> {
    let same_slot = |a: &Number, b: &Number| a.slots.iter().any(|slot| b.slots.contains(slot));
    one.numbers.iter().find_map(|first| {
        let mut rivals = other
            .numbers
            .iter()
            .filter(|second| same_slot(first, second))
            .peekable();
        let second = *rivals.peek()?;
        let is_apart = rivals.all(|rival| {
            let fits = |number: &Number| {
                same_slot(number, rival) && !number.magnitude.excludes(&rival.magnitude)
            };
            !one.numbers.iter().any(fits)
        });
        is_apart.then_some((first, second))
    })
}

/// How much the alignment of two statements is to be doubted for what their words show apart from
/// a direct relation: 1 for no doubt.
pub(crate) fn doubt(one: &Features, other: &Features) -> f64 {
    let mut factor = 1.0;
    if denies_what_is_said(one, other) || denies_what_is_said(other, one) {
        factor *= 0.6;
    }
    factor * doubt_of_names(one, other)
}

/// The same for names alone: statements about different things.
pub(crate) fn doubt_of_names(one: &Features, other: &Features) -> f64 {
    let pair = one.identity.as_ref().zip(other.identity.as_ref());
    if pair.is_some_and(|(first, second)| first.excludes(second)) {
        return 1.0;
    }
    let says_else = pair.is_some_and(|(first, second)| first.differs(second));
    if says_else || name_other_things(one, other) {
        0.4
    } else {
        1.0
    }
}

fn name_other_things(one: &Features, other: &Features) -> bool {
    !one.names.is_empty() && !other.names.is_empty() && one.names.is_disjoint(&other.names)
}

/// The first denies a word that the second uses without denying anything.
fn denies_what_is_said(denier: &Features, asserter: &Features) -> bool {
    let objects = denier
        .negations
        .iter()
        .filter_map(|negation| negation.object.as_ref());
    asserter.negations.is_empty()
        && objects
            .into_iter()
            .any(|object| asserter.stems.contains_key(object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similarity::{Vocabulary, Weights, lexical};
    use crate::{Answer, extract, feature::Reader};

    #[derive(Debug, PartialEq)]
    enum Found {
        Nothing,
        Negation(String, String),
        Value(String, String),
    }

    fn found(one: &str, other: &str) -> Found {
        let claims = extract(&[Answer::new(0, "a", one), Answer::new(1, "b", other)]);
        let reader = Reader::new([one, other].into_iter());
        let claims: Vec<_> = claims.iter().cloned().collect();
        let [first, second] = claims.as_slice() else {
            panic!("each side is one claim: {claims:?}");
        };
        let features = [reader.features(first), reader.features(second)];
        let weights = Weights::of(features.iter().map(|features| features.stems.keys()));
        let mut vocabulary = Vocabulary::default();
        let bags = [0, 1].map(|side| vocabulary.claim_bag(&features[side], &weights));
        let similarity = lexical((&features[0], &bags[0]), (&features[1], &bags[1]));
        let text = |marks: Marks| {
            let cut = |text: &str, span: Span| text[span.start..span.end].to_owned();
            (
                cut(&first.text, marks.first),
                cut(&second.text, marks.second),
            )
        };
        match relation(&features[0], &features[1], similarity) {
            Relation::Compatible => Found::Nothing,
            Relation::Negation(marks) => {
                let (one, other) = text(marks);
                Found::Negation(one, other)
            }
            Relation::DifferentValue(marks) => {
                let (one, other) = text(marks);
                Found::Value(one, other)
            }
            Relation::Opposite(_) | Relation::Inferred => panic!("found by meaning only"),
        }
    }

    #[track_caller]
    fn check(one: &str, other: &str, expected: &Found) {
        let mirrored = match expected {
            Found::Nothing => Found::Nothing,
            Found::Negation(one, other) => Found::Negation(other.clone(), one.clone()),
            Found::Value(one, other) => Found::Value(other.clone(), one.clone()),
        };
        assert_eq!(&found(one, other), expected, "{one} / {other}");
        assert_eq!(found(other, one), mirrored, "{other} / {one}");
    }

    fn negation(one: &str, other: &str) -> Found {
        Found::Negation(one.to_owned(), other.to_owned())
    }

    fn value(one: &str, other: &str) -> Found {
        Found::Value(one.to_owned(), other.to_owned())
    }

    #[test]
    fn a_denial_in_the_same_words_is_found_with_its_words() {
        check(
            "The cache is not safe for threads.",
            "The cache is safe for threads.",
            &negation("not", "safe"),
        );
        check(
            "You cannot copy the file while it is open.",
            "You can copy the file while it is open.",
            &negation("cannot", "copy"),
        );
        check(
            "The library doesn't support Windows.",
            "The library supports Windows.",
            &negation("doesn't", "supports"),
        );
        check(
            "لا يدعم هذا الإصدار المعاملات المتداخلة.",
            "يدعم هذا الإصدار المعاملات المتداخلة.",
            &negation("لا", "يدعم"),
        );
        check(
            "القاعدة غير مناسبة للخوادم الكبيرة.",
            "القاعدة مناسبة للخوادم الكبيرة.",
            &negation("غير", "مناسبة"),
        );
        check("No", "Yes", &negation("No", "Yes"));
        check("نعم", "لا", &negation("نعم", "لا"));
    }

    #[test]
    fn another_value_in_the_same_frame_is_found_with_its_words() {
        check(
            "The plan costs $15 per month.",
            "The plan costs $50 per month.",
            &value("$15", "$50"),
        );
        check(
            "Python 3.12 added this syntax.",
            "Python 3.10 added this syntax.",
            &value("3.12", "3.10"),
        );
        check(
            "It was released in 2019 by Mozilla.",
            "It was released in 2021 by Mozilla.",
            &value("2019", "2021"),
        );
        check(
            "The limit is 10,000 rows per table.",
            "The limit is 20k rows per table.",
            &value("10,000", "20k"),
        );
        check(
            "يستغرق النقل ثلاثة أيام تقريبا.",
            "يستغرق النقل ٧ أيام تقريبا.",
            &value("ثلاثة", "٧"),
        );
        check(
            "تبلغ النسبة ٢٠٪ من المستخدمين.",
            "تبلغ النسبة ٣٥٪ من المستخدمين.",
            &value("٢٠٪", "٣٥٪"),
        );
        check("42", "41", &value("42", "41"));
    }

    #[test]
    fn what_only_looks_like_a_contradiction_is_let_pass() {
        for (one, other) in [
            (
                "PostgreSQL does not need a licence key.",
                "Oracle needs a licence key.",
            ),
            (
                "The cache is not only safe for threads.",
                "The cache is safe for threads.",
            ),
            (
                "The cache is not safe for threads if it is shared.",
                "The cache is safe for threads.",
            ),
            (
                "The plan costs about $15 per month.",
                "The plan costs $16 per month.",
            ),
            (
                "The plan costs $10–20 per month.",
                "The plan costs $15 per month.",
            ),
            (
                "The plan holds more than 100 users.",
                "The plan holds 500 users.",
            ),
            (
                "The plan holds 5 users and 10 projects.",
                "The plan holds 10 projects and 5 users.",
            ),
            (
                "It needs no server process at all.",
                "It does not need a server process at all.",
            ),
            (
                "Tests take 5 minutes on this machine.",
                "Tests take 300 seconds on this machine.",
            ),
            ("لا بد من خادم مستقل للقاعدة.", "خادم مستقل للقاعدة أفضل."),
        ] {
            check(one, other, &Found::Nothing);
        }
    }
}
