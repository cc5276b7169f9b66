//! Names that may hold nil when something is read through them.

use std::collections::HashSet;

use tree_sitter::Node;

use super::super::Hits;
use super::super::tree::{children, each};
use crate::{SourceFile, Span};

/// A name that may hold nil is read through.
pub(super) const NIL: &str = "go/nil-dereference";

/// How many statements behind one are looked at.
const FAR: usize = 30;

/// Library functions whose first result is nil where they fail.
const NIL_ON_FAILURE: [&str; 12] = [
    "http.Get",
    "http.Head",
    "http.Post",
    "http.PostForm",
    "http.NewRequest",
    "http.NewRequestWithContext",
    "url.Parse",
    "url.ParseRequestURI",
    "net.Dial",
    "net.DialTimeout",
    "net.Listen",
    "tls.Dial",
];

/// Looks at every block.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    let functions = nil_functions(file);
    let mut blocks = Vec::new();
    each(file.root(), |node| {
        if matches!(node.kind(), "block" | "expression_case" | "default_case") {
            blocks.push(node);
        }
        true
    });
    for block in blocks {
        let statements = statements_of(block);
        for (at, statement) in statements.iter().enumerate() {
            let rest = &statements[at + 1..];
            for name in may_be_nil(file, *statement, &functions) {
                if let Some(used) = used_unasked(file, rest, name) {
                    hits.push(NIL, Span::of(used));
                }
            }
        }
    }
}

fn statements_of(block: Node<'_>) -> Vec<Node<'_>> {
    children(block)
        .into_iter()
        .flat_map(|part| match part.kind() {
            "statement_list" => children(part),
            _ => vec![part],
        })
        .collect()
}

/// Functions of the file that answer nil on one of their ways: alone, or beside an error.
struct NilFunctions<'t> {
    alone: HashSet<&'t str>,
    with_error: HashSet<&'t str>,
}

fn nil_functions(file: &SourceFile) -> NilFunctions<'_> {
    let mut found = NilFunctions {
        alone: HashSet::new(),
        with_error: HashSet::new(),
    };
    each(file.root(), |node| {
        if node.kind() != "function_declaration" {
            return node.kind() == "source_file";
        }
        let parts = (
            node.child_by_field_name("name"),
            node.child_by_field_name("result"),
            node.child_by_field_name("body"),
        );
        let (Some(name), Some(result), Some(body)) = parts else {
            return false;
        };
        let name = file.text_of(name);
        match result.kind() {
            "pointer_type" if returns_nil(file, body, 1) => {
                found.alone.insert(name);
            }
            "parameter_list"
                if is_pointer_and_error(file, result) && returns_nil(file, body, 2) =>
            {
                found.with_error.insert(name);
            }
            _ => {}
        }
        false
    });
    found
}

fn is_pointer_and_error(file: &SourceFile, result: Node<'_>) -> bool {
    let parts = children(result);
    let [first, second] = parts.as_slice() else {
        return false;
    };
    file.text_of(*first).contains('*') && file.text_of(*second).ends_with("error")
}

/// A `return` of so many values, the first of which is nil.
fn returns_nil(file: &SourceFile, body: Node<'_>, count: usize) -> bool {
    let mut found = false;
    each(body, |node| {
        if node.kind() == "return_statement" {
            let values = children(node).first().map(|list| children(*list));
            let values = values.unwrap_or_default();
            let is_nil = values
                .first()
                .is_some_and(|value| file.text_of(*value) == "nil");
            found |= is_nil && values.len() == count;
        }
        node.kind() != "func_literal" && !found
    });
    found
}

