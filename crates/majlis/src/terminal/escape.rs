//! Text of models and files is data: it moves no cursor and turns no line around.

use std::borrow::Cow;

/// The text with control, C1 and bidirectional control characters written out as `\u{..}`. Line
/// ends and tabs stay; a carriage return before a line end goes.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\r' && characters.peek() == Some(&'\n') {
            continue;
        }
        if is_harmful(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// `Cc` but for line end and tab, and Unicode's `Bidi_Control` (Unicode 16, `PropList.txt`).
fn is_harmful(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_move_the_cursor_or_turn_the_line_is_written_out() {
        for (text, expected) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("مجلس", "مجلس"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("bell\u{7}", "bell\\u{7}"),
            ("c1 \u{9b}2J", "c1 \\u{9b}2J"),
            ("x\u{202e}txt.exe", "x\\u{202e}txt.exe"),
            ("\u{2067}right\u{2069}", "\\u{2067}right\\u{2069}"),
            ("one\r\ntwo\rthree", "one\ntwo\\u{d}three"),
            ("\u{0}\u{7f}", "\\u{0}\\u{7f}"),
        ] {
            assert_eq!(escape(text), expected, "{text:?}");
        }
    }
}
