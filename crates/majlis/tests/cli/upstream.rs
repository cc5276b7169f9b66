//! A server on this machine that speaks the OpenAI chat format over a real connection. What it
//! does follows from the name of the model that is asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// What the models say, by name.
const ANSWERS: &[(&str, &[&str])] = &[
    (
        "canberra",
        &[
            "The capital of Australia is ",
            "Canberra. It was founded in 1913.",
        ],
    ),
    (
        "sydney",
        &[
            "The capital of Australia is ",
            "not Canberra. It was founded in 1927.",
        ],
    ),
    ("arabic", &["عاصمة أستراليا هي ", "كانبرا."]),
    (
        "hostile",
        &["before\u{1b}[2Jafter\u{9b}31m ", "\u{202e}detrever"],
    ),
];

/// The server; it ends with the test.
pub(crate) struct Upstream {
    port: u16,
    requests: Arc<Requests>,
}

#[derive(Default)]
struct Requests {
    by_model: Mutex<BTreeMap<String, Vec<Value>>>,
    /// What came as `authorization`, in order; empty where nothing did.
    authorizations: Mutex<Vec<String>>,
    arrived: Condvar,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Requests::default());
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                // A client that goes away in the middle is what some tests are about.
                std::thread::spawn(move || drop(answer(&stream, &seen)));
            }
        });
        Self { port, requests }
    }

    /// The configuration under which Majlis knows it as `test`.
    pub(crate) fn config(&self) -> String {
        format!(
            "[providers.test]\nbase_url = \"http://127.0.0.1:{}/v1\"\nallow_private = true\n\
             models = [\"canberra\", \"sydney\"]\n\n[prices.\"test/canberra\"]\ninput = \"1\"\noutput = \"2\"\n\n\
             [discovery]\nlocal = false\n",
            self.port
        )
    }

    /// What a model was sent, in order.
    pub(crate) fn requests(&self, model: &str) -> Vec<Value> {
        self.requests
            .by_model
            .lock()
            .unwrap()
            .get(model)
            .cloned()
            .unwrap_or_default()
    }

    /// What the last request was authorized with; empty: with nothing.
    pub(crate) fn last_authorization(&self) -> String {
        let seen = self.requests.authorizations.lock().unwrap();
        seen.last().cloned().unwrap_or_default()
    }

    /// Waits until a model was asked.
    pub(crate) fn wait_for(&self, model: &str) {
        let guard = self.requests.by_model.lock().unwrap();
        let is_missing = |seen: &mut BTreeMap<String, Vec<Value>>| !seen.contains_key(model);
        let waited = self
            .requests
            .arrived
            .wait_timeout_while(guard, Duration::from_secs(20), is_missing)
            .unwrap();
        assert!(!waited.1.timed_out(), "{model} was never asked");
    }
}

fn answer(stream: &TcpStream, requests: &Requests) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    reader.read_line(&mut head)?;
    let mut length = 0;
    let mut authorization = String::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap();
            }
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                value.trim().clone_into(&mut authorization);
            }
            Some(_) => {}
            None => break,
        }
    }
    requests.authorizations.lock().unwrap().push(authorization);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if head.starts_with("GET") {
        let models = json!({"object": "list", "data": [{"id": "canberra"}, {"id": "sydney"}]});
        return respond(stream, "200 OK", &models.to_string());
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    let model = body["model"].as_str().unwrap().to_owned();
    let later = later_answer(
        &model,
        body["messages"][0]["content"].as_str().unwrap_or(""),
    );
    requests
        .by_model
        .lock()
        .unwrap()
        .entry(model.clone())
        .or_default()
        .push(body);
    requests.arrived.notify_all();
    complete(stream, &model, later.as_deref())
}

