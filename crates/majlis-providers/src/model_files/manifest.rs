//! What is written beside a model's files: where they come from and that they were checked.

use std::fs::Metadata;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::{KnownModel, ModelFileError, digest};

/// Name of the manifest in a model's folder.
pub(super) const MANIFEST_FILE: &str = "manifest.json";

/// The form of the manifest this version writes and the only one it reads.
const SCHEMA: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    schema: u32,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: String,
    pub(super) package: String,
    pub(super) archive_sha256: String,
    pub(super) files: Vec<ManifestFile>,
}

/// One file that was checked, with what it looked like at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ManifestFile {
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) size_bytes: u64,
    /// Nanoseconds since 1970 of the last change; 0 where the platform does not say.
    pub(super) modified_ns: u64,
    /// Made here from the other files, so that its checksum is this machine's own.
    pub(super) derived: bool,
}

impl Manifest {
    pub(super) fn new(model: &KnownModel) -> Self {
        Self {
            schema: SCHEMA,
            name: model.name.to_owned(),
            version: model.version.to_owned(),
            licence: model.licence.to_owned(),
            package: model.package.to_owned(),
            archive_sha256: model.archive_sha256.to_owned(),
            files: Vec::new(),
        }
    }

    /// Reads a model's manifest; `None` when the model has none.
    pub(super) fn read(model_dir: &Path) -> Result<Option<Self>, ModelFileError> {
        let path = model_dir.join(MANIFEST_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ModelFileError::Read { path, source }),
        };
        let malformed = |reason: String| ModelFileError::Manifest {
            path: path.clone(),
            reason,
        };
        let manifest: Self =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        if manifest.schema != SCHEMA {
            return Err(malformed(format!(
                "schema {} is not known",
                manifest.schema
            )));
        }
        match manifest
            .files
            .iter()
            .find(|file| !is_plain_name(&file.file))
        {
            Some(file) => Err(malformed(format!("{:?} is not a file name", file.file))),
            None => Ok(Some(manifest)),
        }
    }

    /// Writes the manifest in one step: it is either the old one or the new one.
    pub(super) fn write(&self, model_dir: &Path) -> Result<(), ModelFileError> {
        let path = model_dir.join(MANIFEST_FILE);
        let failed = |source| ModelFileError::Write {
            path: path.clone(),
            source,
        };
        let mut text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        digest::write_atomically(&path, |file| std::io::Write::write_all(file, &text))
            .map_err(failed)
    }

    /// Notes a file that has just been checked, in place of an earlier note of the same file.
    pub(super) fn note(&mut self, entry: ManifestFile) {
        self.files.retain(|file| file.file != entry.file);
        self.files.push(entry);
    }

    pub(super) fn file(&self, name: &str) -> Option<&ManifestFile> {
        self.files.iter().find(|file| file.file == name)
    }
}

impl ManifestFile {
    /// The file looks as it did when it was checked.
    pub(super) fn is_unchanged(&self, metadata: &Metadata) -> bool {
        metadata.len() == self.size_bytes && modified_ns(metadata) == self.modified_ns
    }
}

/// When a file was last changed, in nanoseconds since 1970; 0 where the platform does not say.
pub(super) fn modified_ns(metadata: &Metadata) -> u64 {
    metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .unwrap_or(0)
}

/// A name without folders, so that joining it to a folder stays inside.
fn is_plain_name(name: &str) -> bool {
    Path::new(name).file_name().is_some_and(|last| last == name)
}
