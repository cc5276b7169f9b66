//! What stands twice where once is meant.

use std::collections::HashSet;

use tree_sitter::Node;

use super::super::Hits;
use super::syntax::{children, field_text, has_word, is_pure};
use crate::{SourceFile, Span};

/// The same key twice in an object, no spread between them.
pub(super) fn keys(file: &SourceFile, object: Node<'_>, hits: &mut Hits) {
    let mut seen = HashSet::new();
    for part in children(object) {
        match part.kind() {
            "spread_element" => seen.clear(),
            "pair" => {
                let Some(key) = part.child_by_field_name("key") else {
                    continue;
                };
                let name = file.text_of(key).trim_matches(['"', '\'']);
                let is_plain = key.kind() != "computed_property_name";
                if is_plain && name != "__proto__" && !seen.insert(name) {
                    hits.push("javascript/duplicate-key", Span::of(part));
                }
            }
            _ => {}
        }
    }
}

/// The same value in two cases.
pub(super) fn cases(file: &SourceFile, body: Node<'_>, hits: &mut Hits) {
    let mut seen = HashSet::new();
    for case in children(body) {
        let Some(value) = case.child_by_field_name("value") else {
            continue;
        };
        if is_pure(value) && !seen.insert(file.text_of(value)) {
            hits.push("javascript/duplicate-case", Span::of(case));
        }
    }
}

/// The same condition twice in a chain of `else if`.
pub(super) fn conditions(file: &SourceFile, first: Node<'_>, hits: &mut Hits) {
    let is_link = first
        .parent()
        .is_some_and(|parent| parent.kind() == "else_clause");
    if is_link {
        return;
    }
    let mut seen = HashSet::new();
    let mut at = Some(first);
    while let Some(link) = at {
        if let Some(condition) = link.child_by_field_name("condition")
            && is_pure(condition)
            && !seen.insert(file.text_of(condition))
        {
            hits.push("javascript/duplicate-condition", Span::of(condition));
        }
        at = link
            .child_by_field_name("alternative")
            .and_then(|otherwise| children(otherwise).first().copied())
            .filter(|inner| inner.kind() == "if_statement");
    }
}

/// The same method twice in a class; getters, setters and static ones are apart.
pub(super) fn members(file: &SourceFile, body: Node<'_>, hits: &mut Hits) {
    let mut seen = HashSet::new();
    for member in children(body) {
        if member.kind() != "method_definition" {
            continue;
        }
        let name = field_text(file, member, "name");
        let kind = ["get", "set", "static"].map(|word| has_word(member, word));
        if !name.starts_with('[') && !seen.insert((name, kind)) {
            hits.push("javascript/duplicate-member", Span::of(member));
        }
    }
}

/// A value compared with itself.
pub(super) fn comparison(file: &SourceFile, node: Node<'_>, hits: &mut Hits) {
    let operator = field_text(file, node, "operator");
    let compares = matches!(
        operator,
        "===" | "==" | "!==" | "!=" | "<" | ">" | "<=" | ">="
    );
    let sides = (
        node.child_by_field_name("left"),
        node.child_by_field_name("right"),
    );
    if let (true, (Some(left), Some(right))) = (compares, sides)
        && left.kind() != "number"
        && file.text_of(left) == file.text_of(right)
        && is_pure(left)
    {
        hits.push("javascript/self-comparison", Span::of(node));
    }
}

/// A variable assigned to itself. Assigning `location` reloads a page.
pub(super) fn assignment(file: &SourceFile, node: Node<'_>, hits: &mut Hits) {
    let (left, right) = (
        field_text(file, node, "left"),
        field_text(file, node, "right"),
    );
    let is_place = node
        .child_by_field_name("left")
        .is_some_and(|left| matches!(left.kind(), "identifier" | "member_expression"));
    if is_place && left == right && !left.contains("location") && !left.contains('(') {
        hits.push("javascript/self-assignment", Span::of(node));
    }
}
