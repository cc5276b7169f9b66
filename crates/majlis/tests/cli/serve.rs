//! `majlis serve`: what it says, what it refuses, and what is left after it was killed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::home::Home;
use crate::upstream::Upstream;

/// A server that runs; it is killed when the test ends.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Serving {
    pub(crate) fn start(home: &Home) -> Self {
        let mut child = home.spawn(&["serve", "--port", "0", "--no-open"]);
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .rsplit_once("http://")
            .expect(&line)
            .1
            .to_owned();
        Self { child, address }
    }

    /// One request; the status and the body.
    pub(crate) fn request(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn consultation(&self, id: &str) -> Value {
        self.request("GET", &format!("/api/v1/consultations/{id}"), None)
            .1
    }
}

/// Looks again and again until something holds.
#[track_caller]
pub(crate) fn wait_until(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "it never came to hold");
        std::thread::yield_now();
    }
}

/// Whether a text is in the data folder already.
pub(crate) fn saved(home: &Home, text: &str) -> bool {
    ["majlis.db", "majlis.db-wal"].iter().any(|name| {
        let bytes = std::fs::read(home.path("data").join(name)).unwrap_or_default();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let status = std::process::Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

fn member<'j>(consultation: &'j Value, label: &str) -> &'j Value {
    consultation["members"]
        .as_array()
        .unwrap()
        .iter()
        .find(|member| member["label"] == label)
        .unwrap()
}

#[test]
fn after_a_kill_the_answered_member_is_there_the_other_is_interrupted_and_nothing_is_sent_again() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let mut serving = Serving::start(&home);
    let members = json!([{"type": "model", "model": "test/canberra"}, {"type": "model", "model": "test/hangs"}]);
    let body = json!({"question": "Where?", "members": members});
    let (status, started) = serving.request("POST", "/api/v1/consultations", Some(&body));
    assert_eq!(status, 202, "{started}");
    let id = started["id"].as_str().unwrap();
    upstream.wait_for("hangs");
    wait_until(|| {
        let now = serving.consultation(id);
        member(&now, "test/canberra")["state"] == "complete"
            && member(&now, "test/hangs")["text"] == "Half an answer "
    });
    // SIGKILL on Unix: no chance to tidy up.
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();

    let again = Serving::start(&home);
    let after = again.consultation(id);
    assert_eq!(after["status"], "interrupted", "{after}");
    let (answered, other) = (
        member(&after, "test/canberra"),
        member(&after, "test/hangs"),
    );
    assert_eq!(answered["state"], "complete");
    assert_eq!(
        answered["text"],
        "The capital of Australia is Canberra. It was founded in 1913."
    );
    assert_eq!(
        (other["state"].as_str(), other["text"].as_str()),
        (Some("interrupted"), Some("Half an answer "))
    );
    assert_eq!(other["call"]["state"], "unknown");
    assert_eq!(
        (
            upstream.requests("canberra").len(),
            upstream.requests("hangs").len()
        ),
        (1, 1)
    );
}

#[test]
fn a_taken_port_and_a_second_serve_say_who_has_it_and_what_to_do() {
    let home = Home::new();
    let serving = Serving::start(&home);
    let (_, port) = serving.address.rsplit_once(':').unwrap();
    let other = Home::new().run(&["serve", "--no-open", "--port", port]);
    assert_eq!(other.code, Some(75), "{}", other.all());
    let expected = format!(
        "error: port {port} on 127.0.0.1 is taken by another program\n\
         hint: choose another with --port PORT, or let the system choose: majlis serve --port 0\n"
    );
    assert!(other.stderr.ends_with(&expected), "{}", other.stderr);
    let pid = serving.child.id().to_string();
    for port in ["0", port] {
        let second = home.run(&["serve", "--no-open", "--port", port]);
        assert_eq!(second.code, Some(75), "{}", second.all());
        assert!(
            second.stderr.contains(&pid) && second.stderr.contains(&serving.address),
            "{}",
            second.stderr
        );
    }
}

#[test]
fn ask_works_beside_a_running_serve_and_its_answer_is_on_the_page() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let serving = Serving::start(&home);
    let ran = home.run(&["ask", "--json", "-m", "test/canberra", "Where?"]);
    let asked: Value = serde_json::from_str(&ran.stdout).unwrap();
    let seen = serving.consultation(asked["id"].as_str().unwrap());
    assert_eq!(seen["members"][0]["text"], asked["members"][0]["text"]);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_server_and_what_was_being_answered() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let mut serving = Serving::start(&home);
    let body = json!({"question": "Where?", "members": [{"type": "model", "model": "test/hangs"}]});
    let (_, started) = serving.request("POST", "/api/v1/consultations", Some(&body));
    upstream.wait_for("hangs");
    let began = Instant::now();
    signal(&serving.child, "TERM");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(10));
    let after = Serving::start(&home).consultation(started["id"].as_str().unwrap());
    assert!(
        ["interrupted", "cancelled"].contains(&after["status"].as_str().unwrap()),
        "{after}"
    );
}

#[test]
fn a_server_writes_its_log_as_json_with_the_request_of_each_line() {
    let home = Home::new();
    let serving = Serving::start(&home);
    let mut stream = TcpStream::connect(&serving.address).unwrap();
    let foreign = "GET /api/v1/models HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    stream.write_all(foreign.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let id = response
        .lines()
        .find_map(|line| line.strip_prefix("x-request-id: "))
        .unwrap();
    let files: Vec<_> = std::fs::read_dir(home.path("data/logs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let text = std::fs::read_to_string(&files[0]).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let refused = lines
        .iter()
        .find(|line| line["message"] == "request refused by the guard")
        .unwrap();
    assert_eq!(
        (&refused["level"], &refused["span"]["request_id"]),
        (&json!("WARN"), &json!(id))
    );
}

#[test]
fn a_person_may_want_no_log_files() {
    let home = Home::with_config("[log]\nkeep_days = 0\n");
    let serving = Serving::start(&home);
    assert_eq!(serving.request("GET", "/healthz", None).0, 200);
    assert!(!home.path("data/logs").exists());
}
