//! From lines to rows.

use std::collections::BTreeMap;

use majlis_llm::{ModelId, Part};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Statement, params};
use serde_json::{Map, Value};

use super::table::{Column, Form, MESSAGES, OPEN, TABLES, Table};
use crate::Store;
use crate::error::{Fault, StoreError};
use crate::search::{self, Source};
use crate::settle::keep_price;

/// Characters of an id at most.
const MAX_ID_CHARS: usize = 200;

/// One line of an export whose every value has been looked at.
#[derive(Debug, Clone)]
pub struct ArchiveEntry {
    table: &'static Table,
    values: Map<String, Value>,
}

impl ArchiveEntry {
    /// Reads a line; values no column has are left out.
    ///
    /// # Errors
    /// What is wrong with it, as an English phrase.
    pub fn new(value: Value) -> Result<Self, String> {
        let Value::Object(values) = value else {
            return Err("it is not a JSON object".to_owned());
        };
        let kind = values.get("kind").and_then(Value::as_str);
        let kind = kind.ok_or_else(|| "it has no `kind`".to_owned())?;
        let table = TABLES.iter().find(|table| table.kind == kind);
        let table = table.ok_or_else(|| format!("its kind {kind:?} is not known"))?;
        check(table, &values)?;
        Ok(Self { table, values })
    }

    /// What it is, e.g. `message`.
    pub fn kind(&self) -> &'static str {
        self.table.kind
    }

    /// A text in it; `None` when there is none.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.values.get(field).and_then(Value::as_str)
    }

    /// The ids of what is nested in it under a name.
    pub fn nested_ids(&self, name: &str) -> impl Iterator<Item = &str> {
        let list = self.values.get(name).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(|one| one.get("id").and_then(Value::as_str))
    }
}

/// How much of one kind an import adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportCount {
    /// Was not there.
    pub new: u64,
    /// Was there already, and stays as it is.
    pub known: u64,
}

/// What became of some lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportTally {
    /// By kind; nested things under their plural names.
    pub counts: BTreeMap<&'static str, ImportCount>,
    /// Lines of which nothing was kept, by their place among those given, with an English phrase.
    pub refused: Vec<(usize, String)>,
}

impl ImportTally {
    fn count(&mut self, table: &Table, is_new: bool) {
        let count = self.counts.entry(table.kind).or_default();
        if is_new {
            count.new += 1;
        } else {
            count.known += 1;
        }
    }

    /// Adds another tally, whose lines come after `lines` others.
    pub fn add(&mut self, other: Self, lines: usize) {
        for (kind, count) in other.counts {
            let sum = self.counts.entry(kind).or_default();
            sum.new += count.new;
            sum.known += count.known;
        }
        let refused = other.refused.into_iter();
        self.refused
            .extend(refused.map(|(place, reason)| (place + lines, reason)));
    }
}

impl Store {
    /// Adds what is not there yet; what is there stays as it is. All in one transaction; a line
    /// that does not fit the others is left out alone.
    ///
    /// # Errors
    /// The store's own troubles; then none of the lines is kept.
    pub async fn import(&self, entries: Vec<ArchiveEntry>) -> Result<ImportTally, StoreError> {
        self.write("import", move |connection| {
            let mut tally = ImportTally::default();
            for (place, entry) in entries.iter().enumerate() {
                if let Err(reason) = alone(connection, entry, &mut tally)? {
                    tally.refused.push((place, reason));
                }
            }
            Ok(tally)
        })
        .await
    }

    /// What [`Store::import`] would do, without doing it.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn preview_import(
        &self,
        entries: Vec<ArchiveEntry>,
    ) -> Result<ImportTally, StoreError> {
        self.read("preview an import", move |connection| {
            let mut tally = ImportTally::default();
            for entry in &entries {
                preview(connection, entry.table, &entry.values, None, &mut tally)?;
            }
            Ok(tally)
        })
        .await
    }
}

/// Writes one line in a savepoint of its own; `Err` inside says why it was left out.
fn alone(
    connection: &Connection,
    entry: &ArchiveEntry,
    tally: &mut ImportTally,
) -> Result<Result<(), String>, Fault> {
    connection.execute_batch("SAVEPOINT entry")?;
    let mut own = ImportTally::default();
    match insert(connection, entry.table, &entry.values, None, &mut own) {
        Ok(()) => {
            connection.execute_batch("RELEASE entry")?;
            tally.add(own, 0);
            Ok(Ok(()))
        }
        Err(Trouble::Line(reason)) => {
            connection.execute_batch("ROLLBACK TO entry; RELEASE entry")?;
            Ok(Err(reason))
        }
        Err(Trouble::Store(fault)) => Err(fault),
    }
}

/// Why a line was not written.
enum Trouble {
    /// Because of what it says.
    Line(String),
    /// Because of the store.
    Store(Fault),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::SqliteFailure(failure, message)
                if failure.code == rusqlite::ErrorCode::ConstraintViolation =>
            {
                Self::Line(message.clone().unwrap_or_else(|| failure.to_string()))
            }
            _ => Self::Store(error.into()),
        }
    }
}

