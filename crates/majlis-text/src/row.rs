//! From a group of aligned statements to a row of the grid: who asserts, denies, gives another
//! value, is silent.

use std::collections::BTreeMap;

use crate::agreement::{entropy_agreement, share};
use crate::align::{Statement, compare};
use crate::claim::AnswerClaims;
use crate::relation::{MIN_DIRECT, Marks, Relation};
use crate::{ClaimRow, Contradiction, Evidence, MemberStance, Quote, Side, Span, Stance};

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
    /// What each does to the spokesman.
    relations: Vec<Relation>,
}

/// What an answer needs to be known by for a row.
pub(crate) type Answers = [AnswerClaims];

impl<'a> Group<'a> {
    /// Groups statements given with their places in their answers' lists. Where some contradict
    /// each other, those only loosely like the spokesman's take no side: they are a group of their
    /// own. Of a member that says the same again and again, the first [`MAX_QUOTES`] are taken.
    pub(crate) fn of(members: Vec<(&'a Statement<'a>, usize)>) -> Vec<Self> {
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        let mut rest = members;
        rest.retain(|(statement, _)| {
            let count = taken.entry(statement.claim.member).or_default();
            *count += 1;
            *count <= MAX_QUOTES
        });
        let mut groups = Vec::new();
        while !rest.is_empty() {
            let (group, loose) = Self::with_loose(rest);
            groups.extend(group);
            rest = loose;
        }
        groups
    }

    fn with_loose(
        members: Vec<(&'a Statement<'a>, usize)>,
    ) -> (Option<Self>, Vec<(&'a Statement<'a>, usize)>) {
        let statements: Vec<&Statement<'_>> =
            members.iter().map(|(statement, _)| *statement).collect();
        let relations = all_relations(&statements);
        let Some(spokesman) = spokesman(&statements, &relations) else {
            return (None, Vec::new());
        };
        let to_spokesman = relations.get(spokesman).map_or(&[] as &[_], Vec::as_slice);
        let mut others = to_spokesman.iter().zip(&statements);
        let is_side = |(_, relation): &(f64, Relation)| *relation != Relation::Compatible;
        if !others.any(|(relation, statement)| is_side(relation) && !statement.apart) {
            return (Self::new(members), Vec::new());
        }
        let takes_side = |index: usize| {
            let (similarity, relation) = &to_spokesman[index];
            index == spokesman || *similarity >= MIN_DIRECT || *relation != Relation::Compatible
        };
        let (sides, loose): (Vec<_>, Vec<_>) = members
            .into_iter()
            .enumerate()
            .partition(|(index, _)| takes_side(*index));
        let plain = |list: Vec<(usize, _)>| list.into_iter().map(|(_, member)| member).collect();
        (Self::new(plain(sides)), plain(loose))
    }

