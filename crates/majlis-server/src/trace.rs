//! The outermost layer: each request has an id, in its log lines and in its answer, and each error
//! the shape that its caller expects.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use majlis_app::{App, RequestNote};
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::v1::Dialect;
use crate::{guard, limit, meter, problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Routes whose time is that of other programs, or of as much as the person wants done at once.
const NOT_OWN: &[&str] = &[
    "/api/v1/alerts/test",
    "/api/v1/backups",
    "/api/v1/exports",
    "/api/v1/health",
    "/api/v1/imports",
    "/api/v1/keys/{provider}",
    "/api/v1/models/check",
    "/api/v1/retention/apply",
];

/// Whether the time of a route is this server's own.
pub(crate) fn is_own(route: &str) -> bool {
    !limit::asks_models(route) && !NOT_OWN.contains(&route)
}

/// Gives a request its id.
pub(crate) async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().to_string();
    let dialect = Dialect::of(request.uri().path());
    let began = Instant::now();
    let (method, route) = (
        request.method().clone(),
        request.extensions().get::<MatchedPath>().cloned(),
    );
    let span = tracing::info_span!("request", request_id = id);
    let mut response = next.run(request).instrument(span).await;
    problem::finish(&mut response, dialect, &id);
    let route = route.as_ref().map(MatchedPath::as_str);
    let took = began.elapsed();
    meter::request(&method, route, response.status(), took);
    app.note_request(RequestNote {
        took,
        is_own: route.is_some_and(is_own),
        is_refused: response.extensions().get::<guard::Refused>().is_some(),
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
