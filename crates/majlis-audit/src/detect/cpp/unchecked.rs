//! Results that may be null, or the end, and are followed with no question asked: the next place
//! that names the variable, in the order of the text, already takes what it points to.

use std::collections::HashSet;

use tree_sitter::Node;

use super::super::Hits;
use super::facts::{Facts, Local, around, children, each};
use crate::Span;

pub(super) const NULL: &str = "cpp/possible-null-dereference";

/// Functions of the library that answer with null where there is nothing.
const MAY_BE_NULL: [&str; 21] = [
    "fopen",
    "fdopen",
    "opendir",
    "getenv",
    "secure_getenv",
    "strchr",
    "strrchr",
    "strstr",
    "strpbrk",
    "memchr",
    "strcasestr",
    "gethostbyname",
    "getpwnam",
    "getpwuid",
    "getgrnam",
    "dlopen",
    "dlsym",
    "popen",
    "tmpfile",
    "bsearch",
    "getlogin",
];

/// Functions that follow the pointers they are given.
const FOLLOWS: [&str; 29] = [
    "strlen",
    "strcpy",
    "strncpy",
    "strcat",
    "strncat",
    "strcmp",
    "strncmp",
    "strcasecmp",
    "strdup",
    "strstr",
    "strchr",
    "strtol",
    "atoi",
    "atol",
    "atof",
    "fgets",
    "fread",
    "fwrite",
    "fprintf",
    "fscanf",
    "fputs",
    "fputc",
    "fgetc",
    "getc",
    "fseek",
    "ftell",
    "readdir",
    "puts",
    "memcpy",
];

/// Functions of a file that return a null pointer on one of their ways.
pub(super) fn nullable<'t>(found: &[Facts<'t>]) -> HashSet<&'t str> {
    found
        .iter()
        .filter(|facts| returns_pointer(facts) && returns_null(facts))
        .map(|facts| facts.name)
        .collect()
}

fn returns_pointer(facts: &Facts<'_>) -> bool {
    let declarator = facts
        .body
        .parent()
        .and_then(|function| function.child_by_field_name("declarator"));
    declarator.is_some_and(|declarator| declarator.kind() == "pointer_declarator")
}

fn returns_null(facts: &Facts<'_>) -> bool {
    let mut found = false;
    each(facts.body, |node| {
        if node.kind() == "return_statement" {
            let value = node.named_child(0).map(|value| facts.text(bare(value)));
            found |= value.is_some_and(|value| matches!(value, "NULL" | "nullptr" | "0"));
        }
        !found && node.kind() != "lambda_expression"
    });
    found
}

/// Reports what is followed unasked.
pub(super) fn run(facts: &Facts<'_>, nullable: &HashSet<&str>, hits: &mut Hits) {
    for (name, places) in &facts.names {
        for (at, place) in places.iter().enumerate() {
            let Some(value) = given(*place).filter(|value| may_be_null(facts, *value, nullable))
            else {
                continue;
            };
            // The value itself may begin with the variable: `q = strchr(q, c)`.
            let next = places[at..]
                .iter()
                .find(|next| next.start_byte() >= value.end_byte());
            if let Some(next) = next
                && is_behind(*place, *next)
                && is_followed(facts, *next)
            {
                hits.push(NULL, Span::of(*next));
            }
        }
        if let (Some(param), Some(first)) = (facts.params.get(name), places.first())
            && param.base.contains("optional<")
            && is_starred(*first)
        {
            hits.push(NULL, Span::of(*first));
        }
    }
    for call in &facts.calls {
        let is_null = nullable.contains(call.name) || call.name == "getenv";
        if is_null && is_followed(facts, call.node) {
            hits.push(NULL, Span::of(call.node));
        }
    }
}

