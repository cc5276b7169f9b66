//! Where things lie on this platform.

use std::path::PathBuf;

use directories::ProjectDirs;

use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Failure;

/// The configuration file in its folder.
const CONFIG_FILE: &str = "majlis.toml";
/// The key file in the same folder.
const KEY_FILE: &str = "keys.key";

/// The configuration file when nothing names another; `None` on a machine without a home folder.
pub(crate) fn default_config() -> Option<PathBuf> {
    platform().map(|folders| folders.config_dir().join(CONFIG_FILE))
}

/// The data folder.
///
/// # Errors
/// When nothing names one and the machine has no home folder.
pub(crate) fn data_dir(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    named
        .or_else(|| platform().map(|folders| folders.data_dir().to_owned()))
        .ok_or_else(|| {
            Failure::new(
                Exit::CANNOT_CREATE,
                "there is no place for the data: this user has no home folder",
            )
            .with_hint("name a folder with --data-dir FOLDER or MAJLIS_DATA_DIR")
        })
}

/// The folder of model files; `None` on a machine without a home folder.
pub(crate) fn models_dir(environment: &Environment) -> Option<PathBuf> {
    environment
        .get("MAJLIS_MODELS_DIR")
        .map(PathBuf::from)
        .or_else(|| platform().map(|folders| folders.data_dir().join("models")))
}

/// The key file that opens stored keys, in the configuration folder: whoever copies the data folder
/// does not have it. `None` on a machine without a home folder.
pub(crate) fn key_file(environment: &Environment) -> Option<PathBuf> {
    environment
        .get("MAJLIS_KEY_FILE")
        .map(PathBuf::from)
        .or_else(|| platform().map(|folders| folders.config_dir().join(KEY_FILE)))
}

fn platform() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "majlis")
}