fn insert(
    connection: &Connection,
    table: &'static Table,
    values: &Map<String, Value>,
    owner: Option<i64>,
    tally: &mut ImportTally,
) -> Result<(), Trouble> {
    let mut statement = connection.prepare_cached(&insert_sql(table))?;
    for column in table.columns {
        let value = match values.get(column.field) {
            Some(value) => stored(connection, column, value, values)?,
            None => Sql::Null,
        };
        bind(&mut statement, column.sql, &value)?;
    }
    if let (Some(column), Some(owner)) = (table.owner, owner) {
        bind(&mut statement, column, &Sql::Integer(owner))?;
    }
    let is_new = statement.raw_execute()? > 0;
    drop(statement);
    tally.count(table, is_new);
    if is_new {
        let number = connection.last_insert_rowid();
        if table.name == MESSAGES.name {
            let is_head = values.get("head") == Some(&Value::Bool(true));
            added_message(connection, number, is_head)?;
        }
        if let Some(source) = Source::of_table(table.name) {
            search::index(connection, source, number)?;
        }
    }
    if table.nested.is_empty() {
        return Ok(());
    }
    let number = find(connection, table, values, owner)?
        .ok_or_else(|| Trouble::Line("it cannot be found again".to_owned()))?;
    for (nested, line) in nested(table, values) {
        insert(connection, nested, line, Some(number), tally)?;
    }
    Ok(())
}

fn nested<'a>(
    table: &'static Table,
    values: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'static Table, &'a Map<String, Value>)> {
    table.nested.iter().flat_map(|nested| {
        let list = values.get(nested.kind).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(move |line| Some((nested, line.as_object()?)))
    })
}

fn insert_sql(table: &Table) -> String {
    let names = || table.columns.iter().map(|column| column.sql);
    let written = table.columns.iter().map(|column| {
        column
            .written
            .map_or_else(|| format!(":{}", column.sql), str::to_owned)
    });
    let columns: Vec<_> = names().chain(table.owner).collect();
    let owner = table.owner.map(|column| format!(":{column}"));
    let values: Vec<_> = written.chain(owner).collect();
    format!(
        "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO NOTHING",
        table.name,
        columns.join(", "),
        values.join(", "),
        table.key.join(", ")
    )
}

fn bind(statement: &mut Statement<'_>, column: &str, value: &Sql) -> rusqlite::Result<()> {
    if let Some(index) = statement.parameter_index(&format!(":{column}"))? {
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(())
}

/// The row a line stands for, by its key; row number 0 in tables without.
fn find(
    connection: &Connection,
    table: &Table,
    values: &Map<String, Value>,
    owner: Option<i64>,
) -> Result<Option<i64>, Trouble> {
    let conditions: Vec<_> = table
        .key
        .iter()
        .map(|column| format!("{column} = :{column}"))
        .collect();
    let sql = format!(
        "SELECT {} FROM {} WHERE {}",
        if table.is_numbered { "number" } else { "0" },
        table.name,
        conditions.join(" AND ")
    );
    let mut statement = connection.prepare_cached(&sql)?;
    for name in table.key {
        if Some(*name) == table.owner {
            let Some(owner) = owner else { return Ok(None) };
            bind(&mut statement, name, &Sql::Integer(owner))?;
        } else if let Some(column) = table.columns.iter().find(|column| column.sql == *name) {
            let Some(value) = values.get(column.field) else {
                return Ok(None);
            };
            match stored(connection, column, value, values) {
                Ok(value) => bind(&mut statement, name, &value)?,
                Err(Trouble::Line(_)) => return Ok(None),
                Err(trouble) => return Err(trouble),
            }
        }
    }
    let mut rows = statement.raw_query();
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

fn preview(
    connection: &Connection,
    table: &'static Table,
    values: &Map<String, Value>,
    owner: Option<i64>,
    tally: &mut ImportTally,
) -> Result<(), Fault> {
    let number = find(connection, table, values, owner).map_err(|trouble| match trouble {
        Trouble::Store(fault) => fault,
        Trouble::Line(reason) => Fault::Conflict(reason),
    })?;
    tally.count(table, number.is_none());
    for (nested, line) in nested(table, values) {
        // Of what is new, -1 owns nothing yet.
        preview(connection, nested, line, number.or(Some(-1)), tally)?;
    }
    Ok(())
}

/// A value as it is stored.
fn stored(
    connection: &Connection,
    column: &Column,
    value: &Value,
    line: &Map<String, Value>,
) -> Result<Sql, Trouble> {
    match column.form {
        Form::Row(table) => match row_number(connection, table, text(value)?)? {
            Some(number) => Ok(Sql::Integer(number)),
            // What was paid may have been left out; what was said stays.
            None if table == "calls" => Ok(Sql::Null),
            None => Err(Trouble::Line(format!(
                "it refers to {} {value}, which is not there",
                table.trim_end_matches('s')
            ))),
        },
        Form::Price => {
            let used_at = line
                .get("settled_at_ms")
                .or_else(|| line.get("created_at_ms"));
            let used_at_ms = used_at.and_then(Value::as_i64).unwrap_or(0);
            Ok(Sql::Integer(keep_price(connection, value, used_at_ms)?))
        }
        form => plain(form, value).map_err(Trouble::Line),
    }
}

fn text(value: &Value) -> Result<&str, Trouble> {
    value
        .as_str()
        .ok_or_else(|| Trouble::Line("it is not a text".to_owned()))
}

fn row_number(connection: &Connection, table: &str, id: &str) -> Result<Option<i64>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT number FROM {table} WHERE id = ?1"))?
        .query_row([id], |row| row.get(0))
        .optional()?)
}

