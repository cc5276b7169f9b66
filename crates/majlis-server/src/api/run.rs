//! Runs: a turn of a conversation or a consultation while it goes on.

use axum::extract::State;
use axum::http::StatusCode;
use majlis_app::App;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Body, Path};
use crate::problem::Problem;

/// What to stop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelRun {
    /// Only this reply; the whole run when absent.
    message_id: Option<String>,
}

/// Stops a run, or one reply of it. What came is kept.
#[utoipa::path(post, path = "/api/v1/runs/{id}/cancel", tag = "runs", operation_id = "cancel_run",
    params(("id" = String, Path)), request_body = CancelRun,
    responses((status = 204, description = "Stopping."),
        (status = 404, description = "No such run, or it is over.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(body): Body<CancelRun>,
) -> Result<StatusCode, Problem> {
    app.cancel(&id, body.message_id.as_deref())?;
    Ok(StatusCode::NO_CONTENT)
}
