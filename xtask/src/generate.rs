//! `cargo xtask generate`: the committed files that a program writes.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cargo::cargo;
use crate::{codes, process, ui};

/// A generated file: where it lives and what writes it.
#[derive(Debug)]
struct Generated {
    /// Relative to the root.
    path: &'static str,
    source: Source,
}

/// What writes a generated file.
#[derive(Debug)]
enum Source {
    /// The standard output of the `majlis` binary with these arguments.
    Majlis(&'static [&'static str]),
    /// The npm script `generate` of this folder, which writes the file itself.
    Npm(&'static str),
    /// The codes in the sources of the server.
    Codes,
}

/// Every generated file, in the order of making: the types are made from openapi.json.
const GENERATED: &[Generated] = &[
    Generated {
        path: "openapi.json",
        source: Source::Majlis(&["openapi"]),
    },
    Generated {
        path: "ui/src/api/schema.d.ts",
        source: Source::Npm("ui/tools/openapi"),
    },
    Generated {
        path: "ui/src/i18n/codes.json",
        source: Source::Codes,
    },
    Generated {
        path: "docs/configuration.md",
        source: Source::Majlis(&["config", "reference"]),
    },
    Generated {
        path: "docs/rules.md",
        source: Source::Majlis(&["audit", "rules", "--markdown"]),
    },
];

/// Whether a program writes the file at `path`.
pub(crate) fn is_generated(path: &str) -> bool {
    GENERATED.iter().any(|file| file.path == path)
}

/// Writes every generated file anew; with `check`, fails if one was not up to date.
///
/// `majlis` is a built binary; `None` builds one. `only` leaves out files whose path does not hold it.
pub(crate) fn run(check: bool, only: Option<&str>, majlis: Option<&Path>) -> Result<()> {
    ui::check_needs()?;
    let mut stale = Vec::new();
    let chosen = |file: &&Generated| only.is_none_or(|part| file.path.contains(part));
    for file in GENERATED.iter().filter(chosen) {
        let before = fs::read(file.path).ok();
        make(file, majlis).with_context(|| format!("cannot generate {}", file.path))?;
        let is_same = before == fs::read(file.path).ok();
        eprintln!(
            "{}: {}",
            file.path,
            if is_same {
                "up to date"
            } else {
                "written anew"
            }
        );
        if !is_same {
            stale.push(file.path);
        }
    }
    match complaint(&stale).filter(|_| check) {
        Some(complaint) => bail!(complaint),
        None => Ok(()),
    }
}

fn make(file: &Generated, majlis: Option<&Path>) -> Result<()> {
    match file.source {
        Source::Majlis(arguments) => {
            let mut command = majlis.map_or_else(
                || cargo(&["run", "--quiet", "--package", "majlis", "--"]),
                Command::new,
            );
            let text = process::output(command.args(arguments))?;
            fs::write(file.path, text).with_context(|| format!("cannot write {}", file.path))
        }
        Source::Codes => fs::write(file.path, codes::render(Path::new(""))?)
            .with_context(|| format!("cannot write {}", file.path)),
        Source::Npm(folder) => {
            ui::install(folder)?;
            process::run(
                Command::new("npm")
                    .args(["run", "--silent", "generate"])
                    .current_dir(folder),
            )
        }
    }
}

/// `None` if nothing is stale.
fn complaint(stale: &[&str]) -> Option<String> {
    (!stale.is_empty()).then(|| {
        format!(
            "out of date: {}\nhint: run `cargo xtask generate` and commit what it writes",
            stale.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_file_is_named_with_the_command_that_mends_it() {
        assert_eq!(complaint(&[]), None);
        let text = complaint(&["openapi.json", "docs/configuration.md"]).unwrap();
        assert!(
            text.starts_with("out of date: openapi.json, docs/configuration.md\n"),
            "{text}"
        );
        assert!(text.contains("`cargo xtask generate`"), "{text}");
    }

    #[test]
    fn generated_files_are_known_by_their_path() {
        for (path, expected) in [("openapi.json", true), ("ui/src/api/client.ts", false)] {
            assert_eq!(is_generated(path), expected, "{path}");
        }
    }

    #[test]
    fn each_generated_file_is_listed_once() {
        for file in GENERATED {
            assert_eq!(
                GENERATED
                    .iter()
                    .filter(|other| other.path == file.path)
                    .count(),
                1,
                "{}",
                file.path
            );
        }
    }
}
