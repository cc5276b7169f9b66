//! From claims to an [`Analysis`].

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::agreement::{as_real, share};
use crate::align::{Comparer, Statement, align};
use crate::claim::{AnswerClaims, word_count};
use crate::feature::Reader;
use crate::keyword::keywords;
use crate::row::Group;
use crate::similarity::{Bag, Vocabulary, Weights};
use crate::topic::topics;
use crate::{
    Analysis, Certainty, CertaintyCounts, ClaimRow, Claims, Contradiction, FailedCheck, Gap, Limit,
    MemberMeasure, Pair, Pattern, Sentiment, SentimentCounts, SentimentText, Span, Stance, Unique,
    Vectors,
};

/// Measures what several answers claim: aligns the claims, finds each member's stance, and counts.
/// With `vectors`, statements are also compared by meaning, across languages too; without, by
/// words alone. What was not measured is `None`, and [`Analysis::limits`] says why.
pub fn analyse(claims: &Claims, vectors: Option<&Vectors>) -> Analysis {
    let answers = claims.answers.as_slice();
    // Keywords need nothing of the rest, and take as long as half of it.
    std::thread::scope(|scope| {
        let keywords = scope.spawn(|| keywords(counted(answers)));
        let measured = measured(claims, vectors);
        match keywords.join() {
            Ok(keywords) => Analysis {
                keywords,
                ..measured
            },
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Everything but the keywords.
fn measured(claims: &Claims, vectors: Option<&Vectors>) -> Analysis {
    let answers = claims.answers.as_slice();
    let reader = Reader::new(counted(answers).map(|answer| answer.prose.as_str()));
    let statements = statements(answers, &reader);
    let comparer = Comparer::new(&statements, vectors);
    let found = rows(answers, &statements, &comparer);
    let spokesmen: Vec<usize> = found.iter().map(|(index, _, _)| *index).collect();
    let (rows, conflicts): (Vec<ClaimRow>, Vec<Vec<Contradiction>>) = found
        .into_iter()
        .map(|(_, row, conflicts)| (row, conflicts))
        .unzip();
    let topics = topics(&rows, comparer.topic_threshold(), |one, other| {
        comparer.topic_nearness(&statements[spokesmen[one]], &statements[spokesmen[other]])
    });
    let speakers = counted(answers)
        .filter(|answer| !answer.claims.is_empty())
        .count();
    let weighted: Vec<(f64, usize)> = rows
        .iter()
        .filter_map(|row| Some((row.agreement?, takers(row, answers))))
        .collect();
    let weight: usize = weighted.iter().map(|(_, takers)| takers).sum();
    let total: f64 = weighted
        .iter()
        .map(|(agreement, takers)| agreement * as_real(*takers))
        .sum();
    Analysis {
        schema: Analysis::SCHEMA,
        method: Analysis::METHOD.to_owned(),
        engine: vectors.map_or("lexical", Vectors::engine).to_owned(),
        limits: limits(claims, vectors),
        members: answers
            .iter()
            .map(|answer| member_measure(answer, answers, &rows, vectors))
            .collect(),
        agreement: (weight > 0).then(|| total / as_real(weight)),
        shared_claims: weighted.len(),
        coverage: share(speakers, counted(answers).count()),
        pairs: pairs(answers, &reader, &rows),
        patterns: rows
            .iter()
            .filter_map(|row| pattern(row, answers))
            .collect(),
        gaps: rows.iter().filter_map(|row| gap(row, answers)).collect(),
        unique: rows.iter().filter_map(|row| unique(row, answers)).collect(),
        contradictions: (speakers > 1).then(|| conflicts.into_iter().flatten().collect()),
        failed_checks: failed_checks(answers, &rows),
        claims: rows,
        topics,
        keywords: Vec::new(),
    }
}

fn counted(answers: &[AnswerClaims]) -> impl Iterator<Item = &AnswerClaims> {
    answers.iter().filter(|answer| !answer.apart)
}

/// The rows in their order, each with the place of its spokesman's statement and its contradictions.
fn rows(
    answers: &[AnswerClaims],
    statements: &[Statement<'_>],
    comparer: &Comparer,
) -> Vec<(usize, ClaimRow, Vec<Contradiction>)> {
    let places: Vec<usize> = answers
        .iter()
        .flat_map(|answer| 0..answer.claims.len())
        .collect();
    let groups = align(statements, comparer).into_iter().flat_map(|indices| {
        Group::of(
            indices
                .into_iter()
                .map(|index| (&statements[index], places[index]))
                .collect(),
            comparer,
        )
    });
    let mut rows: Vec<(Group<'_>, ClaimRow)> = groups
        .map(|group| {
            let row = group.row(answers, comparer.crosses_languages());
            (group, row)
        })
        .collect();
    rows.sort_by(|(one_group, one), (other_group, other)| {
        let contested = |row: &ClaimRow| row.agreement.map_or(1.0, |agreement| agreement);
        let said = |row: &ClaimRow| std::cmp::Reverse(takers(row, answers));
        one_group
            .is_apart()
            .cmp(&other_group.is_apart())
            .then(contested(one).total_cmp(&contested(other)))
            .then(said(one).cmp(&said(other)))
            .then(one_group.depth().cmp(&other_group.depth()))
            .then_with(|| (&one.text, &one.context).cmp(&(&other.text, &other.context)))
    });
    rows.into_iter()
        .enumerate()
        .map(|(index, (group, mut row))| {
            row.id = format!("C{}", index + 1);
            let conflicts = group.contradictions(&row, answers);
            (group.index(), row, conflicts)
        })
        .collect()
}

fn statements<'a>(answers: &'a [AnswerClaims], reader: &Reader) -> Vec<Statement<'a>> {
    let mut statements: Vec<Statement<'_>> = answers
        .iter()
        .flat_map(|answer| answer.claims.iter().map(|claim| (answer.apart, claim)))
        .enumerate()
        .map(|(index, (apart, claim))| Statement {
            claim,
            features: reader.features(claim),
            reading: OnceCell::new(),
            bag: Bag::default(),
            apart,
            index,
        })
        .collect();
    let counted = statements.iter().filter(|statement| !statement.apart);
    let weights = Weights::of(counted.map(|statement| statement.features.stems.keys()));
    let mut vocabulary = Vocabulary::default();
    for statement in &mut statements {
        statement.bag = vocabulary.claim_bag(&statement.features, &weights);
    }
    statements
}

/// Places of counted members with a stance that `wanted` takes.
fn members_with(
    row: &ClaimRow,
    answers: &[AnswerClaims],
    wanted: impl Fn(Stance) -> bool,
) -> Vec<usize> {
    let stances = row
        .stances
        .iter()
        .zip(answers)
        .filter(|(_, answer)| !answer.apart);
    stances
        .filter(|(stance, _)| stance.stance.is_some_and(&wanted))
        .map(|(stance, _)| stance.member)
        .collect()
}

fn takers(row: &ClaimRow, answers: &[AnswerClaims]) -> usize {
    members_with(row, answers, |stance| stance != Stance::Silent).len()
}

fn pattern(row: &ClaimRow, answers: &[AnswerClaims]) -> Option<Pattern> {
    let members = members_with(row, answers, |stance| stance == Stance::Asserts);
    (members.len() > 1).then(|| Pattern {
        claim: row.id.clone(),
        members,
    })
}

fn gap(row: &ClaimRow, answers: &[AnswerClaims]) -> Option<Gap> {
    let said_by = members_with(row, answers, |stance| stance != Stance::Silent);
    let missed_by = members_with(row, answers, |stance| stance == Stance::Silent);
    (said_by.len() > 1 && !missed_by.is_empty()).then(|| Gap {
        claim: row.id.clone(),
        said_by,
        missed_by,
    })
}

fn unique(row: &ClaimRow, answers: &[AnswerClaims]) -> Option<Unique> {
    let said_by = members_with(row, answers, |stance| stance != Stance::Silent);
    let is_compared = row
        .stances
        .iter()
        .zip(answers)
        .filter(|(stance, answer)| !answer.apart && stance.stance.is_some());
    match said_by.as_slice() {
        [member] if is_compared.count() > 1 => Some(Unique {
            claim: row.id.clone(),
            member: *member,
        }),
        _ => None,
    }
}

fn member_measure(
    answer: &AnswerClaims,
    answers: &[AnswerClaims],
    rows: &[ClaimRow],
    vectors: Option<&Vectors>,
) -> MemberMeasure {
    let stances = || {
        let counted_rows = rows.iter().filter(|row| takers(row, answers) > 0);
        counted_rows
            .flat_map(|row| &row.stances)
            .filter(|stance| stance.member == answer.member)
    };
    let taken = stances().filter(|stance| stance.position.is_some()).count();
    let measured = stances().filter(|stance| stance.stance.is_some()).count();
    MemberMeasure {
        member: answer.member,
        label: answer.label.clone(),
        apart: answer.apart,
        language: answer.language,
        words: word_count(&answer.prose),
        claims: answer.claims.len(),
        coverage: share(taken, measured),
        sentiment: sentiment_of(answer, vectors),
        certainty: certainty_of(answer),
    }
}

fn failed_checks(answers: &[AnswerClaims], rows: &[ClaimRow]) -> Vec<FailedCheck> {
    let mut found = Vec::new();
    for answer in answers {
        for (place, failure) in &answer.failures {
            let said = place.and_then(|place| answer.claims.get(place));
            found.push(FailedCheck {
                member: answer.member,
                claim: said.and_then(|claim| row_of(rows, answer.member, claim.span)),
                kind: failure.kind,
                span: failure.span,
                expected: failure.expected.clone(),
            });
        }
    }
    found
}

/// The row in which a member is quoted with these words.
fn row_of(rows: &[ClaimRow], member: usize, span: Span) -> Option<String> {
    let quotes_it = |row: &&ClaimRow| {
        let own = row.stances.iter().filter(|stance| stance.member == member);
        own.flat_map(|stance| &stance.quotes)
            .any(|quote| quote.span == span)
    };
    rows.iter().find(quotes_it).map(|row| row.id.clone())
}

fn sentiment_of(answer: &AnswerClaims, vectors: Option<&Vectors>) -> SentimentCounts {
    let mut counts = SentimentCounts::default();
    for claim in &answer.claims {
        let vector = vectors.and_then(|vectors| vectors.of(&claim.text));
        let count = match SentimentText::new(&claim.text).judge(vector) {
            Sentiment::Negative => &mut counts.negative,
            Sentiment::Neutral => &mut counts.neutral,
            Sentiment::Positive => &mut counts.positive,
        };
        *count += 1;
    }
    counts
}

fn certainty_of(answer: &AnswerClaims) -> CertaintyCounts {
    let mut counts = CertaintyCounts::default();
    for claim in &answer.claims {
        let count = match Certainty::of(&claim.text) {
            Certainty::Hedged => &mut counts.hedged,
            Certainty::Plain => &mut counts.plain,
            Certainty::Categorical => &mut counts.categorical,
        };
        *count += 1;
    }
    counts
}

fn pairs(answers: &[AnswerClaims], reader: &Reader, rows: &[ClaimRow]) -> Vec<Pair> {
    let contents: Vec<BTreeMap<String, u32>> = answers
        .iter()
        .map(|answer| reader.content(&answer.prose))
        .collect();
    let counted = contents
        .iter()
        .zip(answers)
        .filter(|(_, answer)| !answer.apart);
    let weights = Weights::of(counted.map(|(content, _)| content.keys()));
    let mut vocabulary = Vocabulary::default();
    let bags: Vec<Bag> = contents
        .iter()
        .map(|content| vocabulary.answer_bag(content, &weights))
        .collect();
    let mut pairs = Vec::new();
    for (index, one) in answers.iter().enumerate() {
        for (offset, other) in answers[index + 1..].iter().enumerate() {
            let comparable = one.language == other.language
                || one.language.is_none()
                || other.language.is_none();
            let similarity = bags[index]
                .cosine(&bags[index + 1 + offset])
                .filter(|_| comparable);
            pairs.push(pair(one.member, other.member, similarity, rows));
        }
    }
    pairs
}

fn pair(first: usize, second: usize, similarity: Option<f64>, rows: &[ClaimRow]) -> Pair {
    let position = |row: &ClaimRow, member: usize| {
        row.stances
            .iter()
            .find(|stance| stance.member == member)?
            .position
    };
    let shared: Vec<bool> = rows
        .iter()
        .filter_map(|row| Some(position(row, first)? == position(row, second)?))
        .collect();
    Pair {
        first,
        second,
        similarity,
        agreement: share(shared.iter().filter(|alike| **alike).count(), shared.len()),
        shared_claims: shared.len(),
    }
}

fn limits(claims: &Claims, vectors: Option<&Vectors>) -> Vec<Limit> {
    let answers = claims.answers.as_slice();
    let mut languages: Vec<_> = counted(answers)
        .flat_map(|answer| &answer.claims)
        .filter_map(|claim| claim.language)
        .collect();
    languages.sort_unstable();
    languages.dedup();
    let count = counted(answers).count();
    let met = [
        (answers.is_empty(), Limit::NoAnswer),
        (count == 1, Limit::OneAnswer),
        (
            answers.iter().any(|answer| answer.claims.is_empty()),
            Limit::AnswerWithoutClaims,
        ),
        (vectors.is_none() && count > 1, Limit::LexicalOnly),
        (count > 1, Limit::ContradictionDirectOnly),
        (
            vectors.is_none() && languages.len() > 1,
            Limit::CrossLanguageUnaligned,
        ),
        (
            answers.iter().any(|answer| answer.apart),
            Limit::MembersApart,
        ),
    ];
    let mut limits = claims.limits.clone();
    limits.extend(
        met.into_iter()
            .filter(|(is_met, _)| *is_met)
            .map(|(_, limit)| limit),
    );
    limits.sort_unstable();
    limits.dedup();
    limits
}
