//! The guard: every request passes it, whatever its route.
//!
//! Majlis has no login, yet any page in the person's browser can send requests to localhost. The
//! guard holds three facts apart: a request that names us (Host), one that comes from our own page
//! (Origin, Sec-Fetch-Site), and everything else, which is refused. Nothing turns it off.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::door::{Door, Names};
use crate::problem::Problem;

/// The policy of every response that is not an error of the accept loop. `style-src` allows inline
/// styles because the code editor sets them.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
    worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types majlis dompurify 'allow-duplicates'";

/// Largest request body, in bytes, where [`BODIES`] says nothing else.
pub(crate) const MAX_BODY_BYTES: usize = 4 << 20;
/// Largest file that is imported, in bytes.
pub(crate) const MAX_IMPORT_BYTES: usize = 512 << 20;

/// Largest archive that is sent here to be audited, in bytes.
pub(crate) const MAX_UPLOAD_BYTES: usize = 64 << 20;
/// Largest request of another program to a model, images in it, in bytes.
pub(crate) const MAX_RELAY_BYTES: usize = 32 << 20;

/// What a route takes as its body.
struct BodyRule {
    path: &'static str,
    content_type: &'static str,
    max_bytes: usize,
}

/// Routes that take something else than a little JSON. A content type that a form or a script of
/// another page may send without asking first must not stand here.
const BODIES: &[BodyRule] = &[
    BodyRule {
        path: "/api/v1/imports",
        content_type: "application/octet-stream",
        max_bytes: MAX_IMPORT_BYTES,
    },
    BodyRule {
        path: "/api/v1/uploads",
        content_type: "application/zip",
        max_bytes: MAX_UPLOAD_BYTES,
    },
    BodyRule {
        path: "/api/v1/costs/reconcile",
        content_type: "text/csv",
        max_bytes: MAX_BODY_BYTES,
    },
];

fn body_rule(path: &str) -> &'static BodyRule {
    const JSON: BodyRule = BodyRule {
        path: "",
        content_type: "application/json",
        max_bytes: MAX_BODY_BYTES,
    };
    const RELAY: BodyRule = BodyRule {
        max_bytes: MAX_RELAY_BYTES,
        ..JSON
    };
    if path.starts_with("/v1/") {
        return &RELAY;
    }
    BODIES
        .iter()
        .find(|rule| rule.path == path)
        .unwrap_or(&JSON)
}

/// How to mend a body that is too large.
pub(crate) const BODY_HINT: &str =
    "Send at most 4 MiB; put a long text into a file and ask about a part of it.";

/// Headers that every response carries.
const RESPONSE_HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// For thirty days a browser that was here calls this host by https only. Where a proxy encrypts,
/// this is for the proxy to say.
const STRICT_TRANSPORT: &str = "max-age=2592000";

/// The names under which this server may be addressed.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    /// Values of Host by which browsers reach us without anybody between.
    own: Arc<[String]>,
    /// Further names, behind which there may be somebody who encrypts.
    named: Arc<[String]>,
    /// Browsers come by https alone, through us or through a proxy.
    encryption: Option<Encryption>,
}

/// Who encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Ours,
    Proxy,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Host,
    Origin,
    Site,
    Preflight,
    /// Two lengths of one body: what one reader takes for its end another does not.
    Framing,
    /// The content type that is wanted.
    ContentType(&'static str),
    /// The most that is taken, in bytes.
    TooLarge(usize),
}

impl Guard {
    /// The guard of a door with its names.
    pub(crate) fn new(door: &Door, names: &Names) -> Self {
        let encryption = match (&door.tls, door.is_behind_proxy) {
            (Some(_), _) => Some(Encryption::Ours),
            (None, true) => Some(Encryption::Proxy),
            (None, false) => None,
        };
        Self {
            own: names.own.clone().into(),
            named: names.named.clone().into(),
            encryption,
        }
    }

    fn knows(&self, host: &String) -> bool {
        self.own.contains(host) || self.named.contains(host)
    }

