//! `cargo xtask test`: everything that CI runs.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::cargo::{
    Executable, NEXTEST, cargo, ensure_component, ensure_tool, executables, llvm_tools,
};
use crate::instrument::Instrumented;
use crate::need::{self, C_COMPILER, CHROMIUM, GIT, NODE, NPM, Need, PYTHON, VENV};
use crate::step::Steps;
use crate::{coverage, generate, process, snapshots, tidy, ui};

/// What the whole test needs on the machine.
const NEEDS: &[Need] = &[C_COMPILER, GIT, NODE, NPM, PYTHON, VENV, CHROMIUM];

/// What the quick one needs.
const NEEDS_QUICK: &[Need] = &[C_COMPILER, GIT, NODE, NPM];

/// Runs every step, those after a failed one too, and prints one summary.
///
/// `quick` leaves out what takes minutes on top: the browser, the local model server, coverage.
pub(crate) fn run(quick: bool) -> Result<()> {
    need::check(if quick { NEEDS_QUICK } else { NEEDS })?;
    ensure_tool(NEXTEST)?;
    let mut steps = Steps::new();
    steps.step("format", || {
        process::run(&mut cargo(&["fmt", "--all", "--check"]))
    });
    steps.step("tidy", tidy::run);
    let page = test_ui(&mut steps);
    steps.step("clippy", clippy);
    test_rust(&mut steps, quick, page)?;
    steps.finish()
}

/// Coverage alone: the tests that measure it, the table and the threshold.
pub(crate) fn run_coverage() -> Result<()> {
    need::check(NEEDS_QUICK)?;
    ensure_tool(NEXTEST)?;
    let mut steps = Steps::new();
    test_rust(&mut steps, false, ui::build().is_ok())?;
    steps.finish()
}

fn clippy() -> Result<()> {
    process::run(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))
}

/// The checks of the page that need no browser. Returns whether `ui/dist` is there.
fn test_ui(steps: &mut Steps) -> bool {
    if steps
        .step("page: packages", || ui::install(ui::FOLDER))
        .is_none()
    {
        steps.skip(
            "page: types, lint, tests, build, budget",
            "its packages are missing",
        );
        return false;
    }
    for (name, script) in [
        ("page: types", "check"),
        ("page: lint", "lint"),
        ("page: tests", "test"),
    ] {
        steps.step(name, || ui::script(script));
    }
    let built = steps.step("page: build", ui::build).is_some();
    if built {
        steps.step("page: budget", || ui::script("budget"));
    }
    built
}

/// Everything that runs our Rust: one instrumented build for all of it.
fn test_rust(steps: &mut Steps, quick: bool, page: bool) -> Result<()> {
    ensure_component("llvm-tools", &llvm_tools()?)?;
    let instrumented = Instrumented::prepare()?;
    let Some(programs) = steps.step("build of the tests", || build(&instrumented)) else {
        steps.skip("tests, coverage", "they do not build");
        return Ok(());
    };
    steps.step("generated files", || {
        generate::run(true, Some(&majlis(&programs)?))
    });
    let tests = steps.step("tests", || nextest(&instrumented));
    steps.step("documentation tests", || doc_tests(&instrumented));
    if quick {
        return Ok(());
    }
    if page {
        steps.step("page in a browser", || browser(&instrumented, &programs));
    } else {
        steps.skip("page in a browser", "the page did not build");
    }
    match tests {
        Some(()) => {
            let paths: Vec<PathBuf> = programs.into_iter().map(|program| program.path).collect();
            steps.step("coverage", || coverage::report(&instrumented, &paths));
        }
        None => steps.skip("coverage", "the tests failed"),
    }
    Ok(())
}

/// Builds every test and the binary; errors and progress are shown as cargo writes them.
fn build(instrumented: &Instrumented) -> Result<Vec<Executable>> {
    let mut command = cargo(&[
        "test",
        "--workspace",
        "--tests",
        "--no-run",
        "--message-format",
        "json-render-diagnostics",
    ]);
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
    keep_programs(&mut programs)?;
    Ok(programs)
}

/// Copies our programs out of cargo's way: the next ordinary build would replace them.
fn keep_programs(programs: &mut [Executable]) -> Result<()> {
    for program in programs.iter_mut().filter(|program| program.is_program) {
        let kept = Instrumented::folder().join(&program.name);
        fs::copy(&program.path, &kept)
            .with_context(|| format!("cannot copy {}", program.path.display()))?;
        program.path = kept;
    }
    Ok(())
}

fn nextest(instrumented: &Instrumented) -> Result<()> {
    let references = snapshots::prepare()?;
    let mut command = cargo(&["nextest", "run", "--workspace", "--tests"]);
    // A snapshot that differs fails and leaves no file behind.
    command
        .env("INSTA_UPDATE", "no")
        .env(snapshots::VARIABLE, &references);
    process::run(instrumented.apply(&mut command))?;
    snapshots::check(&references)
}

fn doc_tests(instrumented: &Instrumented) -> Result<()> {
    process::run(instrumented.apply(&mut cargo(&["test", "--workspace", "--doc", "--quiet"])))
}

/// The page, in Chromium, against the measured binary.
fn browser(instrumented: &Instrumented, programs: &[Executable]) -> Result<()> {
    let Some(majlis) = programs
        .iter()
        .find(|program| program.is_program && program.name == "majlis")
    else {
        bail!("the build made no `majlis`");
    };
    let majlis = fs::canonicalize(&majlis.path).context("cannot find the copy of `majlis`")?;
    let mut command = Command::new("npm");
    command
        .args(["run", "--silent", "e2e"])
        .current_dir(ui::FOLDER)
        .env("MAJLIS_BIN", majlis);
    process::run(instrumented.apply(&mut command))
}

/// The measured binary, as an absolute path.
fn majlis(programs: &[Executable]) -> Result<PathBuf> {
    let program = programs
        .iter()
        .find(|program| program.is_program && program.name == "majlis");
    let program = program.context("the build made no `majlis`")?;
    fs::canonicalize(&program.path).context("cannot find the copy of `majlis`")
}
