//! Patterns of Rust.

use tree_sitter::Node;

use super::Rust;
use crate::ir::Pattern;
use crate::lower::syntax::{children, field};

impl Rust<'_> {
    /// What a value is bound to or compared with.
    pub(super) fn pattern(&mut self, node: Node<'_>) -> Pattern {
        self.nested(|rust| rust.pattern_here(node))
            .unwrap_or(Pattern::Ignore)
    }

    fn pattern_here(&mut self, node: Node<'_>) -> Pattern {
        match node.kind() {
            "identifier" | "shorthand_field_identifier" => {
                let source = self.builder.source(node);
                match source {
                    "_" => Pattern::Ignore,
                    _ if source.starts_with(char::is_uppercase) => self.value(node),
                    _ => Pattern::Name(self.builder.name(node)),
                }
            }
            "mut_pattern" | "ref_pattern" | "reference_pattern" | "match_pattern" => {
                let inner = children(node)
                    .into_iter()
                    .find(|child| child.kind() != "mutable_specifier");
                inner.map_or(Pattern::Ignore, |inner| self.pattern(inner))
            }
            "tuple_pattern" | "slice_pattern" => Pattern::Sequence(self.patterns(parts_of(node))),
            "tuple_struct_pattern" => self.variant(node),
            "struct_pattern" => self.fields_pattern(node),
            "or_pattern" => Pattern::Either(self.patterns(children(node))),
            "captured_pattern" => {
                let mut parts = children(node).into_iter();
                let name = parts
                    .next()
                    .map(|name| Pattern::Name(self.builder.name(name)));
                let inner = parts.next().map(|inner| self.pattern(inner));
                Pattern::Either(name.into_iter().chain(inner).collect())
            }
            "remaining_field_pattern" => Pattern::Rest(Box::new(Pattern::Ignore)),
            "scoped_identifier" => self.value(node),
            _ if self.constant(node).is_some() => self.value(node),
            _ => Pattern::Ignore,
        }
    }

    fn value(&mut self, node: Node<'_>) -> Pattern {
        Pattern::Value(Box::new(self.expression(node)))
    }

    fn patterns(&mut self, nodes: Vec<Node<'_>>) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for node in nodes {
            patterns.push(self.pattern(node));
        }
        patterns
    }

    /// `Some(x)`, `Message::Text(x)`
    fn variant(&mut self, node: Node<'_>) -> Pattern {
        let mut parts = parts_of(node);
        if parts.is_empty() {
            return Pattern::Ignore;
        }
        let path = self.path(parts.remove(0));
        let name = self.builder.intern(&path);
        Pattern::Variant(name, self.patterns(parts))
    }

    fn fields_pattern(&mut self, node: Node<'_>) -> Pattern {
        let mut fields = Vec::new();
        for child in children(node) {
            if child.kind() != "field_pattern" {
                continue;
            }
            let Some(name) = field(child, "name") else {
                continue;
            };
            let bound = match field(child, "pattern") {
                Some(inner) => self.pattern(inner),
                None => Pattern::Name(self.builder.name(name)),
            };
            fields.push((self.builder.name(name), bound));
        }
        Pattern::Fields(fields)
    }
}

/// The patterns inside brackets, `_` too, which the grammar does not name.
fn parts_of(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .filter(|child| (child.is_named() && !child.is_extra()) || child.kind() == "_")
        .collect()
}
