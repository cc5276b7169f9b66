//! SIGKILL and SIGTERM at random moments.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::chance::Chance;
use super::client::{Client, messages, wait_until};
use super::report::Outcome;
use super::world::{Stage, World};

/// Those who write at once.
const WRITERS: usize = 6;
/// A server told to stop has this long.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// The check of a small database is done long before.
const CHECK_LIMIT: Duration = Duration::from_secs(30);

/// What the server said it kept.
#[derive(Debug, Default)]
pub(super) struct Acknowledged {
    /// Conversations with what was said in them.
    pub(super) conversations: BTreeMap<String, Vec<String>>,
    /// Consultations.
    pub(super) consultations: Vec<String>,
}

impl Acknowledged {
    fn rows(&self) -> usize {
        let said: usize = self.conversations.values().map(Vec::len).sum();
        self.conversations.len() + said + self.consultations.len()
    }

    fn add(&mut self, other: Self) {
        self.conversations.extend(other.conversations);
        self.consultations.extend(other.consultations);
    }

    /// Everything is there, and nothing is half done although nobody works on it.
    pub(super) fn require(&self, client: Client) -> Result<()> {
        for (id, said) in &self.conversations {
            let reply = client.conversation(id)?;
            ensure!(
                reply.status == 200,
                "conversation {id} is lost: {}",
                reply.body
            );
            let found = messages(&reply.body);
            for text in said {
                let is_there = found.iter().any(|message| message["text"] == text.as_str());
                ensure!(is_there, "{text:?} of conversation {id} is lost");
            }
            for pair in found.chunks(2) {
                let is_turn = pair.len() == 2
                    && pair[0]["role"] == "user"
                    && pair[1]["role"] == "assistant"
                    && pair.iter().all(|message| {
                        message["state"] != "waiting" && message["state"] != "streaming"
                    });
                ensure!(is_turn, "half a turn in conversation {id}: {pair:?}");
            }
        }
        for id in &self.consultations {
            let reply = client.get(&format!("/api/v1/consultations/{id}"))?;
            ensure!(
                reply.status == 200,
                "consultation {id} is lost: {}",
                reply.body
            );
            ensure!(
                reply.body["status"] != "running",
                "consultation {id} runs by nobody"
            );
        }
        Ok(())
    }
}

/// Waits until the whole file was read and is sound.
pub(super) fn require_sound(client: Client) -> Result<()> {
    wait_until("the database was checked", CHECK_LIMIT, || {
        let check = client.check("database")?;
        ensure!(
            check["code"] != "database_damaged",
            "the database is damaged: {check}"
        );
        Ok(check["code"] == "database_ok")
    })
}

pub(super) fn writers(stage: &Stage, rounds: u32) -> Result<Outcome> {
    let world = stage.world("kill-writers")?;
    let mut kept = Acknowledged::default();
    let mut last = Acknowledged::default();
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        let server = world.serve()?;
        slowest = slowest.max(server.ready);
        let client = server.client;
        last.require(client)?;
        ensure!(
            client.alerts()?.is_empty(),
            "an alert after a kill: {:?}",
            client.alerts()?
        );
        require_sound(client)?;
        kept.add(std::mem::take(&mut last));
        let wait = Chance::of(stage.seed, round).wait(5, 400);
        last = write_until(client, round, || {
            std::thread::sleep(wait);
            server.kill()
        })?;
    }
    let server = world.serve()?;
    last.require(server.client)?;
    kept.add(last);
    kept.require(server.client)?;
    require_sound(server.client)?;
    Ok(Outcome::Held(format!(
        "{} acknowledged rows, all there; ready in {} ms at most",
        kept.rows(),
        slowest.as_millis()
    )))
}

/// Takes away the last message of a conversation, as a program that lost it would.
const LOSE_A_MESSAGE: &str = r#"
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("PRAGMA foreign_keys = OFF")
for trigger, in c.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
    c.execute(f'DROP TRIGGER "{trigger}"')
c.execute("DELETE FROM messages WHERE number = (SELECT max(number) FROM messages WHERE role = 'user')")
c.commit()
"#;