    /// Decides by a request's head who may ask.
    pub(crate) fn judge(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), Refusal> {
        let path = uri.path();
        let host = single(headers, &header::HOST)
            .ok_or(Refusal::Host)?
            .to_ascii_lowercase();
        // A target in absolute form names the server too, and before Host (RFC 9112, 3.2.2).
        let target = uri
            .authority()
            .map(|name| name.as_str().to_ascii_lowercase());
        if !self.knows(&host) || target.is_some_and(|target| target != host) {
            return Err(Refusal::Host);
        }
        if headers.contains_key(header::TRANSFER_ENCODING)
            && headers.contains_key(header::CONTENT_LENGTH)
        {
            return Err(Refusal::Framing);
        }
        if method == Method::OPTIONS {
            return Err(Refusal::Preflight);
        }
        if headers.contains_key(header::ORIGIN) && !self.origin_is_ours(&host, headers) {
            return Err(Refusal::Origin);
        }
        if !site_is_ours(method, path, headers) {
            return Err(Refusal::Site);
        }
        Ok(())
    }

    /// The page that asks was loaded from the very address it asks.
    fn origin_is_ours(&self, host: &String, headers: &HeaderMap) -> bool {
        let Some(origin) = single(headers, &header::ORIGIN).map(str::to_ascii_lowercase) else {
            return false;
        };
        let by = |scheme: &str| origin.strip_prefix(scheme) == Some(host);
        let is_named = self.named.contains(host);
        match self.encryption {
            Some(Encryption::Ours) => by("https://"),
            // Only through the proxy, which is called by its name.
            Some(Encryption::Proxy) => is_named && by("https://"),
            None => by("http://") || (is_named && by("https://")),
        }
    }
}

/// Decides by a request's head whether its body is one that its route takes.
fn judge_body(method: &Method, path: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let rule = body_rule(path);
    let is_bare = path.starts_with("/api/") && rule.path.is_empty() && !has_body(headers);
    if writes(method) && !is_bare && !declares(headers, rule.content_type) {
        return Err(Refusal::ContentType(rule.content_type));
    }
    if declared_bytes(headers).is_some_and(|bytes| bytes > rule.max_bytes) {
        return Err(Refusal::TooLarge(rule.max_bytes));
    }
    Ok(())
}

/// The header's value when it stands exactly once and is visible ASCII.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        return None;
    }
    first.to_str().ok()
}

/// `Sec-Fetch-Site`, when present, is same-origin or none; a top-level navigation may come from
/// anywhere, but only to a page.
fn site_is_ours(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
    const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
    if !headers.contains_key(&SITE) {
        return true;
    }
    match single(headers, &SITE) {
        Some("same-origin" | "none") => true,
        Some(_) => {
            method == Method::GET
                && is_page(path)
                && single(headers, &MODE) == Some("navigate")
                && single(headers, &DEST) == Some("document")
        }
        None => false,
    }
}

/// Paths that show a page to a person; all others are for programs.
pub(crate) fn is_page(path: &str) -> bool {
    !["/api", "/v1", "/mcp", "/metrics", "/healthz"]
        .iter()
        .any(|prefix| path == *prefix || path.starts_with(&format!("{prefix}/")))
}

fn writes(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
}

/// Something is said of a body. Where nothing is, a route that wants one refuses it by itself, and
/// one that wants none needs no content type.
fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_TYPE)
        || headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length != "0")
}

fn declares(headers: &HeaderMap, content_type: &str) -> bool {
    single(headers, &header::CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(content_type))
}

/// The length a body is said to have; `None` when it is not said (chunks are counted as they come).
fn declared_bytes(headers: &HeaderMap) -> Option<usize> {
    single(headers, &header::CONTENT_LENGTH)?.parse().ok()
}

/// Every [`Refusal::reason`].
pub(crate) const REASONS: [&str; 7] = [
    "host",
    "origin",
    "site",
    "preflight",
    "framing",
    "content_type",
    "too_large",
];

/// Marks the answer to a request that was refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused;

