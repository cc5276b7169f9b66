//! Audits over HTTP.

use serde_json::{Value, json};

use crate::client::{Running, start};

/// A command from an argument (two say so), a weak hash (one rule, refuted), a command held back.
const CODE: &str = "\
import hashlib
import os
import sys


def run():
    os.system('ls ' + sys.argv[1])


def digest(data):
    return hashlib.md5(data).hexdigest()


def held():
    os.system('ls ' + sys.argv[2])  # majlis-ignore[command-injection]: meant


def find(db, name):
    return db.execute('SELECT * FROM t WHERE name = ?', (name,))
";

/// Makes an audit and waits for its end.
async fn audit(server: &Running, models: &[&str]) -> Value {
    std::fs::write(server.code().join("app.py"), CODE).unwrap();
    let body = json!({
        "target": server.code(), "task": "python-audit", "facets": ["security"], "models": models,
    });
    let started = server.post("/api/v1/executions", body).await;
    assert_eq!(started.status, 202, "{}", started.body);
    let path = started.header("location").unwrap().to_owned();
    loop {
        let execution = server.get(&path).await.json();
        if execution["status"] != "running" {
            return execution;
        }
        tokio::task::yield_now().await;
    }
}

async fn findings(server: &Running, execution: &Value) -> Vec<Value> {
    let id = execution["id"].as_str().unwrap();
    let page = server
        .get(&format!("/api/v1/executions/{id}/findings"))
        .await;
    page.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_audit_with_a_council_shows_every_standing() {
    let server = start().await;
    let execution = audit(&server, &["fake/finder", "fake/doubter"]).await;
    assert_eq!(execution["status"], "complete", "{execution}");
    let council = &execution["report"]["council"];
    assert_eq!(council["asked"], council["answered"]);
    assert_eq!(execution["report"]["findings"], json!([]));
    let items = findings(&server, &execution).await;
    let standing = |kind: &str, rule: &str| {
        let mut items = items.iter();
        let found = items.find(|item| item["kind"] == kind && item["rule"] == rule);
        let found = found.unwrap_or_else(|| panic!("{kind} {rule}"));
        found["detail"]["opinion"]["standing"].clone()
    };
    assert_eq!(standing("finding", "python/command-injection"), "confirmed");
    assert_eq!(standing("finding", "python/weak-hash"), "downgraded");
    assert_eq!(standing("refuted", "council/cwe-89"), "refuted");
    assert_eq!(standing("unverified", "council/cwe-89"), "unverified");
    let held = items.iter().find(|item| item["kind"] == "suppressed");
    assert_eq!(held.unwrap()["held_by"]["reason"], "meant");
    server.stop().await;
}

#[tokio::test]
async fn a_finding_is_judged_and_the_audit_deleted() {
    let server = start().await;
    let execution = audit(&server, &[]).await;
    let first = findings(&server, &execution).await.remove(0);
    let path = format!("/api/v1/findings/{}", first["id"].as_str().unwrap());
    let body = json!({"verdict": "false_positive", "reason": "checked above"});
    let judged = server
        .send("PUT", &format!("{path}/verdict"), Some(body))
        .await;
    assert_eq!(judged.status, 200, "{}", judged.body);
    let seen = server.get(&path).await.json();
    assert_eq!(seen["verdict"]["verdict"], "false_positive");
    assert_eq!(seen["verdict"]["reason"], "checked above");
    let records = server.get("/api/v1/rule-records").await.json();
    assert_eq!(records["items"][0]["rule"], first["rule"]);
    assert_eq!(records["items"][0]["precision"], 0.0);
    let listed = server.get("/api/v1/executions?limit=1").await.json();
    assert_eq!(listed["items"][0]["id"], execution["id"]);
    let id = execution["id"].as_str().unwrap();
    let resumed = server
        .send(
            "POST",
            &format!("/api/v1/executions/{id}/resume"),
            Some(json!({})),
        )
        .await;
    assert_eq!(resumed.status, 409, "{}", resumed.body);
    let path = format!("/api/v1/executions/{id}");
    assert_eq!(server.send("DELETE", &path, None).await.status, 204);
    assert_eq!(server.get(&path).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_audited_is_refused_with_a_problem() {
    let server = start().await;
    let check = async |body: Value, status: u16, code: &str| {
        let reply = server.post("/api/v1/executions", body).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (status, &json!(code))
        );
    };
    check(json!({"target": "/"}), 422, "target_outside_roots").await;
    check(json!({"target": "../../etc"}), 422, "target_outside_roots").await;
    let code = server.code();
    check(json!({"target": code, "task": "x"}), 422, "task_unknown").await;
    check(
        json!({"target": code, "models": ["x/y"]}),
        422,
        "unknown_model",
    )
    .await;
    check(json!({"target": code, "slices": 0}), 422, "audit_size").await;
    check(json!({"target": code, "more": 1}), 422, "body_shape").await;
    for path in [
        "/api/v1/executions/none",
        "/api/v1/executions/none/findings",
        "/api/v1/findings/none",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    let cursor = server.get("/api/v1/executions/none/findings?after=x").await;
    assert_eq!(cursor.status, 400);
    let tasks = server.get("/api/v1/tasks").await.json();
    assert_eq!(tasks["items"].as_array().unwrap().len(), 7);
    let facets = server.get("/api/v1/facets").await.json();
    assert_eq!(facets["items"][3]["id"], "python-security");
    server.stop().await;
}
