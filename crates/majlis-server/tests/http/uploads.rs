//! Archives of code that are sent to be audited.

use std::fs::File;
use std::io::{Cursor, Write as _};

use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::client::{Reply, Running, start};

fn archive(name: &str, text: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file(name, SimpleFileOptions::default())
        .unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

async fn upload(server: &Running, bytes: &[u8]) -> Reply {
    let head = format!(
        "POST /api/v1/uploads HTTP/1.1\r\nHost: {}\r\nContent-Type: application/zip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        server.address,
        bytes.len()
    );
    server.raw(&[head.as_bytes(), bytes].concat()).await
}

#[tokio::test]
async fn an_archive_is_sent_audited_and_removed() {
    let server = start().await;
    let code = "import os, sys\nos.system('ls ' + sys.argv[1])\n";
    let kept = upload(&server, &archive("src/app.py", code)).await;
    assert_eq!(kept.status, 201, "{}", kept.body);
    let (place, kept) = (kept.header("location").unwrap().to_owned(), kept.json());
    assert_eq!(
        server.get("/api/v1/uploads").await.json()["items"],
        json!([kept])
    );

    let body = json!({"target": kept["target"], "task": "python-audit", "facets": ["security"]});
    let started = server.post("/api/v1/executions", body).await;
    assert_eq!(started.status, 202, "{}", started.body);
    let path = started.header("location").unwrap().to_owned();
    let execution = loop {
        let execution = server.get(&path).await.json();
        if execution["status"] != "running" {
            break execution;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(execution["status"], "complete", "{execution}");
    let found = server.get(&format!("{path}/findings")).await.json();
    assert_eq!(found["items"][0]["path"], "src/app.py");

    assert_eq!(server.send("DELETE", &place, None).await.status, 204);
    assert_eq!(server.send("DELETE", &place, None).await.status, 404);
    assert_eq!(
        server.get("/api/v1/uploads").await.json()["items"],
        json!([])
    );
    server.stop().await;
}

#[tokio::test]
async fn archives_without_end_are_refused_and_those_kept_stay() {
    let server = start().await;
    let small = archive("app.py", "x = 1");
    let kept = upload(&server, &small).await.json();
    // As long as all may be together, without filling a disk.
    let folder = server.app.scratch_folder().join("uploads");
    let file = File::create(folder.join("00000000-0000-7000-8000-000000000000.zip")).unwrap();
    file.set_len((2 << 30) - kept["bytes"].as_u64().unwrap())
        .unwrap();
    let refused = upload(&server, &small).await;
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (507, Some("uploads_full"))
    );
    let items = server.get("/api/v1/uploads").await.json();
    assert_eq!(items["items"].as_array().unwrap().len(), 2);
    let place = "/api/v1/uploads/00000000-0000-7000-8000-000000000000";
    assert_eq!(server.send("DELETE", place, None).await.status, 204);
    assert_eq!(upload(&server, &small).await.status, 201);
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_archive_or_leads_outside_is_refused_and_not_kept() {
    let server = start().await;
    for (bytes, reason) in [
        (b"no archive".to_vec(), "it is damaged"),
        (
            archive("../outside.py", "x = 1"),
            "a name in it leads outside",
        ),
        (
            archive("bomb.py", &" ".repeat(64 << 20)),
            "it unpacks to more than is taken out",
        ),
    ] {
        let refused = upload(&server, &bytes).await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str()),
            (422, Some("upload_unreadable"))
        );
        assert!(refused.body.contains(reason), "{}", refused.body);
        // Where the server keeps files is none of the sender's business.
        assert!(!refused.body.contains(".tmp"), "{}", refused.body);
    }
    for target in ["upload:nothing", "upload:../../etc/passwd", "upload:"] {
        let body = json!({"target": target, "task": "python-audit"});
        assert_eq!(server.post("/api/v1/executions", body).await.status, 404);
    }
    assert_eq!(
        server.get("/api/v1/uploads").await.json()["items"],
        json!([])
    );
    server.stop().await;
}
