//! `cargo xtask test`: everything that CI runs.

use anyhow::Result;

use crate::cargo::{NEXTEST, cargo, ensure_component, ensure_tool, llvm_tools};
use crate::need::{
    self, C_COMPILER, CHROMIUM, GIT, NODE, NPM, Need, PIP, PROMETHEUS, PYTHON, VENV,
};
use crate::rust_tests::{LIVE_FEATURES, Measured};
use crate::step::Steps;
use crate::{folders, prices, process, tidy, ui};

/// What the whole test needs on the machine.
const NEEDS: &[Need] = &[
    C_COMPILER, GIT, NODE, NPM, PYTHON, PIP, VENV, CHROMIUM, PROMETHEUS,
];

/// What is enough for the quick one.
const NEEDS_QUICK: &[Need] = &[C_COMPILER, GIT, NODE, NPM];

/// Runs every step, those after a failed one too, and prints one summary.
///
/// `quick` leaves out what takes minutes on top: the browser, the models, coverage.
pub(crate) fn run(quick: bool) -> Result<()> {
    prepare(if quick { NEEDS_QUICK } else { NEEDS })?;
    let mut steps = Steps::new();
    steps.step("format", || {
        process::run(&mut cargo(&["fmt", "--all", "--check"]))
    });
    steps.step("tidy", tidy::run);
    let page = test_ui(&mut steps);
    steps.step("clippy", clippy);
    let Some(measured) = steps.step("build of the tests", Measured::build) else {
        steps.skip("tests, coverage", "they do not build");
        return steps.finish();
    };
    steps.step("generated files", || measured.check_generated());
    if quick {
        steps.step("tests", || measured.run_quick());
        return steps.finish();
    }
    steps.step("prices", || prices::run(true));
    steps.step("documentation tests", || measured.run_documentation());
    test_measured(&mut steps, &measured, page);
    steps.finish()
}

/// Coverage alone: the tests that measure it, the table and the threshold.
pub(crate) fn run_coverage() -> Result<()> {
    prepare(NEEDS)?;
    let mut steps = Steps::new();
    let page = steps
        .step("page", || ui::install(ui::FOLDER).and_then(|_| ui::build()))
        .is_some();
    if let Some(measured) = steps.step("build of the tests", Measured::build) {
        test_measured(&mut steps, &measured, page);
    }
    steps.finish()
}

/// Checks the machine and gets the tools that cargo can bring.
fn prepare(needs: &[Need]) -> Result<()> {
    need::check(needs)?;
    ensure_component(
        "llvm-tools",
        &llvm_tools()?.join(folders::program("llvm-cov")),
    )?;
    ensure_tool(NEXTEST)
}

fn clippy() -> Result<()> {
    let mut command = cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--keep-going",
        "--features",
        LIVE_FEATURES,
    ]);
    process::run(command.args(["--", "--deny", "warnings"]))
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

/// The tests that count lines, and the count.
fn test_measured(steps: &mut Steps, measured: &Measured, page: bool) {
    let tests = steps.step("tests", || measured.run_all());
    if page {
        steps.step("page in a browser", || measured.run_browser());
    } else {
        steps.skip("page in a browser", "the page did not build");
    }
    steps.step("crashes, short", || measured.run_crash());
    steps.step("programs that speak /v1", || measured.run_sdk());
    steps.step("conformance of MCP", || measured.run_conformance());
    steps.step("a real Prometheus", || measured.run_prometheus());
    if tests.is_some() {
        steps.step("coverage", || measured.report_coverage());
    } else {
        steps.skip("coverage", "the tests failed");
    }
}
