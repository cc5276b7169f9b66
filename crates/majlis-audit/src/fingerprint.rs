//! What makes a finding the same finding after the file was changed elsewhere or formatted anew.

use std::collections::HashMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Text that counts: a longer place is known by its beginning.
const TEXT_BYTES: usize = 4_000;

/// Numbers findings of a file that look alike, in order of their places.
#[derive(Default)]
pub(crate) struct Fingerprints {
    seen: HashMap<(String, String), u32>,
}

impl Fingerprints {
    /// The fingerprint of the next finding: 32 hexadecimal digits over the file's path, the rule,
    /// the text of the place without what formatting changes, and which of several alike it is.
    pub(crate) fn next(&mut self, path: &str, rule: &str, text: &str) -> String {
        let text = normalised(text);
        let count = self.seen.entry((rule.to_owned(), text.clone()));
        let occurrence = *count.and_modify(|count| *count += 1).or_insert(0);
        let mut hash = Sha256::new();
        for part in [path, rule, &text, &occurrence.to_string()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hex(&hash.finalize()[..16])
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Without white space, commas before a closing bracket, and the kind of quotes.
fn normalised(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(TEXT_BYTES)];
    let mut result = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if matches!(c, ')' | ']' | '}') && result.ends_with(',') {
            result.pop();
        }
        result.push(if c == '\'' { '"' } else { c });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        Fingerprints::default().next("a.py", "python/x", text)
    }

    #[test]
    fn formatting_changes_no_fingerprint_and_anything_else_does() {
        let plain = one("f(a, 'b')");
        assert_eq!(plain, one("f(\n    a,\n\t\"b\",\n)"));
        assert_ne!(plain, one("f(a, 'c')"));
        assert_ne!(
            plain,
            Fingerprints::default().next("b.py", "python/x", "f(a, 'b')")
        );
        assert_eq!(plain.len(), 32);
    }

    #[test]
    fn findings_that_look_alike_are_numbered() {
        let mut fingerprints = Fingerprints::default();
        let first = fingerprints.next("a.py", "python/x", "f(a)");
        let second = fingerprints.next("a.py", "python/x", "f(a)");
        assert_ne!(first, second);
        assert_eq!(first, one("f(a)"));
    }
}
