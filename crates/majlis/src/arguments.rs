//! The command line as people type it.

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser};

use crate::command::Command;
use crate::environment;
use crate::exit;
use crate::terminal::ColorChoice;

/// Ask several AI models at once and see where they agree.
///
/// Majlis puts a question to a council of models, shows their answers side by side, measures
/// where they agree, differ and contradict each other, and says what each answer cost.
/// Everything is kept in one database on this machine.
#[derive(Debug, Parser)]
#[command(
    name = "majlis",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
#[allow(clippy::doc_markdown)] // these comments are the help people read
pub(crate) struct GlobalArguments {
    /// Read this configuration file [env: MAJLIS_CONFIG]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Keep the data in this folder [env: MAJLIS_DATA_DIR]
    #[arg(long, value_name = "FOLDER", global = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Log more to the error stream; twice for everything
    #[arg(short, long, action = ArgAction::Count, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Log nothing but errors
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Use colours; `auto` does on a terminal, unless NO_COLOR is set
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        global = true
    )]
    pub(crate) color: ColorChoice,
    /// The same as --color never
    #[arg(long, global = true, hide = true)]
    pub(crate) no_color: bool,
}

const EXAMPLES: &str = "\
Examples:
  majlis ask \"Is Rust a good first language?\"
  majlis ask -m openai/gpt-5-mini -m anthropic/claude-sonnet-4-6 \"What is a monad?\"
  git diff | majlis ask \"What could break here?\"
  majlis ask --answer alice=a.txt --answer bob=b.txt \"Who is right?\"
  majlis serve

`majlis doctor` says what is missing and how to mend it.";

/// Reads the command line; ends the program itself for help, version and what cannot be understood.
pub(crate) fn parse() -> Arguments {
    let command = command();
    let matches = command.get_matches();
    let mut arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let global = &mut arguments.global;
    global.config = global
        .config
        .take()
        .or_else(|| environment::path("MAJLIS_CONFIG"));
    global.data_dir = global
        .data_dir
        .take()
        .or_else(|| environment::path("MAJLIS_DATA_DIR"));
    if global.no_color {
        global.color = ColorChoice::Never;
    }
    arguments
}

/// The description of the command line, from which help and completions come.
pub(crate) fn command() -> clap::Command {
    let long = format!("{EXAMPLES}\n\nExit codes:\n{}", exit::table("  "));
    Arguments::command().after_long_help(long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::VARIABLES;

    #[test]
    fn the_description_of_the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_variable_the_help_names_is_in_the_list_of_variables() {
        let help = command().render_long_help().to_string();
        let named: Vec<&str> = help
            .split("[env: ")
            .skip(1)
            .filter_map(|rest| rest.split(']').next())
            .collect();
        assert_eq!(named, ["MAJLIS_CONFIG", "MAJLIS_DATA_DIR"]);
        assert!(
            named
                .iter()
                .all(|name| VARIABLES.iter().any(|variable| variable.name == *name))
        );
    }
}
