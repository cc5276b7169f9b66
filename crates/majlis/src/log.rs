//! Logs on the error stream: what happened, never what was asked or answered.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::arguments::GlobalArguments;
use crate::terminal::stderr_is_colored;

/// What is logged when nothing says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quiet {
    /// A command whose output is for people: only what went wrong.
    Command,
    /// A server: what it does.
    Server,
}

/// Starts logging. `filter` is `MAJLIS_LOG`; a filter that cannot be read is ignored with a word.
pub(crate) fn start(global: &GlobalArguments, filter: Option<&str>, quiet: Quiet) {
    let fallback = directives(global.verbose, global.quiet, quiet);
    let parsed = match (filter, global.verbose, global.quiet) {
        (Some(filter), 0, false) => EnvFilter::try_new(filter),
        _ => EnvFilter::try_new(fallback),
    };
    let (filter, problem) = match parsed {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(fallback), Some(error)),
    };
    let built = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(filter)
        .with_ansi(stderr_is_colored(global.color))
        .with_target(global.verbose > 0);
    // A second start in one process (tests) keeps the first.
    drop(built.try_init());
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
