//! Logs on the error stream, and of a server in files too: what happened, never what was asked or
//! answered.

mod day;
mod mask;

use std::io;
use std::path::PathBuf;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::arguments::GlobalArguments;
use crate::terminal::stderr_is_colored;

use day::DayFiles;
pub(crate) use day::Keep;
use mask::Masked;

/// What is logged when nothing says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quiet {
    /// A command whose output is for people: only what went wrong.
    Command,
    /// A server: what it does.
    Server,
}

/// Where a server's log files lie, and how many.
#[derive(Debug, Clone)]
pub(crate) struct LogFiles {
    /// Their folder.
    pub(crate) folder: PathBuf,
    /// How many.
    pub(crate) keep: Keep,
}

/// Starts logging on the error stream. `filter` is `MAJLIS_LOG`; a filter that cannot be read is ignored with a word.
pub(crate) fn start(global: &GlobalArguments, filter: Option<&str>, quiet: Quiet) {
    start_with(global, filter, quiet, None);
}

/// The same, and in files: one JSON object a line, with the request it belongs to.
pub(crate) fn start_with(
    global: &GlobalArguments,
    filter: Option<&str>,
    quiet: Quiet,
    files: Option<LogFiles>,
) {
    let fallback = directives(global.verbose, global.quiet, quiet);
    let parsed = match (filter, global.verbose, global.quiet) {
        (Some(filter), 0, false) => EnvFilter::try_new(filter),
        _ => EnvFilter::try_new(fallback),
    };
    let (filter, problem) = match parsed {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(fallback), Some(error)),
    };
    let screen = fmt::layer()
        .with_writer(Masked(io::stderr))
        .with_ansi(stderr_is_colored(global.color))
        .with_target(global.verbose > 0)
        .with_filter(filter);
    let files = files.filter(|files| files.keep.days > 0).map(|files| {
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .with_writer(Masked(DayFiles::new(files.folder, files.keep)))
            .with_filter(EnvFilter::new(directives(0, false, Quiet::Server)))
    });
    // A second start in one process (tests) keeps the first.
    drop(
        tracing_subscriber::registry()
            .with(screen)
            .with(files)
            .try_init(),
    );
    if let Some(error) = problem {
        tracing::warn!(%error, "MAJLIS_LOG cannot be read and is ignored");
    }
}

fn directives(verbose: u8, is_quiet: bool, quiet: Quiet) -> &'static str {
    match (verbose, is_quiet, quiet) {
        (_, true, _) => "error",
        (0, _, Quiet::Command) => "off",
        (0, _, Quiet::Server) => {
            "warn,majlis=info,majlis_app=info,majlis_server=info,majlis_store=info,majlis_providers=info"
        }
        (1, _, _) => {
            "warn,majlis=debug,majlis_app=debug,majlis_server=debug,majlis_store=debug,majlis_providers=debug"
        }
        (_, _, _) => {
            "debug,majlis=trace,majlis_app=trace,majlis_server=trace,majlis_store=trace,majlis_providers=trace"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_a_filter_that_can_be_read() {
        for verbose in 0..4 {
            for is_quiet in [false, true] {
                for quiet in [Quiet::Command, Quiet::Server] {
                    let directives = directives(verbose, is_quiet, quiet);
                    assert!(EnvFilter::try_new(directives).is_ok(), "{directives}");
                }
            }
        }
    }
}
