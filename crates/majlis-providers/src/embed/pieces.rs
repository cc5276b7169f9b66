//! `SentencePiece`: text to pieces of words, by the unigram model in the encoder's own file.
//!
//! The file is a protocol buffer of an older layout than today's: (1) the pieces with their scores,
//! (3) a message whose field 2 is the table of character replacements (found 2026-11-22).

mod replace;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::EncoderError;
use replace::Replacements;

/// Pieces with a meaning of their own, by number.
const UNKNOWN: u32 = 0;
const BEGIN: u32 = 1;
const END: u32 = 2;
/// How much worse than the worst piece an unknown character is.
const UNKNOWN_PENALTY: f32 = 10.0;
/// Bytes of a text that are looked at, and pieces that are kept.
const MAX_BYTES: usize = 8192;
const MAX_PIECES: usize = 512;
/// What stands for a space in pieces.
const SPACE: char = '\u{2581}';

/// The vocabulary.
pub(super) struct Pieces {
    replacements: Replacements,
    /// The pieces as a tree: from a node by a character to the next.
    tree: HashMap<(u32, char), u32>,
    /// The piece each node ends, if any.
    ends: Vec<Option<u32>>,
    scores: Vec<f32>,
    unknown_score: f32,
}

impl Pieces {
    pub(super) fn load(path: &Path) -> Result<Self, EncoderError> {
        let bytes = fs::read(path).map_err(|error| EncoderError::read(path, error))?;
        Self::read(&bytes).ok_or_else(|| EncoderError::form(path, "no SentencePiece model"))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut own = Self {
            replacements: Replacements::default(),
            tree: HashMap::new(),
            ends: vec![None],
            scores: Vec::new(),
            unknown_score: 0.0,
        };
        for field in Fields(bytes) {
            match field? {
                (1, piece) => own.add(piece)?,
                (3, message) => {
                    for field in Fields(message) {
                        if let (2, table) = field? {
                            own.replacements = Replacements::read(table)?;
                        }
                    }
                }
                _ => {}
            }
        }
        let worst = own.scores.iter().copied().reduce(f32::min)?;
        own.unknown_score = worst - UNKNOWN_PENALTY;
        Some(own)
    }

    fn add(&mut self, message: &[u8]) -> Option<()> {
        let (mut text, mut score) = ("", 0.0);
        for field in Fields(message) {
            match field? {
                (1, bytes) => text = std::str::from_utf8(bytes).ok()?,
                (2, bytes) => score = f32::from_le_bytes(bytes.try_into().ok()?),
                _ => {}
            }
        }
        let number = u32::try_from(self.scores.len()).ok()?;
        self.scores.push(score);
        let mut node = 0;
        for character in text.chars() {
            let next = u32::try_from(self.ends.len()).ok()?;
            node = *self.tree.entry((node, character)).or_insert(next);
            if node == next {
                self.ends.push(None);
            }
        }
        *self.ends.get_mut(usize::try_from(node).ok()?)? = Some(number);
        Some(())
    }

    /// The pieces of a text, between those for beginning and end.
    pub(super) fn encode(&self, text: &str) -> Vec<u32> {
        let end = text.floor_char_boundary(MAX_BYTES);
        let characters = self.replacements.apply(&text[..end]);
        let mut pieces = vec![BEGIN];
        if characters.is_empty() {
            pieces.push(UNKNOWN);
        } else {
            pieces.extend(self.best(&characters));
            pieces.truncate(MAX_PIECES);
        }
        pieces.push(END);
        pieces
    }

    /// The likeliest way to cut the characters into pieces; of equal ones the one whose last piece
    /// begins first.
    fn best(&self, characters: &[char]) -> Vec<u32> {
        let mut best: Vec<(f32, usize, u32)> = vec![(f32::MIN, 0, UNKNOWN); characters.len() + 1];
        best[0].0 = 0.0;
        for start in 0..characters.len() {
            let base = best[start].0;
            let mut node = 0;
            let mut has_single = false;
            for (offset, character) in characters[start..].iter().enumerate() {
                let Some(next) = self.tree.get(&(node, *character)) else {
                    break;
                };
                node = *next;
                let Some(piece) = self.piece_at(node) else {
                    continue;
                };
                has_single |= offset == 0;
                let score = base + self.scores.get(index(piece)).copied().unwrap_or(0.0);
                raise(&mut best[start + offset + 1], (score, start, piece));
            }
            if !has_single {
                let score = base + self.unknown_score;
                raise(&mut best[start + 1], (score, start, UNKNOWN));
            }
        }
        let mut pieces = Vec::new();
        let mut end = characters.len();
        while end > 0 {
            let (_, start, piece) = best[end];
            pieces.push(piece);
            end = start;
        }
        pieces.reverse();
        pieces
    }

    fn piece_at(&self, node: u32) -> Option<u32> {
        self.ends.get(index(node)).copied().flatten()
    }
}

fn raise(best: &mut (f32, usize, u32), candidate: (f32, usize, u32)) {
    if candidate.0 > best.0 {
        *best = candidate;
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The fields of a protocol buffer message that hold bytes or a number of 32 bits; `None` once where
/// the message breaks off.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            let Some((field, bytes)) = self.field() else {
                self.0 = &[];
                return Some(None);
            };
            if let Some(bytes) = bytes {
                return Some(Some((field, bytes)));
            }
        }
        None
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Option<&'a [u8]>)> {
        let tag = self.number()?;
        let bytes = match tag & 7 {
            0 => {
                self.number()?;
                None
            }
            1 => {
                self.bytes(8)?;
                None
            }
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Some(self.bytes(length)?)
            }
            5 => Some(self.bytes(4)?),
            _ => return None,
        };
        Some((tag >> 3, bytes))
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2, u8::try_from(body.len()).unwrap()];
        bytes.extend(body);
        bytes
    }

    fn piece(text: &str, score: f32) -> Vec<u8> {
        let mut body = message(1, text.as_bytes());
        body.push(2 << 3 | 5);
        body.extend(score.to_le_bytes());
        message(1, &body)
    }

    fn pieces() -> Pieces {
        let vocabulary = [
            ("<unk>", 0.0),
            ("<s>", 0.0),
            ("</s>", 0.0),
            ("\u{2581}", -3.0),
            ("\u{2581}ab", -2.0),
            ("a", -4.0),
            ("b", -4.0),
            ("مج", -2.5),
        ];
        let bytes: Vec<u8> = vocabulary
            .iter()
            .flat_map(|(text, score)| piece(text, *score))
            .collect();
        Pieces::read(&bytes).unwrap()
    }

    #[test]
    fn the_likeliest_cut_is_taken_and_what_is_not_known_is_one_piece_a_character() {
        for (text, expected) in [
            ("", vec![BEGIN, UNKNOWN, END]),
            ("ab", vec![BEGIN, 4, END]),
            ("  ba  ab ", vec![BEGIN, 3, 6, 5, 4, END]),
            ("مجx", vec![BEGIN, 3, 7, UNKNOWN, END]),
        ] {
            assert_eq!(pieces().encode(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_cut_and_a_broken_file_is_refused() {
        assert!(pieces().encode(&"b a ".repeat(9000)).len() <= MAX_PIECES + 1);
        for bytes in [&b""[..], b"\x0a\xff", b"\x0a\x02\x0a\x09", b"\xff\xff"] {
            assert!(Pieces::read(bytes).is_none(), "{bytes:?}");
        }
        assert_eq!(SPACE, '▁');
    }
}
