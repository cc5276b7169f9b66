//! Files, connections and threads that are not given back.

use std::collections::HashMap;

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{all_of, ancestor, children, each, field, plain_type};
use crate::{SourceFile, Span};

/// Nothing closes it.
pub(super) const NEVER: &str = "java/resource-not-closed";
/// An exception leaves it open.
pub(super) const SKIPPED: &str = "java/close-skipped-by-exception";

/// Looks for both.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    for method in all_of(file, &["method_declaration", "constructor_declaration"]) {
        if let Some(body) = field(method, "body") {
            for (name, kept) in kept(file, body) {
                report(file, body, name, &kept, hits);
            }
        }
    }
}

/// A resource and the name it is kept under.
struct Kept<'t> {
    made: Node<'t>,
    /// It is kept inside another one, which closes it.
    wrapped: bool,
}

/// The local names resources are kept under.
fn kept<'t>(file: &'t SourceFile, body: Node<'t>) -> HashMap<&'t str, Kept<'t>> {
    let mut found: HashMap<&str, Kept<'_>> = HashMap::new();
    each(body, |node| {
        if matches!(node.kind(), "lambda_expression" | "class_body") {
            return false;
        }
        let (name, value) = match node.kind() {
            "variable_declarator" => (field(node, "name"), field(node, "value")),
            "assignment_expression" => (field(node, "left"), field(node, "right")),
            _ => (None, None),
        };
        if let (Some(name), Some(value)) = (name, value)
            && name.kind() == "identifier"
            && is_local(file, body, name)
        {
            keep(file, name, value, &mut found);
        }
        true
    });
    found
}

fn is_local(file: &SourceFile, body: Node<'_>, name: Node<'_>) -> bool {
    let text = file.text_of(name);
    let mut found = false;
    each(body, |node| {
        if node.kind() == "local_variable_declaration" {
            let names = children(node).into_iter();
            found |= names
                .filter_map(|declarator| field(declarator, "name"))
                .any(|name| file.text_of(name) == text);
        }
        !found
    });
    found
}

fn keep<'t>(
    file: &'t SourceFile,
    name: Node<'t>,
    value: Node<'t>,
    found: &mut HashMap<&'t str, Kept<'t>>,
) {
    let inner = wrapped_name(file, value).filter(|inner| found.contains_key(inner));
    if let Some(inner) = inner {
        if let Some(kept) = found.get_mut(inner) {
            kept.wrapped = true;
        }
    } else if !opens(file, value) {
        return;
    }
    let wrapped = false;
    let kept = Kept {
        made: value,
        wrapped,
    };
    found.insert(file.text_of(name), kept);
}

/// `new BufferedReader(name)`: the name.
fn wrapped_name<'t>(file: &'t SourceFile, value: Node<'t>) -> Option<&'t str> {
    if value.kind() != "object_creation_expression" || !is_wrapper(type_of(file, value)) {
        return None;
    }
    let first = field(value, "arguments")?.named_child(0)?;
    match first.kind() {
        "identifier" => Some(file.text_of(first)),
        _ => wrapped_name(file, first),
    }
}

/// The value is a new resource, perhaps inside others.
fn opens(file: &SourceFile, value: Node<'_>) -> bool {
    let mut value = value;
    loop {
        match value.kind() {
            "object_creation_expression" => {
                let ty = type_of(file, value);
                if is_resource(ty) {
                    return true;
                }
                let first = field(value, "arguments").and_then(|args| args.named_child(0));
                match first.filter(|_| is_wrapper(ty)) {
                    Some(first) => value = first,
                    None => return false,
                }
            }
            "method_invocation" => return opens_by_call(file, value),
            _ => return false,
        }
    }
}

fn type_of<'t>(file: &'t SourceFile, value: Node<'_>) -> &'t str {
    field(value, "type").map_or("", |ty| plain_type(file.text_of(ty)))
}

fn is_resource(ty: &str) -> bool {
    matches!(
        ty,
        "FileInputStream"
            | "FileOutputStream"
            | "FileReader"
            | "FileWriter"
            | "RandomAccessFile"
            | "ZipFile"
            | "JarFile"
            | "Socket"
            | "ServerSocket"
            | "DatagramSocket"
    )
}

