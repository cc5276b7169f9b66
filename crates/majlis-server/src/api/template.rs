//! Templates of prompts.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use majlis_app::{App, Page, TemplateView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::{PageQuery, rfc3339};
use crate::extract::{Body, Path, Query};
use crate::problem::Problem;

/// A template.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TemplateJson {
    id: String,
    /// Others may have the same.
    name: String,
    text: String,
    /// What is to be put in, each once, in the order of the text: `code` of `Review {code}.`. A name
    /// has letters, digits, `_` and `-`; other text in braces is text.
    placeholders: Vec<String>,
    created_at: String,
    updated_at: String,
}

impl From<TemplateView> for TemplateJson {
    fn from(template: TemplateView) -> Self {
        Self {
            id: template.id,
            name: template.name,
            text: template.text,
            placeholders: template.placeholders,
            created_at: rfc3339(template.created_at_ms),
            updated_at: rfc3339(template.updated_at_ms),
        }
    }
}

/// One page of templates.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TemplatesJson {
    items: Vec<TemplateJson>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

impl From<Page<TemplateView>> for TemplatesJson {
    fn from(page: Page<TemplateView>) -> Self {
        Self {
            items: page.items.into_iter().map(Into::into).collect(),
            next: page.next.map(|row| row.to_string()),
        }
    }
}

/// A template to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WriteTemplate {
    /// Not blank, at most 200 characters; blanks around it are left out.
    #[schema(min_length = 1)]
    name: String,
    /// Not blank, at most 64 KiB.
    #[schema(min_length = 1)]
    text: String,
}

/// Templates, newest first.
#[utoipa::path(get, path = "/api/v1/templates", tag = "templates", operation_id = "list_templates",
    params(PageQuery),
    responses((status = 200, description = "One page.", body = TemplatesJson),
        (status = 400, description = "Bad limit or cursor.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<TemplatesJson>, Problem> {
    let (limit, before) = query.checked()?;
    Ok(Json(app.templates(limit, before).await?.into()))
}

/// Keeps a template.
#[utoipa::path(post, path = "/api/v1/templates", tag = "templates", operation_id = "create_template",
    request_body = WriteTemplate,
    responses((status = 201, description = "Kept.", body = TemplateJson, headers(("location" = String, description = "The template."))),
        (status = 422, description = "An empty or too long name or text.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(app): State<App>,
    Body(body): Body<WriteTemplate>,
) -> Result<Created, Problem> {
    let template = app.create_template(&body.name, body.text).await?;
    let location = format!("/api/v1/templates/{}", template.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(template.into()),
    ))
}

type Created = (StatusCode, [(HeaderName, String); 1], Json<TemplateJson>);

/// One template.
#[utoipa::path(get, path = "/api/v1/templates/{id}", tag = "templates", operation_id = "get_template",
    params(("id" = String, Path)),
    responses((status = 200, description = "As it is.", body = TemplateJson),
        (status = 404, description = "No such template.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<TemplateJson>, Problem> {
    Ok(Json(app.template(&id).await?.into()))
}

/// Gives a template another name and text.
#[utoipa::path(put, path = "/api/v1/templates/{id}", tag = "templates", operation_id = "replace_template",
    params(("id" = String, Path)), request_body = WriteTemplate,
    responses((status = 200, description = "As it is now.", body = TemplateJson),
        (status = 404, description = "No such template.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "An empty or too long name or text.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn replace(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(body): Body<WriteTemplate>,
) -> Result<Json<TemplateJson>, Problem> {
    let template = app.replace_template(&id, &body.name, body.text).await?;
    Ok(Json(template.into()))
}

/// Deletes a template.
#[utoipa::path(delete, path = "/api/v1/templates/{id}", tag = "templates", operation_id = "delete_template",
    params(("id" = String, Path)),
    responses((status = 204, description = "Deleted."),
        (status = 404, description = "No such template.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.delete_template(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
