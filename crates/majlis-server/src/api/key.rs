//! Keys of providers: where each comes from, and storing them. A key goes in and never comes out.

use axum::Json;
use axum::extract::State;
use majlis_app::{App, KeySource, KeyView, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::{NoticeJson, rfc3339};
use super::model::StateJson;
use crate::extract::{Body, Path};
use crate::problem::Problem;

/// Where a key comes from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum KeySourceJson {
    /// There is none.
    None,
    /// A variable of the environment, which goes before a stored key.
    Environment,
    /// The sealed file.
    Stored,
    /// The sealed file, but for another address: it is not sent.
    Misplaced,
}

/// One provider that may have a key; never the key itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyJson {
    /// The provider.
    name: String,
    /// Scheme, host and port to which the key is sent, and nowhere else.
    origin: String,
    /// Variables that may hold it.
    variables: Vec<String>,
    source: KeySourceJson,
    /// The variable that holds it.
    variable: Option<String>,
    /// When it was stored.
    stored_at: Option<String>,
    /// The origin a misplaced key was stored for.
    stored_for: Option<String>,
    /// Whether the provider can be asked, as it said when it was asked last.
    state: StateJson,
    /// Why not.
    reason: Option<NoticeJson>,
}

impl From<KeyView> for KeyJson {
    fn from(view: KeyView) -> Self {
        let key = view.place;
        let mut json = Self {
            name: key.name,
            origin: key.origin,
            variables: key.variables,
            source: KeySourceJson::None,
            variable: None,
            stored_at: None,
            stored_for: None,
            state: view.state.into(),
            reason: view.reason.map(Into::into),
        };
        match key.source {
            KeySource::None => {}
            KeySource::Environment { variable } => {
                json.source = KeySourceJson::Environment;
                json.variable = Some(variable);
            }
            KeySource::Stored { at_ms } => {
                json.source = KeySourceJson::Stored;
                json.stored_at = Some(rfc3339(at_ms));
            }
            KeySource::Misplaced { origin } => {
                json.source = KeySourceJson::Misplaced;
                json.stored_for = Some(origin);
            }
        }
        json
    }
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeysJson {
    keys: Vec<KeyJson>,
}

/// A key to store.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKeyJson {
    /// The key; white space around it is no part of it.
    #[schema(write_only, min_length = 1, max_length = 16384)]
    key: String,
}

/// Every provider that may have a key, and where it comes from.
#[utoipa::path(get, path = "/api/v1/keys", tag = "models", operation_id = "list_keys",
    responses((status = 200, description = "Without the keys.", body = KeysJson),
        (status = 409, description = "Stored keys cannot be opened.", body = Problem)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<KeysJson>, Problem> {
    let keys = app.keys().await?.into_iter().map(Into::into).collect();
    Ok(Json(KeysJson { keys }))
}

/// Stores a key for a provider, sealed on this machine. The provider is asked with it at once for
/// its list of models, which costs nothing.
#[utoipa::path(put, path = "/api/v1/keys/{provider}", tag = "models", operation_id = "set_key",
    params(("provider" = String, Path, description = "The provider.")),
    request_body = NewKeyJson,
    responses((status = 200, description = "Stored.", body = KeyJson),
        (status = 404, description = "No such provider takes a key.", body = Problem),
        (status = 409, description = "Stored keys cannot be opened.", body = Problem),
        (status = 422, description = "That is no key.", body = Problem)))]
pub(super) async fn set(
    State(app): State<App>,
    Path(provider): Path<String>,
    Body(body): Body<NewKeyJson>,
) -> Result<Json<KeyJson>, Problem> {
    let key = Secret::from(body.key);
    Ok(Json(app.set_key(&provider, key).await?.into()))
}

/// Forgets a provider's stored key; one of the environment stays.
#[utoipa::path(delete, path = "/api/v1/keys/{provider}", tag = "models", operation_id = "remove_key",
    params(("provider" = String, Path, description = "The provider.")),
    responses((status = 200, description = "As it is now.", body = KeyJson),
        (status = 404, description = "No such provider takes a key.", body = Problem),
        (status = 409, description = "Stored keys cannot be opened.", body = Problem)))]
pub(super) async fn remove(
    State(app): State<App>,
    Path(provider): Path<String>,
) -> Result<Json<KeyJson>, Problem> {
    Ok(Json(app.remove_key(&provider).await?.into()))
}
