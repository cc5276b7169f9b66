//! How an audit sees files: through a trait, so that folders, revisions and archives look alike.

use std::collections::BTreeMap;

/// A tree of files. Paths are below its root, with `/`, without one at either end.
pub trait Tree: Sync {
    /// What lies in a folder, in any order; the root is `""`. Links are listed, not followed.
    fn list(&self, folder: &str) -> Result<Vec<Entry>, TreeError>;

    /// The bytes of a regular file; fails where there are more than `limit`.
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, TreeError>;

    /// Which state of the tree this is: a commit's id; `None` for files as they are now.
    fn revision(&self) -> Option<String> {
        None
    }
}

/// What lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without folders; what is no UTF-8 in it replaced.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file of so many bytes.
    File {
        /// How many.
        bytes: u64,
    },
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, socket, pipe or submodule.
    Other,
    /// Something whose name is no UTF-8.
    Unnameable,
}

/// Why a tree could not be seen.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} {path:?}")]
pub struct TreeError {
    /// `list` or `read`.
    pub operation: &'static str,
    /// What.
    pub path: String,
    /// Why.
    #[source]
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}

impl TreeError {
    /// Puts an error together.
    pub fn new(
        operation: &'static str,
        path: &str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            operation,
            path: path.to_owned(),
            cause: cause.into(),
        }
    }
}

/// A tree held in memory: what was unpacked from an archive, or is told in a test.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryTree {
    /// Adds a file, or replaces it; `path` must have no empty part.
    pub fn insert(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.to_owned(), bytes.into());
    }
}

impl<P: Into<String>, B: Into<Vec<u8>>> FromIterator<(P, B)> for MemoryTree {
    fn from_iter<I: IntoIterator<Item = (P, B)>>(files: I) -> Self {
        let files = files.into_iter();
        Self {
            files: files
                .map(|(path, bytes)| (path.into(), bytes.into()))
                .collect(),
        }
    }
}

impl Tree for MemoryTree {
    fn list(&self, folder: &str) -> Result<Vec<Entry>, TreeError> {
        let below = match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let mut entries = BTreeMap::new();
        let files = self.files.range(below.clone()..);
        for (path, bytes) in files.take_while(|(path, _)| path.starts_with(&below)) {
            let rest = &path[below.len()..];
            let (name, kind) = match rest.split_once('/') {
                Some((folder, _)) => (folder, EntryKind::Folder),
                None => (
                    rest,
                    EntryKind::File {
                        bytes: bytes.len() as u64,
                    },
                ),
            };
            entries.insert(name.to_owned(), kind);
        }
        let entries = entries.into_iter();
        Ok(entries.map(|(name, kind)| Entry { name, kind }).collect())
    }

    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, TreeError> {
        match self.files.get(path) {
            None => Err(TreeError::new("read", path, "there is no such file")),
            Some(bytes) if bytes.len() as u64 > limit => {
                Err(TreeError::new("read", path, "it is larger than the limit"))
            }
            Some(bytes) => Ok(bytes.clone()),
        }
    }
}
