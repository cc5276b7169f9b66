//! Who may ask: the layer just inside the guard.
//!
//! Without a token everybody the guard lets through may. With one, every route is closed but those
//! of [`is_open`], so that a route which is added later is closed too.

mod credential;
mod keeper;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::Instant;

use crate::door::{AccessToken, CODE_PREFIX, Door, Mark, SESSION_PREFIX};
use crate::guard::{Refused, is_page};
use crate::problem::{Problem, Retry};

pub(crate) use credential::{COOKIE, PROTOCOL, comes_encrypted};
pub(crate) use keeper::{Keeper, SESSION_LIFE};

/// Wrong tokens that are looked at in a minute.
const WRONG_PER_MIN: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// Who is let in.
#[derive(Clone)]
pub(crate) struct Access {
    lock: Option<Arc<Lock>>,
}

/// What a server with a token knows.
pub(crate) struct Lock {
    token: AccessToken,
    is_https: bool,
    pub(crate) keeper: Keeper,
    wrong: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

/// How a request was let in; among its extensions where a token is required.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Admitted {
    /// By the token itself.
    Token,
    /// By a session, which lives so much longer.
    Session { mark: Mark, left: Duration },
}

/// Why a request is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    /// It carries nothing.
    Absent,
    /// It carries a session that is over.
    Session,
    /// It carries a code that was used or is too old.
    Code,
    /// It carries a wrong token.
    Wrong,
    /// It carries a wrong token, as too many before it did.
    TooMany {
        /// Time until the next one is looked at.
        wait: Duration,
    },
}

/// Every [`Denial::reason`].
pub(crate) const REASONS: [&str; 2] = ["token_wrong", "token_attempts"];

impl Access {
    /// What a door asks for.
    pub(crate) fn new(door: &Door) -> Self {
        let lock = door.token.clone().map(|token| {
            Arc::new(Lock {
                token,
                is_https: door.is_https(),
                keeper: Keeper::default(),
                wrong: RateLimiter::direct(Quota::per_minute(WRONG_PER_MIN)),
                clock: DefaultClock::default(),
            })
        });
        Self { lock }
    }

    /// What is asked for; `None` without a token.
    pub(crate) fn lock(&self) -> Option<&Lock> {
        self.lock.as_deref()
    }

    /// Waits until the session is over that let a request in; for ever, where none did.
    pub(crate) async fn over(self, admitted: Option<Admitted>) {
        match (self.lock, admitted) {
            (Some(lock), Some(Admitted::Session { mark, .. })) => {
                lock.keeper.session_over(&mark).await;
            }
            _ => std::future::pending().await,
        }
    }
}

impl Lock {
    /// Browsers reach this server by https alone.
    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    /// Decides by a request's head whether it is let in. The token is looked for before anything is
    /// counted, so that it is never delayed.
    fn judge(&self, path: &str, headers: &HeaderMap, now: Instant) -> Result<Admitted, Denial> {
        let texts = credential::credentials(path, headers, self.is_https);
        let mut denial = Denial::Absent;
        for text in texts {
            match self.admit(path, text, now) {
                Ok(admitted) => return Ok(admitted),
                Err(found) => denial = worse(denial, found),
            }
        }
        Err(self.counted(denial))
    }

    fn admit(&self, path: &str, text: &str, now: Instant) -> Result<Admitted, Denial> {
        let mark = Mark::of(text);
        if self.token.mark().fits(&mark) {
            return Ok(Admitted::Token);
        }
        if !text.starts_with(SESSION_PREFIX) {
            return Err(Denial::Wrong);
        }
        // A session is a page's, and pages ask nothing but the API.
        let session = path
            .starts_with("/api/")
            .then(|| self.keeper.session(&mark, now));
        match session.flatten() {
            Some(left) => Ok(Admitted::Session { mark, left }),
            None => Err(Denial::Session),
        }
    }

    /// Whether a text signs a page in: the token, or a code, which is used up by that.
    pub(crate) fn sign_in(&self, text: &str, now: Instant) -> Result<(), Denial> {
        let mark = Mark::of(text);
        if self.token.mark().fits(&mark) || self.keeper.redeem(&mark, now) {
            Ok(())
        } else if text.starts_with(CODE_PREFIX) {
            Err(Denial::Code)
        } else {
            Err(self.counted(Denial::Wrong))
        }
    }

