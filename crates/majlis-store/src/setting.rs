//! Settings: small JSON values by name.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use crate::Store;
use crate::error::StoreError;
use crate::value::Json;

impl Store {
    /// The value of a setting; `None` when it was never set.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn setting(&self, key: &str) -> Result<Option<Value>, StoreError> {
        let key = key.to_owned();
        self.read("read a setting", move |connection| {
            let value = connection
                .prepare_cached("SELECT value FROM settings WHERE key = ?1")?
                .query_row([key], |row| row.get::<_, Json<Value>>(0))
                .optional()?;
            Ok(value.map(|value| value.0))
        })
        .await
    }

    /// All settings by name.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn settings(&self) -> Result<BTreeMap<String, Value>, StoreError> {
        self.read("read the settings", |connection| {
            let settings = connection
                .prepare_cached("SELECT key, value FROM settings")?
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, Json<Value>>(1)?.0)))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(settings)
        })
        .await
    }

    /// Sets settings, all or none; `key` has 1–200 characters.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn set_settings(
        &self,
        settings: BTreeMap<String, Value>,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        self.write("keep settings", move |connection| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO settings (key, updated_at, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at, value = excluded.value",
            )?;
            for (key, value) in &settings {
                statement.execute(params![key, at_ms, Json(value)])?;
            }
            Ok(())
        })
        .await
    }
}
