//! A commit, read as objects: no working folder, filters, hooks or configured commands.

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice as _;
use gix::object::tree::EntryKind as GitKind;
use gix::{ObjectId, ThreadSafeRepository};
use majlis_audit::tree::{Entry, EntryKind, Tree, TreeError};

use super::AuditError;

/// The folder of a commit.
pub(super) struct RevisionTree {
    repository: ThreadSafeRepository,
    commit: ObjectId,
    /// Tree of the audited folder.
    root: ObjectId,
}

/// The repository a path lies in, and the path's place below its root, with `/`.
pub(super) fn repository(target: &Path, revision: &str) -> Result<(PathBuf, String), AuditError> {
    let none = |cause| missing(target, revision, cause);
    let full = std::fs::canonicalize(target).map_err(|error| none(Some(error.into())))?;
    let root = full
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .ok_or_else(|| none(None))?;
    let below = full.strip_prefix(root).unwrap_or(Path::new(""));
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    let below = parts.ok_or_else(|| none(None))?.join("/");
    Ok((root.to_owned(), below))
}

fn missing(
    target: &Path,
    revision: &str,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
) -> AuditError {
    AuditError::Revision {
        revision: revision.to_owned(),
        target: target.to_owned(),
        cause,
    }
}

impl RevisionTree {
    /// The folder `below` the root of the repository in `folder`, as a commit has it.
    pub(super) fn open(folder: &Path, revision: &str, below: &str) -> Result<Self, AuditError> {
        Self::find(folder, revision, below).map_err(|cause| missing(folder, revision, Some(cause)))
    }

    fn find(
        folder: &Path,
        revision: &str,
        below: &str,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let options = gix::open::Options::isolated().open_path_as_is(false);
        let shared = options.open(folder)?;
        let repository = shared.to_thread_local();
        let commit = repository
            .rev_parse_single(revision)?
            .object()?
            .peel_to_commit()?;
        let tree = commit.tree_id()?.object()?.into_tree();
        let root = match below {
            "" => tree.id,
            below => {
                let entry = tree.lookup_entry_by_path(below)?;
                entry.ok_or("the folder is not in it")?.object_id()
            }
        };
        Ok(Self {
            commit: commit.id,
            root,
            repository: shared,
        })
    }

    fn entries(
        &self,
        folder: &str,
    ) -> Result<Vec<Entry>, Box<dyn std::error::Error + Send + Sync>> {
        let repository = self.repository.to_thread_local();
        let root = repository.find_tree(self.root)?;
        let tree = match folder {
            "" => root,
            folder => {
                let entry = root
                    .lookup_entry_by_path(folder)?
                    .ok_or("there is no such folder")?;
                entry.object()?.try_into_tree()?
            }
        };
        let mut entries = Vec::new();
        for entry in tree.iter() {
            let entry = entry?;
            let kind = match entry.kind() {
                GitKind::Tree => EntryKind::Folder,
                GitKind::Link => EntryKind::Link,
                GitKind::Commit => EntryKind::Other,
                GitKind::Blob | GitKind::BlobExecutable => EntryKind::File {
                    bytes: entry.id().header()?.size(),
                },
            };
            entries.push(match entry.filename().to_str() {
                Ok(name) => Entry {
                    name: name.to_owned(),
                    kind,
                },
                Err(_) => Entry {
                    name: entry.filename().to_string(),
                    kind: EntryKind::Unnameable,
                },
            });
        }
        Ok(entries)
    }

    fn bytes(
        &self,
        path: &str,
        limit: u64,
    ) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        let repository = self.repository.to_thread_local();
        let root = repository.find_tree(self.root)?;
        let entry = root
            .lookup_entry_by_path(path)?
            .ok_or("there is no such file")?;
        if entry.id().header()?.size() > limit {
            return Err("it is larger than the limit".into());
        }
        Ok(entry.object()?.try_into_blob()?.take_data())
    }
}

impl Tree for RevisionTree {
    fn list(&self, folder: &str) -> Result<Vec<Entry>, TreeError> {
        self.entries(folder)
            .map_err(|cause| TreeError::new("list", folder, cause))
    }

    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, TreeError> {
        self.bytes(path, limit)
            .map_err(|cause| TreeError::new("read", path, cause))
    }

    fn revision(&self) -> Option<String> {
        Some(self.commit.to_string())
    }
}
