//! `majlis import`: files of other programs, and our own.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use majlis_app::{ImportFormat, ImportProgress, ImportReport, ImportRequest};

use crate::arguments::GlobalArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;
use crate::terminal::{Align, escape, table};

/// Things left out that are listed.
const LISTED_SKIPS: usize = 10;

/// Add conversations from a file
///
/// Reads what `majlis export` wrote; the exports of ChatGPT and Claude, as the zip they come in or
/// the conversations.json inside it; the log of the `llm` command line; and the database of
/// ai-kernel. What is there already stays as it is: importing twice changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis import majlis.jsonl
  majlis import --dry-run chatgpt-export.zip
  majlis import \"$(llm logs path)\"
  majlis export | ssh other majlis import -")]
pub(crate) struct ImportArguments {
    /// The file; `-` reads standard input
    file: PathBuf,
    /// What the file is; `auto` looks
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "auto")]
    format: Format,
    /// Only say what would be new
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Auto,
    Majlis,
    Chatgpt,
    Claude,
    Llm,
    AiKernel,
}

impl Format {
    fn named(self) -> Option<ImportFormat> {
        match self {
            Self::Auto => None,
            Self::Majlis => Some(ImportFormat::Majlis),
            Self::Chatgpt => Some(ImportFormat::ChatGpt),
            Self::Claude => Some(ImportFormat::Claude),
            Self::Llm => Some(ImportFormat::Llm),
            Self::AiKernel => Some(ImportFormat::AiKernel),
        }
    }
}

pub(crate) async fn run(global: &GlobalArguments, arguments: ImportArguments) -> Result<Exit> {
    let house = House::open(global, Quiet::Command).await?;
    let report = import(&house, &arguments).await;
    house.app.shutdown().await;
    let report = report?;
    let text = if arguments.json {
        let json = majlis_server::import_json(&report);
        format!("{}\n", serde_json::to_string_pretty(&json)?)
    } else {
        say(&report)
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

async fn import(house: &House, arguments: &ImportArguments) -> Result<ImportReport> {
    let is_input = arguments.file == Path::new("-");
    let (path, _input) = if is_input {
        let mut file = tempfile::NamedTempFile::new_in(house.app.scratch_folder())?;
        io::copy(&mut io::stdin().lock(), &mut file)?;
        (file.path().to_owned(), Some(file))
    } else {
        (readable(&arguments.file)?, None)
    };
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent} %");
    let bar =
        ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let shown = bar.clone();
    let request = ImportRequest {
        path,
        format: arguments.format.named(),
        dry_run: arguments.dry_run,
    };
    let report = house
        .app
        .import(request, move |progress| show(&shown, progress))
        .await;
    bar.finish_and_clear();
    Ok(report.map_err(Failure::from)?)
}

fn show(bar: &ProgressBar, progress: ImportProgress) {
    bar.set_message(if progress.is_keeping {
        "importing"
    } else {
        "checking "
    });
    bar.set_length(progress.total.max(progress.done));
    bar.set_position(progress.done);
}

/// The path of a file that is there.
fn readable(path: &Path) -> Result<PathBuf, Failure> {
    let failed = |reason: &str| {
        let path = path.display().to_string();
        Failure::new(
            Exit::NO_INPUT,
            format!("cannot read {}{reason}", escape(&path)),
        )
    };
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(path.to_owned()),
        Ok(_) => Err(failed(": it is not a file")),
        Err(error) => Err(failed("").caused_by(error)),
    }
}

/// The report for a person.
fn say(report: &ImportReport) -> String {
    const KINDS: [(&str, &str); 8] = [
        ("conversation", "conversations"),
        ("message", "messages"),
        ("consultation", "consultations"),
        ("execution", "audits"),
        ("finding", "findings"),
        ("verdict", "verdicts"),
        ("calls", "calls"),
        ("setting", "settings"),
    ];
    let mut text = String::new();
    let head = if report.dry_run {
        "nothing was changed; an import would add"
    } else {
        "imported"
    };
    let _ = writeln!(text, "{}: {head}", report.format.as_str());
    let mut rows = vec![["", "new", "known"].map(str::to_owned).to_vec()];
    for (kind, name) in KINDS {
        let count = report.count(kind);
        if count.new + count.known > 0 || kind == "conversation" {
            rows.push(vec![
                name.to_owned(),
                count.new.to_string(),
                count.known.to_string(),
            ]);
        }
    }
    for line in table(&rows, &[Align::Left, Align::Right, Align::Right], "  ") {
        text.push_str(&line);
        text.push('\n');
    }
    if report.skipped_count > 0 {
        let _ = writeln!(text, "left out: {}", report.skipped_count);
        for skipped in report.skipped.iter().take(LISTED_SKIPS) {
            let line = format!("  {}: {}", skipped.place, skipped.reason);
            let _ = writeln!(text, "{}", escape(&line));
        }
        if report.skipped_count > LISTED_SKIPS as u64 {
            text.push_str("  …\n");
        }
    }
    text
}