/// The names that may hold nil behind a statement.
fn may_be_nil<'t>(
    file: &'t SourceFile,
    statement: Node<'t>,
    functions: &NilFunctions<'_>,
) -> Vec<&'t str> {
    match statement.kind() {
        "var_declaration" => unset_pointers(file, statement),
        "short_var_declaration" | "assignment_statement" => {
            from_call(file, statement, functions).into_iter().collect()
        }
        "if_statement" => asked_and_gone_on(file, statement).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// `var p *T`
fn unset_pointers<'t>(file: &'t SourceFile, statement: Node<'t>) -> Vec<&'t str> {
    let specs = children(statement).into_iter();
    specs
        .filter(|spec| spec.kind() == "var_spec")
        .filter(|spec| spec.child_by_field_name("value").is_none())
        .filter(|spec| {
            let ty = spec.child_by_field_name("type");
            ty.is_some_and(|ty| ty.kind() == "pointer_type")
        })
        .filter_map(|spec| spec.child_by_field_name("name"))
        .map(|name| file.text_of(name))
        .collect()
}

/// `p := find(x)`, `p, _ := open(x)`, `p, _ := x.(*T)`
fn from_call<'t>(
    file: &'t SourceFile,
    statement: Node<'t>,
    functions: &NilFunctions<'_>,
) -> Option<&'t str> {
    let left = children(statement.child_by_field_name("left")?);
    let right = children(statement.child_by_field_name("right")?);
    let [value] = right.as_slice() else {
        return None;
    };
    let name = left.first().filter(|name| name.kind() == "identifier")?;
    let name = Some(file.text_of(*name)).filter(|name| *name != "_");
    let is_ignored = left
        .get(1)
        .is_some_and(|second| file.text_of(*second) == "_");
    let called = || {
        let function = value.child_by_field_name("function")?;
        Some(file.text_of(function))
    };
    let may_be = match (left.len(), value.kind()) {
        (1, "call_expression") => called().is_some_and(|called| functions.alone.contains(called)),
        (2, "call_expression") if is_ignored => called().is_some_and(|called| {
            functions.with_error.contains(called)
                || (NIL_ON_FAILURE.contains(&called) && may_fail(file, *value))
        }),
        (2, "type_assertion_expression") if is_ignored => {
            let ty = value.child_by_field_name("type");
            ty.is_some_and(|ty| ty.kind() == "pointer_type")
        }
        _ => false,
    };
    name.filter(|_| may_be)
}

/// An address that stands in the code, or was one before, can be read.
fn may_fail(file: &SourceFile, call: Node<'_>) -> bool {
    let text = call
        .child_by_field_name("arguments")
        .map_or("", |given| file.text_of(given));
    !(text.contains("\"http") || text.contains("\"/") || text.contains(".String()"))
}

/// `if p == nil { … }` that goes on.
fn asked_and_gone_on<'t>(file: &'t SourceFile, statement: Node<'t>) -> Option<&'t str> {
    let asked = statement.child_by_field_name("condition")?;
    let body = statement.child_by_field_name("consequence")?;
    let is_alone = statement.child_by_field_name("alternative").is_none();
    let is_equal = asked.kind() == "binary_expression"
        && asked.child_by_field_name("operator")?.kind() == "=="
        && asked.child_by_field_name("right")?.kind() == "nil";
    let name = asked.child_by_field_name("left")?;
    if !(is_alone && is_equal && name.kind() == "identifier") {
        return None;
    }
    let name = file.text_of(name);
    (!leaves(file, body) && !mentions(file, body, name)).then_some(name)
}

/// Something in it may leave what stands around it.
fn leaves(file: &SourceFile, node: Node<'_>) -> bool {
    let mut found = false;
    each(node, |part| {
        found |= match part.kind() {
            "return_statement"
            | "break_statement"
            | "continue_statement"
            | "goto_statement"
            | "fallthrough_statement" => true,
            "call_expression" => ends(file, part),
            _ => false,
        };
        !found
    });
    found
}

/// A call that does not come back, by its name.
fn ends(file: &SourceFile, call: Node<'_>) -> bool {
    let Some(function) = call.child_by_field_name("function") else {
        return false;
    };
    let name = file.text_of(function);
    let last = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    [
        "fatal", "panic", "exit", "fail", "skip", "abort", "die", "must", "usage",
    ]
    .iter()
    .any(|word| last.starts_with(word))
}

fn mentions(file: &SourceFile, node: Node<'_>, name: &str) -> bool {
    let mut found = false;
    each(node, |part| {
        found |= part.kind() == "identifier" && file.text_of(part) == name;
        !found
    });
    found
}

