//! Limits on requests, their ids, and what is counted.

use std::collections::{BTreeMap, BTreeSet};

use majlis_app::App;
use majlis_server::METRICS;
use serde_json::json;

use crate::client::{start_limited, start_priced};
use crate::live::Live;

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

/// Names of metrics in the text format, with their labels.
fn shown(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            shown
                .entry(rest.split(' ').next().unwrap().to_owned())
                .or_default();
        } else if let Some((name, labels)) = line.split_once('{') {
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| {
                    name.strip_suffix(end)
                        .filter(|base| shown.contains_key(*base))
                })
                .unwrap_or(name);
            let labels = labels
                .split("\",")
                .filter_map(|label| label.split("=\"").next());
            let labels = labels.filter(|label| *label != "le" && !label.starts_with('}'));
            shown
                .get_mut(base)
                .unwrap()
                .extend(labels.map(str::to_owned));
        }
    }
    shown
}

#[tokio::test]
async fn every_metric_of_the_list_occurs_and_no_other() {
    let server = start_priced().await;
    let budgets = json!({"day_usd": "5"});
    server.send("PUT", "/api/v1/budgets", Some(budgets)).await;
    for model in ["fake/yes", "fake/broken"] {
        let chat = json!({"model": model, "messages": [{"role": "user", "content": "Hi"}]});
        server.post("/v1/chat/completions", chat).await;
    }
    let text = server.get("/metrics").await.body;
    let listed: BTreeMap<_, BTreeSet<_>> = METRICS
        .iter()
        .map(|metric| {
            let labels = metric.labels.iter().map(|label| (*label).to_owned());
            (metric.name.to_owned(), labels.collect())
        })
        .collect();
    assert_eq!(shown(&text), listed, "{text}");
    for metric in METRICS {
        assert!(
            text.contains(&format!("# HELP {} {}", metric.name, metric.help)),
            "{}",
            metric.name
        );
        assert!(text.contains(&format!("# TYPE {} {}", metric.name, metric.kind.as_str())));
    }
}

#[test]
fn every_metric_and_every_rule_is_explained_in_both_languages() {
    for page in ["monitoring.md", "monitoring.ar.md"] {
        let path = format!("{}/../../docs/{page}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let rows = text
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let explained: BTreeSet<&str> = rows.collect();
        let names = METRICS.iter().map(|metric| metric.name);
        let expected: BTreeSet<&str> = names.chain(App::alert_rules()).collect();
        assert_eq!(explained, expected, "{page}");
    }
}

#[tokio::test]
async fn names_that_programs_choose_do_not_make_series_without_end() {
    let server = start_priced().await;
    for n in 0..300 {
        let chat = json!({"model": format!("fake/none-{n}"), "messages": [{"role": "user", "content": "Hi"}]});
        server.post("/v1/chat/completions", chat).await;
        server.get(&format!("/api/v1/consultations/none-{n}")).await;
    }
    let text = server.get("/metrics").await.body;
    let series = text.lines().filter(|line| !line.starts_with('#')).count();
    assert!(series < 5_000, "{series}");
}

#[tokio::test]
async fn refused_requests_become_an_alert_that_is_told_live() {
    let server = start_priced().await;
    let (mut live, _) = Live::open(&server).await;
    let now_ms = now_ms();
    server.app.evaluate_alerts(now_ms).await.unwrap();
    for _ in 0..21 {
        let foreign =
            "GET /api/v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
        assert_eq!(server.raw(foreign.as_bytes()).await.status, 421);
    }
    server.app.evaluate_alerts(now_ms + 30_000).await.unwrap();
    let frame = live.next().await;
    assert_eq!(
        (
            &frame["type"],
            &frame["alert"]["rule"],
            &frame["alert"]["state"]
        ),
        (&json!("alert"), &json!("guard_denials"), &json!("firing"))
    );
    let alerts = server.get("/api/v1/alerts").await.json();
    assert_eq!(alerts["items"][0]["notice"]["code"], "guard_denials");
    assert!(
        alerts["rules"]
            .as_array()
            .unwrap()
            .contains(&json!("disk_low"))
    );
    let metrics = server.get("/metrics").await.body;
    assert!(
        metrics.contains("majlis_alerts_firing{rule=\"guard_denials\"} 1"),
        "{metrics}"
    );
    let tested = server.post("/api/v1/alerts/test", json!({})).await;
    assert_eq!((tested.status, tested.json()), (200, json!({"items": []})));
}

#[tokio::test]
async fn a_model_is_checked_without_asking_it_anything() {
    let server = start_priced().await;
    let ready = server
        .post("/api/v1/models/check", json!({"model": "fake/yes"}))
        .await;
    assert_eq!(
        (ready.status, &ready.json()["state"]),
        (200, &json!("ready"))
    );
    let again = server
        .post("/api/v1/models/check", json!({"model": "fake/no"}))
        .await;
    assert_eq!(again.json()["checked_at"], ready.json()["checked_at"]);
    assert!(server.ledger.entries().is_empty());
    let none = server
        .post("/api/v1/models/check", json!({"model": "none/none"}))
        .await;
    assert_eq!(none.status, 422, "{}", none.body);
    let health = server.get("/api/v1/health").await.json();
    let checks = health["checks"].as_array().unwrap();
    let provider = checks
        .iter()
        .find(|check| check["name"] == "provider")
        .unwrap();
    assert_eq!(
        (&provider["code"], &provider["params"]["provider"]),
        (&json!("provider_ok"), &json!("fake"))
    );
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_becomes_an_alert_of_its_own() {
    let server = start_priced().await;
    for _ in 0..3 {
        let chat = json!({"model": "fake/broken", "messages": [{"role": "user", "content": "Hi"}]});
        server.post("/v1/chat/completions", chat).await;
    }
    // Ends are written down a moment behind their answers.
    let alert = loop {
        server.app.evaluate_alerts(now_ms()).await.unwrap();
        let alerts = server.get("/api/v1/alerts").await.json();
        let items = alerts["items"].as_array().unwrap();
        if let Some(alert) = items.iter().find(|alert| alert["rule"] == "provider_down") {
            break alert.clone();
        }
    };
    assert_eq!(
        (&alert["subject"], &alert["state"]),
        (&json!("fake"), &json!("firing"))
    );
    assert_eq!(alert["notice"]["params"]["provider"], "fake");
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_millis()).unwrap()
}
