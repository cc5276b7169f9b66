//! Backups: whole copies of the database that are checked before they have their name.

mod copy;
mod manifest;
mod rotation;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::{StoreError, StoreErrorKind};
use crate::folder::Folder;

pub(crate) use copy::{
    file_name, partial_name, require_sound, row_counts, sha256_of, sweep_partials, timestamp, write,
};
pub use manifest::Manifest;
pub(crate) use manifest::{list, manifest_path};
pub(crate) use rotation::surplus;

/// Why a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupKind {
    /// By itself, at most once a day; the newest seven are kept.
    Daily,
    /// By itself, the first one in a week; the newest four are kept.
    Weekly,
    /// A person asked for it; never removed.
    Manual,
    /// Before the schema was brought forward; never removed.
    BeforeMigration,
    /// Before another database took this one's place; never removed.
    BeforeRestore,
}

impl BackupKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Daily,
        Self::Weekly,
        Self::Manual,
        Self::BeforeMigration,
        Self::BeforeRestore,
    ];

    /// How the kind is written in file names, manifests and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Manual => "manual",
            Self::BeforeMigration => "before_migration",
            Self::BeforeRestore => "before_restore",
        }
    }
}

/// What to back up, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRequest {
    /// Why.
    pub kind: BackupKind,
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The folder to write to, which is created when it is missing; `None` is the folder of
    /// backups inside the data folder.
    pub output: Option<PathBuf>,
}

/// How far a backup or restore has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress {
    /// What is being done.
    pub stage: BackupStage,
    /// Bytes done in this stage.
    pub done_bytes: u64,
    /// Bytes of this stage; 0 while it is not known.
    pub total_bytes: u64,
}

/// The parts of a backup or restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupStage {
    /// The pages are copied.
    Copy,
    /// The copy is checked; SQLite does not say how far it is.
    Check,
    /// The checksum is computed.
    Checksum,
}

/// Takes note of progress.
pub(crate) type Watcher<'a> = &'a mut dyn FnMut(BackupProgress);

/// A backup on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRow {
    /// The file's name, without its folder.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Why it was made.
    pub kind: BackupKind,
    /// When, in milliseconds since 1970 UTC; the file's own time when its manifest is missing.
    pub created_at_ms: i64,
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// What was written down when it was made; `None` when that is missing or unreadable.
    pub manifest: Option<Manifest>,
    /// Whether the file has the size its manifest names. Its content is not read for this; see
    /// [`BackupRow::verify`].
    pub is_whole: bool,
}

impl BackupRow {
    /// Reads the whole file and compares it with its checksum.
    ///
    /// # Errors
    /// `Corrupted` when it differs or has no manifest, and what reading a file may meet.
    pub fn verify(&self, watcher: &mut dyn FnMut(BackupProgress)) -> Result<(), StoreError> {
        let broken = |reason: &str| {
            let message = format!("cannot use the backup {}: {reason}", self.path.display());
            Err(StoreError::new(StoreErrorKind::Corrupted, message))
        };
        let Some(manifest) = &self.manifest else {
            return broken("its manifest is missing or unreadable");
        };
        if !self.is_whole {
            return broken("its size is not the one it had");
        }
        if sha256_of(&self.path, watcher)? != manifest.sha256 {
            return broken("its checksum is wrong");
        }
        Ok(())
    }
}

impl Store {
    /// Copies the database as it is now while reading and writing go on, checks the copy, and
    /// gives it its name. What is written meanwhile is not in it.
    ///
    /// # Errors
    /// The store's own troubles; no file is left behind then. `Corrupted` says that the database
    /// itself is damaged.
    pub async fn back_up(
        &self,
        request: BackupRequest,
        mut watcher: impl FnMut(BackupProgress) + Send + 'static,
    ) -> Result<BackupRow, StoreError> {
        let folder = self.paths().clone();
        let process_id = self.process_id().to_owned();
        let result = self
            .aside("back the database up", move |connection| {
                Ok(write(
                    connection,
                    &folder,
                    &process_id,
                    &request,
                    &mut watcher,
                )?)
            })
            .await;
        self.note(&result);
        result
    }

    /// The backups in the data folder, newest first.
    pub fn backups(&self) -> Vec<BackupRow> {
        list(&self.paths().backups())
    }

    /// Removes automatic backups beyond the newest seven daily and four weekly ones.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn rotate_backups(&self) -> Result<Vec<BackupRow>, StoreError> {
        let removed = surplus(self.backups());
        for row in &removed {
            remove(&row.path)?;
        }
        Ok(removed)
    }
}

/// The backups of a data folder that need not be open, newest first.
pub fn backups_in(data_folder: &Path) -> Vec<BackupRow> {
    list(&Folder::at(data_folder).backups())
}

/// The file goes first: a manifest without its file is swept, a file without its manifest is shown.
fn remove(path: &Path) -> Result<(), StoreError> {
    for path in [path.to_owned(), manifest_path(path)] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io("remove the backup", &path, error));
            }
            _ => {}
        }
    }
    Ok(())
}
