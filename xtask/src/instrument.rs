//! The one build that counts which lines ran.
//!
//! Cargo calls this very program in place of rustc for the crates of the workspace, and it adds
//! the flag that counts. Cargo keeps what such a wrapper builds apart from ordinary builds of the
//! workspace, and shares everything below it: dependencies are neither instrumented nor built
//! twice, and no `cargo clean` is ever needed. See docs/decisions/0002-coverage-wrapper.md.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use anyhow::{Context, Result};

use crate::folders;

/// Set for the wrapper only: tells this program that cargo calls it as rustc.
const MARK: &str = "MAJLIS_XTASK_AS_RUSTC";

/// Crates that are not measured: they are tools, or run at build time only.
const UNMEASURED: &[&str] = &["xtask", "build_script_build"];

/// The settings of an instrumented run.
#[derive(Debug, Clone)]
pub(crate) struct Instrumented {
    wrapper: PathBuf,
    counts: PathBuf,
}

impl Instrumented {
    /// Puts the wrapper in its place and forgets the counts of earlier runs.
    pub(crate) fn prepare() -> Result<Self> {
        let folder = Self::folder();
        let counts = folder.join("counts");
        if counts.exists() {
            fs::remove_dir_all(&counts)
                .with_context(|| format!("cannot empty {}", counts.display()))?;
        }
        fs::create_dir_all(&counts)
            .with_context(|| format!("cannot create {}", counts.display()))?;
        // A copy, because the build that it serves may replace the original.
        let wrapper = folder.join(folders::program("rustc"));
        let own = env::current_exe().context("cannot tell where this program is")?;
        let program = fs::read(&own).with_context(|| format!("cannot read {}", own.display()))?;
        if fs::read(&wrapper).ok().as_deref() != Some(program.as_slice()) {
            fs::copy(&own, &wrapper)
                .with_context(|| format!("cannot write {}", wrapper.display()))?;
        }
        Ok(Self { wrapper, counts })
    }

    /// Makes `command` build, and what it starts count.
    pub(crate) fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        // %2m: two files per program, merged in place, and not one per process. A test that kills
        // a process leaves no counts of it, never a broken file.
        command
            .env("RUSTC_WORKSPACE_WRAPPER", &self.wrapper)
            .env(MARK, "1")
            .env("LLVM_PROFILE_FILE", self.counts.join("%2m.profraw"))
    }

    /// The folder of the raw counts.
    pub(crate) fn counts(&self) -> &Path {
        &self.counts
    }

    /// The folder of everything that belongs to an instrumented run.
    pub(crate) fn folder() -> PathBuf {
        folders::target("coverage")
    }
}

/// If cargo calls this program as rustc: runs rustc and returns its exit code.
pub(crate) fn act_as_rustc() -> Option<ExitCode> {
    env::var_os(MARK)?;
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let (rustc, rest) = arguments.split_first()?;
    // `cargo xtask` started by a measured test would get here too.
    if Path::new(rustc).file_stem() != Some(OsStr::new("rustc")) {
        return None;
    }
    let mut command = Command::new(rustc);
    command.args(rest);
    if is_asked_for_measured(rest) {
        command.arg("-Cinstrument-coverage");
    }
    let code = match command.status() {
        Ok(status) => status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
        Err(error) => {
            eprintln!("error: cannot start {}: {error}", rustc.to_string_lossy());
            1
        }
    };
    Some(ExitCode::from(code))
}

/// Whether the lines of a crate count.
pub(crate) fn is_measured(name: &str) -> bool {
    !UNMEASURED.contains(&name)
}

/// Whether rustc is asked for a crate whose lines count.
fn is_asked_for_measured(arguments: &[OsString]) -> bool {
    let name = arguments
        .windows(2)
        .find(|pair| pair[0] == "--crate-name")
        .map(|pair| &pair[1]);
    name.and_then(|name| name.to_str()).is_some_and(is_measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crates_of_the_product_are_measured() {
        for (arguments, expected) in [
            (&["--crate-name", "majlis_text", "--edition=2024"][..], true),
            (&["--crate-name", "xtask"], false),
            (&["--crate-name", "build_script_build"], false),
            (&["-vV"], false),
            (&["-", "--crate-name", "___", "--print=cfg"], true),
        ] {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            assert_eq!(is_asked_for_measured(&arguments), expected, "{arguments:?}");
        }
    }

    #[test]
    fn a_command_builds_and_counts_in_the_same_place() {
        let instrumented = Instrumented {
            wrapper: PathBuf::from("/t/rustc"),
            counts: PathBuf::from("/t/counts"),
        };
        let mut command = Command::new("cargo");
        instrumented.apply(&mut command);
        let value = |name: &str| {
            command
                .get_envs()
                .find(|(key, _)| *key == name)
                .and_then(|(_, value)| value)
                .map(OsStr::to_owned)
        };
        assert_eq!(value("RUSTC_WORKSPACE_WRAPPER"), Some("/t/rustc".into()));
        assert_eq!(
            value("LLVM_PROFILE_FILE"),
            Some("/t/counts/%2m.profraw".into())
        );
    }
}
