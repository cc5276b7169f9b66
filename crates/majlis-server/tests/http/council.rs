//! Councils beyond their first round, over HTTP and the WebSocket.

use majlis_llm::{ErrorKind, PriceTable, ProviderError};
use majlis_providers::fake::{FakeProvider, Script};
use serde_json::{Value, json};

use crate::client::{Running, start_on};
use crate::live::Live;

/// `a` and `b` contradict each other, `b` follows without a reason, `c` judges in words, `d` is
/// missing, `editor` writes one sentence that nobody said.
async fn start() -> Running {
    let review = |name: &str, mark: u8| {
        json!({
            "answer": name, "reasons": "r", "fatal_error": null, "quote": null,
            "scores": {"correct": mark, "complete": mark, "clear": 5, "grounded": 5},
        })
    };
    let sheet = json!({"reviews": [review("A", 9), review("B", 3)]}).to_string();
    let points = |decision: &str, evidence: &str| {
        let point =
            json!({"claim": "C1", "decision": decision, "evidence": evidence, "revised": null});
        json!({"points": [point]}).to_string()
    };
    let written = json!({"agreed": [
        {"text": "The cache is shared.", "cites": ["A1", "A2"]},
        {"text": "Penguins govern the harbour.", "cites": ["A1"]},
    ]});
    let missing = ProviderError::new(ErrorKind::Overloaded, "Try later.");
    let answer = |text: &str| Script::answer(text).usage(10, 5);
    let provider = FakeProvider::new("fake")
        .script(
            "a",
            answer("The cache is shared. The cache holds 10 entries."),
        )
        .script("a", answer(&sheet))
        .script(
            "a",
            answer(&points("keep", "The source of version two says so")),
        )
        .script(
            "b",
            answer("The cache is shared. The cache holds 20 entries."),
        )
        .script("b", answer(&sheet))
        .script("b", answer(&points("withdraw", "The others agree.")))
        .script(
            "c",
            answer("The cache is shared. It is written to disk hourly."),
        )
        .script("c", answer("I would rather not."))
        .script("d", Script::refuse(missing))
        .script("editor", answer(&written.to_string()));
    start_on(provider, PriceTable::builtin()).await
}