impl Refusal {
    /// Its name in metrics.
    fn reason(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Origin => "origin",
            Self::Site => "site",
            Self::Preflight => "preflight",
            Self::Framing => "framing",
            Self::ContentType(_) => "content_type",
            Self::TooLarge(_) => "too_large",
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, code, detail, hint) = match refusal {
            Refusal::Host => (
                StatusCode::MISDIRECTED_REQUEST,
                "guard_host",
                "The Host header does not name this server.",
                "Open Majlis by the address it printed, e.g. localhost with its port.",
            ),
            Refusal::Origin => (
                StatusCode::FORBIDDEN,
                "guard_origin",
                "The request comes from another web page.",
                "Only Majlis' own page may call it from a browser.",
            ),
            Refusal::Site => (
                StatusCode::FORBIDDEN,
                "guard_site",
                "The browser says that another site sent this request.",
                "Open Majlis by typing its address.",
            ),
            Refusal::Preflight => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Majlis answers no cross-origin preflight requests.",
                "Call it from its own page or from a program.",
            ),
            Refusal::Framing => (
                StatusCode::BAD_REQUEST,
                "body_framing",
                "The request gives its length in two ways.",
                "Send either Content-Length or Transfer-Encoding.",
            ),
            Refusal::ContentType(content_type) => {
                return Self::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "content_type",
                    "A request that changes something must declare its content type.",
                )
                .with_hint(&format!("Send the header Content-Type: {content_type}."));
            }
            Refusal::TooLarge(max_bytes) => return too_large(max_bytes),
        };
        Self::new(status, code, detail).with_hint(hint)
    }
}

/// The problem of a body larger than its route takes.
pub(crate) fn too_large(max_bytes: usize) -> Problem {
    let detail = format!("The request is larger than {} MiB.", max_bytes >> 20);
    let hint = if max_bytes == MAX_BODY_BYTES {
        BODY_HINT
    } else {
        "Use `majlis import` on the command line, which takes larger files."
    };
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail).with_hint(hint)
}

