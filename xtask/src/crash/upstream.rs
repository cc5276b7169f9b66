//! A provider on this machine that speaks the OpenAI chat format and keeps a ledger of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Models, with pieces of an answer and the milliseconds between them.
const MODELS: &[(&str, usize, u64)] =
    &[("quick", 4, 2), ("slow", 40, 50), ("endless", 100_000, 50)];

/// One piece of an answer.
const PIECE: &str = "Some words of an answer that goes on for a while. ";

/// The provider; its threads end with the program.
#[derive(Debug)]
pub(super) struct Upstream {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Upstream {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot start a provider")?;
        let port = listener.local_addr()?.port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let count = Arc::clone(&count);
                // A client that is killed in the middle is what this is about.
                std::thread::spawn(move || drop(answer(&stream, &count)));
            }
        });
        Ok(Self { port, asked })
    }

    /// The configuration under which Majlis knows it as `test`.
    pub(super) fn config(&self) -> String {
        let names: Vec<&str> = MODELS.iter().map(|(name, ..)| *name).collect();
        let prices = names.iter().fold(String::new(), |text, name| {
            text + "[prices.\"test/" + name + "\"]\ninput = \"1\"\noutput = \"2\"\n\n"
        });
        format!(
            "[providers.test]\nbase_url = \"http://127.0.0.1:{}/v1\"\nallow_private = true\n\
             models = {names:?}\n\n{prices}[discovery]\nlocal = false\n\n\
             [limits]\npaid_per_min = 0\nwrites_per_min = 0\n",
            self.port
        )
    }

    /// How often a model was asked for an answer.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// The whole answer of a model.
pub(super) fn whole_answer(model: &str) -> String {
    let pieces = MODELS
        .iter()
        .find(|(name, ..)| *name == model)
        .map_or(0, |(_, pieces, _)| *pieces);
    PIECE.repeat(pieces)
}

fn answer(stream: &TcpStream, count: &AtomicUsize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    reader.read_line(&mut head)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0);
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if head.starts_with("GET") {
        let data: Vec<Value> = MODELS
            .iter()
            .map(|(name, ..)| json!({"id": name}))
            .collect();
        return respond(stream, &json!({"object": "list", "data": data}).to_string());
    }
    count.fetch_add(1, Ordering::Relaxed);
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let asked = body["model"].as_str().unwrap_or_default();
    let model = MODELS.iter().find(|(name, ..)| *name == asked);
    let (name, pieces, wait_ms) = model.copied().unwrap_or(MODELS[0]);
    speak(stream, name, pieces, Duration::from_millis(wait_ms))
}

fn speak(mut stream: &TcpStream, name: &str, pieces: usize, wait: Duration) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    let mut send = |choices: &Value, usage: &Value| {
        let chunk = json!({"id": "r", "object": "chat.completion.chunk", "model": name, "choices": choices, "usage": usage});
        stream.write_all(format!("data: {chunk}\n\n").as_bytes())
    };
    for _ in 0..pieces {
        let delta = json!([{"index": 0, "delta": {"content": PIECE}, "finish_reason": null}]);
        send(&delta, &Value::Null)?;
        std::thread::sleep(wait);
    }
    send(
        &json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]),
        &Value::Null,
    )?;
    let usage = json!({"prompt_tokens": 12, "completion_tokens": 8, "total_tokens": 20});
    send(&json!([]), &usage)?;
    stream.write_all(b"data: [DONE]\n\n")
}

fn respond(mut stream: &TcpStream, body: &str) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}
