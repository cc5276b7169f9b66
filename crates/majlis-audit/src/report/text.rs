//! Text from audited files, made harmless for the people and programs that read a report.

use std::fmt::Write;

/// Makes control characters and those that turn the direction of writing visible; a tab becomes
/// four spaces. Code that hides what it does must not hide in a report.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\t' {
            shown.push_str("    ");
        } else if is_hidden(c) {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || c == '\u{feff}'
}

/// Text for HTML, between tags or in a quoted attribute.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text for Markdown, where none of it is markup.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        if c.is_ascii_punctuation()
            && !matches!(
                c,
                '.' | ',' | ':' | ';' | '/' | '-' | '\'' | '(' | ')' | '?'
            )
        {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A reference to a file below the root (RFC 3986).
pub(super) fn uri(path: &str) -> String {
    let mut written = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            written.push(char::from(byte));
        } else {
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown_and_what_is_markup_is_text() {
        assert_eq!(
            visible("a\u{202e}b\u{1b}[31m\tc\u{85}"),
            "a\\u{202e}b\\u{1b}[31m    c\\u{85}"
        );
        assert_eq!(
            html("<a href='x\"'>&"),
            "&lt;a href=&#39;x&quot;&#39;&gt;&amp;"
        );
        assert_eq!(markdown("a_b [c](d) <e>"), "a\\_b \\[c\\](d) \\<e\\>");
        assert_eq!(uri("a b/c#d%/é"), "a%20b/c%23d%25/%C3%A9");
    }
}
