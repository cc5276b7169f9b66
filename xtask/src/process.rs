//! Starting other programs, with errors that name the command.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// How many of a log's first and of its last lines are shown when its command failed. npm says
/// what is wrong first and then explains itself at length; others say it last.
const LOG_LINES: (usize, usize) = (15, 40);

/// Runs `command` with our own streams; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

/// Runs `command` and returns what it wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!(
            "`{shown}` failed: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{shown}` wrote something that is not UTF-8"))
}

/// Runs `command` with its output in the file `log`, and shows the end of that file if it failed.
///
/// For commands that run beside another one, whose lines would otherwise interleave.
pub(crate) fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    let shown = shown(command);
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let errors = file
        .try_clone()
        .with_context(|| format!("cannot write {}", log.display()))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .status()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        let text = fs::read_to_string(log).unwrap_or_default();
        bail!(
            "`{shown}` failed: {status}. From {}:\n{}",
            log.display(),
            excerpt(&text, LOG_LINES)
        );
    }
    Ok(())
}

/// The command as a person would type it, without its environment.
fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The first and the last lines of `text`, and a mark for what is left out between them.
fn excerpt(text: &str, (first, last): (usize, usize)) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= first + last {
        return lines.join("\n");
    }
    let (start, end) = (&lines[..first], &lines[lines.len() - last..]);
    [start, &["…"], end].concat().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_the_start_and_the_end() {
        for (text, expected) in [
            ("", ""),
            ("a\nb\nc\n", "a\nb\nc"),
            ("a\nb\nc\nd\n", "a\n…\nc\nd"),
            ("a\nb\nc\nd\ne", "a\n…\nd\ne"),
        ] {
            assert_eq!(excerpt(text, (1, 2)), expected, "{text:?}");
        }
    }

    #[test]
    fn a_failure_names_the_command_and_its_status() {
        let error = run(Command::new("cargo")
            .arg("--no-such-flag-at-all")
            .stderr(Stdio::null()))
        .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`cargo --no-such-flag-at-all` failed: exit status"),
            "{error}"
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = output(&mut Command::new("majlis-no-such-program")).unwrap_err();
        assert_eq!(error.to_string(), "cannot start `majlis-no-such-program`");
    }
}