    fn new(members: Vec<(&'a Statement<'a>, usize)>) -> Option<Self> {
        let (members, places): (Vec<&Statement<'_>>, Vec<usize>) = members.into_iter().unzip();
        let relations = all_relations(&members);
        let spokesman = spokesman(&members, &relations)?;
        let positions = positions(&members, &relations, spokesman);
        let relations = relations
            .into_iter()
            .nth(spokesman)?
            .into_iter()
            .map(|(_, relation)| relation)
            .collect();
        Some(Self {
            members,
            places,
            spokesman,
            positions,
            relations,
        })
    }

    /// How far into its answer the spokesman stands, as a number for ordering only.
    pub(crate) fn depth(&self) -> usize {
        self.places.get(self.spokesman).copied().unwrap_or(0)
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
        let stance = match (position, &self.relations[chosen]) {
            (0, _) | (_, Relation::Compatible) => Stance::Asserts,
            (_, Relation::Negation(_)) => Stance::Denies,
            (_, Relation::DifferentValue(_)) => Stance::DifferentValue,
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
        if let Relation::DifferentValue(marks) = &self.relations[index] {
            return text(marks.second);
        }
        let slot_of = |relation: &Relation| match relation {
            Relation::DifferentValue(marks) => Some(marks.first),
            _ => None,
        };
        let span = self.relations.iter().find_map(slot_of)?;
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

    /// Statements of counted members at different positions that the words show to exclude each
    /// other: per pair of members the most alike.
    pub(crate) fn contradictions(&self, row: &ClaimRow, answers: &Answers) -> Vec<Contradiction> {
        let mut found: BTreeMap<(usize, usize), Contradiction> = BTreeMap::new();
        for (index, one) in self.members.iter().enumerate() {
            for (offset, other) in self.members[index + 1..].iter().enumerate() {
                let pair = (one.claim.member, other.claim.member);
                let same_side = self.positions[index] == self.positions[index + 1 + offset];
                if pair.0 == pair.1
                    || same_side
                    || one.apart
                    || other.apart
                    || !stand_apart(row, pair)
                {
                    continue;
                }
                let places = (self.places[index], self.places[index + 1 + offset]);
                let Some(contradiction) = contradiction(&row.id, (one, other), places, answers)
                else {
                    continue;
                };
                let is_better = found
                    .get(&pair)
                    .is_none_or(|best| best.similarity < contradiction.similarity);
                if is_better {
                    found.insert(pair, contradiction);
                }
            }
        }
        found.into_values().collect()
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

fn all_relations(members: &[&Statement<'_>]) -> Vec<Vec<(f64, Relation)>> {
    members
        .iter()
        .map(|one| members.iter().map(|other| compare(one, other)).collect())
        .collect()
}

/// The statement most members can sign, of those that take a side where there are sides; among
/// equals the one most like the others.
fn spokesman(members: &[&Statement<'_>], relations: &[Vec<(f64, Relation)>]) -> Option<usize> {
    let signers = |index: usize| {
        let row = relations[index].iter().zip(members);
        let mut signers: Vec<usize> = row
            .filter(|((_, relation), statement)| {
                *relation == Relation::Compatible && !statement.apart
            })
            .map(|(_, statement)| statement.claim.member)
            .collect();
        signers.sort_unstable();
        signers.dedup();
        signers.len()
    };
    let takes_side = |index: usize| {
        let mut others = relations[index].iter().zip(members);
        others
            .any(|((_, relation), statement)| *relation != Relation::Compatible && !statement.apart)
    };
    // Rounded, because the order of the members must not decide through the order of a sum.
    let likeness = |index: usize| {
        let counted = relations[index]
            .iter()
            .zip(members)
            .filter(|(_, other)| !other.apart);
        (counted.map(|((similarity, _), _)| similarity).sum::<f64>() * 1e6).round()
    };
    (0..members.len()).max_by(|one, other| {
        let key = |index: usize| (!members[index].apart, takes_side(index), signers(index));
        let by_signers = key(*one).cmp(&key(*other));
        let by_likeness = || likeness(*one).total_cmp(&likeness(*other));
        let by_text = || members[*other].claim.text.cmp(&members[*one].claim.text);
        by_signers.then_with(by_likeness).then_with(by_text)
    })
}

/// Numbers the positions: what is compatible with the spokesman is 0; the others stand together
/// as long as their words do not exclude each other. Taken by text, counted members first, so that
/// neither the order of the members nor one apart decides.
fn positions(
    members: &[&Statement<'_>],
    relations: &[Vec<(f64, Relation)>],
    spokesman: usize,
) -> Vec<usize> {
    let mut positions = vec![0; relations.len()];
    let mut speakers: Vec<usize> = vec![spokesman];
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|index| (members[*index].apart, &members[*index].claim.text));
    for index in order {
        if relations[spokesman][index].1 == Relation::Compatible {
            continue;
        }
        let fits = |speaker: &usize| relations[*speaker][index].1 == Relation::Compatible;
        let place = speakers
            .iter()
            .position(fits)
            .filter(|place| *place > 0)
            .unwrap_or(speakers.len());
        if place == speakers.len() {
            speakers.push(index);
        }
        positions[index] = place;
    }
    positions
}

fn quote(statement: &Statement<'_>) -> Quote {
    Quote {
        span: statement.claim.span,
        text: statement.claim.text.clone(),
    }
}

fn contradiction(
    id: &str,
    (one, other): (&Statement<'_>, &Statement<'_>),
    places: (usize, usize),
    answers: &Answers,
) -> Option<Contradiction> {
    let (similarity, relation) = compare(one, other);
    let (evidence, Marks { first, second }) = match relation {
        Relation::Compatible => return None,
        Relation::Negation(marks) => (Evidence::Negation, marks),
        Relation::DifferentValue(marks) => (Evidence::DifferentValue, marks),
    };
    let side = |statement: &Statement<'_>, mark: Span, place: usize| Side {
        member: statement.claim.member,
        quote: quote(statement),
        marks: source_of(answers, statement.claim.member, place, mark)
            .into_iter()
            .collect(),
    };
    Some(Contradiction {
        claim: id.to_owned(),
        evidence,
        first: side(one, first, places.0),
        second: side(other, second, places.1),
        similarity,
    })
}

fn source_of(answers: &Answers, member: usize, place: usize, mark: Span) -> Option<Span> {
    let answer = answers.iter().find(|answer| answer.member == member)?;
    answer.maps.get(place)?.source(mark)
}
