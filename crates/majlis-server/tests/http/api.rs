//! The resources over HTTP.

use serde_json::{Value, json};

use crate::client::{Running, start};

/// A conversation with two columns.
async fn create_talk(server: &Running) -> Value {
    let made = server
        .post(
            "/api/v1/conversations",
            json!({"models": ["fake/slow", "fake/yes"]}),
        )
        .await;
    assert_eq!(made.status, 201);
    made.json()
}

#[tokio::test]
async fn models_are_listed_with_state_and_an_unknown_price_is_null() {
    let server = start().await;
    let models = server.get("/api/v1/models").await.json();
    let yes = models["models"]
        .as_array()
        .unwrap()
        .iter()
        .find(|model| model["id"] == "fake/yes")
        .unwrap();
    assert_eq!(
        (&yes["state"], &yes["price"], &yes["demo"]),
        (&json!("ready"), &Value::Null, &json!(false))
    );
    let providers = server.get("/api/v1/providers").await.json();
    assert_eq!(providers["providers"][0]["models"], 9);
    server.stop().await;
}

#[tokio::test]
async fn a_conversation_is_made_used_changed_and_deleted() {
    let server = start().await;
    let talk = create_talk(&server).await;
    let path = format!("/api/v1/conversations/{}", talk["id"].as_str().unwrap());
    let channel = talk["channels"][0]["id"].as_str().unwrap();

    let turn = server
        .post(
            &format!("{path}/messages"),
            json!({"text": "Hello", "channels": [channel]}),
        )
        .await;
    assert_eq!(
        (turn.status, turn.header("location")),
        (202, Some(path.as_str()))
    );
    let run = turn.json()["run_id"].as_str().unwrap().to_owned();
    let busy = server
        .post(&format!("{path}/messages"), json!({"text": "Again"}))
        .await;
    assert_eq!(
        (busy.status, &busy.json()["code"]),
        (409, &json!("turn_running"))
    );
    assert_eq!(server.get(&path).await.json()["run_id"], run.as_str());
    assert_eq!(
        server
            .post(&format!("/api/v1/runs/{run}/cancel"), json!({}))
            .await
            .status,
        204
    );

    let added = server
        .post(&format!("{path}/channels"), json!({"model": "fake/no"}))
        .await;
    assert_eq!(added.status, 201);
    let added = format!("{path}/channels/{}", added.json()["id"].as_str().unwrap());
    let bound = server
        .send("PATCH", &added, Some(json!({"model": "fake/yes"})))
        .await;
    assert_eq!(bound.json()["model"], "fake/yes");
    let renamed = server
        .send("PATCH", &path, Some(json!({"title": "T", "pinned": true})))
        .await;
    assert_eq!(
        (&renamed.json()["title"], &renamed.json()["pinned"]),
        (&json!("T"), &json!(true))
    );
    assert_eq!(
        server.get("/api/v1/conversations?limit=1").await.json()["items"][0]["title"],
        "T"
    );
    assert_eq!(server.send("DELETE", &path, None).await.status, 204);
    assert_eq!(
        server.get(&path).await.json()["code"],
        "conversation_not_found"
    );
    server.stop().await;
}

