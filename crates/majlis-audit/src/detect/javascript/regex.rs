//! Regular expressions whose time can grow exponentially.

use tree_sitter::Node;

use super::super::Hits;
use super::syntax::{argument, field_text};
use crate::{SourceFile, Span};

/// `/…/`.
pub(super) fn literal(file: &SourceFile, node: Node<'_>, hits: &mut Hits) {
    if is_exponential(field_text(file, node, "pattern")) {
        hits.push("javascript/redos-literal", Span::of(node));
    }
}

/// `new RegExp('…')`.
pub(super) fn constructed(file: &SourceFile, node: Node<'_>, hits: &mut Hits) {
    if field_text(file, node, "constructor") != "RegExp" {
        return;
    }
    if let Some(text) = argument(node, 0).filter(|given| given.kind() == "string") {
        let source = file.text_of(text).replace("\\\\", "\\");
        if is_exponential(source.trim_matches(['"', '\''])) {
            hits.push("javascript/redos-literal", Span::of(node));
        }
    }
}

/// One thing a sequence is made of: which characters it can begin with, whether it may be
/// repeated, and whether it may be nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    text: String,
    is_repeated: bool,
    is_optional: bool,
}

/// Whether a repeated group holds a repetition that alone can fill a turn of the group, or two
/// alternatives that begin alike: then a text can be split in exponentially many ways, and all
/// are tried when the match fails. What follows must be able to fail.
fn is_exponential(pattern: &str) -> bool {
    let marks: Vec<char> = pattern.chars().collect();
    if marks.len() > 2_000 {
        return false;
    }
    groups(&marks).into_iter().any(|(from, to)| {
        let repeats = repeat_after(&marks, to + 1).is_some_and(|(repeats, _)| repeats);
        let can_fail = marks.len() > to + 2 && !rest_always_matches(&marks[to + 2..]);
        repeats && can_fail && is_ambiguous(&marks[from + 1..to])
    })
}

fn rest_always_matches(rest: &[char]) -> bool {
    let rest: String = rest.iter().collect();
    matches!(rest.as_str(), "" | "?" | ".*" | ")" | "[^]*" | "[\\s\\S]*")
}

