//! Text from bytes that may be cut inside a character.

/// Collects bytes and gives the text that is whole so far.
#[derive(Debug, Default)]
pub(super) struct Utf8Joiner {
    pending: Vec<u8>,
}

impl Utf8Joiner {
    /// Takes more bytes. Bytes that can belong to no character become U+FFFD; the beginning of a
    /// character waits for its rest.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::new();
        let mut consumed = 0;
        for chunk in self.pending.utf8_chunks() {
            text.push_str(chunk.valid());
            consumed += chunk.valid().len();
            let invalid = chunk.invalid();
            let at_end = consumed + invalid.len() == self.pending.len();
            if invalid.is_empty() || (at_end && may_continue(invalid)) {
                break;
            }
            text.push(char::REPLACEMENT_CHARACTER);
            consumed += invalid.len();
        }
        self.pending.drain(..consumed);
        text
    }

    /// What is left when no more bytes come: U+FFFD for a cut character, else nothing.
    pub(super) fn finish(&mut self) -> String {
        let text = String::from_utf8_lossy(&self.pending).into_owned();
        self.pending.clear();
        text
    }
}

/// The bytes are the beginning of a character that more bytes may complete.
fn may_continue(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::Utf8Joiner;
    use proptest::prelude::*;

    fn joined<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> String {
        let mut joiner = Utf8Joiner::default();
        let mut text = String::new();
        for piece in pieces {
            text.push_str(&joiner.push(piece));
        }
        text + &joiner.finish()
    }

    #[test]
    fn arabic_survives_every_cut() {
        let text = "مجلس النقاش — 🕌 é";
        for length in 1..=text.len() {
            assert_eq!(joined(text.as_bytes().chunks(length)), text);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_read_as_in_one(bytes: Vec<u8>, length in 1_usize..9) {
            let whole = String::from_utf8_lossy(&bytes).into_owned();
            prop_assert_eq!(joined(bytes.chunks(length)), whole);
        }
    }
}
