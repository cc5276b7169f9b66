//! `majlis backup`: a checked copy of everything, or the list of those there are.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use majlis_app::{BackupProgress, BackupRow, BackupStage, backups_in};
use serde_json::{Value, json};

use crate::arguments::GlobalArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;
use crate::paths;
use crate::terminal::{Align, Palette, escape, table};

/// Back up everything Majlis keeps
///
/// Copies the database while others use it, checks the copy, and writes down its checksum and what
/// is in it. The copy holds no keys. `majlis serve` makes one a day by itself.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis backup                        into the data folder, beside the automatic ones
  majlis backup --output /media/disk   into a folder of yours
  majlis backup --list                 the backups there are")]
#[allow(clippy::doc_markdown)] // these comments are the help people read
pub(crate) struct BackupArguments {
    /// Write the backup into this folder
    #[arg(short, long, value_name = "FOLDER", conflicts_with = "list")]
    output: Option<PathBuf>,
    /// List the backups in the data folder, newest first
    #[arg(short, long)]
    list: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(global: &GlobalArguments, arguments: BackupArguments) -> Result<Exit> {
    let palette = Palette::for_stdout(global.color);
    if arguments.list {
        // A database that cannot be opened is when this is needed most.
        let folder = paths::data_dir(global.data_dir.clone())?;
        let rows = backups_in(&folder);
        let text = if arguments.json {
            let items: Vec<Value> = rows.iter().map(as_json).collect();
            format!("{}\n", serde_json::to_string_pretty(&items)?)
        } else {
            list(&rows, &palette)
        };
        io::stdout().write_all(text.as_bytes())?;
        return Ok(Exit::DONE);
    }
    let house = House::open(global, Quiet::Command).await?;
    let bar = Bar::new();
    let watched = bar.clone();
    let made = house
        .app
        .back_up(arguments.output, move |progress| watched.show(progress))
        .await;
    bar.finish();
    house.app.shutdown().await;
    let row = made.map_err(Failure::from)?;
    let text = if arguments.json {
        format!("{}\n", serde_json::to_string_pretty(&as_json(&row))?)
    } else {
        let path = row.path.display().to_string();
        format!("✓ {} ({})\n", escape(&path), size(row.bytes))
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

fn list(rows: &[BackupRow], palette: &Palette) -> String {
    if rows.is_empty() {
        return "There is no backup yet. Make one: majlis backup\n".to_owned();
    }
    let head = [
        "",
        "made",
        "kind",
        "size",
        "conversations",
        "consultations",
        "file",
    ];
    let lines: Vec<Vec<String>> = std::iter::once(head.map(str::to_owned).to_vec())
        .chain(rows.iter().map(line))
        .collect();
    let align = [
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Left,
    ];
    let mut text = String::new();
    for line in table(&lines, &align, "") {
        let _ = writeln!(text, "{line}");
    }
    let dim = palette.dim;
    let _ = writeln!(text, "{dim}Restore one with: majlis restore FILE{dim:#}");
    text
}

fn line(row: &BackupRow) -> Vec<String> {
    let count = |table| {
        row.manifest
            .as_ref()
            .and_then(|manifest| manifest.rows.get(table))
            .map_or_else(|| "?".to_owned(), u64::to_string)
    };
    vec![
        if row.is_whole { "✓" } else { "✗" }.to_owned(),
        local_time(row.created_at_ms),
        row.kind.name().replace('_', " "),
        size(row.bytes),
        count("conversations"),
        count("consultations"),
        escape(&row.path.display().to_string()).into_owned(),
    ]
}

fn as_json(row: &BackupRow) -> Value {
    json!({
        "name": row.name,
        "path": row.path.display().to_string(),
        "kind": row.kind.name(),
        "created_at": rfc3339(row.created_at_ms),
        "bytes": row.bytes,
        "schema_version": row.manifest.as_ref().map(|manifest| manifest.schema_version),
        "majlis_version": row.manifest.as_ref().map(|manifest| &manifest.majlis_version),
        "sha256": row.manifest.as_ref().map(|manifest| &manifest.sha256),
        "rows": row.manifest.as_ref().map(|manifest| &manifest.rows),
        "ok": row.is_whole,
    })
}

fn timestamp(at_ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

fn rfc3339(at_ms: i64) -> String {
    timestamp(at_ms).to_string()
}

/// A time as the person's own clock shows it.
pub(crate) fn local_time(at_ms: i64) -> String {
    let local = timestamp(at_ms).to_zoned(jiff::tz::TimeZone::system());
    local.strftime("%Y-%m-%d %H:%M").to_string()
}

/// `12 KB`, `3.4 MB`, `1.2 GB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

/// A progress bar on the error stream; there is none where it is no terminal.
#[derive(Clone)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes}");
        Self(ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    pub(super) fn show(&self, progress: BackupProgress) {
        self.0.set_message(match progress.stage {
            BackupStage::Copy => "copying ",
            BackupStage::Check => "checking",
            BackupStage::Checksum => "checksum",
        });
        if progress.total_bytes > 0 {
            self.0.set_length(progress.total_bytes);
            self.0.set_position(progress.done_bytes);
        }
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_short() {
        for (bytes, expected) in [
            (0, "0 KB"),
            (1, "1 KB"),
            (999_999, "1000 KB"),
            (3_456_789, "3.4 MB"),
            (1_234_567_890, "1.2 GB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