fn is_wrapper(ty: &str) -> bool {
    let ends = [
        "InputStream",
        "OutputStream",
        "Reader",
        "Writer",
        "PrintStream",
        "Scanner",
    ];
    ends.iter().any(|end| ty.ends_with(end))
        && !ty.starts_with("ByteArray")
        && !ty.starts_with("String")
}

fn opens_by_call(file: &SourceFile, call: Node<'_>) -> bool {
    let name = field(call, "name").map_or("", |name| file.text_of(name));
    let object = field(call, "object").map_or("", |object| file.text_of(object));
    match object.rsplit('.').next().unwrap_or(object) {
        "Files" => matches!(
            name,
            "newInputStream"
                | "newOutputStream"
                | "newBufferedReader"
                | "newBufferedWriter"
                | "lines"
                | "list"
                | "walk"
                | "newDirectoryStream"
                | "newByteChannel"
        ),
        "DriverManager" => name == "getConnection",
        "FileChannel" => name == "open",
        _ => false,
    }
}

#[derive(Default)]
struct Uses<'t> {
    escapes: bool,
    closed_surely: bool,
    closed: Option<Node<'t>>,
}

fn report(file: &SourceFile, body: Node<'_>, name: &str, kept: &Kept<'_>, hits: &mut Hits) {
    let uses = uses(file, body, name, kept.made);
    if kept.wrapped || uses.escapes || uses.closed_surely {
        return;
    }
    match uses.closed {
        None => hits.push(NEVER, Span::of(kept.made)),
        Some(close) if is_skipped(close, kept.made) => hits.push(SKIPPED, Span::of(kept.made)),
        Some(_) => {}
    }
}

/// What is done with a name in a method.
fn uses<'t>(file: &'t SourceFile, body: Node<'t>, name: &str, made: Node<'t>) -> Uses<'t> {
    let mut uses = Uses::default();
    each(body, |node| {
        if node.kind() == "identifier" && file.text_of(node) == name {
            note(file, node, made, &mut uses);
        }
        true
    });
    uses
}

fn note<'t>(file: &'t SourceFile, name: Node<'t>, made: Node<'t>, uses: &mut Uses<'t>) {
    let Some(parent) = name.parent() else { return };
    if ancestor(name, &["lambda_expression", "class_body"])
        .is_some_and(|around| around.start_byte() > made.start_byte())
    {
        uses.escapes = true;
    }
    match parent.kind() {
        "method_invocation" if field(parent, "object") == Some(name) => {
            let method = field(parent, "name").map_or("", |method| file.text_of(method));
            if matches!(method, "close" | "disconnect" | "shutdown" | "shutdownNow") {
                let is_sure = ancestor(parent, &["finally_clause", "catch_clause"])
                    .is_some_and(|clause| clause.kind() == "finally_clause");
                uses.closed_surely |= is_sure;
                uses.closed.get_or_insert(parent);
            }
        }
        "argument_list" | "return_statement" | "array_initializer" | "ternary_expression"
        | "cast_expression" | "resource" | "yield_statement" => uses.escapes = true,
        "try_with_resources_statement" | "resource_specification" => uses.closed_surely = true,
        "assignment_expression" => uses.escapes |= field(parent, "right") == Some(name),
        "variable_declarator" => uses.escapes |= field(parent, "value") == Some(name),
        _ => {}
    }
}

/// It is closed only where nothing was thrown: both stand in a `try` that catches.
fn is_skipped(close: Node<'_>, made: Node<'_>) -> bool {
    let tries = |node| {
        ancestor(
            node,
            &["try_statement", "catch_clause", "method_declaration"],
        )
    };
    let Some(around) = tries(close).filter(|around| around.kind() == "try_statement") else {
        return false;
    };
    let holds_both = around.start_byte() < made.start_byte() && made.end_byte() < around.end_byte();
    let catches = children(around)
        .iter()
        .any(|child| child.kind() == "catch_clause");
    holds_both && catches
}
