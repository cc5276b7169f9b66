//! What can go wrong with the store, and what the caller may do about it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use majlis_llm::PicoUsd;
use rusqlite::ErrorCode;

use crate::{BudgetPeriod, Holder};

type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A failed operation on the store. Nothing of the operation was kept.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What kind of failure, which decides what may be done.
    pub kind: StoreErrorKind,
    /// One English sentence for a person: the operation, its input, what was wrong.
    pub message: String,
    /// English: how to mend it; `None` when there is nothing a person can do.
    pub hint: Option<String>,
    /// The failure below.
    #[source]
    pub source: Option<Cause>,
}

/// Kinds of failure, each with one thing the caller does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// There is no such thing: 404.
    NotFound {
        /// What was looked for, e.g. `conversation`.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// It exists already, or is no longer in the state this needs: 409.
    Conflict,
    /// The same request came before: what was answered then.
    Replayed {
        /// The reply, as its caller wrote it.
        reply: serde_json::Value,
    },
    /// The key of a request came before with another request: 422.
    KeyReused,
    /// A cap on costs would be passed: 402.
    BudgetExceeded {
        /// The cap.
        period: BudgetPeriod,
        /// What it allows.
        limit: PicoUsd,
        /// What is spent: known costs, and estimates of calls whose cost is not known.
        spent: PicoUsd,
        /// What calls that are being answered hold back.
        reserved: PicoUsd,
        /// The most the refused calls can cost.
        needed: PicoUsd,
    },
    /// A cap applies, and nobody knows what this model costs: 402.
    PriceUnknown {
        /// The model.
        model: String,
    },
    /// Another process serves this data.
    AlreadyServing {
        /// Its process number; `None` when its note could not be read.
        pid: Option<u32>,
        /// Where it listens; `None` when it has not said yet.
        address: Option<String>,
    },
    /// Others use the data while this needs it alone, or one migrates it.
    Locked {
        /// Those who could be made out.
        holders: Vec<Holder>,
    },
    /// Another process has been writing for longer than five seconds: try again.
    Busy,
    /// The database was written by a newer Majlis.
    Newer {
        /// Its schema version.
        found: i64,
        /// The newest this program knows.
        supported: i64,
    },
    /// The folder or the file may not be written, or not be read.
    ReadOnly,
    /// The folder or the file cannot be created.
    CannotCreate,
    /// A file that was named to be read is not there, or may not be read.
    Unreadable,
    /// The disk is full.
    DiskFull,
    /// The disk failed.
    Io,
    /// The file is damaged.
    Corrupted,
    /// The file is a database, but not one of Majlis.
    Foreign,
    /// The store was closed.
    Closed,
    /// A fault of ours.
    Internal,
}

