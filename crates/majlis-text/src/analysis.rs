//! What comes out. These types are stored and sent as they serialise; a change of meaning raises
//! [`Analysis::SCHEMA`].

use serde::{Deserialize, Serialize};

use crate::{Certainty, FailedCheck, Keyword, Language, Span, Topic};

/// What was measured between several answers to one question. Counts and measures only, no
/// judgement: an agreement is not a proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Version of this form, [`Analysis::SCHEMA`].
    pub schema: u32,
    /// How it was measured, with a version, [`Analysis::METHOD`].
    pub method: String,
    /// What said how near two texts are: `lexical`, or the embedder's name.
    pub engine: String,
    /// What this measurement could not see, sorted, without repeats.
    pub limits: Vec<Limit>,
    /// One entry per answer, by member.
    pub members: Vec<MemberMeasure>,
    /// Mean of [`ClaimRow::agreement`] over the claims that have one, weighted by how many members
    /// took a stance; 0 to 1. `None` when no claim has two stances.
    pub agreement: Option<f64>,
    /// On how many claims [`Analysis::agreement`] rests.
    pub shared_claims: usize,
    /// Share of counted members that claim anything at all, 0 to 1; `None` without counted members.
    pub coverage: Option<f64>,
    /// Every pair of members once, first before second.
    pub pairs: Vec<Pair>,
    /// What is claimed: contested claims first, then those most members speak to.
    pub claims: Vec<ClaimRow>,
    /// Claims that two or more counted members hold alike.
    pub patterns: Vec<Pattern>,
    /// Claims that two or more counted members hold and another does not speak to.
    pub gaps: Vec<Gap>,
    /// Claims only one counted member makes.
    pub unique: Vec<Unique>,
    /// Statements of counted members that cannot both be true; `None` when not measured (fewer
    /// than two counted answers with claims).
    pub contradictions: Option<Vec<Contradiction>>,
    /// Subjects that two or more claims belong to, the largest first.
    #[serde(default)]
    pub topics: Vec<Topic>,
    /// What the counted answers turn on, per language the most telling first.
    #[serde(default)]
    pub keywords: Vec<Keyword>,
    /// What was checked and does not hold; it outranks any vote.
    #[serde(default)]
    pub failed_checks: Vec<FailedCheck>,
}

impl Analysis {
    /// The form this version writes.
    pub const SCHEMA: u32 = 1;
    /// The method this version uses.
    pub const METHOD: &'static str = "majlis-claims/4";
}

/// Something a measurement could not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// No answer was given.
    NoAnswer,
    /// Only one answer counts: nothing to compare.
    OneAnswer,
    /// Some answer claims nothing that can be checked.
    AnswerWithoutClaims,
    /// Compared by words: the same thought in other words passes for silence.
    LexicalOnly,
    /// Only contradictions with direct evidence are found: a negation or another value in nearly
    /// the same words.
    ContradictionDirectOnly,
    /// Answers are in different languages, which words alone cannot compare: those stances are
    /// `null`.
    CrossLanguageUnaligned,
    /// An answer had more claims than are compared; the first ones were.
    ClaimsCapped,
    /// Code in answers was not compared.
    CodeNotCompared,
    /// Tables in answers were not compared.
    TablesNotCompared,
    /// Quoted text in answers was not compared.
    QuotesNotCompared,
    /// Some answers are measured beside the others and not counted.
    MembersApart,
}

impl Limit {
    /// Every limit there is, for catalogues that must translate them all.
    pub const ALL: [Self; 11] = [
        Self::NoAnswer,
        Self::OneAnswer,
        Self::AnswerWithoutClaims,
        Self::LexicalOnly,
        Self::ContradictionDirectOnly,
        Self::CrossLanguageUnaligned,
        Self::ClaimsCapped,
        Self::CodeNotCompared,
        Self::TablesNotCompared,
        Self::QuotesNotCompared,
        Self::MembersApart,
    ];
}

/// One answer as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberMeasure {
    /// The member's place in the council.
    pub member: usize,
    /// The member's name.
    pub label: String,
    /// Measured, not counted.
    pub apart: bool,
    /// The language most of the answer is in; `None` when it has too few letters to tell.
    pub language: Option<Language>,
    /// Words of prose, without code, tables and quotes.
    pub words: usize,
    /// Claims found in the answer.
    pub claims: usize,
    /// Share of all claims of the counted members that this answer speaks to, 0 to 1; `None` when
    /// there are none.
    pub coverage: Option<f64>,
    /// How its claims speak of their subjects.
    #[serde(default)]
    pub sentiment: SentimentCounts,
    /// How sure its claims are of themselves.
    #[serde(default)]
    pub certainty: CertaintyCounts,
}

