//! `/v1/models`.

use axum::Json;
use axum::extract::State;
use majlis_app::{App, ModelState, ModelView};
use serde::Serialize;

use super::council;
use crate::extract::Path;
use crate::problem::Problem;

/// One model, in the shape of OpenAI with what Majlis knows besides.
#[derive(Debug, Serialize)]
pub(super) struct ModelJson {
    id: String,
    object: &'static str,
    /// Seconds since 1970. Nobody says when a model was made, and programs demand a number.
    created: i64,
    owned_by: String,
    majlis: DetailsJson,
}

#[derive(Debug, Default, Serialize)]
struct DetailsJson {
    display_name: Option<String>,
    context_tokens: Option<u64>,
    max_output_tokens: Option<u64>,
    input_usd_per_mtok: Option<String>,
    output_usd_per_mtok: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ListJson {
    object: &'static str,
    data: Vec<ModelJson>,
}

impl From<ModelView> for ModelJson {
    fn from(model: ModelView) -> Self {
        let (input, output) = model.price.map_or((None, None), |price| {
            (price.input_usd_per_mtok, price.output_usd_per_mtok)
        });
        Self {
            owned_by: model.info.id.provider().to_owned(),
            id: model.info.id.into(),
            object: "model",
            created: 0,
            majlis: DetailsJson {
                display_name: model.info.display_name,
                context_tokens: model.info.context_tokens,
                max_output_tokens: model.info.max_output_tokens,
                input_usd_per_mtok: input,
                output_usd_per_mtok: output,
            },
        }
    }
}

impl ModelJson {
    fn council(id: String) -> Self {
        Self::own(id, "majlis")
    }

    /// The engine of `/v1/embeddings`.
    fn engine(name: &str) -> Self {
        Self::own(format!("local/{name}"), "local")
    }

    fn own(id: String, owner: &str) -> Self {
        Self {
            id,
            object: "model",
            created: 0,
            owned_by: owner.to_owned(),
            majlis: DetailsJson::default(),
        }
    }
}

/// Every model that can be asked, or has not been tried yet.
pub(super) async fn list(State(app): State<App>) -> Json<ListJson> {
    let models = app.models().await;
    let councils = council::ids(&app).map(ModelJson::council);
    let engine = app.embedder_name().map(ModelJson::engine);
    let data = models
        .into_iter()
        .filter(|model| model.state != ModelState::Unavailable)
        .map(ModelJson::from)
        .chain(councils)
        .chain(engine);
    Json(ListJson {
        object: "list",
        data: data.collect(),
    })
}

/// One model by its id, which holds a slash.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<ModelJson>, Problem> {
    if council::ids(&app).any(|council| council == id) {
        return Ok(Json(ModelJson::council(id)));
    }
    let engine = app.embedder_name().map(ModelJson::engine);
    if let Some(engine) = engine.filter(|engine| engine.id == id) {
        return Ok(Json(engine));
    }
    let wanted = app.resolve_model(&id).map_err(super::refused)?;
    let known = app.models().await;
    let found = known.into_iter().find(|model| model.info.id == wanted);
    let found = found.ok_or_else(|| super::refused(app.unknown_model(&wanted)))?;
    Ok(Json(found.into()))
}
