//! A folder on disk, seen through a capability: nothing outside it can be named.

use std::io::{self, Read as _};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use majlis_audit::tree::{Entry, EntryKind, Tree, TreeError};

/// A folder, or one file of it.
pub(crate) struct FolderTree {
    root: Dir,
    /// The only file to be seen.
    only: Option<String>,
}

impl FolderTree {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            root: Dir::open_ambient_dir(folder, ambient_authority())?,
            only: None,
        })
    }

    /// One file in its folder.
    pub(super) fn of_file(file: &Path) -> io::Result<Self> {
        let name = file.file_name().and_then(|name| name.to_str());
        let name = name.ok_or(io::ErrorKind::InvalidFilename)?;
        let folder = file
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let mut tree = Self::open(folder.unwrap_or(Path::new(".")))?;
        tree.only = Some(name.to_owned());
        Ok(tree)
    }

    fn entries(&self, folder: &str) -> io::Result<Vec<Entry>> {
        if let Some(name) = &self.only {
            let bytes = self.root.metadata(name)?.len();
            let kind = EntryKind::File { bytes };
            let name = name.clone();
            return Ok(vec![Entry { name, kind }]);
        }
        let entries = match folder {
            "" => self.root.entries()?,
            folder => self.root.read_dir(folder)?,
        };
        entries.map(|entry| entry_of(&entry?)).collect()
    }

    fn bytes(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        // What was a file when the folder was listed may have become a pipe, which would wait
        // for ever, or a link.
        if self.only.is_none() && !self.root.symlink_metadata(path)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let file = self.root.open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::other("it is larger than the limit"));
        }
        Ok(bytes)
    }
}

fn entry_of(entry: &cap_std::fs::DirEntry) -> io::Result<Entry> {
    let name = entry.file_name();
    let Some(text) = name.to_str() else {
        return Ok(Entry {
            name: name.to_string_lossy().into_owned(),
            kind: EntryKind::Unnameable,
        });
    };
    let file_type = entry.file_type()?;
    let kind = if file_type.is_dir() {
        EntryKind::Folder
    } else if file_type.is_symlink() {
        EntryKind::Link
    } else if file_type.is_file() {
        // A file that vanished meanwhile is said to be unreadable when it is read.
        EntryKind::File {
            bytes: entry.metadata().map_or(0, |metadata| metadata.len()),
        }
    } else {
        EntryKind::Other
    };
    Ok(Entry {
        name: text.to_owned(),
        kind,
    })
}

impl Tree for FolderTree {
    fn list(&self, folder: &str) -> Result<Vec<Entry>, TreeError> {
        self.entries(folder)
            .map_err(|error| TreeError::new("list", folder, error))
    }

    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, TreeError> {
        self.bytes(path, limit)
            .map_err(|error| TreeError::new("read", path, error))
    }
}
