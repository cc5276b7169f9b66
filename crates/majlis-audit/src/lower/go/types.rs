//! Types of Go.

use tree_sitter::Node;

use super::Go;
use crate::Span;
use crate::ir::{Class, ClassId, Text, TypeName, Variable};
use crate::lower::syntax::{child_of, children, field, fields, plain_type};

/// Types the language itself has and converts to.
const BUILT_IN: [&str; 22] = [
    "any",
    "bool",
    "byte",
    "complex128",
    "complex64",
    "error",
    "float32",
    "float64",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "rune",
    "string",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
    "uintptr",
];

/// Whether the language itself has a type of this name.
pub(super) fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name)
}

impl Go<'_> {
    /// A type as written. Slices and arrays are lengths of their element's type; `map`, `chan` and
    /// `func` are names with arguments (a function's arguments are its results).
    pub(super) fn type_name(&mut self, node: Node<'_>) -> TypeName {
        self.nested(|go| go.type_name_here(node))
            .unwrap_or_else(|| self.any_type())
    }

    fn any_type(&mut self) -> TypeName {
        plain_type(self.builder.intern("any"))
    }

    fn type_in(&mut self, node: Node<'_>, name: &str) -> TypeName {
        match field(node, name) {
            Some(inner) => self.type_name(inner),
            None => self.any_type(),
        }
    }

    fn type_name_here(&mut self, node: Node<'_>) -> TypeName {
        match node.kind() {
            "pointer_type" => {
                let mut ty = self.only_type(node);
                ty.pointers = ty.pointers.saturating_add(1);
                ty
            }
            "slice_type" | "implicit_length_array_type" => {
                let mut ty = self.type_in(node, "element");
                ty.array.insert(0, None);
                ty
            }
            "array_type" => {
                let mut ty = self.type_in(node, "element");
                let length = field(node, "length").map(|length| self.expression(length));
                ty.array.insert(0, length);
                ty
            }
            "map_type" => {
                let args = vec![self.type_in(node, "key"), self.type_in(node, "value")];
                self.type_with("map", args)
            }
            "channel_type" => {
                let args = vec![self.type_in(node, "value")];
                self.type_with("chan", args)
            }
            "function_type" => {
                let args = self.results(node).map(|result| vec![result]);
                self.type_with("func", args.unwrap_or_default())
            }
            "struct_type" => plain_type(self.builder.intern("struct")),
            "interface_type" => plain_type(self.builder.intern("interface")),
            "parenthesized_type" | "negated_type" | "type_elem" => self.only_type(node),
            "generic_type" => {
                let mut ty = self.type_in(node, "type");
                let written = field(node, "type_arguments").map(children);
                for argument in written.unwrap_or_default() {
                    ty.args.push(self.type_name(argument));
                }
                ty
            }
            _ => plain_type(self.builder.name(node)),
        }
    }

    fn only_type(&mut self, node: Node<'_>) -> TypeName {
        match children(node).pop() {
            Some(inner) => self.type_name(inner),
            None => self.any_type(),
        }
    }

    fn type_with(&mut self, name: &str, args: Vec<TypeName>) -> TypeName {
        let mut ty = plain_type(self.builder.intern(name));
        ty.args = args;
        ty
    }

    /// What a function gives back; several results are the arguments of a type `tuple`.
    pub(super) fn results(&mut self, node: Node<'_>) -> Option<TypeName> {
        let result = field(node, "result")?;
        if result.kind() != "parameter_list" {
            return Some(self.type_name(result));
        }
        let mut types = Vec::new();
        for declaration in children(result) {
            let ty = self.type_in(declaration, "type");
            let names = fields(declaration, "name").len().max(1);
            types.extend(std::iter::repeat_n(ty, names));
        }
        match types.len() {
            0 | 1 => types.pop(),
            _ => Some(self.type_with("tuple", types)),
        }
    }

    /// Gives every type declared by a node outside functions its place, before methods are looked
    /// at.
    pub(super) fn declare_types(&mut self, node: Node<'_>) {
        if node.kind() == "type_declaration" {
            for spec in children(node) {
                if let Some(name) = field(spec, "name") {
                    let name = self.builder.name(name);
                    self.class_named(&name, Span::of(spec));
                }
            }
        }
    }

    /// The class of this name; made when there is none yet, as for a type of another file that has
    /// methods in this one.
    pub(super) fn class_named(&mut self, name: &Text, span: Span) -> ClassId {
        if let Some(known) = self.classes.get(name) {
            return *known;
        }
        let id = self.builder.add_class(Class {
            name: name.clone(),
            bases: Vec::new(),
            annotations: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            span,
        });
        self.classes.insert(name.clone(), id);
        id
    }

    /// `type T struct { … }`, `type T interface { … }`, `type T other`.
    pub(super) fn type_spec(&mut self, node: Node<'_>) -> Option<ClassId> {
        let name = self.builder.name(field(node, "name")?);
        let id = self.class_named(&name, Span::of(node));
        let ty = field(node, "type")?;
        match ty.kind() {
            "struct_type" => self.struct_fields(ty, id),
            "interface_type" => self.interface(ty, id),
            _ => {
                let base = self.type_name(ty);
                self.add_base(id, base);
            }
        }
        Some(id)
    }

    fn add_base(&mut self, id: ClassId, base: TypeName) {
        if let Some(class) = self.builder.module.classes.get_mut(id.0 as usize) {
            class.bases.push(base);
        }
    }

    fn struct_fields(&mut self, node: Node<'_>, id: ClassId) {
        let declarations = child_of(node, "field_declaration_list").map(children);
        for declaration in declarations.unwrap_or_default() {
            let ty = self.type_in(declaration, "type");
            let mut names: Vec<Text> = Vec::new();
            for name in fields(declaration, "name") {
                names.push(self.builder.name(name));
            }
            if names.is_empty() {
                // embedded: its fields and methods are the struct's own
                let simple = ty.name.rsplit('.').next().unwrap_or_default().to_owned();
                names.push(self.builder.intern(&simple));
                self.add_base(id, ty.clone());
            }
            let Some(class) = self.builder.module.classes.get_mut(id.0 as usize) else {
                return;
            };
            class.fields.extend(names.into_iter().map(|name| Variable {
                name,
                ty: Some(ty.clone()),
                value: None,
                is_static: false,
                is_constant: false,
                annotations: Vec::new(),
                span: Span::of(declaration),
            }));
        }
    }

    fn interface(&mut self, node: Node<'_>, id: ClassId) {
        for element in children(node) {
            match element.kind() {
                "method_elem" => {
                    if let Some(method) = self.abstract_method(element, id) {
                        self.keep_method(id, method);
                    }
                }
                "type_elem" => {
                    let base = self.type_name(element);
                    self.add_base(id, base);
                }
                _ => {}
            }
        }
    }

    /// Whether a type of this file is a map, slice or the like, so that literals of it are.
    pub(super) fn underlying(&self, name: &str) -> Option<&TypeName> {
        let id = self.classes.get(name)?;
        let class = self.builder.module.classes.get(id.0 as usize)?;
        match class.bases.as_slice() {
            [only] if class.fields.is_empty() => Some(only),
            _ => None,
        }
    }
}
