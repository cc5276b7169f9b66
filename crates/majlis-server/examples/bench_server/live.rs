//! Many connections that follow the same run.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Outcome;
use crate::client::Client;

/// What a connection saw of a run.
pub(crate) struct Seen {
    /// Frames of the run.
    pub(crate) frames: u64,
    /// Frames by whose number one was left out before.
    pub(crate) holes: u64,
    /// It was told that it could not keep up.
    pub(crate) lagged: u64,
}

/// Has the mock's steady model asked by a council of one, and follows it on so many connections.
pub(crate) async fn follow(address: &str, connections: usize) -> Outcome<Vec<Seen>> {
    let mut sockets = Vec::with_capacity(connections);
    for _ in 0..connections {
        sockets.push(open(address).await?);
    }
    let body = json!({"question": "Why?", "members": [{"type": "model", "model": "mock/steady"}]});
    let mut client = Client::connect(address).await?;
    let path = "/api/v1/consultations";
    let answer = client.ask("POST", path, &body.to_string()).await?;
    if answer.status != 202 {
        return Err(format!("{path}: {}", answer.status).into());
    }
    let run_id = client.json()?["run_id"]
        .as_str()
        .ok_or("the run has no id")?
        .to_owned();
    let mut tasks = tokio::task::JoinSet::new();
    for socket in sockets {
        tasks.spawn(watch(socket, run_id.clone()));
    }
    let mut seen = Vec::with_capacity(connections);
    while let Some(done) = tasks.join_next().await {
        seen.push(done??);
    }
    Ok(seen)
}

async fn open(address: &str) -> Outcome<WebSocketStream<TcpStream>> {
    let address = address.trim_start_matches("http://");
    let stream = TcpStream::connect(address).await?;
    let (socket, _) = client_async(format!("ws://{address}/api/v1/ws"), stream).await?;
    Ok(socket)
}

async fn watch(mut socket: WebSocketStream<TcpStream>, run_id: String) -> Outcome<Seen> {
    let subscribe = json!({"type": "subscribe", "run_id": run_id, "after": null});
    socket.send(Message::text(subscribe.to_string())).await?;
    let (mut last, mut seen) = (
        0,
        Seen {
            frames: 0,
            holes: 0,
            lagged: 0,
        },
    );
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else {
            continue;
        };
        let frame: Value = serde_json::from_str(&text)?;
        match frame["type"].as_str() {
            Some("event") => {}
            Some("lagged") => {
                seen.lagged += 1;
                continue;
            }
            _ => continue,
        }
        let sequence = frame["sequence"].as_u64().unwrap_or(0);
        seen.holes += u64::from(sequence != last + 1);
        last = sequence;
        seen.frames += 1;
        if frame["event"]["type"] == "finished" {
            return Ok(seen);
        }
    }
    Err("the connection ended before the run".into())
}
