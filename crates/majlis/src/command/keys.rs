//! `majlis keys`: keys that are stored on this machine.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, Subcommand};
use majlis_app::{KeySource, no_place_for_keys};
use majlis_providers::Secret;
use majlis_providers::key_store::{KeyStore, KeyStoreError};
use serde::Serialize;

use crate::arguments::GlobalArguments;
use crate::command::backup::local_time;
use crate::config;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::keys::{self, KeyPlace, Keys};
use crate::terminal::{Align, escape, table};
use crate::{house, paths};

/// Longest text that is read as a key, in bytes.
const MAX_BYTES: u64 = 64 << 10;

/// Show and store keys of providers
///
/// A stored key lies sealed in the data folder; the file that opens it lies apart from it, in the
/// configuration folder, so that a copy of the data is of no use to others. Environment variables
/// go before stored keys. A key is sent to the address it was stored for, and nowhere else.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  majlis keys                        where each key comes from, without the keys
  majlis keys set openai             asks for it without showing it
  majlis keys set openai < key.txt
  majlis keys remove openai"
)]
pub(crate) struct KeysArguments {
    #[command(subcommand)]
    command: Option<KeysCommand>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Show where each key comes from
    List,
    /// Store a key; it is asked for, or read from standard input
    Set {
        /// The provider, or `alerts.` and the name of a channel
        name: String,
    },
    /// Forget a stored key
    Remove {
        /// The provider, or `alerts.` and the name of a channel
        name: String,
    },
    /// Put stored keys aside that cannot be opened, to begin anew
    Reset,
}

/// What the commands work on.
struct Desk {
    places: Vec<KeyPlace>,
    environment: Arc<Environment>,
    data_dir: PathBuf,
    store: KeyStore,
}

pub(crate) fn run(global: &GlobalArguments, arguments: &KeysArguments) -> Result<Exit> {
    let desk = Desk::new(global)?;
    match &arguments.command {
        Some(KeysCommand::List) | None => desk.list(arguments.json)?,
        Some(KeysCommand::Set { name }) => desk.set(name)?,
        Some(KeysCommand::Remove { name }) => desk.remove(name)?,
        Some(KeysCommand::Reset) => desk.reset()?,
    }
    Ok(Exit::DONE)
}

/// A place as `--json` shows it.
#[derive(Serialize)]
struct PlaceJson {
    name: String,
    origin: String,
    variables: Vec<String>,
    source: &'static str,
    stored_at: Option<String>,
}

impl Desk {
    fn new(global: &GlobalArguments) -> Result<Self, Failure> {
        let config = config::load(global.config.as_deref())?;
        let environment = Arc::new(house::environment(&config));
        let data_dir = paths::data_dir(global.data_dir.clone())?;
        let store = keys::store(&environment, &data_dir)
            .ok_or_else(|| Failure::from_notice(Exit::CANNOT_CREATE, no_place_for_keys()))?;
        Ok(Self {
            places: keys::places(&config),
            environment,
            data_dir,
            store,
        })
    }

    fn keys(&self) -> Result<Keys, Failure> {
        let mut keys = Keys::read(Arc::clone(&self.environment), Some(&self.data_dir));
        match keys.problem.take() {
            Some(problem) => Err(failure(&problem)),
            None => Ok(keys),
        }
    }

    fn list(&self, json: bool) -> Result<()> {
        let keys = self.keys()?;
        let text = if json {
            let rows: Vec<PlaceJson> = self.places.iter().map(|place| row(place, &keys)).collect();
            format!("{}\n", serde_json::to_string_pretty(&rows)?)
        } else {
            self.overview(&keys)
        };
        io::stdout().write_all(text.as_bytes())?;
        Ok(())
    }

    fn overview(&self, keys: &Keys) -> String {
        let rows: Vec<Vec<String>> = self
            .places
            .iter()
            .map(|place| {
                let (mark, words) = words(place, &keys.source(place));
                vec![mark.to_owned(), place.name.clone(), words]
            })
            .collect();
        let mut text = table(&rows, &[Align::Left; 3], "").join("\n");
        text.push('\n');
        for name in keys.strangers(&self.places) {
            let name = escape(&name);
            let _ = writeln!(
                text,
                "! a key is stored for {name}, which is not configured"
            );
        }
        let place = self.store.path().display();
        let _ = writeln!(text, "\nStored keys lie sealed in {place}.");
        text
    }

