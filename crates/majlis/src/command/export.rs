//! `majlis export`: everything, or a part of it, as files.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;

use anyhow::Result;
use clap::{Args, ValueEnum};
use futures_util::TryStreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use majlis_app::{App, AppError, ExportRequest};

use crate::arguments::GlobalArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;
use crate::terminal::escape;

/// Write everything that is kept into a file
///
/// JSON Lines hold all of it, branches and costs too, and `majlis import` reads them back on any
/// machine. Markdown is for reading: one document per conversation and per consultation, as they
/// are shown. What is being answered right now is left out; export again when it is done.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis export > majlis.jsonl
  majlis export --output majlis.jsonl
  majlis export --format markdown --output notes
  majlis export --format markdown --conversation ID
  majlis export --since 2026-11-01 --output november.jsonl
  majlis export | ssh other majlis import -")]
pub(crate) struct ExportArguments {
    /// In which form
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "jsonl")]
    format: Format,
    /// Write into this file; with --format markdown into this folder
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Only this conversation; may be given again
    #[arg(long, value_name = "ID")]
    conversation: Vec<String>,
    /// Only this consultation; may be given again
    #[arg(long, value_name = "ID")]
    consultation: Vec<String>,
    /// Only what went on since this day or time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<i64>,
    /// Only what began before this day or time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON Lines
    Jsonl,
    /// Markdown
    Markdown,
}

/// A day of this machine's calendar, which means its beginning, or a time, as milliseconds.
pub(super) fn moment(text: &str) -> Result<i64, String> {
    let in_zone = |time: jiff::civil::DateTime| time.to_zoned(jiff::tz::TimeZone::system());
    let day = || in_zone(text.parse::<jiff::civil::Date>().ok()?.at(0, 0, 0, 0)).ok();
    let local = || in_zone(text.parse::<jiff::civil::DateTime>().ok()?).ok();
    text.parse::<jiff::Timestamp>()
        .ok()
        .or_else(|| Some(day().or_else(local)?.timestamp()))
        .map(jiff::Timestamp::as_millisecond)
        .ok_or_else(|| "write a day like 2026-11-22, or a time like 2026-11-22T14:00".to_owned())
}

pub(crate) async fn run(global: &GlobalArguments, arguments: ExportArguments) -> Result<Exit> {
    let house = House::open(global, Quiet::Command).await?;
    let written = write(&house.app, arguments).await;
    house.app.shutdown().await;
    written
}

async fn write(app: &App, arguments: ExportArguments) -> Result<Exit> {
    let request = ExportRequest {
        conversations: arguments.conversation,
        consultations: arguments.consultation,
        since_ms: arguments.since,
        until_ms: arguments.until,
    };
    match (arguments.format, arguments.output) {
        (Format::Jsonl, None) => {
            // A bar between lines on the same terminal would be in the way.
            let is_seen = io::stdout().is_terminal();
            lines(app, request, &mut io::stdout().lock(), is_seen).await?;
        }
        (Format::Jsonl, Some(path)) => {
            let mut file = Whole::create(&path)?;
            lines(app, request, &mut file.writer, false).await?;
            file.finish()?;
        }
        (Format::Markdown, None) => documents(app, request, &mut to_stdout).await?,
        (Format::Markdown, Some(folder)) => {
            std::fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, error))?;
            documents(app, request, &mut |name, text| {
                let path = folder.join(name);
                std::fs::write(&path, text).map_err(|error| cannot_write(&path, error).into())
            })
            .await?;
        }
    }
    Ok(Exit::DONE)
}

async fn lines(
    app: &App,
    request: ExportRequest,
    out: &mut dyn Write,
    is_hidden: bool,
) -> Result<()> {
    let bar = spinner("{spinner} {bytes} written", is_hidden);
    let mut stream = pin!(app.export_lines(request).await.map_err(Failure::from)?);
    while let Some(text) = stream.try_next().await.map_err(Failure::from)? {
        out.write_all(text.as_bytes())?;
        bar.inc(text.len() as u64);
    }
    out.flush()?;
    bar.finish_and_clear();
    Ok(())
}

fn to_stdout(_name: &str, text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.write_all(b"\n")?)
}

async fn documents(
    app: &App,
    request: ExportRequest,
    keep: &mut dyn FnMut(&str, &str) -> Result<()>,
) -> Result<()> {
    let bar = spinner("{spinner} {pos} documents", false);
    let stream = app.export_markdown(request).await;
    let mut stream = pin!(stream.map_err(Failure::from)?);
    while let Some(document) = stream
        .try_next()
        .await
        .map_err(|error: AppError| Failure::from(error))?
    {
        keep(&document.name, &document.text)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn spinner(template: &str, is_hidden: bool) -> ProgressBar {
    if is_hidden {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template);
    ProgressBar::new_spinner()
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// A file that appears when it is whole.
struct Whole {
    path: PathBuf,
    partial: PathBuf,
    writer: BufWriter<File>,
}

impl Whole {
    fn create(path: &Path) -> Result<Self, Failure> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).map_err(|error| cannot_write(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            writer: BufWriter::new(file),
        })
    }

    fn finish(mut self) -> Result<(), Failure> {
        let failed = |error| cannot_write(&self.path, error);
        self.writer.flush().map_err(failed)?;
        self.writer.get_ref().sync_all().map_err(failed)?;
        std::fs::rename(&self.partial, &self.path).map_err(failed)
    }
}

fn cannot_write(path: &Path, error: io::Error) -> Failure {
    let path = path.display().to_string();
    Failure::new(
        Exit::CANNOT_CREATE,
        format!("cannot write {}", escape(&path)),
    )
    .with_hint("name a place that may be written with --output")
    .caused_by(error)
}
