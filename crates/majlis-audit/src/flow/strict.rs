//! Regular expressions that let nothing through that has a meaning to anyone.

/// Whether a pattern, read as one for the whole text, lets only letters, digits and `_ - .` between
/// them through: classes, counts and groups of those.
pub(super) fn is_strict(pattern: &str) -> bool {
    let inner = pattern
        .strip_prefix('^')
        .or_else(|| pattern.strip_prefix("\\A"))
        .unwrap_or(pattern);
    let inner = ["$", "\\z", "\\Z"]
        .iter()
        .find_map(|end| inner.strip_suffix(end))
        .unwrap_or(inner);
    let mut marks = inner.chars().peekable();
    while let Some(mark) = marks.next() {
        let harmless = match mark {
            '\\' => matches!(marks.next(), Some('w' | 'd' | '-' | '_' | '.')),
            '[' => class(&mut marks),
            '{' => marks.by_ref().find(|mark| *mark == '}').is_some(),
            '(' | ')' | '|' | '?' | '*' | '+' | ':' | '-' | '_' => true,
            _ => mark.is_alphanumeric(),
        };
        if !harmless {
            return false;
        }
    }
    !inner.is_empty()
}

/// A class of characters, whose bracket was read already.
fn class(marks: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    if marks.peek() == Some(&'^') {
        return false;
    }
    while let Some(mark) = marks.next() {
        match mark {
            ']' => return true,
            '\\' if !matches!(marks.next(), Some('w' | 'd' | '-' | '_' | '.')) => return false,
            '\\' | '-' | '_' | '.' => {}
            _ if mark.is_alphanumeric() => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strict_pattern_lets_no_mark_with_a_meaning_through() {
        let check = |pattern: &str, strict: bool| {
            assert_eq!(is_strict(pattern), strict, "{pattern}");
        };
        check("^[a-zA-Z0-9_]+$", true);
        check("[a-z]{1,8}", true);
        check(r"\d+", true);
        check("^(asc|desc)$", true);
        check(".*", false);
        check("[^;]+", false);
        check("[a-z ']+", false);
        check("", false);
    }
}
