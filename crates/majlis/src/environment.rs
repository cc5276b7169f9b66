//! Environment variables: one list, read once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use majlis_providers::Secret;

/// One variable Majlis reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Variable {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
}

/// Every variable but the keys of providers, which stand in the registry of majlis-providers.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable {
        name: "MAJLIS_CONFIG",
        about: "The configuration file, in place of the one in the platform's configuration folder.",
    },
    Variable {
        name: "MAJLIS_DATA_DIR",
        about: "The data folder, in place of the platform's: database, backups, history of `chat`.",
    },
    Variable {
        name: "MAJLIS_MODELS_DIR",
        about: "The folder of model files, in place of `models` in the platform's data folder. \
                It does not move with `MAJLIS_DATA_DIR`.",
    },
    Variable {
        name: "MAJLIS_KEY_FILE",
        about: "The file that opens stored keys, in place of `keys.key` in the platform's \
                configuration folder. Keep it apart from the data folder.",
    },
    Variable {
        name: "MAJLIS_LOG",
        about: "What is logged, as a filter such as `info` or `majlis_app=debug`; `-v` and `--quiet` are shorter.",
    },
    Variable {
        name: "NO_COLOR",
        about: "Set to anything: no colours.",
    },
    Variable {
        name: "DISPLAY",
        about: "With `WAYLAND_DISPLAY`: whether there is a screen on which `serve` can open its page (Linux).",
    },
    Variable {
        name: "WAYLAND_DISPLAY",
        about: "See `DISPLAY`.",
    },
    Variable {
        name: "SSH_CONNECTION",
        about: "Set by a remote login: `serve` opens no page.",
    },
];

/// The variables as they were at the start.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    values: BTreeMap<String, String>,
    /// Variables that are set to something that is not text, by name.
    pub(crate) unreadable: Vec<String>,
}

impl Environment {
    /// Reads the variables of [`VARIABLES`] and those of `keys`, and no other.
    #[allow(clippy::disallowed_methods)] // the one door to the environment
    pub(crate) fn read<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let names = VARIABLES.iter().map(|variable| variable.name).chain(keys);
        Self::from_lookup(names, |name| std::env::var_os(name))
    }

    fn from_lookup<'a>(
        names: impl IntoIterator<Item = &'a str>,
        lookup: impl Fn(&str) -> Option<std::ffi::OsString>,
    ) -> Self {
        let mut environment = Self::default();
        for name in names {
            match lookup(name).map(std::ffi::OsString::into_string) {
                // An empty variable is how many shells and files say "not set".
                Some(Ok(value)) if !value.trim().is_empty() => {
                    environment.values.insert(name.to_owned(), value);
                }
                Some(Err(_)) => environment.unreadable.push(name.to_owned()),
                Some(Ok(_)) | None => {}
            }
        }
        environment
    }

    /// A variable's value; `None` when it is not set, empty, or was not asked for at the start.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A key.
    pub(crate) fn key(&self, name: &str) -> Option<Secret> {
        self.get(name).map(|value| Secret::from(value.to_owned()))
    }

    /// Variables made up for a test.
    #[cfg(test)]
    pub(crate) fn of<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let values = values.into_iter();
        Self {
            values: values
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            unreadable: Vec::new(),
        }
    }
}

/// A variable of [`VARIABLES`] that holds a path, which need not be text; empty is not set.
#[allow(clippy::disallowed_methods)] // the same door
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_not_set() {
        let lookup = |name: &str| match name {
            "SET" => Some("value".into()),
            "EMPTY" => Some("  ".into()),
            _ => None,
        };
        let environment = Environment::from_lookup(["SET", "EMPTY", "ABSENT"], lookup);
        assert_eq!(environment.get("SET"), Some("value"));
        assert_eq!(environment.get("EMPTY"), None);
        assert_eq!(environment.get("ABSENT"), None);
    }
}
