//! Writing one backup: copy, check, flush, name.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use sha2::{Digest, Sha256};

use super::{
    BackupProgress, BackupRequest, BackupRow, BackupStage, Manifest, Watcher, manifest_path,
};
use crate::error::{Fault, StoreError, StoreErrorKind};
use crate::folder::{Folder, create_private_folder, open_private, sync_folder};
use crate::locks;

/// Pages copied at a time.
const STEP_PAGES: i32 = 512;
/// Rest between two steps, in which others have the disk.
const STEP_REST: Duration = Duration::from_millis(1);
/// Tries to get at a page that another process keeps locked.
const BUSY_RETRIES: u32 = 5_000;
/// Backups of one kind in one second at most.
const MAX_NAMES: u32 = 10_000;
/// Bytes read at a time for a checksum.
const BLOCK_BYTES: usize = 1 << 20;

/// Copies the database behind `source` as it is at this moment. `source` must be a connection of
/// this copy alone, outside a transaction.
pub(crate) fn write(
    source: &Connection,
    folder: &Folder,
    process_id: &str,
    request: &BackupRequest,
    watcher: Watcher<'_>,
) -> Result<BackupRow, StoreError> {
    let place = request.output.clone().unwrap_or_else(|| folder.backups());
    create_private_folder(&place)
        .map_err(|error| StoreError::io("create the folder of backups", &place, error))?;
    let path = free_path(&place, request);
    let partial = place.join(partial_name(&file_name(&path), process_id));
    let written = write_as(source, &partial, &path, request, watcher);
    if written.is_err() {
        // What failed is reported; a file that stays is swept at the next start.
        drop(fs::remove_file(&partial));
    }
    written
}

/// The name of a file that is not whole yet: it says whose it is.
pub(crate) fn partial_name(name: &str, process_id: &str) -> String {
    format!("{name}.{process_id}.partial")
}

/// Removes what processes left that ended in the middle of a backup or a restore.
pub(crate) fn sweep_partials(folder: &Folder) {
    for place in [folder.backups(), folder.root().to_owned()] {
        let Ok(entries) = fs::read_dir(place) else {
            continue;
        };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let name = file_name(&path);
            // SQLite's own files beside it have their own endings.
            let owner = name
                .rsplit_once(".partial")
                .and_then(|(name, _)| name.rsplit_once('.'))
                .map(|(_, owner)| owner);
            if owner.is_some_and(|owner| locks::is_gone(folder, owner)) {
                drop(fs::remove_file(&path));
            }
        }
    }
}

/// The last part of a path; empty when it has none.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// A time as it stands in the names of files, UTC.
pub(crate) fn timestamp(at_ms: i64) -> String {
    let time = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y%m%d-%H%M%S").to_string()
}

/// A path that nothing has yet: kind and time in UTC, then a number.
fn free_path(place: &Path, request: &BackupRequest) -> PathBuf {
    let stem = format!("{}-{}", request.kind.name(), timestamp(request.at_ms));
    let first = place.join(format!("{stem}.db"));
    std::iter::once(first)
        .chain((2..MAX_NAMES).map(|number: u32| place.join(format!("{stem}-{number}.db"))))
        .find(|path| !path.exists())
        .unwrap_or_default()
}

fn write_as(
    source: &Connection,
    partial: &Path,
    path: &Path,
    request: &BackupRequest,
    watcher: Watcher<'_>,
) -> Result<BackupRow, StoreError> {
    let file = open_private(partial)?;
    let failed = |fault: Fault| fault.during("back the database up");
    let mut target = Connection::open(partial).map_err(|error| failed(error.into()))?;
    copy(source, &mut target, watcher).map_err(failed)?;
    let (schema_version, rows) = check(&target, watcher).map_err(failed)?;
    drop(target);
    file.sync_all()
        .map_err(|error| StoreError::io("write the backup", partial, error))?;
    let bytes = file
        .metadata()
        .map_err(|error| StoreError::io("read", partial, error))?
        .len();
    let manifest = Manifest {
        kind: request.kind,
        created_at_ms: request.at_ms,
        majlis_version: env!("CARGO_PKG_VERSION").to_owned(),
        schema_version,
        bytes,
        sha256: sha256_of(partial, watcher)?,
        rows,
    };
    publish(partial, path, &manifest)
        .map_err(|error| StoreError::io("write the backup", path, error))?;
    tracing::info!(path = %path.display(), bytes, "database backed up");
    Ok(BackupRow {
        name: file_name(path),
        path: path.to_owned(),
        kind: manifest.kind,
        created_at_ms: manifest.created_at_ms,
        bytes,
        manifest: Some(manifest),
        is_whole: true,
    })
}

