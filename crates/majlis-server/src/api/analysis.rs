//! The client form of what was measured between answers.

use majlis_text::{
    Analysis, ClaimRow, Contradiction, Evidence, Gap, MemberMeasure, MemberStance, Pair, Pattern,
    Quote, Side, Span, Stance, Unique,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What was measured between several answers. Counts and measures, no judgement. Null means "not
/// measured" throughout, never zero. Members are named by their position.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnalysisJson {
    /// Version of this form.
    schema: u32,
    /// How it was measured, with a version.
    method: String,
    /// What said how near two texts are: `lexical`, or an embedder's name.
    engine: String,
    /// Codes of what this measurement could not see.
    limits: Vec<String>,
    members: Vec<MemberMeasureJson>,
    /// 0 to 1, mean over the claims two or more members speak to.
    agreement: Option<f64>,
    /// On how many claims the agreement rests.
    shared_claims: usize,
    /// Share of counted members that claim anything at all.
    coverage: Option<f64>,
    /// Every pair of members once.
    pairs: Vec<PairJson>,
    /// Contested claims first, then those most members speak to.
    claims: Vec<ClaimJson>,
    /// Claims two or more members hold alike.
    patterns: Vec<PatternJson>,
    /// Claims two or more members hold and another does not speak to.
    gaps: Vec<GapJson>,
    /// Claims only one member makes.
    unique: Vec<UniqueJson>,
    /// Statements that cannot both be true.
    contradictions: Option<Vec<ContradictionJson>>,
}

/// One answer as a whole.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MemberMeasureJson {
    member: usize,
    label: String,
    /// Measured, not counted.
    apart: bool,
    /// `en`, `ar` …
    language: Option<String>,
    words: usize,
    claims: usize,
    /// Share of all claims that this answer speaks to.
    coverage: Option<f64>,
}

/// Two members side by side.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PairJson {
    first: usize,
    second: usize,
    /// How alike the whole answers are, 0 to 1.
    similarity: Option<f64>,
    /// Share of their shared claims they hold alike.
    agreement: Option<f64>,
    shared_claims: usize,
}

/// One claim and what each member does with it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClaimJson {
    /// `C1`, `C2` …
    id: String,
    text: String,
    language: Option<String>,
    /// Whose words they are.
    member: usize,
    /// The heading it stands under.
    context: Option<String>,
    stances: Vec<StanceJson>,
    agreement: Option<f64>,
    coverage: Option<f64>,
}

/// What one member does with one claim.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StanceJson {
    member: usize,
    /// Null: not measured.
    stance: Option<StanceKindJson>,
    /// Equal numbers are equal positions.
    position: Option<usize>,
    /// The value it gives, as written.
    value: Option<String>,
    quotes: Vec<QuoteJson>,
}

/// What a member does with a claim.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StanceKindJson {
    Asserts,
    Denies,
    DifferentValue,
    Silent,
}

/// Words of a member, with their place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuoteJson {
    span: SpanJson,
    /// The words without markup.
    text: String,
}

/// A place in an answer, in bytes of its UTF-8 text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SpanJson {
    start: usize,
    end: usize,
}

/// A claim that two or more hold alike.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PatternJson {
    claim: String,
    members: Vec<usize>,
}

/// A claim that some make and others do not speak to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GapJson {
    claim: String,
    said_by: Vec<usize>,
    missed_by: Vec<usize>,
}

/// A claim only one makes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UniqueJson {
    claim: String,
    member: usize,
}

/// Two statements that cannot both be true.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContradictionJson {
    claim: String,
    evidence: EvidenceJson,
    first: SideJson,
    second: SideJson,
    /// How alike the statements are but for what differs, 0 to 1.
    similarity: f64,
}

/// What shows a contradiction.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum EvidenceJson {
    Negation,
    DifferentValue,
}

/// One side of a contradiction.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SideJson {
    member: usize,
    quote: QuoteJson,
    /// The words that differ.
    marks: Vec<SpanJson>,
}