/// What a model answers as a judge, as an author whose words are contested, or as an editor; `None` to
/// a plain question. `sydney` gives in without a reason and cannot judge.
fn later_answer(model: &str, prompt: &str) -> Option<String> {
    let answer = if prompt.contains("independent reviewers") {
        if model == "sydney" {
            return Some("I would rather not.".to_owned());
        }
        let reviews: Vec<Value> = (0..prompt.matches("<answer name=").count())
            .map(|place| {
                let name = char::from(b'A' + u8::try_from(place).unwrap()).to_string();
                json!({
                    "answer": name, "reasons": "r", "fatal_error": null, "quote": null,
                    "scores": {"correct": 9 - place, "complete": 5, "clear": 5, "grounded": 5},
                })
            })
            .collect();
        json!({"reviews": reviews})
    } else if prompt.contains("Another answer says") {
        let (decision, evidence) = match model {
            "sydney" => ("withdraw", "The others agree."),
            _ => ("keep", "Parliament House stands there since 1988"),
        };
        let points: Vec<Value> = (1..=12)
            .map(|number| format!("C{number}"))
            .filter(|id| prompt.contains(&format!("<point claim=\"{id}\">")))
            .map(|id| json!({"claim": id, "decision": decision, "evidence": evidence, "revised": null}))
            .collect();
        json!({"points": points})
    } else if prompt.contains("editor of a council") {
        json!({
            "agreed": [{"text": "The capital of Australia is Canberra.", "cites": ["A1"]}],
            "only_one": [{"text": "Penguins govern the harbour.", "cites": ["A1"]}],
        })
    } else {
        return None;
    };
    Some(answer.to_string())
}

fn complete(mut stream: &TcpStream, model: &str, later: Option<&str>) -> std::io::Result<()> {
    let error = |code: &str, message: &str| {
        json!({"error": {"message": message, "code": code}}).to_string()
    };
    match model {
        "refused" => respond(
            stream,
            "401 Unauthorized",
            &error("invalid_api_key", "Incorrect API key provided"),
        ),
        "limited" => respond(
            stream,
            "429 Too Many Requests\r\nretry-after: 3600",
            &error("rate_limit", "Slow down"),
        ),
        "full" => respond(
            stream,
            "400 Bad Request",
            &error("context_length_exceeded", "Too many tokens"),
        ),
        "absent" => respond(
            stream,
            "404 Not Found",
            &error("model_not_found", "No such model"),
        ),
        _ => {
            stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
            )?;
            stream_answer(stream, model, later)
        }
    }
}

fn stream_answer(mut stream: &TcpStream, model: &str, later: Option<&str>) -> std::io::Result<()> {
    let known = ANSWERS.iter().find(|(name, _)| *name == model);
    let pieces = match (later, known) {
        (Some(text), _) => vec![text],
        (None, Some((_, pieces))) => pieces.to_vec(),
        (None, None) => vec!["Half an answer "],
    };
    for piece in pieces {
        chunk(
            stream,
            model,
            &json!([{"index": 0, "delta": {"content": piece}, "finish_reason": null}]),
            &Value::Null,
        )?;
    }
    match model {
        "cut" => return Ok(()),
        "garbage" => return stream.write_all(b"data: {\"choices\": [}\n\n"),
        "hangs" => {
            // Ends when the other side closes the connection.
            let mut rest = Vec::new();
            return stream.read_to_end(&mut rest).map(drop);
        }
        _ => {}
    }
    chunk(
        stream,
        model,
        &json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]),
        &Value::Null,
    )?;
    let usage = json!({"prompt_tokens": 12, "completion_tokens": 8, "total_tokens": 20});
    chunk(stream, model, &json!([]), &usage)?;
    stream.write_all(b"data: [DONE]\n\n")
}

fn chunk(
    mut stream: &TcpStream,
    model: &str,
    choices: &Value,
    usage: &Value,
) -> std::io::Result<()> {
    let chunk = json!({"id": "r1", "object": "chat.completion.chunk", "model": model, "choices": choices, "usage": usage});
    stream.write_all(format!("data: {chunk}\n\n").as_bytes())
}

fn respond(mut stream: &TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}
