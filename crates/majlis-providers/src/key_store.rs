//! Keys at rest: one sealed file beside the data, opened by a key file that lies elsewhere.
//!
//! What is sealed is a map from names to keys, each bound to the origin it was entered for. Whoever
//! copies the data folder, or a backup of it, has nothing without the key file; whoever may read both
//! as the same user has everything, and nothing can be done about that without a password.

mod seal;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{fs, process};

use reqwest::Url;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Secret;

/// A sealed file longer than this is none of ours.
const MAX_BYTES: u64 = 1 << 20;
/// Longest key that is kept; service accounts' keys are some thousand bytes.
const MAX_KEY_BYTES: usize = 16 << 10;

/// Why stored keys cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// A file cannot be read or written.
    #[error("cannot {verb} {}: {source}", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others may read the key file.
    #[error("{} may be read by others; run `chmod 600` on it", path.display())]
    Exposed {
        /// The key file.
        path: PathBuf,
    },
    /// The key file holds no key.
    #[error("{} is no key file: it must hold {} bytes", path.display(), seal::KEY_BYTES)]
    NoKeyFile {
        /// The key file.
        path: PathBuf,
    },
    /// The sealed file was sealed with another key file, or was changed.
    #[error("{} was sealed with another key file than {}, or is damaged", sealed.display(), key_file.display())]
    Unreadable {
        /// The sealed file.
        sealed: PathBuf,
        /// The key file.
        key_file: PathBuf,
    },
    /// What should be kept is no key.
    #[error("{0}")]
    Key(&'static str),
}

/// One stored key.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// Scheme, host and port it was entered for; it is sent nowhere else.
    pub origin: String,
    /// The key.
    pub key: Secret,
    /// When it was entered, in milliseconds since 1970 UTC.
    pub stored_at_ms: i64,
}

/// Stored keys by name: a provider's, or `alerts.` and a channel's.
pub type StoredKeys = BTreeMap<String, StoredKey>;

/// The two files.
#[derive(Debug, Clone)]
pub struct KeyStore {
    sealed: PathBuf,
    key_file: PathBuf,
}

/// A key as it stands inside the seal.
#[derive(Serialize, Deserialize)]
struct Row {
    origin: String,
    key: Zeroizing<String>,
    stored_at_ms: i64,
}

impl KeyStore {
    /// Neither file need exist: both are made with the first key.
    pub fn new(sealed: PathBuf, key_file: PathBuf) -> Self {
        Self { sealed, key_file }
    }

    /// The sealed file.
    pub fn path(&self) -> &Path {
        &self.sealed
    }

    /// Every stored key; empty when nothing was stored yet.
    ///
    /// # Errors
    /// [`KeyStoreError`] when there is a sealed file that cannot be opened.
    pub fn read(&self) -> Result<StoredKeys, KeyStoreError> {
        let rows = self.rows()?.into_iter().map(|(name, row)| {
            let key = StoredKey {
                origin: row.origin,
                key: Secret::from(row.key.as_str().to_owned()),
                stored_at_ms: row.stored_at_ms,
            };
            (name, key)
        });
        Ok(rows.collect())
    }

    /// Keeps a key, in place of the one of that name.
    ///
    /// # Errors
    /// [`KeyStoreError`]; what was stored before is still there then.
    pub fn put(&self, name: &str, key: &StoredKey) -> Result<(), KeyStoreError> {
        let text = key.key.expose();
        check(text)?;
        let row = Row {
            origin: key.origin.clone(),
            key: Zeroizing::new(text.to_owned()),
            stored_at_ms: key.stored_at_ms,
        };
        let key = self.key_or_new()?;
        let _turn = self.turn()?;
        let mut rows = self.rows()?;
        rows.insert(name.to_owned(), row);
        self.write(&key, &rows)
    }

    /// Forgets a key; false when there was none.
    ///
    /// # Errors
    /// [`KeyStoreError`]; what was stored before is still there then.
    pub fn remove(&self, name: &str) -> Result<bool, KeyStoreError> {
        let Some(key) = self.key()? else {
            return self.rows().map(|_| false);
        };
        let _turn = self.turn()?;
        let mut rows = self.rows()?;
        if rows.remove(name).is_none() {
            return Ok(false);
        }
        self.write(&key, &rows)?;
        Ok(true)
    }

