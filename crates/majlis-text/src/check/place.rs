//! Places in code that an answer names: `src/main.rs:12`, "src/main.rs, line 12", `main.rs#L3-L9`.
//!
//! Only with a line: a file that is named without one may be one that the answer proposes to write.

use crate::Span;

/// Endings of names that are code or text, and not the domain of a host.
const ENDINGS: &[&str] = &[
    "bash", "c", "cc", "cfg", "clj", "cpp", "cs", "css", "cxx", "dart", "ex", "exs", "fs", "go",
    "gradle", "h", "hpp", "hs", "html", "hxx", "ini", "java", "js", "json", "jsx", "kt", "kts",
    "less", "lua", "m", "md", "mjs", "ml", "mm", "php", "pl", "proto", "ps1", "py", "pyi", "r",
    "rb", "rs", "rst", "scala", "scss", "sh", "sql", "svelte", "swift", "tf", "toml", "ts", "tsx",
    "txt", "vue", "xml", "yaml", "yml", "zig",
];
/// What stands between a name and its line; the longest first.
const BEFORE_LINE: &[&str] = &[
    ", around line ",
    " around line ",
    ", on line ",
    " on line ",
    ", at line ",
    " at line ",
    ", lines ",
    " lines ",
    ", line ",
    " line ",
    "، السطر ",
    " السطر ",
    "، سطر ",
    " سطر ",
    " (line ",
    " (lines ",
    "#L",
    ":L",
    ":",
];
/// Digits of a line at most.
const MAX_DIGITS: usize = 7;

/// A place an answer names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitedPlace {
    /// The file, as it is written, without `./` before it.
    pub path: String,
    /// The line, from 1; the first of several.
    pub first_line: u32,
    /// The last line.
    pub last_line: u32,
    /// Where the answer says so.
    pub span: Span,
}

/// The places that an answer names, in their order.
pub fn cited_places(answer: &str) -> Vec<CitedPlace> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = next_word(answer, at) {
        let end = start + word_bytes(&answer[start..]);
        at = end;
        if let Some((place, end)) = cited(answer, start, end) {
            found.push(place);
            at = end;
        }
    }
    found
}

/// Where the next run of letters of a path begins.
fn next_word(answer: &str, from: usize) -> Option<usize> {
    let rest = answer.get(from..)?;
    rest.find(is_path_letter).map(|place| from + place)
}

fn word_bytes(text: &str) -> usize {
    text.find(|letter| !is_path_letter(letter))
        .unwrap_or(text.len())
}

fn is_path_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/' | '+' | '@')
}

/// The place whose file is written from `start` to `end`, and where it ends with its line.
fn cited(answer: &str, start: usize, end: usize) -> Option<(CitedPlace, usize)> {
    let word = &answer[start..end];
    let path = word.strip_prefix("./").unwrap_or(word);
    // What follows a colon and slashes is the address of a page.
    if !is_path(path) || answer[..start].ends_with(':') {
        return None;
    }
    let (first_line, last_line, end) = lines_behind(answer, end)?;
    let place = CitedPlace {
        path: path.to_owned(),
        first_line,
        last_line,
        span: Span { start, end },
    };
    Some((place, end))
}

/// A relative path to a file whose ending is one of code.
fn is_path(path: &str) -> bool {
    let is_inside =
        !path.starts_with('/') && !path.split('/').any(|part| matches!(part, "" | "." | ".."));
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    is_inside && ending.is_some_and(|ending| ENDINGS.contains(&ending))
}

/// The lines that are written behind a name, and where they end.
fn lines_behind(answer: &str, mut at: usize) -> Option<(u32, u32, usize)> {
    // The name may stand in marks of code.
    at += usize::from(answer[at..].starts_with('`'));
    let rest = &answer[at..];
    let word = BEFORE_LINE.iter().find(|word| rest.starts_with(**word))?;
    at += word.len();
    let (first, end) = number(answer, at)?;
    at = end;
    let mut last = first;
    let range = ["-L", "–L", "-", "–", " to "]
        .iter()
        .find(|mark| answer[at..].starts_with(**mark));
    if let Some((number, end)) = range.and_then(|mark| number(answer, at + mark.len())) {
        (last, at) = (number, end);
    }
    // A name, not a number of lines: `v1.md:2nd`.
    let follows = answer[at..].chars().next();
    let is_whole = !follows.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    (first >= 1 && last >= first && is_whole).then_some((first, last, at))
}

fn number(answer: &str, at: usize) -> Option<(u32, usize)> {
    let digits = answer[at..].bytes().take_while(u8::is_ascii_digit).count();
    if digits > MAX_DIGITS {
        return None;
    }
    let number = answer[at..at + digits].parse().ok()?;
    Some((number, at + digits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(answer: &str, wanted: &[(&str, u32, u32)]) {
        let found: Vec<_> = cited_places(answer)
            .into_iter()
            .map(|place| (place.path, place.first_line, place.last_line))
            .collect();
        let wanted: Vec<_> = wanted
            .iter()
            .map(|(path, first, last)| ((*path).to_owned(), *first, *last))
            .collect();
        assert_eq!(found, wanted, "{answer}");
    }

    #[test]
    fn a_file_with_a_line_is_a_place_however_it_is_written() {
        check("See src/main.rs:12.", &[("src/main.rs", 12, 12)]);
        check(
            "See `./src/main.rs:12:5`, column 5.",
            &[("src/main.rs", 12, 12)],
        );
        check("In `app.py` on line 7 it fails", &[("app.py", 7, 7)]);
        check(
            "a/b.go#L3-L9 and c.ts, lines 10-20",
            &[("a/b.go", 3, 9), ("c.ts", 10, 20)],
        );
        check("في `src/قراءة.py`، السطر 4", &[("src/قراءة.py", 4, 4)]);
        check("x.c:1–3", &[("x.c", 1, 3)]);
    }

    #[test]
    fn what_names_no_line_of_a_file_is_no_place() {
        for answer in [
            "Write src/cache.rs and be done.",
            "It listens on example.com:8080 and app.example:443.",
            "https://example.com/a/b.rs:12",
            "/etc/passwd.txt:1 and ../secret.py:3",
            "Node.js: 12 reasons",
            "main.rs:0",
            "notes.md:2nd edition",
            "a.py:123456789",
            "At 12:30, v1.2:3.",
        ] {
            check(answer, &[]);
        }
    }

    proptest! {
        #[test]
        fn places_lie_inside_the_answer_on_boundaries_and_in_order(answer in "([a-z./:#L0-9`، سطر-]|\\PC){0,80}") {
            let mut last = 0;
            for place in cited_places(&answer) {
                prop_assert!(place.span.start >= last && place.span.start < place.span.end);
                prop_assert!(answer.get(place.span.start..place.span.end).is_some());
                last = place.span.end;
            }
        }
    }
}
