//! Client forms of what comes after the first round: stages, reviews, contested claims, conclusions.

use majlis_app::{
    AnswerVerdict, Cost, CouncilStats, HearingView, JudgeRecord, ModelRecord, StageView,
    SynthesisView, VotesView,
};
use majlis_council::ballot::{CorrelationSource, RankMethod, Tally};
use majlis_council::contest::{Contested, Decision, Revision};
use majlis_council::gate::{Gate, Reason};
use majlis_council::review::Review;
use majlis_council::synthesis::{Part, Section, Sentence, Support};
use majlis_council::{Deliberation, Mode, Plan, SkipReason, Stage};
use majlis_llm::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::{CallJson, MoneyJson, NoticeJson, ReplyStateJson, rfc3339};

/// How far a consultation goes. `quick`: ask and measure. `council`: then reviews (from three
/// answers), a second round where it is worth its price, a conclusion. `deep`: the second round
/// wherever anything is contested. `stance`: members argue for, against and neutrally.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ModeJson {
    Quick,
    Council,
    Deep,
    Stance,
}

impl From<ModeJson> for Mode {
    fn from(mode: ModeJson) -> Self {
        match mode {
            ModeJson::Quick => Self::Quick,
            ModeJson::Council => Self::Council,
            ModeJson::Deep => Self::Deep,
            ModeJson::Stance => Self::Stance,
        }
    }
}

impl From<Mode> for ModeJson {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Quick => Self::Quick,
            Mode::Council => Self::Council,
            Mode::Deep => Self::Deep,
            Mode::Stance => Self::Stance,
        }
    }
}

/// Part of a consultation.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StageJson {
    Answer,
    Review,
    Revise,
    Edit,
}

impl From<Stage> for StageJson {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Answer => Self::Answer,
            Stage::Review => Self::Review,
            Stage::Revise => Self::Revise,
            Stage::Edit => Self::Edit,
        }
    }
}

/// What the person says of an answer; `open` takes an earlier verdict back.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnswerVerdictJson {
    Right,
    Wrong,
    Open,
}

impl From<AnswerVerdictJson> for AnswerVerdict {
    fn from(verdict: AnswerVerdictJson) -> Self {
        match verdict {
            AnswerVerdictJson::Right => Self::Right,
            AnswerVerdictJson::Wrong => Self::Wrong,
            AnswerVerdictJson::Open => Self::Open,
        }
    }
}

impl From<AnswerVerdict> for AnswerVerdictJson {
    fn from(verdict: AnswerVerdict) -> Self {
        match verdict {
            AnswerVerdict::Right => Self::Right,
            AnswerVerdict::Wrong => Self::Wrong,
            AnswerVerdict::Open => Self::Open,
        }
    }
}

/// How a consultation is held.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanJson {
    mode: ModeJson,
    /// A conclusion is written at the end.
    synthesis: bool,
    /// Who writes it, in the order in which they are asked.
    editors: Vec<String>,
}

impl From<&Plan> for PlanJson {
    fn from(plan: &Plan) -> Self {
        Self {
            mode: plan.mode.into(),
            synthesis: plan.synthesis,
            editors: plan.editors.iter().map(ToString::to_string).collect(),
        }
    }
}

/// One stage that was held.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StageViewJson {
    stage: StageJson,
    /// What was asked; empty for the first round, whose answers are the members'.
    hearings: Vec<HearingJson>,
    #[serde(flatten)]
    cost: MoneyJson,
    /// Calls without a known cost.
    unknown_costs: u64,
}

impl From<StageView> for StageViewJson {
    fn from(stage: StageView) -> Self {
        let Cost { known, unknown } = stage.cost;
        Self {
            stage: stage.stage.into(),
            hearings: stage.hearings.into_iter().map(Into::into).collect(),
            cost: Some(known).into(),
            unknown_costs: unknown,
        }
    }
}

/// What was asked after the first round, and answered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HearingJson {
    /// Id of the answer.
    message_id: String,
    round: u32,
    /// The member's position; of an editor its place among the editors.
    place: u32,
    /// The member's name, or the editor's model.
    label: String,
    /// 2 repairs an answer that could not be read.
    attempt: u32,
    state: ReplyStateJson,
    /// What was sent, to the byte.
    messages: Vec<HearingMessageJson>,
    /// The answer, as it came.
    text: String,
    error: Option<NoticeJson>,
    call: Option<CallJson>,
}

/// One message that was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HearingMessageJson {
    /// `user` or `assistant`.
    role: String,
    text: String,
}

