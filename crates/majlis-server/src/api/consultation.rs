//! Consultations: one question, a council of members, what was measured between their answers.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use majlis_app::{
    App, ConsultRequest, ConsultationSummary, ConsultationView, MemberKind, MemberRequest,
    MemberView, Page, Resumable,
};
use majlis_llm::ModelId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::analysis::AnalysisJson;
use super::budget::usd;
use super::common::{
    CallJson, IdempotencyKey, ModelIdText, MoneyJson, NoticeJson, PageQuery, ReplyStateJson,
    RunStatusJson, rfc3339,
};
use super::conversation::model_id;
use super::deliberation::{
    AnswerVerdictJson, CouncilStatsJson, DeliberationJson, ModeJson, PlanJson, StageViewJson,
    SynthesisJson, VotesJson,
};
use crate::extract::{Body, Path, Query};
use crate::problem::Problem;

/// A consultation as it stands in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsultationSummaryJson {
    id: String,
    question: String,
    status: RunStatusJson,
    created_at: String,
    finished_at: Option<String>,
    /// How many members.
    member_count: u64,
}

impl From<ConsultationSummary> for ConsultationSummaryJson {
    fn from(summary: ConsultationSummary) -> Self {
        Self {
            id: summary.id,
            question: summary.question,
            status: summary.status.into(),
            created_at: rfc3339(summary.created_at_ms),
            finished_at: summary.finished_at_ms.map(rfc3339),
            member_count: summary.members,
        }
    }
}

/// One page of consultations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsultationsJson {
    items: Vec<ConsultationSummaryJson>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

impl From<Page<ConsultationSummary>> for ConsultationsJson {
    fn from(page: Page<ConsultationSummary>) -> Self {
        Self {
            items: page.items.into_iter().map(Into::into).collect(),
            next: page.next.map(|row| row.to_string()),
        }
    }
}

/// A whole consultation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsultationJson {
    #[serde(flatten)]
    summary: ConsultationSummaryJson,
    context: Option<String>,
    /// What each model was sent, to the byte.
    prompt: String,
    members: Vec<MemberJson>,
    /// Null until measured, or when there was nothing to measure.
    analysis: Option<AnalysisJson>,
    plan: PlanJson,
    /// What was asked and what it cost, stage by stage; stages that were not held are not there.
    stages: Vec<StageViewJson>,
    /// Null with fewer than two answers of models.
    votes: Option<VotesJson>,
    /// What came after the first round; null when nothing did.
    deliberation: Option<DeliberationJson>,
    /// The written conclusions, first version first.
    syntheses: Vec<SynthesisJson>,
    /// Sum of the known costs.
    #[serde(flatten)]
    cost: MoneyJson,
    /// Calls without a known cost; above zero the sum reads "at least".
    unknown_costs: u64,
    /// While it goes on.
    run_id: Option<String>,
    /// What asking the missing members again would do; null while it runs, or when nobody is
    /// missing.
    resumable: Option<ResumableJson>,
}

/// What can still be had of a consultation that is over.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResumableJson {
    /// Answers that stay as they are.
    kept: u64,
    /// Missing members of whom it is not known whether they were billed.
    unknown: u64,
    /// Members that would be asked again.
    missing: u64,
    /// Stages after the first round were cut short and would be held.
    stages: bool,
    /// The most that asking the missing members may cost, dollars as a decimal; null when a price is
    /// not known.
    high_usd: Option<String>,
    /// The same in pico-dollars.
    high_pusd: Option<String>,
}

impl From<Resumable> for ResumableJson {
    fn from(resumable: Resumable) -> Self {
        Self {
            kept: resumable.kept,
            unknown: resumable.unknown,
            missing: resumable.missing,
            stages: resumable.stages,
            high_usd: resumable.high.map(majlis_llm::PicoUsd::to_usd_string),
            high_pusd: resumable.high.map(|high| high.0.to_string()),
        }
    }
}

impl From<ConsultationView> for ConsultationJson {
    fn from(consultation: ConsultationView) -> Self {
        Self {
            summary: consultation.summary.into(),
            context: consultation.context,
            prompt: consultation.prompt,
            members: consultation.members.into_iter().map(Into::into).collect(),
            analysis: consultation.analysis.as_deref().map(Into::into),
            plan: (&consultation.plan).into(),
            stages: consultation.stages.into_iter().map(Into::into).collect(),
            votes: consultation.votes.map(Into::into),
            deliberation: consultation.deliberation.as_deref().map(Into::into),
            syntheses: consultation.syntheses.iter().map(Into::into).collect(),
            cost: Some(consultation.cost.known).into(),
            unknown_costs: consultation.cost.unknown,
            run_id: consultation.run_id,
            resumable: consultation.resumable.map(Into::into),
        }
    }
}

/// Where an answer comes from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MemberKindJson {
    Model,
    Pasted,
}

