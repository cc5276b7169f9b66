//! Presets: the councils that can be asked by a name, of the configuration or kept here.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use majlis_app::{App, CouncilPreset, PresetView};
use majlis_llm::PicoUsd;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::budget::usd;
use super::common::ModelIdText;
use super::consultation::MemberBody;
use super::conversation::model_id;
use super::deliberation::ModeJson;
use crate::extract::{Body, Path};
use crate::problem::Problem;

/// A council with a name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PresetJson {
    /// What `preset` of a question says.
    name: String,
    /// It stands in the configuration, and is changed there alone.
    is_configured: bool,
    /// Who sits in it, in the form in which a question names them.
    members: Vec<MemberBody>,
    /// How far it goes; null: as far as its members allow.
    mode: Option<ModeJson>,
    /// Models that write the conclusion, in the order in which they are asked; empty: members do.
    editors: Vec<String>,
    /// What a question may cost at most, dollars as a decimal; null: no cap of its own.
    max_cost_usd: Option<String>,
    /// The same in pico-dollars.
    max_cost_pusd: Option<String>,
}

impl From<PresetView> for PresetJson {
    fn from(view: PresetView) -> Self {
        let PresetView {
            name,
            is_configured,
            preset,
        } = view;
        Self {
            name,
            is_configured,
            members: preset.members.into_iter().map(Into::into).collect(),
            mode: preset.mode.map(Into::into),
            editors: preset.editors.iter().map(ToString::to_string).collect(),
            max_cost_usd: preset.max_cost.map(PicoUsd::to_usd_string),
            max_cost_pusd: preset.max_cost.map(|cost| cost.0.to_string()),
        }
    }
}

/// All presets.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PresetsJson {
    /// By name. One whose members are not configured is not there.
    items: Vec<PresetJson>,
}

/// What a preset asks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepPreset {
    /// Who sits in it: 1 to 12 models, no pasted answers.
    members: Vec<MemberBody>,
    /// How far it goes; null: as far as its members allow.
    #[serde(default)]
    mode: Option<ModeJson>,
    /// Models that write the conclusion, in the order in which they are asked; empty: members do.
    #[serde(default)]
    #[schema(value_type = Vec<ModelIdText>)]
    editors: Vec<String>,
    /// What a question may cost at most, dollars as a decimal; null: no cap of its own.
    #[serde(default)]
    max_cost_usd: Option<String>,
}

impl KeepPreset {
    fn checked(self) -> Result<CouncilPreset, Problem> {
        let members = self.members.into_iter().map(MemberBody::checked);
        let editors = self.editors.iter().map(|id| model_id(id));
        Ok(CouncilPreset {
            members: members.collect::<Result<_, _>>()?,
            mode: self.mode.map(Into::into),
            editors: editors.collect::<Result<_, _>>()?,
            max_cost: self.max_cost_usd.as_deref().map(usd).transpose()?,
        })
    }
}

/// The councils that can be asked by a name; `council` is the one of `majlis ask`.
#[utoipa::path(get, path = "/api/v1/presets", tag = "consultations", operation_id = "list_presets",
    responses((status = 200, description = "All of them.", body = PresetsJson)))]
pub(super) async fn list(State(app): State<App>) -> Json<PresetsJson> {
    let items = app.presets().into_iter().map(Into::into).collect();
    Json(PresetsJson { items })
}

/// One preset.
#[utoipa::path(get, path = "/api/v1/presets/{name}", tag = "consultations", operation_id = "get_preset",
    params(("name" = String, Path)),
    responses((status = 200, description = "As it is.", body = PresetJson),
        (status = 404, description = "No such preset.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<PresetJson>, Problem> {
    Ok(Json(app.preset(&name)?.into()))
}

/// Keeps a council under a name, instead of what was kept under it. Programs can ask it at once, as
/// the model `majlis/NAME`.
#[utoipa::path(put, path = "/api/v1/presets/{name}", tag = "consultations", operation_id = "set_preset",
    params(("name" = String, Path, description = "1 to 64 letters, digits, points, dashes and underscores.")),
    request_body = KeepPreset,
    responses((status = 200, description = "It takes the place of the one before.", body = PresetJson),
        (status = 201, description = "It is a new one.", body = PresetJson),
        (status = 409, description = "The configuration has one of this name.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No name, no member, an unknown model, or 100 presets are kept already.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn keep(
    State(app): State<App>,
    Path(name): Path<String>,
    Body(body): Body<KeepPreset>,
) -> Result<(StatusCode, Json<PresetJson>), Problem> {
    let is_new = app.keep_preset(&name, body.checked()?).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(app.preset(&name)?.into())))
}

/// Forgets a council that was kept.
#[utoipa::path(delete, path = "/api/v1/presets/{name}", tag = "consultations", operation_id = "delete_preset",
    params(("name" = String, Path)),
    responses((status = 204, description = "Forgotten."),
        (status = 404, description = "No such preset.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It stands in the configuration.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn forget(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    app.forget_preset(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}
