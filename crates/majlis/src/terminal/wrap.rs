//! Text in lines of a given width. Widths are those of the terminal, not of bytes or letters.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthChar as _;

/// Columns a tab advances to at most.
const TAB: &str = "    ";

/// Columns a text takes: the sum of its characters, as terminals count. Measured as a whole, an
/// Arabic lam-alef would take one column, which few terminals give it.
pub(crate) fn width_of(text: &str) -> usize {
    text.chars()
        .map(|character| character.width().unwrap_or(0))
        .sum()
}

/// The text in lines of at most `width` columns, broken between words where that is possible. A
/// continued line keeps the indentation of its first.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    text.trim_end()
        .split('\n')
        .flat_map(|line| wrap_line(&line.trim_end().replace('\t', TAB), width))
        .collect()
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    if width_of(line) <= width {
        return vec![line.to_owned()];
    }
    let indent = &line[..line.len() - line.trim_start().len()];
    let indent = if width_of(indent) * 2 > width {
        ""
    } else {
        indent
    };
    let mut lines = Vec::new();
    let mut current = indent.to_owned();
    for word in line.split_whitespace() {
        let gap = usize::from(current.len() > indent.len());
        if width_of(&current) + gap + width_of(word) > width && gap == 1 {
            lines.push(std::mem::replace(&mut current, indent.to_owned()));
        } else if gap == 1 {
            current.push(' ');
        }
        push_word(&mut lines, &mut current, indent, word, width);
    }
    lines.push(current);
    lines
}

/// Adds a word, in pieces where it is wider than a whole line.
fn push_word(
    lines: &mut Vec<String>,
    current: &mut String,
    indent: &str,
    word: &str,
    width: usize,
) {
    if width_of(current) + width_of(word) <= width {
        current.push_str(word);
        return;
    }
    for grapheme in word.graphemes(true) {
        if width_of(current) + width_of(grapheme) > width && current.len() > indent.len() {
            lines.push(std::mem::replace(current, indent.to_owned()));
        }
        current.push_str(grapheme);
    }
}

/// The text on one line of at most `width` columns, with `…` where it was cut.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if width_of(&line) <= width {
        return line;
    }
    let mut cut = String::new();
    for grapheme in line.graphemes(true) {
        if width_of(&cut) + width_of(grapheme) + 1 > width {
            break;
        }
        cut.push_str(grapheme);
    }
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, width: usize, expected: &[&str]) {
        let lines = wrap(text, width);
        assert_eq!(lines, expected);
        assert!(
            lines.iter().all(|line| width_of(line) <= width),
            "{lines:?}"
        );
    }

    #[test]
    fn lines_break_between_words_and_keep_their_indentation() {
        check("one two three", 7, &["one two", "three"]);
        check(
            "  - item with more words",
            12,
            &["  - item", "  with more", "  words"],
        );
        check("short\n\nlines\n", 10, &["short", "", "lines"]);
        check("a\tb", 10, &["a    b"]);
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut_between_graphemes() {
        check("abcdefgh", 3, &["abc", "def", "gh"]);
        check("مُجَلِّسٌ", 2, &["مُجَ", "لِّسٌ"]);
        check("語言模型", 4, &["語言", "模型"]);
    }

    #[test]
    fn a_text_that_does_not_fit_says_that_it_was_cut() {
        assert_eq!(fit("a b\nc", 9), "a b c");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("ab cdef", 4), "ab…");
        assert_eq!(fit("語言模型", 5), "語言…");
    }
}
