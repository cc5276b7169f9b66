//! Places in a file.

use serde::{Deserialize, Serialize};

/// Bytes `start..end` of a file's text; both on character boundaries.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of a syntax node.
    pub fn of(node: tree_sitter::Node<'_>) -> Self {
        Self::of_range(node.byte_range())
    }

    /// The span of a range of bytes; what lies beyond 4 GiB is cut off.
    pub fn of_range(range: std::ops::Range<usize>) -> Self {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: byte(range.start),
            end: byte(range.end),
        }
    }
}

/// A place for people and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    /// Finds the lines of a text of less than 4 GiB.
    pub fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)))
            .collect();
        Self { starts }
    }

    /// Line and column of a byte offset into the same text.
    pub fn place(&self, text: &str, at: u32) -> Place {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts[line.saturating_sub(1)] as usize;
        let before = text.get(start..at as usize).unwrap_or_default();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place {
            line: count(line),
            column: count(before.chars().count() + 1),
        }
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, at: u32) -> u32 {
        let line = self.starts.partition_point(|start| *start <= at);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The bytes of a line (from 1) without its break; `None` where there is no such line.
    pub fn span(&self, text: &str, line: u32) -> Option<Span> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = match self.starts.get(index + 1) {
            Some(next) => next - 1,
            None => u32::try_from(text.len()).unwrap_or(u32::MAX),
        };
        Some(Span { start, end })
    }

    /// How many lines there are; at least 1.
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let text = "a\nسلام x\n";
        let lines = Lines::new(text);
        let check = |at: usize, line, column| {
            let place = lines.place(text, u32::try_from(at).unwrap());
            assert_eq!(place, Place { line, column }, "byte {at}");
        };
        check(0, 1, 1);
        check(2, 2, 1);
        check(text.find('x').unwrap(), 2, 6);
        check(text.len(), 3, 1);
        assert_eq!(lines.count(), 3);
    }
}
