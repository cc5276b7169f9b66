//! `majlis completions`: completions for a shell.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::Args;
use clap_complete::Shell;

use crate::arguments;
use crate::exit::Exit;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis completions bash > ~/.local/share/bash-completion/completions/majlis
  majlis completions zsh > ~/.zfunc/_majlis
  majlis completions fish > ~/.config/fish/completions/majlis.fish")]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: &CompletionsArguments) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut arguments::command(),
        "majlis",
        &mut text,
    );
    io::stdout().write_all(&text)?;
    Ok(Exit::DONE)
}
