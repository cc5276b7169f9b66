//! Loops: work that grows with the square, or is done again in every turn.

use tree_sitter::Node;

use super::code::{Code, bare, below, children, field, function, innermost_loop, positional};
use super::collections::range_list;
use super::comparisons::operators;
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/text-built-in-loop",
    "python/list-search-in-loop",
    "python/insert-at-front",
    "python/pop-from-front",
    "python/regex-compiled-in-loop",
    "python/query-in-loop",
    "python/frame-row-loop",
    "python/frame-grown-in-loop",
    "python/deep-copy-in-loop",
    "python/connection-in-loop",
    "python/parse-in-loop",
    "python/index-of-item-in-loop",
    "python/slice-in-while",
    "python/whole-file-for-lines",
    "python/index-instead-of-enumerate",
    "python/changed-while-iterating",
    "python/late-binding",
    "python/array-grown-in-loop",
    "python/range-list",
    "python/fetch-all-to-iterate",
];

pub(super) fn augmented<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let Some(around) = innermost_loop(node, stack) else {
        return;
    };
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return;
    };
    let adds = field(node, "operator").is_some_and(|operator| code.text(operator) == "+=");
    let name = code.text(left);
    if !adds || left.kind() != "identifier" || !is_text(code, bare(right)) {
        return;
    }
    if !is_assigned(code, around, name) {
        hits.push("python/text-built-in-loop", Span::of(node));
    }
}

fn is_text<'t>(code: &Code<'t>, node: Node<'t>) -> bool {
    match node.kind() {
        "string" | "concatenated_string" => true,
        "call" => matches!(code.callee(node).as_str(), "str" | "chr" | "repr" | "hex"),
        "binary_operator" => children(node)
            .into_iter()
            .any(|side| is_text(code, bare(side))),
        _ => false,
    }
}

/// Whether a loop gives a name a new value (so that it begins anew in every turn).
fn is_assigned<'t>(code: &Code<'t>, around: Node<'t>, name: &str) -> bool {
    below(around).any(|node| {
        let is_binding = matches!(
            node.kind(),
            "assignment" | "for_statement" | "for_in_clause" | "named_expression"
        );
        let target = field(node, "left").or_else(|| field(node, "name"));
        is_binding && target.is_some_and(|target| code.mentions(target, name))
    })
}

/// `x in names` in a loop, where `names` is a list made in the same function.
pub(super) fn membership<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    if innermost_loop(node, stack).is_none() {
        return;
    }
    let operands = children(node);
    for (pair, operator) in operands.windows(2).zip(operators(code, node)) {
        let right = pair[1];
        if !matches!(operator, "in" | "not in") || right.kind() != "identifier" {
            continue;
        }
        let scope = function(stack).or_else(|| stack.first().copied());
        if scope.is_some_and(|scope| is_growing_list(code, scope, code.text(right))) {
            hits.push("python/list-search-in-loop", Span::of(node));
        }
    }
}

/// Whether a name is bound once, to a list that may be long.
fn is_growing_list<'t>(code: &Code<'t>, scope: Node<'t>, name: &str) -> bool {
    let mut bound = below(scope).filter(|node| {
        node.kind() == "assignment"
            && field(*node, "left").is_some_and(|left| code.text(left) == name)
    });
    let Some(value) = bound.next().and_then(|node| field(node, "right")) else {
        return false;
    };
    if bound.next().is_some() {
        return false;
    }
    match value.kind() {
        "list_comprehension" => true,
        "list" if children(value).is_empty() => grows(code, scope, name),
        "call" => code.callee(value) == "list" || code.method(value) == "readlines",
        _ => false,
    }
}

fn grows<'t>(code: &Code<'t>, scope: Node<'t>, name: &str) -> bool {
    below(scope).any(|node| {
        node.kind() == "call"
            && matches!(code.method(node), "append" | "extend")
            && Code::receiver(node).is_some_and(|receiver| code.text(receiver) == name)
    })
}

