//! Requests that come twice with one key.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::Store;
use crate::error::{Fault, StoreError};
use crate::value::Json;

/// How long a key is remembered, in milliseconds: one day.
const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1000;

/// The mark of a request, and what is answered when it comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The client's key, 1 to 200 characters.
    pub key: String,
    /// Fingerprint of what is asked for.
    pub request_hash: String,
    /// The reply, in the caller's own form.
    pub reply: Value,
}

impl Store {
    /// What was answered to the request with this key; `None` when there was none in the last day.
    ///
    /// # Errors
    /// `KeyReused` when the key came with another request; the store's own troubles.
    pub async fn earlier_reply(
        &self,
        key: &str,
        request_hash: &str,
    ) -> Result<Option<Value>, StoreError> {
        let (key, request_hash) = (key.to_owned(), request_hash.to_owned());
        self.read("look for an earlier request", move |connection| {
            earlier(connection, &key, &request_hash)
        })
        .await
    }
}

fn earlier(connection: &Connection, key: &str, request_hash: &str) -> Result<Option<Value>, Fault> {
    let found = connection
        .prepare_cached("SELECT request_hash, reply FROM idempotency_keys WHERE key = ?1")?
        .query_row([key], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Json<Value>>(1)?.0))
        })
        .optional()?;
    match found {
        Some((hash, _)) if hash != request_hash => Err(Fault::KeyReused(key.to_owned())),
        Some((_, reply)) => Ok(Some(reply)),
        None => Ok(None),
    }
}

/// Takes the key, or stops the transaction when the same request took it before.
pub(crate) fn take(connection: &Connection, once: &Once, at_ms: i64) -> Result<(), Fault> {
    connection
        .prepare_cached("DELETE FROM idempotency_keys WHERE created_at < ?1")?
        .execute([at_ms.saturating_sub(REMEMBERED_MS)])?;
    if let Some(reply) = earlier(connection, &once.key, &once.request_hash)? {
        return Err(Fault::Replayed(reply));
    }
    connection
        .prepare_cached(
            "INSERT INTO idempotency_keys (key, request_hash, created_at, reply) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![once.key, once.request_hash, at_ms, Json(&once.reply)])?;
    Ok(())
}
