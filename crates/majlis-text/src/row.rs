//! From a group of aligned statements to a row of the grid: who asserts, denies, gives another
//! value, is silent.

use std::collections::BTreeMap;

use crate::agreement::{entropy_agreement, share};
use crate::align::{Comparer, Comparison, Statement};
use crate::camp::camps;
use crate::claim::AnswerClaims;
use crate::relation::{Marks, Relation};
use crate::{
    Certainty, ClaimRow, Contradiction, Evidence, MemberStance, Quote, Side, Span, Stance,
};

/// Statements of one member in a group: every two in it are compared.
const MAX_QUOTES: usize = 6;

/// A group of aligned statements with its spokesman.
pub(crate) struct Group<'a> {
    /// The statements, ascending by answer and place.
    members: Vec<&'a Statement<'a>>,
    /// Places of the statements in their answers' lists of claims.
    places: Vec<usize>,
    /// Which of them speaks for the row.
    spokesman: usize,
    /// The position of each: 0 is the spokesman's.
    positions: Vec<usize>,
    /// How each lies to each.
    comparisons: Vec<Vec<Comparison>>,
}

/// What an answer needs to be known by for a row.
pub(crate) type Answers = [AnswerClaims];

impl<'a> Group<'a> {
    /// Groups statements given with their places in their answers' lists. Where some contradict
    /// each other, those only loosely like the spokesman's take no side: they are a group of their
    /// own. Of a member that says the same again and again, the first [`MAX_QUOTES`] are taken.
    pub(crate) fn of(members: Vec<(&'a Statement<'a>, usize)>, comparer: &Comparer) -> Vec<Self> {
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        let mut rest = members;
        rest.retain(|(statement, _)| {
            let count = taken.entry(statement.claim.member).or_default();
            *count += 1;
            *count <= MAX_QUOTES
        });
        let mut groups = Vec::new();
        while !rest.is_empty() {
            let (group, loose) = Self::with_loose(rest, comparer);
            groups.extend(group);
            rest = loose;
        }
        groups
    }

    fn with_loose(
        members: Vec<(&'a Statement<'a>, usize)>,
        comparer: &Comparer,
    ) -> (Option<Self>, Vec<(&'a Statement<'a>, usize)>) {
        let statements: Vec<&Statement<'_>> =
            members.iter().map(|(statement, _)| *statement).collect();
        let comparisons = compare_all(&statements, comparer);
        let Some(spokesman) = spokesman(&statements, &comparisons) else {
            return (None, Vec::new());
        };
        let sides = comparisons.iter().zip(&statements);
        let is_contested = sides.clone().any(|(row, one)| {
            let mut rivals = row.iter().zip(&statements);
            !one.apart
                && rivals
                    .any(|(found, other)| found.relation != Relation::Compatible && !other.apart)
        });
        if !is_contested {
            return (Self::new(members, comparisons), Vec::new());
        }
        let takes_side = |index: usize| {
            let mut others = comparisons[index].iter().zip(&statements);
            index == spokesman
                || comparisons[spokesman][index].is_close()
                || others
                    .any(|(found, other)| found.relation != Relation::Compatible && !other.apart)
        };
        let (sides, loose): (Vec<usize>, Vec<usize>) =
            (0..members.len()).partition(|index| takes_side(*index));
        let among = |row: &usize| -> Vec<Comparison> {
            let found = sides.iter().map(|index| comparisons[*row][*index].clone());
            found.collect()
        };
        let between = sides.iter().map(among).collect();
        let of = |list: Vec<usize>| list.into_iter().map(|index| members[index]).collect();
        (Self::new(of(sides), between), of(loose))
    }

