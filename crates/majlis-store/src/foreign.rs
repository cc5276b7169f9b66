//! Databases of other programs, read with distrust: nothing in them is run, nothing is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row};

/// One value at most, in bytes.
const MAX_VALUE_BYTES: i32 = 64 << 20;
/// Time one statement may take.
const STATEMENT_TIME: Duration = Duration::from_mins(1);
/// Instructions of SQLite's machine between two looks at the clock.
const INSTRUCTIONS: i32 = 10_000;

/// Why a foreign database cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {reason}", path.display())]
pub struct ForeignError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, as an English phrase.
    pub reason: String,
    /// What SQLite says.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A value of a foreign database.
#[derive(Debug, Clone, PartialEq)]
pub enum ForeignValue {
    /// A whole number.
    Integer(i64),
    /// Another number.
    Real(f64),
    /// A text; bytes that are no UTF-8 are replaced.
    Text(String),
}

/// A row of a foreign database: its values by column. NULL and bytes are left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ForeignRow {
    values: BTreeMap<&'static str, ForeignValue>,
}

impl ForeignRow {
    /// A text; numbers as their digits, `None` for anything else.
    pub fn text(&self, column: &str) -> Option<String> {
        match self.values.get(column)? {
            ForeignValue::Text(text) => Some(text.clone()),
            ForeignValue::Integer(number) => Some(number.to_string()),
            ForeignValue::Real(number) => Some(number.to_string()),
        }
    }

    /// A value; `None` for NULL, bytes, and a column the table has not.
    pub fn value(&self, column: &str) -> Option<&ForeignValue> {
        self.values.get(column)
    }
}

/// A foreign database, open for reading. Views, triggers and virtual tables are not used.
#[derive(Debug)]
pub struct ForeignDatabase {
    path: PathBuf,
    connection: Connection,
    /// The columns of each plain table.
    tables: BTreeMap<String, Vec<String>>,
}

impl ForeignDatabase {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is no database, or damaged.
    pub fn open(path: &Path) -> Result<Self, ForeignError> {
        let failed = |error| failure(path, error);
        let connection = match connect(path, false) {
            // A write-ahead log needs files beside the database, which may not be made there.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) => {
                connect(path, true)
            }
            other => other,
        };
        let connection = connection.map_err(failed)?;
        let tables = tables(&connection).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            tables,
        })
    }

    /// Whether there is a plain table with these columns.
    pub fn has(&self, table: &str, columns: &[&str]) -> bool {
        self.tables.get(table).is_some_and(|known| {
            columns
                .iter()
                .all(|column| known.iter().any(|name| name == column))
        })
    }

    /// Reads rows in the order of their row numbers; `visit` gets each. Of a table that is not
    /// there, there are none; a column that is not there has no value.
    ///
    /// # Errors
    /// When the database is damaged, or reading takes too long; some rows may have been visited.
    pub fn rows(
        &self,
        table: &str,
        columns: &[&'static str],
        visit: &mut dyn FnMut(i64, ForeignRow),
    ) -> Result<(), ForeignError> {
        let Some((sql, columns)) = self.select(table, columns) else {
            return Ok(());
        };
        let read = || {
            self.begin()?;
            let mut statement = self
                .connection
                .prepare_cached(&format!("{sql} ORDER BY rowid"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                visit(row.get("rowid")?, from_row(row, &columns)?);
            }
            Ok(())
        };
        let mut read = read;
        read().map_err(|error| failure(&self.path, error))
    }

    /// Reads one row by its row number; `None` when it is not there.
    ///
    /// # Errors
    /// When the database is damaged.
    pub fn row(
        &self,
        table: &str,
        columns: &[&'static str],
        number: i64,
    ) -> Result<Option<ForeignRow>, ForeignError> {
        let Some((sql, columns)) = self.select(table, columns) else {
            return Ok(None);
        };
        let read = || {
            self.begin()?;
            self.connection
                .prepare_cached(&format!("{sql} WHERE rowid = ?1"))?
                .query_row([number], |row| from_row(row, &columns))
                .optional()
        };
        read().map_err(|error| failure(&self.path, error))
    }

    fn select(&self, table: &str, columns: &[&'static str]) -> Option<(String, Vec<&'static str>)> {
        let known = self.tables.get(table)?;
        let columns: Vec<&'static str> = columns
            .iter()
            .filter(|column| known.iter().any(|name| name == *column))
            .copied()
            .collect();
        let names: Vec<String> = columns
            .iter()
            .map(|column| format!(", \"{column}\""))
            .collect();
        let sql = format!("SELECT rowid AS rowid{} FROM \"{table}\"", names.concat());
        Some((sql, columns))
    }

    /// Gives the next statement its time.
    fn begin(&self) -> rusqlite::Result<()> {
        let deadline = Instant::now() + STATEMENT_TIME;
        self.connection
            .progress_handler(INSTRUCTIONS, Some(move || Instant::now() > deadline))
    }
}

fn connect(path: &Path, is_immutable: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if is_immutable {
        let uri = format!("file:{}?immutable=1", escaped(path));
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(path, flags)?
    };
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20)?;
    connection.set_limit(Limit::SQLITE_LIMIT_COLUMN, 200)?;
    connection.set_limit(Limit::SQLITE_LIMIT_EXPR_DEPTH, 50)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // The first look at the file: whether it is a database at all.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// A path in a URI of SQLite.
fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}

/// Plain tables with row numbers, each with its columns.
fn tables(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Vec<String>>> {
    let names: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND wr = 0")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut tables = BTreeMap::new();
    for name in names {
        // A generated column would be computed by the file's own expressions.
        let columns = connection
            .prepare_cached("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0")?
            .query_map([&name], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        tables.insert(name, columns);
    }
    Ok(tables)
}

fn from_row(row: &Row<'_>, columns: &[&'static str]) -> rusqlite::Result<ForeignRow> {
    let mut values = BTreeMap::new();
    for (place, column) in columns.iter().enumerate() {
        let value = match row.get_ref(place + 1)? {
            ValueRef::Null | ValueRef::Blob(_) => continue,
            ValueRef::Integer(number) => ForeignValue::Integer(number),
            ValueRef::Real(number) => ForeignValue::Real(number),
            ValueRef::Text(text) => ForeignValue::Text(String::from_utf8_lossy(text).into_owned()),
        };
        values.insert(*column, value);
    }
    Ok(ForeignRow { values })
}

fn failure(path: &Path, error: rusqlite::Error) -> ForeignError {
    let reason = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "it is not a SQLite database",
        Some(ErrorCode::DatabaseCorrupt) => "the database is damaged",
        Some(ErrorCode::OperationInterrupted) => "it takes too long",
        Some(ErrorCode::TooBig) => "a value is larger than 64 MiB",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => "it cannot be opened",
        _ => "SQLite refuses it",
    };
    ForeignError {
        path: path.to_owned(),
        reason: reason.to_owned(),
        source: Box::new(error),
    }
}
