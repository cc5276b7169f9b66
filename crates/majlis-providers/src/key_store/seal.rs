//! Bytes under XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), with a random nonce of 24 bytes
//! before them: long enough that chance never makes the same twice.

use std::io;

use chacha20poly1305::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// What a sealed file begins with; sealed too, so that a later form cannot be taken for this one.
const HEAD: &[u8] = b"majlis-keys 1\n";
/// Bytes of a nonce.
const NONCE_BYTES: usize = 24;
/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;

/// A key to seal with, wiped when dropped.
pub(super) type Key = Zeroizing<[u8; KEY_BYTES]>;

/// A new key from the system's random numbers.
pub(super) fn new_key() -> io::Result<Key> {
    let key = chacha20poly1305::Key::try_generate().map_err(io::Error::other)?;
    Ok(Zeroizing::new(key.into()))
}

/// A key from a file's bytes; `None` when they are no key.
pub(super) fn key(bytes: &[u8]) -> Option<Key> {
    bytes.try_into().ok().map(Zeroizing::new)
}

/// Seals a text.
pub(super) fn close(key: &Key, text: &[u8]) -> io::Result<Vec<u8>> {
    let nonce = XNonce::try_generate().map_err(io::Error::other)?;
    let payload = Payload {
        msg: text,
        aad: HEAD,
    };
    let sealed = cipher(key)
        .encrypt(&nonce, payload)
        .map_err(|_| io::Error::other("the cipher refused the text"))?;
    Ok([HEAD, nonce.as_slice(), &sealed].concat())
}

/// Opens what [`close`] made; `None` with another key, or when a bit is not as it was.
pub(super) fn open(key: &Key, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let rest = bytes.strip_prefix(HEAD)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload {
        msg: sealed,
        aad: HEAD,
    };
    let text = cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?;
    Some(Zeroizing::new(text))
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&chacha20poly1305::Key::from(**key))
}