    fn new(
        members: Vec<(&'a Statement<'a>, usize)>,
        comparisons: Vec<Vec<Comparison>>,
    ) -> Option<Self> {
        let (members, places): (Vec<&Statement<'_>>, Vec<usize>) = members.into_iter().unzip();
        let spokesman = spokesman(&members, &comparisons)?;
        Some(Self {
            positions: camps(&members, &comparisons, spokesman),
            members,
            places,
            spokesman,
            comparisons,
        })
    }

    /// What a statement does to the row: to its spokesman, else to those who stand with it.
    fn relation(&self, index: usize) -> &Relation {
        let direct = &self.comparisons[self.spokesman][index].relation;
        let allies = (0..self.members.len())
            .filter(|ally| self.positions[*ally] == 0 && !self.members[*ally].apart);
        let mut of_allies = allies.map(|ally| &self.comparisons[ally][index].relation);
        if *direct == Relation::Compatible {
            let clashes = |relation: &&Relation| **relation != Relation::Compatible;
            return of_allies.find(clashes).unwrap_or(direct);
        }
        direct
    }

    /// How far into its answer the spokesman stands, as a number for ordering only.
    pub(crate) fn depth(&self) -> usize {
        self.places.get(self.spokesman).copied().unwrap_or(0)
    }

    /// The place of the spokesman's statement among all.
    pub(crate) fn index(&self) -> usize {
        self.members
            .get(self.spokesman)
            .map_or(0, |statement| statement.index)
    }

    /// Only members apart speak here.
    pub(crate) fn is_apart(&self) -> bool {
        self.members.iter().all(|statement| statement.apart)
    }

    /// The row. Its id is given by the caller, who knows the order.
    pub(crate) fn row(&self, answers: &Answers, crosses_languages: bool) -> ClaimRow {
        let claim = self.members[self.spokesman].claim;
        let stances: Vec<MemberStance> = answers
            .iter()
            .map(|answer| {
                self.stance(
                    answer,
                    answer_is_comparable(answer, claim, crosses_languages),
                )
            })
            .collect();
        let counted = || {
            stances
                .iter()
                .zip(answers)
                .filter(|(_, answer)| !answer.apart)
                .map(|(stance, _)| stance)
        };
        let measured = counted().filter(|stance| stance.stance.is_some()).count();
        let mut at: BTreeMap<usize, usize> = BTreeMap::new();
        for position in counted().filter_map(|stance| stance.position) {
            *at.entry(position).or_default() += 1;
        }
        let taken: Vec<usize> = at.into_values().collect();
        ClaimRow {
            id: String::new(),
            text: claim.text.clone(),
            language: claim.language,
            member: claim.member,
            context: claim.context.clone(),
            certainty: Certainty::of(&claim.text),
            agreement: entropy_agreement(&taken),
            coverage: share(taken.iter().sum(), measured),
            stances,
        }
    }

    fn stance(&self, answer: &AnswerClaims, is_comparable: bool) -> MemberStance {
        let own: Vec<usize> = self.of_member(answer.member);
        // A member that says both holds the position it shares with the row.
        let Some(chosen) = own
            .iter()
            .copied()
            .min_by_key(|index| self.positions[*index])
        else {
            return MemberStance {
                member: answer.member,
                stance: is_comparable.then_some(Stance::Silent),
                position: None,
                value: None,
                quotes: Vec::new(),
            };
        };
        let position = self.positions[chosen];
        let stance = match (position, self.relation(chosen)) {
            (0, _) => Stance::Asserts,
            (_, Relation::DifferentValue(_)) => Stance::DifferentValue,
            // Who stands with one that denies denies as well.
            _ => Stance::Denies,
        };
        let held = own
            .iter()
            .filter(|index| self.positions[**index] == position);
        MemberStance {
            member: answer.member,
            stance: Some(stance),
            position: Some(position),
            value: self.value(chosen),
            quotes: held.map(|index| quote(self.members[*index])).collect(),
        }
    }

    /// The value a statement gives, in a row that turns on one.
    fn value(&self, index: usize) -> Option<String> {
        let text = |span: Span| {
            self.members[index]
                .claim
                .text
                .get(span.start..span.end)
                .map(str::to_owned)
        };
        let to_spokesman = &self.comparisons[self.spokesman];
        if let Relation::DifferentValue(marks) = &to_spokesman[index].relation {
            return text(marks.second);
        }
        let slot_of = |found: &Comparison| match &found.relation {
            Relation::DifferentValue(marks) => Some(marks.first),
            _ => None,
        };
        let span = to_spokesman.iter().find_map(slot_of)?;
        let number = self.members[self.spokesman]
            .features
            .numbers
            .iter()
            .find(|number| number.span == span)?;
        let mut numbers = self.members[index].features.numbers.iter();
        let own = numbers.find(|own| own.slots.iter().any(|slot| number.slots.contains(slot)))?;
        text(own.span)
    }

    fn of_member(&self, member: usize) -> Vec<usize> {
        (0..self.members.len())
            .filter(|index| self.members[*index].claim.member == member)
            .collect()
    }

    /// Statements of counted members at different positions: per pair of members the most alike of
    /// those that exclude each other themselves, else, by meaning, of those that stand with such.
    pub(crate) fn contradictions(&self, row: &ClaimRow, answers: &Answers) -> Vec<Contradiction> {
        let mut found: BTreeMap<(usize, usize), (bool, Contradiction)> = BTreeMap::new();
        for (index, one) in self.members.iter().enumerate() {
            for (later, other) in self.members.iter().enumerate().skip(index + 1) {
                let pair = (one.claim.member, other.claim.member);
                if pair.0 == pair.1
                    || self.positions[index] == self.positions[later]
                    || one.apart
                    || other.apart
                    || !stand_apart(row, pair)
                {
                    continue;
                }
                let Some(contradiction) = self.contradiction(&row.id, (index, later), answers)
                else {
                    continue;
                };
                let is_direct = contradiction.evidence != Evidence::Position;
                let is_better = found.get(&pair).is_none_or(|(was_direct, best)| {
                    (*was_direct, best.similarity) < (is_direct, contradiction.similarity)
                });
                if is_better {
                    found.insert(pair, (is_direct, contradiction));
                }
            }
        }
        found.into_values().map(|(_, found)| found).collect()
    }

    fn contradiction(
        &self,
        id: &str,
        (index, later): (usize, usize),
        answers: &Answers,
    ) -> Option<Contradiction> {
        let found = &self.comparisons[index][later];
        let (evidence, marks) = match &found.relation {
            Relation::Negation(marks) => (Evidence::Negation, Some(marks)),
            Relation::DifferentValue(marks) => (Evidence::DifferentValue, Some(marks)),
            Relation::Opposite(marks) => (Evidence::Opposite, Some(marks)),
            Relation::Inferred => (Evidence::Inference, None),
            Relation::Compatible if found.likelihood.is_some() => (Evidence::Position, None),
            Relation::Compatible => return None,
        };
        let side = |at: usize, mark: Option<Span>| {
            let claim = self.members[at].claim;
            let place =
                mark.and_then(|mark| source_of(answers, claim.member, self.places[at], mark));
            Side {
                member: claim.member,
                quote: quote(self.members[at]),
                marks: place.into_iter().collect(),
            }
        };
        Some(Contradiction {
            claim: id.to_owned(),
            evidence,
            first: side(index, marks.map(|marks: &Marks| marks.first)),
            second: side(later, marks.map(|marks| marks.second)),
            similarity: found.nearness(),
        })
    }
}

/// The two members hold different positions in the end.
fn stand_apart(row: &ClaimRow, pair: (usize, usize)) -> bool {
    let position = |member: usize| {
        row.stances
            .iter()
            .find(|stance| stance.member == member)?
            .position
    };
    position(pair.0) != position(pair.1)
}

/// The answer has claims, and words or vectors can compare them with this one.
fn answer_is_comparable(
    answer: &AnswerClaims,
    claim: &crate::Claim,
    crosses_languages: bool,
) -> bool {
    let mut claims = answer.claims.iter();
    claims.any(|other| crosses_languages || crate::similarity::share_language(claim, other))
}

/// Every statement held against every one; each two are compared once.
fn compare_all(members: &[&Statement<'_>], comparer: &Comparer) -> Vec<Vec<Comparison>> {
    let mut rows: Vec<Vec<Comparison>> = Vec::with_capacity(members.len());
    for (index, one) in members.iter().enumerate() {
        let before = rows.iter().map(|row| row[index].turned());
        let mut row: Vec<Comparison> = before.collect();
        let rest = members[index..].iter();
        row.extend(rest.map(|other| comparer.compare(one, other)));
        rows.push(row);
    }
    rows
}

/// The statement most members can sign, of those that take a side where there are sides; among
/// equals the one most like the others.
fn spokesman(members: &[&Statement<'_>], comparisons: &[Vec<Comparison>]) -> Option<usize> {
    let signers = |index: usize| {
        let row = comparisons[index].iter().zip(members);
        let mut signers: Vec<usize> = row
            .filter(|(found, statement)| found.relation == Relation::Compatible && !statement.apart)
            .map(|(_, statement)| statement.claim.member)
            .collect();
        signers.sort_unstable();
        signers.dedup();
        signers.len()
    };
    let takes_side = |index: usize| {
        let mut others = comparisons[index].iter().zip(members);
        others.any(|(found, statement)| found.relation != Relation::Compatible && !statement.apart)
    };
    // Rounded, because the order of the members must not decide through the order of a sum.
    let likeness = |index: usize| {
        let others = comparisons[index].iter().zip(members);
        let counted = others.filter(|(_, other)| !other.apart);
        (counted.map(|(found, _)| found.nearness()).sum::<f64>() * 1e6).round()
    };
    (0..members.len()).max_by(|one, other| {
        let key = |index: usize| (!members[index].apart, takes_side(index), signers(index));
        let by_signers = key(*one).cmp(&key(*other));
        let by_likeness = || likeness(*one).total_cmp(&likeness(*other));
        let by_text = || members[*other].claim.text.cmp(&members[*one].claim.text);
        by_signers.then_with(by_likeness).then_with(by_text)
    })
}

fn quote(statement: &Statement<'_>) -> Quote {
    Quote {
        span: statement.claim.span,
        text: statement.claim.text.clone(),
    }
}

fn source_of(answers: &Answers, member: usize, place: usize, mark: Span) -> Option<Span> {
    let answer = answers.iter().find(|answer| answer.member == member)?;
    answer.maps.get(place)?.source(mark)
}
