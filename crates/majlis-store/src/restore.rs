//! Putting a backup in the place of the database. Nothing of the file is trusted before it was
//! checked in a copy, and the database changes in one rename.

mod header;
mod schema;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rusqlite::{Connection, OpenFlags};

use crate::backup::{
    self, BackupKind, BackupProgress, BackupRequest, BackupRow, BackupStage, Manifest,
    partial_name, require_sound, row_counts, sweep_partials,
};
use crate::error::{Fault, StoreError, StoreErrorKind};
use crate::folder::{Folder, open_private, sync_folder};
use crate::locks::{FolderLock, ProcessLock};
use crate::migrate::{APPLICATION_ID, MIGRATIONS, apply, wait_until};
use crate::open;
use crate::options::StoreOptions;
use crate::rescue::{make_aside, move_into};

pub use header::{HEADER_BYTES, Header, HeaderFault};

/// Bytes copied at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// What is in a file before it is restored, as far as it says without being checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupContents {
    /// The file.
    pub path: PathBuf,
    /// Its size, in bytes.
    pub bytes: u64,
    /// The version of its schema.
    pub schema_version: i64,
    /// What stands beside it; `None` when it has no manifest.
    pub manifest: Option<Manifest>,
    /// Rows of every table by its name.
    pub rows: BTreeMap<String, u64>,
    /// When the last message or consultation in it was made, in milliseconds since 1970 UTC;
    /// `None` when there is none.
    pub last_change_ms: Option<i64>,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The backup of what was there before; `None` when there was nothing, or it could not be read.
    pub before: Option<BackupRow>,
    /// Where the files that could not be read lie now; `None` when there were none.
    pub aside: Option<PathBuf>,
    /// Rows of every table by its name, as they are now.
    pub rows: BTreeMap<String, u64>,
}

/// Says what a file holds.
///
/// # Errors
/// `Unreadable`, `Foreign`, `Newer` or `Corrupted`, each naming the file.
pub fn inspect(path: &Path) -> Result<BackupContents, StoreError> {
    let (header, bytes) = read_header(path)?;
    let schema_version = require_ours(path, header, bytes, MIGRATIONS.len())?;
    let read = |error: rusqlite::Error| {
        let mut error = Fault::from(error).during("read the backup");
        error.message = format!("{} ({})", error.message, path.display());
        error
    };
    let connection = open_immutable(path).map_err(read)?;
    let rows = row_counts(&connection).map_err(read)?;
    let last = "SELECT max(at) FROM (SELECT max(updated_at) AS at FROM conversations
                UNION ALL SELECT max(created_at) FROM consultations)";
    Ok(BackupContents {
        path: path.to_owned(),
        bytes,
        schema_version,
        manifest: Manifest::beside(path),
        rows,
        last_change_ms: connection
            .query_row(last, [], |row| row.get(0))
            .map_err(read)?,
    })
}

/// Puts the backup in a file in the place of the database of a data folder, which nobody may use
/// meanwhile. What was there is backed up before. Killed at any point, it leaves either the old
/// database or the new one.
///
/// # Errors
/// `Locked` names who uses the folder; `Unreadable`, `Foreign`, `Newer` and `Corrupted` say what is
/// wrong with the file. Nothing is changed then.
pub fn restore(
    options: &StoreOptions,
    path: &Path,
    watcher: &mut dyn FnMut(BackupProgress),
) -> Result<Restored, StoreError> {
    open::check_sqlite_version()?;
    let (header, bytes) = read_header(path)?;
    require_ours(path, header, bytes, MIGRATIONS.len())?;
    let folder = Folder::create(&options.folder)?;
    let _process = ProcessLock::take(&folder, &options.process_id, &options.program)?;
    let lock = FolderLock::open(&folder)?;
    let deadline = Instant::now() + options.lock_wait;
    wait_until(deadline, &folder, options, "restore a backup", || {
        lock.try_exclusive()
    })?;
    sweep_partials(&folder);
    require_checksum(path, watcher)?;
    let id = &options.process_id;
    let copy = prepare_copy(path, &folder, id, MIGRATIONS, watcher)?;
    let replaced = replace(&copy, &folder, options, watcher);
    if replaced.is_err() {
        drop(fs::remove_file(&copy));
    }
    let restored = replaced?;
    lock.mark_used();
    tracing::info!(from = %path.display(), "a backup was restored");
    Ok(restored)
}

