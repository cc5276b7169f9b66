//! Signing in and out, where the server asks for a token.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::access::{self, Access, Admitted, COOKIE, Lock, SESSION_LIFE, comes_encrypted};
use crate::extract::Body;
use crate::problem::Problem;

/// What signs a page in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// The server's token, or the code in the address that `majlis serve` opens.
    token: String,
}

/// A session that was opened.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionJson {
    /// What to send as `Authorization: Bearer`; null where a cookie holds it.
    session: Option<String>,
    /// How long it lives.
    expires_in_s: u64,
}

/// How this request was let in.
#[derive(Serialize, ToSchema)]
pub(super) struct AccessJson {
    /// The server asks for a token.
    token_required: bool,
    /// How long this session still lives; null without one.
    expires_in_s: Option<u64>,
}

/// Signs in with the server's token or a code that works once. Under https the session is kept in a
/// cookie that scripts cannot read; else it is in the answer.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", operation_id = "sign_in",
    request_body = SignIn,
    responses((status = 201, description = "Signed in.", body = SessionJson),
        (status = 401, description = "The token is wrong, or the code was used.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "This server asks for no token.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong tokens.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn open(
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<Response, Problem> {
    let Some(lock) = access.lock() else {
        return Err(not_needed());
    };
    let now = Instant::now();
    if let Err(denial) = lock.sign_in(&body.token, now) {
        return Ok(access::deny(denial, "/api/v1/session"));
    }
    let session = lock.keeper.open_session(now).map_err(|error| {
        tracing::error!(%error, "no session could be made");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The system gave no randomness for a session.",
        )
    })?;
    Ok(opened(lock, &headers, session))
}

fn opened(lock: &Lock, headers: &HeaderMap, session: String) -> Response {
    let expires_in_s = SESSION_LIFE.as_secs();
    let cookie = (lock.is_https() && comes_encrypted(headers))
        .then(|| cookie(&session, expires_in_s))
        .flatten();
    let body = SessionJson {
        session: cookie.is_none().then_some(session),
        expires_in_s,
    };
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Says whether this server asks for a token, and how long the session lives.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", operation_id = "get_session",
    responses((status = 200, description = "As it stands.", body = AccessJson)))]
pub(super) async fn get(
    Extension(access): Extension<Access>,
    admitted: Option<Extension<Admitted>>,
) -> Json<AccessJson> {
    Json(AccessJson {
        token_required: access.lock().is_some(),
        expires_in_s: match admitted {
            Some(Extension(Admitted::Session { left, .. })) => Some(left.as_secs()),
            Some(Extension(Admitted::Token)) | None => None,
        },
    })
}

/// Signs out: the session is over at once. The token itself stays what it is.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", operation_id = "sign_out",
    responses((status = 204, description = "Signed out, or never signed in.")))]
pub(super) async fn close(
    Extension(access): Extension<Access>,
    admitted: Option<Extension<Admitted>>,
) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let Some(lock) = access.lock() else {
        return response;
    };
    if let Some(Extension(Admitted::Session { mark, .. })) = admitted {
        lock.keeper.close_session(&mark, Instant::now());
    }
    if lock.is_https()
        && let Some(cookie) = cookie("", 0)
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The cookie that holds a session, for so many seconds.
fn cookie(session: &str, max_age_s: u64) -> Option<HeaderValue> {
    let text = format!(
        "{COOKIE}={session}; Max-Age={max_age_s}; Path=/; Secure; HttpOnly; SameSite=Strict"
    );
    HeaderValue::from_str(&text).ok()
}

fn not_needed() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "session_not_needed",
        "This server asks for no token.",
    )
    .with_hint("Ask without one.")
}
