//! axum's extractors, whose refusals are problems.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::guard::{BODY_HINT, Refusal};
use crate::problem::Problem;

/// A JSON object as the body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return Err(Refusal::ContentType("application/json").into());
        }
        let bytes = Bytes::from_request(request, state).await?;
        // serde would read `[]` as an object whose members are all left out.
        if bytes.trim_ascii_start().starts_with(b"[") {
            return Err(body_shape("The body is a list, and an object is wanted."));
        }
        let Json(body) = Json::from_bytes(&bytes)?;
        Ok(Self(body))
    }
}

/// Parameters of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(crate) struct Path<T>(pub(crate) T);

/// Parameters behind the `?`.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(crate) struct Query<T>(pub(crate) T);

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let (code, hint) = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", BODY_HINT),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                "content_type",
                "Send the header Content-Type: application/json.",
            ),
            StatusCode::UNPROCESSABLE_ENTITY => return body_shape(&rejection.body_text()),
            _ => ("body_malformed", "Send one valid UTF-8 JSON document."),
        };
        Self::new(rejection.status(), code, rejection.body_text()).with_hint(hint)
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        let (code, hint) = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", BODY_HINT),
            _ => ("body_malformed", "Send the whole body in time."),
        };
        Self::new(rejection.status(), code, rejection.body_text()).with_hint(hint)
    }
}

fn body_shape(detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "body_shape", detail)
        .with_hint("Compare the body with the schema in /api/openapi.json.")
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), "path", rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), "query", rejection.body_text())
            .with_hint("Compare the parameters with /api/openapi.json.")
    }
}
