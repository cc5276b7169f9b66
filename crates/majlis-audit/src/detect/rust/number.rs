//! Numbers somebody typed, within macros: `println!("{}", 100 / n)`.

use super::super::Hits;
use super::function::{Body, Let};

const DIVIDED: &str = "rust/divided-by-parsed-number";
const INDEXED: &str = "rust/index-by-parsed-number";
const MOVED: &str = "rust/unchecked-index";

/// All of them.
pub(super) const RULES: &[&str] = &[DIVIDED, INDEXED, MOVED];

pub(super) fn run(body: &Body<'_>, hits: &mut Hits) {
    for bound in &body.lets {
        if is_parsed(bound) && !is_compared(body, bound.name) {
            divided(body, bound.name, hits);
            indexed(body, bound.name, hits);
        }
    }
    unchecked(body, hits);
}

fn is_parsed(bound: &Let<'_>) -> bool {
    let value = &bound.value;
    let is_number = value.contains(".parse()") || value.contains(".parse::<");
    let is_other = ["f64", "f32", "NonZero"]
        .iter()
        .any(|word| value.contains(word) || bound.ty.contains(word));
    let is_limited = [".min(", ".max(", ".clamp(", "rem_euclid", ".filter("]
        .iter()
        .any(|word| value.contains(word));
    is_number && !is_other && !is_limited
}

/// Somewhere the number is compared, or what may go wrong is asked for.
fn is_compared(body: &Body<'_>, name: &str) -> bool {
    let is_question = |text: &str| matches!(text, "<" | ">" | "<=" | ">=" | "==" | "!=" | "match");
    let is_method = |text: &str| {
        text.starts_with("checked_")
            || matches!(
                text,
                "get" | "get_mut" | "contains" | "assert" | "min" | "clamp"
            )
    };
    body.tokens.iter().enumerate().any(|(at, token)| {
        let is_about = token.text == name;
        let (before, behind) = (body.before(at), body.behind(at));
        let is_called = before == "(" && at > 1 && is_method(body.before(at - 1));
        let is_own_method = behind == "." && is_method(body.behind(at + 1));
        let is_reference = before == "&" && at > 2 && is_method(body.before(at - 2));
        is_about
            && (is_question(before)
                || is_question(behind)
                || is_called
                || is_own_method
                || is_reference)
    })
}

fn divided(body: &Body<'_>, name: &str, hits: &mut Hits) {
    for mark in ["/", "%", "/=", "%="] {
        for at in body.places(&[mark, "N"], name) {
            hits.push(DIVIDED, body.span(at + 1));
        }
    }
}

fn indexed(body: &Body<'_>, name: &str, hits: &mut Hits) {
    for at in body.places(&["[", "N", "]"], name) {
        let before = body.before(at);
        let is_value = before.ends_with(|letter: char| {
            letter.is_alphanumeric() || matches!(letter, '_' | ')' | ']')
        });
        if is_value && !matches!(before, "in" | "return" | "mut") {
            hits.push(INDEXED, body.span(at + 1));
        }
    }
    for way in ["add", "offset"] {
        for at in body.places(&[way, "(", "N"], name) {
            hits.push(MOVED, body.span(at));
        }
    }
}

/// `get_unchecked` and its like.
fn unchecked(body: &Body<'_>, hits: &mut Hits) {
    const WAYS: [&str; 3] = ["get_unchecked", "get_unchecked_mut", "unwrap_unchecked"];
    for (at, token) in body.tokens.iter().enumerate() {
        let is_method = body.before(at) == "." && body.behind(at) == "(";
        // Without an index it is a function of somebody's own.
        let is_given = token.text == "unwrap_unchecked" || body.behind(at + 1) != ")";
        if is_method && is_given && WAYS.contains(&token.text) {
            hits.push(MOVED, body.span(at));
        }
    }
}
