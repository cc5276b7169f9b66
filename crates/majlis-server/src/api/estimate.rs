//! What a question may cost, before it is sent.

use axum::Json;
use axum::extract::State;
use majlis_app::{App, CostEstimate, EstimateBasis, MemberEstimate, StageEstimate};
use majlis_llm::PicoUsd;
use serde::Serialize;
use utoipa::ToSchema;

use super::consultation::CreateConsultation;
use super::conversation::SendMessage;
use super::deliberation::StageJson;
use crate::extract::{Body, Path};
use crate::problem::Problem;

/// From what an answer of the usual length costs to what the longest one does. Null: no price is
/// known.
#[derive(Debug, Serialize, ToSchema)]
struct RangeJson {
    /// Dollars as a decimal.
    low_usd: Option<String>,
    /// Pico-dollars as a whole number.
    low_pusd: Option<String>,
    /// Dollars as a decimal; caps hold so much of a stage back when it begins.
    high_usd: Option<String>,
    /// Pico-dollars as a whole number.
    high_pusd: Option<String>,
}

impl RangeJson {
    fn new(low: Option<PicoUsd>, high: Option<PicoUsd>) -> Self {
        let whole = |amount: PicoUsd| amount.0.to_string();
        Self {
            low_usd: low.map(PicoUsd::to_usd_string),
            low_pusd: low.map(whole),
            high_usd: high.map(PicoUsd::to_usd_string),
            high_pusd: high.map(whole),
        }
    }
}

/// What a question may cost.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EstimateJson {
    /// Of the models whose price is known.
    #[serde(flatten)]
    range: RangeJson,
    /// Models whose price is not known.
    unknown_models: Vec<String>,
    /// Each request of the first round, or of the turn.
    members: Vec<MemberEstimateJson>,
    /// Each stage of a consultation; empty for a turn.
    stages: Vec<StageEstimateJson>,
}

/// What one stage may cost.
#[derive(Debug, Serialize, ToSchema)]
struct StageEstimateJson {
    stage: StageJson,
    /// Calls, if none has to be made again.
    calls: u64,
    /// The low end is zero where the stage may turn out not to be needed.
    #[serde(flatten)]
    range: RangeJson,
}

impl From<StageEstimate> for StageEstimateJson {
    fn from(stage: StageEstimate) -> Self {
        Self {
            stage: stage.stage.into(),
            calls: stage.calls,
            range: RangeJson::new(stage.low, stage.high),
        }
    }
}

/// What one request may cost.
#[derive(Debug, Serialize, ToSchema)]
struct MemberEstimateJson {
    /// `provider/name`.
    model: String,
    #[serde(flatten)]
    range: RangeJson,
    /// Input, about.
    input_tokens: u64,
    /// Output, usually.
    usual_output_tokens: u64,
    /// Output, at most.
    max_output_tokens: u64,
    /// Where the usual length is from.
    basis: BasisJson,
    /// How many answers the median is of; null without a history.
    answers: Option<u64>,
}

/// `free`: costs nothing. `history`: the median of the model's newest answers. `assumed`: it has
/// not answered yet.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum BasisJson {
    Free,
    History,
    Assumed,
}

impl From<MemberEstimate> for MemberEstimateJson {
    fn from(member: MemberEstimate) -> Self {
        let (basis, answers) = match member.basis {
            EstimateBasis::Free => (BasisJson::Free, None),
            EstimateBasis::History { answers } => (BasisJson::History, Some(answers)),
            EstimateBasis::Assumed => (BasisJson::Assumed, None),
        };
        Self {
            model: member.model.to_string(),
            range: RangeJson::new(member.low, member.high),
            input_tokens: member.input_tokens,
            usual_output_tokens: member.usual_output_tokens,
            max_output_tokens: member.max_output_tokens,
            basis,
            answers,
        }
    }
}

impl From<CostEstimate> for EstimateJson {
    fn from(estimate: CostEstimate) -> Self {
        Self {
            range: RangeJson::new(estimate.low, estimate.high),
            unknown_models: estimate
                .unknown_models
                .iter()
                .map(ToString::to_string)
                .collect(),
            members: estimate.members.into_iter().map(Into::into).collect(),
            stages: estimate.stages.into_iter().map(Into::into).collect(),
        }
    }
}

/// What a question to a council may cost; nothing is sent.
#[utoipa::path(post, path = "/api/v1/consultations/estimate", tag = "costs", operation_id = "estimate_consultation",
    request_body = CreateConsultation,
    responses((status = 200, description = "A range.", body = EstimateJson),
        (status = 422, description = "Empty question, unknown model or preset, no member.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn consultation(
    State(app): State<App>,
    Body(body): Body<CreateConsultation>,
) -> Result<Json<EstimateJson>, Problem> {
    let estimate = app.estimate_consultation(body.request(&app, None)?).await?;
    Ok(Json(estimate.into()))
}

/// What a turn of a conversation may cost; nothing is sent.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages/estimate", tag = "costs", operation_id = "estimate_message",
    params(("id" = String, Path)), request_body = SendMessage,
    responses((status = 200, description = "A range.", body = EstimateJson),
        (status = 404, description = "No such conversation.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Empty or too long.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn turn(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(body): Body<SendMessage>,
) -> Result<Json<EstimateJson>, Problem> {
    Ok(Json(
        app.estimate_turn(&id, body.request(None)).await?.into(),
    ))
}
