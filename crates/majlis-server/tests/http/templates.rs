//! Templates of prompts over HTTP.

use serde_json::{Value, json};

use crate::client::start;

const PATH: &str = "/api/v1/templates";

#[tokio::test]
async fn a_template_is_kept_read_changed_and_deleted() {
    let server = start().await;
    let made = server
        .post(
            PATH,
            json!({"name": " Review ", "text": "Review {code} for {who}: {code}."}),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = made.header("location").unwrap().to_owned();
    let made = made.json();
    assert_eq!(
        (&made["name"], &made["placeholders"]),
        (&json!("Review"), &json!(["code", "who"]))
    );
    assert_eq!(server.get(&path).await.json(), made);
    let changed = server
        .send(
            "PUT",
            &path,
            Some(json!({"name": "راجع", "text": "{النص}"})),
        )
        .await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let changed = changed.json();
    assert_eq!(
        (
            &changed["name"],
            &changed["placeholders"],
            &changed["created_at"]
        ),
        (&json!("راجع"), &json!(["النص"]), &made["created_at"])
    );
    assert_eq!(
        server.get(PATH).await.json(),
        json!({"items": [changed], "next": null})
    );
    assert_eq!(server.send("DELETE", &path, None).await.status, 204);
    for method in ["GET", "PUT", "DELETE"] {
        let body = (method == "PUT").then(|| json!({"name": "n", "text": "t"}));
        let gone = server.send(method, &path, body).await;
        assert_eq!(
            (gone.status, &gone.json()["code"]),
            (404, &json!("template_not_found")),
            "{method}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn templates_are_listed_newest_first_page_by_page() {
    let server = start().await;
    for name in ["a", "b", "c"] {
        let made = server.post(PATH, json!({"name": name, "text": "t"})).await;
        assert_eq!(made.status, 201);
    }
    let mut cursor = String::new();
    let mut names: Vec<Value> = Vec::new();
    loop {
        let page = server.get(&format!("{PATH}?limit=2{cursor}")).await.json();
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|item| item["name"].clone()));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        cursor = format!("&before={next}");
    }
    assert_eq!(names, [json!("c"), json!("b"), json!("a")]);
    server.stop().await;
}

#[tokio::test]
async fn a_template_without_name_or_text_or_with_endless_ones_is_refused() {
    let server = start().await;
    let path = format!("{PATH}/none");
    for (name, text, code) in [
        (" ", "t", "template_name_empty"),
        (&*"n".repeat(201), "t", "template_name_too_long"),
        ("n", "\n", "template_empty"),
        ("n", &*"t".repeat((64 << 10) + 1), "template_too_long"),
    ] {
        for (method, path) in [("POST", PATH), ("PUT", path.as_str())] {
            let body = json!({"name": name, "text": text});
            let refused = server.send(method, path, Some(body)).await;
            assert_eq!(
                (refused.status, refused.json()["code"].as_str()),
                (422, Some(code)),
                "{method}"
            );
        }
    }
    server.stop().await;
}
