//! `majlis token`: what a server asks of whoever is not on this machine.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::exit::Exit;
use crate::failure::Failure;

/// Make a token for `majlis serve`
///
/// A server that others can reach asks for a token. It stands in a file that only you may read;
/// give that file to `majlis serve --token-file`, and its line to whoever signs in.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis token new ~/.config/majlis/token
  majlis serve --token-file ~/.config/majlis/token")]
pub(crate) struct TokenArguments {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Write a new token into a new file
    New {
        /// The file, which must not exist
        file: PathBuf,
    },
}

pub(crate) fn run(arguments: &TokenArguments) -> Result<Exit> {
    let TokenCommand::New { file } = &arguments.command;
    let token = majlis_server::new_token().map_err(|error| {
        Failure::new(Exit::INTERNAL, "the system has no randomness for a token").caused_by(error)
    })?;
    keep(file, &token).map_err(|error| unwritable(file, error))?;
    let shown = file.display();
    writeln!(
        io::stdout(),
        "The token is in {shown}, which only you may read.\n\
         Serve with it:  majlis serve --token-file \"{shown}\"\n\
         See it:         cat \"{shown}\""
    )?;
    Ok(Exit::DONE)
}

fn keep(path: &Path, token: &str) -> io::Result<()> {
    let mut file = create(path)?;
    writeln!(file, "{token}")?;
    file.sync_all()
}

/// A file that was not there, closed to others from its first moment.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn unwritable(path: &Path, error: io::Error) -> Failure {
    let hint = if error.kind() == io::ErrorKind::AlreadyExists {
        "it may be in use: name another file, or delete this one first"
    } else {
        "name a file in a folder that exists and that you may write to"
    };
    let message = format!("cannot make the token file {}", path.display());
    Failure::new(Exit::CANNOT_CREATE, message)
        .with_hint(hint)
        .caused_by(error)
}