    /// Counts a wrong token. Sessions and codes are not counted: they cannot be guessed, and a page
    /// whose session is over must not stand in its own way.
    fn counted(&self, denial: Denial) -> Denial {
        match (denial, self.wrong_token(denial)) {
            (_, Some(wait)) => Denial::TooMany { wait },
            (denial, None) => denial,
        }
    }

    fn wrong_token(&self, denial: Denial) -> Option<Duration> {
        if denial != Denial::Wrong {
            return None;
        }
        let not_until = self.wrong.check().err()?;
        Some(not_until.wait_time_from(self.clock.now()))
    }
}

/// A wrong token is the worst, whatever came with it.
fn worse(one: Denial, other: Denial) -> Denial {
    if one == Denial::Wrong { one } else { other }
}

/// What is open to everybody the guard lets through: pages and their files, which hold nothing of
/// the person's, the sign of life, and signing in.
fn is_open(method: &Method, route: Option<&str>, path: &str) -> bool {
    match route {
        Some("/healthz") => true,
        Some("/api/v1/session") => method == Method::POST,
        Some(_) => false,
        None => is_page(path),
    }
}

/// Lets in who may ask.
pub(crate) async fn layer(
    State(access): State<Access>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(lock) = access.lock() {
        let path = request.uri().path();
        let route = request.extensions().get::<MatchedPath>();
        if !is_open(request.method(), route.map(MatchedPath::as_str), path) {
            match lock.judge(path, request.headers(), Instant::now()) {
                Ok(admitted) => request.extensions_mut().insert(admitted),
                Err(denial) => return deny(denial, path),
            };
        }
    }
    request.extensions_mut().insert(access);
    next.run(request).await
}

/// The answer to a request that is not let in.
pub(crate) fn deny(denial: Denial, path: &str) -> Response {
    let reason = denial.reason();
    if let Some(reason) = reason {
        tracing::warn!(reason, path, "request with a wrong token refused");
        metrics::counter!("majlis_guard_denied_total", "reason" => reason).increment(1);
    }
    let problem = Problem::from(denial);
    let is_unauthorized = problem.status() == StatusCode::UNAUTHORIZED;
    let mut response = problem.into_response();
    if reason.is_some() {
        response.extensions_mut().insert(Refused);
    }
    if is_unauthorized {
        let bearer = HeaderValue::from_static("Bearer");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, bearer);
    }
    response
}