/// Claims by how they speak of their subjects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentimentCounts {
    /// Ill.
    pub negative: usize,
    /// Neither, or both alike.
    pub neutral: usize,
    /// Well.
    pub positive: usize,
}

/// Claims by how sure they are of themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertaintyCounts {
    /// They take themselves back.
    pub hedged: usize,
    /// They say what they say.
    pub plain: usize,
    /// They leave no doubt.
    pub categorical: usize,
}

/// Two members side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The member with the lower place.
    pub first: usize,
    /// The member with the higher place.
    pub second: usize,
    /// How alike the whole answers are, 0 to 1; `None` when one is empty or, measured by words,
    /// when their languages differ.
    pub similarity: Option<f64>,
    /// Share of their shared claims they hold alike, 0 to 1; `None` when they share none.
    pub agreement: Option<f64>,
    /// Claims both speak to.
    pub shared_claims: usize,
}

/// One claim and what each member does with it: a row of the claim × member grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// Name within this analysis: `C1`, `C2` … in the order of the list.
    pub id: String,
    /// The claim in the words of one member, without markup.
    pub text: String,
    /// The language of those words.
    pub language: Option<Language>,
    /// Whose words they are.
    pub member: usize,
    /// The heading or lead-in it stands under, where there is one.
    pub context: Option<String>,
    /// How sure those words are of themselves.
    #[serde(default)]
    pub certainty: Certainty,
    /// One entry per answer, by member.
    pub stances: Vec<MemberStance>,
    /// Over the counted members that took a stance, 1 − H/ln n with H the entropy of their
    /// positions; 0 to 1. `None` when fewer than two did.
    pub agreement: Option<f64>,
    /// Share of counted members that took a stance, 0 to 1; `None` without counted members.
    pub coverage: Option<f64>,
}

/// What one member does with one claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberStance {
    /// The member's place in the council.
    pub member: usize,
    /// What it does; `None` when it was not measured (another language, compared by words).
    pub stance: Option<Stance>,
    /// Which of the positions on this claim it holds: 0 is the row's own words, equal numbers are
    /// equal positions; `None` for silence and for what was not measured.
    pub position: Option<usize>,
    /// The value it gives, as written, where the row turns on a value (`$15`, `3.35`).
    pub value: Option<String>,
    /// Where in its answer it says so, the first six places; empty for silence.
    pub quotes: Vec<Quote>,
}

/// What a member does with a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// Says the same.
    Asserts,
    /// Says the opposite.
    Denies,
    /// Says the same with another number, version or date.
    DifferentValue,
    /// Says nothing that was recognised as speaking to it.
    Silent,
}

/// Words of a member, with their place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Where they stand in the answer as given.
    pub span: Span,
    /// The words without markup.
    pub text: String,
}

/// A claim that two or more hold alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// The row's id.
    pub claim: String,
    /// Who holds it.
    pub members: Vec<usize>,
}

/// A claim that some make and others do not speak to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The row's id.
    pub claim: String,
    /// Who speaks to it.
    pub said_by: Vec<usize>,
    /// Who is silent.
    pub missed_by: Vec<usize>,
}

/// A claim only one makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unique {
    /// The row's id.
    pub claim: String,
    /// Who makes it.
    pub member: usize,
}

/// Two statements that cannot both be true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contradiction {
    /// The row's id.
    pub claim: String,
    /// What shows it.
    pub evidence: Evidence,
    /// One side; its member has the lower place.
    pub first: Side,
    /// The other side.
    pub second: Side,
    /// How alike the statements are but for what differs, 0 to 1.
    pub similarity: f64,
}

/// What shows that two statements contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// One denies what the other asserts, in nearly the same words.
    Negation,
    /// The same sentence frame with another number, version or date.
    DifferentValue,
    /// Opposite words of the same thing, or one against many.
    Opposite,
    /// The trained head finds that both cannot be true.
    Inference,
    /// Neither shows it itself: one says what others say who contradict the other.
    Position,
}

/// One side of a contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Who says it.
    pub member: usize,
    /// The whole statement.
    pub quote: Quote,
    /// The words that differ, as places in the answer.
    pub marks: Vec<Span>,
}
