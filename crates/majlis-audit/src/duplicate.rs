//! Passages that stand in the code more than once, token by token.
//!
//! Fingerprints of windows of tokens, thinned by winnowing (Schleimer, Wilkerson, Aiken 2003):
//! time and memory grow with the text, and every repeated passage of [`WINDOW`] + [`SPREAD`]
//! tokens is seen.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::{SourceFile, Span};

/// The rule that reports copies.
pub(crate) const RULE: &str = "any/duplicated-code";

/// Tokens of a window.
const WINDOW: usize = 80;
/// Windows of which one is kept.
const SPREAD: usize = 40;
/// Lines a passage must have.
const LINES: u32 = 12;
/// Places of one window that are compared; more are a table or a form, not a copy.
const PLACES: usize = 20;
/// Base of the polynomial hash: any odd number of 64 bits.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// A window that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u32, u32, u32, u32)", into = "(u64, u32, u32, u32, u32)")]
pub(crate) struct Window {
    hash: u64,
    span: Span,
    from: u32,
    to: u32,
}

impl From<(u64, u32, u32, u32, u32)> for Window {
    fn from((hash, start, end, from, to): (u64, u32, u32, u32, u32)) -> Self {
        let span = Span { start, end };
        Self {
            hash,
            span,
            from,
            to,
        }
    }
}

impl From<Window> for (u64, u32, u32, u32, u32) {
    fn from(window: Window) -> Self {
        let Span { start, end } = window.span;
        (window.hash, start, end, window.from, window.to)
    }
}

/// A passage that stands elsewhere already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copy {
    /// Index of the file.
    pub(crate) file: usize,
    pub(crate) span: Span,
    /// Its first line.
    pub(crate) from: u32,
    /// Its last line.
    pub(crate) to: u32,
    /// Index of the file it stands in first.
    pub(crate) other: usize,
    /// Line there, from 1.
    pub(crate) other_line: u32,
    /// Of its first window.
    pub(crate) hash: u64,
}

impl Copy {
    /// How many lines.
    fn lines(&self) -> u32 {
        self.to + 1 - self.from
    }

    /// In English; `other` is the path of the file it stands in first.
    pub(crate) fn message(&self, other: &str) -> String {
        let (lines, line) = (self.lines(), self.other_line);
        format!("{lines} lines stand in {other}:{line} already.")
    }
}

/// The kept windows of a file.
pub(crate) fn windows(file: &SourceFile) -> Vec<Window> {
    let tokens = tokens(file);
    if tokens.len() < WINDOW {
        return Vec::new();
    }
    let highest = (1..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut hash = 0_u64;
    let mut kept: Vec<Window> = Vec::new();
    let mut last = usize::MAX;
    let mut minima: VecDeque<(usize, u64)> = VecDeque::new();
    for (index, (token, _)) in tokens.iter().enumerate() {
        if index >= WINDOW {
            hash = hash.wrapping_sub(tokens[index - WINDOW].0.wrapping_mul(highest));
        }
        hash = hash.wrapping_mul(BASE).wrapping_add(*token);
        let Some(start) = (index + 1).checked_sub(WINDOW) else {
            continue;
        };
        let mixed = (hash ^ (hash >> 29)).wrapping_mul(BASE);
        while minima.back().is_some_and(|(_, other)| *other >= mixed) {
            minima.pop_back();
        }
        minima.push_back((start, mixed));
        while minima.front().is_some_and(|(at, _)| at + SPREAD <= start) {
            minima.pop_front();
        }
        if let Some((at, mixed)) = minima.front().copied()
            && at != last
            && start + 1 >= SPREAD
        {
            last = at;
            let span = Span {
                start: tokens[at].1.start,
                end: tokens[at + WINDOW - 1].1.end,
            };
            kept.push(Window {
                hash: mixed,
                span,
                from: file.lines().line(span.start),
                to: file.lines().line(span.end),
            });
        }
    }
    kept
}

/// Hash and place of every token but comments.
fn tokens(file: &SourceFile) -> Vec<(u64, Span)> {
    let mut tokens = Vec::new();
    let mut cursor = file.tree().walk();
    let text = file.text().as_bytes();
    loop {
        let node = cursor.node();
        let is_comment = node.is_extra() && node.kind().contains("comment");
        if !is_comment && cursor.goto_first_child() {
            continue;
        }
        if !is_comment && node.end_byte() > node.start_byte() {
            let mut hash = DefaultHasher::new();
            text.get(node.byte_range()).hash(&mut hash);
            tokens.push((hash.finish(), Span::of(node)));
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return tokens;
            }
        }
    }
}

