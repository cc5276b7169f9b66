//! Presets: the councils that can be asked by a name. They are set in the configuration.

use axum::Json;
use axum::extract::State;
use majlis_app::{App, CouncilPreset};
use majlis_llm::PicoUsd;
use serde::Serialize;
use utoipa::ToSchema;

use super::consultation::MemberBody;
use super::deliberation::ModeJson;
use crate::extract::Path;
use crate::problem::Problem;

/// A council with a name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PresetJson {
    /// What `preset` of a question says.
    name: String,
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

impl PresetJson {
    fn new(name: String, preset: CouncilPreset) -> Self {
        Self {
            name,
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

/// The councils that can be asked by a name; `council` is the one of `majlis ask`.
#[utoipa::path(get, path = "/api/v1/presets", tag = "consultations", operation_id = "list_presets",
    responses((status = 200, description = "All of them.", body = PresetsJson)))]
pub(super) async fn list(State(app): State<App>) -> Json<PresetsJson> {
    let councils = app.councils().into_iter();
    Json(PresetsJson {
        items: councils
            .map(|(name, preset)| PresetJson::new(name, preset))
            .collect(),
    })
}

/// One preset.
#[utoipa::path(get, path = "/api/v1/presets/{name}", tag = "consultations", operation_id = "get_preset",
    params(("name" = String, Path)),
    responses((status = 200, description = "As it is configured.", body = PresetJson),
        (status = 404, description = "No such preset.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<PresetJson>, Problem> {
    let preset = app.preset(&name)?;
    Ok(Json(PresetJson::new(name, preset)))
}