/// A file that has a manifest must be what the manifest says.
fn require_checksum(path: &Path, watcher: backup::Watcher<'_>) -> Result<(), StoreError> {
    let Some(manifest) = Manifest::beside(path) else {
        return Ok(());
    };
    if backup::sha256_of(path, watcher)? == manifest.sha256 {
        return Ok(());
    }
    Err(refused(
        path,
        StoreErrorKind::Corrupted,
        "its checksum is not the one in its manifest",
    ))
}

fn read_header(path: &Path) -> Result<(Header, u64), StoreError> {
    let input = |error| StoreError::input(path, error);
    let file = File::open(path).map_err(input)?;
    let bytes = file.metadata().map_err(input)?.len();
    let mut head = Vec::with_capacity(HEADER_BYTES);
    file.take(HEADER_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(input)?;
    let header = Header::parse(&head).map_err(|fault| match fault {
        HeaderFault::NotADatabase => refused(
            path,
            StoreErrorKind::Foreign,
            "it is not a database of Majlis",
        ),
        HeaderFault::OtherEncoding => refused(
            path,
            StoreErrorKind::Foreign,
            "it keeps text in an encoding Majlis never uses",
        ),
        HeaderFault::Impossible => {
            refused(path, StoreErrorKind::Corrupted, "its header is damaged")
        }
    })?;
    Ok((header, bytes))
}

/// The schema version of a file whose header may be ours.
fn require_ours(
    path: &Path,
    header: Header,
    bytes: u64,
    supported: usize,
) -> Result<i64, StoreError> {
    let version = i64::from(header.schema_version);
    let supported = i64::try_from(supported).unwrap_or(i64::MAX);
    if i64::from(header.application_id) != APPLICATION_ID || version == 0 {
        let reason = "it is a database, but not one of Majlis";
        return Err(refused(path, StoreErrorKind::Foreign, reason));
    }
    if version > supported {
        let kind = StoreErrorKind::Newer {
            found: version,
            supported,
        };
        let reason =
            format!("its schema is version {version}, this Majlis knows up to {supported}");
        return Err(refused(path, kind, &reason));
    }
    if !header.fits(bytes) {
        return Err(refused(
            path,
            StoreErrorKind::Corrupted,
            "a part of the file is missing",
        ));
    }
    Ok(version)
}

fn refused(path: &Path, kind: StoreErrorKind, reason: &str) -> StoreError {
    let mut error = StoreError::new(kind, format!("cannot use {}: {reason}", path.display()));
    error.hint = match error.kind {
        StoreErrorKind::Newer { .. } => Some("Install a newer Majlis.".to_owned()),
        _ => Some("Choose another backup: `majlis backup --list` shows them.".to_owned()),
    };
    error
}

/// Without locks and logs beside it: the file is nobody's while it is looked at.
fn open_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let path = path.to_string_lossy();
    let escaped = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let connection = Connection::open_with_flags(
        format!("file:{escaped}?immutable=1"),
        OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    open::distrust(&connection)?;
    Ok(connection)
}

/// Copies a file into the data folder, checks the copy and brings it to this program's schema. The
/// copy has no log beside it and is flushed to the disk.
pub(crate) fn prepare_copy(
    path: &Path,
    folder: &Folder,
    process_id: &str,
    migrations: &[&'static str],
    watcher: backup::Watcher<'_>,
) -> Result<PathBuf, StoreError> {
    let (header, bytes) = read_header(path)?;
    let version = require_ours(path, header, bytes, migrations.len())?;
    let copy = folder.root().join(partial_name("restore", process_id));
    let prepared = copy_with_log(path, &copy, watcher).and_then(|()| {
        watcher(BackupProgress {
            stage: BackupStage::Check,
            done_bytes: 0,
            total_bytes: 0,
        });
        check_and_migrate(&copy, usize::try_from(version).unwrap_or(0), migrations).map_err(
            |fault| {
                let mut error = fault.during("check the copy");
                error.message = format!("cannot use {}: {}", path.display(), error.message);
                error
            },
        )?;
        open_private(&copy)?
            .sync_all()
            .map_err(|error| StoreError::io("write", &copy, error))
    });
    match prepared {
        Ok(()) => Ok(copy),
        Err(error) => {
            drop(fs::remove_file(&copy));
            Err(error)
        }
    }
}

/// A backup has no log beside it; the database of another data folder may.
fn copy_with_log(from: &Path, to: &Path, watcher: backup::Watcher<'_>) -> Result<(), StoreError> {
    let log = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    copy_file(from, to, watcher)?;
    if log(from).exists() {
        copy_file(&log(from), &log(to), watcher)?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path, watcher: backup::Watcher<'_>) -> Result<(), StoreError> {
    let mut source = File::open(from).map_err(|error| StoreError::input(from, error))?;
    let total_bytes = source.metadata().map_or(0, |metadata| metadata.len());
    let mut target = open_private(to)?;
    let wrote = |error| StoreError::io("write", to, error);
    target.set_len(0).map_err(wrote)?;
    let mut block = vec![0; BLOCK_BYTES];
    let mut done_bytes = 0;
    loop {
        let length = source
            .read(&mut block)
            .map_err(|error| StoreError::input(from, error))?;
        if length == 0 {
            return Ok(());
        }
        target.write_all(&block[..length]).map_err(wrote)?;
        done_bytes += length as u64;
        watcher(BackupProgress {
            stage: BackupStage::Copy,
            done_bytes,
            total_bytes,
        });
    }
}

fn check_and_migrate(
    copy: &Path,
    version: usize,
    migrations: &[&'static str],
) -> Result<(), Fault> {
    let mut connection = Connection::open(copy)?;
    open::distrust(&connection)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    // One file, without a log.
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    schema::require_ours(&connection, migrations, version)?;
    require_sound(&connection)?;
    require_references(&connection)?;
    apply(&mut connection, migrations)?;
    Ok(())
}

fn require_references(connection: &Connection) -> Result<(), Fault> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else {
        return Ok(());
    };
    let table: String = row.get(0)?;
    Err(Fault::Store(StoreError::new(
        StoreErrorKind::Corrupted,
        format!("a row of {table} refers to one that is not there"),
    )))
}

/// Puts the copy in the place of the database.
fn replace(
    copy: &Path,
    folder: &Folder,
    options: &StoreOptions,
    watcher: backup::Watcher<'_>,
) -> Result<Restored, StoreError> {
    let database = folder.database();
    let (mut before, mut aside) = (None, None);
    if fs::metadata(&database).is_ok_and(|metadata| metadata.len() > 0) {
        match back_up_live(folder, options, watcher) {
            Ok(row) => before = Some(row),
            Err(error) if cannot_be_read(&error.kind) => {
                tracing::warn!(%error, "the database cannot be backed up; its files are set aside");
                aside = Some(set_aside(folder, options)?);
            }
            Err(error) => return Err(error),
        }
    }
    // No log may be left that belongs to the other database.
    let leftover = [folder.journal(), folder.journal_index()];
    if leftover.iter().any(|path| path.exists()) {
        let place = match &aside {
            Some(place) => place.clone(),
            None => make_aside(folder, options)?,
        };
        move_into(&place, &leftover)?;
        aside = Some(place);
    }
    let rows = row_counts_of(copy)?;
    fs::rename(copy, &database)
        .and_then(|()| sync_folder(&database))
        .map_err(|error| StoreError::io("put the backup in place of", &database, error))?;
    drop(fs::remove_file(folder.damage_mark()));
    Ok(Restored {
        before,
        aside,
        rows,
    })
}

fn cannot_be_read(kind: &StoreErrorKind) -> bool {
    matches!(
        kind,
        StoreErrorKind::Corrupted | StoreErrorKind::Foreign | StoreErrorKind::Newer { .. }
    )
}

fn row_counts_of(path: &Path) -> Result<BTreeMap<String, u64>, StoreError> {
    open_immutable(path)
        .and_then(|connection| row_counts(&connection))
        .map_err(|error| Fault::from(error).during("count the rows of the backup"))
}

/// Backs up what is there and empties its log, so that the file stands for itself.
fn back_up_live(
    folder: &Folder,
    options: &StoreOptions,
    watcher: backup::Watcher<'_>,
) -> Result<BackupRow, StoreError> {
    let request = BackupRequest {
        kind: BackupKind::BeforeRestore,
        at_ms: options.now_ms,
        output: None,
    };
    let live = open::migrator(&folder.database())?;
    let row = {
        let source = open::reader(&folder.database())?;
        backup::write(&source, folder, &options.process_id, &request, watcher)?
    };
    live.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .map_err(|error| Fault::from(error).during("empty the log of the database"))?;
    Ok(row)
}

/// Sets aside a database that nobody can read. The file itself stays until another takes its name.
fn set_aside(folder: &Folder, options: &StoreOptions) -> Result<PathBuf, StoreError> {
    let place = make_aside(folder, options)?;
    let database = folder.database();
    let kept = place.join(backup::file_name(&database));
    fs::hard_link(&database, &kept)
        .or_else(|_| fs::copy(&database, &kept).map(drop))
        .map_err(|error| StoreError::io("set aside", &database, error))?;
    Ok(place)
}
