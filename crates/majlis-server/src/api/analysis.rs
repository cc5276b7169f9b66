//! The client form of what was measured between answers.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use majlis_app::{App, NamedText};
use majlis_text::{
    Analysis, Certainty, CertaintyCounts, CheckKind, ClaimRow, Contradiction, Evidence,
    FailedCheck, Gap, Keyword, MemberMeasure, MemberStance, Pair, Pattern, Quote, SentimentCounts,
    Side, Span, Stance, Topic, Unique,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Body, Path};
use crate::problem::Problem;

/// Texts to measure against each other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateAnalysis {
    /// From 1 to 64.
    texts: Vec<NamedTextJson>,
    /// A folder under an approved one, in which the lines of files that the texts name are looked up.
    #[serde(default)]
    tree: Option<String>,
}

/// A text with the name it is shown under.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedTextJson {
    name: String,
    /// Markdown or plain text.
    text: String,
}

/// Measures texts as the answers of a council are measured. No model is asked, nothing is kept.
#[utoipa::path(post, path = "/api/v1/analyses", tag = "analyses", operation_id = "create_analysis",
    request_body = CreateAnalysis,
    responses((status = 200, description = "What was measured.", body = AnalysisJson),
        (status = 422, description = "No text, too many, or a folder that is not approved.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(app): State<App>,
    Body(body): Body<CreateAnalysis>,
) -> Result<Json<AnalysisJson>, Problem> {
    let texts = body.texts.into_iter().map(|text| NamedText {
        name: text.name,
        text: text.text,
    });
    let tree = body
        .tree
        .map(|tree| app.approved_target(&tree))
        .transpose()?;
    let analysis = app.analyse(texts.collect(), tree).await?;
    Ok(Json(analysis.as_ref().into()))
}

/// Measures the answers of a consultation anew, by the method of this version; what is stored stays.
#[utoipa::path(post, path = "/api/v1/consultations/{id}/analysis", tag = "analyses", operation_id = "analyse_consultation",
    params(("id" = String, Path)),
    responses((status = 200, description = "What was measured.", body = AnalysisJson),
        (status = 404, description = "No such consultation.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Nobody answered.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn again(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<AnalysisJson>, Problem> {
    let analysis = app.analyse_consultation(&id, None).await?;
    Ok(Json(analysis.as_ref().into()))
}

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
    /// The claims of `patterns` with their words.
    #[schema(required = false)]
    agreements: Vec<AgreementJson>,
    /// Subjects that two or more claims belong to, the largest first.
    #[schema(required = false)]
    topics: Vec<TopicJson>,
    /// What the answers turn on, per language the most telling first.
    #[schema(required = false)]
    keywords: Vec<KeywordJson>,
    /// The languages of the answers, with how many answers are mostly in each.
    #[schema(required = false)]
    languages: BTreeMap<String, usize>,
    /// Claims of counted members by how they speak of their subjects.
    #[schema(required = false)]
    sentiment: SentimentJson,
    /// Claims of counted members by how sure they are of themselves.
    #[schema(required = false)]
    certainty: CertaintyCountsJson,
    /// What was checked and does not hold; it outranks any vote.
    #[schema(required = false)]
    failed_checks: Vec<FailedCheckJson>,
}

/// A check that failed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FailedCheckJson {
    member: usize,
    /// Id of the claim; null outside of claims, as in code.
    claim: Option<String>,
    kind: CheckKindJson,
    /// Where the answer says so.
    span: SpanJson,
    /// What would hold instead, or what is wrong.
    expected: String,
}

/// What was checked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckKindJson {
    Arithmetic,
    Date,
    Weekday,
    Json,
    Unit,
    Regex,
    Syntax,
    Rule,
    File,
    Line,
}

/// A claim that two or more hold alike.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgreementJson {
    claim: String,
    text: String,
    members: Vec<usize>,
}

/// A subject that two or more claims belong to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicJson {
    /// The words that set it apart, the heaviest first.
    label: Vec<String>,
    /// Ids of claims.
    claims: Vec<String>,
    /// Members that speak to one of them.
    members: Vec<usize>,
}

/// A word, or two that belong together, that the answers turn on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeywordJson {
    text: String,
    /// `en`, `ar` …
    language: String,
    /// YAKE's score: the lower the more it says.
    score: f64,
}

/// Claims by how they speak of their subjects.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SentimentJson {
    negative: usize,
    neutral: usize,
    positive: usize,
}

/// Claims by how sure they are of themselves.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CertaintyCountsJson {
    hedged: usize,
    plain: usize,
    categorical: usize,
}

