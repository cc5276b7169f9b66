//! Calling cargo and the tools it brings.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{folders, process};

/// A cargo subcommand from crates.io.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    /// As in `cargo NAME`.
    pub(crate) name: &'static str,
    /// The version installed where none is there.
    version: &'static str,
    /// Further arguments of `cargo install`.
    options: &'static [&'static str],
}

pub(crate) const NEXTEST: Tool = Tool {
    name: "nextest",
    version: "0.9.143",
    options: &["--no-default-features", "--features", "default-no-update"],
};
pub(crate) const DENY: Tool = Tool {
    name: "deny",
    version: "0.20.2",
    options: &[],
};
pub(crate) const MACHETE: Tool = Tool {
    name: "machete",
    version: "0.9.2",
    options: &[],
};
pub(crate) const FUZZ: Tool = Tool {
    name: "fuzz",
    version: "0.13.2",
    options: &[],
};

/// `cargo` with `arguments`; it also finds the tools that we installed.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).env("PATH", path());
    command
}

/// The search path with our tools at its end: the machine's own come first.
fn path() -> OsString {
    let own = env::var_os("PATH").unwrap_or_default();
    let all = env::split_paths(&own).chain([tools().join("bin")]);
    env::join_paths(all).unwrap_or(own)
}

/// Where tools are installed that the machine lacks.
fn tools() -> PathBuf {
    folders::target("tools")
}

/// Installs `tool` unless it is there.
pub(crate) fn ensure_tool(tool: Tool) -> Result<()> {
    let is_there = cargo(&[tool.name, "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if is_there {
        return Ok(());
    }
    let package = format!("cargo-{}", tool.name);
    eprintln!(
        "installing {package} {} into {} (once)",
        tool.version,
        tools().display()
    );
    process::run(
        cargo(&[
            "install",
            "--locked",
            "--debug",
            "--version",
            tool.version,
            "--root",
        ])
        .arg(tools())
        .args(tool.options)
        .arg(&package),
    )
    .with_context(|| format!("hint: `cargo install --locked {package}` installs it for good"))
}

/// Installs a component of the toolchain unless `probe` is there already.
pub(crate) fn ensure_component(component: &str, probe: &Path) -> Result<()> {
    if probe.exists() {
        return Ok(());
    }
    process::run(Command::new("rustup").args(["component", "add", component]))
        .with_context(|| format!("hint: the toolchain's component {component} is needed"))
}

/// The folder of the toolchain's own LLVM tools. They need not be installed yet.
pub(crate) fn llvm_tools() -> Result<PathBuf> {
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = host(&version).context("`rustc -vV` names no host")?;
    Ok(Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(host)
        .join("bin"))
}

fn host(version: &str) -> Option<&str> {
    version.lines().find_map(|line| line.strip_prefix("host: "))
}

/// A file that cargo built, from one line of `--message-format=json`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Executable {
    /// The name of its target, as `majlis`.
    pub(crate) name: String,
    /// Whether it is a program of its own, not a test.
    pub(crate) is_program: bool,
    pub(crate) path: PathBuf,
}

/// The executables that cargo reports to have built or found fresh.
pub(crate) fn executables(messages: &str) -> Result<Vec<Executable>> {
    #[derive(Deserialize)]
    struct Message {
        reason: String,
        target: Option<Target>,
        profile: Option<Profile>,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Profile {
        test: bool,
    }
    let mut found = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Message =
            serde_json::from_str(line).context("cannot understand a message of cargo")?;
        if message.reason != "compiler-artifact" {
            continue;
        }
        if let (Some(target), Some(profile), Some(path)) =
            (message.target, message.profile, message.executable)
        {
            let is_program = !profile.test && target.kind.iter().any(|kind| kind == "bin");
            found.push(Executable {
                name: target.name,
                is_program,
                path,
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_read_from_rustcs_version() {
        assert_eq!(
            host("rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\n"),
            Some("x86_64-unknown-linux-gnu")
        );
        assert_eq!(host("rustc 1.95.0\n"), None);
    }

    #[test]
    fn executables_are_read_from_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"a","kind":["lib"]},"profile":{"test":false},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"a","kind":["lib"]},"profile":{"test":true},"executable":"/t/a-1"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"majlis","kind":["bin"]},"profile":{"test":false},"executable":"/t/majlis"}"#,
            "\n   Compiling a\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let found = executables(messages).unwrap();
        let seen: Vec<_> = found
            .iter()
            .map(|e| (e.name.as_str(), e.is_program, e.path.to_str().unwrap()))
            .collect();
        assert_eq!(
            seen,
            [("a", false, "/t/a-1"), ("majlis", true, "/t/majlis")]
        );
    }
}
