//! Bytes of the database and its log changed by chance, and files cut.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::chance::Chance;
use super::client::{Client, messages};
use super::kill::{Acknowledged, write_once};
use super::report::Outcome;
use super::world::{Server, Stage, Start, World, copy_folder, empty};

/// A damaged database has to be dealt with within this.
const LIMIT: Duration = Duration::from_secs(40);
/// A server that mends its database is away for a moment.
const AWAY_LIMIT: Duration = Duration::from_secs(20);

/// What everything was before the damage.
struct Base {
    folder: PathBuf,
    /// What the backup holds, and what came after it.
    early: Acknowledged,
    late: Acknowledged,
}

/// How a damaged folder was dealt with.
#[derive(Debug, Default)]
struct Tally {
    intact: u32,
    restored: u32,
    lost_and_said: u32,
    refused: u32,
    unreadable: u32,
    altered: u32,
}

pub(super) fn seeds(stage: &Stage, rounds: u32) -> Result<Outcome> {
    let world = stage.world("corrupt")?;
    let bases = [base(&world, "clean", false)?, base(&world, "killed", true)?];
    let mut tally = Tally::default();
    for round in 0..rounds {
        let base = &bases[usize::from(round % 2 == 1)];
        empty(&world.data())?;
        copy_folder(&base.folder, &world.data())?;
        let mut chance = Chance::of(stage.seed, round);
        let damage = spoil(&world.data(), &mut chance)?;
        judge(&world, base, &mut tally)
            .with_context(|| format!("seed {}, round {round}: {damage}", stage.seed))?;
    }
    Ok(Outcome::Held(format!(
        "{} intact, {} restored, {} lost changes and said so, {} refused with 65, {} unreadable rows named, {} with a letter changed that SQLite cannot see",
        tally.intact,
        tally.restored,
        tally.lost_and_said,
        tally.refused,
        tally.unreadable,
        tally.altered
    )))
}

/// A folder with a backup and rows after it; its server was ended or killed.
fn base(world: &World<'_>, name: &str, killed: bool) -> Result<Base> {
    empty(&world.data())?;
    let server = world.serve()?;
    let (mut early, mut late) = (Acknowledged::default(), Acknowledged::default());
    for number in 0..15 {
        write_once(server.client, &format!("early {number}"), &mut early)?;
    }
    settle(server.client)?;
    let made = server
        .client
        .post("/api/v1/backups", &serde_json::json!({}))?;
    ensure!(made.status == 201, "no backup: {}", made.body);
    for number in 0..10 {
        write_once(server.client, &format!("late {number}"), &mut late)?;
    }
    settle(server.client)?;
    if killed {
        server.kill()?;
    } else {
        server.terminate()?;
    }
    let folder = world.path(name);
    copy_folder(&world.data(), &folder)?;
    Ok(Base {
        folder,
        early,
        late,
    })
}

