//! Runs over the WebSocket.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{Running, start};

pub(crate) struct Live(WebSocketStream<TcpStream>);

impl Live {
    pub(crate) async fn open(server: &Running) -> (Self, String) {
        let stream = TcpStream::connect(&server.address).await.unwrap();
        let url = format!("ws://{}/api/v1/ws", server.address);
        let (socket, _) = client_async(url, stream).await.unwrap();
        let mut live = Self(socket);
        let hello = live.next().await;
        assert_eq!(hello["type"], "hello");
        (live, hello["epoch"].as_str().unwrap().to_owned())
    }

    async fn say(&mut self, frame: &Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.0.next().await.unwrap().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// All events of a run up to its end.
    pub(crate) async fn follow(&mut self, run_id: &str, after: Value) -> Vec<Value> {
        self.say(&json!({"type": "subscribe", "run_id": run_id, "after": after}))
            .await;
        let mut frames = Vec::new();
        loop {
            let frame = self.next().await;
            assert_eq!(
                (&frame["type"], &frame["run_id"]),
                (&json!("event"), &json!(run_id))
            );
            let ended = frame["event"]["type"] == "finished";
            frames.push(frame);
            if ended {
                return frames;
            }
        }
    }
}

async fn consult(server: &Running, models: &[&str]) -> String {
    let members: Vec<_> = models
        .iter()
        .map(|model| json!({"type": "model", "model": model}))
        .collect();
    let started = server
        .post(
            "/api/v1/consultations",
            json!({"question": "q", "members": members}),
        )
        .await;
    started.json()["run_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_run_is_followed_without_holes_and_resumed_behind_what_was_seen() {
    let server = start().await;
    let run = consult(&server, &["fake/yes", "fake/no"]).await;
    let (mut live, epoch) = Live::open(&server).await;
    let frames = live.follow(&run, Value::Null).await;
    let sequences: Vec<_> = frames
        .iter()
        .map(|frame| frame["sequence"].as_u64().unwrap())
        .collect();
    assert_eq!(sequences, (1..=frames.len() as u64).collect::<Vec<_>>());
    assert_eq!(frames[0]["event"]["type"], "started");
    assert!(
        frames
            .iter()
            .any(|frame| frame["event"]["type"] == "measured")
    );

    let after = json!({"epoch": epoch, "sequence": 3});
    assert_eq!(live.follow(&run, after).await[..], frames[3..]);
    let foreign = json!({"epoch": "another start", "sequence": 3});
    assert_eq!(live.follow(&run, foreign).await, frames);
    server.stop().await;
}

#[tokio::test]
async fn a_hundred_connections_follow_a_fast_answer_and_miss_nothing() {
    let server = start().await;
    let mut lives = Vec::new();
    for _ in 0..100 {
        lives.push(Live::open(&server).await.0);
    }
    let run = consult(&server, &["fake/steady"]).await;
    let followers = lives.into_iter().map(|mut live| {
        let run = run.clone();
        async move { live.follow(&run, Value::Null).await }
    });
    let followed = futures_util::future::join_all(followers).await;
    let said = |frames: &[Value]| {
        let words = frames
            .iter()
            .filter(|frame| frame["event"]["type"] == "text_delta");
        words.count()
    };
    for frames in &followed {
        assert_eq!(frames, &followed[0]);
    }
    assert_eq!(said(&followed[0]), 100);
    server.stop().await;
}

#[tokio::test]
async fn closing_the_connection_changes_nothing_about_the_run() {
    let server = start().await;
    let run = consult(&server, &["fake/slow"]).await;
    let (mut live, _) = Live::open(&server).await;
    live.say(&json!({"type": "subscribe", "run_id": run, "after": null}))
        .await;
    assert_eq!(live.next().await["event"]["type"], "started");
    drop(live);
    let seen = server
        .get(&format!("/api/v1/consultations/{run}"))
        .await
        .json();
    assert_eq!(
        (&seen["status"], &seen["run_id"]),
        (&json!("running"), &json!(run))
    );
    server.stop().await;
}

#[tokio::test]
async fn nonsense_is_answered_and_unknown_runs_are_named() {
    let server = start().await;
    let (mut live, _) = Live::open(&server).await;
    for (frame, kind) in [
        (
            json!({"type": "subscribe", "run_id": "unheard of", "after": null}),
            "unknown_run",
        ),
        (json!({"type": "dance"}), "error"),
        (json!([]), "error"),
    ] {
        live.say(&frame).await;
        assert_eq!(live.next().await["type"], kind);
    }
    live.0.send(Message::binary(vec![0xff])).await.unwrap();
    assert_eq!(live.next().await["type"], "error");
    server.stop().await;
}

#[tokio::test]
async fn an_unsubscribed_run_falls_silent() {
    let server = start().await;
    let run = consult(&server, &["fake/slow"]).await;
    let (mut live, _) = Live::open(&server).await;
    live.say(&json!({"type": "subscribe", "run_id": run, "after": null}))
        .await;
    while live.next().await["event"]["type"] != "text_delta" {}
    live.say(&json!({"type": "unsubscribe", "run_id": run}))
        .await;
    live.say(&json!({"type": "subscribe", "run_id": "marker", "after": null}))
        .await;
    while live.next().await["type"] != "unknown_run" {}
    server
        .post(&format!("/api/v1/runs/{run}/cancel"), json!({}))
        .await;
    let seen = consult(&server, &["fake/yes"]).await;
    let frames = live.follow(&seen, Value::Null).await;
    assert!(frames.iter().all(|frame| frame["run_id"] == seen));
    server.stop().await;
}

/// Frames of a stream of events, by their ids.
fn events(body: &str) -> Vec<(String, Value)> {
    let ids = body.lines().filter_map(|line| line.strip_prefix("id: "));
    let frames = body.lines().filter_map(|line| line.strip_prefix("data: "));
    let frames = frames.map(|data| serde_json::from_str(data).unwrap());
    ids.map(str::to_owned).zip(frames).collect()
}

#[tokio::test]
async fn a_run_is_followed_by_server_sent_events_and_resumed_behind_the_last() {
    let server = start().await;
    let run = consult(&server, &["fake/yes", "fake/no"]).await;
    let path = format!("/api/v1/events?run_id={run}");
    let whole = server.get(&path).await;
    assert!(whole.head.contains("text/event-stream"), "{}", whole.head);
    let seen = events(&whole.body);
    let (mut live, epoch) = Live::open(&server).await;
    let frames = live.follow(&run, Value::Null).await;
    assert_eq!(
        seen.iter().map(|(_, frame)| frame).collect::<Vec<_>>(),
        frames.iter().collect::<Vec<_>>()
    );
    assert_eq!(seen[2].0, format!("{epoch}:3"));

    let rest = server.get(&format!("{path}&after={}", seen[2].0)).await;
    assert_eq!(events(&rest.body), seen[3..]);
    let foreign = server.get(&format!("{path}&after=another:3")).await;
    assert_eq!(events(&foreign.body), seen);
    let last = &seen[seen.len() - 1].0;
    assert_eq!(
        server.get(&format!("{path}&after={last}")).await.status,
        204
    );
    assert_eq!(server.get("/api/v1/events?run_id=nobody").await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_request_that_is_no_web_socket_is_refused_as_a_problem() {
    let server = start().await;
    let refused = server.get("/api/v1/ws").await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (400, &json!("no_web_socket"))
    );
    server.stop().await;
}