pub(super) fn call<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let Some(around) = innermost_loop(node, stack) else {
        return;
    };
    let method = code.method(node);
    let args = positional(node);
    let is_front = args.first().is_some_and(|first| code.text(*first) == "0");
    let on_name = Code::receiver(node)
        .is_some_and(|receiver| matches!(receiver.kind(), "identifier" | "attribute"));
    if on_name
        && method == "insert"
        && args.len() == 2
        && is_front
        && !code.text(node).starts_with("sys.path")
    {
        hits.push("python/insert-at-front", Span::of(node));
    }
    if on_name && method == "pop" && args.len() == 1 && is_front {
        hits.push("python/pop-from-front", Span::of(node));
    }
    if is_row_query(code, node, around) {
        hits.push("python/query-in-loop", Span::of(node));
    }
    if method == "index"
        && let (Some(first), Some(list)) = (args.first(), Code::receiver(node))
        && field(around, "left").is_some_and(|left| code.text(left) == code.text(*first))
        && field(around, "right").is_some_and(|right| code.text(right) == code.text(list))
    {
        hits.push("python/index-of-item-in-loop", Span::of(node));
    }
    if let Some(rule) = repeated(code, node, around) {
        hits.push(rule, Span::of(node));
    }
}

/// Calls that give the same in every turn, or are dear.
fn repeated<'t>(code: &Code<'t>, node: Node<'t>, around: Node<'t>) -> Option<&'static str> {
    let callee = code.callee(node);
    let is_fixed = || is_invariant(code, node, around);
    let rule = match callee.as_str() {
        "re.compile" if is_fixed() => "python/regex-compiled-in-loop",
        "json.loads" | "yaml.safe_load" | "json.load" | "xml.etree.ElementTree.fromstring"
            if is_fixed() =>
        {
            "python/parse-in-loop"
        }
        "copy.deepcopy" if is_fixed() => "python/deep-copy-in-loop",
        "sqlite3.connect"
        | "psycopg2.connect"
        | "pymysql.connect"
        | "MySQLdb.connect"
        | "mysql.connector.connect"
        | "psycopg.connect"
        | "requests.Session"
        | "smtplib.SMTP"
        | "boto3.client"
        | "boto3.resource"
        | "redis.Redis"
        | "pymongo.MongoClient"
        | "httpx.Client"
            if is_fixed() && field(around, "condition").is_none() =>
        {
            "python/connection-in-loop"
        }
        "numpy.append" | "numpy.concatenate" | "numpy.vstack" | "numpy.hstack"
            if feeds_itself(code, node, around) =>
        {
            "python/array-grown-in-loop"
        }
        "pandas.concat" if feeds_itself(code, node, around) => "python/frame-grown-in-loop",
        _ => return None,
    };
    Some(rule)
}

/// Whether a call is assigned to a name it takes.
fn feeds_itself<'t>(code: &Code<'t>, call: Node<'t>, around: Node<'t>) -> bool {
    below(around).any(|node| {
        node.kind() == "assignment"
            && field(node, "right").is_some_and(|right| right.id() == call.id())
            && field(node, "left").is_some_and(|left| code.mentions(call, code.text(left)))
    })
}

/// Whether nothing a call takes changes in the loop.
fn is_invariant<'t>(code: &Code<'t>, call: Node<'t>, around: Node<'t>) -> bool {
    let Some(args) = field(call, "arguments") else {
        return false;
    };
    below(args).all(|node| match node.kind() {
        "identifier" => !is_assigned(code, around, code.text(node)),
        "call" | "await" | "yield" => false,
        _ => true,
    })
}

