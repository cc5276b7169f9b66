//! Councils with names over HTTP: listed, asked by their name, and overruled.

use serde_json::{Value, json};

use crate::client::{start, start_priced};

fn model(name: &str) -> Value {
    json!({"type": "model", "model": format!("fake/{name}"), "samples": 1})
}

fn preset(name: &str, members: [&str; 2]) -> Value {
    json!({
        "name": name, "is_configured": true, "members": members.map(model), "mode": "quick", "editors": [],
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

const KEPT: &str = "/api/v1/presets/%D8%AE%D8%A7%D8%B5-2";

#[tokio::test]
async fn a_preset_is_kept_asked_replaced_and_forgotten() {
    let server = start_priced().await;
    let body = json!({
        "members": [model("yes"), {"type": "model", "model": "fake/no"}],
        "mode": "quick", "max_cost_usd": "0.50",
    });
    let mut kept = preset("خاص-2", ["yes", "no"]);
    kept["is_configured"] = json!(false);
    kept["max_cost_usd"] = json!("0.5");
    kept["max_cost_pusd"] = json!("500000000000");
    let made = server.send("PUT", KEPT, Some(body.clone())).await;
    assert_eq!((made.status, made.json()), (201, kept.clone()));
    assert_eq!(server.get(KEPT).await.json(), kept);
    let listed = server.get("/api/v1/presets").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    let models = server.get("/v1/models").await.body;
    assert!(models.contains("majlis/خاص-2"), "{models}");
    let asked = json!({"question": "Is it kept?", "preset": "خاص-2"});
    let asked = server.post("/api/v1/consultations", asked).await;
    assert_eq!(asked.status, 202, "{}", asked.body);

    let other = json!({"members": [model("no")]});
    let replaced = server.send("PUT", KEPT, Some(other)).await;
    assert_eq!(
        (replaced.status, &replaced.json()["mode"]),
        (200, &json!(null))
    );
    assert_eq!(server.send("DELETE", KEPT, None).await.status, 204);
    assert_eq!(server.send("DELETE", KEPT, None).await.status, 404);
    assert_eq!(server.get(KEPT).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_preset_that_cannot_be_asked_is_not_kept() {
    let server = start().await;
    let fine = json!({"members": [model("yes")]});
    let pasted = json!({"type": "pasted", "name": "a", "text": "It is."});
    let unknown = json!({"type": "model", "model": "nobody/x"});
    for (method, name, body, expected) in [
        ("PUT", "pair", fine.clone(), (409, "preset_configured")),
        ("DELETE", "pair", json!(null), (409, "preset_configured")),
        ("PUT", "council", fine.clone(), (422, "preset_name")),
        ("PUT", "a%2Fb", fine, (422, "preset_name")),
        ("PUT", "a", json!({"members": []}), (422, "no_members")),
        (
            "PUT",
            "a",
            json!({"members": [pasted]}),
            (422, "preset_pasted"),
        ),
        (
            "PUT",
            "a",
            json!({"members": [unknown]}),
            (422, "unknown_model"),
        ),
        (
            "PUT",
            "a",
            json!({"members": [model("yes")], "max_cost_usd": "much"}),
            (422, "budget_amount"),
        ),
    ] {
        let path = format!("/api/v1/presets/{name}");
        let body = (method == "PUT").then_some(body);
        let refused = server.send(method, &path, body).await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str().unwrap()),
            expected,
            "{method} {name}"
        );
    }
    let listed = server.get("/api/v1/presets").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    server.stop().await;
}
