//! Where keys come from: the environment first, then the sealed file. A stored key is sent to the
//! origin it was entered for, and nowhere else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use majlis_app::{
    KeyKeeper, KeyPlace as KeyPlaceView, KeySource, Notice, ProviderSeat, no_place_for_keys,
};
use majlis_providers::key_store::{KeyStore, KeyStoreError, StoredKey, StoredKeys, origin_of};
use majlis_providers::registry::BUILTIN;
use majlis_providers::{Outbound, Secret};

use crate::config::Config;
use crate::environment::Environment;
use crate::{house, paths};

/// The sealed file in the data folder.
const SEALED_FILE: &str = "keys.sealed";

/// One place a key may be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyPlace {
    /// A provider's name, or `alerts.` and a channel's.
    pub(crate) name: String,
    /// The variables that may hold it, in order.
    pub(crate) variables: Vec<String>,
    /// Scheme, host and port it is sent to.
    pub(crate) origin: String,
}

/// Every place of the configuration: the person's own servers, the known providers that need a key,
/// and the channels of alerts.
pub(crate) fn places(config: &Config) -> Vec<KeyPlace> {
    let place = |name: String, variables: Vec<String>, url: &str| KeyPlace {
        name,
        variables,
        origin: origin_of(url).unwrap_or_default(),
    };
    let own = config.providers.iter().map(|own| {
        let variables = own.key_env.iter().cloned().collect();
        place(own.settings.name.clone(), variables, &own.settings.base_url)
    });
    let is_own = |name: &str| config.providers.iter().any(|own| own.settings.name == name);
    let known = BUILTIN
        .iter()
        .filter(|entry| !entry.key_variables.is_empty() && !is_own(entry.name))
        .map(|entry| {
            let variables = entry.key_variables.iter().map(|name| (*name).to_owned());
            place(entry.name.to_owned(), variables.collect(), entry.base_url)
        });
    let channels = config.channels.iter().map(|own| {
        let variables = own.secret_env.iter().cloned().collect();
        place(
            channel_name(&own.settings.name),
            variables,
            &own.settings.url,
        )
    });
    own.chain(known).chain(channels).collect()
}

/// The name under which a channel's secret is stored.
pub(crate) fn channel_name(channel: &str) -> String {
    format!("alerts.{channel}")
}

/// The store of a data folder; `None` on a machine without a place for the key file.
pub(crate) fn store(environment: &Environment, data_dir: &Path) -> Option<KeyStore> {
    let key_file = paths::key_file(environment)?;
    Some(KeyStore::new(data_dir.join(SEALED_FILE), key_file))
}

/// The keys as they are now.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The variables as they were at the start.
    pub(crate) environment: Arc<Environment>,
    stored: StoredKeys,
    /// Why stored keys cannot be read.
    pub(crate) problem: Option<KeyStoreError>,
}

impl Keys {
    /// Reads the store of a data folder; what cannot be read leaves the environment's keys.
    pub(crate) fn read(environment: Arc<Environment>, data_dir: Option<&Path>) -> Self {
        let store = data_dir.and_then(|data_dir| store(&environment, data_dir));
        let (stored, problem) = match store.map(|store| store.read()) {
            Some(Ok(stored)) => (stored, None),
            Some(Err(problem)) => (StoredKeys::new(), Some(problem)),
            None => (StoredKeys::new(), None),
        };
        Self {
            environment,
            stored,
            problem,
        }
    }

    /// The key for a place; one that was stored for another origin is not given.
    pub(crate) fn find(&self, place: &KeyPlace) -> Option<Secret> {
        let variable = |name: &String| self.environment.key(name);
        let set = place.variables.iter().find_map(variable);
        let stored = || {
            let stored = self.stored.get(&place.name)?;
            (stored.origin == place.origin).then(|| stored.key.clone())
        };
        set.or_else(stored).map(Secret::remembered)
    }

    /// Where the key for a place comes from.
    pub(crate) fn source(&self, place: &KeyPlace) -> KeySource {
        let is_set = |name: &&String| self.environment.get(name).is_some();
        if let Some(variable) = place.variables.iter().find(is_set) {
            let variable = variable.clone();
            return KeySource::Environment { variable };
        }
        match self.stored.get(&place.name) {
            None => KeySource::None,
            Some(stored) if stored.origin == place.origin => KeySource::Stored {
                at_ms: stored.stored_at_ms,
            },
            Some(stored) => KeySource::Misplaced {
                origin: stored.origin.clone(),
            },
        }
    }

