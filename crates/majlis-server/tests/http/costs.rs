//! Costs, caps, estimates and bills over HTTP.

use serde_json::{Value, json};

use crate::client::{Running, start, start_priced};

const ONE: &str = "fake/yes";

fn question(models: &[&str]) -> Value {
    let members: Vec<Value> = models
        .iter()
        .map(|model| json!({"type": "model", "model": model}))
        .collect();
    json!({"question": "How many?", "members": members})
}

/// Asks and waits for the end.
async fn ask(server: &Running, models: &[&str]) {
    let made = server.post("/api/v1/consultations", question(models)).await;
    assert_eq!(made.status, 202, "{}", made.body);
    let path = format!(
        "/api/v1/consultations/{}",
        made.json()["id"].as_str().unwrap()
    );
    while server.get(&path).await.json()["status"] == "running" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn costs_are_summed_divided_and_dated() {
    let server = start_priced().await;
    ask(&server, &[ONE, "fake/no"]).await;
    ask(&server, &[ONE]).await;
    let costs = server
        .get("/api/v1/costs?group_by=model&timezone_offset_min=180")
        .await
        .json();
    // 10 tokens in at $1 and 5 out at $2 per million, three times.
    assert_eq!(costs["total"]["cost_usd"], "0.00006");
    assert_eq!(
        (&costs["total"]["calls"], &costs["timezone_offset_min"]),
        (&json!(3), &json!(180))
    );
    assert_eq!(
        (&costs["groups"][0]["key"], &costs["groups"][0]["cost_pusd"]),
        (&json!(ONE), &json!("40000000"))
    );
    assert_eq!(
        (
            &costs["rest"],
            &costs["groups"][0]["usage"]["output_tokens"]
        ),
        (&Value::Null, &json!(10))
    );
    let by = server
        .get("/api/v1/costs?group_by=conversation")
        .await
        .json();
    assert_eq!(
        (&by["groups"][0]["label"], &by["groups"][0]["kind"]),
        (&json!("How many?"), &json!("consultation"))
    );
    let none = server
        .get("/api/v1/costs?since=2020-01-01T00:00:00Z&until=2020-02-01T00:00:00Z")
        .await
        .json();
    assert_eq!(
        (&none["total"]["calls"], &none["since"]),
        (&json!(0), &json!("2020-01-01T00:00:00Z"))
    );
    let csv = server
        .raw(format!(
            "GET /api/v1/costs?group_by=provider HTTP/1.1\r\nHost: {}\r\nAccept: text/csv\r\nConnection: close\r\n\r\n",
            server.address
        ).as_bytes())
        .await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        csv.body.contains("\nfake,,3,0.00006,0,0,0,30,0,0,0,15,0,"),
        "{}",
        csv.body
    );
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_a_range_or_a_cap_is_refused() {
    let server = start().await;
    for (path, status, code) in [
        ("/api/v1/costs?since=yesterday", 400, "time"),
        (
            "/api/v1/costs?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z",
            422,
            "range",
        ),
        (
            "/api/v1/costs?timezone_offset_min=5000",
            422,
            "timezone_offset",
        ),
    ] {
        let reply = server.get(path).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (status, &json!(code)),
            "{path}"
        );
    }
    for body in [
        json!({"day_usd": "much"}),
        json!({"day_usd": "-1"}),
        json!({"day_usd": "99999999"}),
    ] {
        let reply = server.send("PUT", "/api/v1/budgets", Some(body)).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (422, &json!("budget_amount"))
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn caps_are_kept_changed_one_at_a_time_and_lifted() {
    let server = start().await;
    let set = |body| server.send("PUT", "/api/v1/budgets", Some(body));
    let first = set(json!({"run_usd": "0.5", "day_usd": "2", "uncapped_models": [ONE]})).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let then = set(json!({"run_usd": null})).await.json();
    assert_eq!(
        (
            &then["run"]["limit_usd"],
            &then["day"]["limit_usd"],
            &then["day"]["limit_pusd"]
        ),
        (&Value::Null, &json!("2"), &json!("2000000000000"))
    );
    assert_eq!(
        server.get("/api/v1/budgets").await.json()["uncapped_models"],
        json!([ONE])
    );
    assert_eq!(then["month"]["spent_usd"], "0");
    server.stop().await;
}

#[tokio::test]
async fn a_refused_call_is_402_and_nothing_is_stored() {
    let server = start_priced().await;
    let caps = json!({"day_usd": "0.000001"});
    assert_eq!(
        server
            .send("PUT", "/api/v1/budgets", Some(caps))
            .await
            .status,
        200
    );
    let refused = server.post("/api/v1/consultations", question(&[ONE])).await;
    let problem = refused.json();
    assert_eq!(
        (refused.status, &problem["code"]),
        (402, &json!("budget_exceeded"))
    );
    let params = &problem["params"];
    assert_eq!(
        (
            &params["period"],
            &params["limit_usd"],
            &params["spent_usd"]
        ),
        (&json!("day"), &json!("0.000001"), &json!("0"))
    );
    assert!(params["needed_usd"].is_string());
    assert_eq!(
        server.get("/api/v1/consultations").await.json()["items"],
        json!([])
    );
    let body = json!({"question": "How many?", "max_cost_usd": "0.01", "members": [{"type": "model", "model": ONE}]});
    server
        .send("PUT", "/api/v1/budgets", Some(json!({"day_usd": null})))
        .await;
    let run = server.post("/api/v1/consultations", body).await.json();
    assert_eq!(
        (&run["code"], &run["params"]["period"]),
        (&json!("budget_exceeded"), &json!("run"))
    );
    server.stop().await;
}

#[tokio::test]
async fn under_a_cap_an_unknown_price_is_402() {
    let server = start().await;
    server
        .send("PUT", "/api/v1/budgets", Some(json!({"month_usd": "1"})))
        .await;
    let talk = server
        .post("/api/v1/conversations", json!({"models": [ONE]}))
        .await
        .json();
    let path = format!(
        "/api/v1/conversations/{}/messages",
        talk["id"].as_str().unwrap()
    );
    let refused = server.post(&path, json!({"text": "Hello"})).await;
    let problem = refused.json();
    assert_eq!(
        (refused.status, &problem["code"]),
        (402, &json!("price_unknown"))
    );
    assert_eq!(problem["params"]["model"], ONE);
    server.stop().await;
}

#[tokio::test]
async fn questions_are_estimated_and_not_sent() {
    let server = start_priced().await;
    let estimate = server
        .post("/api/v1/consultations/estimate", question(&[ONE]))
        .await
        .json();
    let member = &estimate["members"][0];
    assert_eq!(
        (
            &member["model"],
            &member["basis"],
            &member["max_output_tokens"]
        ),
        (&json!(ONE), &json!("assumed"), &json!(16_384))
    );
    assert!(estimate["low_usd"].is_string() && estimate["high_pusd"].is_string());
    ask(&server, &[ONE]).await;
    let again = server
        .post("/api/v1/consultations/estimate", question(&[ONE]))
        .await
        .json();
    assert_eq!(
        (
            &again["members"][0]["basis"],
            &again["members"][0]["answers"]
        ),
        (&json!("history"), &json!(1))
    );
    let talk = server
        .post("/api/v1/conversations", json!({"models": [ONE, "fake/no"]}))
        .await
        .json();
    let path = format!(
        "/api/v1/conversations/{}/messages/estimate",
        talk["id"].as_str().unwrap()
    );
    let turn = server.post(&path, json!({"text": "Hello"})).await.json();
    assert_eq!(turn["members"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        server.get("/api/v1/costs").await.json()["total"]["calls"],
        1
    );
    server.stop().await;
}

#[tokio::test]
async fn a_price_nobody_knows_is_null_in_an_estimate() {
    let server = start().await;
    let estimate = server
        .post("/api/v1/consultations/estimate", question(&[ONE]))
        .await
        .json();
    assert_eq!(
        (
            &estimate["low_usd"],
            &estimate["high_usd"],
            &estimate["unknown_models"]
        ),
        (&Value::Null, &Value::Null, &json!([ONE]))
    );
    server.stop().await;
}

#[tokio::test]
async fn a_bill_is_compared_and_a_bad_line_is_named() {
    let server = start_priced().await;
    ask(&server, &[ONE]).await;
    let day = server
        .get("/api/v1/costs?group_by=day&timezone_offset_min=0")
        .await
        .json()["groups"][0]["key"]
        .clone();
    let send = |bill: String| {
        let request = format!(
            "POST /api/v1/costs/reconcile HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: text/csv\r\nContent-Length: {}\r\n\r\n{bill}",
            server.address,
            bill.len()
        );
        let server = &server;
        async move { server.raw(request.as_bytes()).await }
    };
    let day = day.as_str().unwrap();
    let found = send(format!("date,model,cost\n{day},yes,0.00003\n"))
        .await
        .json();
    assert_eq!(
        (&found["matched"], &found["models"][0]["difference_usd"]),
        (&json!(1), &json!("0.00001"))
    );
    assert_eq!(found["models"][0]["model"], ONE);
    let bad = send("date,model,cost\nx,y,1\n".to_owned()).await;
    let problem = bad.json();
    assert_eq!(
        (bad.status, &problem["code"], &problem["params"]["line"]),
        (422, &json!("bill_unreadable"), &json!("2"))
    );
    server.stop().await;
}
