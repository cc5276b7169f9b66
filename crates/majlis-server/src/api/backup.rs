//! Backups: the list of them, and making one. Restoring is the command line's.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use majlis_app::{App, BackupKind, BackupRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::common::rfc3339;
use crate::problem::Problem;

/// Why a backup was made.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BackupKindJson {
    Daily,
    Weekly,
    Manual,
    BeforeMigration,
    BeforeRestore,
}

impl From<BackupKind> for BackupKindJson {
    fn from(kind: BackupKind) -> Self {
        match kind {
            BackupKind::Daily => Self::Daily,
            BackupKind::Weekly => Self::Weekly,
            BackupKind::Manual => Self::Manual,
            BackupKind::BeforeMigration => Self::BeforeMigration,
            BackupKind::BeforeRestore => Self::BeforeRestore,
        }
    }
}

/// A backup on the disk.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupJson {
    /// The file's name, in the folder of backups.
    name: String,
    kind: BackupKindJson,
    created_at: String,
    /// Size of the file.
    bytes: u64,
    /// The version of its schema; null when its manifest is missing.
    schema_version: Option<i64>,
    /// Whether it has its manifest and the size that names.
    ok: bool,
}

impl From<BackupRow> for BackupJson {
    fn from(row: BackupRow) -> Self {
        Self {
            kind: row.kind.into(),
            created_at: rfc3339(row.created_at_ms),
            bytes: row.bytes,
            schema_version: row.manifest.map(|manifest| manifest.schema_version),
            ok: row.is_whole,
            name: row.name,
        }
    }
}

/// The backups in the data folder.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupsJson {
    /// Newest first.
    items: Vec<BackupJson>,
    /// Where they lie on this machine.
    folder: String,
}

/// The backups, newest first.
#[utoipa::path(get, path = "/api/v1/backups", tag = "data", operation_id = "list_backups",
    responses((status = 200, description = "The backups.", body = BackupsJson)))]
pub(super) async fn list(State(app): State<App>) -> Json<BackupsJson> {
    Json(BackupsJson {
        items: app.backups().into_iter().map(Into::into).collect(),
        folder: app.backup_folder().display().to_string(),
    })
}

/// Backs everything up now. Answers when the copy is checked.
#[utoipa::path(post, path = "/api/v1/backups", tag = "data", operation_id = "create_backup",
    responses(
        (status = 201, description = "Made.", body = BackupJson),
        (status = 507, description = "The disk cannot take it.", body = Problem)
    ))]
pub(super) async fn create(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let row = app.back_up(None, |_| {}).await?;
    let location = [(header::LOCATION, "/api/v1/backups")];
    Ok((StatusCode::CREATED, location, Json(BackupJson::from(row))))
}
