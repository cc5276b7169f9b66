//! Everything that runs our Rust: one measured build, and what is started from it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::cargo::{Executable, cargo, executables};
use crate::instrument::{self, Instrumented};
use crate::live::Server;
use crate::{
    conformance, coverage, crash, folders, generate, models, process, prometheus, sdk, snapshots,
    ui,
};

/// Test targets that talk to the embedded model or to a real llama.cpp server.
const LIVE_TARGETS: &[&str] = &["llamacpp", "live_local"];

/// What compiles them. Part of every measured build: a build without would be a second one.
pub(crate) const LIVE_FEATURES: &str = "majlis-providers/live-llamacpp,majlis-providers/live-local";

/// A measured build of the workspace.
#[derive(Debug)]
pub(crate) struct Measured {
    instrumented: Instrumented,
    programs: Vec<Executable>,
}

impl Measured {
    /// Builds every test and the binary; errors and progress are shown as cargo writes them.
    pub(crate) fn build() -> Result<Self> {
        let instrumented = Instrumented::prepare()?;
        let mut command = cargo(&[
            "test",
            "--workspace",
            "--tests",
            "--features",
            LIVE_FEATURES,
        ]);
        command.args(["--no-run", "--message-format", "json-render-diagnostics"]);
        let output = instrumented
            .apply(&mut command)
            .stderr(Stdio::inherit())
            .output()
            .context("cannot start cargo")?;
        if !output.status.success() {
            bail!("the tests do not build: {}", output.status);
        }
        let messages =
            String::from_utf8(output.stdout).context("cargo wrote something that is not UTF-8")?;
        let mut programs = executables(&messages)?;
        // llvm-cov refuses a program in which nothing was counted.
        programs.retain(|program| instrument::is_measured(&program.name));
        keep_programs(&mut programs)?;
        Ok(Self {
            instrumented,
            programs,
        })
    }

    /// The measured binary, as an absolute path.
    pub(crate) fn majlis(&self) -> Result<&Path> {
        self.programs
            .iter()
            .find(|program| program.is_program && program.name == "majlis")
            .map(|program| program.path.as_path())
            .context("the build made no `majlis`")
    }

    /// Compares the generated files with what the binary writes now.
    pub(crate) fn check_generated(&self) -> Result<()> {
        generate::run(true, None, Some(self.majlis()?))
    }

    /// Every test but the live ones.
    pub(crate) fn run_quick(&self) -> Result<()> {
        self.nextest(|command| command.args(["-E", &not_live(LIVE_TARGETS)]))
    }

    /// Every test, the live ones too. A snapshot that no test compared with is an error as well.
    pub(crate) fn run_all(&self) -> Result<()> {
        let models = models::ensure(self.majlis()?)?;
        let server = Server::start(&models)?;
        eprintln!("a llama.cpp server answers at {}", server.url());
        let references = snapshots::prepare()?;
        self.nextest(|command| {
            command
                .env("MAJLIS_TEST_LLAMACPP_URL", server.url())
                .env("MAJLIS_MODELS_DIR", &models)
                .env(snapshots::VARIABLE, &references)
        })?;
        snapshots::check(&references)
    }

    fn nextest(&self, configure: impl FnOnce(&mut Command) -> &mut Command) -> Result<()> {
        let mut command = cargo(&[
            "nextest",
            "run",
            "--workspace",
            "--tests",
            "--features",
            LIVE_FEATURES,
        ]);
        // A snapshot that differs fails and leaves no file behind.
        command.env("INSTA_UPDATE", "no");
        configure(&mut command);
        process::run(self.instrumented.apply(&mut command))
    }

    /// The examples in the documentation.
    pub(crate) fn run_documentation(&self) -> Result<()> {
        let mut command = cargo(&[
            "test",
            "--workspace",
            "--doc",
            "--features",
            LIVE_FEATURES,
            "--quiet",
        ]);
        process::run(self.instrumented.apply(&mut command))
    }

    /// The page, in Chromium, against the measured binary.
    pub(crate) fn run_browser(&self) -> Result<()> {
        let mut command = ui::in_browser("e2e", self.majlis()?);
        process::run(self.instrumented.apply(&mut command))
    }

    /// The short form of what may happen to the program, against the measured binary.
    pub(crate) fn run_crash(&self) -> Result<()> {
        let counts = self.instrumented.clone();
        crash::run_with(self.majlis()?, true, None, 1, move |command| {
            counts.apply(command)
        })
    }

    /// Programs that speak `/v1`, against the measured binary.
    pub(crate) fn run_sdk(&self) -> Result<()> {
        sdk::run(self.majlis()?, |command| self.instrumented.apply(command))
    }

    /// The conformance suite of the Model Context Protocol, against the measured binary.
    pub(crate) fn run_conformance(&self) -> Result<()> {
        conformance::run(self.majlis()?, |command| self.instrumented.apply(command))
    }

    /// A real Prometheus, against the measured binary.
    pub(crate) fn run_prometheus(&self) -> Result<()> {
        prometheus::run(self.majlis()?, |command| self.instrumented.apply(command))
    }

    /// The table of lines that ran, and the threshold.
    pub(crate) fn report_coverage(&self) -> Result<()> {
        let paths: Vec<PathBuf> = self
            .programs
            .iter()
            .map(|program| program.path.clone())
            .collect();
        coverage::report(&self.instrumented, &paths)
    }
}

/// Copies our programs out of cargo's way: the next ordinary build would replace them.
fn keep_programs(programs: &mut [Executable]) -> Result<()> {
    for program in programs.iter_mut().filter(|program| program.is_program) {
        let kept = Instrumented::folder().join(folders::program(&program.name));
        fs::copy(&program.path, &kept)
            .with_context(|| format!("cannot copy {}", program.path.display()))?;
        program.path = kept;
    }
    Ok(())
}

/// nextest's expression for everything but these test targets.
fn not_live(targets: &[&str]) -> String {
    let each: Vec<String> = targets
        .iter()
        .map(|target| format!("not binary(={target})"))
        .collect();
    each.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_targets_are_left_out_by_name() {
        assert_eq!(
            not_live(&["llamacpp", "live_local"]),
            "not binary(=llamacpp) and not binary(=live_local)"
        );
    }
}