/// How sure a claim is of itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CertaintyJson {
    Hedged,
    Plain,
    Categorical,
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
    #[schema(required = false)]
    sentiment: SentimentJson,
    #[schema(required = false)]
    certainty: CertaintyCountsJson,
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
    /// How sure those words are of themselves.
    #[schema(required = false)]
    certainty: CertaintyJson,
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
    /// Opposite words of the same thing, or one against many.
    Opposite,
    /// The trained head finds that both cannot be true.
    Inference,
    /// One says what others say who contradict the other.
    Position,
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
            agreements: agreements(analysis),
            topics: all(&analysis.topics),
            keywords: all(&analysis.keywords),
            languages: languages(analysis),
            sentiment: sentiment(analysis),
            certainty: certainty(analysis),
            failed_checks: all(&analysis.failed_checks),
        }
    }
}

fn agreements(analysis: &Analysis) -> Vec<AgreementJson> {
    let patterns = analysis.patterns.iter();
    let with_words = patterns.filter_map(|pattern| {
        let row = analysis.claims.iter().find(|row| row.id == pattern.claim)?;
        Some(AgreementJson {
            claim: pattern.claim.clone(),
            text: row.text.clone(),
            members: pattern.members.clone(),
        })
    });
    with_words.collect()
}

fn counted(analysis: &Analysis) -> impl Iterator<Item = &MemberMeasure> {
    analysis.members.iter().filter(|member| !member.apart)
}

fn languages(analysis: &Analysis) -> BTreeMap<String, usize> {
    let mut languages = BTreeMap::new();
    for language in counted(analysis).filter_map(|member| member.language) {
        *languages.entry(language.code().to_owned()).or_default() += 1;
    }
    languages
}

fn sentiment(analysis: &Analysis) -> SentimentJson {
    let all = counted(analysis).map(|member| member.sentiment);
    let sum = all.fold(SentimentCounts::default(), |sum, own| SentimentCounts {
        negative: sum.negative + own.negative,
        neutral: sum.neutral + own.neutral,
        positive: sum.positive + own.positive,
    });
    (&sum).into()
}

fn certainty(analysis: &Analysis) -> CertaintyCountsJson {
    let all = counted(analysis).map(|member| member.certainty);
    let sum = all.fold(CertaintyCounts::default(), |sum, own| CertaintyCounts {
        hedged: sum.hedged + own.hedged,
        plain: sum.plain + own.plain,
        categorical: sum.categorical + own.categorical,
    });
    (&sum).into()
}

impl From<&SentimentCounts> for SentimentJson {
    fn from(counts: &SentimentCounts) -> Self {
        Self {
            negative: counts.negative,
            neutral: counts.neutral,
            positive: counts.positive,
        }
    }
}

impl From<&CertaintyCounts> for CertaintyCountsJson {
    fn from(counts: &CertaintyCounts) -> Self {
        Self {
            hedged: counts.hedged,
            plain: counts.plain,
            categorical: counts.categorical,
        }
    }
}

impl From<&FailedCheck> for FailedCheckJson {
    fn from(check: &FailedCheck) -> Self {
        Self {
            member: check.member,
            claim: check.claim.clone(),
            kind: match check.kind {
                CheckKind::Arithmetic => CheckKindJson::Arithmetic,
                CheckKind::Date => CheckKindJson::Date,
                CheckKind::Weekday => CheckKindJson::Weekday,
                CheckKind::Json => CheckKindJson::Json,
                CheckKind::Unit => CheckKindJson::Unit,
                CheckKind::Regex => CheckKindJson::Regex,
                CheckKind::Syntax => CheckKindJson::Syntax,
                CheckKind::Rule => CheckKindJson::Rule,
                CheckKind::File => CheckKindJson::File,
                CheckKind::Line => CheckKindJson::Line,
            },
            span: (&check.span).into(),
            expected: check.expected.clone(),
        }
    }
}

impl From<&Topic> for TopicJson {
    fn from(topic: &Topic) -> Self {
        Self {
            label: topic.label.clone(),
            claims: topic.claims.clone(),
            members: topic.members.clone(),
        }
    }
}

impl From<&Keyword> for KeywordJson {
    fn from(keyword: &Keyword) -> Self {
        Self {
            text: keyword.text.clone(),
            language: keyword.language.code().to_owned(),
            score: keyword.score,
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
            sentiment: (&measure.sentiment).into(),
            certainty: (&measure.certainty).into(),
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
            certainty: match row.certainty {
                Certainty::Hedged => CertaintyJson::Hedged,
                Certainty::Plain => CertaintyJson::Plain,
                Certainty::Categorical => CertaintyJson::Categorical,
            },
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
                Evidence::Opposite => EvidenceJson::Opposite,
                Evidence::Inference => EvidenceJson::Inference,
                Evidence::Position => EvidenceJson::Position,
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
