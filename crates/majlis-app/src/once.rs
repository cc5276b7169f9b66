//! Requests that are made twice, by a client that did not hear the first reply, and carried out
//! once.

use majlis_store::{StoreError, StoreErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{App, AppError};

/// Characters of a key at most.
const MAX_KEY_CHARS: usize = 200;

/// The mark of one request: its key, and a fingerprint of what it asks for.
#[derive(Debug, Clone)]
pub(crate) struct Once {
    key: String,
    request_hash: String,
}

impl Once {
    /// `None` without a key: such a request is carried out each time.
    ///
    /// # Errors
    /// `Invalid` for a key that is empty or too long.
    pub(crate) fn new(
        key: Option<String>,
        request: &impl Serialize,
    ) -> Result<Option<Self>, AppError> {
        let Some(key) = key else {
            return Ok(None);
        };
        if !(1..=MAX_KEY_CHARS).contains(&key.chars().count()) {
            return Err(AppError::invalid(
                "idempotency_key",
                format!("An idempotency key has 1 to {MAX_KEY_CHARS} characters."),
                "Use a fresh UUID for each request.",
            ));
        }
        Ok(Some(Self {
            key,
            request_hash: hash(request),
        }))
    }

    /// The mark with what is answered, as the store keeps it.
    pub(crate) fn with_reply(self, reply: &impl Serialize) -> Result<majlis_store::Once, AppError> {
        let reply = serde_json::to_value(reply)
            .map_err(|error| AppError::internal("a reply cannot be kept", error))?;
        Ok(majlis_store::Once {
            key: self.key,
            request_hash: self.request_hash,
            reply,
        })
    }
}

impl App {
    /// What was answered when this very request came before.
    pub(crate) async fn earlier<T: DeserializeOwned>(
        &self,
        once: Option<&Once>,
    ) -> Result<Option<T>, AppError> {
        let Some(once) = once else {
            return Ok(None);
        };
        let reply = self
            .inner
            .store
            .earlier_reply(&once.key, &once.request_hash)
            .await?;
        reply.map(read).transpose()
    }
}

impl AppError {
    /// The earlier reply where the error is that the same request came first, else the error.
    pub(crate) fn replayed<T: DeserializeOwned>(self) -> Result<T, Self> {
        let store = self
            .source
            .as_ref()
            .and_then(|source| source.downcast_ref::<StoreError>());
        match store.map(|error| &error.kind) {
            Some(StoreErrorKind::Replayed { reply }) => read(reply.clone()),
            _ => Err(self),
        }
    }
}

fn read<T: DeserializeOwned>(reply: serde_json::Value) -> Result<T, AppError> {
    serde_json::from_value(reply)
        .map_err(|error| AppError::internal("an earlier reply cannot be read", error))
}

/// SHA-256 of a value's JSON, in hexadecimal.
pub(crate) fn hash(value: &impl Serialize) -> String {
    let json = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(json)
        .iter()
        .fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"))
}
