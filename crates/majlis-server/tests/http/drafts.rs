//! What is typed and not sent yet, over HTTP.

use serde_json::{Value, json};

use crate::client::start;

const QUESTION: &str = "/api/v1/consultations/draft";

#[tokio::test]
async fn what_is_typed_is_kept_for_each_place_until_it_is_forgotten() {
    let server = start().await;
    let talk = server
        .post("/api/v1/conversations", json!({"models": ["fake/yes"]}))
        .await
        .json();
    let talk = format!("/api/v1/conversations/{}", talk["id"].as_str().unwrap());
    let message = format!("{talk}/draft");
    let empty_message = json!({"text": "", "updated_at": null});
    let empty_question = json!({"question": "", "context": null, "updated_at": null});
    for (path, typed, later, empty) in [
        (
            message.as_str(),
            json!({"text": "Why is"}),
            json!({"text": "لماذا "}),
            empty_message,
        ),
        (
            QUESTION,
            json!({"question": "Why?", "context": "fn main() {}"}),
            json!({"question": "", "context": "only this"}),
            empty_question,
        ),
    ] {
        assert_eq!(server.get(path).await.json(), empty);
        for typed in [&typed, &later] {
            let kept = server.send("PUT", path, Some(typed.clone())).await;
            assert_eq!(kept.status, 200, "{}", kept.body);
            let mut kept = kept.json();
            assert_eq!(server.get(path).await.json(), kept);
            assert!(kept["updated_at"].is_string());
            kept.as_object_mut().unwrap().remove("updated_at");
            assert_eq!(&kept, typed);
        }
        assert_eq!(server.send("DELETE", path, None).await.status, 204);
        assert_eq!(server.send("DELETE", path, None).await.status, 204);
        assert_eq!(server.get(path).await.json(), empty);
    }
    server.stop().await;
}

#[tokio::test]
async fn nothing_typed_is_no_draft() {
    let server = start().await;
    let typed = json!({"question": "Why?", "context": null});
    server.send("PUT", QUESTION, Some(typed)).await;
    let nothing = json!({"question": "", "context": ""});
    let kept = server.send("PUT", QUESTION, Some(nothing)).await;
    assert_eq!(
        (kept.status, &kept.json()["updated_at"]),
        (200, &Value::Null)
    );
    assert_eq!(server.get(QUESTION).await.json()["question"], "");
    server.stop().await;
}

#[tokio::test]
async fn a_draft_of_nowhere_or_without_end_is_refused() {
    let server = start().await;
    let nowhere = "/api/v1/conversations/none/draft";
    let long = "x".repeat((1 << 20) + 1);
    for (method, path, body, expected) in [
        ("GET", nowhere, None, (404, "conversation_not_found")),
        (
            "PUT",
            nowhere,
            Some(json!({"text": "t"})),
            (404, "conversation_not_found"),
        ),
        ("DELETE", nowhere, None, (404, "conversation_not_found")),
        (
            "PUT",
            nowhere,
            Some(json!({"text": "t", "context": "c"})),
            (422, "body_shape"),
        ),
        (
            "PUT",
            QUESTION,
            Some(json!({"question": long})),
            (422, "draft_too_long"),
        ),
        (
            "PUT",
            QUESTION,
            Some(json!({"question": "q", "context": long})),
            (422, "draft_too_long"),
        ),
    ] {
        let refused = server.send(method, path, body).await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str().unwrap()),
            expected,
            "{method} {path}"
        );
    }
    server.stop().await;
}
