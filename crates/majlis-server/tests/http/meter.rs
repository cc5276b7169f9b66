//! Limits on requests, their ids, and what is counted.

use serde_json::json;

use crate::client::{start_limited, start_priced};

#[tokio::test]
async fn what_is_too_much_is_told_when_to_come_back() {
    let server = start_limited(2).await;
    let chat = json!({"model": "fake/yes", "messages": [{"role": "user", "content": "Hi"}]});
    for left in ["1", "0"] {
        let reply = server.post("/v1/chat/completions", chat.clone()).await;
        let told = reply.header("ratelimit").unwrap().to_owned();
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(told.starts_with(&format!("\"paid\";r={left};t=")), "{told}");
        assert_eq!(reply.header("ratelimit-policy"), Some("\"paid\";q=2;w=60"));
    }
    let refused = server.post("/v1/chat/completions", chat).await;
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert_eq!((refused.status, (1..=30).contains(&wait)), (429, true));
    assert_eq!(refused.json()["error"]["code"], "rate_limited");
    let question = json!({"question": "Why?", "members": [{"type": "model", "model": "fake/yes"}]});
    let refused = server.post("/api/v1/consultations", question).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (429, &json!("rate_limited"))
    );
    // Reading goes on.
    assert_eq!(server.get("/api/v1/consultations").await.status, 200);
    let metrics = server.get("/metrics").await.body;
    assert!(
        metrics.contains("majlis_rate_limited_total{rule=\"paid\"}"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_problem_carries_the_id_of_its_request() {
    let server = start_priced().await;
    let reply = server.get("/api/v1/consultations/none").await;
    let id = reply.header("x-request-id").map(str::to_owned);
    assert_eq!(reply.json()["request_id"].as_str().map(str::to_owned), id);
    assert_ne!(
        server.get("/healthz").await.header("x-request-id"),
        id.as_deref()
    );
}

#[tokio::test]
async fn requests_calls_and_costs_are_counted_by_their_patterns() {
    let server = start_priced().await;
    let chat = json!({"model": "fake/no", "messages": [{"role": "user", "content": "Hi"}]});
    assert_eq!(server.post("/v1/chat/completions", chat).await.status, 200);
    server.get("/v1/models/fake/none").await;
    server.get("/no/such/page.txt").await;
    let metrics = server.get("/metrics").await;
    let kind = metrics.header("content-type").map(str::to_owned);
    assert_eq!(
        kind.as_deref(),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    for line in [
        "majlis_http_requests_total{route=\"/v1/chat/completions\",method=\"POST\",status=\"200\"}",
        "majlis_http_requests_total{route=\"/v1/models/{*id}\",method=\"GET\",status=\"404\"}",
        "majlis_http_requests_total{route=\"other\",method=\"GET\",status=\"404\"}",
        "majlis_http_request_duration_seconds_bucket{route=\"/v1/chat/completions\",le=\"0.001\"}",
        "majlis_provider_calls_total{provider=\"fake\",model=\"no\",outcome=\"ok\"}",
        "majlis_cost_usd_total{provider=\"fake\",model=\"no\"} 0.0000",
        "majlis_budget_spent_usd{period=\"day\"}",
        "majlis_build_info{version=",
        "gen_ai_client_token_usage_count{",
    ] {
        assert!(metrics.body.contains(line), "{line}\n{}", metrics.body);
    }
}