/// The check of [`writers`] is one that can fail: it finds what somebody else took away.
pub(super) fn proof(stage: &Stage, _rounds: u32) -> Result<Outcome> {
    let world = stage.world("proof")?;
    let server = world.serve()?;
    let mut kept = Acknowledged::default();
    write_once(server.client, "proof", &mut kept)?;
    server.kill()?;
    let mut command = Command::new("python3");
    command
        .args(["-c", LOSE_A_MESSAGE])
        .arg(world.data().join("majlis.db"));
    crate::process::output(&mut command)?;
    let server = world.serve()?;
    match kept.require(server.client) {
        Ok(()) => bail!("a message was taken away, and nobody noticed"),
        Err(error) => Ok(Outcome::Held(format!("a loss is noticed: {error}"))),
    }
}

/// Writes from several threads until `end` ended the server; what it acknowledged.
fn write_until(
    client: Client,
    round: u32,
    end: impl FnOnce() -> Result<()>,
) -> Result<Acknowledged> {
    let all = Mutex::new(Acknowledged::default());
    let stopped = AtomicBool::new(false);
    let refused = AtomicUsize::new(0);
    let ended = std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (all, stopped, refused) = (&all, &stopped, &refused);
            scope.spawn(move || {
                let mut own = Acknowledged::default();
                let mut turn = 0;
                while !stopped.load(Ordering::Relaxed) {
                    turn += 1;
                    let name = format!("round {round}, writer {writer}, turn {turn}");
                    match write_once(client, &name, &mut own) {
                        Ok(failures) => {
                            refused.fetch_add(failures, Ordering::Relaxed);
                        }
                        // The server is gone.
                        Err(_) => break,
                    }
                }
                if let Ok(mut all) = all.lock() {
                    all.add(own);
                }
            });
        }
        let ended = end();
        stopped.store(true, Ordering::Relaxed);
        ended
    });
    ended?;
    let refused = refused.into_inner();
    ensure!(
        refused == 0,
        "{refused} writes failed with 5xx before the kill"
    );
    all.into_inner().ok().context("a writer panicked")
}

/// A conversation with two turns and a consultation; how many were refused with 5xx.
pub(super) fn write_once(client: Client, name: &str, kept: &mut Acknowledged) -> Result<usize> {
    let mut failures = 0;
    let made = client.converse("test/quick")?;
    failures += usize::from(made.status >= 500);
    if made.status == 201 {
        let id = made.body["id"].as_str().context("no id")?.to_owned();
        kept.conversations.insert(id.clone(), Vec::new());
        for part in ["first", "second"] {
            let text = format!("{part} of {name}");
            let said = client.say(&id, &text)?;
            failures += usize::from(said.status >= 500);
            // 409: the answer before is still written.
            if said.status == 202 {
                kept.conversations.entry(id.clone()).or_default().push(text);
            }
        }
    }
    let asked = client.consult(name)?;
    failures += usize::from(asked.status >= 500);
    if asked.status == 202 {
        let id = asked.body["id"].as_str().context("no id")?.to_owned();
        kept.consultations.push(id);
    }
    Ok(failures)
}

pub(super) fn terminate(stage: &Stage, rounds: u32) -> Result<Outcome> {
    let world = stage.world("terminate")?;
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        let server = world.serve()?;
        let mut kept = Acknowledged::default();
        for writer in 0..8 {
            let id = server.client.converse("test/slow")?.body["id"].clone();
            let id = id.as_str().context("no id")?.to_owned();
            let text = format!("round {round}, writer {writer}");
            let said = server.client.say(&id, &text)?;
            ensure!(said.status == 202, "refused: {}", said.body);
            kept.conversations.insert(id, vec![text]);
        }
        std::thread::sleep(Chance::of(stage.seed, round).wait(0, 500));
        let (took, status) = server.terminate()?;
        ensure!(status.success(), "it ended with {status}");
        ensure!(took <= STOP_LIMIT, "it took {took:?} to end");
        slowest = slowest.max(took);
        let server = world.serve()?;
        kept.require(server.client)?;
    }
    Ok(Outcome::Held(format!(
        "ended within {} ms; every answer done or interrupted",
        slowest.as_millis()
    )))
}

/// Sentences of each message that fills a world: what is copied should take a moment.
const SENTENCES: usize = 1_500;

