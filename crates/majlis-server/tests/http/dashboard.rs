//! The figures of the dashboard. All servers of this process share one recorder, so that counts are
//! compared with what they were before.

use serde_json::{Value, json};

use crate::client::{Running, start_priced};

async fn summary(server: &Running) -> Value {
    let told = server.get("/api/v1/metrics/summary").await;
    assert_eq!(told.status, 200, "{}", told.body);
    told.json()
}

fn requests(summary: &Value, class: &str, status: u16) -> u64 {
    let rows = summary["requests"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["class"] == class && row["status"] == status);
    row.map_or(0, |row| row["requests"].as_u64().unwrap())
}

fn ended(summary: &Value, model: &str, outcome: &str) -> u64 {
    let rows = summary["calls"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["provider"] == "fake" && row["model"] == model);
    row.map_or(0, |row| row["outcomes"][outcome].as_u64().unwrap_or(0))
}

#[tokio::test]
async fn requests_and_calls_are_summed_up() {
    let server = start_priced().await;
    let before = summary(&server).await;
    let chat = json!({"model": "fake/no", "messages": [{"role": "user", "content": "Hi"}]});
    assert_eq!(server.post("/v1/chat/completions", chat).await.status, 200);
    server.get("/api/v1/consultations/none").await;
    server.post("/api/v1/executions", json!({})).await;
    let after = loop {
        let after = summary(&server).await;
        // The end of a call is written down a moment behind its answer.
        if ended(&after, "no", "ok") > ended(&before, "no", "ok") {
            break after;
        }
    };
    for (class, status) in [
        ("paid", 200),
        ("reads", 404),
        ("reads", 200),
        ("executions", 422),
    ] {
        let (was, is) = (
            requests(&before, class, status),
            requests(&after, class, status),
        );
        assert!(is > was, "{class} {status}: {was}, {is}");
    }
    let durations = &after["durations"];
    assert!(durations["count"].as_u64() > before["durations"]["count"].as_u64());
    let (half, most) = (durations["p50_ms"].as_f64(), durations["p99_ms"].as_f64());
    assert!(half > Some(0.0) && half <= most, "{durations}");
    let model = after["calls"].as_array().unwrap();
    let model = model.iter().find(|row| row["model"] == "no").unwrap();
    assert!(model["whole"]["count"].as_u64() > Some(0), "{model}");
    server.stop().await;
}

#[tokio::test]
async fn how_everything_stands_is_told_with_what_is_not_known_as_null() {
    let server = start_priced().await;
    let told = summary(&server).await;
    for (field, expected) in [
        ("running_jobs", json!(0)),
        ("interrupted_jobs", json!(0)),
        ("backup_at", Value::Null),
    ] {
        assert_eq!(told[field], expected, "{field}");
    }
    assert!(told["database_bytes"].as_u64() > Some(0));
    assert_eq!(told["budgets"]["day"]["spent_usd"], "0");
    assert_eq!(told["alerts_firing"]["disk_low"], 0);
    for (field, key) in [
        ("rate_limited", "paid"),
        ("guard_denied", "host"),
        ("store_errors", "store_io"),
    ] {
        assert!(told[field][key].is_u64(), "{field} {}", told[field]);
    }
    assert!(told["ws_connections"].is_u64());
    server.post("/api/v1/backups", json!({})).await;
    assert!(summary(&server).await["backup_at"].is_string());
    server.stop().await;
}
