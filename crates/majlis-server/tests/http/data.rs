//! Backups and health over HTTP.

use serde_json::json;

use crate::client::start;

#[tokio::test]
async fn a_backup_is_made_and_listed() {
    let server = start().await;
    let none = server.get("/api/v1/backups").await.json();
    assert_eq!(none["items"], json!([]));
    let made = server.post("/api/v1/backups", json!({})).await;
    assert_eq!(
        (made.status, made.header("location")),
        (201, Some("/api/v1/backups"))
    );
    let made = made.json();
    assert_eq!(
        (&made["kind"], &made["ok"], &made["schema_version"]),
        (&json!("manual"), &json!(true), &json!(7))
    );
    let listed = server.get("/api/v1/backups").await.json();
    assert_eq!(listed["items"], json!([made]));
    assert!(listed["folder"].as_str().unwrap().ends_with("backups"));
    server.stop().await;
}

#[tokio::test]
async fn health_names_every_check_and_the_worst_of_them() {
    let server = start().await;
    server.post("/api/v1/backups", json!({})).await;
    let health = server.get("/api/v1/health").await.json();
    let named: Vec<_> = health["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        named,
        ["database", "storage", "disk", "backups", "provider"]
    );
    assert_eq!(health["checks"][0]["code"], "database_unchecked");
    assert_eq!(health["checks"][3]["code"], "backup_ok");
    assert!(["ok", "warning"].contains(&health["status"].as_str().unwrap()));
    server.stop().await;
}

#[tokio::test]
async fn rules_are_set_previewed_and_applied() {
    let server = start().await;
    let path = "/api/v1/retention";
    assert_eq!(server.get(path).await.json(), json!({"rules": []}));
    let rules = json!({"rules": [{"what": "conversations", "older_than_days": 30}]});
    let set = server.send("PUT", path, Some(rules.clone())).await;
    assert_eq!((set.status, set.json()), (200, rules));
    let made = server
        .post("/api/v1/conversations", json!({"models": ["fake/yes"]}))
        .await;
    assert_eq!(made.status, 201);
    let none = json!({"conversations": 0, "messages": 0, "consultations": 0});
    for action in ["preview", "apply"] {
        let counts = server.post(&format!("{path}/{action}"), json!({})).await;
        assert_eq!((counts.status, counts.json()), (200, none.clone()));
    }
    let two = json!([{"what": "consultations", "older_than_days": 1}, {"what": "consultations", "older_than_days": 2}]);
    for (rules, code) in [
        (
            json!([{"what": "conversations", "older_than_days": 0}]),
            "retention_days",
        ),
        (two, "retention_twice"),
    ] {
        let refused = server
            .send("PUT", path, Some(json!({"rules": rules})))
            .await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str()),
            (422, Some(code))
        );
    }
    server.stop().await;
}
