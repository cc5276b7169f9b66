//! A person's machine for one test: a home folder of its own, no keys, no network.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use assert_cmd::Command;
use tempfile::TempDir;

pub(crate) struct Home {
    folder: TempDir,
}

/// What a command printed and ended with, in one text to compare.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn all(&self) -> String {
        let code = self
            .code
            .map_or_else(|| "none".to_owned(), |code| code.to_string());
        format!("{}{}exit {code}\n", self.stdout, self.stderr)
    }
}

impl Home {
    /// Nothing is configured, and nothing is looked for.
    pub(crate) fn new() -> Self {
        Self::with_config("[discovery]\nlocal = false\n")
    }

    pub(crate) fn with_config(config: &str) -> Self {
        let home = Self {
            folder: TempDir::new().unwrap(),
        };
        home.write("majlis.toml", config.as_bytes());
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// The variables of the environment a command runs in.
    #[allow(clippy::disallowed_methods)] // the harness's own variable, not the program's
    fn variables(&self) -> [(&'static str, PathBuf); 5] {
        [
            ("HOME", self.path("")),
            ("MAJLIS_DATA_DIR", self.path("data")),
            ("MAJLIS_MODELS_DIR", self.path("models")),
            ("MAJLIS_CONFIG", self.path("majlis.toml")),
            // Instrumented builds write their profile there.
            (
                "LLVM_PROFILE_FILE",
                std::env::var_os("LLVM_PROFILE_FILE")
                    .unwrap_or_default()
                    .into(),
            ),
        ]
    }

    /// `majlis` with these arguments, in this home and nothing else.
    pub(crate) fn majlis(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("majlis").unwrap();
        command
            .env_clear()
            .envs(self.variables())
            .current_dir(self.folder.path())
            .args(arguments);
        command.timeout(std::time::Duration::from_mins(1));
        command
    }

    /// The same as a child that goes on, its output piped.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> std::process::Child {
        std::process::Command::new(assert_cmd::cargo::cargo_bin("majlis"))
            .env_clear()
            .envs(self.variables())
            .current_dir(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> Ran {
        let output = self.majlis(arguments).write_stdin(stdin).output().unwrap();
        self.read(&output)
    }

    /// Output with what differs from run to run replaced.
    pub(crate) fn read(&self, output: &Output) -> Ran {
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec())
                .unwrap()
                .replace(self.folder.path().to_str().unwrap(), "[HOME]")
        };
        Ran {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}
