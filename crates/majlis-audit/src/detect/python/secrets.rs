//! Passwords and keys written into the code.

use tree_sitter::Node;

use super::code::{Code, bare, children, field};
use super::comparisons::operators;
use super::names::{is_credential, words};
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/hard-coded-password",
    "python/secret-key-in-source",
    "python/password-in-url",
];

/// Whether text is a password rather than a name, a place to fill in, or a message.
fn is_password(name: &str, value: &str) -> bool {
    let small = value.to_ascii_lowercase();
    let is_stand_in = [
        "changeme",
        "change-me",
        "change_me",
        "your",
        "example",
        "placeholder",
        "xxx",
        "todo",
        "<",
        "{",
        "$",
        "%",
        "***",
        "insert",
        "enter",
        "none",
        "null",
        "dummy",
    ]
    .iter()
    .any(|word| small.contains(word));
    let is_name = words(name)
        .iter()
        .any(|word| *word == small.replace(['_', '-'], ""))
        || words(&small).iter().any(|word| {
            matches!(
                word.as_str(),
                "password" | "passwd" | "secret" | "token" | "key" | "passphrase" | "pwd"
            )
        }) && small
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.'));
    let is_sentence = value.contains(' ')
        || value.contains('/') && value.contains('.')
        || small.starts_with("http");
    value.len() >= 3 && !is_stand_in && !is_name && !is_sentence
}

fn is_test(code: &Code<'_>) -> bool {
    let path = code.file.path();
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || name == "conftest.py"
        || path.starts_with("tests/")
        || path.contains("/tests/")
}

fn report<'t>(code: &Code<'t>, name: &str, value: Node<'t>, place: Node<'t>, hits: &mut Hits) {
    let Some(text) = code.literal(bare(value)) else {
        return;
    };
    if is_test(code) {
        return;
    }
    if name == "SECRET_KEY" || name == "secret_key" || name == "JWT_SECRET_KEY" {
        if !text.is_empty() && !text.starts_with(['$', '<', '{']) {
            hits.push("python/secret-key-in-source", Span::of(place));
        }
    } else if is_credential(name) && is_password(name, text) {
        hits.push("python/hard-coded-password", Span::of(place));
    }
}

pub(super) fn assignment<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return;
    };
    report(code, code.last_name(left), right, node, hits);
    if let Some(text) = code.literal(bare(right))
        && has_password(text)
        && !is_test(code)
    {
        hits.push("python/password-in-url", Span::of(node));
    }
}

/// `scheme://user:password@host`.
fn has_password(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let Some((user, _)) = rest.split('/').next().unwrap_or_default().rsplit_once('@') else {
        return false;
    };
    let is_scheme = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    user.split_once(':').is_some_and(|(_, password)| {
        let small = password.to_ascii_lowercase();
        let is_stand_in = matches!(
            small.as_str(),
            "password" | "pass" | "pwd" | "passwd" | "secret" | ""
        ) || small.contains(['{', '<', '$', '%', '*']);
        is_scheme && !is_stand_in
    })
}

pub(super) fn parameter<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    if let (Some(name), Some(value)) = (field(node, "name"), field(node, "value")) {
        report(code, code.text(name), value, node, hits);
    }
}

pub(super) fn call<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    for arg in field(node, "arguments").map(children).unwrap_or_default() {
        if let (Some(name), Some(value)) = (field(arg, "name"), field(arg, "value")) {
            report(code, code.text(name), value, arg, hits);
        }
    }
}

pub(super) fn pairs<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    for pair in children(node) {
        if let (Some(key), Some(value)) = (field(pair, "key"), field(pair, "value"))
            && let Some(name) = code.literal(key)
        {
            report(code, name, value, pair, hits);
        }
    }
}

/// `if password == "…"`.
pub(super) fn comparison<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let operands = children(node);
    let [left, right] = operands.as_slice() else {
        return;
    };
    if operators(code, node)
        .iter()
        .any(|operator| !matches!(*operator, "==" | "!="))
    {
        return;
    }
    let name = code.last_name(*left);
    if name != "SECRET_KEY" && name != "secret_key" {
        report(code, name, *right, node, hits);
    }
}
