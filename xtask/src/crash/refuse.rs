//! Starts that must be refused, each with its code and its words.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::report::Outcome;
use super::world::{Stage, World};

/// Where `user_version` stands in the header of a database.
const VERSION_PLACE: std::ops::Range<usize> = 60..64;

fn require(world: &World<'_>, code: i32, words: &[&str]) -> Result<()> {
    let output = world.run(&["serve", "--port", "0", "--no-open"])?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(
        output.status.code() == Some(code) && words.iter().all(|word| errors.contains(word)),
        "expected {code} with {words:?}, got {}: {errors}",
        output.status
    );
    Ok(())
}

pub(super) fn second_and_newer(stage: &Stage, _: u32) -> Result<Outcome> {
    let world = stage.world("refuse")?;
    let server = world.serve()?;
    let pid = server.child.id().to_string();
    let address = format!("http://127.0.0.1:{}", server.client.port);
    require(&world, 75, &[&pid, &address, "hint: "])?;
    server.terminate()?;
    let path = world.data().join("majlis.db");
    let original = fs::read(&path)?;
    let mut newer = original.clone();
    newer
        .get_mut(VERSION_PLACE)
        .context("a database without a header")?
        .copy_from_slice(&999_u32.to_be_bytes());
    fs::write(&path, &newer)?;
    require(&world, 78, &["its schema is version 999", "hint: "])?;
    ensure!(fs::read(&path)? == newer, "a refused database was changed");
    fs::write(&path, original)?;
    world.serve()?.terminate()?;
    Ok(Outcome::Held(
        "75 names process and address, 78 the versions; nothing was changed".to_owned(),
    ))
}