impl From<HearingView> for HearingJson {
    fn from(hearing: HearingView) -> Self {
        let message = |(role, text): (Role, String)| HearingMessageJson {
            role: match role {
                Role::System => "system",
                Role::User => "user",
                Role::Assistant => "assistant",
                Role::Tool => "tool",
            }
            .to_owned(),
            text,
        };
        Self {
            message_id: hearing.id,
            round: hearing.round,
            place: hearing.place,
            label: hearing.label,
            attempt: hearing.attempt,
            state: hearing.state.into(),
            messages: hearing.messages.into_iter().map(message).collect(),
            text: hearing.text,
            error: hearing.error.map(Into::into),
            call: hearing.call.map(Into::into),
        }
    }
}

/// How many independent votes the answers are worth.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VotesJson {
    /// Answers of models that count.
    models: u32,
    /// N / (1 + (N − 1)ρ): 1 to `models`.
    effective: f64,
    /// ρ, 0 to 1.
    correlation: f64,
    correlation_source: CorrelationSourceJson,
}

/// `history`: measured on the person's verdicts. `prior`: assumed by how near the models are.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CorrelationSourceJson {
    History,
    Prior,
}

impl From<VotesView> for VotesJson {
    fn from(votes: VotesView) -> Self {
        Self {
            models: votes.models,
            effective: votes.effective,
            correlation: votes.correlation.value,
            correlation_source: match votes.correlation.source {
                CorrelationSource::History => CorrelationSourceJson::History,
                CorrelationSource::Prior => CorrelationSourceJson::Prior,
            },
        }
    }
}

/// What came after the first round. Members are named by their position.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliberationJson {
    reviews: Vec<ReviewJson>,
    /// Judges whose judgement could not be used.
    dropped_judges: Vec<DroppedJudgeJson>,
    /// The reviews added up; null without any.
    tally: Option<TallyJson>,
    /// How far the judges' rankings agree; null below two shared answers.
    ranking: Option<RankingJson>,
    /// Whether a second round was held, and why; null where the mode has none.
    gate: Option<GateJson>,
    contested: Vec<ContestedJson>,
    revisions: Vec<RevisionJson>,
    /// Stages that were meant to be held and were not, or not whole.
    skipped: Vec<SkippedStageJson>,
}

impl From<&Deliberation> for DeliberationJson {
    fn from(deliberation: &Deliberation) -> Self {
        let settled = |place: usize| deliberation.settled.get(place).copied().flatten();
        Self {
            reviews: deliberation.reviews.iter().map(Into::into).collect(),
            dropped_judges: deliberation
                .dropped_judges
                .iter()
                .map(|judge| DroppedJudgeJson {
                    judge: judge.judge,
                    why: judge.why.clone(),
                })
                .collect(),
            tally: deliberation.tally.as_ref().map(Into::into),
            ranking: deliberation.ranking.map(|ranking| RankingJson {
                value: ranking.value,
                method: match ranking.method {
                    RankMethod::KendallW => RankMethodJson::KendallW,
                    RankMethod::DurbinW => RankMethodJson::DurbinW,
                    RankMethod::MeanTauB => RankMethodJson::MeanTauB,
                },
            }),
            gate: deliberation.gate.as_ref().map(Into::into),
            contested: deliberation
                .contested
                .iter()
                .enumerate()
                .map(|(place, claim)| ContestedJson::new(claim, settled(place)))
                .collect(),
            revisions: deliberation.revisions.iter().map(Into::into).collect(),
            skipped: deliberation
                .skipped
                .iter()
                .map(|skipped| SkippedStageJson {
                    stage: skipped.stage.into(),
                    why: match skipped.why {
                        SkipReason::OverBudget => SkipReasonJson::OverBudget,
                        SkipReason::Late => SkipReasonJson::Late,
                    },
                })
                .collect(),
        }
    }
}

/// What one judge says of one answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReviewJson {
    judge: usize,
    reviewed: usize,
    /// Where the answer stood among those the judge was shown, from 0.
    position: usize,
    reasons: String,
    scores: ScoresJson,
    /// The mean of the four marks.
    mean: f64,
    fatal_error: Option<String>,
    /// Words of the answer the judgement rests on.
    quote: Option<String>,
}

/// Marks from 1 to 10.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScoresJson {
    correct: u8,
    complete: u8,
    clear: u8,
    grounded: u8,
}

impl From<&Review> for ReviewJson {
    fn from(review: &Review) -> Self {
        Self {
            judge: review.judge,
            reviewed: review.reviewed,
            position: review.position,
            reasons: review.reasons.clone(),
            scores: ScoresJson {
                correct: review.scores.correct,
                complete: review.scores.complete,
                clear: review.scores.clear,
                grounded: review.scores.grounded,
            },
            mean: review.scores.mean(),
            fatal_error: review.fatal_error.clone(),
            quote: review.quote.clone(),
        }
    }
}

