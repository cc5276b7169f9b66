//! Models and providers.

use axum::Json;
use axum::extract::State;
use majlis_app::{App, ModelState, ModelView, ProviderView, Readiness};
use majlis_llm::PriceSource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::{NoticeJson, rfc3339};
use crate::extract::Body;
use crate::problem::Problem;

/// Whether a model or provider can be asked now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StateJson {
    /// Yes.
    Ready,
    /// No; `reason` says why.
    Unavailable,
    /// Not tried yet.
    Unknown,
}

impl From<ModelState> for StateJson {
    fn from(state: ModelState) -> Self {
        match state {
            ModelState::Ready => Self::Ready,
            ModelState::Unavailable => Self::Unavailable,
            ModelState::Unknown => Self::Unknown,
        }
    }
}

/// What a million tokens cost, as exact decimals; null: not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PriceJson {
    input_usd_per_mtok: Option<String>,
    output_usd_per_mtok: Option<String>,
    source: PriceSourceJson,
    /// The day for which the source stands; null when it has no date.
    as_of: Option<String>,
}

/// Who says what a model costs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PriceSourceJson {
    /// The table that comes with Majlis.
    Table,
    /// The configuration.
    Own,
    /// It runs on this machine and costs nothing.
    Local,
}

impl From<PriceSource> for PriceSourceJson {
    fn from(source: PriceSource) -> Self {
        match source {
            PriceSource::Table { .. } => Self::Table,
            PriceSource::User => Self::Own,
            PriceSource::Local => Self::Local,
        }
    }
}

/// One model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModelJson {
    /// `provider/name`.
    id: String,
    provider: String,
    name: String,
    display_name: Option<String>,
    state: StateJson,
    reason: Option<NoticeJson>,
    /// Null: not known, which is not free.
    price: Option<PriceJson>,
    context_tokens: Option<u64>,
    max_output_tokens: Option<u64>,
    /// Runs on this machine.
    local: bool,
    /// The embedded model: a demonstration, measured apart.
    demo: bool,
}

impl From<ModelView> for ModelJson {
    fn from(model: ModelView) -> Self {
        Self {
            id: model.info.id.to_string(),
            provider: model.info.id.provider().to_owned(),
            name: model.info.id.name().to_owned(),
            display_name: model.info.display_name,
            state: model.state.into(),
            reason: model.reason.map(Into::into),
            price: model.price.map(|price| PriceJson {
                input_usd_per_mtok: price.input_usd_per_mtok,
                output_usd_per_mtok: price.output_usd_per_mtok,
                as_of: price.source.as_of().map(str::to_owned),
                source: price.source.into(),
            }),
            context_tokens: model.info.context_tokens,
            max_output_tokens: model.info.max_output_tokens,
            local: model.info.local,
            demo: model.demo,
        }
    }
}

/// All models.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModelsJson {
    models: Vec<ModelJson>,
}

impl From<Vec<ModelView>> for ModelsJson {
    fn from(models: Vec<ModelView>) -> Self {
        Self {
            models: models.into_iter().map(Into::into).collect(),
        }
    }
}

/// One provider.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProviderJson {
    /// The part of a model id before the `/`.
    name: String,
    /// Its wire format, or `local`.
    kind: String,
    state: StateJson,
    /// How many models it has.
    models: u64,
    reason: Option<NoticeJson>,
}

impl From<ProviderView> for ProviderJson {
    fn from(provider: ProviderView) -> Self {
        Self {
            name: provider.name,
            kind: provider.kind,
            state: provider.state.into(),
            models: provider.models,
            reason: provider.reason.map(Into::into),
        }
    }
}

/// All providers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProvidersJson {
    providers: Vec<ProviderJson>,
}

/// Every configured and discovered model.
#[utoipa::path(get, path = "/api/v1/models", tag = "models", operation_id = "list_models",
    responses((status = 200, description = "All models, ready ones first.", body = ModelsJson)))]
pub(super) async fn list(State(app): State<App>) -> Json<ModelsJson> {
    Json(app.models().await.into())
}

/// Every known provider with its state.
#[utoipa::path(get, path = "/api/v1/providers", tag = "models", operation_id = "list_providers",
    responses((status = 200, description = "All providers.", body = ProvidersJson)))]
pub(super) async fn providers(State(app): State<App>) -> Json<ProvidersJson> {
    Json(ProvidersJson {
        providers: app.providers().into_iter().map(Into::into).collect(),
    })
}

/// A model to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelCheckJson {
    /// `provider/name`, or a name that only one provider has.
    model: String,
}

/// Whether a model can be asked now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadinessJson {
    /// `provider/name`.
    model: String,
    state: StateJson,
    /// Why not, or why it is not known.
    reason: Option<NoticeJson>,
    /// When its provider was asked; null when it cannot be.
    checked_at: Option<String>,
}

impl From<Readiness> for ReadinessJson {
    fn from(readiness: Readiness) -> Self {
        Self {
            model: readiness.model.into(),
            state: readiness.state.into(),
            reason: readiness.reason.map(Into::into),
            checked_at: readiness.checked_at_ms.map(rfc3339),
        }
    }
}

/// Asks a model's provider whether it is ready. Costs nothing; within ten seconds the same answer
/// is given again.
#[utoipa::path(post, path = "/api/v1/models/check", tag = "models", operation_id = "check_model",
    request_body = ModelCheckJson,
    responses((status = 200, description = "As its provider says.", body = ReadinessJson),
        (status = 422, description = "No such model.", body = Problem)))]
pub(super) async fn check(
    State(app): State<App>,
    Body(body): Body<ModelCheckJson>,
) -> Result<Json<ReadinessJson>, Problem> {
    let model = app.resolve_model(&body.model)?;
    Ok(Json(app.check_model(&model).await?.into()))
}