/// Waits for a run to end: its conversation no longer names it.
async fn settled(server: &Running, path: &str) -> Value {
    loop {
        let talk = server.get(path).await.json();
        if talk["run_id"].is_null() {
            return talk;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_answer_is_asked_again_a_question_replaced_and_a_key_carried_out_once() {
    let server = start().await;
    let talk = server
        .post("/api/v1/conversations", json!({"models": ["fake/yes"]}))
        .await
        .json();
    let path = format!("/api/v1/conversations/{}", talk["id"].as_str().unwrap());
    let messages = format!("{path}/messages");
    let keyed = async |text: &str| {
        let body = json!({ "text": text }).to_string();
        let request = format!(
            "POST {messages} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nIdempotency-Key: k\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            server.address,
            body.len()
        );
        server.raw(request.as_bytes()).await
    };
    let first = keyed("Hello").await.json();
    settled(&server, &path).await;
    assert_eq!(keyed("Hello").await.json(), first);
    let reused = keyed("Other").await;
    assert_eq!(
        (reused.status, &reused.json()["code"]),
        (422, &json!("idempotency_key_reused"))
    );

    let answer = first["replies"][0]["message_id"].as_str().unwrap();
    let question = &first["replies"][0]["user_message_id"];
    let again = server
        .post(&format!("{messages}/{answer}/retry"), json!({}))
        .await;
    assert_eq!(again.status, 202);
    settled(&server, &path).await;
    let replaced = json!({"text": "Bonjour", "replaces": question});
    assert_eq!(server.post(&messages, replaced).await.status, 202);
    let talk = settled(&server, &path).await;
    let shown = &talk["channels"][0]["messages"];
    assert_eq!(shown[0]["text"], "Bonjour");
    assert_eq!(shown[0]["versions"].as_array().unwrap().len(), 2);
    let back = server
        .post(&format!("{messages}/{answer}/show"), json!({}))
        .await
        .json();
    let shown = &back["channels"][0]["messages"];
    assert_eq!(
        (&shown[0]["text"], &shown[1]["id"]),
        (&json!("Hello"), &json!(answer))
    );
    let nothing = server
        .post("/api/v1/consultations/x/resume", json!({}))
        .await;
    assert_eq!(nothing.json()["code"], "consultation_not_found");
    server.stop().await;
}

#[tokio::test]
async fn a_consultation_of_pasted_answers_is_measured_and_kept() {
    let server = start().await;
    let sample = server
        .get("/api/v1/samples/council?language=ar")
        .await
        .json();
    let members: Vec<_> = sample["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| json!({"type": "pasted", "name": answer["name"], "text": answer["text"]}))
        .collect();
    let body = json!({"question": sample["question"], "members": members});
    let started = server.post("/api/v1/consultations", body).await;
    assert_eq!(started.status, 202);
    let path = started.header("location").unwrap().to_owned();
    assert_eq!(server.send("GET", &path, None).await.status, 200);
    let listed = server.get("/api/v1/consultations").await.json();
    assert_eq!(listed["items"][0]["member_count"], 4);
    server.stop().await;
}

#[tokio::test]
async fn bad_requests_are_problems_that_say_how_to_mend_them() {
    let server = start().await;
    let none = json!({"question": "q", "members": []});
    let unknown = json!({"question": "q", "members": [{"type": "model", "model": "nobody/x"}]});
    let malformed = json!({"question": "q", "members": [{"type": "model", "model": "x"}]});
    let typo = json!({"question": "q", "member": []});
    let consultations = "/api/v1/consultations";
    for (method, path, body, expected) in [
        ("POST", consultations, Some(none), (422, "no_members")),
        ("POST", consultations, Some(unknown), (422, "unknown_model")),
        ("POST", consultations, Some(malformed), (422, "model_id")),
        ("POST", consultations, Some(typo), (422, "body_shape")),
        ("GET", "/api/v1/consultations?limit=0", None, (400, "limit")),
        ("GET", "/api/v1/consultations?page=1", None, (400, "query")),
        (
            "GET",
            "/api/v1/consultations/x",
            None,
            (404, "consultation_not_found"),
        ),
        ("GET", "/api/v2/models", None, (404, "route_not_found")),
        (
            "DELETE",
            "/api/v1/models",
            None,
            (405, "method_not_allowed"),
        ),
        (
            "POST",
            "/council",
            Some(json!({})),
            (405, "method_not_allowed"),
        ),
        (
            "POST",
            "/api/v1/runs/x/cancel",
            Some(json!({})),
            (404, "run_not_found"),
        ),
        ("GET", "/x.js", None, (404, "file_not_found")),
    ] {
        let reply = server.send(method, path, body).await;
        let problem = reply.json();
        assert_eq!((reply.status, problem["code"].as_str().unwrap()), expected);
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json")
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn broken_and_huge_bodies_are_refused() {
    let server = start().await;
    let request = |body: &[u8]| {
        let mut bytes = format!(
            "POST /api/v1/consultations HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            server.address,
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        bytes
    };
    assert_eq!(
        server
            .raw(&request(b"{\"question\": \"\xff\xfe\"}"))
            .await
            .status,
        400
    );
    assert_eq!(server.raw(&request(b"{\"question\":")).await.status, 400);
    let deep = "[".repeat(100_000);
    assert_eq!(server.raw(&request(deep.as_bytes())).await.status, 422);
    let declared = format!(
        "POST /api/v1/consultations HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\n\r\n",
        server.address
    );
    assert_eq!(
        server.raw(declared.as_bytes()).await.json()["code"],
        "body_too_large"
    );
    server.stop().await;
}

#[tokio::test]
async fn settings_are_shared_between_pages() {
    let server = start().await;
    let set = server
        .send(
            "PATCH",
            "/api/v1/settings",
            Some(json!({"language": "ar", "theme": "dark"})),
        )
        .await;
    assert_eq!(set.json(), json!({"language": "ar", "theme": "dark"}));
    assert_eq!(
        server.get("/api/v1/settings").await.json()["language"],
        "ar"
    );
    server.stop().await;
}

#[tokio::test]
async fn the_description_names_every_frame_and_route() {
    let server = start().await;
    let answered = server.get("/api/openapi.json").await.json();
    let printed: Value = serde_json::from_str(&majlis_server::openapi_json()).unwrap();
    assert_eq!(answered, printed);
    assert!(printed["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(printed["info"]["title"], "Majlis");
    for schema in ["ServerFrame", "ClientFrame", "Problem"] {
        assert!(
            printed["components"]["schemas"][schema].is_object(),
            "{schema}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let server = start().await;
    let path = "/api/v1/conversations";
    let first = server.get(path).await;
    let tag = first.header("etag").unwrap().to_owned();
    let again = |tag: &str| {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nIf-None-Match: {tag}\r\n\r\n",
            server.address
        );
        let server = &server;
        async move { server.raw(request.as_bytes()).await }
    };
    let known = again(&format!("\"other\", {tag}")).await;
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    assert_eq!(known.header("etag"), Some(tag.as_str()));
    create_talk(&server).await;
    assert_eq!(again(&tag).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn texts_are_measured_without_a_consultation() {
    let server = start().await;
    let texts = json!({"texts": [
        {"name": "a", "text": "The plan costs $15 per month. So 2 + 2 = 5."},
        {"name": "b", "text": "The plan costs $50 per month."},
    ]});
    let measured = server.post("/api/v1/analyses", texts).await;
    assert_eq!(measured.status, 200);
    let analysis = measured.json();
    assert_eq!(analysis["contradictions"][0]["evidence"], "different_value");
    assert_eq!(analysis["languages"], json!({"en": 2}));
    assert_eq!(analysis["failed_checks"][0]["expected"], "4");
    assert_eq!(analysis["engine"], "lexical");
    for key in [
        "agreements",
        "gaps",
        "topics",
        "keywords",
        "sentiment",
        "certainty",
        "limits",
    ] {
        assert!(!analysis[key].is_null(), "{key}");
    }
    let none = server.post("/api/v1/analyses", json!({"texts": []})).await;
    assert_eq!(
        (none.status, &none.json()["code"]),
        (422, &json!("analysis_texts"))
    );
    let nowhere = "/api/v1/consultations/0198c5a2-7c1e-7d10-8a7b-112233445566/analysis";
    assert_eq!(server.post(nowhere, json!({})).await.status, 404);
    server.stop().await;
}