/// A judge whose judgement could not be used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DroppedJudgeJson {
    judge: usize,
    /// Why, in English.
    why: String,
}

/// The reviews added up. Lists are by member position; null for who was not judged.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TallyJson {
    /// Mean of the judges' z-scores.
    scores: Vec<Option<f64>>,
    /// Normalised Borda count, self-excluded.
    borda: Vec<Option<f64>>,
    /// Who beats every other in pairs.
    condorcet: Option<usize>,
    /// The ranking nearest to all judges', best first; null beyond eight answers.
    kemeny: Option<Vec<usize>>,
    /// Best first.
    order: Vec<usize>,
    /// How often a bootstrap over judges swaps the first two, 0 to 1.
    swap: Option<f64>,
    /// The first two cannot be told apart.
    tied: bool,
    /// Not every method names the same winner.
    methods_disagree: bool,
}

impl From<&Tally> for TallyJson {
    fn from(tally: &Tally) -> Self {
        Self {
            scores: tally.scores.clone(),
            borda: tally.borda.clone(),
            condorcet: tally.condorcet,
            kemeny: tally.kemeny.clone(),
            order: tally.order.clone(),
            swap: tally.swap,
            tied: tally.tied,
            methods_disagree: tally.methods_disagree,
        }
    }
}

/// How far rankings agree.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RankingJson {
    value: f64,
    method: RankMethodJson,
}

/// `kendall_w`: complete rankings. `durbin_w`: each judge leaves out its own answer. `mean_tau_b`:
/// mean pairwise `τ_b` over shared answers.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RankMethodJson {
    KendallW,
    DurbinW,
    MeanTauB,
}

/// Whether a second round was held.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GateJson {
    opens: bool,
    reasons: Vec<ReasonJson>,
}

/// A reason for or against a second round.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReasonJson {
    LowAgreement,
    LowRanking,
    Contradictions,
    FailedChecks,
    Forced,
    Agreed,
    NothingContested,
}

impl From<&Gate> for GateJson {
    fn from(gate: &Gate) -> Self {
        let reason = |reason: &Reason| match reason {
            Reason::LowAgreement => ReasonJson::LowAgreement,
            Reason::LowRanking => ReasonJson::LowRanking,
            Reason::Contradictions => ReasonJson::Contradictions,
            Reason::FailedChecks => ReasonJson::FailedChecks,
            Reason::Forced => ReasonJson::Forced,
            Reason::Agreed => ReasonJson::Agreed,
            Reason::NothingContested => ReasonJson::NothingContested,
        };
        Self {
            opens: gate.opens,
            reasons: gate.reasons.iter().map(reason).collect(),
        }
    }
}

/// A claim on which members stand against each other.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContestedJson {
    /// Its row in the analysis, `C1`.
    claim: String,
    sides: Vec<HeldJson>,
    /// Agreement on it after the second round, 0 to 1; null when there was none, or fewer than two
    /// still take a stance.
    settled: Option<f64>,
}

/// What one member holds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeldJson {
    member: usize,
    /// Equal numbers are equal positions.
    position: usize,
    /// Its own words.
    words: String,
}

impl ContestedJson {
    fn new(contested: &Contested, settled: Option<f64>) -> Self {
        let sides = contested.sides.iter().map(|side| HeldJson {
            member: side.member,
            position: side.position,
            words: side.words.clone(),
        });
        Self {
            claim: contested.claim.clone(),
            sides: sides.collect(),
            settled,
        }
    }
}

/// What a member answered on one contested claim.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevisionJson {
    member: usize,
    claim: String,
    decision: DecisionJson,
    evidence: String,
    /// The statement from now on; only with `revise`.
    revised: Option<String>,
    /// It changed its mind and named nothing that was not said before.
    conformity: bool,
}

/// What a member does with its statement.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DecisionJson {
    Keep,
    Revise,
    Withdraw,
}

impl From<&Revision> for RevisionJson {
    fn from(revision: &Revision) -> Self {
        Self {
            member: revision.member,
            claim: revision.claim.clone(),
            decision: match revision.decision {
                Decision::Keep => DecisionJson::Keep,
                Decision::Revise => DecisionJson::Revise,
                Decision::Withdraw => DecisionJson::Withdraw,
            },
            evidence: revision.evidence.clone(),
            revised: revision.revised.clone(),
            conformity: revision.conformity,
        }
    }
}

/// A stage that was not held, or not whole.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SkippedStageJson {
    stage: StageJson,
    why: SkipReasonJson,
}

/// `over_budget`: a cap does not allow it. `late`: time was up.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SkipReasonJson {
    OverBudget,
    Late,
}

/// One version of the conclusion.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SynthesisJson {
    id: String,
    /// From 1.
    version: u32,
    created_at: String,
    /// The model that wrote it; null when it was put together without one.
    editor: Option<String>,
    sections: Vec<SectionJson>,
}