/// Fills a world with some megabytes and ends its server cleanly.
pub(super) fn fill(world: &World<'_>, conversations: usize) -> Result<()> {
    let server = world.serve()?;
    let text = "Ein langer Satz über vieles, und noch einer. ".repeat(SENTENCES);
    for number in 0..conversations {
        let made = server.client.converse("test/quick")?;
        let id = made.body["id"].as_str().context("no id")?.to_owned();
        let said = server.client.say(&id, &format!("{number} {text}"))?;
        ensure!(said.status == 202, "refused: {}", said.body);
    }
    server.terminate().map(drop)
}

/// Starts a command and kills it after a while, unless it ended before; whether it was killed.
fn start_and_kill(world: &World<'_>, arguments: &[&str], wait: Duration) -> Result<bool> {
    let mut child = world
        .majlis(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start majlis")?;
    std::thread::sleep(wait);
    let is_running = child.try_wait()?.is_none();
    child.kill()?;
    child.wait()?;
    Ok(is_running)
}

/// Fewer rounds than this may all come too late by chance.
const ENOUGH_ROUNDS: u32 = 10;

/// A run that seldom killed anything shows nothing.
fn require_killed(killed: u32, rounds: u32) -> Result<()> {
    ensure!(
        rounds < ENOUGH_ROUNDS || killed >= rounds / 2,
        "only {killed} of {rounds} ended by the kill; the others were done before"
    );
    Ok(())
}

/// How long a command takes that nobody disturbs, in milliseconds.
fn whole_ms(world: &World<'_>, arguments: &[&str]) -> Result<usize> {
    let began = Instant::now();
    let output = world.run(arguments)?;
    ensure!(output.status.success(), "{arguments:?} failed: {output:?}");
    Ok(usize::try_from(began.elapsed().as_millis())?)
}

/// How many conversations there are, counted in a checked backup.
fn conversations(world: &World<'_>) -> Result<u64> {
    let counted = world.path("counted");
    let path = counted.to_str().context("a path that is no text")?;
    let made = world.json(&["backup", "--json", "--output", path])?;
    fs::remove_dir_all(&counted)?;
    made["rows"]["conversations"].as_u64().context("no count")
}

/// Nothing unfinished is left after a start.
fn require_swept(world: &World<'_>) -> Result<()> {
    for folder in [world.data(), world.data().join("backups")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let is_partial = path.to_string_lossy().contains(".partial");
            ensure!(!is_partial, "{} was left behind", path.display());
        }
    }
    Ok(())
}

pub(super) fn backup(stage: &Stage, rounds: u32) -> Result<Outcome> {
    let world = stage.world("kill-backup")?;
    fill(&world, 30)?;
    let mut killed = 0;
    let last_ms = whole_ms(&world, &["backup"])?;
    for round in 0..rounds {
        let wait = Chance::of(stage.seed, round).wait(last_ms / 4, last_ms);
        killed += u32::from(start_and_kill(&world, &["backup"], wait)?);
        let listed = world.json(&["backup", "--list", "--json"])?;
        let listed = listed.as_array().context("no list")?;
        ensure!(
            listed.iter().all(|row| row["ok"] == true),
            "a backup is not whole: {listed:?}"
        );
    }
    require_killed(killed, rounds)?;
    ensure!(conversations(&world)? == 30, "conversations are lost");
    require_swept(&world)?;
    let made = world.json(&["backup", "--list", "--json"])?;
    let made = made.as_array().map_or(0, Vec::len);
    Ok(Outcome::Held(format!(
        "{killed} killed; {made} backups, all whole"
    )))
}