    /// Puts a sealed file aside that cannot be opened, so that keys can be stored again; where it is
    /// now. `None` when there is none.
    ///
    /// # Errors
    /// [`KeyStoreError`] when it cannot be renamed.
    pub fn set_aside(&self, now_ms: i64) -> Result<Option<PathBuf>, KeyStoreError> {
        let aside = self.sealed.with_extension(format!("unreadable-{now_ms}"));
        match fs::rename(&self.sealed, &aside) {
            Ok(()) => Ok(Some(aside)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("rename", &self.sealed)(error)),
        }
    }

    fn rows(&self) -> Result<BTreeMap<String, Row>, KeyStoreError> {
        let Some(sealed) = read(&self.sealed)? else {
            return Ok(BTreeMap::new());
        };
        let unreadable = || KeyStoreError::Unreadable {
            sealed: self.sealed.clone(),
            key_file: self.key_file.clone(),
        };
        let key = self.key()?.ok_or_else(unreadable)?;
        let text = seal::open(&key, &sealed).ok_or_else(unreadable)?;
        serde_json::from_slice(&text).map_err(|_| unreadable())
    }

    fn write(&self, key: &seal::Key, rows: &BTreeMap<String, Row>) -> Result<(), KeyStoreError> {
        let text = serde_json::to_vec(rows).map(Zeroizing::new);
        let sealed = text
            .map_err(io::Error::from)
            .and_then(|text| seal::close(key, &text))
            .map_err(failed("seal", &self.sealed))?;
        write_whole(&self.sealed, &sealed, Place::Taken)
    }

    /// Waits until no other program changes the keys; the others wait until this is dropped.
    fn turn(&self) -> Result<fs::File, KeyStoreError> {
        let lock = || -> io::Result<fs::File> {
            let file = fs::File::open(&self.key_file)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(failed("lock", &self.key_file))
    }

    fn key(&self) -> Result<Option<seal::Key>, KeyStoreError> {
        let Some(bytes) = read(&self.key_file)? else {
            return Ok(None);
        };
        if is_exposed(&self.key_file).map_err(failed("read", &self.key_file))? {
            let path = self.key_file.clone();
            return Err(KeyStoreError::Exposed { path });
        }
        let key = seal::key(&bytes).ok_or_else(|| KeyStoreError::NoKeyFile {
            path: self.key_file.clone(),
        })?;
        Ok(Some(key))
    }

    fn key_or_new(&self) -> Result<seal::Key, KeyStoreError> {
        if let Some(key) = self.key()? {
            return Ok(key);
        }
        let key = seal::new_key().map_err(failed("make", &self.key_file))?;
        write_whole(&self.key_file, key.as_slice(), Place::Free)?;
        // Another program may have been faster: then its key stands.
        self.key()?.ok_or_else(|| KeyStoreError::NoKeyFile {
            path: self.key_file.clone(),
        })
    }
}

/// Scheme, host and port of a URL; `None` when it is none.
pub fn origin_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    Some(format!("{}://{host}{port}", url.scheme()))
}

fn check(key: &str) -> Result<(), KeyStoreError> {
    let problem = if key.is_empty() {
        "the key is empty"
    } else if key.len() > MAX_KEY_BYTES {
        "the key is longer than 16 KiB"
    } else if !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        "the key holds a line break or a character that no header can carry"
    } else {
        return Ok(());
    };
    Err(KeyStoreError::Key(problem))
}

fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
    let read = || -> io::Result<Vec<u8>> {
        if fs::metadata(path)?.len() > MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        fs::read(path)
    };
    match read() {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// A data folder that is a file holds no keys; opening it says more.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Whether a file may be there already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is replaced.
    Taken,
    /// It stays as it is.
    Free,
}

/// Writes a file whole or not at all, readable by nobody else.
fn write_whole(path: &Path, bytes: &[u8], place: Place) -> Result<(), KeyStoreError> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder).map_err(failed("make", folder))?;
    let write = || -> io::Result<()> {
        // Such files are made with mode 0600.
        let mut file = tempfile::Builder::new()
            .prefix(&format!(".majlis-{}-", process::id()))
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        match place {
            Place::Taken => drop(file.persist(path)?),
            Place::Free => match file.persist_noclobber(path) {
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
                kept => drop(kept?),
            },
        }
        sync_folder(folder)
    };
    write().map_err(failed("write", path))
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> io::Result<bool> {
    Ok(false)
}

fn failed(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyStoreError {
    let path = path.to_owned();
    move |source| KeyStoreError::Io { verb, path, source }
}

#[cfg(test)]
mod tests;
