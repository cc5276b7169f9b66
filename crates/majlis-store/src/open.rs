//! Connections and their settings.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Fault, StoreError, StoreErrorKind};
use crate::folder::open_private;
use crate::migrate::pause;
use crate::options::Durability;

/// Older versions can corrupt a database when its write-ahead log is reset (sqlite.org/wal.html,
/// "The WAL-reset bug", read 2026-11).
const MIN_SQLITE_VERSION: i32 = 3_051_003;
/// Statements kept ready per connection.
const STATEMENT_CACHE: usize = 96;
/// How long a connection waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Refuses to work on a SQLite that loses data.
pub(crate) fn check_sqlite_version() -> Result<(), StoreError> {
    if rusqlite::version_number() >= MIN_SQLITE_VERSION {
        return Ok(());
    }
    Err(StoreError::new(
        StoreErrorKind::Internal,
        format!(
            "cannot open the store: SQLite {} was linked, 3.51.3 or later is needed",
            rusqlite::version()
        ),
    ))
}

/// Opens the database for migrating it: foreign keys are off, so that rebuilding a table does not
/// delete what refers to it.
pub(crate) fn migrator(path: &Path) -> Result<Connection, StoreError> {
    drop(open_private(path)?);
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, |connection| {
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.pragma_update(None, "synchronous", "FULL")
    })
}

/// Opens the one connection that writes.
pub(crate) fn writer(path: &Path, durability: Durability) -> Result<Connection, StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, |connection| {
        let synchronous = match durability {
            Durability::Durable => "FULL",
            Durability::Fast => "OFF",
        };
        // Usually it is so already; a file that came from elsewhere may say otherwise.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)
    })
}

/// Opens a connection that cannot write.
pub(crate) fn reader(path: &Path) -> Result<Connection, StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, |connection| {
        connection.pragma_update(None, "query_only", true)
    })
}

fn open(
    path: &Path,
    access: OpenFlags,
    set_up: impl Fn(&Connection) -> rusqlite::Result<()>,
) -> Result<Connection, StoreError> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match connect(path, access, &set_up) {
            Ok(connection) => return Ok(connection),
            // While the last other connection empties the log, SQLite refuses without waiting.
            Err(error) if is_busy(&error) && Instant::now() < deadline => pause(),
            Err(error) => {
                let mut error = Fault::from(error).during("open the database");
                error.message = format!("{} ({})", error.message, path.display());
                return Err(error);
            }
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

fn connect(
    path: &Path,
    access: OpenFlags,
    set_up: &impl Fn(&Connection) -> rusqlite::Result<()>,
) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    distrust(&connection)?;
    set_up(&connection)?;
    Ok(connection)
}

/// A database file may come from elsewhere: nothing in its schema is trusted to run.
pub(crate) fn distrust(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.pragma_update(None, "cell_size_check", true)
}
