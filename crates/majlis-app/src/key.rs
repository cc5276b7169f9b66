//! Keys of providers, as the person sees and changes them: never the key itself.

use std::sync::{Arc, OnceLock};

use majlis_providers::Secret;
use majlis_providers::key_store::KeyStoreError;

use crate::{App, AppError, AppErrorKind, ModelState, Notice, ProviderSeat};

/// Where a provider's key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// Nowhere: there is none.
    None,
    /// An environment variable; it goes before what is stored.
    Environment {
        /// Its name.
        variable: String,
    },
    /// The sealed file.
    Stored {
        /// When it was entered, in milliseconds since 1970 UTC.
        at_ms: i64,
    },
    /// The sealed file, but for another address than the provider has now: it is not sent.
    Misplaced {
        /// The origin it was entered for.
        origin: String,
    },
}

/// One provider that may have a key, and how it stands with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// Where the key belongs, and where it comes from.
    pub place: KeyPlace,
    /// Whether the provider can be asked with it, as it said when it was asked last.
    pub state: ModelState,
    /// Why not.
    pub reason: Option<Notice>,
}

/// One place for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlace {
    /// The provider.
    pub name: String,
    /// Scheme, host and port to which the key is sent, and nowhere else.
    pub origin: String,
    /// Environment variables that may hold it, in the order they are looked at.
    pub variables: Vec<String>,
    /// Where it comes from.
    pub source: KeySource,
}

/// Who keeps keys: the program around this crate, which knows files and environment. Its methods
/// may wait for the disk.
pub trait KeyKeeper: Send + Sync {
    /// Every provider that may have a key, in the order of the configuration.
    ///
    /// # Errors
    /// A [`Notice`] when what is stored cannot be read.
    fn keys(&self) -> Result<Vec<KeyPlace>, Notice>;

    /// Stores a key; the provider as it is with it.
    ///
    /// # Errors
    /// A [`Notice`] when it cannot be stored.
    fn set(&self, provider: &str, key: Secret) -> Result<ProviderSeat, Notice>;

    /// Forgets a stored key; the provider as it is without it.
    ///
    /// # Errors
    /// A [`Notice`] when the file cannot be written.
    fn remove(&self, provider: &str) -> Result<ProviderSeat, Notice>;
}

impl From<&KeyStoreError> for Notice {
    /// What a failed store means for the person.
    fn from(error: &KeyStoreError) -> Self {
        match error {
            KeyStoreError::Key(reason) => {
                Self::new("key_invalid", format!("That cannot be stored: {reason}."))
                    .with_hint("Copy the key again, without line breaks.")
            }
            KeyStoreError::Io { .. } => Self::new("keys_not_written", format!("{error}."))
                .with_hint("See that the folder may be written and the disk has room."),
            KeyStoreError::Exposed { .. } => Self::new("keys_unreadable", format!("{error}."))
                .with_hint(
                    "Whoever read it can open stored keys: get new ones if others use this machine.",
                ),
            KeyStoreError::NoKeyFile { .. } | KeyStoreError::Unreadable { .. } => {
                Self::new("keys_unreadable", format!("{error}.")).with_hint(
                    "Bring the key file back, or begin anew with `majlis keys reset` and store the keys again.",
                )
            }
        }
    }
}

/// What a person is told who has no folder for the key file.
pub fn no_place_for_keys() -> Notice {
    Notice::new(
        "keys_not_written",
        "There is no place for the key file: this user has no home folder.",
    )
    .with_hint("Name one with MAJLIS_KEY_FILE.")
}

/// The keeper, once there is one.
#[derive(Default)]
pub(crate) struct Keyring(OnceLock<Arc<dyn KeyKeeper>>);

impl App {
    /// From now on keys can be looked at and changed. The first keeper stays.
    pub fn use_keys(&self, keeper: Arc<dyn KeyKeeper>) {
        // A second one in one process would only be the same files again.
        drop(self.inner.keyring.0.set(keeper));
    }

    /// Every provider that may have a key, and where it comes from.
    ///
    /// # Errors
    /// `Conflict` when what is stored cannot be read.
    pub async fn keys(&self) -> Result<Vec<KeyView>, AppError> {
        let places = self.with_keeper(|keeper| keeper.keys()).await?;
        let providers = self.providers();
        let views = places.into_iter().map(|place| {
            let known = providers.iter().find(|view| view.name == place.name);
            KeyView {
                state: known.map_or(ModelState::Unknown, |view| view.state),
                reason: known.and_then(|view| view.reason.clone()),
                place,
            }
        });
        Ok(views.collect())
    }

    /// Stores a key for a provider, which is asked with it from now on: at once for its list of
    /// models, which costs nothing and shows whether it takes the key.
    ///
    /// # Errors
    /// `NotFound` when no such provider takes a key, `Invalid` when the text is no key, `Storage`
    /// when it cannot be written, `Conflict` when what is stored cannot be read.
    pub async fn set_key(&self, provider: &str, key: Secret) -> Result<KeyView, AppError> {
        self.key(provider).await?;
        let name = provider.to_owned();
        let seat = self
            .with_keeper(move |keeper| keeper.set(&name, key))
            .await?;
        self.inner.catalog.reseat(seat);
        self.inner.catalog.ask(provider).await;
        self.key(provider).await
    }

    /// Forgets a provider's stored key.
    ///
    /// # Errors
    /// `NotFound` when no such provider takes a key, `Storage` when the file cannot be written.
    pub async fn remove_key(&self, provider: &str) -> Result<KeyView, AppError> {
        self.key(provider).await?;
        let name = provider.to_owned();
        let seat = self.with_keeper(move |keeper| keeper.remove(&name)).await?;
        self.inner.catalog.reseat(seat);
        self.key(provider).await
    }

    async fn key(&self, provider: &str) -> Result<KeyView, AppError> {
        let keys = self.keys().await?;
        let names: Vec<String> = keys.iter().map(|key| key.place.name.clone()).collect();
        let found = keys.into_iter().find(|key| key.place.name == provider);
        found.ok_or_else(|| {
            let notice = Notice::new(
                "no_such_key",
                format!("No provider named {provider:?} takes a key."),
            )
            .with_param("provider", provider)
            .with_hint(format!("Those that do: {}.", names.join(", ")));
            AppError::new(AppErrorKind::NotFound, notice)
        })
    }

    async fn with_keeper<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn KeyKeeper) -> Result<T, Notice> + Send + 'static,
    ) -> Result<T, AppError> {
        let Some(keeper) = self.inner.keyring.0.get().cloned() else {
            let notice = Notice::new("no_key_store", "There is no place for keys here.")
                .with_hint("Set environment variables; `majlis config reference` names them.");
            return Err(AppError::new(AppErrorKind::Conflict, notice));
        };
        let done = tokio::task::spawn_blocking(move || work(&*keeper)).await;
        let done = done.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
        done.map_err(|notice| {
            let kind = match notice.code.as_str() {
                "key_invalid" => AppErrorKind::Invalid,
                "keys_unreadable" => AppErrorKind::Conflict,
                _ => AppErrorKind::Storage,
            };
            AppError::new(kind, notice)
        })
    }
}
