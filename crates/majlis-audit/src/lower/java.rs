//! Java, by tree-sitter-java 0.23.
//!
//! A method reference `a::b` is the field `b` of `a`; `T::new` is a lambda. A `switch` with
//! `yield` in its blocks becomes a labelled statement that assigns to a name of its own. Records get
//! the constructor and accessors that they do not write.

mod class;
mod expression;
mod literal;
mod statement;

use tree_sitter::Node;

use super::syntax::{Builder, child_of, children, field, plain_type};
use crate::Language;
use crate::Span;
use crate::ir::{Annotation, Arg, ClassId, Expr, Module, Text, TypeName};

/// Lowers one file.
pub(super) fn lower(path: &str, text: &str, root: Node<'_>) -> Module {
    let mut java = Java {
        builder: Builder::new(Language::Java, path, text),
        class: None,
        yields: Vec::new(),
        made_up: 0,
    };
    for node in children(root) {
        java.top_level(node);
    }
    java.builder.module
}

/// What the lowering knows while it walks.
struct Java<'t> {
    builder: Builder<'t>,
    /// The class around the node at hand.
    class: Option<ClassId>,
    /// For each `switch` around the node at hand: the name its value has, where it has one.
    yields: Vec<Option<Text>>,
    /// How many names were made up.
    made_up: u32,
}

impl Java<'_> {
    fn top_level(&mut self, node: Node<'_>) {
        match node.kind() {
            "package_declaration" => {
                let name = children(node).pop();
                self.builder.module.package = name.map(|name| self.path(name));
            }
            "import_declaration" => self.import(node),
            "method_declaration" => {
                self.method(node, false);
            }
            _ => {
                let mut statements = Vec::new();
                self.statement(node, &mut statements);
                self.builder.module.top.append(&mut statements);
            }
        }
    }

    fn import(&mut self, node: Node<'_>) {
        let Some(name) = children(node).into_iter().next() else {
            return;
        };
        let path = self.path(name);
        let wildcard = child_of(node, "asterisk").is_some();
        let local = path.rsplit('.').next().unwrap_or_default();
        self.builder.add_import(local, &path, wildcard);
    }

    /// A dotted name without the white space and comments it may be written with.
    fn path(&mut self, node: Node<'_>) -> Text {
        let source = self.builder.source(node);
        if source.bytes().all(|byte| !byte.is_ascii_whitespace()) {
            return self.builder.intern(source);
        }
        let dense: String = source.split_whitespace().collect();
        self.builder.intern(&dense)
    }

    fn type_name(&mut self, node: Node<'_>) -> TypeName {
        self.nested(|java| java.type_name_here(node))
            .unwrap_or_else(|| self.object_type())
    }

    fn type_name_here(&mut self, node: Node<'_>) -> TypeName {
        match node.kind() {
            "generic_type" => self.generic_type(node),
            "array_type" => {
                let element = field(node, "element").map(|element| self.type_name(element));
                let mut ty = element.unwrap_or_else(|| self.object_type());
                if let Some(dimensions) = field(node, "dimensions") {
                    self.add_dimensions(&mut ty, dimensions);
                }
                ty
            }
            "annotated_type" => match children(node).pop() {
                Some(inner) => self.type_name(inner),
                None => self.object_type(),
            },
            "wildcard" => match children(node).pop() {
                Some(bound) if bound.kind() != "super" => self.type_name(bound),
                _ => self.object_type(),
            },
            _ => plain_type(self.path(node)),
        }
    }

    fn generic_type(&mut self, node: Node<'_>) -> TypeName {
        let mut parts = children(node).into_iter();
        let mut ty = match parts.next() {
            Some(base) => plain_type(self.path(base)),
            None => self.object_type(),
        };
        let Some(arguments) = parts.next() else {
            return ty;
        };
        for argument in children(arguments) {
            ty.args.push(self.type_name(argument));
        }
        ty
    }

    fn object_type(&mut self) -> TypeName {
        plain_type(self.builder.intern("Object"))
    }

    /// Adds as many lengths not given as there are pairs of brackets.
    fn add_dimensions(&mut self, ty: &mut TypeName, dimensions: Node<'_>) {
        let source = self.builder.source(dimensions);
        ty.array
            .extend(source.bytes().filter(|byte| *byte == b'[').map(|_| None));
    }

    fn annotations(&mut self, node: Node<'_>) -> Vec<Annotation> {
        let Some(modifiers) = child_of(node, "modifiers") else {
            return Vec::new();
        };
        children(modifiers)
            .into_iter()
            .filter(|child| matches!(child.kind(), "annotation" | "marker_annotation"))
            .filter_map(|child| self.annotation(child))
            .collect()
    }

    fn annotation(&mut self, node: Node<'_>) -> Option<Annotation> {
        let name = self.path(field(node, "name")?);
        let mut args = Vec::new();
        for value in field(node, "arguments").map(children).unwrap_or_default() {
            args.extend(self.annotation_argument(value));
        }
        let span = Span::of(node);
        Some(Annotation { name, args, span })
    }

    fn annotation_argument(&mut self, node: Node<'_>) -> Option<Arg> {
        if node.kind() != "element_value_pair" {
            let value = self.expression(node);
            return Some(Arg { name: None, value });
        }
        let name = Some(self.builder.name(field(node, "key")?));
        let value = self.expression(field(node, "value")?);
        Some(Arg { name, value })
    }

    fn nested<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !self.builder.enter() {
            return None;
        }
        let lowered = lower(self);
        self.builder.leave();
        Some(lowered)
    }

    /// A name no program has.
    fn made_up_name(&mut self, word: &str) -> Text {
        self.made_up += 1;
        let name = format!("{word}#{}", self.made_up);
        self.builder.intern(&name)
    }
}

/// Whether a declaration has this modifier.
fn has_modifier(node: Node<'_>, word: &str) -> bool {
    child_of(node, "modifiers").is_some_and(|modifiers| child_of(modifiers, word).is_some())
}

/// A name as an expression at a place.
fn name_at(name: Text, span: Span) -> Expr {
    Expr {
        kind: crate::ir::ExprKind::Name(name),
        span,
    }
}
