//! What is written down beside a backup, and the list of backups made from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::{BackupKind, BackupRow};

/// A manifest at most, in bytes: it may come from elsewhere.
const MAX_BYTES: u64 = 1 << 20;

/// What a backup is, `NAME.json` beside `NAME.db`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Why it was made.
    pub kind: BackupKind,
    /// When, in milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// The Majlis that made it.
    pub majlis_version: String,
    /// The version of its schema.
    pub schema_version: i64,
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Rows of every table by its name, without the full-text index.
    pub rows: BTreeMap<String, u64>,
}

impl Manifest {
    /// Reads a manifest; `None` when it is none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The manifest beside a backup.
    pub(crate) fn beside(backup: &Path) -> Option<Self> {
        let path = manifest_path(backup);
        let is_small = fs::metadata(&path).ok()?.len() <= MAX_BYTES;
        is_small.then(|| Self::parse(&fs::read(&path).ok()?))?
    }
}

pub(crate) fn manifest_path(backup: &Path) -> PathBuf {
    backup.with_extension("json")
}

/// Every backup in a folder, newest first.
pub(crate) fn list(folder: &Path) -> Vec<BackupRow> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut rows: Vec<_> = entries
        .filter_map(|entry| row(&entry.ok()?.path()))
        .collect();
    rows.sort_by(|one, other| {
        (other.created_at_ms, &other.name).cmp(&(one.created_at_ms, &one.name))
    });
    rows
}

/// The backup a path leads to; `None` when it is no file that ends in `.db`.
fn row(path: &Path) -> Option<BackupRow> {
    let name = path.file_name()?.to_str()?.to_owned();
    let stem = name.strip_suffix(".db")?;
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let manifest = Manifest::beside(path);
    Some(BackupRow {
        kind: manifest
            .as_ref()
            .map_or_else(|| kind_of(stem), |manifest| manifest.kind),
        created_at_ms: manifest.as_ref().map_or_else(
            || modified_at_ms(&metadata),
            |manifest| manifest.created_at_ms,
        ),
        bytes: metadata.len(),
        is_whole: manifest
            .as_ref()
            .is_some_and(|manifest| manifest.bytes == metadata.len()),
        path: path.to_owned(),
        name,
        manifest,
    })
}

/// The kind a file's name begins with; whatever a person put there counts as made by hand.
fn kind_of(stem: &str) -> BackupKind {
    BackupKind::ALL
        .into_iter()
        .find(|kind| stem.starts_with(kind.name()))
        .unwrap_or(BackupKind::Manual)
}

fn modified_at_ms(metadata: &fs::Metadata) -> i64 {
    metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|age| i64::try_from(age.as_millis()).ok())
        .unwrap_or(0)
}
