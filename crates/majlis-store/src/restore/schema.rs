//! Whether a database has exactly the schema that Majlis makes.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::error::{Fault, StoreError, StoreErrorKind};
use crate::migrate;

/// Kind, name and text of everything in a schema.
type Schema = BTreeSet<(String, String, String)>;

/// Compares the schema of a database, text for text, with the one the first `version` migrations
/// make. What SQLite keeps for itself to plan queries may be there or not.
pub(crate) fn require_ours(
    connection: &Connection,
    migrations: &[&'static str],
    version: usize,
) -> Result<(), Fault> {
    let mut model = Connection::open_in_memory()?;
    migrate::apply(&mut model, &migrations[..version.min(migrations.len())])?;
    let (ours, found) = (read(&model)?, read(connection)?);
    if let Some((kind, name, _)) = found.difference(&ours).next() {
        let is_known = ours.iter().any(|(_, known, _)| known == name);
        let how = if is_known {
            "is not as Majlis makes it"
        } else {
            "was not made by Majlis"
        };
        return Err(foreign(&format!("the {kind} {name} in it {how}")));
    }
    if let Some((kind, name, _)) = ours.difference(&found).next() {
        return Err(foreign(&format!("the {kind} {name} is missing in it")));
    }
    Ok(())
}

fn foreign(reason: &str) -> Fault {
    Fault::Store(StoreError::new(StoreErrorKind::Foreign, reason))
}

fn read(connection: &Connection) -> rusqlite::Result<Schema> {
    connection
        .prepare(
            "SELECT type, name, coalesce(sql, '') FROM sqlite_schema
             WHERE NOT (type = 'table' AND name = 'sqlite_stat1' AND sql = 'CREATE TABLE sqlite_stat1(tbl,idx,stat)')
               AND NOT (type = 'table' AND name = 'sqlite_stat4'
                        AND sql = 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)')",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}
