//! What can be wrong with the encoder's files.

use std::path::{Path, PathBuf};

use crate::model_files::ModelFileError;

/// The sentence encoder cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// It is not installed, or its files are damaged.
    #[error("the sentence encoder cannot be used")]
    Files(#[from] ModelFileError),
    /// A file of it is missing.
    #[error("{file} of the sentence encoder is missing in {}", dir.display())]
    Incomplete {
        /// Which.
        file: String,
        /// The folder with all models.
        dir: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not of the form that was expected.
    #[error("{} is not the sentence encoder's: {part}", path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// What in it is missing or of another form.
        part: String,
    },
}

impl EncoderError {
    pub(super) fn form(path: &Path, part: impl Into<String>) -> Self {
        Self::Form {
            path: path.to_owned(),
            part: part.into(),
        }
    }

    pub(super) fn read(path: &Path, source: impl Into<std::io::Error>) -> Self {
        Self::Read {
            path: path.to_owned(),
            source: source.into(),
        }
    }
}
