//! Where things lie.

use std::env;
use std::path::{Path, PathBuf};

/// `inner` in cargo's target folder, absolute. That is wherever this program itself was built:
/// `CARGO_TARGET_DIR` and cargo's configuration need not be asked.
pub(crate) fn target(inner: &str) -> PathBuf {
    let own = env::current_exe().unwrap_or_default();
    target_of(&own).unwrap_or(Path::new("target")).join(inner)
}

/// The target folder of a program that lies at `target/PROFILE/NAME`.
fn target_of(program: &Path) -> Option<&Path> {
    program
        .parent()?
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
}

/// Where Majlis keeps model files on this platform, as `majlis models list` says; `None` where that
/// is not known here.
pub(crate) fn models() -> Option<PathBuf> {
    let data = env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/share")))?;
    Some(data.join("majlis/models"))
}

/// The name of a program's file, as `majlis` or `majlis.exe`.
pub(crate) fn program(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_folder_is_two_above_the_program() {
        for (program, expected) in [
            ("/repo/target/debug/xtask", Some("/repo/target")),
            ("/elsewhere/debug/xtask", Some("/elsewhere")),
            ("xtask", None),
            ("", None),
        ] {
            assert_eq!(
                target_of(Path::new(program)),
                expected.map(Path::new),
                "{program}"
            );
        }
    }
}
