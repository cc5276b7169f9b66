//! Private members nobody uses.

use std::collections::HashMap;

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{all_of, children, each, field};
use crate::{SourceFile, Span};

/// A private method nobody calls.
pub(super) const METHOD: &str = "java/unused-private-method";
/// A private field nobody reads.
pub(super) const FIELD: &str = "java/unused-private-field";

/// Methods serialisation calls by their names.
const CALLED_BY_NAME: [&str; 5] = [
    "readObject",
    "writeObject",
    "readResolve",
    "writeReplace",
    "readObjectNoData",
];

/// Looks for both.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    let counts = names(file);
    let is_once = |name: Node<'_>| {
        let name = file.text_of(name);
        let quoted = [format!("\"{name}\""), format!("#{name}")];
        counts.get(name) == Some(&1) && !quoted.iter().any(|text| file.text().contains(text))
    };
    for member in all_of(file, &["method_declaration", "field_declaration"]) {
        if !is_plain_private(file, member) || is_generated_for(file, member) {
            continue;
        }
        if let Some(name) = field(member, "name") {
            if is_once(name) && !CALLED_BY_NAME.contains(&file.text_of(name)) {
                hits.push(METHOD, Span::of(name));
            }
            continue;
        }
        let declarators = children(member).into_iter();
        for name in declarators.filter_map(|declarator| field(declarator, "name")) {
            if is_once(name) && file.text_of(name) != "serialVersionUID" {
                hits.push(FIELD, Span::of(name));
            }
        }
    }
}

/// How often each name is written.
fn names(file: &SourceFile) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    each(file.root(), |node| {
        if matches!(node.kind(), "identifier" | "type_identifier") {
            *counts.entry(file.text_of(node)).or_default() += 1;
        }
        true
    });
    counts
}

/// Private, and without an annotation by which something else might use it.
fn is_plain_private(file: &SourceFile, member: Node<'_>) -> bool {
    let modifiers = children(member)
        .into_iter()
        .find(|child| child.kind() == "modifiers");
    modifiers.is_some_and(|modifiers| {
        let text = file.text_of(modifiers);
        text.split_whitespace().any(|word| word == "private")
            && !text.contains('@')
            && !text.split_whitespace().any(|word| word == "native")
    })
}

/// Methods are made from the fields of the class by an annotation of it.
fn is_generated_for(file: &SourceFile, member: Node<'_>) -> bool {
    let class = member.parent().and_then(|body| body.parent());
    class.is_some_and(|class| {
        children(class)
            .into_iter()
            .filter(|child| child.kind() == "modifiers")
            .any(|modifiers| file.text_of(modifiers).contains('@'))
            && member.kind() == "field_declaration"
    })
}
