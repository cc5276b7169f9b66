//! Regular expressions that no engine reads.

use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::ParserBuilder;

/// What is wrong with one expression a line; `None` when nothing certainly is.
///
/// Engines differ: what only some of them know (looking around, references back, atomic groups,
/// their own escapes) is no mistake. Brackets that are left open are one everywhere.
pub(super) fn error(code: &str) -> Option<String> {
    code.lines().find_map(line_error)
}

fn line_error(line: &str) -> Option<String> {
    let line = line.trim();
    // A literal of a programming language has its own marks, and a comment is none.
    if line.is_empty() || line.starts_with(['#', '/', '"', '\'', '`']) {
        return None;
    }
    let error = ParserBuilder::new().build().parse(line).err()?;
    let is_certain = matches!(
        error.kind(),
        ErrorKind::ClassUnclosed
            | ErrorKind::ClassRangeInvalid
            | ErrorKind::GroupUnclosed
            | ErrorKind::GroupUnopened
            | ErrorKind::RepetitionCountInvalid
            | ErrorKind::EscapeUnexpectedEof
    );
    is_certain.then(|| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_engine_reads_is_told() {
        for (code, fails) in [
            ("^[a-z]+$", false),
            ("(a|b", true),
            ("a)", true),
            ("[a-z", true),
            ("[z-a]", true),
            ("a{3,1}", true),
            ("ab\\", true),
            ("(?<=a)b", false),
            (r"(a)\1", false),
            ("(?>a+)b", false),
            ("a++", false),
            ("/[a-/", false),
            ("# ([", false),
            ("", false),
            ("a\n[b", true),
        ] {
            assert_eq!(error(code).is_some(), fails, "{code}");
        }
    }
}
