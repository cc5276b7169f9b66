//! The embedded user interface: files of `ui/dist`, compressed ahead of time.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::guard::is_page;
use crate::problem::Problem;

/// What `cargo xtask run` built; empty when it did not.
#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

/// Whether this program was built with its user interface.
pub fn has_page() -> bool {
    Dist::get("index.html").is_some()
}

/// Shown when the program was built without its user interface.
const NO_UI: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Majlis</title>\
    <h1>Majlis is running</h1><p>This build has no user interface. \
    Build it with <code>cargo xtask run</code>. The API is described at \
    <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p></html>";

/// Answers every path that no other route takes: a file, or the page itself for paths of the page,
/// or a problem.
pub(crate) async fn fallback(request: Request) -> Response {
    let path = request.uri().path();
    if !is_page(path) {
        let detail = format!("There is nothing at {path}.");
        return Problem::new(StatusCode::NOT_FOUND, "route_not_found", detail)
            .with_hint("The routes are listed in /api/openapi.json.")
            .into_response();
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Pages are only read.",
        )
        .into_response();
    }
    let name = path.trim_start_matches('/');
    if let Some(file) = file(name, request.headers()) {
        return file;
    }
    if name.contains('.') {
        let detail = format!("There is no file {path}.");
        return Problem::new(StatusCode::NOT_FOUND, "file_not_found", detail).into_response();
    }
    file("index.html", request.headers()).unwrap_or_else(|| Html(NO_UI).into_response())
}

/// One embedded file, as brotli where the client takes it.
fn file(name: &str, headers: &HeaderMap) -> Option<Response> {
    let compressed = takes_brotli(headers)
        .then(|| Dist::get(&format!("{name}.br")))
        .flatten();
    let encoding = compressed.is_some();
    let content = compressed.or_else(|| Dist::get(name))?;
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let mut response = Response::new(Body::from(content.data));
    let out = response.headers_mut();
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_str(&content_type(&kind)).ok()?,
    );
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(cache_control(name)),
    );
    if encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    Some(response)
}

fn content_type(kind: &mime_guess::Mime) -> String {
    if kind.type_() == "text" || kind.subtype() == "javascript" {
        format!("{}; charset=utf-8", kind.essence_str())
    } else {
        kind.essence_str().to_owned()
    }
}

/// Files under `assets/` carry a hash of their content in their name.
fn cache_control(name: &str) -> &'static str {
    if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("br") && parts.next() != Some("q=0")
        })
}
