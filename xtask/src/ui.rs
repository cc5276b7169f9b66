//! The web UI: its packages, its build, its checks.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::need::{self, NODE, NPM, Need};
use crate::{folders, process};

/// What the UI is built with.
pub(crate) const NEEDS: &[Need] = &[NODE, NPM];

/// The UI's own folder.
pub(crate) const FOLDER: &str = "ui";

/// Everything in the folder that the built UI is made of.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "scripts",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
];

/// The source file that embeds `ui/dist`. Cargo notices a changed file there, and no new one, so
/// that a build of the page makes this file newer.
const EMBEDDER: &str = "crates/majlis-server/src/page.rs";

/// Installs the packages of `folder` as its lock file has them, unless that is done.
/// Returns whether there was something to do.
pub(crate) fn install(folder: &str) -> Result<bool> {
    let lock = Path::new(folder).join("package-lock.json");
    let stamp = Path::new(folder).join("node_modules/.majlis-lock");
    let wanted = digest(&[lock])?;
    if is_stamped(&stamp, &wanted) {
        return Ok(false);
    }
    npm(
        folder,
        &["ci", "--no-audit", "--no-fund"],
        &format!("npm-{}", folder.replace('/', "-")),
    )
    .with_context(|| format!("cannot install the packages of {folder}"))?;
    write_stamp(&stamp, &wanted)?;
    Ok(true)
}

/// Builds `ui/dist` unless it is of the present sources. Returns whether there was something to do.
pub(crate) fn build() -> Result<bool> {
    let wanted = digest(&sources()?)?;
    let stamp = folders::target("ui-build.stamp");
    if Path::new(FOLDER).join("dist/index.html").exists() && is_stamped(&stamp, &wanted) {
        return Ok(false);
    }
    npm(FOLDER, &["run", "build"], "ui-build").context("cannot build the UI")?;
    File::options()
        .append(true)
        .open(EMBEDDER)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .with_context(|| format!("cannot touch {EMBEDDER}"))?;
    write_stamp(&stamp, &wanted)?;
    Ok(true)
}

/// Runs a script of the UI's package.json, its output shown.
pub(crate) fn script(name: &str) -> Result<()> {
    process::run(
        Command::new("npm")
            .args(["run", "--silent", name])
            .current_dir(FOLDER),
    )
}

/// A script of the UI's package.json that looks at the page in Chromium, served by `majlis`.
pub(crate) fn in_browser(script: &str, majlis: &Path) -> Command {
    let mut command = Command::new("npm");
    command
        .args(["run", "--silent", script])
        .current_dir(FOLDER)
        .env("MAJLIS_BIN", majlis);
    if let Some(chromium) = need::chromium() {
        command.env("CHROMIUM", chromium);
    }
    command
}

/// Checks for node and npm.
pub(crate) fn check_needs() -> Result<()> {
    need::check(NEEDS)
}

fn npm(folder: &str, arguments: &[&str], log: &str) -> Result<()> {
    let log = folders::target("logs").join(format!("{log}.log"));
    process::run_logged(
        Command::new("npm").args(arguments).current_dir(folder),
        &log,
    )
}

fn is_stamped(stamp: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|found| found == wanted)
}

fn write_stamp(stamp: &Path, text: &str) -> Result<()> {
    fs::write(stamp, text).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The files that the built UI is made of.
fn sources() -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&Path::new(FOLDER).join(source), &mut files)?;
    }
    Ok(files)
}

/// `path`, or every file below it; nothing if it is not there.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        let entries =
            fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
        for entry in entries {
            collect(
                &entry
                    .with_context(|| format!("cannot list {}", path.display()))?
                    .path(),
                files,
            )?;
        }
    }
    Ok(())
}

/// A number for the names and contents of `files`, whatever their order.
///
/// Not for security, and it may change with the toolchain: then something is built once more.
fn digest(files: &[PathBuf]) -> Result<String> {
    let mut files: Vec<&PathBuf> = files.iter().collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(file)
            .with_context(|| format!("cannot read {}", file.display()))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_changes_with_content_and_not_with_order() {
        let here = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let (one, two) = (here("Cargo.toml"), here("src/main.rs"));
        let both = digest(&[one.clone(), two.clone()]).unwrap();
        assert_eq!(digest(&[two.clone(), one.clone()]).unwrap(), both);
        assert_ne!(digest(&[one]).unwrap(), digest(&[two]).unwrap());
        assert!(digest(&[here("no such file")]).is_err());
    }

    #[test]
    fn collecting_goes_into_folders_and_past_what_is_not_there() {
        let mut files = Vec::new();
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut files,
        )
        .unwrap();
        assert!(
            files.iter().any(|file| file.ends_with("src/tidy/tree.rs")),
            "{files:?}"
        );
        let before = files.len();
        collect(Path::new("no such folder"), &mut files).unwrap();
        assert_eq!(files.len(), before);
    }
}
