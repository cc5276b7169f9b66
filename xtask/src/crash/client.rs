//! Requests to a server that may be killed in the middle of them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) port: u16,
}

/// What a server said.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Client {
    /// One request; an error is a server that went away.
    pub(super) fn send(self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let address = format!("127.0.0.1:{}", self.port);
        let mut stream = TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .context("the server went away in the middle of an answer")?;
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let is_whole = head.lines().any(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")
                .is_some_and(|length| length.trim().parse() == Ok(body.len()))
        });
        if !is_whole && !head.to_ascii_lowercase().contains("transfer-encoding") && !body.is_empty()
        {
            bail!("the server went away in the middle of an answer");
        }
        Ok(Reply {
            status: status.context("the server answered no HTTP")?,
            body: serde_json::from_str(body).unwrap_or(Value::Null),
        })
    }

    pub(super) fn get(self, path: &str) -> Result<Reply> {
        self.send("GET", path, None)
    }

    pub(super) fn post(self, path: &str, body: &Value) -> Result<Reply> {
        self.send("POST", path, Some(body))
    }

    /// A conversation with one channel; its id once the server said that it is kept.
    pub(super) fn converse(self, model: &str) -> Result<Reply> {
        self.post("/api/v1/conversations", &json!({"models": [model]}))
    }

    /// Says something in a conversation.
    pub(super) fn say(self, conversation: &str, text: &str) -> Result<Reply> {
        let path = format!("/api/v1/conversations/{conversation}/messages");
        self.post(&path, &json!({"text": text}))
    }

    /// Consults two pasted answers.
    pub(super) fn consult(self, question: &str) -> Result<Reply> {
        let member = |name: &str, text: &str| json!({"type": "pasted", "name": name, "text": text});
        let members = [
            member("a", "The cache holds 10 entries."),
            member("b", "The cache holds 20 entries."),
        ];
        let body = json!({"question": question, "members": members});
        self.post("/api/v1/consultations", &body)
    }

    pub(super) fn conversation(self, id: &str) -> Result<Reply> {
        self.get(&format!("/api/v1/conversations/{id}"))
    }

    /// The health check with this name.
    pub(super) fn check(self, name: &str) -> Result<Value> {
        let health = self.get("/api/v1/health")?.body;
        let checks = health["checks"].as_array().cloned().unwrap_or_default();
        let found = checks.into_iter().find(|check| check["name"] == name);
        found.with_context(|| format!("health says nothing about {name}: {health}"))
    }

    /// The codes of everything the person has to be told, but for interrupted answers: those are what
    /// a kill leaves.
    pub(super) fn alerts(self) -> Result<Vec<String>> {
        let health = self.get("/api/v1/health")?.body;
        let checks = health["checks"].as_array().cloned().unwrap_or_default();
        let told = checks.into_iter().filter(|check| check["name"] == "alert");
        Ok(told
            .filter_map(|check| check["code"].as_str().map(str::to_owned))
            .filter(|code| code != "jobs_interrupted")
            .collect())
    }
}

/// The messages of a conversation's first channel.
pub(super) fn messages(conversation: &Value) -> Vec<Value> {
    let messages = &conversation["channels"][0]["messages"];
    messages.as_array().cloned().unwrap_or_default()
}

/// Looks again and again until something holds; an error names what did not.
pub(super) fn wait_until(
    what: &str,
    limit: Duration,
    mut holds: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let end = Instant::now() + limit;
    loop {
        match holds() {
            Ok(true) => return Ok(()),
            Err(error) if Instant::now() >= end => {
                return Err(error.context(format!("waited in vain until {what}")));
            }
            Ok(false) if Instant::now() >= end => bail!("waited in vain until {what}"),
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}
