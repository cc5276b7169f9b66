//! How many requests are taken in a minute, by what they may cost.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::problem::{Problem, Retry};

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Requests a minute, by class; 0 is no limit. Reading has none but the number of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitOptions {
    /// Those that may cost money.
    pub paid_per_min: u32,
    /// Those that start an audit.
    pub executions_per_min: u32,
    /// Others that change something.
    pub writes_per_min: u32,
}

impl Default for LimitOptions {
    fn default() -> Self {
        Self {
            paid_per_min: 120,
            executions_per_min: 10,
            writes_per_min: 300,
        }
    }
}

/// Routes whose requests may cost money.
const PAID: &[&str] = &[
    "/api/v1/consultations",
    "/api/v1/consultations/{id}/resume",
    "/api/v1/consultations/{id}/synthesis",
    "/api/v1/conversations/{id}/messages",
    "/api/v1/conversations/{id}/messages/{message_id}/retry",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1/embeddings",
];
/// Routes that start audits.
const EXECUTIONS: &[&str] = &["/api/v1/executions"];
/// Routes that take a body and change nothing, or count by themselves what they do.
const READS: &[&str] = &[
    "/mcp",
    "/api/v1/models/check",
    "/api/v1/session",
    "/api/v1/consultations/estimate",
    "/api/v1/conversations/{id}/messages/estimate",
    "/api/v1/costs/reconcile",
    "/api/v1/retention/preview",
    "/v1/messages/count_tokens",
];

/// Whether models may be asked for a request, whose time is theirs then.
pub(crate) fn asks_models(route: &str) -> bool {
    PAID.contains(&route) || EXECUTIONS.contains(&route)
}

/// The class of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// It may cost money.
    Paid,
    /// It starts an audit.
    Executions,
    /// It changes something else.
    Writes,
}

impl Class {
    /// Every class.
    pub(crate) const ALL: [Self; 3] = [Self::Paid, Self::Executions, Self::Writes];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Executions => "executions",
            Self::Writes => "writes",
        }
    }
}

/// The class of a request by its route; `None` for one that only reads.
pub(crate) fn class(method: &str, route: &str) -> Option<Class> {
    if ["GET", "HEAD", "OPTIONS"].contains(&method) || READS.contains(&route) {
        None
    } else if PAID.contains(&route) && method == "POST" {
        Some(Class::Paid)
    } else if EXECUTIONS.contains(&route) {
        Some(Class::Executions)
    } else {
        Some(Class::Writes)
    }
}

/// One class of requests.
struct Rule {
    name: &'static str,
    per_min: u32,
    limiter: Limiter,
}

/// The limits of a server.
pub(crate) struct Limits {
    paid: Option<Rule>,
    executions: Option<Rule>,
    writes: Option<Rule>,
    clock: DefaultClock,
}

impl Limits {
    pub(crate) fn new(options: LimitOptions) -> Arc<Self> {
        Arc::new(Self {
            paid: rule(Class::Paid, options.paid_per_min),
            executions: rule(Class::Executions, options.executions_per_min),
            writes: rule(Class::Writes, options.writes_per_min),
            clock: DefaultClock::default(),
        })
    }

    /// Counts one more of a class; refuses what is too much.
    pub(crate) fn count(&self, class: Class) -> Result<(), Problem> {
        match self.rule(class) {
            Some(rule) => self.take(rule).map(drop),
            None => Ok(()),
        }
    }

    /// Takes one from a rule; gives how many are left.
    fn take(&self, rule: &Rule) -> Result<u32, Problem> {
        match rule.limiter.check() {
            Ok(snapshot) => Ok(snapshot.remaining_burst_capacity()),
            Err(not_until) => {
                let wait = not_until.wait_time_from(self.clock.now());
                metrics::counter!("majlis_rate_limited_total", "rule" => rule.name).increment(1);
                tracing::warn!(rule = rule.name, "too many requests");
                Err(rule.refuse(wait))
            }
        }
    }

