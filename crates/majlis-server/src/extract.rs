//! axum's extractors, whose refusals are problems.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;

use crate::guard::BODY_HINT;
use crate::problem::Problem;

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub(crate) struct Body<T>(pub(crate) T);

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
            StatusCode::UNPROCESSABLE_ENTITY => (
                "body_shape",
                "Compare the body with the schema in /api/openapi.json.",
            ),
            _ => ("body_malformed", "Send one valid UTF-8 JSON document."),
        };
        Self::new(rejection.status(), code, rejection.body_text()).with_hint(hint)
    }
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