/// Waits until no answer is being written.
fn settle(client: Client) -> Result<()> {
    super::client::wait_until("every answer was written", LIMIT, || {
        let list = client.get("/api/v1/conversations?limit=200")?.body;
        for item in list["items"].as_array().context("no list")? {
            let id = item["id"].as_str().context("no id")?;
            let found = messages(&client.conversation(id)?.body);
            if found.iter().any(|message| message["state"] != "complete") {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

/// Damages one file; says how.
fn spoil(data: &Path, chance: &mut Chance) -> Result<String> {
    let names: Vec<&str> = ["majlis.db", "majlis.db-wal"]
        .into_iter()
        .filter(|name| fs::metadata(data.join(name)).is_ok_and(|file| file.len() > 0))
        .collect();
    let name = names[chance.below(names.len())];
    let path = data.join(name);
    let mut bytes = fs::read(&path)?;
    let at = chance.below(bytes.len());
    let how = match chance.below(5) {
        0 => {
            bytes.truncate(at);
            format!("cut to {at} bytes")
        }
        1 => {
            let end = (at + 512).min(bytes.len());
            bytes[at..end].fill(0);
            format!("512 bytes emptied at {at}")
        }
        2 => {
            let end = (at + 64).min(bytes.len());
            bytes[at..end].fill_with(|| chance.next().to_le_bytes()[0]);
            format!("64 bytes at {at} by chance")
        }
        _ => {
            let count = 1 + chance.below(8);
            for _ in 0..count {
                let at = chance.below(bytes.len());
                bytes[at] ^= 1 << chance.below(8);
            }
            format!("{count} bits turned")
        }
    };
    fs::write(&path, bytes)?;
    Ok(format!("{name}: {how}"))
}

/// Starts on the damaged folder and looks at what is there and what is said.
fn judge(world: &World<'_>, base: &Base, tally: &mut Tally) -> Result<()> {
    let server = match world.try_serve()? {
        Start::Ready(server) => server,
        Start::Ended { status, errors } => {
            ensure!(
                status.code() == Some(65),
                "it ended with {status}: {errors}"
            );
            ensure!(
                errors.contains("error: "),
                "it ended without a word: {errors}"
            );
            tally.refused += 1;
            return Ok(());
        }
    };
    let end = Instant::now() + LIMIT;
    loop {
        let found = look(server.client, base);
        let alerts = calm(&server)?;
        // A look that met damage made the server mend it and start again.
        if found.is_err() || found.as_ref().is_ok_and(|found| found.is_broken) && alerts.is_empty()
        {
            ensure!(Instant::now() < end, "never calm again: {found:?}");
            if let Ok(found) = &found
                && found.unreadable > 0
                && found.missing_early + found.missing_late == 0
                && is_sound(server.client)?
            {
                tally.unreadable += 1;
                return server.kill();
            }
            std::thread::sleep(Duration::from_millis(100));
            continue;
        }
        let found = found?;
        let is_restored = alerts.iter().any(|code| code == "database_restored");
        let is_cut = alerts.iter().any(|code| code == "changes_lost");
        let lost = (found.missing_early, found.missing_late);
        match (is_restored, is_cut, lost) {
            (true, _, (0, _)) => tally.restored += 1,
            (false, true, _) => tally.lost_and_said += 1,
            (false, false, (0, 0)) if found.altered > 0 => tally.altered += 1,
            (false, false, (0, 0)) => tally.intact += 1,
            _ => bail!("rows are lost in silence: {found:?}, told {alerts:?}"),
        }
        return server.kill();
    }
}

/// Waits until the server answers and has read its file through; what it has to tell.
fn calm(server: &Server) -> Result<Vec<String>> {
    let end = Instant::now() + AWAY_LIMIT;
    loop {
        let is_checked = server
            .client
            .check("database")
            .is_ok_and(|check| check["code"] == "database_ok");
        if is_checked && let Ok(alerts) = server.client.alerts() {
            return Ok(alerts);
        }
        ensure!(Instant::now() < end, "the server did not come back");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_sound(client: Client) -> Result<bool> {
    Ok(client.check("database")?["code"] == "database_ok")
}

/// What is there of what was.
#[derive(Debug, Default)]
struct Found {
    missing_early: usize,
    missing_late: usize,
    /// Texts that are there, but not as they were said.
    altered: usize,
    /// Rows the server says it cannot read.
    unreadable: usize,
    is_broken: bool,
}

fn look(client: Client, base: &Base) -> Result<Found> {
    let mut found = Found::default();
    let (early, late) = (
        count(client, &base.early, &mut found)?,
        count(client, &base.late, &mut found)?,
    );
    (found.missing_early, found.missing_late) = (early, late);
    found.is_broken = found.unreadable > 0;
    Ok(found)
}

/// How many rows are missing.
fn count(client: Client, kept: &Acknowledged, found: &mut Found) -> Result<usize> {
    let mut missing = 0;
    for (id, said) in &kept.conversations {
        let reply = client.conversation(id)?;
        match reply.status {
            200 => {
                let texts = messages(&reply.body);
                let mine = |text: &&String| texts.iter().any(|one| one["text"] == text.as_str());
                let there = said.iter().filter(mine).count();
                let asked = texts.iter().filter(|one| one["role"] == "user").count();
                found.altered += said.len().min(asked) - there.min(asked);
                missing += said.len().saturating_sub(asked);
            }
            404 => missing += 1 + said.len(),
            _ => found.unreadable += 1,
        }
    }
    for id in &kept.consultations {
        match client.get(&format!("/api/v1/consultations/{id}"))?.status {
            200 => {}
            404 => missing += 1,
            _ => found.unreadable += 1,
        }
    }
    Ok(missing)
}
