//! Many at once: several programs on one folder, and many requests to one.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::client::{Client, Reply, messages, wait_until};
use super::kill::{Acknowledged, require_sound, write_once};
use super::report::Outcome;
use super::upstream::whole_answer;
use super::world::{Stage, World};

/// An answer of the slow model is whole within this.
const ANSWER_LIMIT: Duration = Duration::from_secs(40);

/// An assistant's client that said one thing over the Model Context Protocol and waits for the answer.
struct Mcp {
    child: Child,
}

impl Mcp {
    fn start(world: &World<'_>, question: &str) -> Result<Self> {
        let mut child = world
            .majlis(&["mcp"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start mcp")?;
        let stdin = child.stdin.as_mut().context("no input")?;
        let hello = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "crash", "version": "1" },
        });
        let said = json!({
            "name": "chat",
            "arguments": { "message": question, "model": "test/slow" },
        });
        for line in [
            json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello }),
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
            json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": said }),
        ] {
            stdin.write_all(format!("{line}\n").as_bytes())?;
        }
        stdin.flush()?;
        Ok(Self { child })
    }
}

impl Drop for Mcp {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The messages of the conversation in which something was asked.
fn find(client: Client, question: &str) -> Result<Vec<serde_json::Value>> {
    let list = client.get("/api/v1/conversations?limit=50")?.body;
    for item in list["items"].as_array().context("no list")? {
        let id = item["id"].as_str().context("no id")?;
        let found = messages(&client.conversation(id)?.body);
        if found.iter().any(|message| message["text"] == question) {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

fn has_begun(client: Client, question: &str) -> Result<bool> {
    let found = find(client, question)?;
    Ok(found.len() == 2
        && found[1]["text"]
            .as_str()
            .is_some_and(|text| !text.is_empty()))
}

pub(super) fn processes(stage: &Stage, rounds: u32) -> Result<Outcome> {
    let world = stage.world("processes")?;
    let server = world.serve()?;
    let client = server.client;
    let mut ran = Vec::new();
    for round in 0..rounds {
        let names = [format!("first {round}"), format!("second {round}")];
        let mut killed = Mcp::start(&world, &names[0])?;
        let mut other = Mcp::start(&world, &names[1])?;
        let streaming = client.converse("test/slow")?.body["id"].clone();
        let streaming = streaming.as_str().context("no id")?.to_owned();
        ensure!(client.say(&streaming, "Go on.")?.status == 202, "refused");
        for name in &names {
            wait_until("both clients are being answered", ANSWER_LIMIT, || {
                has_begun(client, name)
            })?;
        }
        killed.child.kill()?;
        killed.child.wait()?;
        // Each looks for what others left; only what the killed one left may be touched.
        ran = run_beside(&world)?;
        let whole = whole_answer("slow");
        wait_until("the server's own answer was whole", ANSWER_LIMIT, || {
            let found = messages(&client.conversation(&streaming)?.body);
            Ok(found.len() == 2
                && found[1]["state"] == "complete"
                && found[1]["text"] == whole.as_str())
        })?;
        wait_until("the other client's answer was whole", ANSWER_LIMIT, || {
            let found = find(client, &names[1])?;
            Ok(found.len() == 2
                && found[1]["state"] == "complete"
                && found[1]["text"] == whole.as_str())
        })?;
        let left = find(client, &names[0])?;
        ensure!(
            left.len() == 2 && left[1]["state"] == "interrupted",
            "the killed client's answer: {left:?}"
        );
        drop(other.child.stdin.take());
        let status = other.child.wait()?;
        ensure!(status.success(), "the other mcp ended with {status}");
    }
    require_sound(client)?;
    server.terminate()?;
    Ok(Outcome::Held(format!(
        "beside serve and two mcp: {}",
        ran.join(", ")
    )))
}

/// Runs the short commands there are; their names.
fn run_beside(world: &World<'_>) -> Result<Vec<String>> {
    let help = world.run(&["--help"])?;
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let commands: [&[&str]; 4] = [
        &["ask", "-m", "test/quick", "Where?"],
        &["search", "words"],
        &["costs"],
        &["backup", "--list"],
    ];
    let mut ran = Vec::new();
    for command in commands {
        if !help
            .lines()
            .any(|line| line.trim_start().starts_with(&format!("{} ", command[0])))
        {
            continue;
        }
        let output = world.run(command)?;
        ensure!(output.status.success(), "{command:?} failed: {output:?}");
        ran.push(command[0].to_owned());
    }
    Ok(ran)
}

/// What came of many requests.
#[derive(Debug, Default)]
struct Tally {
    stopped: AtomicBool,
    done: AtomicUsize,
    failed: AtomicUsize,
    backups: AtomicUsize,
}

impl Tally {
    fn is_on(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    fn note(&self, reply: Result<Reply>) {
        self.done.fetch_add(1, Ordering::Relaxed);
        if reply.map_or(true, |reply| reply.status >= 500) {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn write(&self, client: Client, writer: usize) {
        while self.is_on() {
            let name = format!("load {writer}");
            let written = write_once(client, &name, &mut Acknowledged::default());
            self.done.fetch_add(4, Ordering::Relaxed);
            self.failed
                .fetch_add(written.unwrap_or(1), Ordering::Relaxed);
        }
    }

    fn read(&self, client: Client) {
        while self.is_on() {
            for path in ["conversations", "consultations", "settings"] {
                self.note(client.get(&format!("/api/v1/{path}")));
            }
        }
    }

    fn back_up(&self, client: Client) {
        while self.is_on() {
            self.note(client.post("/api/v1/backups", &json!({})));
            self.backups.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub(super) fn load(stage: &Stage, seconds: u32) -> Result<Outcome> {
    let world = stage.world("load")?;
    let server = world.serve()?;
    let client = server.client;
    let tally = Tally::default();
    std::thread::scope(|scope| {
        let tally = &tally;
        for writer in 0..32 {
            scope.spawn(move || tally.write(client, writer));
        }
        for _ in 0..16 {
            scope.spawn(move || tally.read(client));
        }
        scope.spawn(move || tally.back_up(client));
        std::thread::sleep(Duration::from_secs(seconds.into()));
        tally.stopped.store(true, Ordering::Relaxed);
    });
    let Tally {
        done,
        failed,
        backups,
        ..
    } = tally;
    let (done, failed, backups) = (done.into_inner(), failed.into_inner(), backups.into_inner());
    ensure!(failed == 0, "{failed} of {done} requests failed with 5xx");
    let listed = client.get("/api/v1/backups")?.body;
    let listed = listed["items"].as_array().context("no list")?;
    ensure!(
        listed.len() >= backups && listed.iter().all(|row| row["ok"] == true),
        "{} of {backups} backups, or not whole",
        listed.len()
    );
    server.terminate()?;
    Ok(Outcome::Held(format!(
        "{done} requests in {seconds} s without 5xx, {backups} backups; {} answers asked for in all",
        stage.upstream.asked()
    )))
}
