//! Random numbers that can be foreseen, where they guard something.

use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Node;

use super::super::Hits;
use super::scope::{Scopes, ancestor, bare, field, walk};
use crate::{SourceFile, Span};

/// Random numbers for secrets from a generator that can be foreseen.
pub(super) const WEAK: &str = "java/weak-random";

/// Names of what must not be foreseen.
static SENSITIVE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "passw|passphrase|token|secret|salt|nonce|session|cookie|otp|one_?time|captcha|csrf|xsrf|remember|credential|crypt|security|signature|verification|activation|reset_?(code|key|link)|invit|voucher|(api|private|access|encryption|session|signing|secret|confirmation)_?(key|code)";
    Regex::new(&format!("(?i)({words})|^(iv|pin|key)$|(_iv|IV|_pin|Pin)$")).ok()
});

/// What a web handler does with values that must not be foreseen.
static GUARDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"addCookie|new (javax\.servlet\.http\.|jakarta\.servlet\.http\.)?Cookie\(|setAttribute\(|putValue\(|(?i:remember|passw|token|secret|nonce)").ok()
});

/// Looks for them.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    let text = file.text();
    if !["Random", "Math.random"]
        .iter()
        .any(|word| text.contains(word))
    {
        return;
    }
    walk(file, |node, scopes| {
        if node.kind() == "method_invocation"
            && is_weak(file, node, scopes)
            && !is_harmless_use(file, node)
            && is_sensitive(file, node)
        {
            hits.push(WEAK, Span::of(node));
        }
    });
}

fn is_weak<'t>(file: &'t SourceFile, call: Node<'t>, scopes: &Scopes<'t>) -> bool {
    let Some(name) = field(call, "name").map(|name| file.text_of(name)) else {
        return false;
    };
    let Some(object) = field(call, "object").map(bare) else {
        return false;
    };
    let written = file.text_of(object);
    if name == "random" {
        return matches!(written, "Math" | "StrictMath" | "java.lang.Math");
    }
    if written.ends_with("RandomStringUtils") {
        return name.starts_with("random");
    }
    let draws = name.starts_with("next") || matches!(name, "ints" | "longs" | "doubles");
    draws && is_weak_generator(file, object, scopes)
}

fn is_weak_generator<'t>(file: &'t SourceFile, object: Node<'t>, scopes: &Scopes<'t>) -> bool {
    if is_weak_value(file.text_of(object)) {
        return true;
    }
    let name = super::scope::name_of(file, object);
    name.and_then(|name| scopes.get(name))
        .is_some_and(|declared| {
            let made = declared.value.map(|value| file.text_of(value));
            match declared.ty {
                "Random" | "SplittableRandom" | "ThreadLocalRandom" | "var" => {
                    made.is_some_and(is_weak_value)
                }
                _ => false,
            }
        })
}

fn is_weak_value(written: &str) -> bool {
    let plain = ["java.util.concurrent.", "java.util."]
        .iter()
        .fold(written.to_owned(), |text, package| {
            text.replace(package, "")
        });
    [
        "new Random(",
        "new SplittableRandom(",
        "ThreadLocalRandom.current(",
    ]
    .iter()
    .any(|start| plain.starts_with(start))
}

/// The number chooses an element, a time to wait or a place on a screen.
fn is_harmless_use(file: &SourceFile, call: Node<'_>) -> bool {
    let mut node = call;
    while let Some(parent) = node.parent() {
        match parent.kind() {
            "array_access" => return field(parent, "index") == Some(node),
            "method_invocation" if field(parent, "object") != Some(node) => {
                let name = field(parent, "name").map_or("", |name| file.text_of(name));
                return matches!(name, "sleep" | "get" | "charAt" | "wait" | "shuffle");
            }
            "binary_expression"
            | "parenthesized_expression"
            | "cast_expression"
            | "argument_list" => node = parent,
            _ => return false,
        }
    }
    false
}

/// The names around it, or what the handler of a request does, say that it guards something.
fn is_sensitive(file: &SourceFile, call: Node<'_>) -> bool {
    let is_named = |name: &str| SENSITIVE.as_ref().is_some_and(|words| words.is_match(name));
    let mut node = call;
    while let Some(parent) = node.parent() {
        let name = match parent.kind() {
            "variable_declarator" | "class_declaration" => field(parent, "name"),
            "method_declaration" => {
                if is_handler(file, parent) && guards(file, parent) {
                    return true;
                }
                field(parent, "name")
            }
            "assignment_expression" => field(parent, "left"),
            "method_invocation" if field(parent, "object") != Some(node) => field(parent, "name"),
            "object_creation_expression" => field(parent, "type"),
            _ => None,
        };
        if name.is_some_and(|name| is_named(file.text_of(name))) {
            return true;
        }
        node = parent;
    }
    false
}

fn is_handler(file: &SourceFile, method: Node<'_>) -> bool {
    let params = field(method, "parameters").map_or("", |params| file.text_of(params));
    let mut cursor = method.walk();
    let annotations = method
        .children(&mut cursor)
        .find(|child| child.kind() == "modifiers")
        .map_or("", |modifiers| file.text_of(modifiers));
    params.contains("HttpServletRe") || annotations.contains("Mapping")
}

fn guards(file: &SourceFile, method: Node<'_>) -> bool {
    let class = ancestor(method, &["class_declaration"]).unwrap_or(method);
    GUARDS
        .as_ref()
        .is_some_and(|words| words.is_match(file.text_of(class)))
}
