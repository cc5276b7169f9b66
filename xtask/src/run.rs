//! `cargo xtask run`: from a fresh clone to an open page.

use std::path::PathBuf;
use std::process::Command;
use std::thread;

use anyhow::{Result, anyhow};

use crate::cargo::cargo;
use crate::need::{self, C_COMPILER, NODE, NPM, Need};
use crate::step::Steps;
use crate::{folders, models, process, ui};

/// Without these there is no program.
const NEEDS: &[Need] = &[C_COMPILER, NODE, NPM];

/// What the profile `quick` makes of the program.
fn binary() -> PathBuf {
    folders::target("quick").join(folders::program("majlis"))
}

/// Builds what is missing, serves, and opens the page. `arguments` go to `majlis serve`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut steps = Steps::new();
    steps.step("check what this machine has", || need::check(NEEDS));
    steps.result()?;
    if binary().exists() {
        steps.step("web page", build_ui);
        steps.result()?;
    } else {
        eprintln!("The first build takes some minutes; later ones take seconds.");
        build_both(&mut steps)?;
    }
    steps.step("program (cargo build --profile quick)", build_binary);
    steps.result()?;
    steps.step("embedded model", || {
        models::ensure_if_possible(&binary());
        Ok(())
    });
    eprintln!("Ready after {}. Stop it with Ctrl-C.\n", steps.elapsed());
    serve(arguments)
}

/// Builds the page beside the program: npm waits for the network while rustc computes.
///
/// The page is there long before cargo comes to the crate that embeds it; the build after this one
/// would notice if it were not.
fn build_both(steps: &mut Steps) -> Result<()> {
    let page = thread::spawn(build_ui);
    steps.step(
        "program, first pass (the page is built beside it)",
        build_binary,
    );
    steps.step("web page", || {
        page.join()
            .map_err(|_| anyhow!("the build of the page stopped short"))?
    });
    steps.result()
}

fn build_ui() -> Result<()> {
    let installed = ui::install(ui::FOLDER)?;
    let built = ui::build()?;
    let said = |done: bool| if done { "done" } else { "as before" };
    eprintln!(
        "   page: packages {}, build {}",
        said(installed),
        said(built)
    );
    Ok(())
}

fn build_binary() -> Result<()> {
    process::run(&mut cargo(&[
        "build",
        "--profile",
        "quick",
        "--package",
        "majlis",
    ]))
}

/// Becomes `majlis serve`, so that Ctrl-C and the exit code are its own.
#[cfg(unix)]
fn serve(arguments: &[String]) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = Command::new(binary()).arg("serve").args(arguments).exec();
    Err(anyhow!(error).context(format!("cannot start {}", binary().display())))
}

/// Runs `majlis serve`.
#[cfg(not(unix))]
fn serve(arguments: &[String]) -> Result<()> {
    process::run(Command::new(binary()).arg("serve").args(arguments))
}