    /// Names of stored keys that belong to nothing in the configuration.
    pub(crate) fn strangers(&self, places: &[KeyPlace]) -> Vec<String> {
        let is_known = |name: &String| places.iter().any(|place| place.name == *name);
        let names = self.stored.keys().filter(|name| !is_known(name));
        names.cloned().collect()
    }
}

/// Stores a key for a place.
///
/// # Errors
/// [`KeyStoreError`].
pub(crate) fn put(store: &KeyStore, place: &KeyPlace, key: Secret) -> Result<(), KeyStoreError> {
    let key = StoredKey {
        origin: place.origin.clone(),
        key: key.remembered(),
        stored_at_ms: jiff::Timestamp::now().as_millisecond(),
    };
    store.put(&place.name, &key)
}

/// The keeper behind the page and the API.
pub(crate) struct Keeper {
    /// The checked configuration.
    pub(crate) config: Arc<Config>,
    /// The variables as they were at the start.
    pub(crate) environment: Arc<Environment>,
    /// Where the sealed file lies.
    pub(crate) data_dir: PathBuf,
    /// The door of the providers that are built anew.
    pub(crate) outbound: Outbound,
}

impl Keeper {
    fn read(&self) -> Keys {
        Keys::read(Arc::clone(&self.environment), Some(&self.data_dir))
    }

    /// Providers only: channels are lined up once, at the start.
    fn providers(&self) -> Vec<KeyPlace> {
        let mut places = places(&self.config);
        places.retain(|place| !place.name.starts_with(&channel_name("")));
        places
    }

    fn change(
        &self,
        provider: &str,
        change: impl FnOnce(&KeyStore, &KeyPlace) -> Result<(), KeyStoreError>,
    ) -> Result<ProviderSeat, Notice> {
        let store = store(&self.environment, &self.data_dir).ok_or_else(no_place_for_keys)?;
        let places = self.providers();
        let place = places.iter().find(|place| place.name == provider);
        let place = place.ok_or_else(no_place_for_keys)?;
        change(&store, place).map_err(|error| Notice::from(&error))?;
        house::seat_of(provider, &self.config, &self.read(), &self.outbound)
            .ok_or_else(no_place_for_keys)
    }
}

impl KeyKeeper for Keeper {
    fn keys(&self) -> Result<Vec<KeyPlaceView>, Notice> {
        let keys = self.read();
        if let Some(problem) = &keys.problem {
            return Err(problem.into());
        }
        let views = self.providers().into_iter().map(|place| KeyPlaceView {
            source: keys.source(&place),
            name: place.name,
            origin: place.origin,
            variables: place.variables,
        });
        Ok(views.collect())
    }

    fn set(&self, provider: &str, key: Secret) -> Result<ProviderSeat, Notice> {
        self.change(provider, |store, place| put(store, place, key))
    }

    fn remove(&self, provider: &str) -> Result<ProviderSeat, Notice> {
        self.change(provider, |store, place| store.remove(&place.name).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(data_dir: &Path) -> Keys {
        let environment = Environment::of([
            ("OPENAI_API_KEY", "sk-of-the-environment"),
            (
                "MAJLIS_KEY_FILE",
                &data_dir.join("elsewhere").display().to_string(),
            ),
        ]);
        Keys::read(Arc::new(environment), Some(data_dir))
    }

    fn place(name: &str) -> KeyPlace {
        let places = places(&Config::empty(None));
        places.into_iter().find(|place| place.name == name).unwrap()
    }

    #[test]
    fn the_environment_goes_before_the_store_and_a_key_goes_to_its_own_origin_only() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&keys(folder.path()).environment, folder.path()).unwrap();
        for name in ["openai", "anthropic"] {
            put(&store, &place(name), Secret::from("sk-stored".to_owned())).unwrap();
        }
        let keys = keys(folder.path());
        assert!(matches!(
            keys.source(&place("openai")),
            KeySource::Environment { variable } if variable == "OPENAI_API_KEY"
        ));
        assert!(matches!(
            keys.source(&place("anthropic")),
            KeySource::Stored { .. }
        ));
        assert!(keys.find(&place("anthropic")).is_some());
        assert_eq!(keys.source(&place("gemini")), KeySource::None);
        assert!(keys.find(&place("gemini")).is_none());

        let moved = KeyPlace {
            origin: "https://evil.example".to_owned(),
            ..place("anthropic")
        };
        assert!(keys.find(&moved).is_none());
        assert!(matches!(keys.source(&moved), KeySource::Misplaced { .. }));
        assert!(keys.strangers(&places(&Config::empty(None))).is_empty());
        assert_eq!(keys.strangers(&[place("openai")]), ["anthropic"]);
    }
}