/// A question to the database for each row of another one.
fn is_row_query<'t>(code: &Code<'t>, node: Node<'t>, around: Node<'t>) -> bool {
    if around.kind() != "for_statement" {
        return false;
    }
    let method = code.method(node);
    let receiver = Code::receiver(node).map_or("", |receiver| code.text(receiver));
    let mentions_item = field(around, "left").is_some_and(|left| {
        below(left).any(|name| name.kind() == "identifier" && code.mentions(node, code.text(name)))
    });
    let by_django = receiver.ends_with(".objects")
        && matches!(
            method,
            "get" | "filter" | "create" | "get_or_create" | "update_or_create"
        );
    let by_session =
        method == "query" && matches!(receiver, "session" | "db.session" | "self.session");
    let is_select = positional(node).first().is_some_and(|query| {
        let text = code
            .text(*query)
            .trim_start_matches(['f', 'r', '"', '\'', ' ', '\n']);
        text.get(..6)
            .is_some_and(|word| word.eq_ignore_ascii_case("select"))
    });
    let by_cursor = method == "execute" && is_select;
    mentions_item && (by_django || by_session || by_cursor)
}

pub(super) fn for_loop<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let (Some(left), Some(right), Some(body)) = (
        field(node, "left"),
        field(node, "right"),
        field(node, "body"),
    ) else {
        return;
    };
    if right.kind() == "call" {
        let method = code.method(right);
        if method == "iterrows" {
            hits.push("python/frame-row-loop", Span::of(right));
        }
        if method == "fetchall" && code.text(right).len() < 80 {
            hits.push("python/fetch-all-to-iterate", Span::of(right));
        }
        let of_read = Code::receiver(right).is_some_and(|receiver| {
            receiver.kind() == "call"
                && code.method(receiver) == "read"
                && positional(receiver).is_empty()
        });
        let splits = matches!(method, "splitlines" | "split") && of_read;
        if (method == "readlines" && positional(right).is_empty()) || splits {
            hits.push("python/whole-file-for-lines", Span::of(right));
        }
        range_list(code, right, hits);
        by_index(code, left, right, body, hits);
    }
    changed(code, right, body, hits);
}

/// `for i in range(len(xs))` where `i` serves for nothing but `xs[i]`.
fn by_index<'t>(code: &Code<'t>, left: Node<'t>, right: Node<'t>, body: Node<'t>, hits: &mut Hits) {
    if left.kind() != "identifier" || code.callee(right) != "range" {
        return;
    }
    let args = positional(right);
    let [length] = args.as_slice() else {
        return;
    };
    let of = positional(*length);
    let is_length = length.kind() == "call" && code.callee(*length) == "len";
    let Some(list) = of.first().filter(|_| is_length) else {
        return;
    };
    let (index, list) = (code.text(left), code.text(*list));
    let element = format!("{list}[{index}]");
    let uses = below(body)
        .filter(|n| n.kind() == "identifier" && code.text(*n) == index)
        .count();
    let reads = below(body)
        .filter(|n| n.kind() == "subscript" && code.text(*n) == element)
        .count();
    let writes = below(body).any(|n| {
        matches!(
            n.kind(),
            "assignment" | "augmented_assignment" | "delete_statement"
        ) && field(n, "left").unwrap_or(n).start_byte() <= n.end_byte()
            && code.text(field(n, "left").unwrap_or(n)).contains(&element)
    });
    if uses > 0 && uses == reads && !writes {
        hits.push("python/index-instead-of-enumerate", Span::of(right));
    }
}

/// Elements are added to or taken from what is walked over.
fn changed<'t>(code: &Code<'t>, iterable: Node<'t>, body: Node<'t>, hits: &mut Hits) {
    let walked = match iterable.kind() {
        "identifier" | "attribute" => code.text(iterable),
        "call"
            if matches!(code.method(iterable), "items" | "keys" | "values")
                && code.callee(iterable).contains('.') =>
        {
            Code::receiver(iterable).map_or("", |receiver| code.text(receiver))
        }
        _ => return,
    };
    // an object of an own class may allow it; a name bound anew means another list
    if walked == "self" || is_assigned(code, body, walked) {
        return;
    }
    for block in below(body)
        .filter(|node| node.kind() == "block")
        .chain([body])
    {
        let stmts = children(block);
        for (place, stmt) in stmts.iter().enumerate() {
            let leaves = stmts[place + 1..].iter().any(|next| {
                matches!(
                    next.kind(),
                    "break_statement" | "return_statement" | "raise_statement"
                )
            });
            if !leaves && changes(code, *stmt, walked) {
                hits.push("python/changed-while-iterating", Span::of(*stmt));
            }
        }
    }
}

