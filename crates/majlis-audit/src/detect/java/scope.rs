//! What the names of a Java file are declared as, while its tree is walked.

pub(super) use crate::detect::tree::{children, each};
use std::collections::HashMap;

use tree_sitter::Node;

use crate::SourceFile;

/// A declared name.
#[derive(Clone, Copy)]
pub(super) struct Declared<'t> {
    /// Its type without package and arguments: `List`, `int`, `byte[]`.
    pub(super) ty: &'t str,
    /// Its first value.
    pub(super) value: Option<Node<'t>>,
}

/// The names that are seen at a place, the innermost block last.
#[derive(Default)]
pub(super) struct Scopes<'t> {
    frames: Vec<(usize, HashMap<&'t str, Declared<'t>>)>,
}

impl<'t> Scopes<'t> {
    /// What a name is declared as here.
    pub(super) fn get(&self, name: &str) -> Option<Declared<'t>> {
        let mut frames = self.frames.iter().rev();
        frames.find_map(|(_, names)| names.get(name).copied())
    }

    /// The declared type of an expression that is a name, `this.name` or in parentheses.
    pub(super) fn type_of(&self, file: &'t SourceFile, node: Node<'t>) -> Option<&'t str> {
        self.get(name_of(file, node)?).map(|declared| declared.ty)
    }

    fn declare(&mut self, name: &'t str, declared: Declared<'t>) {
        if let Some((_, names)) = self.frames.last_mut() {
            names.insert(name, declared);
        }
    }
}

/// The name an expression is: `x`, `this.x`, `(x)`.
pub(super) fn name_of<'t>(file: &'t SourceFile, node: Node<'t>) -> Option<&'t str> {
    let node = bare(node);
    match node.kind() {
        "identifier" => Some(file.text_of(node)),
        "field_access" if field(node, "object")?.kind() == "this" => {
            field(node, "field").map(|name| file.text_of(name))
        }
        _ => None,
    }
}

/// An expression without the parentheses around it.
pub(super) fn bare(mut node: Node<'_>) -> Node<'_> {
    while node.kind() == "parenthesized_expression" {
        match node.named_child(0) {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// The child of a node in a field.
pub(super) fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// The first ancestor of one of some kinds.
pub(super) fn ancestor<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    std::iter::successors(node.parent(), Node::parent).find(|node| kinds.contains(&node.kind()))
}

/// The nodes of one kind in a file.
pub(super) fn all_of<'t>(file: &'t SourceFile, kinds: &[&str]) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    each(file.root(), |node| {
        if kinds.contains(&node.kind()) {
            found.push(node);
        }
        true
    });
    found
}

/// Walks over a file, and shows each node with the names seen there.
pub(super) fn walk<'t>(file: &'t SourceFile, mut visit: impl FnMut(Node<'t>, &Scopes<'t>)) {
    let mut scopes = Scopes::default();
    each(file.root(), |node| {
        let at = node.start_byte();
        while scopes.frames.last().is_some_and(|(end, _)| *end <= at) {
            scopes.frames.pop();
        }
        if opens_scope(node.kind()) {
            scopes.frames.push((node.end_byte(), HashMap::new()));
        }
        if node.kind() == "class_body" {
            declare_fields(file, node, &mut scopes);
        }
        declare(file, node, &mut scopes);
        visit(node, &scopes);
        true
    });
}

fn opens_scope(kind: &str) -> bool {
    matches!(
        kind,
        "program"
            | "class_body"
            | "method_declaration"
            | "constructor_declaration"
            | "lambda_expression"
            | "block"
            | "for_statement"
            | "enhanced_for_statement"
            | "try_with_resources_statement"
            | "catch_clause"
            | "switch_block"
    )
}

fn declare_fields<'t>(file: &'t SourceFile, body: Node<'t>, scopes: &mut Scopes<'t>) {
    for member in children(body) {
        if member.kind() == "field_declaration" {
            declare_variables(file, member, scopes);
        }
    }
}

fn declare<'t>(file: &'t SourceFile, node: Node<'t>, scopes: &mut Scopes<'t>) {
    match node.kind() {
        "local_variable_declaration" => declare_variables(file, node, scopes),
        "formal_parameter" | "resource" | "enhanced_for_statement" | "catch_formal_parameter" => {
            let ty = field(node, "type").map_or("", |ty| plain_type(file.text_of(ty)));
            if let Some(name) = field(node, "name") {
                let value = field(node, "value").filter(|_| node.kind() == "resource");
                scopes.declare(file.text_of(name), Declared { ty, value });
            }
        }
        _ => {}
    }
}

fn declare_variables<'t>(file: &'t SourceFile, node: Node<'t>, scopes: &mut Scopes<'t>) {
    let Some(ty) = field(node, "type").map(|ty| plain_type(file.text_of(ty))) else {
        return;
    };
    for declarator in children(node) {
        if declarator.kind() != "variable_declarator" {
            continue;
        }
        if let Some(name) = field(declarator, "name") {
            let value = field(declarator, "value");
            let ty = if field(declarator, "dimensions").is_some() {
                "[]"
            } else {
                ty
            };
            scopes.declare(file.text_of(name), Declared { ty, value });
        }
    }
}

/// A type as written, without its package and its arguments: `java.util.List<String>` is `List`.
pub(super) fn plain_type(written: &str) -> &str {
    let without_args = written.split('<').next().unwrap_or(written).trim();
    if written.ends_with("[]") {
        return written;
    }
    without_args.rsplit('.').next().unwrap_or(without_args)
}