    fn set(&self, name: &str) -> Result<()> {
        let place = self.place(name)?;
        // What cannot be opened is said before a key is asked for.
        self.keys()?;
        let key = ask(name)?;
        keys::put(&self.store, place, key).map_err(|error| failure(&error))?;
        let mut out = io::stdout();
        writeln!(
            out,
            "✓ stored for {name}, to be sent to {} only",
            place.origin
        )?;
        let is_set = |variable: &&String| self.environment.get(variable).is_some();
        if let Some(variable) = place.variables.iter().find(is_set) {
            writeln!(out, "! {variable} is set, and goes before it")?;
        }
        writeln!(
            out,
            "A server that is running takes it with its next start."
        )?;
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<()> {
        // Also one whose provider is configured no more.
        let removed = self.store.remove(name).map_err(|error| failure(&error))?;
        if !removed {
            self.place(name)?;
            let message = format!("no key is stored for {name}");
            return Err(Failure::new(Exit::USAGE, message)
                .with_hint("`majlis keys` shows what is stored")
                .into());
        }
        writeln!(io::stdout(), "✓ the stored key of {name} is gone")?;
        Ok(())
    }

    fn reset(&self) -> Result<()> {
        let mut out = io::stdout();
        if self.keys().is_ok() {
            writeln!(out, "Stored keys can be opened; nothing was changed.")?;
            return Ok(());
        }
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let aside = self
            .store
            .set_aside(now_ms)
            .map_err(|error| failure(&error))?;
        if let Some(aside) = aside {
            writeln!(out, "✓ put aside as {}", aside.display())?;
        }
        writeln!(out, "Store the keys again: majlis keys set NAME")?;
        Ok(())
    }

    fn place(&self, name: &str) -> Result<&KeyPlace, Failure> {
        let found = self.places.iter().find(|place| place.name == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = self
                .places
                .iter()
                .map(|place| place.name.as_str())
                .collect();
            let hint = match config::nearest(name, &names) {
                Some(near) => format!("did you mean {near}? "),
                None => String::new(),
            };
            let message = format!("nothing named {:?} takes a key", escape(name));
            Failure::new(Exit::USAGE, message)
                .with_hint(format!("{hint}These do: {}", names.join(", ")))
        })
    }
}

fn failure(error: &KeyStoreError) -> Failure {
    let exit = match error {
        KeyStoreError::Key(_) => Exit::DATA,
        KeyStoreError::Io { .. } => Exit::DISK,
        KeyStoreError::Exposed { .. }
        | KeyStoreError::NoKeyFile { .. }
        | KeyStoreError::Unreadable { .. } => Exit::CONFIG,
    };
    Failure::from_notice(exit, error.into())
}

fn words(place: &KeyPlace, source: &KeySource) -> (&'static str, String) {
    match source {
        KeySource::Environment { variable } => ("✓", format!("from {variable}")),
        KeySource::Stored { at_ms } => ("✓", format!("stored on {}", local_time(*at_ms))),
        KeySource::Misplaced { origin } => (
            "!",
            format!("stored for {origin}, not sent to {}", place.origin),
        ),
        KeySource::None if place.variables.is_empty() => ("·", "none".to_owned()),
        KeySource::None => ("·", format!("none; {}", place.variables.join(" or "))),
    }
}

fn row(place: &KeyPlace, keys: &Keys) -> PlaceJson {
    let source = keys.source(place);
    let stored_at = match &source {
        KeySource::Stored { at_ms } => jiff::Timestamp::from_millisecond(*at_ms).ok(),
        _ => None,
    };
    PlaceJson {
        name: place.name.clone(),
        origin: place.origin.clone(),
        variables: place.variables.clone(),
        source: match source {
            KeySource::None => "none",
            KeySource::Environment { .. } => "environment",
            KeySource::Stored { .. } => "stored",
            KeySource::Misplaced { .. } => "misplaced",
        },
        stored_at: stored_at.map(|time| time.to_string()),
    }
}

/// The key, typed without being shown, or from standard input.
fn ask(name: &str) -> Result<Secret> {
    if io::stdin().is_terminal() {
        let prompt = format!("Key for {name} (it is not shown): ");
        return Ok(Secret::from(rpassword::prompt_password(prompt)?));
    }
    let mut text = String::new();
    io::stdin()
        .take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| {
            Failure::new(Exit::NO_INPUT, "the key cannot be read from standard input")
                .with_hint("it must be text: majlis keys set NAME < FILE")
                .caused_by(error)
        })?;
    Ok(Secret::from(text))
}
