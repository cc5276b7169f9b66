//! `cargo xtask crash`: the built program is killed, its disk filled, its files damaged; nothing
//! that was acknowledged may be lost, and nothing may go wrong in silence.

mod chance;
mod client;
mod corrupt;
mod disk;
mod kill;
mod many;
mod refuse;
mod report;
mod upstream;
mod world;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::cargo::cargo;
use crate::{folders, process};
use report::{Outcome, Row};
use world::Stage;

/// One thing that may happen to the program.
struct Scenario {
    name: &'static str,
    /// Rounds of the whole form, and of the short one.
    rounds: (u32, u32),
    run: fn(&Stage, u32) -> Result<Outcome>,
}

/// Every scenario, in order.
const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "kill -9 of a server that writes",
        rounds: (200, 6),
        run: kill::writers,
    },
    Scenario {
        name: "a row taken away is noticed",
        rounds: (1, 1),
        run: kill::proof,
    },
    Scenario {
        name: "kill -9 in a migration",
        rounds: (25, 2),
        run: kill::migration,
    },
    Scenario {
        name: "kill -9 in a backup",
        rounds: (25, 2),
        run: kill::backup,
    },
    Scenario {
        name: "kill -9 in a restore",
        rounds: (25, 2),
        run: kill::restore,
    },
    Scenario {
        name: "files damaged by chance",
        rounds: (300, 8),
        run: corrupt::seeds,
    },
    Scenario {
        name: "disk full, then space again",
        rounds: (3, 1),
        run: disk::full,
    },
    Scenario {
        name: "read-only data folder",
        rounds: (1, 1),
        run: disk::read_only,
    },
    Scenario {
        name: "second server, newer database",
        rounds: (1, 1),
        run: refuse::second_and_newer,
    },
    Scenario {
        name: "several processes, one killed",
        rounds: (5, 1),
        run: many::processes,
    },
    Scenario {
        name: "32 writers, 16 readers, backups",
        rounds: (20, 3),
        run: many::load,
    },
    Scenario {
        name: "SIGTERM under load",
        rounds: (10, 1),
        run: kill::terminate,
    },
];

/// Runs every scenario, or those whose name holds `only`, against `binary`, or against the program
/// as a profile builds it.
pub(crate) fn run(
    profile: &str,
    binary: Option<PathBuf>,
    short: bool,
    only: Option<&str>,
    seed: u64,
) -> Result<()> {
    let majlis = match binary {
        Some(binary) => binary,
        None => build(profile)?,
    };
    run_with(&majlis, short, only, seed, |command| command)
}

fn build(profile: &str) -> Result<PathBuf> {
    process::run(&mut cargo(&[
        "build",
        "--package",
        "majlis",
        "--profile",
        profile,
    ]))?;
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(folders::target(folder).join(folders::program("majlis")))
}

/// Runs the scenarios against this very program; `set_up` is applied to each start of it.
pub(crate) fn run_with(
    majlis: &Path,
    short: bool,
    only: Option<&str>,
    seed: u64,
    set_up: impl Fn(&mut std::process::Command) -> &mut std::process::Command + Send + Sync + 'static,
) -> Result<()> {
    let majlis: PathBuf = majlis
        .canonicalize()
        .with_context(|| format!("there is no {}", majlis.display()))?;
    let stage = Stage::new(
        majlis,
        short,
        seed,
        Box::new(move |command| {
            set_up(command);
        }),
    )?;
    let chosen = SCENARIOS
        .iter()
        .filter(|scenario| only.is_none_or(|only| scenario.name.contains(only)));
    let mut rows = Vec::new();
    for scenario in chosen {
        let rounds = if short {
            scenario.rounds.1
        } else {
            scenario.rounds.0
        };
        eprintln!("── {} ({rounds})", scenario.name);
        let began = Instant::now();
        let result = (scenario.run)(&stage, rounds);
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
        }
        rows.push(Row::new(scenario.name, rounds, result, began.elapsed()));
    }
    eprint!("\n{}", report::table(&rows));
    eprintln!("seed {seed}");
    let failed = rows.iter().filter(|row| row.has_failed()).count();
    if rows.is_empty() {
        bail!("no scenario has that in its name");
    }
    if failed > 0 {
        bail!(
            "{failed} scenarios failed; their folders are in {}",
            stage.folder().display()
        );
    }
    Ok(())
}