/// Gives the file its name last, so that a backup never lacks its manifest.
fn publish(partial: &Path, path: &Path, manifest: &Manifest) -> std::io::Result<()> {
    let note = manifest_path(path);
    let draft = partial.with_extension("json.partial");
    let mut file = open_private(&draft).map_err(std::io::Error::other)?;
    file.set_len(0)?;
    file.write_all(&serde_json::to_vec_pretty(manifest)?)?;
    file.sync_all()?;
    fs::rename(&draft, &note)?;
    fs::rename(partial, path)?;
    sync_folder(path)
}

/// Copies one snapshot. Without it every write of another connection would start the copy anew.
fn copy(source: &Connection, target: &mut Connection, watcher: Watcher<'_>) -> Result<(), Fault> {
    // The file is nobody else's, and a crash leaves only something to sweep.
    target.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;",
    )?;
    source.execute_batch("BEGIN")?;
    // The moment that is copied begins with the first row read. Without it every write of another
    // connection would make the copy begin anew, for ever if they do not stop.
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        row.get::<_, i64>(0)
    })?;
    let page_bytes: i64 = source.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let page_bytes = u64::try_from(page_bytes).unwrap_or(0);
    let copied = copy_pages(source, target, page_bytes, watcher);
    source.execute_batch("ROLLBACK")?;
    copied?;
    // One file, without a log beside it.
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

fn copy_pages(
    source: &Connection,
    target: &mut Connection,
    page_bytes: u64,
    watcher: Watcher<'_>,
) -> Result<(), Fault> {
    let backup = Backup::new(source, target)?;
    let mut busy = 0;
    loop {
        let step = backup.step(STEP_PAGES)?;
        let pages = backup.progress();
        let done = pages.pagecount.saturating_sub(pages.remaining);
        let bytes = |pages: i32| u64::try_from(pages).unwrap_or(0) * page_bytes;
        watcher(BackupProgress {
            stage: BackupStage::Copy,
            done_bytes: bytes(done),
            total_bytes: bytes(pages.pagecount),
        });
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => busy = 0,
            // Busy or locked, or whatever later versions of SQLite know besides.
            _ if busy == BUSY_RETRIES => {
                return Err(Fault::Store(StoreError::new(
                    StoreErrorKind::Busy,
                    "cannot back the database up: another process keeps it busy",
                )));
            }
            _ => busy += 1,
        }
        rest();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this thread does nothing else, and the rest is for the others"
)]
fn rest() {
    thread::sleep(STEP_REST);
}

/// Checks the copy; its schema version and rows per table.
fn check(target: &Connection, watcher: Watcher<'_>) -> Result<(i64, BTreeMap<String, u64>), Fault> {
    watcher(BackupProgress {
        stage: BackupStage::Check,
        done_bytes: 0,
        total_bytes: 0,
    });
    require_sound(target)?;
    let version = target.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((version, row_counts(target)?))
}

/// Reads a whole database and checks it, its indexes against their tables too: a row that only an
/// index has lost is missing from every answer that looks there, and SQLite's quicker check is blind
/// to it.
pub(crate) fn require_sound(connection: &Connection) -> Result<(), Fault> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(Fault::Store(StoreError::new(
        StoreErrorKind::Corrupted,
        format!("the database file is damaged: {found}"),
    )))
}

/// Rows of every table, without the full-text index and SQLite's own.
pub(crate) fn row_counts(connection: &Connection) -> rusqlite::Result<BTreeMap<String, u64>> {
    let names = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table'
             AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'search\\_index%' ESCAPE '\\'",
        )?
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    names
        .into_iter()
        .map(|name| {
            let quoted = name.replace('"', "\"\"");
            let sql = format!("SELECT count(*) FROM \"{quoted}\"");
            let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
            Ok((name, u64::try_from(count).unwrap_or(0)))
        })
        .collect()
}

/// SHA-256 of a file, in hexadecimal.
pub(crate) fn sha256_of(path: &Path, watcher: Watcher<'_>) -> Result<String, StoreError> {
    let read = |error| StoreError::io("read", path, error);
    let mut file = File::open(path).map_err(read)?;
    let total_bytes = file.metadata().map_err(read)?.len();
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    let mut done_bytes = 0;
    loop {
        let length = file.read(&mut block).map_err(read)?;
        if length == 0 {
            break;
        }
        hash.update(&block[..length]);
        done_bytes += length as u64;
        watcher(BackupProgress {
            stage: BackupStage::Checksum,
            done_bytes,
            total_bytes,
        });
    }
    Ok(hash
        .finalize()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
