//! What was there before the index, a little at a time.

use rusqlite::{Connection, OptionalExtension, params};

use crate::search::document::{Source, index};

/// Rows that are indexed in one write at most: some milliseconds.
const BATCH_ROWS: u32 = 50;
/// Text after which a write ends all the same.
const BATCH_BYTES: usize = 128 << 10;

/// Indexes some rows; whether any are left.
pub(super) fn work(connection: &Connection) -> rusqlite::Result<bool> {
    let Some((source, below)) = open(connection)? else {
        return Ok(false);
    };
    let mut done = below;
    let mut bytes = 0;
    for number in next_rows(connection, source, below)? {
        if bytes >= BATCH_BYTES {
            break;
        }
        bytes += index(connection, source, number)?;
        done = number;
    }
    if done == below {
        connection
            .prepare_cached("DELETE FROM search_backlog WHERE source = ?1")?
            .execute([source.as_str()])?;
    } else {
        connection
            .prepare_cached("UPDATE search_backlog SET below = ?2 WHERE source = ?1")?
            .execute(params![source.as_str(), done])?;
    }
    is_left(connection)
}

/// The first source that is not done, and where it stands.
fn open(connection: &Connection) -> rusqlite::Result<Option<(Source, i64)>> {
    let mut statement =
        connection.prepare_cached("SELECT below FROM search_backlog WHERE source = ?1")?;
    for source in Source::ALL {
        let below = statement
            .query_row([source.as_str()], |row| row.get(0))
            .optional()?;
        if let Some(below) = below {
            return Ok(Some((source, below)));
        }
    }
    Ok(None)
}

fn next_rows(connection: &Connection, source: Source, below: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached(&format!(
            "SELECT number FROM {} WHERE number < ?1 ORDER BY number DESC LIMIT ?2",
            source.table()
        ))?
        .query_map(params![below, BATCH_ROWS], |row| row.get(0))?
        .collect()
}

/// Whether rows are left that are not in the index.
pub(super) fn is_left(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM search_backlog)")?
        .query_row([], |row| row.get(0))
}
