//! `majlis restore`: a backup takes the database's place.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use majlis_app::{BackupContents, Restored, inspect_backup, restore_backup};

use super::backup::{Bar, local_time, size};
use crate::arguments::GlobalArguments;
use crate::config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::log::{self, Quiet};
use crate::paths;
use crate::terminal::escape;

/// What is counted for a person, by table.
const SHOWN: &[(&str, &str)] = &[
    ("conversations", "conversations"),
    ("messages", "messages"),
    ("consultations", "consultations"),
    ("agent_executions", "audits"),
    ("calls", "paid calls"),
];

/// Put a backup in the place of everything Majlis keeps now
///
/// Shows what is in the backup and asks before it goes on. What is there now is backed up first, so
/// that this can be undone. No other majlis may run on the same data meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis backup --list
  majlis restore ~/backups/daily-20261122-090000.db")]
pub(crate) struct RestoreArguments {
    /// The backup, a file that ends in .db
    file: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(crate) fn run(global: &GlobalArguments, arguments: &RestoreArguments) -> Result<Exit> {
    // Read although nothing of it is needed: a mistake in it should not wait for the next command.
    config::load(global.config.as_deref())?;
    log::start(global, None, Quiet::Command);
    let folder = paths::data_dir(global.data_dir.clone())?;
    let contents = inspect_backup(&arguments.file).map_err(Failure::from)?;
    let mut out = io::stdout();
    out.write_all(describe(&contents).as_bytes())?;
    if !arguments.yes && !confirmed(&folder)? {
        writeln!(out, "Nothing was changed.")?;
        return Ok(Exit::UNANSWERED);
    }
    let bar = Bar::new();
    let restored = restore_backup(&folder, &arguments.file, &mut |progress| bar.show(progress));
    bar.finish();
    out.write_all(report(&restored.map_err(Failure::from)?).as_bytes())?;
    Ok(Exit::DONE)
}

fn describe(contents: &BackupContents) -> String {
    let mut text = format!(
        "{} ({})\n",
        escape(&contents.path.display().to_string()),
        size(contents.bytes)
    );
    match &contents.manifest {
        Some(manifest) => {
            let _ = writeln!(
                text,
                "  made         {}, {} by Majlis {}",
                local_time(manifest.created_at_ms),
                manifest.kind.name().replace('_', " "),
                escape(&manifest.majlis_version)
            );
        }
        None => {
            let _ = writeln!(
                text,
                "  made         not known: it has no manifest beside it"
            );
        }
    }
    let last = contents
        .last_change_ms
        .map_or_else(|| "never".to_owned(), local_time);
    let _ = writeln!(text, "  last change  {last}");
    let _ = writeln!(text, "  schema       version {}", contents.schema_version);
    let counts: Vec<String> = SHOWN
        .iter()
        .filter_map(|(table, name)| Some(format!("{} {name}", contents.rows.get(*table)?)))
        .collect();
    let _ = writeln!(text, "  holds        {}", counts.join(", "));
    text
}

/// Asks on a terminal; without one the person has to say it beforehand.
fn confirmed(folder: &Path) -> Result<bool> {
    if !io::stdin().is_terminal() {
        let failure = Failure::new(
            Exit::USAGE,
            "cannot ask whether to replace the data: this is not a terminal",
        );
        return Err(failure
            .with_hint("say it beforehand: majlis restore --yes FILE")
            .into());
    }
    let mut out = io::stdout();
    write!(
        out,
        "Replace the data in {} with it? What is there now is backed up first. [y/N] ",
        folder.display()
    )?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes", "نعم"].contains(&answer.trim().to_lowercase().as_str())
}

fn report(restored: &Restored) -> String {
    let mut text = "✓ restored\n".to_owned();
    if let Some(before) = &restored.before {
        let path = before.path.display().to_string();
        let _ = writeln!(
            text,
            "What was there before is in {0}\nTo undo this: majlis restore {0}",
            escape(&path)
        );
    }
    if let Some(aside) = &restored.aside {
        let path = aside.display().to_string();
        let _ = writeln!(
            text,
            "What was there before could not be read; its files are in {}",
            escape(&path)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_one() {
        for (answer, expected) in [
            ("y\n", true),
            ("YES\r\n", true),
            ("نعم\n", true),
            ("\n", false),
            ("no\n", false),
            ("", false),
        ] {
            assert_eq!(is_yes(answer), expected, "{answer:?}");
        }
    }
}
