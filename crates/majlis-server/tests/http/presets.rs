//! Councils with names over HTTP: listed, asked by their name, and overruled.

use serde_json::{Value, json};

use crate::client::start;

fn model(name: &str) -> Value {
    json!({"type": "model", "model": format!("fake/{name}"), "samples": 1})
}

fn preset(name: &str, members: [&str; 2]) -> Value {
    json!({
        "name": name, "members": members.map(model), "mode": "quick", "editors": [],
        "max_cost_usd": null, "max_cost_pusd": null,
    })
}

#[tokio::test]
async fn presets_are_listed_by_name_and_read_one_by_one() {
    let server = start().await;
    let (lone, pair) = (
        preset("lone", ["yes", "slow"]),
        preset("pair", ["yes", "yes"]),
    );
    let listed = server.get("/api/v1/presets").await;
    assert!(listed.header("etag").is_some());
    assert_eq!(listed.json(), json!({"items": [lone, pair]}));
    assert_eq!(server.get("/api/v1/presets/pair").await.json(), pair);
    let missing = server.get("/api/v1/presets/none").await;
    assert_eq!(
        (missing.status, &missing.json()["code"]),
        (404, &json!("preset_not_found"))
    );
    server.stop().await;
}

#[tokio::test]
async fn a_question_names_a_preset_and_what_it_says_itself_wins() {
    let server = start().await;
    for (said, models, mode) in [
        (json!({}), &["fake/yes", "fake/yes"][..], "quick"),
        (
            json!({"mode": "deep"}),
            &["fake/yes", "fake/yes"][..],
            "deep",
        ),
        (json!({"members": [model("no")]}), &["fake/no"][..], "quick"),
    ] {
        let mut body = json!({"question": "Is it shared?", "preset": "pair"});
        for (key, value) in said.as_object().unwrap() {
            body[key] = value.clone();
        }
        let estimate = server
            .post("/api/v1/consultations/estimate", body.clone())
            .await
            .json();
        assert_eq!(estimate["members"].as_array().unwrap().len(), models.len());
        let made = server.post("/api/v1/consultations", body).await;
        assert_eq!(made.status, 202, "{}", made.body);
        let found = server.get(made.header("location").unwrap()).await.json();
        let asked: Vec<&str> = found["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| member["model"].as_str().unwrap())
            .collect();
        assert_eq!(
            (asked.as_slice(), &found["plan"]["mode"]),
            (models, &json!(mode))
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_question_that_names_nobody_is_refused() {
    let server = start().await;
    for (body, code) in [
        (json!({"question": "q", "preset": "none"}), "unknown_preset"),
        (json!({"question": "q", "preset": null}), "no_members"),
        (json!({"question": "q"}), "no_members"),
    ] {
        for path in ["/api/v1/consultations", "/api/v1/consultations/estimate"] {
            let refused = server.post(path, body.clone()).await;
            assert_eq!(
                (refused.status, refused.json()["code"].as_str()),
                (422, Some(code)),
                "{path}"
            );
        }
    }
    server.stop().await;
}