/// The first place the name is read through, unless something asked or set it before.
fn used_unasked<'t>(file: &'t SourceFile, rest: &[Node<'t>], name: &str) -> Option<Node<'t>> {
    for statement in rest.iter().take(FAR) {
        if !mentions(file, *statement, name) {
            continue;
        }
        if is_set_on_one_way(file, *statement, name) {
            continue;
        }
        if is_asked_or_set(file, *statement, name) {
            return None;
        }
        if let Some(used) = read_through(file, *statement, name) {
            return Some(used);
        }
    }
    None
}

/// An `if` about something else, with a way through it on which the name is not set.
fn is_set_on_one_way(file: &SourceFile, statement: Node<'_>, name: &str) -> bool {
    statement.kind() == "if_statement"
        && statement.child_by_field_name("alternative").is_none()
        && statement.child_by_field_name("initializer").is_none()
        && statement
            .child_by_field_name("condition")
            .is_some_and(|asked| !mentions(file, asked, name) && is_flag(asked))
        && statement
            .child_by_field_name("consequence")
            .is_some_and(|body| sets(file, body, name) && !leaves(file, body))
}

/// A plain yes or no, of which nothing else follows: `verbose`, `!done`, `n > 3`.
fn is_flag(asked: Node<'_>) -> bool {
    let mut is_plain = true;
    each(asked, |part| {
        is_plain &= !matches!(part.kind(), "call_expression" | "nil");
        is_plain
    });
    is_plain
}

fn sets(file: &SourceFile, node: Node<'_>, name: &str) -> bool {
    let mut found = false;
    each(node, |part| {
        found |= matches!(
            part.kind(),
            "assignment_statement" | "short_var_declaration" | "range_clause"
        ) && part.child_by_field_name("left").is_some_and(|left| {
            let names = if left.kind() == "expression_list" {
                children(left)
            } else {
                vec![left]
            };
            names.iter().any(|left| file.text_of(*left) == name)
        });
        !found
    });
    found
}

/// Something compares the name, sets it, or lets another set it. Yes in doubt.
fn is_asked_or_set(file: &SourceFile, statement: Node<'_>, name: &str) -> bool {
    if sets(file, statement, name) {
        return true;
    }
    let mut found = false;
    each(statement, |part| {
        let is_name = |node: Option<Node<'_>>| node.is_some_and(|node| file.text_of(node) == name);
        found |= match part.kind() {
            "binary_expression" => {
                is_name(part.child_by_field_name("left"))
                    || is_name(part.child_by_field_name("right"))
            }
            "unary_expression" => {
                let operator = part.child_by_field_name("operator");
                operator.is_some_and(|operator| operator.kind() == "&")
                    && is_name(part.child_by_field_name("operand"))
            }
            "func_literal" => mentions(file, part, name),
            // a helper that asks for it: `require.NotNil(t, p)`
            "argument_list" => children(part).iter().any(|given| is_name(Some(*given))),
            _ => false,
        };
        !found
    });
    found
}

/// `p.field` that is no call, `*p`, `p.field.method()`
fn read_through<'t>(file: &'t SourceFile, node: Node<'t>, name: &str) -> Option<Node<'t>> {
    let mut found = None;
    each(node, |part| {
        let through = match part.kind() {
            "selector_expression" => part
                .child_by_field_name("operand")
                .filter(|_| !is_called(part)),
            "unary_expression" => part
                .child_by_field_name("operand")
                .filter(|_| file.text_of(part).starts_with('*')),
            _ => None,
        };
        let is_name = |node: Node<'_>| node.kind() == "identifier" && file.text_of(node) == name;
        if found.is_none() && through.is_some_and(is_name) {
            found = Some(part);
        }
        found.is_none()
    });
    found
}

/// A method may be called through nil.
fn is_called(selector: Node<'_>) -> bool {
    selector.parent().is_some_and(|parent| {
        parent.kind() == "call_expression"
            && parent.child_by_field_name("function") == Some(selector)
    })
}