    /// The limit on a request by its route.
    fn of(&self, method: &Method, route: &str) -> Option<&Rule> {
        self.rule(class(method.as_str(), route)?)
    }

    fn rule(&self, class: Class) -> Option<&Rule> {
        match class {
            Class::Paid => self.paid.as_ref(),
            Class::Executions => self.executions.as_ref(),
            Class::Writes => self.writes.as_ref(),
        }
    }
}

fn rule(class: Class, per_min: u32) -> Option<Rule> {
    let quota = Quota::per_minute(NonZeroU32::new(per_min)?);
    Some(Rule {
        name: class.name(),
        per_min,
        limiter: RateLimiter::direct(quota).with_middleware::<StateInformationMiddleware>(),
    })
}

impl Rule {
    /// Seconds until so many more requests are allowed, rounded up.
    fn seconds_for(&self, requests: u32) -> u64 {
        (u64::from(requests) * 60).div_ceil(u64::from(self.per_min.max(1)))
    }

    /// What a client is told (draft-ietf-httpapi-ratelimit-headers-10, read 2026-11).
    fn tell(&self, response: &mut Response, remaining: u32) {
        let name = self.name;
        let reset_s = self.seconds_for(self.per_min.saturating_sub(remaining));
        for (header, value) in [
            (
                RATE_LIMIT_POLICY,
                format!("\"{name}\";q={};w=60", self.per_min),
            ),
            (RATE_LIMIT, format!("\"{name}\";r={remaining};t={reset_s}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(header, value);
            }
        }
    }

    fn refuse(&self, wait: Duration) -> Problem {
        let detail = format!(
            "More than {} requests of the class \"{}\" came in a minute.",
            self.per_min, self.name
        );
        let hint = format!("Wait, or raise {}_per_min in [limits].", self.name);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
            .with_hint(&hint)
            .with_retry(Retry {
                after: Some(wait),
                is_forbidden: false,
            })
    }
}

/// Refuses what is too much.
pub(crate) async fn layer(
    State(limits): State<Arc<Limits>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let rule = route.and_then(|route| limits.of(request.method(), route.as_str()));
    let Some(rule) = rule else {
        return next.run(request).await;
    };
    let (mut response, remaining) = match limits.take(rule) {
        Ok(remaining) => (next.run(request).await, remaining),
        Err(problem) => (problem.into_response(), 0),
    };
    rule.tell(&mut response, remaining);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_class_of_what_it_may_cost() {
        let limits = Limits::new(LimitOptions::default());
        for (request, expected) in [
            ("GET /api/v1/consultations", None),
            ("POST /api/v1/consultations", Some("paid")),
            ("POST /api/v1/consultations/{id}/synthesis", Some("paid")),
            ("POST /v1/chat/completions", Some("paid")),
            ("POST /v1/messages/count_tokens", None),
            ("POST /api/v1/executions", Some("executions")),
            ("POST /api/v1/conversations", Some("writes")),
            ("DELETE /api/v1/consultations/{id}", Some("writes")),
            ("POST /api/v1/costs/reconcile", None),
            ("POST /mcp", None),
        ] {
            let (method, route) = request.split_once(' ').unwrap();
            let found = limits.of(&method.parse().unwrap(), route);
            assert_eq!(found.map(|rule| rule.name), expected, "{request}");
        }
    }

    #[test]
    fn a_limit_of_nothing_is_no_limit() {
        let limits = Limits::new(LimitOptions {
            paid_per_min: 0,
            ..LimitOptions::default()
        });
        assert!(limits.of(&Method::POST, "/v1/messages").is_none());
        assert!(limits.count(Class::Paid).is_ok());
    }

    #[test]
    fn waiting_is_rounded_up() {
        let rule = rule(Class::Paid, 7).unwrap();
        assert_eq!(
            (
                rule.seconds_for(0),
                rule.seconds_for(1),
                rule.seconds_for(7)
            ),
            (0, 9, 60)
        );
    }
}