pub(super) fn restore(stage: &Stage, rounds: u32) -> Result<Outcome> {
    let world = stage.world("kill-restore")?;
    fill(&world, 20)?;
    let file = |made: &serde_json::Value| made["path"].as_str().unwrap_or_default().to_owned();
    let small = file(&world.json(&["backup", "--json"])?);
    fill(&world, 10)?;
    let large = file(&world.json(&["backup", "--json"])?);
    let (mut killed, mut old, mut new) = (0, 0, 0);
    let last_ms = whole_ms(&world, &["restore", "--yes", &large])?;
    for round in 0..rounds {
        let wait = Chance::of(stage.seed, round).wait(last_ms / 4, last_ms);
        killed += u32::from(start_and_kill(&world, &["restore", "--yes", &small], wait)?);
        match conversations(&world)? {
            30 => old += 1,
            20 => {
                new += 1;
                let output = world.run(&["restore", "--yes", &large])?;
                ensure!(output.status.success(), "cannot restore: {output:?}");
            }
            other => bail!("neither the old nor the new database: {other} conversations"),
        }
        require_swept(&world)?;
        remove_backups_before_restore(&world)?;
    }
    require_killed(killed, rounds)?;
    Ok(Outcome::Held(format!(
        "{killed} killed; {old} old, {new} new, none in between"
    )))
}

/// They pile up here, and would fill the disk.
fn remove_backups_before_restore(world: &World<'_>) -> Result<()> {
    for entry in fs::read_dir(world.data().join("backups"))? {
        let path = entry?.path();
        if path.to_string_lossy().contains("before_restore") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Writes a database of schema version 1, which only its own migration can make.
const OLD_DATABASE: &str = r#"
import sqlite3, sys
schema, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
c = sqlite3.connect(path)
c.executescript(open(schema, encoding="utf-8").read())
c.execute("PRAGMA user_version = 1")
text = '[{"type":"text","text":"' + "Some words. " * 20 + '"}]'
c.executemany("INSERT INTO conversations VALUES (?, ?, 0, 1, 1, 'old')", ((n, f"v{n}") for n in range(1, count + 1)))
c.executemany("INSERT INTO channels VALUES (?, ?, ?, 'test/quick', 0, NULL)", ((n, f"c{n}", n) for n in range(1, count + 1)))
c.executemany("INSERT INTO messages (id, channel, seq, role, state, created_at, parts) VALUES (?, ?, ?, 'user', 'complete', 1, ?)",
              ((f"m{n}-{s}", n, s, text) for n in range(1, count + 1) for s in range(1, 11)))
c.commit()
"#;
/// Conversations in it, in the whole form and in the short one.
const OLD_CONVERSATIONS: (u64, u64) = (4_000, 500);

pub(super) fn migration(stage: &Stage, rounds: u32) -> Result<Outcome> {
    let world = stage.world("kill-migration")?;
    let old = world.path("old.db");
    let count = if stage.short {
        OLD_CONVERSATIONS.1
    } else {
        OLD_CONVERSATIONS.0
    };
    if let Err(error) = make_old(&old, count) {
        return Ok(Outcome::Skipped(format!(
            "no database of version 1: {error:#}"
        )));
    }
    let (mut killed, mut before, mut after) = (0, 0, 0);
    put_old(&world, &old)?;
    let last_ms = whole_ms(&world, &["models"])?;
    for round in 0..rounds {
        put_old(&world, &old)?;
        let wait = Chance::of(stage.seed, round).wait(last_ms / 10, last_ms);
        killed += u32::from(start_and_kill(&world, &["models"], wait)?);
        match schema_version(&world.data().join("majlis.db"))? {
            1 => before += 1,
            _ => after += 1,
        }
        ensure!(
            conversations(&world)? == count,
            "conversations are lost in a migration"
        );
        require_swept(&world)?;
    }
    require_killed(killed, rounds)?;
    Ok(Outcome::Held(format!(
        "{killed} killed; {before} still old and migrated later, {after} migrated"
    )))
}

/// Makes the old database all that the data folder holds.
fn put_old(world: &World<'_>, old: &Path) -> Result<()> {
    super::world::empty(&world.data())?;
    fs::copy(old, world.data().join("majlis.db"))?;
    Ok(())
}

fn make_old(path: &Path, count: u64) -> Result<()> {
    let mut command = Command::new("python3");
    command
        .args([
            "-c",
            OLD_DATABASE,
            "crates/majlis-store/migrations/0001_spine.sql",
        ])
        .arg(path)
        .arg(count.to_string());
    crate::process::output(&mut command).map(drop)
}

/// `user_version` in the header of a database. In the log there may be a later one.
fn schema_version(path: &Path) -> Result<u32> {
    let bytes = fs::read(path)?;
    let version = bytes.get(60..64).context("a database without a header")?;
    Ok(version
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte)))
}