async fn ask(server: &Running, more: &Value) -> Value {
    let member = |name: &str| json!({"type": "model", "model": format!("fake/{name}")});
    let mut body = json!({
        "question": "How many entries does the cache hold?",
        "members": (["a", "b", "c", "d"].map(member)),
        "editors": ["fake/editor"],
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let made = server.post("/api/v1/consultations", body).await;
    assert_eq!(made.status, 202, "{}", made.body);
    made.json()
}

/// The consultation at its end, and the kinds of its events.
async fn held(server: &Running, id: &str) -> (Value, Vec<Value>) {
    let (mut live, _) = Live::open(server).await;
    let frames = live.follow(id, Value::Null).await;
    let path = format!("/api/v1/consultations/{id}");
    let events = frames.into_iter().map(|mut frame| frame["event"].take());
    (server.get(&path).await.json(), events.collect())
}

#[tokio::test]
async fn what_is_planted_shows_in_the_snapshot_and_in_the_events() {
    let server = start().await;
    let made = ask(&server, &json!({})).await;
    let (found, events) = held(&server, made["id"].as_str().unwrap()).await;
    assert_eq!(
        (&found["status"], &found["plan"]["mode"]),
        (&json!("degraded"), &json!("council"))
    );
    let deliberation = &found["deliberation"];
    assert_eq!(deliberation["dropped_judges"][0]["judge"], 2);
    assert_eq!(deliberation["reviews"].as_array().unwrap().len(), 4);
    assert_eq!(deliberation["gate"]["opens"], true);
    let flipped: Vec<&Value> = deliberation["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|revision| revision["conformity"] == true)
        .collect();
    assert_eq!((flipped.len(), &flipped[0]["member"]), (1, &json!(1)));
    let sentences = &found["syntheses"][0]["sections"][0]["sentences"];
    assert_eq!(sentences[1]["support"], "unsupported");
    assert_eq!(found["votes"]["models"], 3);
    let stages: Vec<&str> = events
        .iter()
        .filter(|event| event["type"] == "stage_started")
        .map(|event| event["stage"].as_str().unwrap())
        .collect();
    assert_eq!(stages, ["review", "review", "revise", "edit"]);
    for kind in ["deliberated", "concluded"] {
        assert!(events.iter().any(|event| event["type"] == kind), "{kind}");
    }
    assert_eq!(
        found["stages"][1]["hearings"][0]["messages"][0]["role"],
        "user"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_mode_can_be_named_and_another_conclusion_written() {
    let server = start().await;
    let made = ask(&server, &json!({"mode": "quick"})).await;
    let id = made["id"].as_str().unwrap();
    let (found, _) = held(&server, id).await;
    assert_eq!(
        (&found["deliberation"], &found["syntheses"]),
        (&Value::Null, &json!([]))
    );
    let path = format!("/api/v1/consultations/{id}/synthesis");
    let made = server
        .post(&path, json!({"editors": ["fake/editor"]}))
        .await;
    assert_eq!(made.status, 202, "{}", made.body);
    let (found, _) = held(&server, id).await;
    assert_eq!(found["syntheses"][0]["editor"], "fake/editor");
    let refused = server.post(&path, json!({"editors": ["local/x"]})).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (422, &json!("editor_demo"))
    );
    let nowhere = server
        .post("/api/v1/consultations/x/synthesis", json!({}))
        .await;
    assert_eq!(nowhere.status, 404);
    let unknown = ask_refused(&server, &json!({"mode": "loud"})).await;
    assert_eq!(unknown, 422);
    server.stop().await;
}

async fn ask_refused(server: &Running, more: &Value) -> u16 {
    let mut body = json!({"question": "q", "members": []});
    body["mode"] = more["mode"].clone();
    server.post("/api/v1/consultations", body).await.status
}

#[tokio::test]
async fn verdicts_are_kept_and_make_a_record() {
    let server = start().await;
    let made = ask(&server, &json!({})).await;
    let id = made["id"].as_str().unwrap();
    held(&server, id).await;
    let path = format!("/api/v1/consultations/{id}/verdict");
    let say = async |member: u64, verdict: &str| {
        server
            .post(&path, json!({"member": member, "verdict": verdict}))
            .await
    };
    let right = say(0, "right").await;
    assert_eq!(
        (right.status, &right.json()["members"][0]["verdict"]),
        (200, &json!("right"))
    );
    assert_eq!(say(1, "wrong").await.status, 200);
    assert_eq!(say(9, "right").await.status, 404);
    let stats = server.get("/api/v1/consultations/stats").await.json();
    let models = stats["models"].as_array().unwrap();
    assert_eq!(models.len(), 2);
    let strength = |place: usize| models[place]["strength"]["value"].as_f64().unwrap();
    assert!(strength(0) > strength(1));
    assert_eq!(stats["judges"].as_array().unwrap().len(), 2, "{stats}");
    assert_eq!(
        stats["judges"][0]["first_bias"],
        Value::Null,
        "too few to say"
    );
    server.stop().await;
}

#[tokio::test]
async fn the_estimate_is_by_stage() {
    let server = start().await;
    let body = json!({
        "question": "q", "mode": "council", "editors": ["fake/editor"],
        "members": (["a", "b", "c"].map(|name| json!({"type": "model", "model": format!("fake/{name}")}))),
    });
    let estimate = server
        .post("/api/v1/consultations/estimate", body)
        .await
        .json();
    let stages: Vec<&str> = estimate["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| stage["stage"].as_str().unwrap())
        .collect();
    assert_eq!(stages, ["answer", "review", "revise", "edit"]);
    server.stop().await;
}
