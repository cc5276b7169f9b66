//! Who uses the data folder. All locks are advisory locks on open files: the operating system takes
//! them back when a process ends, however it ends.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{StoreError, StoreErrorKind};
use crate::folder::{Folder, open_private};

/// A process that uses the data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The operating system's number of the process.
    pub pid: u32,
    /// What it is, e.g. `majlis serve`.
    pub program: String,
    /// Where it listens; `None` when it does not.
    #[serde(default)]
    pub address: Option<String>,
}

/// Takes a lock, or says that another has it.
fn taken(path: &Path, outcome: Result<(), TryLockError>) -> Result<bool, StoreError> {
    match outcome {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path, error)),
    }
}

/// The lock of the whole folder: shared by all who use it, exclusive for a migration or a restore.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: File,
    path: PathBuf,
}

impl FolderLock {
    pub(crate) fn open(folder: &Folder) -> Result<Self, StoreError> {
        let path = folder.lock();
        let file = open_private(&path)?;
        Ok(Self { file, path })
    }

    pub(crate) fn try_shared(&self) -> Result<bool, StoreError> {
        taken(&self.path, self.file.try_lock_shared())
    }

    pub(crate) fn try_exclusive(&self) -> Result<bool, StoreError> {
        taken(&self.path, self.file.try_lock())
    }

    /// Writes down that there is a database in the folder, so that its absence is noticed.
    pub(crate) fn mark_used(&self) {
        let written = self.file.metadata().and_then(|metadata| {
            if metadata.len() == 0 {
                (&self.file).write_all(b"The database majlis.db was made in this folder.\n")?;
            }
            Ok(())
        });
        if let Err(error) = written {
            tracing::warn!(%error, "the folder's lock file could not be marked");
        }
    }

    /// Whether there was a database in the folder.
    pub(crate) fn is_used(&self) -> bool {
        self.file
            .metadata()
            .is_ok_and(|metadata| metadata.len() > 0)
    }

    pub(crate) fn unlock(&self) -> Result<(), StoreError> {
        self.file
            .unlock()
            .map_err(|error| StoreError::io("unlock", &self.path, error))
    }
}

/// This process's sign of life, `run/ID.lock`.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    _file: File,
    path: PathBuf,
}

impl ProcessLock {
    /// Writes and locks the file under another name first, so that nobody ever sees it unlocked.
    pub(crate) fn take(
        folder: &Folder,
        process_id: &str,
        program: &str,
    ) -> Result<Self, StoreError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if process_id.is_empty() || !process_id.bytes().all(is_plain) {
            return Err(StoreError::new(
                StoreErrorKind::Internal,
                format!("cannot open the store: process id {process_id:?} is not a UUID"),
            ));
        }
        let path = folder.run_lock(process_id);
        let draft = path.with_extension("new");
        let mut file = open_private(&draft)?;
        if !taken(&draft, file.try_lock())? {
            return Err(StoreError::new(
                StoreErrorKind::Conflict,
                format!("cannot open the store: process id {process_id} is in use"),
            ));
        }
        write_note(&mut file, program, None)
            .map_err(|error| StoreError::io("write", &draft, error))?;
        fs::rename(&draft, &path).map_err(|error| StoreError::io("create", &path, error))?;
        Ok(Self { _file: file, path })
    }
}

impl Drop for ProcessLock {
    fn drop(&mut self) {
        // A file left behind is unlocked, so the next recovery sweeps it.
        drop(fs::remove_file(&self.path));
    }
}

/// Proof that this process alone serves the data; given back when dropped.
#[derive(Debug)]
pub struct ServeLock {
    file: File,
    program: String,
    path: PathBuf,
}

impl ServeLock {
    pub(crate) fn take(folder: &Folder, program: &str, address: &str) -> Result<Self, StoreError> {
        let path = folder.serve_lock();
        let file = open_private(&path)?;
        if !taken(&path, file.try_lock())? {
            return Err(already_serving(read_note(&path)));
        }
        let mut lock = Self {
            file,
            program: program.to_owned(),
            path,
        };
        lock.set_address(address)?;
        Ok(lock)
    }

    /// Tells others where this process really listens, once its port is known.
    ///
    /// # Errors
    /// When the note beside the lock cannot be written.
    pub fn set_address(&mut self, address: &str) -> Result<(), StoreError> {
        write_note(&mut self.file, &self.program, Some(address))
            .map_err(|error| StoreError::io("write", &self.path, error))
    }
}

fn already_serving(holder: Option<Holder>) -> StoreError {
    let who = match &holder {
        Some(Holder {
            pid,
            address: Some(address),
            ..
        }) => format!("process {pid} on {address}"),
        Some(Holder { pid, .. }) => format!("process {pid}"),
        None => "another process".to_owned(),
    };
    let kind = StoreErrorKind::AlreadyServing {
        pid: holder.as_ref().map(|holder| holder.pid),
        address: holder.and_then(|holder| holder.address),
    };
    StoreError::new(
        kind,
        format!("cannot serve: {who} serves this data folder already"),
    )
}

/// Every process that uses the folder, without the one named; the one that serves with its address.
pub(crate) fn holders(folder: &Folder, without: &str) -> Vec<Holder> {
    let own = folder.run_lock(without);
    let serving = read_note(&folder.serve_lock());
    run_files(folder)
        .into_iter()
        .filter(|path| *path != own && !is_abandoned(path))
        .filter_map(|path| read_note(&path))
        .map(|holder| match &serving {
            Some(serving) if serving.pid == holder.pid => serving.clone(),
            _ => holder,
        })
        .collect()
}

/// Whether nobody holds the process lock of this id any more.
pub(crate) fn is_gone(folder: &Folder, process_id: &str) -> bool {
    let path = folder.run_lock(process_id);
    !path.exists() || is_abandoned(&path)
}

/// Whether a process ended without removing its file, so that its end was not a clean one.
pub(crate) fn has_abandoned(folder: &Folder) -> bool {
    run_files(folder).iter().any(|path| is_abandoned(path))
}

/// Removes the files of processes that ended without removing their own.
pub(crate) fn sweep(folder: &Folder) {
    for path in run_files(folder) {
        if is_abandoned(&path) {
            drop(fs::remove_file(&path));
        }
    }
}

fn run_files(folder: &Folder) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.run()) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "lock")
        })
        .collect()
}

fn is_abandoned(path: &Path) -> bool {
    // When in doubt the owner lives: its jobs are left alone.
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

fn write_note(file: &mut File, program: &str, address: Option<&str>) -> std::io::Result<()> {
    let note = Holder {
        pid: std::process::id(),
        program: program.to_owned(),
        address: address.map(str::to_owned),
    };
    let text = serde_json::to_string(&note)?;
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())
}

fn read_note(path: &Path) -> Option<Holder> {
    let mut text = String::new();
    File::open(path)
        .ok()?
        .take(4096)
        .read_to_string(&mut text)
        .ok()?;
    serde_json::from_str(&text).ok()
}
