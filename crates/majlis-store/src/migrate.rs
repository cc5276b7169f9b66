//! Bringing a database to this program's schema: forward only, one file per version.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite_migration::{HookError, M, Migrations};

use crate::backup::{self, BackupKind, BackupRequest, row_counts};
use crate::error::{Fault, StoreError, StoreErrorKind};
use crate::folder::Folder;
use crate::locks::{FolderLock, holders};
use crate::open;
use crate::options::StoreOptions;
use crate::rescue::{self, Rescue};

/// The migrations, oldest first; the n-th leads to schema version n. Never edited once released.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_spine.sql"),
    include_str!("../migrations/0002_persistence.sql"),
    include_str!("../migrations/0003_audit.sql"),
    include_str!("../migrations/0004_alerts.sql"),
    include_str!("../migrations/0005_templates.sql"),
    include_str!("../migrations/0006_relays.sql"),
    include_str!("../migrations/0007_programs.sql"),
];

/// The version of the schema this program writes, and the newest it reads.
#[allow(clippy::cast_possible_wrap)] // a handful
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// `application_id` of a Majlis database, "MJLS"; the first migration sets it.
pub(crate) const APPLICATION_ID: i64 = 0x4D4A_4C53;
/// How often a lock is asked for while others have it.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// How a database stands to this program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing is in it yet, or an older schema of this version.
    Behind(usize),
    /// It has this program's schema.
    Current,
}

