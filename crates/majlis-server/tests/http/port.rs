//! Export and import over HTTP.

use serde_json::json;

use crate::client::{Reply, Running, start};

async fn import(server: &Running, query: &str, contents: &[u8]) -> Reply {
    let mut request = format!(
        "POST /api/v1/imports{query} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        server.address,
        contents.len()
    )
    .into_bytes();
    request.extend(contents);
    server.raw(&request).await
}

/// The lines of a body sent in pieces.
fn lines(reply: &Reply) -> String {
    let is_size =
        |line: &&str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lines: Vec<&str> = reply.body.lines().filter(|line| !is_size(line)).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    lines.join("\n") + "\n"
}

#[tokio::test]
async fn what_one_server_exports_another_imports_once() {
    let (one, other) = (start().await, start().await);
    let made = one
        .post(
            "/api/v1/conversations",
            json!({"models": ["fake/yes"], "title": "قهوة"}),
        )
        .await
        .json();
    let exported = one.get("/api/v1/exports").await;
    assert_eq!(exported.status, 200);
    assert_eq!(
        exported.header("content-disposition"),
        Some("attachment; filename=\"majlis.jsonl\"")
    );
    assert_eq!(
        exported.header("content-type"),
        Some("application/jsonl; charset=utf-8")
    );
    let file = lines(&exported);
    let dry = import(&other, "?dry_run=true", file.as_bytes()).await;
    assert_eq!(dry.status, 200, "{}", dry.body);
    assert_eq!(dry.json()["conversations"], json!({"new": 1, "known": 0}));
    let id = made["id"].as_str().unwrap();
    let path = format!("/api/v1/conversations/{id}");
    assert_eq!(other.get(&path).await.status, 404);
    for expected in [json!({"new": 1, "known": 0}), json!({"new": 0, "known": 1})] {
        let report = import(&other, "?format=majlis", file.as_bytes())
            .await
            .json();
        assert_eq!(
            (
                &report["format"],
                &report["conversations"],
                &report["skipped"]
            ),
            (&json!("majlis"), &expected, &json!([]))
        );
    }
    assert_eq!(other.get(&path).await.json()["title"], "قهوة");
    let read = other
        .get(&format!(
            "/api/v1/exports?format=markdown&conversation={id}"
        ))
        .await;
    assert!(lines(&read).starts_with("# قهوة\n"), "{}", read.body);
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn a_file_that_is_refused_is_a_problem_that_says_why() {
    let server = start().await;
    let check = |reply: Reply, status: u16, code: &str| {
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (status, &json!(code))
        );
    };
    check(import(&server, "", b"hello").await, 422, "import_unknown");
    check(
        import(&server, "?format=claude", b"[{\"mapping\": {}}").await,
        422,
        "import_truncated",
    );
    check(import(&server, "?format=pdf", b"").await, 400, "query");
    check(server.get("/api/v1/exports?since=today").await, 400, "time");
    check(
        server.get("/api/v1/exports?conversation=none").await,
        404,
        "conversation_not_found",
    );
    check(
        server.post("/api/v1/imports", json!({})).await,
        415,
        "content_type",
    );
    let large = format!(
        "POST /api/v1/imports HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: 600000000\r\n\r\n",
        server.address
    );
    check(server.raw(large.as_bytes()).await, 413, "body_too_large");
    server.stop().await;
}
