//! A disk that is full, and one that may only be read. Both are small file systems in memory, which
//! only some users may make.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::client::{Client, messages, wait_until};
use super::kill::{Acknowledged, require_sound};
use super::report::Outcome;
use super::upstream::whole_answer;
use super::world::Stage;
use crate::process;

/// Writing goes on within this once there is space.
const RECOVERY_LIMIT: Duration = Duration::from_secs(15);

/// A small file system in memory; taken away when it is dropped.
struct Disk {
    path: PathBuf,
}

impl Disk {
    fn mount(path: PathBuf) -> Result<Self> {
        fs::create_dir_all(&path)?;
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs"]);
        process::output(command.arg(&path))?;
        Ok(Self { path })
    }

    fn remount(&self, how: &str) -> Result<()> {
        let mut command = Command::new("mount");
        process::output(
            command
                .args(["-o", &format!("remount,{how}")])
                .arg(&self.path),
        )
        .map(drop)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A leftover is seen: its folder cannot be emptied.
        drop(Command::new("umount").arg("-l").arg(&self.path).status());
    }
}

fn skipped(error: &anyhow::Error) -> Outcome {
    let first = error
        .to_string()
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned();
    Outcome::Skipped(format!("no file system can be mounted here: {first}"))
}

/// Takes all the space that is left.
fn fill(path: &Path) -> Result<()> {
    let mut file = fs::File::create(path)?;
    for block in [vec![1_u8; 64 << 10], vec![1; 512]] {
        while file.write_all(&block).is_ok() {}
    }
    Ok(())
}

pub(super) fn full(stage: &Stage, rounds: u32) -> Result<Outcome> {
    let world = stage.world("disk-full")?;
    let disk = match Disk::mount(world.data()) {
        Ok(disk) => disk,
        Err(error) => return Ok(skipped(&error)),
    };
    let server = world.serve()?;
    let client = server.client;
    require_sound(client)?;
    let mut kept = Acknowledged::default();
    for round in 0..rounds {
        fill_and_free(client, &disk.path.join("filler"), round, &mut kept)?;
    }
    server.terminate()?;
    let server = world.serve()?;
    kept.require(server.client)?;
    require_sound(server.client)?;
    server.terminate()?;
    Ok(Outcome::Held(format!(
        "{rounds} times 507; reading went on, the running answer was stored when space came back"
    )))
}

/// Takes all space while an answer is being written, looks at what is said, and gives it back.
fn fill_and_free(client: Client, filler: &Path, round: u32, kept: &mut Acknowledged) -> Result<()> {
    let running = client.converse("test/slow")?.body["id"].clone();
    let running = running.as_str().context("no id")?.to_owned();
    let said = client.say(&running, "Go on and on.")?;
    ensure!(said.status == 202, "refused: {}", said.body);
    fill(filler)?;
    wait_until(
        "a write was refused for want of space",
        RECOVERY_LIMIT,
        || {
            let text = format!("round {round}: {}", "many words ".repeat(2_000));
            let reply = client.converse("test/quick").and_then(|made| {
                let id = made.body["id"].as_str().unwrap_or_default().to_owned();
                if made.status == 201 {
                    client.say(&id, &text)
                } else {
                    Ok(made)
                }
            })?;
            ensure!(
                reply.status < 500 || reply.status == 507,
                "{}: {}",
                reply.status,
                reply.body
            );
            Ok(reply.status == 507)
        },
    )?;
    let read = client.conversation(&running)?;
    ensure!(read.status == 200, "reading stopped: {}", read.body);
    ensure!(
        client.check("storage")?["code"] == "store_disk_full",
        "health does not say that the disk is full"
    );
    fs::remove_file(filler)?;
    wait_until("writing went on", RECOVERY_LIMIT, || {
        super::kill::write_once(client, &format!("after {round}"), kept)?;
        Ok(kept.conversations.len() as u64 > u64::from(round)
            && client.check("storage")?["code"] == "storage_ok")
    })?;
    wait_until(
        "the answer begun before was stored whole",
        RECOVERY_LIMIT,
        || {
            let found = messages(&client.conversation(&running)?.body);
            Ok(found.iter().any(|message| {
                message["state"] == "complete" && message["text"] == whole_answer("slow")
            }))
        },
    )?;
    Ok(())
}

pub(super) fn read_only(stage: &Stage, _: u32) -> Result<Outcome> {
    let world = stage.world("read-only")?;
    let disk = match Disk::mount(world.data()) {
        Ok(disk) => disk,
        Err(error) => return Ok(skipped(&error)),
    };
    world.serve()?.terminate()?;
    disk.remount("ro")?;
    for arguments in [
        &["serve", "--port", "0", "--no-open"][..],
        &["models"],
        &["backup"],
    ] {
        let output = world.run(arguments)?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            output.status.code() == Some(77)
                && errors.contains("it may not be written")
                && errors.contains("hint: "),
            "{arguments:?} ended with {}: {errors}",
            output.status
        );
    }
    disk.remount("rw")?;
    world.serve()?.terminate()?;
    Ok(Outcome::Held(
        "77 and a hint; works again once it may be written".to_owned(),
    ))
}
