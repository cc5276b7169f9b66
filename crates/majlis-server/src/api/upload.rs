//! Archives of code, sent here to be audited.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use majlis_app::{App, UploadView};
use serde::Serialize;
use utoipa::ToSchema;

use super::common::rfc3339;
use super::port::receive;
use crate::extract::Path;
use crate::guard::MAX_UPLOAD_BYTES;
use crate::problem::Problem;

/// An archive that is here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UploadJson {
    id: String,
    /// What to name as the `target` of an audit.
    target: String,
    bytes: u64,
    created_at: String,
    /// When it goes by itself.
    expires_at: String,
}

impl From<UploadView> for UploadJson {
    fn from(view: UploadView) -> Self {
        Self {
            id: view.id,
            target: view.target,
            bytes: view.bytes,
            created_at: rfc3339(view.created_at_ms),
            expires_at: rfc3339(view.expires_at_ms),
        }
    }
}

/// All archives that are here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UploadsJson {
    /// Newest first.
    items: Vec<UploadJson>,
}

/// Archives that are here, newest first. Each stays for a week.
#[utoipa::path(get, path = "/api/v1/uploads", tag = "audits", operation_id = "list_uploads",
    responses((status = 200, description = "All of them.", body = UploadsJson)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<UploadsJson>, Problem> {
    let items = app.uploads()?.into_iter().map(Into::into).collect();
    Ok(Json(UploadsJson { items }))
}

/// Keeps a zip archive of code for a week, to be named as the target of an audit.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "audits", operation_id = "create_upload",
    request_body(content = String, content_type = "application/zip", description = "The archive. At most 64 MiB."),
    responses((status = 201, description = "Kept.", body = UploadJson, headers(("location" = String, description = "The upload."))),
        (status = 400, description = "The body broke off.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No archive, or one made to do harm.", body = Problem, content_type = "application/problem+json"),
        (status = 507, description = "2 GiB of archives are kept already, or the disk is full.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(State(app): State<App>, body: Body) -> Result<Created, Problem> {
    let received = receive(&app, body, MAX_UPLOAD_BYTES).await?;
    let upload = app.keep_upload(received.path().to_owned()).await?;
    let location = format!("/api/v1/uploads/{}", upload.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(upload.into()),
    ))
}

type Created = (StatusCode, [(HeaderName, String); 1], Json<UploadJson>);

/// Removes an archive. Audits that were made of it stay.
#[utoipa::path(delete, path = "/api/v1/uploads/{id}", tag = "audits", operation_id = "delete_upload",
    params(("id" = String, Path)),
    responses((status = 204, description = "Removed."),
        (status = 404, description = "No such upload.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.delete_upload(&id)?;
    Ok(StatusCode::NO_CONTENT)
}