/// The outermost layer: refuses what the guard refuses, marks every response.
pub(crate) async fn layer(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = match guard.judge(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refuse(refusal, &path),
    };
    let headers = response.headers_mut();
    for (name, value) in RESPONSE_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if guard.encryption == Some(Encryption::Ours) {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(STRICT_TRANSPORT),
        );
    }
    if !is_page(&path) {
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// The layer of the routes: refuses bodies they do not take. A method that a route does not have
/// never comes here, since that is the better thing to say.
pub(crate) async fn bodies(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    match judge_body(request.method(), path, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refuse(refusal, path),
    }
}

fn refuse(refusal: Refusal, path: &str) -> Response {
    tracing::warn!(reason = ?refusal, path, "request refused by the guard");
    metrics::counter!("majlis_guard_denied_total", "reason" => refusal.reason()).increment(1);
    let mut response = Problem::from(refusal).into_response();
    response.extensions_mut().insert(Refused);
    if refusal == Refusal::Framing {
        // What follows on this connection cannot be told from the body.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::tests::{identity, token};
    use crate::door::{DoorPlan, TlsPlan};

    #[track_caller]
    fn check(request: &str, headers: &[(&str, &str)], expected: Result<(), Refusal>) {
        let plan = DoorPlan {
            host_names: vec!["majlis.lan:7777".to_owned()],
            ..DoorPlan::default()
        };
        check_at(plan, 7777, request, headers, expected);
    }

    #[track_caller]
    fn check_at(
        plan: DoorPlan,
        port: u16,
        request: &str,
        headers: &[(&str, &str)],
        expected: Result<(), Refusal>,
    ) {
        let (method, path) = request.split_once(' ').unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let door = plan.check().unwrap();
        let guard = Guard::new(&door, &Names::new(&door, port));
        let (method, uri): (Method, Uri) = (method.parse().unwrap(), path.parse().unwrap());
        let verdict = guard
            .judge(&method, &uri, &map)
            .and_then(|()| judge_body(&method, uri.path(), &map));
        assert_eq!(verdict, expected, "{request} {headers:?}");
    }

    const HOST: (&str, &str) = ("host", "127.0.0.1:7777");

    #[test]
    fn only_our_own_names_are_answered() {
        for host in [
            "127.0.0.1:7777",
            "localhost:7777",
            "LOCALHOST:7777",
            "[::1]:7777",
            "majlis.lan:7777",
        ] {
            check("GET /", &[("host", host)], Ok(()));
        }
        for host in [
            "",
            "localhost",
            "localhost:80",
            "evil.example:7777",
            "127.0.0.1:7777.evil.example",
            "2130706433:7777",
        ] {
            check("GET /", &[("host", host)], Err(Refusal::Host));
        }
        check("GET /", &[], Err(Refusal::Host));
        check("GET /", &[HOST, HOST], Err(Refusal::Host));
        check("GET http://127.0.0.1:7777/", &[HOST], Ok(()));
        for target in [
            "http://evil.example/",
            "http://localhost:7777/",
            "http://a@127.0.0.1:7777/",
        ] {
            check(&format!("GET {target}"), &[HOST], Err(Refusal::Host));
        }
    }

    #[test]
    fn the_port_of_the_scheme_may_be_left_out() {
        for host in ["127.0.0.1", "localhost", "[::1]", "localhost:80"] {
            let origin = format!("http://{host}");
            let headers = [("host", host), ("origin", origin.as_str())];
            check_at(DoorPlan::default(), 80, "GET /", &headers, Ok(()));
        }
        let host = [("host", "localhost")];
        check_at(DoorPlan::default(), 443, "GET /", &host, Err(Refusal::Host));
        let encrypted = DoorPlan {
            tls: TlsPlan::Whole(identity()),
            ..DoorPlan::default()
        };
        let headers = [("host", "localhost"), ("origin", "https://localhost")];
        check_at(encrypted.clone(), 443, "GET /", &headers, Ok(()));
        check_at(encrypted, 80, "GET /", &host, Err(Refusal::Host));
    }

    #[test]
    fn where_browsers_come_by_https_no_other_origin_is_ours() {
        let proxy = DoorPlan {
            behind_proxy: true,
            token: Some(token()),
            host_names: vec!["majlis.example.org".to_owned()],
            ..DoorPlan::default()
        };
        let ours = DoorPlan {
            behind_proxy: false,
            tls: TlsPlan::Whole(identity()),
            ..proxy.clone()
        };
        let named = ("host", "majlis.example.org");
        for plan in [proxy.clone(), ours.clone()] {
            for (origin, expected) in [
                ("https://majlis.example.org", Ok(())),
                ("http://majlis.example.org", Err(Refusal::Origin)),
                ("https://127.0.0.1:7777", Err(Refusal::Origin)),
                ("null", Err(Refusal::Origin)),
            ] {
                let headers = [named, ("origin", origin)];
                check_at(plan.clone(), 7777, "GET /", &headers, expected);
            }
            // A program on this machine says no origin.
            check_at(plan.clone(), 7777, "GET /", &[HOST], Ok(()));
            let plain = [HOST, ("origin", "http://127.0.0.1:7777")];
            check_at(plan, 7777, "GET /", &plain, Err(Refusal::Origin));
        }
        let local = [HOST, ("origin", "https://127.0.0.1:7777")];
        check_at(proxy, 7777, "GET /", &local, Err(Refusal::Origin));
        check_at(ours, 7777, "GET /", &local, Ok(()));
    }

    #[test]
    fn a_body_with_two_lengths_is_refused() {
        let lengths = [
            HOST,
            ("content-length", "4"),
            ("transfer-encoding", "chunked"),
        ];
        check(
            "POST /api/v1/consultations",
            &lengths,
            Err(Refusal::Framing),
        );
    }

    #[test]
    fn a_foreign_origin_is_refused_on_reads_too() {
        check(
            "GET /api/v1/models",
            &[HOST, ("origin", "http://127.0.0.1:7777")],
            Ok(()),
        );
        for scheme in ["http", "https"] {
            check(
                "GET /api/v1/models",
                &[
                    ("host", "majlis.lan:7777"),
                    ("origin", &format!("{scheme}://majlis.lan:7777")),
                ],
                Ok(()),
            );
        }
        for origin in [
            "null",
            "",
            "http://evil.example",
            "https://127.0.0.1:7777",
            "http://localhost:7777",
            "http://127.0.0.1:7778",
            "file://",
            "http://localhost:7777.evil.example",
        ] {
            check(
                "GET /api/v1/models",
                &[HOST, ("origin", origin)],
                Err(Refusal::Origin),
            );
        }
        check(
            "GET /api/v1/models",
            &[
                HOST,
                ("origin", "http://localhost:7777"),
                ("origin", "http://evil.example"),
            ],
            Err(Refusal::Origin),
        );
    }

    #[test]
    fn another_site_may_link_to_a_page_and_do_nothing_else() {
        let link = [
            HOST,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        check("GET /chat", &link, Ok(()));
        check("GET /api/v1/models", &link, Err(Refusal::Site));
        check("GET /api", &link, Err(Refusal::Site));
        let frame = [
            HOST,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "iframe"),
        ];
        check("GET /chat", &frame, Err(Refusal::Site));
        check(
            "GET /assets/x.js",
            &[HOST, ("sec-fetch-site", "same-site")],
            Err(Refusal::Site),
        );
        for site in ["same-origin", "none"] {
            check(
                "GET /api/v1/models",
                &[HOST, ("sec-fetch-site", site)],
                Ok(()),
            );
        }
    }

    #[test]
    fn a_write_declares_json() {
        let json = ("content-type", "application/json; charset=utf-8");
        check("POST /api/v1/consultations", &[HOST, json], Ok(()));
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
        ] {
            check(
                "POST /api/v1/consultations",
                &[HOST, ("content-type", kind)],
                Err(Refusal::ContentType("application/json")),
            );
        }
        let csv = ("content-type", "text/csv");
        check("POST /api/v1/costs/reconcile", &[HOST, csv], Ok(()));
        check(
            "POST /api/v1/consultations",
            &[HOST, csv],
            Err(Refusal::ContentType("application/json")),
        );
        let wanted = Err(Refusal::ContentType("application/json"));
        check(
            "PATCH /api/v1/settings",
            &[HOST, ("content-length", "2")],
            wanted,
        );
        check(
            "PATCH /api/v1/settings",
            &[HOST, ("transfer-encoding", "chunked")],
            wanted,
        );
        check(
            "POST /api/v1/retention/apply",
            &[HOST, ("content-length", "0")],
            Ok(()),
        );
        check("POST /mcp", &[HOST], wanted);
        check("POST /v1/messages", &[HOST], wanted);
        check("DELETE /api/v1/consultations/x", &[HOST], Ok(()));
    }

    #[test]
    fn a_body_that_says_it_is_too_large_is_not_waited_for() {
        let json = ("content-type", "application/json");
        for (length, expected) in [
            ("4194304", Ok(())),
            ("4194305", Err(Refusal::TooLarge(MAX_BODY_BYTES))),
        ] {
            let headers = [HOST, json, ("content-length", length)];
            check("POST /api/v1/consultations", &headers, expected);
        }
    }

    #[test]
    fn a_file_to_import_may_be_large_and_is_no_json() {
        let bytes = ("content-type", "application/octet-stream");
        let import = "POST /api/v1/imports";
        check(
            import,
            &[HOST, bytes, ("content-length", "536870912")],
            Ok(()),
        );
        check(
            import,
            &[HOST, bytes, ("content-length", "536870913")],
            Err(Refusal::TooLarge(MAX_IMPORT_BYTES)),
        );
        check(
            import,
            &[HOST, ("content-type", "application/json")],
            Err(Refusal::ContentType("application/octet-stream")),
        );
        check(
            "POST /api/v1/consultations",
            &[HOST, bytes],
            Err(Refusal::ContentType("application/json")),
        );
    }

    #[test]
    fn no_other_page_may_send_a_body_without_asking_first() {
        for rule in BODIES {
            // What the fetch standard lets through without a preflight (read 2026-11).
            let simple = [
                "text/plain",
                "multipart/form-data",
                "application/x-www-form-urlencoded",
            ];
            assert!(!simple.contains(&rule.content_type), "{}", rule.path);
        }
    }

    #[test]
    fn preflights_are_not_answered() {
        check("OPTIONS /api/v1/models", &[HOST], Err(Refusal::Preflight));
    }
}