/// A value without casts and parentheses around it.
fn bare(value: Node<'_>) -> Node<'_> {
    let mut at = value;
    loop {
        let inner = match at.kind() {
            "cast_expression" => at.child_by_field_name("value"),
            "parenthesized_expression" => at.named_child(0),
            _ => None,
        };
        match inner {
            Some(inner) => at = inner,
            None => return at,
        }
    }
}

/// What a name is set to at this place, as a statement of its own.
fn given(place: Node<'_>) -> Option<Node<'_>> {
    let mut at = place;
    while let Some(parent) = at.parent() {
        match parent.kind() {
            "pointer_declarator" => at = parent,
            "init_declarator" => {
                let value = parent.child_by_field_name("value")?;
                let holds = parent.parent()?;
                let is_own = parent.child_by_field_name("declarator") == Some(at);
                let is_alone = holds.parent().is_some_and(|outer| {
                    matches!(outer.kind(), "compound_statement" | "case_statement")
                });
                return (is_own && is_alone).then_some(bare(value));
            }
            "assignment_expression" => {
                let is_own = parent.child_by_field_name("left") == Some(place);
                let is_alone = parent.parent()?.kind() == "expression_statement";
                let value = parent.child_by_field_name("right")?;
                return (is_own && is_alone).then_some(bare(value));
            }
            _ => return None,
        }
    }
    None
}

fn may_be_null(facts: &Facts<'_>, value: Node<'_>, nullable: &HashSet<&str>) -> bool {
    if value.kind() != "call_expression" {
        return false;
    }
    let Some(callee) = value.child_by_field_name("function") else {
        return false;
    };
    let text = facts.text(callee);
    match callee.kind() {
        "identifier" | "qualified_identifier" => {
            let name = text.rsplit("::").next().unwrap_or(text);
            nullable.contains(text) || MAY_BE_NULL.contains(&name)
        }
        "template_function" => text.starts_with("dynamic_cast") && text.contains('*'),
        "field_expression" => is_lookup(facts, callee),
        _ => false,
    }
}

/// `map.find(key)`, `weak.lock()`
fn is_lookup(facts: &Facts<'_>, callee: Node<'_>) -> bool {
    let part = |field: &str| {
        callee
            .child_by_field_name(field)
            .map(|node| facts.text(node))
    };
    let (Some(object), Some(method)) = (part("argument"), part("field")) else {
        return false;
    };
    let wanted: &[&str] = match method {
        "find" => &["map<", "set<"],
        "lock" => &["weak_ptr<"],
        _ => return false,
    };
    let is = |local: &Local<'_>| wanted.iter().any(|word| local.base.contains(word));
    facts.variable(object).is_some_and(is)
}

/// The second place runs whenever the first did, and after it.
fn is_behind(place: Node<'_>, next: Node<'_>) -> bool {
    let block = around(place, &["compound_statement", "case_statement"]);
    block.is_some_and(|block| block.byte_range().contains(&next.start_byte()))
}

/// What it points to is taken.
fn is_followed(facts: &Facts<'_>, place: Node<'_>) -> bool {
    let Some(parent) = place.parent() else {
        return false;
    };
    let is = |field: &str| parent.child_by_field_name(field) == Some(place);
    match parent.kind() {
        "field_expression" if is("argument") => {
            let is_arrow = parent.child(1).is_some_and(|op| op.kind() == "->");
            is_arrow && !is_measured(parent)
        }
        "subscript_expression" => is("argument") && !is_measured(parent),
        "pointer_expression" => is_starred(place),
        "argument_list" => {
            let call = facts
                .calls
                .iter()
                .find(|call| call.node.child_by_field_name("arguments") == Some(parent));
            call.is_some_and(|call| FOLLOWS.contains(&call.name))
        }
        _ => false,
    }
}

/// `*place`, not within `sizeof`
fn is_starred(place: Node<'_>) -> bool {
    place.parent().is_some_and(|parent| {
        let is_star = parent.child(0).is_some_and(|op| op.kind() == "*");
        parent.kind() == "pointer_expression" && is_star && !is_measured(parent)
    })
}

fn is_measured(node: Node<'_>) -> bool {
    around(node, &["sizeof_expression", "decltype"]).is_some()
}

/// `return text.c_str();` of a text that ends with its function.
pub(super) const DANGLING: &str = "cpp/return-of-stack-address";
/// `i <= list.size()`
pub(super) const PAST: &str = "cpp/buffer-over-read";
/// What a container's change made stale.
pub(super) const STALE: &str = "cpp/use-after-free";
/// What was moved out.
pub(super) const MOVED: &str = "cpp/null-dereference";

/// Reports uses of containers and texts of C++ that are over, or never were.
pub(super) fn containers(facts: &Facts<'_>, hits: &mut Hits) {
    each(facts.body, |node| {
        match node.kind() {
            "return_statement" => dangling(facts, node, hits),
            "for_statement" => {
                past_end(facts, node, hits);
                stale(facts, node, hits);
            }
            "for_range_loop" => stale(facts, node, hits),
            _ => {}
        }
        true
    });
    moved(facts, hits);
    indexed(facts, hits);
}

/// `list[n]` with a number somebody typed that is compared with nothing.
fn indexed(facts: &Facts<'_>, hits: &mut Hits) {
    each(facts.body, |node| {
        if node.kind() == "subscript_expression"
            && let Some(list) = node.child_by_field_name("argument")
            && let Some(index) = super::room::index(node)
            && index.kind() == "identifier"
            && facts.variable(facts.text(list)).is_some_and(|local| {
                let kinds = ["vector<", "std::array<", "deque<"];
                kinds.iter().any(|kind| local.base.contains(kind)) && !local.is_pointer
            })
            && is_typed(facts, facts.text(index))
        {
            hits.push(PAST, Span::of(node));
        }
        true
    });
}

/// A local number that is read from outside, and never compared.
fn is_typed(facts: &Facts<'_>, name: &str) -> bool {
    const READS: [&str; 9] = [
        "stoi", "stol", "stoul", "stoull", "atoi", "atol", "strtol", "strtoul", "scanf",
    ];
    let places = facts
        .names
        .get(name)
        .filter(|_| facts.locals.contains_key(name));
    let Some(places) = places else { return false };
    let mut is_read = false;
    for place in places {
        let Some(parent) = place.parent() else {
            continue;
        };
        let operator = parent.child(1).map_or("", |op| op.kind());
        let is_binary = parent.kind() == "binary_expression";
        if is_binary && matches!(operator, "<" | "<=" | ">" | ">=" | "==" | "!=" | "%" | "&") {
            return false;
        }
        if is_binary && operator == ">>" {
            let stream = facts.text(parent);
            is_read |= stream.starts_with("std::cin") || stream.starts_with("cin");
        }
        let text = facts.text(parent);
        let value = text.split_once('=').map_or("", |(_, value)| value.trim());
        let callee = value.split('(').next().unwrap_or_default();
        is_read |= READS.contains(&callee.rsplit("::").next().unwrap_or_default().trim());
    }
    is_read
}

fn dangling(facts: &Facts<'_>, node: Node<'_>, hits: &mut Hits) {
    let Some(value) = node.named_child(0) else {
        return;
    };
    let text = facts.text(value);
    let function = facts.body.parent();
    let ty = function.and_then(|function| function.child_by_field_name("type"));
    let returns_view = ty.is_some_and(|ty| facts.text(ty).contains("string_view"));
    let inner = [".c_str()", ".data()"]
        .iter()
        .find_map(|end| text.strip_suffix(end));
    let is_text = |name: &str| {
        facts.locals.get(name).is_some_and(|local| {
            let written = facts.text(local.declaration);
            let is_own = matches!(local.base, "std::string" | "string");
            is_own && !local.is_pointer && !written.starts_with("static") && !written.contains('&')
        })
    };
    let is_gone = match inner {
        Some(name) => returns_pointer(facts) && is_text(name),
        None => returns_view && is_text(text),
    };
    if is_gone {
        hits.push(DANGLING, Span::of(node));
    }
}

/// `for (i = 0; i <= list.size(); i++) list[i]`
fn past_end(facts: &Facts<'_>, node: Node<'_>, hits: &mut Hits) {
    let part = |node: Node<'_>, field: &str| {
        node.child_by_field_name(field)
            .map(|found| facts.text(found).to_owned())
    };
    let Some(condition) = node.child_by_field_name("condition") else {
        return;
    };
    let (Some(index), Some(bound)) = (part(condition, "left"), part(condition, "right")) else {
        return;
    };
    let is_up_to = part(condition, "operator").is_some_and(|op| op == "<=");
    let Some(list) = bound
        .strip_suffix(".size()")
        .or_else(|| bound.strip_suffix(".length()"))
        .map(|list| list.trim_start_matches("(int)").trim().to_owned())
        .filter(|_| is_up_to)
    else {
        return;
    };
    // The end of a text may be read.
    let is_text = facts
        .variable(&list)
        .is_some_and(|local| local.base.contains("string") && !local.base.contains("vector"));
    each(node, |inner| {
        let is_element = inner.kind() == "subscript_expression"
            && facts.text(inner) == format!("{list}[{index}]")
            && !is_text;
        if is_element {
            hits.push(PAST, Span::of(inner));
        }
        !is_element
    });
}

/// An element is erased within a loop that goes on over the same container.
fn stale(facts: &Facts<'_>, node: Node<'_>, hits: &mut Hits) {
    let part = |field: &str| node.child_by_field_name(field).map(|part| facts.text(part));
    let (list, iterator) = if node.kind() == "for_range_loop" {
        (part("right").unwrap_or_default().to_owned(), None)
    } else {
        let (Some(start), Some(step)) = (part("initializer"), part("update")) else {
            return;
        };
        let Some((before, _)) = start.split_once(".begin()") else {
            return;
        };
        let mut words = before.split(|letter: char| letter.is_whitespace() || letter == '=');
        let list = words.next_back().unwrap_or_default().to_owned();
        let name = step.trim_matches(['+', ' ']).to_owned();
        (list, Some(name))
    };
    let changes: &[&str] = match iterator {
        Some(_) => &["erase"],
        None => &["erase", "push_back", "insert", "clear", "emplace_back"],
    };
    if list.is_empty() || list.contains(['(', ' ']) {
        return;
    }
    each(node, |inner| {
        if inner.kind() == "call_expression"
            && let Some(callee) = inner.child_by_field_name("function")
            && let Some((object, method)) = facts.text(callee).rsplit_once('.')
            && object == list
            && changes.contains(&method)
            && is_dropped(facts, inner, iterator.as_deref())
            && !is_left_behind(inner)
        {
            hits.push(STALE, Span::of(inner));
        }
        true
    });
}

/// Nobody takes the iterator that is good from here on.
fn is_dropped(facts: &Facts<'_>, call: Node<'_>, iterator: Option<&str>) -> bool {
    let is_statement = call
        .parent()
        .is_some_and(|parent| parent.kind() == "expression_statement");
    let args = call.child_by_field_name("arguments").map(children);
    let is_same = iterator.is_none_or(|iterator| {
        args.is_some_and(|args| matches!(args.as_slice(), [only] if facts.text(*only) == iterator))
    });
    is_statement && is_same
}

/// The loop is left behind the change.
fn is_left_behind(call: Node<'_>) -> bool {
    let mut at = call
        .parent()
        .and_then(|statement| statement.next_named_sibling());
    while let Some(next) = at {
        if matches!(
            next.kind(),
            "break_statement" | "return_statement" | "goto_statement"
        ) {
            return true;
        }
        at = next.next_named_sibling();
    }
    false
}

/// `*p` behind `std::move(p)`, where that leaves null.
fn moved(facts: &Facts<'_>, hits: &mut Hits) {
    for call in facts.calls_of(&["move"]) {
        let Some(name) = call.args.first().map(|arg| facts.text(*arg)) else {
            continue;
        };
        let is_owner = facts.variable(name).is_some_and(|local| {
            let written = facts.text(local.declaration);
            local.base.contains("unique_ptr<") || written.contains("make_unique<")
        });
        let places = facts.names.get(name).map_or(&[][..], Vec::as_slice);
        let next = places
            .iter()
            .find(|place| place.start_byte() > call.node.end_byte())
            .filter(|next| is_owner && is_behind(call.node, **next));
        let is_taken = |next: &&Node<'_>| is_followed(facts, **next) || is_starred(**next);
        if let Some(next) = next.filter(is_taken) {
            hits.push(MOVED, Span::of(*next));
        }
    }
}
