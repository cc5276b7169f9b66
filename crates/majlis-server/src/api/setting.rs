//! Settings every user interface shares.

use axum::Json;
use axum::extract::State;
use majlis_app::{App, Settings, Theme};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sample::LanguageJson;
use crate::extract::Body;
use crate::problem::Problem;

/// Colours of the interface.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ThemeJson {
    System,
    Light,
    Dark,
}

/// What the person chose; null follows the system.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsJson {
    #[serde(default)]
    language: Option<LanguageJson>,
    #[serde(default)]
    theme: Option<ThemeJson>,
}

impl From<Settings> for SettingsJson {
    fn from(settings: Settings) -> Self {
        Self {
            language: settings.language.map(Into::into),
            theme: settings.theme.map(|theme| match theme {
                Theme::System => ThemeJson::System,
                Theme::Light => ThemeJson::Light,
                Theme::Dark => ThemeJson::Dark,
            }),
        }
    }
}

impl From<SettingsJson> for Settings {
    fn from(settings: SettingsJson) -> Self {
        Self {
            language: settings.language.map(Into::into),
            theme: settings.theme.map(|theme| match theme {
                ThemeJson::System => Theme::System,
                ThemeJson::Light => Theme::Light,
                ThemeJson::Dark => Theme::Dark,
            }),
        }
    }
}

/// The settings.
#[utoipa::path(get, path = "/api/v1/settings", tag = "settings", operation_id = "get_settings",
    responses((status = 200, description = "As they are.", body = SettingsJson)))]
pub(super) async fn get(State(app): State<App>) -> Result<Json<SettingsJson>, Problem> {
    Ok(Json(app.settings().await?.into()))
}

/// Changes settings; absent fields stay.
#[utoipa::path(patch, path = "/api/v1/settings", tag = "settings", operation_id = "update_settings",
    request_body = SettingsJson,
    responses((status = 200, description = "As they are now.", body = SettingsJson)))]
pub(super) async fn update(
    State(app): State<App>,
    Body(body): Body<SettingsJson>,
) -> Result<Json<SettingsJson>, Problem> {
    Ok(Json(app.update_settings(body.into()).await?.into()))
}
