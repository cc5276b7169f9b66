//! The outermost layer: each request has an id, in its log lines and in its answer, and each error
//! the shape that its caller expects.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::v1::Dialect;
use crate::{meter, problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives a request its id.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
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
    meter::request(&method, route, response.status(), began.elapsed());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