/// One member with its answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MemberJson {
    /// Id of the answer.
    message_id: String,
    position: i64,
    label: String,
    kind: MemberKindJson,
    /// Null for a pasted answer.
    model: Option<String>,
    /// Which sample of the model, from 1; null when it was asked once.
    sample: Option<i64>,
    /// The embedded model: a demonstration, measured apart.
    demo: bool,
    state: ReplyStateJson,
    text: String,
    reasoning: Option<String>,
    error: Option<NoticeJson>,
    call: Option<CallJson>,
    /// The person's last word on the answer.
    verdict: Option<AnswerVerdictJson>,
}

impl From<MemberView> for MemberJson {
    fn from(member: MemberView) -> Self {
        Self {
            message_id: member.message_id,
            position: member.position,
            label: member.label,
            kind: match member.kind {
                MemberKind::Model => MemberKindJson::Model,
                MemberKind::Pasted => MemberKindJson::Pasted,
            },
            model: member.model.map(|model| model.to_string()),
            sample: member.sample,
            demo: member.demo,
            state: member.state.into(),
            text: member.text,
            reasoning: member.reasoning,
            error: member.error.map(Into::into),
            call: member.call.map(Into::into),
            verdict: member.verdict.map(Into::into),
        }
    }
}

/// A question for a council.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateConsultation {
    question: String,
    /// Text the question is about; sent to every model in front of it.
    context: Option<String>,
    /// The council to ask, by its name in `/api/v1/presets`. What is said beside it counts instead
    /// of what the preset says of it: `members`, `mode`, `editors`, `max_cost_usd`.
    #[serde(default)]
    preset: Option<String>,
    /// 1 to 12 members; without any, those of the preset.
    #[serde(default)]
    #[schema(max_items = 12)]
    members: Vec<MemberBody>,
    /// How far it goes; without it (and a preset that says so) `council` where three members or more
    /// can judge, else `quick`.
    #[serde(default)]
    mode: Option<ModeJson>,
    /// Models that write the conclusion, in the order in which they are asked; without any, those of
    /// the preset, or members.
    #[serde(default)]
    #[schema(max_items = 8, value_type = Vec<ModelIdText>)]
    editors: Vec<String>,
    /// What it may cost at most, dollars as a decimal, besides the caps that hold for every run.
    #[serde(default)]
    max_cost_usd: Option<String>,
}

impl CreateConsultation {
    pub(super) fn request(
        self,
        app: &App,
        idempotency_key: Option<String>,
    ) -> Result<ConsultRequest, Problem> {
        let members = self.members.into_iter().map(MemberBody::checked);
        let request = ConsultRequest {
            question: self.question,
            context: self.context,
            members: members.collect::<Result<_, _>>()?,
            mode: self.mode.map(Into::into),
            editors: models(&self.editors)?,
            max_cost: self.max_cost_usd.as_deref().map(usd).transpose()?,
            idempotency_key,
        };
        Ok(match self.preset {
            Some(name) => request.completed(app.preset_of_question(&name)?),
            None => request,
        })
    }
}

fn models(ids: &[String]) -> Result<Vec<ModelId>, Problem> {
    ids.iter().map(|id| model_id(id)).collect()
}

/// Another conclusion.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateSynthesis {
    /// Models that write it, in the order in which they are asked; without any, those of the
    /// consultation.
    #[serde(default)]
    #[schema(max_items = 8, value_type = Vec<ModelIdText>)]
    editors: Vec<String>,
}

/// What the person says of an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateVerdict {
    /// The member's position, from 0.
    member: usize,
    verdict: AnswerVerdictJson,
    /// Why.
    #[serde(default)]
    reason: Option<String>,
}

/// A member to ask, or an answer to bring in.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum MemberBody {
    /// A model is asked.
    Model {
        /// `provider/name`.
        #[schema(value_type = ModelIdText)]
        model: String,
        /// How often, 1 to 9.
        #[schema(minimum = 1, maximum = 9, default = 1)]
        samples: Option<u8>,
    },
    /// An answer from elsewhere is brought in.
    Pasted {
        /// Whose it is.
        name: String,
        /// The answer.
        text: String,
    },
}

impl MemberBody {
    pub(super) fn checked(self) -> Result<MemberRequest, Problem> {
        Ok(match self {
            Self::Model { model, samples } => MemberRequest::Model {
                model: model_id(&model)?,
                samples: samples.unwrap_or(1),
            },
            Self::Pasted { name, text } => MemberRequest::Pasted { name, text },
        })
    }
}

impl From<MemberRequest> for MemberBody {
    fn from(member: MemberRequest) -> Self {
        match member {
            MemberRequest::Model { model, samples } => Self::Model {
                model: model.to_string(),
                samples: Some(samples),
            },
            MemberRequest::Pasted { name, text } => Self::Pasted { name, text },
        }
    }
}

/// A consultation that began.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsultationStartedJson {
    id: String,
    /// Follow it over the WebSocket.
    run_id: String,
}