/// Places of the brackets of all groups.
fn groups(marks: &[char]) -> Vec<(usize, usize)> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < marks.len() {
        match marks[at] {
            '\\' => at += 1,
            '[' => at = class_end(marks, at),
            '(' => open.push(at),
            ')' => {
                if let Some(from) = open.pop() {
                    found.push((from, at));
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The place of the `]` that ends a class, or the last place there is.
fn class_end(marks: &[char], open: usize) -> usize {
    let mut at = open + 1;
    while at < marks.len() && marks[at] != ']' {
        at += if marks[at] == '\\' { 2 } else { 1 };
    }
    at.min(marks.len().saturating_sub(1))
}

/// Whether a repetition stands here: (without end, may be nothing).
fn repeat_after(marks: &[char], at: usize) -> Option<(bool, bool)> {
    match marks.get(at)? {
        '*' => Some((true, true)),
        '+' => Some((true, false)),
        '?' => Some((false, true)),
        '{' => {
            let end = marks[at..].iter().position(|mark| *mark == '}')?;
            let inner: String = marks[at + 1..at + end].iter().collect();
            let endless = inner.ends_with(',');
            Some((endless, inner.starts_with('0')))
        }
        _ => None,
    }
}

fn after_repeat(marks: &[char], at: usize) -> usize {
    let next = match marks.get(at) {
        Some('*' | '+' | '?') => at + 1,
        Some('{') => marks[at..]
            .iter()
            .position(|mark| *mark == '}')
            .map_or(at + 1, |end| at + end + 1),
        _ => at,
    };
    if marks.get(next) == Some(&'?') && next > at {
        next + 1
    } else {
        next
    }
}

/// Splits the inside of a group into alternatives of parts; `None` for look-arounds.
fn alternatives(inside: &[char]) -> Option<Vec<Vec<Part>>> {
    let inside = match inside {
        ['?', ':', rest @ ..] => rest,
        ['?', '<', mark, rest @ ..] if !matches!(mark, '=' | '!') => {
            let end = rest.iter().position(|mark| *mark == '>')?;
            &rest[end + 1..]
        }
        ['?', ..] => return None,
        all => all,
    };
    let mut all = vec![Vec::new()];
    let mut at = 0;
    while at < inside.len() {
        if inside[at] == '|' {
            all.push(Vec::new());
            at += 1;
            continue;
        }
        let end = match inside[at] {
            '\\' => at + 2,
            '[' => class_end(inside, at) + 1,
            '(' => group_end(inside, at) + 1,
            _ => at + 1,
        };
        let end = end.min(inside.len());
        let repeat = repeat_after(inside, end);
        let part = Part {
            text: inside[at..end].iter().collect(),
            is_repeated: repeat.is_some_and(|(endless, _)| endless),
            is_optional: repeat.is_some_and(|(_, optional)| optional),
        };
        if !matches!(part.text.as_str(), "^" | "$" | "\\b" | "\\B") {
            all.last_mut()?.push(part);
        }
        at = after_repeat(inside, end).max(end);
    }
    Some(all)
}

fn group_end(marks: &[char], open: usize) -> usize {
    groups(&marks[open..])
        .into_iter()
        .find(|(from, _)| *from == 0)
        .map_or(marks.len() - 1, |(_, to)| open + to)
}

fn is_ambiguous(inside: &[char]) -> bool {
    let Some(all) = alternatives(inside) else {
        return false;
    };
    let nested = all.iter().any(|parts| fills_a_turn(parts));
    let alike = all.iter().enumerate().any(|(at, one)| {
        let single = |parts: &[Part]| parts.len() == 1;
        let others = &all[at + 1..];
        single(one)
            && others
                .iter()
                .any(|other| single(other) && overlaps(&one[0].text, &other[0].text))
    });
    nested || alike
}

/// One repeated part and nothing else that must be there, or what must be there is of the same
/// characters.
fn fills_a_turn(parts: &[Part]) -> bool {
    parts.iter().enumerate().any(|(at, part)| {
        part.is_repeated
            && !part.text.starts_with('(')
            && parts.iter().enumerate().all(|(other, each)| {
                other == at || each.is_optional || overlaps(&part.text, &each.text)
            })
    })
}

/// Whether a single character can be matched by both; certain cases only.
fn overlaps(one: &str, other: &str) -> bool {
    let word = |text: &str| {
        matches!(
            text,
            "\\w"
                | "[a-z]"
                | "[A-Z]"
                | "[a-zA-Z]"
                | "[a-zA-Z0-9]"
                | "[A-Za-z0-9]"
                | "[0-9]"
                | "\\d"
                | "[a-z0-9]"
        )
    };
    let has = |class: &str, text: &str| match (class, text.chars().next()) {
        ("." | "[^]" | "[\\s\\S]", Some(_)) => !text.starts_with('('),
        ("\\w", Some(mark)) => text.len() == 1 && mark.is_ascii_alphanumeric() || word(text),
        ("\\d" | "[0-9]", Some(mark)) => text.len() == 1 && mark.is_ascii_digit(),
        ("[a-z]" | "[a-zA-Z]", Some(mark)) => text.len() == 1 && mark.is_ascii_lowercase(),
        ("\\s", Some(mark)) => text == " " || text == "\\t" || text.len() == 1 && mark == ' ',
        _ => false,
    };
    one == other && !one.starts_with('(') || has(one, other) || has(other, one)
}

#[cfg(test)]
mod tests {
    use super::is_exponential;

    #[test]
    fn a_repetition_within_a_repetition_is_exponential() {
        let check = |pattern: &str, expected: bool| {
            assert_eq!(is_exponential(pattern), expected, "{pattern}");
        };
        check("^(a+)+$", true);
        check("^([a-z]+)*@", true);
        check("^(\\w+\\s?)*$", true);
        check("^(a|a)*$", true);
        check("(.*)*x", true);
        check("(?:\\d+)+-", true);
        check("^(\\w|[0-9])+$", true);
        check("^(a+b)+$", false);
        check("^(\\d+,)*\\d+$", false);
        check("(?:[^\"\\\\]|\\\\.)*\"", false);
        check("^[a-z0-9]+(?:\\.[a-z0-9]+)*@", false);
        check("(a+)?b", false);
        check("(?=a+)+b", false);
        check("(a+)+", false);
        check("((", false);
        check("[", false);
        check("(a{", false);
        check("\\", false);
    }
}