impl StoreErrorKind {
    /// Stable name, `snake_case`: user interfaces translate by it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "store_not_found",
            Self::Conflict => "store_conflict",
            Self::Replayed { .. } => "store_replayed",
            Self::KeyReused => "idempotency_key_reused",
            Self::BudgetExceeded { .. } => "budget_exceeded",
            Self::PriceUnknown { .. } => "price_unknown",
            Self::AlreadyServing { .. } => "store_already_serving",
            Self::Locked { .. } => "store_locked",
            Self::Busy => "store_busy",
            Self::Newer { .. } => "store_newer",
            Self::ReadOnly => "store_read_only",
            Self::CannotCreate => "store_cannot_create",
            Self::Unreadable => "store_unreadable",
            Self::DiskFull => "store_disk_full",
            Self::Io => "store_io",
            Self::Corrupted => "store_corrupted",
            Self::Foreign => "store_foreign",
            Self::Closed => "store_closed",
            Self::Internal => "store_internal",
        }
    }

    /// Whether something is wrong with disk, file or program, rather than with what was asked.
    pub fn is_trouble(&self) -> bool {
        Self::TROUBLES.contains(self)
    }

    /// The kinds of [`Self::is_trouble`].
    pub const TROUBLES: &[Self] = &[
        Self::Busy,
        Self::ReadOnly,
        Self::CannotCreate,
        Self::DiskFull,
        Self::Io,
        Self::Corrupted,
        Self::Internal,
    ];

    /// The exit code a command ends with, by the names of BSD's sysexits.h.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotFound { .. } | Self::Conflict | Self::Replayed { .. } | Self::KeyReused => 1,
            Self::Corrupted | Self::Foreign => 65,
            Self::Unreadable => 66,
            Self::BudgetExceeded { .. } | Self::PriceUnknown { .. } => 69,
            Self::Closed | Self::Internal => 70,
            Self::CannotCreate => 73,
            Self::DiskFull | Self::Io => 74,
            Self::AlreadyServing { .. } | Self::Locked { .. } | Self::Busy => 75,
            Self::ReadOnly => 77,
            Self::Newer { .. } => 78,
        }
    }

    /// What a person can do about it.
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::BudgetExceeded { .. } => Some(
                "Raise the cap, ask fewer or cheaper models, or limit the length of the answers.",
            ),
            Self::PriceUnknown { .. } => {
                Some("Give the model a price of your own, or mark it as one no cap applies to.")
            }
            Self::AlreadyServing { .. } => Some("Open that address, or stop that process first."),
            Self::Locked { .. } => Some("Stop the other processes, then start again."),
            Self::Busy => Some("Try again in a moment."),
            Self::Newer { .. } => {
                Some("Install a newer Majlis, or choose another data folder with MAJLIS_DATA_DIR.")
            }
            Self::ReadOnly | Self::CannotCreate => {
                Some("Allow writing there, or choose another data folder with MAJLIS_DATA_DIR.")
            }
            Self::DiskFull => Some("Free some space on the disk; what was stored before is safe."),
            Self::Io => Some("Check the disk; what was stored before may still be readable."),
            Self::Corrupted => Some(
                "List the backups with `majlis backup --list`, and restore one with `majlis restore FILE`.",
            ),
            Self::Foreign => Some("Choose another data folder with MAJLIS_DATA_DIR."),
            Self::Unreadable => Some("Check the path, and whether you may read the file."),
            Self::KeyReused => Some("Use a fresh key for each request."),
            Self::NotFound { .. }
            | Self::Conflict
            | Self::Replayed { .. }
            | Self::Closed
            | Self::Internal => None,
        }
    }
}

impl StoreError {
    /// An error whose hint follows from its kind.
    pub(crate) fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        let hint = kind.hint().map(str::to_owned);
        Self {
            kind,
            message: message.into(),
            hint,
            source: None,
        }
    }

    /// The same error with its cause.
    pub(crate) fn caused_by(
        mut self,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        self.source = Some(Arc::new(cause));
        self
    }

    /// A failed operation on a file or folder.
    pub(crate) fn io(operation: &str, path: &Path, error: io::Error) -> Self {
        let (kind, reason) = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                (StoreErrorKind::ReadOnly, "it may not be written")
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                (StoreErrorKind::DiskFull, "the disk is full")
            }
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::AlreadyExists => (
                StoreErrorKind::CannotCreate,
                "the path does not lead to a folder",
            ),
            _ => (StoreErrorKind::Io, "the disk reports an error"),
        };
        Self::new(
            kind,
            format!("cannot {operation} {}: {reason}", path.display()),
        )
        .caused_by(error)
    }

    /// A named file that cannot be read.
    pub(crate) fn input(path: &Path, error: io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "it does not exist",
            io::ErrorKind::PermissionDenied => "it may not be read",
            _ => return Self::io("read", path, error),
        };
        Self::new(
            StoreErrorKind::Unreadable,
            format!("cannot read {}: {reason}", path.display()),
        )
        .caused_by(error)
    }

    /// The error of every operation after [`crate::Store::close`].
    pub(crate) fn closed(operation: &str) -> Self {
        Self::new(
            StoreErrorKind::Closed,
            format!("cannot {operation}: the store is closed"),
        )
    }
}