/// The name a plain enum serialises to.
fn code<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn all<'a, T: 'a, U: From<&'a T>>(items: &'a [T]) -> Vec<U> {
    items.iter().map(U::from).collect()
}

impl From<&Analysis> for AnalysisJson {
    fn from(analysis: &Analysis) -> Self {
        Self {
            schema: analysis.schema,
            method: analysis.method.clone(),
            engine: analysis.engine.clone(),
            limits: analysis.limits.iter().map(code).collect(),
            members: all(&analysis.members),
            agreement: analysis.agreement,
            shared_claims: analysis.shared_claims,
            coverage: analysis.coverage,
            pairs: all(&analysis.pairs),
            claims: all(&analysis.claims),
            patterns: all(&analysis.patterns),
            gaps: all(&analysis.gaps),
            unique: all(&analysis.unique),
            contradictions: analysis.contradictions.as_deref().map(all),
        }
    }
}

impl From<&MemberMeasure> for MemberMeasureJson {
    fn from(measure: &MemberMeasure) -> Self {
        Self {
            member: measure.member,
            label: measure.label.clone(),
            apart: measure.apart,
            language: measure.language.as_ref().map(code),
            words: measure.words,
            claims: measure.claims,
            coverage: measure.coverage,
        }
    }
}

impl From<&Pair> for PairJson {
    fn from(pair: &Pair) -> Self {
        Self {
            first: pair.first,
            second: pair.second,
            similarity: pair.similarity,
            agreement: pair.agreement,
            shared_claims: pair.shared_claims,
        }
    }
}

impl From<&ClaimRow> for ClaimJson {
    fn from(row: &ClaimRow) -> Self {
        Self {
            id: row.id.clone(),
            text: row.text.clone(),
            language: row.language.as_ref().map(code),
            member: row.member,
            context: row.context.clone(),
            stances: all(&row.stances),
            agreement: row.agreement,
            coverage: row.coverage,
        }
    }
}

impl From<&MemberStance> for StanceJson {
    fn from(stance: &MemberStance) -> Self {
        Self {
            member: stance.member,
            stance: stance.stance.map(|stance| match stance {
                Stance::Asserts => StanceKindJson::Asserts,
                Stance::Denies => StanceKindJson::Denies,
                Stance::DifferentValue => StanceKindJson::DifferentValue,
                Stance::Silent => StanceKindJson::Silent,
            }),
            position: stance.position,
            value: stance.value.clone(),
            quotes: all(&stance.quotes),
        }
    }
}

impl From<&Quote> for QuoteJson {
    fn from(quote: &Quote) -> Self {
        Self {
            span: (&quote.span).into(),
            text: quote.text.clone(),
        }
    }
}

impl From<&Span> for SpanJson {
    fn from(span: &Span) -> Self {
        Self {
            start: span.start,
            end: span.end,
        }
    }
}

impl From<&Pattern> for PatternJson {
    fn from(pattern: &Pattern) -> Self {
        Self {
            claim: pattern.claim.clone(),
            members: pattern.members.clone(),
        }
    }
}

impl From<&Gap> for GapJson {
    fn from(gap: &Gap) -> Self {
        Self {
            claim: gap.claim.clone(),
            said_by: gap.said_by.clone(),
            missed_by: gap.missed_by.clone(),
        }
    }
}

impl From<&Unique> for UniqueJson {
    fn from(unique: &Unique) -> Self {
        Self {
            claim: unique.claim.clone(),
            member: unique.member,
        }
    }
}

impl From<&Contradiction> for ContradictionJson {
    fn from(contradiction: &Contradiction) -> Self {
        Self {
            claim: contradiction.claim.clone(),
            evidence: match contradiction.evidence {
                Evidence::Negation => EvidenceJson::Negation,
                Evidence::DifferentValue => EvidenceJson::DifferentValue,
            },
            first: (&contradiction.first).into(),
            second: (&contradiction.second).into(),
            similarity: contradiction.similarity,
        }
    }
}

impl From<&Side> for SideJson {
    fn from(side: &Side) -> Self {
        Self {
            member: side.member,
            quote: (&side.quote).into(),
            marks: all(&side.marks),
        }
    }
}
