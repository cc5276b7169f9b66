//! Promises nobody waits for, waiting in a row, and what holds everybody else up.

use std::collections::HashSet;

use tree_sitter::Node;

use super::super::Hits;
use super::syntax::{
    argument, called_name, children, field_text, function_of, has_word, is_function, own_any, walk,
    walk_where,
};
use crate::{SourceFile, Span};

/// Names of the async functions a file declares; one that is declared without `async` as well is
/// left out.
pub(super) fn async_functions(file: &SourceFile) -> HashSet<&str> {
    let (mut known, mut plain) = (HashSet::new(), HashSet::new());
    walk(file.root(), |node| {
        let (name, function) = match node.kind() {
            "function_declaration" => (field_text(file, node, "name"), Some(node)),
            "variable_declarator" => (
                field_text(file, node, "name"),
                node.child_by_field_name("value")
                    .filter(|value| is_function(*value)),
            ),
            _ => return,
        };
        match function {
            Some(function) if has_word(function, "async") => known.insert(name),
            _ => plain.insert(name),
        };
    });
    known.retain(|name| !plain.contains(name));
    known
}

/// A call of such a function as a statement of an async function, without `await`.
pub(super) fn floating(
    file: &SourceFile,
    statement: Node<'_>,
    known: &HashSet<&str>,
    hits: &mut Hits,
) {
    let call = children(statement).first().copied();
    let Some(call) = call.filter(|call| call.kind() == "call_expression") else {
        return;
    };
    let is_known = call.child_by_field_name("function").is_some_and(|callee| {
        callee.kind() == "identifier" && known.contains(file.text_of(callee))
    });
    let is_inside = function_of(statement).is_some_and(|function| has_word(function, "async"));
    if is_known && is_inside {
        hits.push("javascript/floating-promise", Span::of(call));
    }
}

/// `for (x of xs) … await f(x)`, where no turn looks at what another did.
pub(super) fn awaited_in_loop(file: &SourceFile, node: Node<'_>, hits: &mut Hits) {
    let Some(body) = node.child_by_field_name("body") else {
        return;
    };
    if has_word(node, "await") {
        return;
    }
    let depends = own_any(body, |inner| {
        let is_exit = matches!(
            inner.kind(),
            "break_statement" | "return_statement" | "throw_statement" | "yield_expression"
        );
        is_exit || carries_over(file, inner, body)
    });
    if depends {
        return;
    }
    let mut first = None;
    walk_where(body, |inner| {
        let is_call = inner.kind() == "await_expression"
            && children(inner)
                .first()
                .is_some_and(|value| is_independent(file, *value));
        if is_call && first.is_none() {
            first = Some(inner);
        }
        !is_function(inner) && inner.kind() != "for_in_statement"
    });
    if let Some(found) = first {
        hits.push("javascript/await-in-loop", Span::of(found));
    }
}

/// Assigning to a variable from outside the loop: the next turn may need it.
fn carries_over(file: &SourceFile, node: Node<'_>, body: Node<'_>) -> bool {
    let is_assignment = matches!(
        node.kind(),
        "assignment_expression" | "augmented_assignment_expression"
    );
    let Some(left) = node.child_by_field_name("left").filter(|_| is_assignment) else {
        return false;
    };
    let name = file.text_of(left);
    left.kind() == "identifier"
        && !own_any(body, |inner| {
            inner.kind() == "variable_declarator" && field_text(file, inner, "name") == name
        })
}

/// A call that fetches or loads; waiting for time or for one's turn is meant.
fn is_independent(file: &SourceFile, value: Node<'_>) -> bool {
    const STARTS: [&str; 9] = [
        "fetch", "get", "load", "read", "request", "download", "find", "query", "lookup",
    ];
    let name = called_name(file, value);
    value.kind() == "call_expression"
        && STARTS.iter().any(|start| name.starts_with(start))
        && name != "getNext"
}

/// Effects that start something and return nothing.
pub(super) fn effect(file: &SourceFile, call: Node<'_>, hits: &mut Hits) {
    if !matches!(called_name(file, call), "useEffect" | "useLayoutEffect") {
        return;
    }
    let function = argument(call, 0).filter(|given| is_function(*given));
    let Some(body) = function
        .and_then(|function| function.child_by_field_name("body"))
        .filter(|body| body.kind() == "statement_block")
    else {
        return;
    };
    let starts = own_any(body, |node| {
        let name = called_name(file, node);
        let is_listener = matches!(name, "setInterval" | "addEventListener" | "subscribe");
        node.kind() == "call_expression"
            && is_listener
            && !file.text_of(node).contains("once: true")
    });
    let returns = own_any(body, |node| node.kind() == "return_statement");
    if starts && !returns {
        hits.push("javascript/effect-without-cleanup", Span::of(call));
    }
}

/// Synchronous calls of files, processes and key derivation in handlers of requests.
pub(super) fn blocking(file: &SourceFile, call: Node<'_>, hits: &mut Hits) {
    const BLOCKING: [&str; 24] = [
        "readFileSync",
        "writeFileSync",
        "appendFileSync",
        "readdirSync",
        "copyFileSync",
        "renameSync",
        "unlinkSync",
        "rmSync",
        "mkdirSync",
        "execSync",
        "execFileSync",
        "spawnSync",
        "pbkdf2Sync",
        "scryptSync",
        "hashSync",
        "compareSync",
        "genSaltSync",
        "generateKeyPairSync",
        "gzipSync",
        "gunzipSync",
        "deflateSync",
        "inflateSync",
        "brotliCompressSync",
        "randomFillSync",
    ];
    if !BLOCKING.contains(&called_name(file, call)) {
        return;
    }
    let mut at = function_of(call);
    while let Some(function) = at {
        if is_handler(file, function) {
            hits.push("javascript/blocking-call-in-handler", Span::of(call));
            return;
        }
        at = function_of(function);
    }
}

/// `(req, res)`, `(request, reply)`, `(ctx, next)`, also behind an error.
fn is_handler(file: &SourceFile, function: Node<'_>) -> bool {
    let names: Vec<&str> = function
        .child_by_field_name("parameters")
        .map_or_else(Vec::new, children)
        .into_iter()
        .map(|param| file.text_of(param.child_by_field_name("pattern").unwrap_or(param)))
        .collect();
    let has = |at: usize, wanted: &[&str]| names.get(at).is_some_and(|name| wanted.contains(name));
    let request = ["req", "request", "_req"];
    let answer = ["res", "response", "reply", "h"];
    let is_plain = has(0, &request) && has(1, &answer);
    is_plain || (has(1, &request) && has(2, &answer)) || (has(0, &["ctx"]) && has(1, &["next"]))
}
