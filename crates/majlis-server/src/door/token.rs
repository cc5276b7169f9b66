//! Tokens: only their marks are kept.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// How a session of the page begins.
pub(crate) const SESSION_PREFIX: &str = "majlis_session_";
/// How a code that signs in once begins.
pub(crate) const CODE_PREFIX: &str = "majlis_code_";
/// How a token that we make begins.
const TOKEN_PREFIX: &str = "majlis_token_";
/// Shorter tokens can be guessed, in characters.
const MIN_TOKEN_CHARACTERS: usize = 32;
/// Longer ones do not fit into headers, in characters.
const MAX_TOKEN_CHARACTERS: usize = 1_024;

/// What is kept of a secret: enough to know it again, too little to tell it.
#[derive(Clone, Copy)]
pub(crate) struct Mark([u8; 32]);

impl Mark {
    /// The mark of a secret.
    pub(crate) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Whether it is the mark of the same secret; takes as long either way.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Mark(…)")
    }
}

/// The token of a server, of which only the SHA-256 mark is kept.
#[derive(Debug, Clone)]
pub struct AccessToken(Mark);

/// Why a text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It can be guessed.
    #[error("the token has {0} characters, and fewer than 32 can be guessed")]
    TooShort(usize),
    /// No header takes it.
    #[error("the token has {0} characters, and at most 1024 fit into a request")]
    TooLong(usize),
    /// It cannot stand in a header.
    #[error("the token holds something else than visible ASCII characters, or several lines")]
    Characters,
    /// It looks like something else.
    #[error("the token begins like a session or a code of Majlis")]
    Reserved,
}

impl AccessToken {
    /// The token that a file holds: one line.
    ///
    /// # Errors
    /// [`TokenError`] when it is none.
    pub fn from_text(text: &str) -> Result<Self, TokenError> {
        let token = text.trim_end_matches(['\r', '\n']);
        let characters = token.chars().count();
        if !token.chars().all(|character| character.is_ascii_graphic()) {
            return Err(TokenError::Characters);
        }
        match characters {
            ..MIN_TOKEN_CHARACTERS => return Err(TokenError::TooShort(characters)),
            MIN_TOKEN_CHARACTERS..=MAX_TOKEN_CHARACTERS => {}
            _ => return Err(TokenError::TooLong(characters)),
        }
        if token.starts_with(SESSION_PREFIX) || token.starts_with(CODE_PREFIX) {
            return Err(TokenError::Reserved);
        }
        Ok(Self(Mark::of(token)))
    }

    /// Its mark.
    pub(crate) fn mark(&self) -> &Mark {
        &self.0
    }
}

/// A new token: 256 bits of the system's randomness as visible ASCII, without a line feed.
///
/// # Errors
/// When the system has no randomness.
pub fn new_token() -> std::io::Result<String> {
    random(TOKEN_PREFIX)
}

/// 256 bits of the system's randomness behind a prefix.
///
/// # Errors
/// When the system has none.
pub(crate) fn random(prefix: &str) -> std::io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(), TokenError>) {
        assert_eq!(AccessToken::from_text(text).map(drop), expected, "{text:?}");
    }

    #[test]
    fn a_token_is_one_line_that_cannot_be_guessed() {
        let good = "0123456789abcdef0123456789abcdef";
        check(good, Ok(()));
        check(&format!("{good}\n"), Ok(()));
        check(&format!("{good}\r\n"), Ok(()));
        check(&good[1..], Err(TokenError::TooShort(31)));
        check("", Err(TokenError::TooShort(0)));
        check(&"x".repeat(1_025), Err(TokenError::TooLong(1_025)));
        check(&format!("{good}\n{good}"), Err(TokenError::Characters));
        check(&format!("{good} "), Err(TokenError::Characters));
        check(&format!("{good}é"), Err(TokenError::Characters));
        for prefix in [SESSION_PREFIX, CODE_PREFIX] {
            check(&format!("{prefix}{good}"), Err(TokenError::Reserved));
        }
    }

    #[test]
    fn a_token_we_make_is_one_and_never_twice_the_same() {
        let (one, other) = (new_token().unwrap(), new_token().unwrap());
        check(&one, Ok(()));
        assert_ne!(one, other);
        assert_eq!(one.len(), TOKEN_PREFIX.len() + 43);
    }

    #[test]
    fn a_token_does_not_print() {
        let token = AccessToken::from_text(&"secret".repeat(6)).unwrap();
        assert_eq!(format!("{token:?}"), "AccessToken(Mark(…))");
    }

    #[test]
    fn a_mark_fits_its_own_secret_only() {
        assert!(Mark::of("a").fits(&Mark::of("a")));
        assert!(!Mark::of("a").fits(&Mark::of("b")));
    }
}
