//! Where a request may carry what lets it in.

use axum::http::{HeaderMap, HeaderName, header};

/// The cookie of a session, which browsers keep to https and to this very host.
pub(crate) const COOKIE: &str = "__Host-majlis";
/// The subprotocol of our own WebSocket.
pub(crate) const PROTOCOL: &str = "majlis";
/// What stands before a session among the subprotocols: a page can set no header there.
const PROTOCOL_BEARER: &str = "majlis.bearer.";
/// The one path where subprotocols are looked at.
const SOCKET_PATH: &str = "/api/v1/ws";

/// Everything a request carries that might let it in. A cookie is looked at only where browsers
/// send it encrypted, from our own page, and only for what pages ask.
pub(super) fn credentials<'h>(path: &str, headers: &'h HeaderMap, is_https: bool) -> Vec<&'h str> {
    const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
    let mut found: Vec<&str> = texts(headers, &header::AUTHORIZATION)
        .filter_map(bearer)
        .collect();
    if is_below(path, "/v1") {
        found.extend(texts(headers, &API_KEY));
    }
    if path == SOCKET_PATH {
        let offered =
            texts(headers, &header::SEC_WEBSOCKET_PROTOCOL).flat_map(|text| text.split(','));
        found.extend(offered.filter_map(|name| name.trim().strip_prefix(PROTOCOL_BEARER)));
    }
    if is_https && is_below(path, "/api") && !comes_unencrypted(headers) {
        found.extend(
            texts(headers, &header::COOKIE)
                .flat_map(|text| text.split(';'))
                .filter_map(|pair| pair.trim().split_once('='))
                .filter(|(name, _)| *name == COOKIE)
                .map(|(_, value)| value),
        );
    }
    found.truncate(MAX_CREDENTIALS);
    found
}

/// More of them in one request are no mistake but an attempt.
const MAX_CREDENTIALS: usize = 4;

/// Whether the page that asks says that it was loaded without encryption.
fn comes_unencrypted(headers: &HeaderMap) -> bool {
    texts(headers, &header::ORIGIN).any(|origin| !is_encrypted(origin))
}

fn is_encrypted(origin: &str) -> bool {
    let scheme = origin.get(..8);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

/// Whether the page that asks was loaded by https, and says so.
pub(crate) fn comes_encrypted(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) && !comes_unencrypted(headers)
}

fn texts<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
}

/// The text behind `Bearer`, whose case does not matter (RFC 9110, 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, text) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| text.trim())
        .filter(|text| !text.is_empty())
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(path: &str, headers: &[(&str, &str)], is_https: bool, expected: &[&str]) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        assert_eq!(
            credentials(path, &map, is_https),
            expected,
            "{path} {headers:?}"
        );
    }

    #[test]
    fn a_bearer_is_taken_everywhere() {
        for path in [
            "/api/v1/models",
            "/v1/models",
            "/mcp",
            "/metrics",
            "/api/v1/ws",
        ] {
            check(path, &[("authorization", "Bearer a")], false, &["a"]);
            check(path, &[("authorization", "bearer  a")], false, &["a"]);
            check(path, &[("authorization", "Basic a")], false, &[]);
            check(path, &[("authorization", "Bearer")], false, &[]);
            check(path, &[("authorization", "Bearer ")], false, &[]);
        }
    }

    #[test]
    fn a_key_in_the_manner_of_anthropic_is_taken_below_v1_only() {
        let key = [("x-api-key", "a")];
        check("/v1/messages", &key, false, &["a"]);
        for path in ["/api/v1/models", "/mcp", "/metrics", "/v1x"] {
            check(path, &key, true, &[]);
        }
    }

    #[test]
    fn a_cookie_is_taken_below_api_and_encrypted_only() {
        let cookie = ("cookie", "a=b; __Host-majlis=s; c=d");
        check("/api/v1/models", &[cookie], true, &["s"]);
        check("/api/v1/ws", &[cookie], true, &["s"]);
        check("/api/v1/models", &[cookie], false, &[]);
        let (ours, plain) = (
            ("origin", "https://majlis.lan"),
            ("origin", "http://majlis.lan"),
        );
        check("/api/v1/models", &[cookie, ours], true, &["s"]);
        check("/api/v1/models", &[cookie, plain], true, &[]);
        for path in ["/v1/models", "/mcp", "/metrics", "/apix"] {
            check(path, &[cookie], true, &[]);
        }
        check("/api/v1/models", &[("cookie", "majlis=s")], true, &[]);
    }

    #[test]
    fn a_page_names_its_session_as_a_subprotocol_of_its_socket_only() {
        let offered = ("sec-websocket-protocol", "majlis, majlis.bearer.s");
        check("/api/v1/ws", &[offered], false, &["s"]);
        check("/api/v1/models", &[offered], false, &[]);
        check(
            "/api/v1/ws",
            &[("sec-websocket-protocol", "majlis")],
            false,
            &[],
        );
    }

    #[test]
    fn a_request_tries_four_at_most() {
        let many = [("authorization", "Bearer a"); 9];
        check("/mcp", &many, false, &["a"; 4]);
    }
}
