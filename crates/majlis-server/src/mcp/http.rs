//! `/mcp`: the tools over streamable HTTP.
//!
//! There are no sessions, as the revision of 2026-07-28 wants it and that of 2025-11-25 allows: a
//! request stands alone, and what lasts is kept in the store under an id. So nothing of a client
//! that goes away is left to bound or to time out.

use std::sync::Arc;

use axum::Router;
use axum::routing::post_service;
use majlis_app::App;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::Tools;
use crate::guard::MAX_BODY_BYTES;
use crate::limit::Limits;

/// The route. A call is answered with JSON, or with a stream of events where its progress is told.
pub(crate) fn routes(app: App, limits: Arc<Limits>) -> Router<App> {
    let tools = Tools::new(app, Some(limits));
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_BODY_BYTES)
        // The guard has judged both, and knows the names the person configured.
        .disable_allowed_hosts()
        .disable_allowed_origins();
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(tools.clone()), sessions, config);
    Router::new().route("/mcp", post_service(service))
}
