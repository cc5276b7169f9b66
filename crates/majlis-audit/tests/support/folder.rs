//! Reads the folders of rules as they are now, so that a rule can be changed without building.

use std::fs;
use std::path::{Path, PathBuf};

/// The crate's folder.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` whose name ends with `extension`: its path below `folder`, its text.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == extension) {
                let below = path.strip_prefix(folder).unwrap_or(&path);
                let name = below.to_string_lossy().replace('\\', "/");
                let text = fs::read_to_string(&path);
                found.push((name, text.unwrap_or_else(|error| error.to_string())));
            }
        }
    }
    found.sort();
    found
}
