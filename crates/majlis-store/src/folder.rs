//! The data folder and who may look into it: its owner, nobody else.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// The paths inside a data folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Creates the folder and those inside it, 0700, where they are missing.
    pub(crate) fn create(root: &Path) -> Result<Self, StoreError> {
        let folder = Self {
            root: root.to_owned(),
        };
        for path in [root, &folder.run(), &folder.backups()] {
            create_private_folder(path)
                .map_err(|error| StoreError::io("create the data folder", path, error))?;
        }
        Ok(folder)
    }

    /// The paths inside a folder that may not be there.
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("majlis.db")
    }

    /// The database's write-ahead log.
    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join("majlis.db-wal")
    }

    /// What SQLite shares between processes about the log.
    pub(crate) fn journal_index(&self) -> PathBuf {
        self.root.join("majlis.db-shm")
    }

    /// Written when damage was found; the next start looks closely and restores.
    pub(crate) fn damage_mark(&self) -> PathBuf {
        self.root.join("damage.txt")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("majlis.lock")
    }

    pub(crate) fn serve_lock(&self) -> PathBuf {
        self.root.join("serve.lock")
    }

    pub(crate) fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    pub(crate) fn run_lock(&self, process_id: &str) -> PathBuf {
        self.run().join(format!("{process_id}.lock"))
    }

    pub(crate) fn backups(&self) -> PathBuf {
        self.root.join("backups")
    }
}

/// Makes the names in the folder of `path` survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(unix)]
pub(crate) fn create_private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 && is_ours(path)? {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Whether a folder holds nothing, or what Majlis put there. Somebody may point it at a home folder
/// or at /tmp, and those must stay open; the files inside are closed to others in any case.
#[cfg(unix)]
fn is_ours(path: &Path) -> std::io::Result<bool> {
    Ok(path.join("majlis.db").exists() || fs::read_dir(path)?.next().is_none())
}

#[cfg(not(unix))]
pub(crate) fn create_private_folder(path: &Path) -> std::io::Result<()> {
    // The platform's per-user data folder is private by inheritance.
    fs::create_dir_all(path)
}

/// Opens a file for reading and writing, 0600; creates it when it is missing, never truncates.
pub(crate) fn open_private(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(path)
        .map_err(|error| StoreError::io("open", path, error))?;
    #[cfg(unix)]
    restrict(&file).map_err(|error| StoreError::io("protect", path, error))?;
    Ok(file)
}

#[cfg(unix)]
fn restrict(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}
