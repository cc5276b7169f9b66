//! Functions and classes.

use tree_sitter::Node;

use super::code::{Code, bare, children, field, function as around};
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/mutable-default-argument",
    "python/default-from-call",
    "python/method-without-self",
    "python/init-returns-value",
    "python/duplicate-method",
    "python/missing-super-init",
    "python/cached-method",
    "python/coroutine-not-awaited",
    "python/blocking-call-in-async",
    "python/exit-swallows-exception",
];

pub(super) fn function<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    for param in field(node, "parameters").map(children).unwrap_or_default() {
        if let Some(value) = field(param, "value") {
            let name = field(param, "name").map_or("", |name| code.text(name));
            if !name.starts_with('_') {
                default(code, bare(value), hits);
            }
        }
    }
    if !is_method(stack) {
        return;
    }
    let decorators = decorators(code, stack);
    let has_params = field(node, "parameters").is_some_and(|list| !children(list).is_empty());
    if !has_params && decorators.is_empty() && !is_interface(code, stack) {
        hits.push("python/method-without-self", head(node));
    }
    if field(node, "name").is_some_and(|name| code.text(name) == "__init__") {
        for returned in own(node, "return_statement") {
            let value = children(returned).first().copied();
            if value.is_some_and(|value| value.kind() != "none") {
                hits.push("python/init-returns-value", Span::of(returned));
            }
        }
    }
    cached(code, node, &decorators, hits);
    exit(code, node, hits);
}

fn default<'t>(code: &Code<'t>, value: Node<'t>, hits: &mut Hits) {
    let callee = if value.kind() == "call" {
        code.callee(value)
    } else {
        String::new()
    };
    let is_mutable = match value.kind() {
        "list"
        | "dictionary"
        | "set"
        | "list_comprehension"
        | "dictionary_comprehension"
        | "set_comprehension" => true,
        _ => matches!(
            callee.as_str(),
            "list"
                | "dict"
                | "set"
                | "collections.defaultdict"
                | "collections.deque"
                | "collections.OrderedDict"
                | "collections.Counter"
                | "bytearray"
        ),
    };
    if is_mutable {
        hits.push("python/mutable-default-argument", Span::of(value));
    }
    let changes = matches!(
        callee.as_str(),
        "datetime.datetime.now"
            | "datetime.datetime.utcnow"
            | "datetime.datetime.today"
            | "datetime.date.today"
            | "time.time"
            | "uuid.uuid4"
            | "uuid.uuid1"
            | "random.random"
            | "random.randint"
            | "os.getcwd"
            | "time.monotonic"
            | "django.utils.timezone.now"
    );
    if changes {
        hits.push("python/default-from-call", Span::of(value));
    }
}

/// Whether the innermost definition around is a class.
fn is_method(stack: &[Node<'_>]) -> bool {
    stack
        .iter()
        .rev()
        .find(|node| {
            matches!(
                node.kind(),
                "function_definition" | "class_definition" | "lambda"
            )
        })
        .is_some_and(|node| node.kind() == "class_definition")
}

/// Interfaces of Zope and Pydantic's or attrs' helpers declare methods without a receiver.
fn is_interface<'t>(code: &Code<'t>, stack: &[Node<'t>]) -> bool {
    let class = stack
        .iter()
        .rev()
        .find(|node| node.kind() == "class_definition");
    class
        .and_then(|class| field(*class, "superclasses"))
        .is_some_and(|bases| {
            code.text(bases).contains("Interface") || code.text(bases).contains("type")
        })
}

fn decorators<'t>(code: &Code<'t>, stack: &[Node<'t>]) -> Vec<String> {
    let Some(decorated) = stack
        .last()
        .filter(|node| node.kind() == "decorated_definition")
    else {
        return Vec::new();
    };
    children(*decorated)
        .into_iter()
        .filter(|part| part.kind() == "decorator")
        .filter_map(|decorator| children(decorator).first().copied())
        .map(|expression| match expression.kind() {
            "call" => code.callee(expression),
            _ => code.path(expression).unwrap_or_else(|| "?".into()),
        })
        .collect()
}

/// The line of `def`.
fn head(node: Node<'_>) -> Span {
    Span::of(field(node, "name").unwrap_or(node))
}

/// Nodes of a kind that belong to a function itself, not to one inside it.
pub(super) fn own<'t>(function: Node<'t>, kind: &str) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    let mut waiting: Vec<Node<'t>> = field(function, "body").into_iter().collect();
    while let Some(node) = waiting.pop() {
        if node.kind() == kind {
            found.push(node);
        }
        if !matches!(
            node.kind(),
            "function_definition" | "class_definition" | "lambda"
        ) {
            waiting.extend(children(node));
        }
    }
    found.sort_by_key(Node::start_byte);
    found
}

fn cached<'t>(code: &Code<'t>, node: Node<'t>, decorators: &[String], hits: &mut Hits) {
    let is_cached = decorators
        .iter()
        .any(|name| matches!(name.as_str(), "functools.lru_cache" | "functools.cache"));
    let is_bound = !decorators
        .iter()
        .any(|name| name == "staticmethod" || name == "classmethod");
    let first = field(node, "parameters").map(children).unwrap_or_default();
    let has_self = first
        .first()
        .is_some_and(|param| code.text(*param) == "self");
    if is_cached && is_bound && has_self {
        hits.push("python/cached-method", head(node));
    }
}

