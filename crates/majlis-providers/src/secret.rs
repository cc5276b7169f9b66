//! Keys that never print.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::redact::{self, MASK, MIN_BYTES};

/// A provider's key. It has no `Display`, its `Debug` is masked, and it is wiped when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Nothing but white space was given.
    pub fn is_empty(&self) -> bool {
        self.0.expose_secret().is_empty()
    }

    /// The key itself, for the one place that writes it into a header.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The same key, from now on masked by [`crate::redacted`] wherever text leaves.
    #[must_use]
    pub fn remembered(self) -> Self {
        redact::remember(self.expose());
        self
    }

    /// The text with every occurrence of the key masked: providers echo what they were sent.
    pub fn redact(&self, text: &str) -> String {
        let key = self.0.expose_secret();
        if key.len() < MIN_BYTES {
            return text.to_owned();
        }
        text.replace(key, MASK)
    }
}

impl From<String> for Secret {
    /// White space around a key comes from files and shells and is no part of it.
    fn from(text: String) -> Self {
        Self(SecretString::from(text.trim()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_key_shows_nowhere() {
        let key = Secret::from(" sk-very-secret\n".to_owned());
        assert_eq!(format!("{key:?}"), "Secret(***)");
        assert_eq!(
            key.redact("you sent sk-very-secret, twice: sk-very-secret"),
            "you sent [key], twice: [key]"
        );
        assert_eq!(key.expose(), "sk-very-secret");
    }

    #[test]
    fn a_tiny_key_masks_no_ordinary_words() {
        assert_eq!(Secret::from("a".to_owned()).redact("a cat"), "a cat");
        assert!(Secret::from("  ".to_owned()).is_empty());
    }
}
