//! Text: formats that do not fit their values, slow patterns, slow logging.

use tree_sitter::Node;

use super::code::{Code, bare, child, children, field, positional};
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/format-arguments",
    "python/eager-debug-message",
    "python/slow-regex",
    "python/regex-duplicate-in-class",
];

/// `"%s %s" % (a,)`.
pub(super) fn percent<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return;
    };
    let is_percent = field(node, "operator").is_some_and(|operator| code.text(operator) == "%");
    let right = bare(right);
    let Some(format) = code
        .literal(left)
        .filter(|_| is_percent && right.kind() == "tuple")
    else {
        return;
    };
    let values = children(right);
    let has_spread = values.iter().any(|value| value.kind().contains("splat"));
    if code.text(left).starts_with(['b', 'B']) || has_spread {
        return;
    }
    if placeholders(format).is_some_and(|wanted| wanted != values.len()) {
        hits.push("python/format-arguments", Span::of(node));
    }
}

/// How many values a format takes by place; `None` for names or widths given as values.
fn placeholders(format: &str) -> Option<usize> {
    let mut count = 0;
    let mut rest = format;
    while let Some((_, after)) = rest.split_once('%') {
        if let Some(escaped) = after.strip_prefix('%') {
            rest = escaped;
            continue;
        }
        if after.starts_with('(') {
            return None;
        }
        let conversion =
            after.trim_start_matches(|c: char| c.is_ascii_digit() || "#0- +.lhL".contains(c));
        if conversion.starts_with('*') || conversion.is_empty() {
            return None;
        }
        count += 1;
        rest = &conversion[conversion.chars().next().map_or(0, char::len_utf8)..];
    }
    Some(count)
}

pub(super) fn call<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let args = positional(node);
    if code.method(node) == "format"
        && let Some(format) = Code::receiver(node).and_then(|receiver| code.literal(receiver))
    {
        let has_spread = args.iter().any(|arg| arg.kind().contains("splat"));
        if !has_spread && braces(format).is_some_and(|wanted| wanted > args.len()) {
            hits.push("python/format-arguments", Span::of(node));
        }
    }
    let receiver = Code::receiver(node).map_or("", |receiver| code.last_name(receiver));
    let is_debug = code.method(node) == "debug"
        && matches!(
            receiver,
            "logging" | "logger" | "log" | "LOG" | "LOGGER" | "_logger" | "_log"
        );
    if is_debug && args.first().is_some_and(|message| is_built(code, *message)) {
        hits.push("python/eager-debug-message", Span::of(node));
    }
    let callee = code.callee(node);
    if callee.starts_with("re.")
        && let Some(pattern) = args.first().and_then(|pattern| code.literal(*pattern))
    {
        if backtracks(pattern) {
            hits.push("python/slow-regex", Span::of(node));
        }
        if repeats_in_class(pattern) {
            hits.push("python/regex-duplicate-in-class", Span::of(node));
        }
    }
}

/// An f-string with a call in it, or `%` of text: work that is done even if nobody reads it.
fn is_built<'t>(code: &Code<'t>, message: Node<'t>) -> bool {
    match message.kind() {
        "string" => child(message, "interpolation").is_some(),
        "binary_operator" => {
            let operator = field(message, "operator").map_or("", |operator| code.text(operator));
            operator == "%" && field(message, "left").is_some_and(|left| left.kind() == "string")
        }
        "call" => code.method(message) == "format",
        _ => false,
    }
}

/// How many values `{}` takes by place; `None` where some are numbered or nested.
fn braces(format: &str) -> Option<usize> {
    let text = format.replace("{{", "").replace("}}", "");
    let mut count = 0;
    for hole in text.split('{').skip(1) {
        let name = hole
            .split(['}', ':', '!', '.', '['])
            .next()
            .unwrap_or_default();
        if hole
            .split('}')
            .next()
            .is_none_or(|inner| inner.contains('{'))
            || !hole.contains('}')
        {
            return None;
        }
        match name {
            "" => count += 1,
            number if number.bytes().all(|digit| digit.is_ascii_digit()) => {
                count = count.max(number.parse::<usize>().ok()? + 1);
            }
            _ => {}
        }
    }
    Some(count)
}

/// A repeated group whose content is nothing but one repeated thing, as in `(a+)+`: there are
/// exponentially many ways to part a text among the turns.
fn backtracks(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => at = class_end(bytes, at),
            b'(' => open.push(at),
            b')' => {
                let start = open.pop();
                let is_repeated = matches!(bytes.get(at + 1), Some(b'+' | b'*'))
                    || bytes
                        .get(at + 1..at + 4)
                        .is_some_and(|next| next[0] == b'{' && next.contains(&b','));
                let is_possessive = bytes.get(at + 2) == Some(&b'+');
                if let Some(start) = start
                    && is_repeated
                    && !is_possessive
                    && is_repetition(&bytes[start + 1..at])
                {
                    return true;
                }
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// The place of the `]` that ends a class of characters.
fn class_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    if bytes.get(at) == Some(&b'^') {
        at += 1;
    }
    if bytes.get(at) == Some(&b']') {
        at += 1;
    }
    while at < bytes.len() && bytes[at] != b']' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// One repeated character or class, and optional ones after it at most.
fn is_repetition(content: &[u8]) -> bool {
    let content = content.strip_prefix(b"?:").unwrap_or(content);
    let mut at = 0;
    let mut has_repeated = false;
    while at < content.len() {
        at = match content[at] {
            b'\\' => at + 2,
            b'[' => class_end(content, at) + 1,
            b'(' | b')' | b'|' | b'^' | b'$' => return false,
            _ => at + 1,
        };
        match content.get(at) {
            Some(b'+') if !has_repeated => has_repeated = true,
            Some(b'*' | b'?') => has_repeated |= content[at] == b'*',
            _ => return false,
        }
        at += 1;
    }
    has_repeated
}

/// `[aa]`: a character twice in a class is usually a mistyped alternative.
fn repeats_in_class(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => {
                let end = class_end(bytes, at);
                let class = bytes.get(at + 1..end).unwrap_or_default();
                let is_plain = class.iter().all(u8::is_ascii_alphanumeric);
                let mut seen = [false; 256];
                let repeated = class
                    .iter()
                    .any(|byte| std::mem::replace(&mut seen[usize::from(*byte)], true));
                if is_plain && repeated {
                    return true;
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_backtracks_is_told_from_one_that_does_not() {
        for slow in [
            "(a+)+",
            "^(\\w+\\s?)*$",
            "([a-z]+)*x",
            "(?:.*)+",
            "(\\d+){2,}",
        ] {
            assert!(backtracks(slow), "{slow}");
        }
        for fast in [
            "(ab+)+",
            "(a)+",
            "(\\w+,)*",
            "(a|b)+",
            "\\(a+\\)+",
            "([(a+)]+)",
            "(a+)",
            "(,\\d+)*",
        ] {
            assert!(!backtracks(fast), "{fast}");
        }
    }

    #[test]
    fn placeholders_are_counted() {
        assert_eq!(placeholders("%s %5.2f %%"), Some(2));
        assert_eq!(placeholders("%(a)s"), None);
        assert_eq!(placeholders("100%"), None);
        assert_eq!(braces("{} {:>{w}}"), None);
        assert_eq!(braces("{} {x} {{}} {!r}"), Some(2));
        assert_eq!(braces("{1}"), Some(2));
    }
}