/// What an operation inside a transaction reports; the operation's name is added outside.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite refused, or a value cannot be read.
    Sql(rusqlite::Error),
    /// There is no such thing.
    NotFound(&'static str, String),
    /// The operation does not fit the state of things.
    Conflict(String),
    /// The same request came before.
    Replayed(serde_json::Value),
    /// Another request came before with this key.
    KeyReused(String),
    /// Money stands in the way.
    Refused(StoreErrorKind),
    /// A file beside the database.
    Store(StoreError),
    /// A bug of ours unwound the operation.
    Panicked,
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Fault {
    /// The error of the operation that met this fault.
    pub(crate) fn during(self, operation: &str) -> StoreError {
        let (kind, reason, cause) = match self {
            Self::Store(error) => return error,
            Self::Sql(error) => {
                let (kind, reason) = classify(&error);
                (kind, reason.to_owned(), Some(error))
            }
            Self::NotFound(what, id) => {
                let reason = format!("there is no {what} {id}");
                (StoreErrorKind::NotFound { what, id }, reason, None)
            }
            Self::Conflict(reason) => (StoreErrorKind::Conflict, reason, None),
            Self::Replayed(reply) => {
                let reason = "the same request came before".to_owned();
                (StoreErrorKind::Replayed { reply }, reason, None)
            }
            Self::KeyReused(key) => {
                let reason = format!("the key {key} came before with another request");
                (StoreErrorKind::KeyReused, reason, None)
            }
            Self::Refused(kind) => {
                let message = refusal(&kind);
                return StoreError::new(kind, message);
            }
            Self::Panicked => (
                StoreErrorKind::Internal,
                "the operation panicked and was undone".to_owned(),
                None,
            ),
        };
        let error = StoreError::new(kind, format!("cannot {operation}: {reason}"));
        match cause {
            Some(cause) => error.caused_by(cause),
            None => error,
        }
    }
}

/// Why money stands in the way, in words.
fn refusal(kind: &StoreErrorKind) -> String {
    match kind {
        StoreErrorKind::BudgetExceeded {
            period,
            limit,
            spent,
            reserved,
            needed,
        } => {
            let held = if *reserved == PicoUsd::ZERO {
                String::new()
            } else {
                format!(", and {reserved} are held back for answers on their way")
            };
            format!(
                "This may cost up to {needed}, which passes the cap of {limit} for {}: {spent} are spent{held}.",
                match period {
                    BudgetPeriod::Run => "a run",
                    BudgetPeriod::Day => "a day",
                    BudgetPeriod::Month => "a month",
                    BudgetPeriod::Programs => "what other programs ask in a day",
                }
            )
        }
        StoreErrorKind::PriceUnknown { model } => {
            format!("A cap on costs applies, and the price of {model} is not known.")
        }
        kind => kind.code().to_owned(),
    }
}

/// Kind and reason of an error of SQLite.
fn classify(error: &rusqlite::Error) -> (StoreErrorKind, &'static str) {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..) => {
                (StoreErrorKind::Corrupted, "a stored value cannot be read")
            }
            _ => (
                StoreErrorKind::Internal,
                "the database refused the statement",
            ),
        };
    };
    match failure.code {
        ErrorCode::DiskFull => (StoreErrorKind::DiskFull, "the disk is full"),
        ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::AuthorizationForStatementDenied => {
            (StoreErrorKind::ReadOnly, "the database may not be written")
        }
        ErrorCode::CannotOpen => (
            StoreErrorKind::CannotCreate,
            "the database cannot be opened",
        ),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            (StoreErrorKind::Corrupted, "the database file is damaged")
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => (
            StoreErrorKind::Busy,
            "another process keeps the database busy",
        ),
        ErrorCode::SystemIoFailure => (StoreErrorKind::Io, "the disk reports an error"),
        ErrorCode::ConstraintViolation if is_duplicate(failure.extended_code) => {
            (StoreErrorKind::Conflict, "its id exists already")
        }
        _ => (
            StoreErrorKind::Internal,
            "the database refused the statement",
        ),
    }
}

