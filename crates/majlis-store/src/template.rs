//! Templates of prompts.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Store;
use crate::conversation::require;
use crate::error::{Fault, StoreError};
use crate::page::{Page, clamp};

/// A template to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTemplate {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRow {
    /// Its id.
    pub id: String,
    /// Its name; others may have the same.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// When it was last changed, milliseconds since 1970 UTC.
    pub updated_at_ms: i64,
}

impl Store {
    /// Keeps a template.
    ///
    /// # Errors
    /// `Conflict` when the id exists already; the store's own troubles.
    pub async fn create_template(&self, new: NewTemplate) -> Result<TemplateRow, StoreError> {
        self.write("keep a template", move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO templates (id, created_at, updated_at, name, text)
                     VALUES (?1, ?2, ?2, ?3, ?4)",
                )?
                .execute(params![new.id, new.created_at_ms, new.name, new.text])?;
            load(connection, &new.id)
        })
        .await
    }

    /// A page of templates, newest first. `before` is [`Page::next`] of the page before, or `None`
    /// for the first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn templates(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Page<TemplateRow>, StoreError> {
        self.read("list templates", move |connection| {
            Ok(list(connection, clamp(limit), before)?)
        })
        .await
    }

    /// A template.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn template(&self, id: &str) -> Result<TemplateRow, StoreError> {
        let id = id.to_owned();
        self.read("read a template", move |connection| load(connection, &id))
            .await
    }

    /// Gives a template another name and text.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn replace_template(
        &self,
        id: &str,
        name: String,
        text: String,
        at_ms: i64,
    ) -> Result<TemplateRow, StoreError> {
        let id = id.to_owned();
        self.write("change a template", move |connection| {
            connection
                .prepare_cached(
                    "UPDATE templates SET name = ?2, text = ?3, updated_at = max(updated_at, ?4)
                     WHERE id = ?1",
                )?
                .execute(params![id, name, text, at_ms])?;
            load(connection, &id)
        })
        .await
    }

    /// Deletes a template.
    ///
    /// # Errors
    /// `NotFound`; the store's own troubles.
    pub async fn delete_template(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write("delete a template", move |connection| {
            let deleted = connection
                .prepare_cached("DELETE FROM templates WHERE id = ?1")?
                .execute([&id])?;
            require((deleted > 0).then_some(()), "template", &id)
        })
        .await
    }
}

fn load(connection: &Connection, id: &str) -> Result<TemplateRow, Fault> {
    let found = connection
        .prepare_cached("SELECT * FROM templates WHERE id = ?1")?
        .query_row([id], row)
        .optional()?;
    require(found, "template", id)
}

fn list(
    connection: &Connection,
    limit: u32,
    before: Option<i64>,
) -> rusqlite::Result<Page<TemplateRow>> {
    let rows = connection
        .prepare_cached("SELECT * FROM templates WHERE number < ?1 ORDER BY number DESC LIMIT ?2")?
        .query_map(params![before.unwrap_or(i64::MAX), limit + 1], |found| {
            Ok((found.get("number")?, row(found)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Page::from_rows(rows, limit))
}

fn row(row: &Row<'_>) -> rusqlite::Result<TemplateRow> {
    Ok(TemplateRow {
        id: row.get("id")?,
        name: row.get("name")?,
        text: row.get("text")?,
        created_at_ms: row.get("created_at")?,
        updated_at_ms: row.get("updated_at")?,
    })
}
