//! The project's own tasks. `cargo xtask run` and `cargo xtask test` are the two to remember.

mod audit_deps;
mod bench;
mod cargo;
mod codes;
mod conformance;
mod coverage;
mod crash;
mod folders;
mod fuzz;
mod generate;
mod instrument;
mod live;
mod models;
mod need;
mod prices;
mod process;
mod prometheus;
mod python;
mod run;
mod rust_tests;
mod sdk;
mod snapshots;
mod step;
mod test;
mod tidy;
mod trees;
mod ui;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// The tasks of this project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build what is missing, serve Majlis and open the page
    Run {
        /// Arguments for `majlis serve`, after `--`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Run everything that CI runs
    Test {
        /// Leave out the browser, the local model server and coverage
        #[arg(long)]
        quick: bool,
    },
    /// Check the rules of the house that no compiler checks
    Tidy,
    /// Write the generated files anew
    Generate {
        /// Fail if one was out of date
        #[arg(long)]
        check: bool,
        /// Only the files whose path holds this
        only: Option<String>,
    },
    /// Run the tests and show which lines they reach
    Coverage,
    /// Run the programs behind docs/benchmarks.md
    Bench {
        /// Only this one
        name: Option<String>,
        /// The cargo profile to build with; the published figures are of `release`
        #[arg(long, default_value = "quick")]
        profile: String,
        #[command(flatten)]
        files: bench::TextFiles,
    },
    /// Train the heads of text analysis anew (docs/model-card.md)
    Train {
        /// Folder with the data that may train them
        data: PathBuf,
        /// Folder with the model files
        #[arg(long, env = "MAJLIS_MODELS_DIR")]
        models: Option<PathBuf>,
    },
    /// Kill the program, fill its disk, damage its files: nothing may be lost in silence
    Crash {
        /// The cargo profile to build with
        #[arg(long, default_value = "quick")]
        profile: String,
        /// Try this program instead of building one
        #[arg(long, conflicts_with = "profile")]
        binary: Option<PathBuf>,
        /// Fewer rounds, as `cargo xtask test` runs them
        #[arg(long)]
        short: bool,
        /// Only the scenarios whose name holds this
        #[arg(long)]
        only: Option<String>,
        /// Repeat the rounds of an earlier run
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Run every fuzz target for a bounded time
    Fuzz {
        /// Seconds for each target
        #[arg(default_value_t = 60)]
        seconds: u32,
    },
    /// Write the price table anew from its pinned source
    Prices {
        /// Fail if it was out of date
        #[arg(long)]
        check: bool,
    },
    /// Fetch the embedded model unless it is there
    Models,
    /// Check the licences, sources and use of dependencies
    AuditDeps,
}

fn main() -> ExitCode {
    if let Some(code) = instrument::act_as_rustc() {
        return code;
    }
    match perform(CommandLine::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask has no parent folder")?;
    env::set_current_dir(root).with_context(|| format!("cannot work in {}", root.display()))?;
    match task {
        Task::Run { arguments } => run::run(&arguments),
        Task::Test { quick } => test::run(quick),
        Task::Tidy => tidy::run(),
        Task::Generate { check, only } => generate::run(check, only.as_deref(), None),
        Task::Coverage => test::run_coverage(),
        Task::Bench {
            name,
            profile,
            files,
        } => bench::run(name.as_deref(), &profile, &files),
        Task::Train { data, models } => bench::train(data, models),
        Task::Crash {
            profile,
            binary,
            short,
            only,
            seed,
        } => crash::run(&profile, binary, short, only.as_deref(), seed),
        Task::Fuzz { seconds } => fuzz::run(seconds),
        Task::Prices { check } => prices::run(check),
        Task::Models => models::run(),
        Task::AuditDeps => audit_deps::run(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }
}
