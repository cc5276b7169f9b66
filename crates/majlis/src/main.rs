//! Majlis on the command line: arguments, configuration, wiring, shutdown.
//!
//! **Boundary.** The only crate that reads the environment, the configuration and the terminal.
//! Every command is one file under `command/`; whatever goes wrong ends in [`failure::report`].

mod arguments;
mod ask;
mod command;
mod config;
mod costs;
mod document;
mod door;
mod environment;
mod exit;
mod failure;
mod house;
mod interrupt;
mod keys;
mod log;
mod members;
mod paths;
mod terminal;
mod users;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = arguments::parse();
    let palette = terminal::Palette::for_stderr(arguments.global.color);
    match command::run(arguments) {
        Ok(exit) => exit.into(),
        Err(error) => failure::report(&error, &palette).into(),
    }
}
