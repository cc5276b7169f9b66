//! Drafts: what was typed and not sent yet, below each conversation and in the council's form.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use majlis_app::{App, Draft, DraftPlace};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::rfc3339;
use crate::extract::{Body, Path};
use crate::problem::Problem;

/// What is typed below a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageDraftJson {
    /// Empty when nothing is typed.
    text: String,
    /// Null when nothing is typed.
    updated_at: Option<String>,
}

impl From<Draft> for MessageDraftJson {
    fn from(draft: Draft) -> Self {
        Self {
            text: draft.text,
            updated_at: draft.updated_at_ms.map(rfc3339),
        }
    }
}

/// What is typed in the council's form.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuestionDraftJson {
    /// Empty when nothing is typed.
    question: String,
    /// What the question is about; null when nothing is typed there.
    context: Option<String>,
    /// Null when nothing is typed.
    updated_at: Option<String>,
}

impl From<Draft> for QuestionDraftJson {
    fn from(draft: Draft) -> Self {
        Self {
            question: draft.text,
            context: draft.context,
            updated_at: draft.updated_at_ms.map(rfc3339),
        }
    }
}

/// What is typed below a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetMessageDraft {
    /// At most 1 MiB; empty: nothing is typed any more.
    text: String,
}

/// What is typed in the council's form. When both are empty, nothing is typed any more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetQuestionDraft {
    /// At most 1 MiB.
    question: String,
    /// At most 1 MiB.
    #[serde(default)]
    context: Option<String>,
}

/// What is typed below a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/draft", tag = "conversations", operation_id = "get_message_draft",
    params(("id" = String, Path)),
    responses((status = 200, description = "As it was last kept.", body = MessageDraftJson),
        (status = 404, description = "No such conversation.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_message(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<MessageDraftJson>, Problem> {
    Ok(Json(app.draft(DraftPlace::Conversation(id)).await?.into()))
}

/// Keeps what is typed below a conversation. Sending a message does not forget it: whoever sent it
/// does.
#[utoipa::path(put, path = "/api/v1/conversations/{id}/draft", tag = "conversations", operation_id = "set_message_draft",
    params(("id" = String, Path)), request_body = SetMessageDraft,
    responses((status = 200, description = "Kept.", body = MessageDraftJson),
        (status = 404, description = "No such conversation.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Longer than what can be sent.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set_message(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(body): Body<SetMessageDraft>,
) -> Result<Json<MessageDraftJson>, Problem> {
    let place = DraftPlace::Conversation(id);
    Ok(Json(app.set_draft(place, body.text, None).await?.into()))
}

/// Forgets what is typed below a conversation, if anything.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}/draft", tag = "conversations", operation_id = "delete_message_draft",
    params(("id" = String, Path)),
    responses((status = 204, description = "Forgotten."),
        (status = 404, description = "No such conversation.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete_message(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.delete_draft(DraftPlace::Conversation(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is typed in the council's form.
#[utoipa::path(get, path = "/api/v1/consultations/draft", tag = "consultations", operation_id = "get_question_draft",
    responses((status = 200, description = "As it was last kept.", body = QuestionDraftJson)))]
pub(super) async fn get_question(
    State(app): State<App>,
) -> Result<Json<QuestionDraftJson>, Problem> {
    Ok(Json(app.draft(DraftPlace::Council).await?.into()))
}

/// Keeps what is typed in the council's form. Asking does not forget it: whoever asked does.
#[utoipa::path(put, path = "/api/v1/consultations/draft", tag = "consultations", operation_id = "set_question_draft",
    request_body = SetQuestionDraft,
    responses((status = 200, description = "Kept.", body = QuestionDraftJson),
        (status = 422, description = "Longer than what can be sent.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set_question(
    State(app): State<App>,
    Body(body): Body<SetQuestionDraft>,
) -> Result<Json<QuestionDraftJson>, Problem> {
    let draft = app.set_draft(DraftPlace::Council, body.question, body.context);
    Ok(Json(draft.await?.into()))
}

/// Forgets what is typed in the council's form, if anything.
#[utoipa::path(delete, path = "/api/v1/consultations/draft", tag = "consultations", operation_id = "delete_question_draft",
    responses((status = 204, description = "Forgotten.")))]
pub(super) async fn delete_question(State(app): State<App>) -> Result<StatusCode, Problem> {
    app.delete_draft(DraftPlace::Council).await?;
    Ok(StatusCode::NO_CONTENT)
}
