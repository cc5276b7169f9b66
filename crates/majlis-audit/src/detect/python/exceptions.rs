//! Exceptions: what is caught, hidden, and raised.

use tree_sitter::Node;

use super::code::{Code, below, child, children, field, fields};
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/bare-except",
    "python/swallowed-exception",
    "python/leaves-finally",
    "python/unreachable-except",
    "python/raise-not-implemented",
    "python/raise-not-exception",
    "python/lost-cause",
];

pub(super) fn attempt<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let mut caught: Vec<&str> = Vec::new();
    for clause in children(node) {
        match clause.kind() {
            "except_clause" => {
                handler(code, clause, hits);
                order(code, clause, &mut caught, hits);
            }
            "finally_clause" => finally(clause, hits),
            _ => {}
        }
    }
}

/// The types a handler names.
fn types<'t>(code: &Code<'t>, clause: Node<'t>) -> Vec<&'t str> {
    let mut wanted = fields(clause, "value");
    if let [only] = wanted.as_slice()
        && only.kind() == "as_pattern"
    {
        wanted = children(*only).into_iter().take(1).collect();
    }
    if let [only] = wanted.as_slice()
        && only.kind() == "tuple"
    {
        wanted = children(*only);
    }
    wanted.into_iter().map(|ty| code.text(ty)).collect()
}

fn handler<'t>(code: &Code<'t>, clause: Node<'t>, hits: &mut Hits) {
    let types = types(code, clause);
    let Some(body) = child(clause, "block") else {
        return;
    };
    let raises = below(body).any(|node| node.kind() == "raise_statement");
    let is_broad = types.is_empty()
        || types
            .iter()
            .any(|ty| matches!(*ty, "Exception" | "BaseException"));
    let is_empty = children(body)
        .iter()
        .all(|stmt| matches!(code.text(*stmt), "pass" | "..." | "continue"));
    if is_broad && is_empty {
        hits.push("python/swallowed-exception", keyword(clause));
    } else if types.is_empty() && !raises && !ends(code, body) {
        hits.push("python/bare-except", keyword(clause));
    }
}

/// The word `except` itself, so that the finding is on its line.
fn keyword(clause: Node<'_>) -> Span {
    Span::of(child(clause, "except").unwrap_or(clause))
}

fn ends<'t>(code: &Code<'t>, body: Node<'t>) -> bool {
    below(body).any(|node| {
        node.kind() == "call"
            && matches!(code.callee(node).as_str(), "sys.exit" | "os._exit" | "exit")
    })
}

/// What each built-in exception is as well, the nearest first.
const PARENTS: &[(&str, &[&str])] = &[
    ("KeyError", &["LookupError", "Exception"]),
    ("IndexError", &["LookupError", "Exception"]),
    ("LookupError", &["Exception"]),
    (
        "FileNotFoundError",
        &["OSError", "IOError", "EnvironmentError", "Exception"],
    ),
    (
        "PermissionError",
        &["OSError", "IOError", "EnvironmentError", "Exception"],
    ),
    (
        "FileExistsError",
        &["OSError", "IOError", "EnvironmentError", "Exception"],
    ),
    (
        "IsADirectoryError",
        &["OSError", "IOError", "EnvironmentError", "Exception"],
    ),
    (
        "TimeoutError",
        &["OSError", "IOError", "EnvironmentError", "Exception"],
    ),
    (
        "ConnectionRefusedError",
        &["ConnectionError", "OSError", "IOError", "Exception"],
    ),
    (
        "ConnectionResetError",
        &["ConnectionError", "OSError", "IOError", "Exception"],
    ),
    (
        "BrokenPipeError",
        &["ConnectionError", "OSError", "IOError", "Exception"],
    ),
    ("ConnectionError", &["OSError", "IOError", "Exception"]),
    ("OSError", &["Exception"]),
    ("IOError", &["Exception"]),
    ("ZeroDivisionError", &["ArithmeticError", "Exception"]),
    ("OverflowError", &["ArithmeticError", "Exception"]),
    ("ArithmeticError", &["Exception"]),
    (
        "UnicodeDecodeError",
        &["UnicodeError", "ValueError", "Exception"],
    ),
    (
        "UnicodeEncodeError",
        &["UnicodeError", "ValueError", "Exception"],
    ),
    ("UnicodeError", &["ValueError", "Exception"]),
    ("json.JSONDecodeError", &["ValueError", "Exception"]),
    ("ModuleNotFoundError", &["ImportError", "Exception"]),
    ("ImportError", &["Exception"]),
    ("NotImplementedError", &["RuntimeError", "Exception"]),
    ("RecursionError", &["RuntimeError", "Exception"]),
    ("RuntimeError", &["Exception"]),
    ("ValueError", &["Exception"]),
    ("TypeError", &["Exception"]),
    ("AttributeError", &["Exception"]),
    ("AssertionError", &["Exception"]),
    ("StopIteration", &["Exception"]),
    ("MemoryError", &["Exception"]),
    ("Exception", &["BaseException"]),
];

