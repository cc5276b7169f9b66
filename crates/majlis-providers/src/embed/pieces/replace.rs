//! Characters brought to the forms the vocabulary knows.

use super::SPACE;

/// The model's table: a double-array trie (darts-clone) over bytes, and the replacements it leads
/// to, each ended by a zero byte.
#[derive(Debug, Default)]
pub(super) struct Replacements {
    units: Vec<u32>,
    texts: Vec<u8>,
}

impl Replacements {
    pub(super) fn read(table: &[u8]) -> Option<Self> {
        let (length, rest) = table.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (trie, texts) = rest.split_at_checked(length)?;
        let (units, _) = trie.as_chunks::<4>();
        Some(Self {
            units: units.iter().map(|unit| u32::from_le_bytes(*unit)).collect(),
            texts: texts.to_vec(),
        })
    }

    /// The text with a space before it, spaces at its ends and beside others taken away, and every
    /// space written as a visible character.
    pub(super) fn apply(&self, text: &str) -> Vec<char> {
        let mut normal = String::with_capacity(text.len() + 8);
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (replacement, length) = match self.longest(rest) {
                Some((replacement, length)) => (replacement, length),
                None => (&rest[..first.len_utf8()], first.len_utf8()),
            };
            normal.push_str(replacement);
            // A replacement may end inside a character only where the table is damaged.
            rest = rest.get(length..).unwrap_or_default();
        }
        let mut characters = Vec::with_capacity(normal.len() + 1);
        for word in normal.split(' ').filter(|word| !word.is_empty()) {
            characters.push(SPACE);
            characters.extend(word.chars());
        }
        characters
    }

    /// The replacement of the longest beginning of `text` that has one, and the length of that
    /// beginning.
    fn longest(&self, text: &str) -> Option<(&str, usize)> {
        let mut place = children(*self.units.first()?);
        let mut found = None;
        for (index, byte) in text.bytes().enumerate() {
            place ^= usize::from(byte);
            let unit = *self.units.get(place)?;
            if unit & 0x8000_00FF != u32::from(byte) {
                break;
            }
            place ^= children(unit);
            if unit & 0x100 != 0 {
                let value = self.units.get(place)? & 0x7FFF_FFFF;
                found = Some((value, index + 1));
            }
        }
        let (value, length) = found?;
        let start = self.texts.get(usize::try_from(value).ok()?..)?;
        let end = start.iter().position(|byte| *byte == 0)?;
        Some((std::str::from_utf8(&start[..end]).ok()?, length))
    }
}

/// How far the children of a unit lie.
fn children(unit: u32) -> usize {
    usize::try_from((unit >> 10) << ((unit & 0x200) >> 6)).unwrap_or(usize::MAX)
}
