//! `/mcp`: the tools over streamable HTTP.
//!
//! There are no sessions, as the revision of 2026-07-28 wants it and that of 2025-11-25 allows: a
//! request stands alone, and what lasts is kept in the store under an id. So nothing of a client
//! that goes away is left to bound or to time out.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post_service;
use majlis_app::App;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::Tools;
use crate::guard::{MAX_BODY_BYTES, too_large};
use crate::limit::Limits;
use crate::problem::Problem;

/// The route. A call is answered with JSON, or with a stream of events where its progress is told.
pub(crate) fn routes(app: &App, limits: Arc<Limits>) -> Router<App> {
    let tools = Tools::new(app.for_programs(), Some(limits));
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_BODY_BYTES)
        // The guard has judged both, and knows the names the person configured.
        .disable_allowed_hosts()
        .disable_allowed_origins();
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(tools.clone()), sessions, config);
    Router::new().route("/mcp", post_service(service).layer(from_fn(worded)))
}

/// Reads the whole message before the library does, and words what the library refuses to read.
async fn worded(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let whole = Request::from_parts(head.clone(), body);
    let message = match Bytes::from_request(whole, &()).await {
        Ok(message) => message,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return too_large(MAX_BODY_BYTES).into_response();
        }
        Err(rejection) => return malformed(&rejection.body_text()).into_response(),
    };
    let response = next
        .run(Request::from_parts(head, Body::from(message)))
        .await;
    match response.status() {
        // The guard has seen the content type: it is the message that cannot be read.
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            malformed("The body is no message of the Model Context Protocol.").into_response()
        }
        StatusCode::NOT_ACCEPTABLE => not_acceptable().into_response(),
        _ => response,
    }
}

fn malformed(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "body_malformed", detail)
        .with_hint("Send one JSON-RPC message in UTF-8.")
}

fn not_acceptable() -> Problem {
    Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "not_acceptable",
        "Answers of the Model Context Protocol come as JSON or as a stream of events.",
    )
    .with_hint("Send the header Accept: application/json, text/event-stream.")
}