/// A handler after one that catches everything it would.
fn order<'t>(code: &Code<'t>, clause: Node<'t>, caught: &mut Vec<&'t str>, hits: &mut Hits) {
    let types = types(code, clause);
    let is_caught = |ty: &&str| {
        let parents = PARENTS.iter().find(|(name, _)| name == ty);
        caught.contains(ty)
            || caught.contains(&"BaseException")
            || parents
                .is_some_and(|(_, parents)| parents.iter().any(|parent| caught.contains(parent)))
    };
    if !types.is_empty() && types.iter().all(is_caught) {
        hits.push("python/unreachable-except", keyword(clause));
    }
    caught.extend(types);
}

/// `return`, `break` or `continue` in `finally` drops the exception on its way.
fn finally(clause: Node<'_>, hits: &mut Hits) {
    let mut waiting: Vec<(Node<'_>, bool)> =
        children(clause).into_iter().map(|c| (c, false)).collect();
    while let Some((node, in_loop)) = waiting.pop() {
        match node.kind() {
            "return_statement" => hits.push("python/leaves-finally", Span::of(node)),
            "break_statement" | "continue_statement" if !in_loop => {
                hits.push("python/leaves-finally", Span::of(node));
            }
            "function_definition" | "class_definition" | "lambda" => {}
            kind => {
                let inside = in_loop || matches!(kind, "for_statement" | "while_statement");
                waiting.extend(children(node).into_iter().map(|child| (child, inside)));
            }
        }
    }
}

pub(super) fn raise<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let Some(value) = children(node).first().copied() else {
        return;
    };
    let callee = if value.kind() == "call" {
        code.callee(value)
    } else {
        code.text(value).to_owned()
    };
    if callee == "NotImplemented" {
        hits.push("python/raise-not-implemented", Span::of(node));
    }
    if matches!(
        value.kind(),
        "string" | "concatenated_string" | "integer" | "tuple" | "dictionary"
    ) {
        hits.push("python/raise-not-exception", Span::of(node));
    }
    lost_cause(code, node, value, stack, hits);
}

/// A new exception in a handler that has the old one by name and does not pass it on.
fn lost_cause<'t>(
    code: &Code<'t>,
    node: Node<'t>,
    value: Node<'t>,
    stack: &[Node<'t>],
    hits: &mut Hits,
) {
    if field(node, "cause").is_some() || value.kind() != "call" {
        return;
    }
    for around in stack.iter().rev() {
        match around.kind() {
            "function_definition" | "lambda" | "class_definition" | "try_statement" => return,
            "except_clause" => {
                let alias = fields(*around, "value")
                    .into_iter()
                    .find_map(|value| field(value, "alias"));
                if alias.is_some_and(|alias| !code.mentions(value, code.text(alias))) {
                    hits.push("python/lost-cause", Span::of(node));
                }
                return;
            }
            _ => {}
        }
    }
}