impl Denial {
    /// Its name in metrics; `None` for what the person's own page does before it is signed in.
    fn reason(self) -> Option<&'static str> {
        match self {
            Self::Absent | Self::Session => None,
            Self::Code | Self::Wrong => Some("token_wrong"),
            Self::TooMany { .. } => Some("token_attempts"),
        }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let unauthorized = StatusCode::UNAUTHORIZED;
        let (code, detail, hint) = match denial {
            Denial::Absent => (
                "token_required",
                "This server asks for a token.",
                "Send the header Authorization: Bearer TOKEN, or sign in on the page.",
            ),
            Denial::Session => (
                "session_over",
                "The session is over: it was signed out, is older than 30 days, or the server was started again.",
                "Sign in again.",
            ),
            Denial::Code => (
                "code_used",
                "The address to sign in with was used already, or is older than 10 minutes.",
                "Sign in with the token, or start `majlis serve` again for a new address.",
            ),
            Denial::Wrong => (
                "token_wrong",
                "The token is not the one of this server.",
                "Give the one line of the token file on the machine where Majlis runs.",
            ),
            Denial::TooMany { wait } => {
                return Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "token_attempts",
                    "More than 10 wrong tokens came in a minute.",
                )
                .with_hint("Wait a moment. The right token is taken at any time.")
                .with_retry(Retry {
                    after: Some(wait),
                    is_forbidden: false,
                });
            }
        };
        Self::new(unauthorized, code, detail).with_hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;
    use crate::door::DoorPlan;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn access() -> Access {
        let plan = DoorPlan {
            token: Some(AccessToken::from_text(TOKEN).unwrap()),
            ..DoorPlan::default()
        };
        Access::new(&plan.check().unwrap())
    }

    fn judge(lock: &Lock, path: &str, texts: &[&str]) -> Result<Admitted, Denial> {
        let mut headers = HeaderMap::new();
        for text in texts {
            let value = HeaderValue::from_str(&format!("Bearer {text}")).unwrap();
            headers.append(HeaderName::from_static("authorization"), value);
        }
        lock.judge(path, &headers, Instant::now())
    }

    #[test]
    fn only_pages_the_sign_of_life_and_signing_in_are_open() {
        for (request, route, expected) in [
            ("GET /", None, true),
            ("GET /council/1", None, true),
            ("GET /assets/x.js", None, true),
            ("GET /healthz", Some("/healthz"), true),
            ("POST /api/v1/session", Some("/api/v1/session"), true),
            ("GET /api/v1/session", Some("/api/v1/session"), false),
            ("DELETE /api/v1/session", Some("/api/v1/session"), false),
            ("GET /api/v1/models", Some("/api/v1/models"), false),
            ("GET /api/openapi.json", Some("/api/openapi.json"), false),
            ("GET /metrics", Some("/metrics"), false),
            ("POST /mcp", Some("/mcp"), false),
            ("GET /v1/models/a/b", Some("/v1/models/{*id}"), false),
            ("GET /some/new/route", Some("/some/new/route"), false),
            ("GET /api/nothing", None, false),
            ("GET /v1/nothing", None, false),
        ] {
            let (method, path) = request.split_once(' ').unwrap();
            let open = is_open(&method.parse().unwrap(), route, path);
            assert_eq!(open, expected, "{request}");
        }
    }

    #[test]
    fn a_session_lets_in_to_the_api_and_nowhere_else() {
        let access = access();
        let lock = access.lock().unwrap();
        let session = lock.keeper.open_session(Instant::now()).unwrap();
        for (path, expected) in [
            ("/api/v1/models", None),
            ("/v1/models", Some(Denial::Session)),
            ("/mcp", Some(Denial::Session)),
            ("/metrics", Some(Denial::Session)),
        ] {
            assert_eq!(judge(lock, path, &[&session]).err(), expected, "{path}");
        }
    }

    #[test]
    fn a_code_signs_in_and_lets_in_nowhere() {
        let access = access();
        let lock = access.lock().unwrap();
        let code = lock.keeper.issue_code(Instant::now()).unwrap();
        assert_eq!(
            judge(lock, "/api/v1/models", &[&code]).err(),
            Some(Denial::Wrong)
        );
        assert_eq!(lock.sign_in(&code, Instant::now()), Ok(()));
        assert_eq!(lock.sign_in(&code, Instant::now()), Err(Denial::Code));
    }

    #[test]
    fn after_ten_wrong_tokens_in_a_minute_only_the_right_one_is_looked_at() {
        let access = access();
        let lock = access.lock().unwrap();
        for _ in 0..5 {
            assert_eq!(judge(lock, "/mcp", &["wrong"]).err(), Some(Denial::Wrong));
            assert_eq!(lock.sign_in("wrong", Instant::now()), Err(Denial::Wrong));
        }
        let too_many = |denial| matches!(denial, Some(Denial::TooMany { .. }));
        assert!(too_many(judge(lock, "/mcp", &["wrong"]).err()));
        assert!(too_many(lock.sign_in("wrong", Instant::now()).err()));
        assert!(judge(lock, "/mcp", &[TOKEN]).is_ok());
        assert!(judge(lock, "/mcp", &["wrong", TOKEN]).is_ok());
        assert_eq!(lock.sign_in(TOKEN, Instant::now()), Ok(()));
        // What cannot be guessed is not counted, and nothing at all is no attempt.
        let over = format!("{SESSION_PREFIX}x");
        assert_eq!(
            judge(lock, "/api/v1/models", &[&over]).err(),
            Some(Denial::Session)
        );
        assert_eq!(
            judge(lock, "/api/v1/models", &[]).err(),
            Some(Denial::Absent)
        );
    }

    #[test]
    fn without_a_token_nothing_is_asked_for() {
        assert!(Access::new(&Door::local(0)).lock().is_none());
    }
}