/// A value that stands for itself.
fn plain(form: Form, value: &Value) -> Result<Sql, String> {
    let word = || value.as_str().ok_or_else(|| "is not a text".to_owned());
    let integer = || {
        value
            .as_i64()
            .ok_or_else(|| "is not a whole number".to_owned())
    };
    match form {
        Form::Text | Form::Row(_) => Ok(Sql::Text(word()?.to_owned())),
        Form::Id => match word()? {
            id if (1..=MAX_ID_CHARS).contains(&id.chars().count()) => Ok(Sql::Text(id.to_owned())),
            _ => Err("has not between 1 and 200 characters".to_owned()),
        },
        Form::Integer => Ok(Sql::Integer(integer()?)),
        Form::Flag => match value.as_bool() {
            Some(flag) => Ok(Sql::Integer(flag.into())),
            None => Err("is neither true nor false".to_owned()),
        },
        Form::Real => match value.as_f64() {
            Some(number) => Ok(Sql::Real(number)),
            None => Err("is not a number".to_owned()),
        },
        Form::Money => match word()?.parse::<i64>() {
            Ok(amount) if amount >= 0 => Ok(Sql::Integer(amount)),
            _ => Err("is not an amount in pico-dollars".to_owned()),
        },
        Form::Json | Form::Price => Ok(Sql::Text(value.to_string())),
        Form::Parts => {
            let parts: Vec<Part> = serde_json::from_value(value.clone())
                .map_err(|error| format!("does not hold parts of a message: {error}"))?;
            serde_json::to_string(&parts)
                .map(Sql::Text)
                .map_err(|error| error.to_string())
        }
        Form::Model => match word()?.parse::<ModelId>() {
            Ok(model) => Ok(Sql::Text(model.as_str().to_owned())),
            Err(error) => Err(format!("is not a model: {error}")),
        },
        Form::Name(is_known) => named(word()?, is_known),
        Form::Ended(is_known) => match word()? {
            open if OPEN.contains(&open) => Err(format!("says {open:?}: it is not over")),
            name => named(name, is_known),
        },
    }
}

fn named(name: &str, is_known: fn(&str) -> bool) -> Result<Sql, String> {
    if is_known(name) {
        Ok(Sql::Text(name.to_owned()))
    } else {
        Err(format!("says {name:?}, which is not known"))
    }
}

/// Looks at every value of a line and of what is nested in it.
fn check(table: &'static Table, values: &Map<String, Value>) -> Result<(), String> {
    for column in table.columns {
        match values.get(column.field) {
            Some(value) => drop(
                plain(column.form, value)
                    .map_err(|reason| format!("its `{}` {reason}", column.field))?,
            ),
            None if column.is_needed => return Err(format!("it has no `{}`", column.field)),
            None => {}
        }
    }
    for nested in table.nested {
        let list = match values.get(nested.kind) {
            None => continue,
            Some(Value::Array(list)) => list,
            Some(_) => return Err(format!("its `{}` is not a list", nested.kind)),
        };
        for (place, line) in list.iter().enumerate() {
            let line = line
                .as_object()
                .ok_or_else(|| "it is not an object".to_owned());
            line.and_then(|line| check(nested, line))
                .map_err(|reason| format!("in `{}`, {}: {reason}", nested.kind, place + 1))?;
        }
    }
    Ok(())
}

/// What follows from a message that was not there: its conversation has changed, and the shown
/// path grows when it goes on from where it ended.
fn added_message(connection: &Connection, number: i64, is_head: bool) -> rusqlite::Result<()> {
    if is_head {
        connection
            .prepare_cached(
                "UPDATE channels SET head = ?1
                 WHERE number = (SELECT channel FROM messages WHERE number = ?1)
                   AND (head IS NULL OR head IN (
                       WITH RECURSIVE up (number) AS (
                           SELECT ?1 UNION ALL
                           SELECT m.parent FROM up JOIN messages m ON m.number = up.number
                           WHERE m.parent IS NOT NULL)
                       SELECT number FROM up))",
            )?
            .execute([number])?;
    }
    connection
        .prepare_cached(
            "UPDATE conversations SET updated_at = max(updated_at, m.created_at)
             FROM messages m JOIN channels h ON h.number = m.channel
             WHERE m.number = ?1 AND conversations.number = h.conversation",
        )?
        .execute(params![number])?;
    Ok(())
}
