//! Formats of `fmt`: which text is joined, and which arguments are only numbers.

/// A piece of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it stands.
    Text(String),
    /// The next argument, formatted by this verb.
    Verb(char),
}

/// The pieces of a format; `None` where arguments are not taken one after the other (`%[1]d`,
/// `%*d`) or the format is cut off.
pub(super) fn pieces(format: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut marks = format.chars();
    while let Some(mark) = marks.next() {
        if mark != '%' {
            text.push(mark);
            continue;
        }
        let verb = marks.find(|mark| !matches!(mark, '+' | '-' | '#' | ' ' | '.' | '0'..='9'))?;
        match verb {
            '%' => text.push('%'),
            '*' | '[' => return None,
            _ => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Verb(verb));
            }
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Some(pieces)
}

/// Whether what a verb writes holds only digits, letters, signs and points, whatever the value.
pub(super) fn is_number(verb: char) -> bool {
    matches!(
        verb,
        'd' | 'b'
            | 'o'
            | 'O'
            | 'x'
            | 'X'
            | 'e'
            | 'E'
            | 'f'
            | 'F'
            | 'g'
            | 'G'
            | 't'
            | 'p'
            | 'U'
            | 'T'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_taken_apart() {
        let check = |format: &str, expected: Option<Vec<Piece>>| {
            assert_eq!(pieces(format), expected, "{format}");
        };
        let text = |text: &str| Piece::Text(text.to_owned());
        check(
            "a %s b",
            Some(vec![text("a "), Piece::Verb('s'), text(" b")]),
        );
        check("100%% %+v", Some(vec![text("100% "), Piece::Verb('v')]));
        check("%-08.3f", Some(vec![Piece::Verb('f')]));
        check("%[1]d", None);
        check("%*d", None);
        check("cut %", None);
        check("", Some(Vec::new()));
    }
}
