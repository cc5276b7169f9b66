//! The guard stands before every route.

use serde_json::json;

use crate::client::start;

const ROUTES: [&str; 7] = [
    "GET /",
    "GET /assets/x.js",
    "GET /api/v1/models",
    "GET /api/v1/ws",
    "GET /healthz",
    "POST /mcp",
    "GET /nothing/here",
];

#[tokio::test]
async fn every_route_refuses_foreign_names_pages_and_sites() {
    let server = start().await;
    let own = format!("Host: {}", server.address);
    for route in ROUTES {
        for (headers, status) in [
            ("Host: evil.example".to_owned(), 421),
            (format!("{own}\r\n{own}"), 421),
            (format!("{own}\r\nOrigin: http://evil.example"), 403),
            (format!("{own}\r\nOrigin: null"), 403),
            (format!("{own}\r\nSec-Fetch-Site: cross-site"), 403),
        ] {
            let request = format!("{route} HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n");
            let reply = server.raw(request.as_bytes()).await;
            assert_eq!(reply.status, status, "{route} {headers}");
            assert_eq!(
                reply.header("content-type"),
                Some("application/problem+json")
            );
            assert_eq!(reply.header("access-control-allow-origin"), None);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn every_response_carries_the_policies() {
    let server = start().await;
    for path in ["/", "/api/v1/models", "/api/nothing", "/healthz"] {
        let reply = server.get(path).await;
        assert_eq!(
            reply.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert!(
            reply
                .header("content-security-policy")
                .unwrap()
                .contains("default-src 'none'")
        );
    }
    assert_eq!(
        server.get("/api/v1/models").await.header("cache-control"),
        Some("no-store")
    );
    server.stop().await;
}

#[tokio::test]
async fn preflights_and_undeclared_bodies_are_refused() {
    let server = start().await;
    assert_eq!(
        server.send("OPTIONS", "/api/v1/models", None).await.status,
        405
    );
    let plain = format!(
        "POST /api/v1/consultations HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}",
        server.address
    );
    assert_eq!(server.raw(plain.as_bytes()).await.status, 415);
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_first_is_said_first() {
    let server = start().await;
    for (method, path, body, status) in [
        ("PUT", "/api/v1/backups", None, 405),
        ("POST", "/healthz", None, 405),
        ("PUT", "/mcp", None, 405),
        ("PATCH", "/api/v1/settings", None, 415),
        ("PATCH", "/api/v1/settings", Some(json!([null])), 422),
        ("PATCH", "/api/v1/settings", Some(json!({})), 200),
        // Nothing is wanted, so nothing need be declared.
        ("POST", "/api/v1/backups", None, 201),
        ("POST", "/v1/messages", None, 415),
    ] {
        let reply = server.send(method, path, body).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.body);
    }
    server.stop().await;
}

#[tokio::test]
async fn malformed_heads_do_not_trouble_the_server() {
    let server = start().await;
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nX: {}\r\n\r\n",
        server.address,
        "x".repeat(80 << 10)
    );
    for (bytes, status) in [("\r\n\r\nnonsense\r\n\r\n", 400), (huge.as_str(), 431)] {
        assert_eq!(server.raw(bytes.as_bytes()).await.status, status);
    }
    assert_eq!(server.get("/healthz").await.status, 200);
    server.stop().await;
}