/// Brings the database to the newest schema and returns with the folder's lock held, shared. What
/// is damaged is mended from a backup.
pub(crate) fn prepare(
    folder: &Folder,
    options: &StoreOptions,
    migrations: &[&'static str],
) -> Result<(FolderLock, Option<Rescue>), StoreError> {
    let lock = FolderLock::open(folder)?;
    let deadline = Instant::now() + options.lock_wait;
    let mut rescue = None;
    loop {
        // Whoever else waits here may come first, so each turn looks again.
        if rescue::is_needed(folder, &lock) && lock.try_exclusive()? {
            let mended = rescue::examine(folder, &lock, options, migrations);
            lock.unlock()?;
            rescue = mended?.or(rescue);
        }
        wait_until(deadline, folder, options, "open the store", || {
            lock.try_shared()
        })?;
        let operation = match look(folder, &lock, migrations) {
            Ok(Standing::Current) => {
                lock.mark_used();
                return Ok((lock, rescue));
            }
            Ok(Standing::Behind(_)) => "migrate the database",
            Err(error) if error.kind == StoreErrorKind::Corrupted => "mend the database",
            Err(error) => return Err(error),
        };
        lock.unlock()?;
        if lock.try_exclusive()? {
            let done = bring_forward(folder, &lock, options, migrations);
            lock.unlock()?;
            rescue = done?.or(rescue);
        } else if Instant::now() >= deadline {
            return Err(locked(folder, options, operation));
        } else {
            pause();
        }
    }
}

/// How the database stands, without changing it.
fn look(folder: &Folder, lock: &FolderLock, migrations: &[&str]) -> Result<Standing, StoreError> {
    rescue::require_present(folder, lock)?;
    standing(&open::migrator(&folder.database())?, folder, migrations)
}

/// Mends or migrates. Needs the folder's exclusive lock.
fn bring_forward(
    folder: &Folder,
    lock: &FolderLock,
    options: &StoreOptions,
    migrations: &[&'static str],
) -> Result<Option<Rescue>, StoreError> {
    match look(folder, lock, migrations) {
        Ok(_) => migrate(folder, options, migrations).map(|()| None),
        Err(error) if error.kind == StoreErrorKind::Corrupted => {
            rescue::restore_newest(folder, options, migrations, &error).map(Some)
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn wait_until(
    deadline: Instant,
    folder: &Folder,
    options: &StoreOptions,
    operation: &str,
    attempt: impl Fn() -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    while !attempt()? {
        if Instant::now() >= deadline {
            return Err(locked(folder, options, operation));
        }
        pause();
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "opening blocks anyway, and no system has a file lock that waits for a while only"
)]
pub(crate) fn pause() {
    thread::sleep(LOCK_POLL);
}

pub(crate) fn locked(folder: &Folder, options: &StoreOptions, operation: &str) -> StoreError {
    let holders = holders(folder, &options.process_id);
    let named: Vec<_> = holders
        .iter()
        .map(|holder| match &holder.address {
            Some(address) => format!("{} (process {}, {address})", holder.program, holder.pid),
            None => format!("{} (process {})", holder.program, holder.pid),
        })
        .collect();
    let who = if named.is_empty() {
        "another process".to_owned()
    } else {
        named.join(", ")
    };
    StoreError::new(
        StoreErrorKind::Locked { holders },
        format!(
            "cannot {operation} in {}: {who} uses it",
            folder.root().display()
        ),
    )
}

pub(crate) fn standing(
    connection: &Connection,
    folder: &Folder,
    migrations: &[&str],
) -> Result<Standing, StoreError> {
    let (application_id, version, objects) = identity(connection)
        .map_err(|error| named(Fault::from(error).during("open the database"), folder))?;
    let supported = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if application_id != APPLICATION_ID && (application_id != 0 || version != 0 || objects != 0) {
        let error = StoreError::new(
            StoreErrorKind::Foreign,
            "cannot open the database: it was not made by Majlis",
        );
        return Err(named(error, folder));
    }
    if version > supported {
        let error = StoreError::new(
            StoreErrorKind::Newer {
                found: version,
                supported,
            },
            format!(
                "cannot open the database: its schema is version {version}, this Majlis knows up to {supported}"
            ),
        );
        return Err(named(error, folder));
    }
    Ok(match usize::try_from(version) {
        Ok(version) if version == migrations.len() => Standing::Current,
        Ok(version) => Standing::Behind(version),
        Err(_) => Standing::Behind(0),
    })
}

fn identity(connection: &Connection) -> rusqlite::Result<(i64, i64, i64)> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    let objects =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok((pragma("application_id")?, pragma("user_version")?, objects))
}

fn named(mut error: StoreError, folder: &Folder) -> StoreError {
    error.message = format!("{} ({})", error.message, folder.database().display());
    error
}

/// Needs the folder's exclusive lock.
fn migrate(
    folder: &Folder,
    options: &StoreOptions,
    migrations: &[&'static str],
) -> Result<(), StoreError> {
    let mut connection = open::migrator(&folder.database())?;
    let Standing::Behind(version) = standing(&connection, folder, migrations)? else {
        return Ok(());
    };
    if version > 0 {
        let request = BackupRequest {
            kind: BackupKind::BeforeMigration,
            at_ms: options.now_ms,
            output: None,
        };
        let source = open::reader(&folder.database())?;
        backup::write(&source, folder, &options.process_id, &request, &mut |_| {})?;
    }
    apply(&mut connection, migrations)
        .map_err(|fault| named(fault.during("migrate the database"), folder))?;
    tracing::info!(
        from = version,
        to = migrations.len(),
        "database schema brought up to date"
    );
    Ok(())
}

/// Runs the migrations a database has not had, all or none. Every table keeps as many rows as it
/// had before.
pub(crate) fn apply(connection: &mut Connection, migrations: &[&'static str]) -> Result<(), Fault> {
    let before = row_counts(connection)?;
    let keeps_rows = move |transaction: &rusqlite::Transaction<'_>| {
        let after = row_counts(transaction)?;
        match before
            .iter()
            .find(|(table, rows)| after.get(*table) != Some(*rows))
        {
            None => Ok(()),
            Some((table, rows)) => Err(HookError::Hook(format!(
                "{table} had {rows} rows and has {:?} after its migration",
                after.get(table)
            ))),
        }
    };
    let list = migrations
        .iter()
        .map(|sql| M::up_with_hook(sql, keeps_rows.clone()).foreign_key_check())
        .collect();
    Migrations::new(list)
        .to_latest(connection)
        .map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => Fault::from(err),
            other => Fault::Store(
                StoreError::new(StoreErrorKind::Internal, "cannot migrate the database")
                    .caused_by(other),
            ),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, StoreErrorKind};

    /// A version that does not exist: a column more, and every row through a new table.
    const NEXT: &str = "CREATE TABLE settings_next (
            key TEXT NOT NULL PRIMARY KEY, updated_at INTEGER NOT NULL, value TEXT NOT NULL, note TEXT
        ) STRICT, WITHOUT ROWID;
        INSERT INTO settings_next SELECT key, updated_at, value, 'moved' FROM settings;
        DROP TABLE settings;
        ALTER TABLE settings_next RENAME TO settings;";

    fn next() -> Vec<&'static str> {
        MIGRATIONS.iter().copied().chain([NEXT]).collect()
    }

    fn options(folder: &std::path::Path, process_id: &str) -> StoreOptions {
        StoreOptions {
            lock_wait: Duration::ZERO,
            program: format!("program {process_id}"),
            ..StoreOptions::new(folder, process_id)
        }
    }

    async fn filled(folder: &std::path::Path) -> Store {
        let store = Store::open(&options(folder, "1")).unwrap();
        let settings = [("language".to_owned(), serde_json::json!("ar"))].into();
        store.set_settings(settings, 1).await.unwrap();
        store
    }

    #[test]
    fn the_migrations_are_valid_and_leave_the_mark_of_majlis() {
        let list = MIGRATIONS.iter().map(|sql| M::up(sql)).collect();
        Migrations::new(list).validate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(&options(folder.path(), "1")).unwrap());
        let connection = Connection::open(folder.path().join("majlis.db")).unwrap();
        let (application_id, version, objects) = identity(&connection).unwrap();
        assert_eq!((application_id, version), (APPLICATION_ID, SCHEMA_VERSION));
        assert!(objects > 10);
    }

    #[tokio::test]
    async fn an_older_database_is_backed_up_and_brought_forward() {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path()).await.close().await;
        let store = Store::open_with(&options(folder.path(), "2"), &next()).unwrap();
        assert_eq!(
            store.setting("language").await.unwrap(),
            Some(serde_json::json!("ar"))
        );
        store.close().await;
        let version = |path: &std::path::Path| {
            let connection = Connection::open(path).unwrap();
            let notes = connection.prepare("SELECT note FROM settings").is_ok();
            let rows = connection.query_row("SELECT count(*) FROM settings", [], |row| row.get(0));
            (identity(&connection).unwrap().1, notes, rows.unwrap())
        };
        assert_eq!(
            version(&folder.path().join("majlis.db")),
            (SCHEMA_VERSION + 1, true, 1)
        );
        let backup = folder
            .path()
            .join("backups/before_migration-19700101-000000.db");
        assert_eq!(version(&backup), (SCHEMA_VERSION, false, 1));
        let again = Store::open(&options(folder.path(), "3")).unwrap_err();
        assert_eq!(
            again.kind,
            StoreErrorKind::Newer {
                found: SCHEMA_VERSION + 1,
                supported: SCHEMA_VERSION
            }
        );
    }

    #[tokio::test]
    async fn a_migration_waits_for_others_to_leave_and_says_who_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path()).await;
        let error = Store::open_with(&options(folder.path(), "2"), &next()).unwrap_err();
        let pid = std::process::id();
        let StoreErrorKind::Locked { holders } = &error.kind else {
            panic!("{error:?}");
        };
        assert_eq!(
            (holders.len(), holders[0].pid, holders[0].program.as_str()),
            (1, pid, "program 1")
        );
        assert!(
            error
                .message
                .contains(&format!("program 1 (process {pid}) uses it")),
            "{error}"
        );
        assert_eq!(error.kind.exit_code(), 75);
        store.close().await;
        Store::open_with(&options(folder.path(), "2"), &next()).unwrap();
    }

    #[test]
    fn nobody_gets_in_while_a_migration_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(&options(folder.path(), "1")).unwrap());
        let lock = FolderLock::open(&Folder::create(folder.path()).unwrap()).unwrap();
        assert!(lock.try_exclusive().unwrap());
        let error = Store::open(&options(folder.path(), "2")).unwrap_err();
        assert_eq!(
            error.kind,
            StoreErrorKind::Locked {
                holders: Vec::new()
            }
        );
        assert!(error.message.contains("another process uses it"), "{error}");
        lock.unlock().unwrap();
        Store::open(&options(folder.path(), "2")).unwrap();
    }

    #[tokio::test]
    async fn a_migration_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path()).await.close().await;
        let broken: Vec<_> = MIGRATIONS
            .iter()
            .copied()
            .chain(["DROP TABLE settings; SELECT * FROM nowhere;"])
            .collect();
        let error = Store::open_with(&options(folder.path(), "2"), &broken).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Internal);
        assert!(
            error.message.starts_with("cannot migrate the database"),
            "{error}"
        );
        let store = Store::open(&options(folder.path(), "3")).unwrap();
        assert_eq!(
            store.setting("language").await.unwrap(),
            Some(serde_json::json!("ar"))
        );
    }
}