fn changes<'t>(code: &Code<'t>, stmt: Node<'t>, walked: &str) -> bool {
    let Some(inner) = children(stmt).first().copied() else {
        return false;
    };
    let is_of = |node: Option<Node<'t>>| node.is_some_and(|node| code.text(node) == walked);
    match stmt.kind() {
        "delete_statement" => inner.kind() == "subscript" && is_of(field(inner, "value")),
        "expression_statement" if inner.kind() == "call" => {
            matches!(
                code.method(inner),
                "remove" | "pop" | "append" | "insert" | "add" | "discard" | "clear" | "popitem"
            ) && is_of(Code::receiver(inner))
        }
        _ => false,
    }
}

/// `rest = rest[1:]` copies what is left in every turn.
pub(super) fn while_loop<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let Some(body) = field(node, "body") else {
        return;
    };
    for assignment in below(body).filter(|node| node.kind() == "assignment") {
        let (Some(left), Some(right)) = (field(assignment, "left"), field(assignment, "right"))
        else {
            continue;
        };
        let is_rest = right.kind() == "subscript"
            && left.kind() == "identifier"
            && field(right, "value").is_some_and(|value| code.text(value) == code.text(left))
            && field(right, "subscript").is_some_and(|slice| code.text(slice) == "1:");
        if is_rest {
            hits.push("python/slice-in-while", Span::of(assignment));
        }
    }
}

/// `frame = frame.append(row)` in a loop.
pub(super) fn assignment<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    if !code.uses("pandas") || innermost_loop(node, stack).is_none() {
        return;
    }
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return;
    };
    let grows = right.kind() == "call"
        && code.method(right) == "append"
        && Code::receiver(right).is_some_and(|receiver| code.text(receiver) == code.text(left));
    if grows {
        hits.push("python/frame-grown-in-loop", Span::of(node));
    }
}

/// A lambda kept beyond its turn sees the last value of the loop's name.
pub(super) fn lambda<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let Some(parent) = stack.last().copied() else {
        return;
    };
    let (around, is_kept) = match parent.kind() {
        "list_comprehension" => (Some(parent), true),
        "assignment" => {
            let target = field(parent, "left").map_or("", |left| left.kind());
            (
                innermost_loop(node, stack),
                matches!(target, "subscript" | "attribute"),
            )
        }
        "argument_list" => {
            let call = stack.len().checked_sub(2).and_then(|at| stack.get(at));
            let keeps = call.is_some_and(|call| {
                matches!(code.method(*call), "append" | "add" | "connect" | "bind")
            });
            (innermost_loop(node, stack), keeps)
        }
        _ => return,
    };
    let (Some(around), Some(body)) = (around.filter(|_| is_kept), field(node, "body")) else {
        return;
    };
    let params = field(node, "parameters");
    let is_late = loop_targets(around).iter().any(|target| {
        below(*target).any(|name| {
            let text = code.text(name);
            name.kind() == "identifier"
                && code.mentions(body, text)
                && !params.is_some_and(|params| code.mentions(params, text))
        })
    });
    if is_late {
        hits.push("python/late-binding", Span::of(node));
    }
}

fn loop_targets(around: Node<'_>) -> Vec<Node<'_>> {
    match around.kind() {
        "list_comprehension" => children(around)
            .into_iter()
            .filter(|clause| clause.kind() == "for_in_clause")
            .filter_map(|clause| field(clause, "left"))
            .collect(),
        _ => field(around, "left").into_iter().collect(),
    }
}
