//! Types of Rust.

use tree_sitter::Node;

use super::Rust;
use crate::ir::TypeName;
use crate::lower::syntax::{children, field, plain_type};

/// Types that hold one other and behave like it.
const WRAPPERS: [&str; 24] = [
    "Arc",
    "Box",
    "Cow",
    "Data",
    "Extension",
    "Form",
    "Json",
    "Mutex",
    "MutexGuard",
    "Option",
    "Path",
    "Pin",
    "Query",
    "Rc",
    "Ref",
    "RefCell",
    "RefMut",
    "Result",
    "RwLock",
    "State",
    "Cell",
    "OnceCell",
    "OnceLock",
    "Weak",
];

impl Rust<'_> {
    /// A type as written, without references and what only wraps another one.
    pub(super) fn type_name(&mut self, node: Node<'_>) -> TypeName {
        self.nested(|rust| rust.type_name_here(node))
            .unwrap_or_else(|| self.unknown_type())
    }

    fn unknown_type(&mut self) -> TypeName {
        plain_type(self.builder.intern("_"))
    }

    fn type_in(&mut self, node: Node<'_>, name: &str) -> TypeName {
        match field(node, name) {
            Some(inner) => self.type_name(inner),
            None => self.unknown_type(),
        }
    }

    fn type_name_here(&mut self, node: Node<'_>) -> TypeName {
        match node.kind() {
            "reference_type" => self.type_in(node, "type"),
            "pointer_type" => {
                let mut ty = self.type_in(node, "type");
                ty.pointers = ty.pointers.saturating_add(1);
                ty
            }
            "array_type" => {
                let mut ty = self.type_in(node, "element");
                let length = field(node, "length").map(|length| self.expression(length));
                ty.array.insert(0, length);
                ty
            }
            "generic_type" => self.generic(node),
            "dynamic_type" | "abstract_type" => self.type_in(node, "trait"),
            "bounded_type" => match children(node).first() {
                Some(first) => self.type_name(*first),
                None => self.unknown_type(),
            },
            "tuple_type" | "unit_type" => {
                let mut ty = plain_type(self.builder.intern("tuple"));
                for part in children(node) {
                    ty.args.push(self.type_name(part));
                }
                ty
            }
            "function_type" => plain_type(self.builder.intern("fn")),
            _ => {
                let path = self.path(node);
                plain_type(self.builder.intern(&path))
            }
        }
    }

    fn generic(&mut self, node: Node<'_>) -> TypeName {
        let mut ty = self.type_in(node, "type");
        let arguments = field(node, "type_arguments")
            .map(children)
            .unwrap_or_default();
        for argument in arguments {
            if argument.kind() != "lifetime" {
                ty.args.push(self.type_name(argument));
            }
        }
        let simple = ty.name.rsplit("::").next().unwrap_or_default();
        if WRAPPERS.contains(&simple) && !ty.args.is_empty() {
            return ty.args.swap_remove(0);
        }
        if simple == "Vec" && ty.args.len() == 1 {
            let mut element = ty.args.swap_remove(0);
            element.array.insert(0, None);
            return element;
        }
        ty
    }
}