/// `__exit__` that returns true hides every exception of the block.
fn exit<'t>(code: &Code<'t>, node: Node<'t>, hits: &mut Hits) {
    if field(node, "name").is_none_or(|name| code.text(name) != "__exit__") {
        return;
    }
    let returned = own(node, "return_statement");
    if let [only] = returned.as_slice()
        && children(*only)
            .first()
            .is_some_and(|value| value.kind() == "true")
        && own(node, "if_statement").is_empty()
    {
        hits.push("python/exit-swallows-exception", Span::of(*only));
    }
}

pub(super) fn class<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let mut seen: Vec<&str> = Vec::new();
    for member in field(node, "body").map(children).unwrap_or_default() {
        if member.kind() != "function_definition" {
            if let Some(inner) = field(member, "definition").and_then(|d| field(d, "name")) {
                seen.retain(|name| *name != code.text(inner));
            }
            continue;
        }
        let name = field(member, "name").map_or("", |name| code.text(name));
        if seen.contains(&name) {
            hits.push("python/duplicate-method", head(member));
        }
        seen.push(name);
    }
    missing_super(code, node, hits);
}

fn init<'t>(code: &Code<'t>, class: Node<'t>) -> Option<Node<'t>> {
    let members = field(class, "body").map(children).unwrap_or_default();
    members.into_iter().find(|member| {
        member.kind() == "function_definition"
            && field(*member, "name").is_some_and(|name| code.text(name) == "__init__")
    })
}

fn missing_super<'t>(code: &Code<'t>, class: Node<'t>, hits: &mut Hits) {
    let bases = field(class, "superclasses")
        .map(children)
        .unwrap_or_default();
    let Some(own_init) = init(code, class) else {
        return;
    };
    let is_initialised = bases.iter().any(|base| {
        let base = code.classes.get(code.text(*base));
        base.is_some_and(|base| base.id() != class.id() && leaves_out(code, *base, own_init))
    });
    let body = field(own_init, "body").map_or("", |body| code.text(body));
    if is_initialised
        && !body.contains("super(")
        && !body.contains("__init__(")
        && !body.contains("raise ")
    {
        hits.push("python/missing-super-init", head(own_init));
    }
}

/// Whether a class sets attributes when it is made which this other constructor does not set.
/// Exceptions keep what they are made of without their constructors.
fn leaves_out<'t>(code: &Code<'t>, class: Node<'t>, other: Node<'t>) -> bool {
    let name = field(class, "name").map_or("", |name| code.text(name));
    if name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Warning") {
        return false;
    }
    let set = |init: Node<'t>| -> Vec<&'t str> {
        let targets = own(init, "assignment").into_iter();
        let targets = targets.filter_map(|assignment| field(assignment, "left"));
        targets
            .map(|left| code.text(left))
            .filter(|left| left.starts_with("self."))
            .collect()
    };
    let here = set(other);
    init(code, class).is_some_and(|init| set(init).iter().any(|name| !here.contains(name)))
}

/// A coroutine that is called and not awaited never runs.
pub(super) fn coroutine<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let Some(call) = children(node)
        .first()
        .copied()
        .filter(|call| call.kind() == "call")
    else {
        return;
    };
    let Some(callee) = field(call, "function") else {
        return;
    };
    let is_coroutine = match callee.kind() {
        "identifier" => code.coroutines.contains(code.text(callee)),
        "attribute" => {
            let on_self = field(callee, "object").is_some_and(|object| code.text(object) == "self");
            on_self && code.coroutines.contains(code.last_name(callee))
        }
        _ => false,
    };
    let is_async = code.path(callee).as_deref() == Some("asyncio.sleep") && around(stack).is_some();
    if is_coroutine || is_async {
        hits.push("python/coroutine-not-awaited", Span::of(call));
    }
}

/// A call that waits stops every other task of the event loop.
pub(super) fn blocking<'t>(code: &Code<'t>, call: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let Some(function) = around(stack) else {
        return;
    };
    let is_async =
        function.kind() == "function_definition" && code.text(function).starts_with("async");
    if !is_async {
        return;
    }
    let callee = code.callee(call);
    let waits = matches!(
        callee.as_str(),
        "time.sleep"
            | "requests.get"
            | "requests.post"
            | "requests.put"
            | "requests.delete"
            | "requests.patch"
            | "requests.head"
            | "requests.request"
            | "urllib.request.urlopen"
            | "subprocess.run"
            | "subprocess.call"
            | "subprocess.check_call"
            | "subprocess.check_output"
            | "os.system"
            | "httpx.get"
            | "httpx.post"
            | "socket.create_connection"
            | "shutil.copytree"
            | "psycopg2.connect"
    );
    if waits {
        hits.push("python/blocking-call-in-async", Span::of(call));
    }
}
