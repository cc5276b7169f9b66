//! `majlis config`: where the configuration is read from and what it says.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::arguments::GlobalArguments;
use crate::config::{self, Config, DEFAULT_PORT, DoorWishes};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::house;
use crate::paths;

/// Show where the configuration is read from and what holds
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis config                 what holds now, without keys
  majlis config path            the file, to open it in an editor
  majlis config reference       every key, variable and exit code")]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    command: Option<ConfigCommand>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum ConfigCommand {
    /// Print the path of the configuration file
    Path,
    /// Print what holds now, without keys
    Show,
    /// Print the reference page of all keys and variables
    #[command(hide = true)]
    Reference,
}

pub(crate) fn run(global: &GlobalArguments, arguments: &ConfigArguments) -> Result<Exit> {
    let text = match arguments.command {
        Some(ConfigCommand::Reference) => config::reference_page(),
        Some(ConfigCommand::Path) => {
            let path = global.config.clone().or_else(paths::default_config);
            path.map_or_else(String::new, |path| format!("{}\n", path.display()))
        }
        Some(ConfigCommand::Show) | None => show(global)?,
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

fn show(global: &GlobalArguments) -> Result<String> {
    let config = config::load(global.config.as_deref())?;
    let environment = house::environment(&config);
    let mut text = String::new();
    let file = config
        .path
        .as_ref()
        .map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    let exists = if config.exists {
        ""
    } else {
        " (does not exist; the defaults hold)"
    };
    let _ = writeln!(text, "configuration  {file}{exists}");
    let _ = writeln!(
        text,
        "data           {}",
        paths::data_dir(global.data_dir.clone())?.display()
    );
    let models = paths::models_dir(&environment)
        .map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    let _ = writeln!(text, "model files    {models}");
    show_door(&mut text, &config.door);
    let members = if config.members.is_empty() {
        "not set".to_owned()
    } else {
        config.members.join(", ")
    };
    let _ = writeln!(text, "members        {members}");
    let discovery = if config.discover {
        "looked for"
    } else {
        "not looked for"
    };
    let _ = writeln!(text, "local servers  {discovery}");
    show_keys(&mut text, &config, &environment);
    Ok(text)
}

fn show_door(text: &mut String, door: &DoorWishes) {
    let _ = writeln!(text, "port           {}", door.port.unwrap_or(DEFAULT_PORT));
    if !door.bind.is_empty() {
        let addresses: Vec<String> = door.bind.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "addresses      {}", addresses.join(", "));
    }
    if !door.host_names.is_empty() {
        let _ = writeln!(text, "host names     {}", door.host_names.join(", "));
    }
    if let Some(file) = &door.token_file {
        let _ = writeln!(text, "token file     {}", file.display());
    }
}

fn show_keys(text: &mut String, config: &Config, environment: &Environment) {
    let set = |name: &str| {
        if environment.get(name).is_some() {
            "set"
        } else {
            "not set"
        }
    };
    text.push_str("\nkeys (never shown)\n");
    for (provider, variables) in house::key_variables() {
        for variable in variables {
            let _ = writeln!(text, "  {provider:<12} {variable:<22} {}", set(variable));
        }
    }
    for provider in &config.providers {
        if let Some(variable) = &provider.key_env {
            let _ = writeln!(
                text,
                "  {:<12} {variable:<22} {}",
                provider.settings.name,
                set(variable)
            );
        }
    }
    if !config.providers.is_empty() {
        text.push_str("\nproviders of the file\n");
    }
    for provider in &config.providers {
        let settings = &provider.settings;
        let _ = writeln!(
            text,
            "  {:<12} {} ({})",
            settings.name,
            settings.base_url,
            settings.format.as_str()
        );
    }
    if !config.prices.is_empty() {
        let _ = writeln!(text, "\nprices of the file: {}", config.prices.len());
    }
}
