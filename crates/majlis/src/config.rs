//! The configuration file: `majlis.toml` in the platform's configuration folder, or the file that
//! `--config` or `MAJLIS_CONFIG` names. Never one in the working folder, never a `.env`: a hostile
//! repository must not say where questions are sent.
//!
//! Text → [`syntax`] (keys against the one registry) → [`raw`] (types) → [`Config`] (checked).

mod channel;
mod raw;
mod reference;
mod registry;
mod server;
mod syntax;

use std::path::{Path, PathBuf};
use std::{fs, io};

use majlis_council::Mode;
use majlis_llm::{ModelId, PicoUsd, PriceOverride};
use majlis_providers::ServerSettings;
use majlis_server::LimitOptions;

pub(crate) use reference::page as reference_page;
pub(crate) use server::{DoorWishes, host_name};
pub(crate) use syntax::nearest;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::log::Keep;
use crate::paths;
use channel::OwnChannel;

/// A file longer than this is not a configuration.
const MAX_BYTES: u64 = 1 << 20;

/// Where `majlis serve` listens when nothing says otherwise.
pub(crate) const DEFAULT_PORT: u16 = 7777;

/// The checked configuration.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The file it was read from or would be; `None` on a machine without a home folder.
    pub(crate) path: Option<PathBuf>,
    /// The file exists.
    pub(crate) exists: bool,
    /// How `majlis serve` is to be reached.
    pub(crate) door: DoorWishes,
    /// The person's own servers, and changes to known providers.
    pub(crate) providers: Vec<OwnProvider>,
    /// The person's own prices.
    pub(crate) prices: Vec<PriceOverride>,
    /// Requests to `/v1` are as safe from a power cut as all others.
    pub(crate) strict_journal: bool,
    /// How many requests the server takes in a minute.
    pub(crate) limits: LimitOptions,
    /// Members of `ask` without `-m`.
    pub(crate) members: Vec<String>,
    /// How far `ask` goes without `--mode`; `None`: by who is asked.
    pub(crate) mode: Option<Mode>,
    /// Who writes conclusions without `--editor`, in order.
    pub(crate) editors: Vec<ModelId>,
    /// Councils with a name, by name.
    pub(crate) presets: Vec<Preset>,
    /// Look for Ollama, llama.cpp and the like on this machine.
    pub(crate) discover: bool,
    /// URL of the proxy for public addresses.
    pub(crate) proxy: Option<String>,
    /// Folders that programs may have audited through the API.
    pub(crate) audit_roots: Vec<PathBuf>,
    /// Where alerts are told.
    pub(crate) channels: Vec<OwnChannel>,
    /// What is kept of a server's log.
    pub(crate) log: Keep,
}

/// One `[providers.NAME]`: a server of the person's own.
#[derive(Debug, Clone)]
pub(crate) struct OwnProvider {
    /// What majlis-providers builds from, still without its key.
    pub(crate) settings: ServerSettings,
    /// The variable that holds its key.
    pub(crate) key_env: Option<String>,
}

/// One `[presets.NAME]`: a council with a name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Preset {
    /// Its name.
    pub(crate) name: String,
    /// Its members, as `-m` takes them; empty: whoever is asked without `-m`.
    pub(crate) members: Vec<String>,
    /// How far it goes.
    pub(crate) mode: Option<Mode>,
    /// Who writes the conclusion, in order.
    pub(crate) editors: Vec<ModelId>,
    /// What it may cost at most.
    pub(crate) max_cost: Option<PicoUsd>,
}

impl Config {
    /// A preset with what `[council]` says where it says nothing itself; its members stay as they are.
    pub(crate) fn completed(&self, preset: &Preset) -> Preset {
        let mut preset = preset.clone();
        preset.mode = preset.mode.or(self.mode);
        if preset.editors.is_empty() {
            preset.editors.clone_from(&self.editors);
        }
        preset
    }

    /// What holds without any file.
    pub(crate) fn empty(path: Option<PathBuf>) -> Self {
        Self {
            path,
            discover: true,
            ..Self::default()
        }
    }
}

/// Reads the configuration. A file that `named` names must exist; the platform's need not.
///
/// # Errors
/// A [`Failure`] that names file, line and key.
pub(crate) fn load(named: Option<&Path>) -> Result<Config, Failure> {
    let Some(path) = named.map(Path::to_owned).or_else(paths::default_config) else {
        return Ok(Config::empty(None));
    };
    let bytes = match read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => {
            return Ok(Config::empty(Some(path)));
        }
        Err(error) => {
            let message = format!("cannot read the configuration file {}", path.display());
            return Err(Failure::new(Exit::CONFIG, message)
                .with_hint("name another with --config FILE, or unset MAJLIS_CONFIG")
                .caused_by(error));
        }
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Failure::new(
            Exit::CONFIG,
            format!("{} is not UTF-8 text (byte {valid})", path.display()),
        )
        .with_hint("save the file as UTF-8")
    })?;
    parse(&path, &text)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // A folder would fail later with a less helpful word.
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is longer than 1 MiB",
        ));
    }
    fs::read(path)
}

/// Checks the text of a configuration file.
fn parse(path: &Path, text: &str) -> Result<Config, Failure> {
    let fail = |problem: syntax::Problem| problem.in_file(path, text);
    syntax::check(text).map_err(fail)?;
    let raw: raw::RawConfig =
        toml::from_str(text).map_err(|error| fail(syntax::Problem::from_toml(&error)))?;
    let checked = raw
        .checked()
        .map_err(|problem| fail(problem.located(text)))?;
    Ok(Config {
        path: Some(path.to_owned()),
        exists: true,
        ..checked
    })
}

#[cfg(test)]
mod tests;