/// One part of a conclusion.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SectionJson {
    part: PartJson,
    sentences: Vec<SentenceJson>,
}

/// The parts of a conclusion.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PartJson {
    Agreed,
    Contested,
    OnlyOne,
    Missing,
}

/// One sentence and what it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SentenceJson {
    text: String,
    /// `A1` an answer (by position, from 1), `C1` a claim.
    cites: Vec<String>,
    support: SupportJson,
}

/// Whether what is cited says so, as far as words can tell. `unchecked`: in another language.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SupportJson {
    Supported,
    Unsupported,
    Unchecked,
}

impl From<&SynthesisView> for SynthesisJson {
    fn from(view: &SynthesisView) -> Self {
        Self {
            id: view.id.clone(),
            version: view.version,
            created_at: rfc3339(view.created_at_ms),
            editor: view.synthesis.editor.as_ref().map(ToString::to_string),
            sections: view.synthesis.sections.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Section> for SectionJson {
    fn from(section: &Section) -> Self {
        Self {
            part: match section.part {
                Part::Agreed => PartJson::Agreed,
                Part::Contested => PartJson::Contested,
                Part::OnlyOne => PartJson::OnlyOne,
                Part::Missing => PartJson::Missing,
            },
            sentences: section.sentences.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Sentence> for SentenceJson {
    fn from(sentence: &Sentence) -> Self {
        Self {
            text: sentence.text.clone(),
            cites: sentence.cites.clone(),
            support: match sentence.support {
                Support::Supported => SupportJson::Supported,
                Support::Unsupported => SupportJson::Unsupported,
                Support::Unchecked => SupportJson::Unchecked,
            },
        }
    }
}

/// What one's own history says of models.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CouncilStatsJson {
    /// Each model that judged.
    judges: Vec<JudgeRecordJson>,
    /// Each model whose answers were called right or wrong.
    models: Vec<ModelRecordJson>,
}

/// A model as a judge; a null is too little to say.
#[derive(Debug, Serialize, ToSchema)]
struct JudgeRecordJson {
    model: String,
    /// Marks that another judge's could be held against.
    marks: usize,
    /// By how much answers shown first are marked higher, in points of ten.
    first_bias: Option<f64>,
    /// Correlation of marks with the logarithm of the length, −1 to 1.
    length_bias: Option<f64>,
    /// By how much answers of its own provider are marked higher, in points of ten.
    own_family_bias: Option<f64>,
    /// Marked answers that were called right or wrong.
    forecasts: usize,
    /// Brier score of its mark for correctness as a probability; 0 is perfect, 0.25 is a coin.
    brier: Option<f64>,
    calibration: Vec<BinJson>,
}

/// Forecasts of about the same probability.
#[derive(Debug, Serialize, ToSchema)]
struct BinJson {
    count: usize,
    /// Their mean probability.
    said: f64,
    /// The share that came true.
    came_true: f64,
}

/// A model as a member.
#[derive(Debug, Serialize, ToSchema)]
struct ModelRecordJson {
    model: String,
    right: usize,
    wrong: usize,
    /// Bradley–Terry strength in logits, 0 the middle; null when it never met another verdict.
    strength: Option<StrengthJson>,
    /// There are 20 verdicts or more.
    enough: bool,
}

/// A strength with its 95 % interval.
#[derive(Debug, Serialize, ToSchema)]
struct StrengthJson {
    value: f64,
    low: f64,
    high: f64,
}

impl From<CouncilStats> for CouncilStatsJson {
    fn from(stats: CouncilStats) -> Self {
        Self {
            judges: stats.judges.into_iter().map(Into::into).collect(),
            models: stats.models.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<JudgeRecord> for JudgeRecordJson {
    fn from(judge: JudgeRecord) -> Self {
        Self {
            model: judge.model.to_string(),
            marks: judge.bias.marks,
            first_bias: judge.bias.first,
            length_bias: judge.bias.length,
            own_family_bias: judge.bias.own_family,
            forecasts: judge.forecasts,
            brier: judge.brier,
            calibration: judge
                .calibration
                .into_iter()
                .map(|bin| BinJson {
                    count: bin.count,
                    said: bin.said,
                    came_true: bin.came_true,
                })
                .collect(),
        }
    }
}

impl From<ModelRecord> for ModelRecordJson {
    fn from(record: ModelRecord) -> Self {
        Self {
            model: record.model.to_string(),
            right: record.right,
            wrong: record.wrong,
            strength: record.strength.map(|strength| StrengthJson {
                value: strength.value,
                low: strength.low,
                high: strength.high,
            }),
            enough: record.is_enough,
        }
    }
}