/// Consultations, newest first.
#[utoipa::path(get, path = "/api/v1/consultations", tag = "consultations", operation_id = "list_consultations",
    params(PageQuery),
    responses((status = 200, description = "One page.", body = ConsultationsJson),
        (status = 400, description = "Bad limit or cursor.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<ConsultationsJson>, Problem> {
    let (limit, before) = query.checked()?;
    Ok(Json(app.consultations(limit, before).await?.into()))
}

/// Puts a question to a council; answers and measurements come over the WebSocket.
#[utoipa::path(post, path = "/api/v1/consultations", tag = "consultations", operation_id = "create_consultation",
    params(IdempotencyKey), request_body = CreateConsultation,
    responses((status = 202, description = "Being answered.", body = ConsultationStartedJson, headers(("location" = String, description = "The consultation."))),
        (status = 402, description = "A cap on costs is in the way, or a price is not known under one.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Empty question, unknown model or preset, no member.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(app): State<App>,
    key: IdempotencyKey,
    Body(body): Body<CreateConsultation>,
) -> Result<Accepted, Problem> {
    let request = body.request(&app, key.0)?;
    Ok(accepted(app.consult(request).await?))
}

/// Asks the members again whose answers are missing, and holds stages that were cut short; what is
/// there is kept.
#[utoipa::path(post, path = "/api/v1/consultations/{id}/resume", tag = "consultations", operation_id = "resume_consultation",
    params(("id" = String, Path), IdempotencyKey),
    responses((status = 202, description = "Going on.", body = ConsultationStartedJson, headers(("location" = String, description = "The consultation."))),
        (status = 402, description = "A cap on costs is in the way, or a price is not known under one.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such consultation.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It still runs, or nobody is missing.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A model's provider is not configured any more.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn resume(
    State(app): State<App>,
    Path(id): Path<String>,
    key: IdempotencyKey,
) -> Result<Accepted, Problem> {
    Ok(accepted(app.resume(&id, key.0).await?))
}

/// Writes another conclusion, as a new version; none is overwritten.
#[utoipa::path(post, path = "/api/v1/consultations/{id}/synthesis", tag = "consultations", operation_id = "create_synthesis",
    params(("id" = String, Path), IdempotencyKey), request_body = CreateSynthesis,
    responses((status = 202, description = "Being written.", body = ConsultationStartedJson, headers(("location" = String, description = "The consultation."))),
        (status = 402, description = "A cap on costs is in the way, or a price is not known under one.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such consultation.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It still runs, or nothing was measured.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "An editor cannot be asked.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn synthesise(
    State(app): State<App>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    Body(body): Body<CreateSynthesis>,
) -> Result<Accepted, Problem> {
    Ok(accepted(
        app.synthesise(&id, models(&body.editors)?, key.0).await?,
    ))
}

/// Keeps what the person says of an answer; their last word counts.
#[utoipa::path(post, path = "/api/v1/consultations/{id}/verdict", tag = "consultations", operation_id = "set_verdict",
    params(("id" = String, Path)), request_body = CreateVerdict,
    responses((status = 200, description = "The consultation.", body = ConsultationJson),
        (status = 404, description = "No such consultation or member.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn judge(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(body): Body<CreateVerdict>,
) -> Result<Json<ConsultationJson>, Problem> {
    app.set_verdict(&id, body.member, body.verdict.into(), body.reason)
        .await?;
    Ok(Json(app.consultation(&id).await?.into()))
}

/// How judges lean, whose marks foretell the person's verdicts, and who is right how often.
#[utoipa::path(get, path = "/api/v1/consultations/stats", tag = "consultations", operation_id = "council_stats",
    responses((status = 200, description = "Measured on one's own history.", body = CouncilStatsJson)))]
pub(super) async fn stats(State(app): State<App>) -> Result<Json<CouncilStatsJson>, Problem> {
    Ok(Json(app.council_stats().await?.into()))
}

type Accepted = (
    StatusCode,
    [(HeaderName, String); 1],
    Json<ConsultationStartedJson>,
);

fn accepted(id: String) -> Accepted {
    let location = [(header::LOCATION, format!("/api/v1/consultations/{id}"))];
    let started = ConsultationStartedJson {
        run_id: id.clone(),
        id,
    };
    (StatusCode::ACCEPTED, location, Json(started))
}

/// One consultation, whole.
#[utoipa::path(get, path = "/api/v1/consultations/{id}", tag = "consultations", operation_id = "get_consultation",
    params(("id" = String, Path)),
    responses((status = 200, description = "The consultation.", body = ConsultationJson),
        (status = 404, description = "No such consultation.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<ConsultationJson>, Problem> {
    Ok(Json(app.consultation(&id).await?.into()))
}

/// Deletes a consultation with its answers; what it cost stays in the ledger.
#[utoipa::path(delete, path = "/api/v1/consultations/{id}", tag = "consultations", operation_id = "delete_consultation",
    params(("id" = String, Path)),
    responses((status = 204, description = "Deleted."),
        (status = 404, description = "No such consultation.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is still running.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.delete_consultation(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