fn is_duplicate(extended_code: i32) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE].contains(&extended_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_io(kind: io::ErrorKind, expected: &StoreErrorKind, exit_code: u8) {
        let error = StoreError::io(
            "create the folder",
            Path::new("/data"),
            io::Error::from(kind),
        );
        assert_eq!((&error.kind, error.kind.exit_code()), (expected, exit_code));
        assert!(
            error
                .message
                .starts_with("cannot create the folder /data: "),
            "{error}"
        );
        assert!(error.hint.is_some() && error.source.is_some());
    }

    #[test]
    fn a_refused_folder_says_what_to_mend() {
        check_io(
            io::ErrorKind::PermissionDenied,
            &StoreErrorKind::ReadOnly,
            77,
        );
        check_io(
            io::ErrorKind::ReadOnlyFilesystem,
            &StoreErrorKind::ReadOnly,
            77,
        );
        check_io(io::ErrorKind::StorageFull, &StoreErrorKind::DiskFull, 74);
        check_io(
            io::ErrorKind::NotADirectory,
            &StoreErrorKind::CannotCreate,
            73,
        );
        check_io(io::ErrorKind::Other, &StoreErrorKind::Io, 74);
    }

    #[track_caller]
    fn check_sqlite(code: i32, expected: &StoreErrorKind, exit_code: u8) {
        let failure = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        let error = Fault::from(failure).during("save it");
        assert_eq!((&error.kind, error.kind.exit_code()), (expected, exit_code));
        assert!(error.message.starts_with("cannot save it: "), "{error}");
    }

    #[test]
    fn each_failure_of_sqlite_has_its_kind() {
        use rusqlite::ffi;
        check_sqlite(ffi::SQLITE_FULL, &StoreErrorKind::DiskFull, 74);
        check_sqlite(ffi::SQLITE_READONLY, &StoreErrorKind::ReadOnly, 77);
        check_sqlite(ffi::SQLITE_CANTOPEN, &StoreErrorKind::CannotCreate, 73);
        check_sqlite(ffi::SQLITE_CORRUPT, &StoreErrorKind::Corrupted, 65);
        check_sqlite(ffi::SQLITE_NOTADB, &StoreErrorKind::Corrupted, 65);
        check_sqlite(ffi::SQLITE_BUSY, &StoreErrorKind::Busy, 75);
        check_sqlite(ffi::SQLITE_IOERR, &StoreErrorKind::Io, 74);
        check_sqlite(ffi::SQLITE_CONSTRAINT_UNIQUE, &StoreErrorKind::Conflict, 1);
        check_sqlite(ffi::SQLITE_CONSTRAINT_CHECK, &StoreErrorKind::Internal, 70);
    }

    #[test]
    fn every_kind_has_its_own_code_and_an_exit_code() {
        let kinds = [
            StoreErrorKind::NotFound {
                what: "message",
                id: "m".to_owned(),
            },
            StoreErrorKind::Conflict,
            StoreErrorKind::Replayed {
                reply: serde_json::Value::Null,
            },
            StoreErrorKind::KeyReused,
            StoreErrorKind::BudgetExceeded {
                period: BudgetPeriod::Day,
                limit: PicoUsd::ZERO,
                spent: PicoUsd::ZERO,
                reserved: PicoUsd::ZERO,
                needed: PicoUsd::ZERO,
            },
            StoreErrorKind::PriceUnknown {
                model: "a/b".to_owned(),
            },
            StoreErrorKind::AlreadyServing {
                pid: None,
                address: None,
            },
            StoreErrorKind::Locked {
                holders: Vec::new(),
            },
            StoreErrorKind::Busy,
            StoreErrorKind::Newer {
                found: 2,
                supported: 1,
            },
            StoreErrorKind::ReadOnly,
            StoreErrorKind::CannotCreate,
            StoreErrorKind::Unreadable,
            StoreErrorKind::DiskFull,
            StoreErrorKind::Io,
            StoreErrorKind::Corrupted,
            StoreErrorKind::Foreign,
            StoreErrorKind::Closed,
            StoreErrorKind::Internal,
        ];
        let codes: std::collections::BTreeSet<_> = kinds.iter().map(StoreErrorKind::code).collect();
        assert_eq!(codes.len(), kinds.len());
        assert!(kinds.iter().all(|kind| kind.exit_code() != 0));
    }
}