/// The copies among files, given by their windows; files in order, the first place is the original.
pub(crate) fn find(files: &[&[Window]]) -> Vec<Copy> {
    let mut places: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
    for (file, windows) in files.iter().enumerate() {
        for (index, window) in windows.iter().enumerate() {
            places.entry(window.hash).or_default().push((file, index));
        }
    }
    let mut copies: BTreeMap<(usize, usize, i64), Vec<Copy>> = BTreeMap::new();
    for (file, windows) in files.iter().enumerate() {
        for window in *windows {
            let Some(same) = places.get(&window.hash) else {
                continue;
            };
            if same.len() > PLACES {
                continue;
            }
            let Some((other, index)) = same.first().copied() else {
                continue;
            };
            let first = files[other][index];
            if other == file && first.span.end > window.span.start {
                continue;
            }
            let distance = i64::from(window.from) - i64::from(first.from);
            let of_pair = copies.entry((file, other, distance)).or_default();
            join(of_pair, file, other, window, first);
        }
    }
    let mut found: Vec<_> = copies.into_values().flatten().collect();
    found.retain(|copy| copy.lines() >= LINES);
    found.sort_by_key(|copy| (copy.file, copy.span, copy.other));
    without_overlaps(found)
}

/// Joins a window with the passage before it where they touch.
fn join(copies: &mut Vec<Copy>, file: usize, other: usize, window: &Window, first: Window) {
    if let Some(last) = copies.last_mut()
        && last.span.end >= window.span.start
    {
        last.span.end = last.span.end.max(window.span.end);
        last.to = last.to.max(window.to);
        return;
    }
    copies.push(Copy {
        file,
        span: window.span,
        from: window.from,
        to: window.to,
        other,
        other_line: first.from,
        hash: window.hash,
    });
}

/// Of copies that overlap in a file the longest that begins first stays.
fn without_overlaps(found: Vec<Copy>) -> Vec<Copy> {
    let mut kept: Vec<Copy> = Vec::new();
    for copy in found {
        match kept.last_mut() {
            Some(last) if last.file == copy.file && last.span.end > copy.span.start => {}
            _ => kept.push(copy),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grammar;

    fn body(name: &str, lines: usize) -> String {
        let lines =
            (0..lines).map(|line| format!("    {name}_{line} = call({line}, other[{line}])\n"));
        lines.collect()
    }

    fn copies(texts: &[String]) -> Vec<(usize, u32, u32, usize, u32)> {
        let windows: Vec<_> = texts
            .iter()
            .map(|text| windows(&SourceFile::parse("a", Grammar::Python, text.clone()).unwrap()))
            .collect();
        let windows: Vec<_> = windows.iter().map(Vec::as_slice).collect();
        let found = find(&windows).into_iter();
        found
            .map(|copy| (copy.file, copy.from, copy.to, copy.other, copy.other_line))
            .collect()
    }

    #[test]
    fn a_copied_passage_is_found_once_with_its_first_place() {
        let first = format!("def a():\n{}", body("x", 30));
        let second = format!("import b\n# comment\ndef c():\n{}", body("x", 30));
        let found = copies(&[first, second]);
        assert_eq!(found.len(), 1, "{found:?}");
        let (file, from, to, other, line) = found[0];
        assert_eq!((file, other), (1, 0));
        assert_eq!(from - line, 2);
        assert!(to - from >= 20, "{found:?}");
    }

    #[test]
    fn short_or_different_passages_are_no_copies() {
        assert_eq!(copies(&[body("x", 8), body("x", 8)]), []);
        assert_eq!(copies(&[body("x", 40), body("y", 40)]), []);
        assert_eq!(copies(&["a = 1\n".repeat(500)]), []);
    }
}
