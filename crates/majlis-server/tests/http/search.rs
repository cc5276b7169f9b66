//! Finding over HTTP.

use serde_json::{Value, json};

use crate::client::{Running, start};

/// A server that holds one consultation of pasted answers.
async fn filled() -> (Running, String) {
    let server = start().await;
    let body = json!({
        "question": "Which <b>database</b> for a small team?",
        "members": [
            {"type": "pasted", "name": "A", "text": "Use SQLite: one file, no server to run."},
            {"type": "pasted", "name": "B", "text": "استعمل قاعدةَ البياناتِ PostgreSQL لأنها خادم كامل"},
        ],
    });
    let started = server.post("/api/v1/consultations", body).await.json();
    let id = started["id"].as_str().unwrap().to_owned();
    (server, id)
}

async fn find(server: &Running, query: &str) -> Value {
    let reply = server.get(&format!("/api/v1/search?{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

#[tokio::test]
async fn a_hit_says_where_it_stands_and_what_matched() {
    let (server, id) = filled().await;
    let page = find(&server, "q=database").await;
    let mut hit = page["items"][0].clone();
    let created = hit["created_at"].take();
    assert!(created.as_str().unwrap().ends_with('Z'), "{created}");
    assert_eq!(
        hit,
        json!({
            "kind": "question",
            "conversation_id": null,
            "channel_id": null,
            "message_id": null,
            "consultation_id": id,
            "member_id": null,
            "synthesis_id": null,
            "execution_id": null,
            "finding_id": null,
            "model": null,
            "language": "en",
            "title": "Which <b>database</b> for a small team?",
            "snippet": [
                {"text": "Which <b>", "mark": false},
                {"text": "database", "mark": true},
                {"text": "</b> for a small team?", "mark": false},
            ],
            "cost_usd": null,
            "cost_pusd": null,
            "created_at": null,
        })
    );
    assert_eq!(
        (&page["next"], &page["indexing"]),
        (&Value::Null, &json!(false))
    );
    // بيانات, as nobody wrote it.
    let arabic = find(
        &server,
        "q=%D8%A8%D9%8A%D8%A7%D9%86%D8%A7%D8%AA&language=ar&kind=answer",
    )
    .await;
    let hit = &arabic["items"][0];
    assert_eq!(
        (&hit["language"], &hit["consultation_id"]),
        (&json!("ar"), &json!(id))
    );
    assert!(hit["member_id"].is_string() && hit["message_id"].is_null());
    server.stop().await;
}

#[tokio::test]
async fn a_chat_is_found_by_model_cost_and_time_a_page_at_a_time() {
    let server = start().await;
    let talk = server
        .post(
            "/api/v1/conversations",
            json!({"models": ["fake/yes", "fake/no"]}),
        )
        .await
        .json();
    let path = format!("/api/v1/conversations/{}", talk["id"].as_str().unwrap());
    server
        .post(
            &format!("{path}/messages"),
            json!({"text": "How large is the cache?"}),
        )
        .await;
    // The answers are settled soon; until then the question alone is found.
    let page = loop {
        let page = find(&server, "q=cache&limit=3").await;
        if page["items"].as_array().unwrap().len() == 3 {
            break page;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(page["next"], Value::Null);
    let count = async |query: &str| {
        find(&server, query).await["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count("q=cache&model=fake/yes").await, 1);
    assert_eq!(count("q=cache&kind=question").await, 1);
    assert_eq!(count("q=cache&until=2020-01-01T00:00:00Z").await, 0);
    assert_eq!(count("q=cache&since=2020-01-01T00:00:00Z").await, 3);
    // What fake models cost is not known, which is not nothing.
    assert_eq!(count("q=cache&min_cost_usd=0&max_cost_usd=0.5").await, 0);
    let first = find(&server, "q=cache&limit=2").await;
    let cursor = first["next"].as_str().unwrap();
    assert_eq!(count(&format!("q=cache&limit=2&before={cursor}")).await, 1);
    server.send("DELETE", &path, None).await;
    assert_eq!(count("q=cache").await, 0);
    server.stop().await;
}

#[tokio::test]
async fn bad_searches_are_problems_that_say_how_to_mend_them() {
    let server = start().await;
    for (query, expected) in [
        ("q=", (422, "query_empty")),
        ("q=%22%2A%00", (422, "query_empty")),
        ("q=x&language=xx", (422, "unknown_language")),
        ("q=x&kind=all", (400, "query")),
        ("", (400, "query")),
        ("q=x&limit=0", (400, "limit")),
        ("q=x&before=y", (400, "cursor")),
        ("q=x&since=yesterday", (400, "time")),
        ("q=x&min_cost_usd=1e3", (400, "amount")),
    ] {
        let reply = server.get(&format!("/api/v1/search?{query}")).await;
        let problem = reply.json();
        assert_eq!(
            (reply.status, problem["code"].as_str().unwrap()),
            expected,
            "{query}"
        );
        assert!(problem["hint"].is_string(), "{query}");
    }
    let long = "x+".repeat(3_000);
    let reply = server.get(&format!("/api/v1/search?q={long}")).await;
    assert_eq!(reply.json()["code"], "query_too_long");
    server.stop().await;
}
