//! Items of Rust: functions, types, `impl`s, modules.

use tree_sitter::Node;

use super::Rust;
use super::literal::text_of;
use crate::Span;
use crate::ir::{
    Annotation, Arg, Class, ClassId, Const, ExprKind, Function, FunctionId, FunctionKind, Param,
    ParamKind, Pattern, Stmt, StmtKind, Text, TypeName, Variable,
};
use crate::lower::syntax::{child_of, children, expr, field, positional, stmt};

impl Rust<'_> {
    /// The items of a file, a module or a block, each with the attributes before it.
    pub(super) fn items(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let mut attributes = Vec::new();
        for child in children(node) {
            if child.kind() == "attribute_item" {
                attributes.extend(self.attribute(child));
            } else {
                let attributes = std::mem::take(&mut attributes);
                if !self.item(child, attributes, into) {
                    self.statement(child, into);
                }
            }
        }
    }

    /// Lowers an item; false for what is none.
    pub(super) fn item(
        &mut self,
        node: Node<'_>,
        attributes: Vec<Annotation>,
        into: &mut Vec<Stmt>,
    ) -> bool {
        match node.kind() {
            "use_declaration" => {
                if let Some(argument) = field(node, "argument") {
                    self.import(argument, "");
                }
            }
            "function_item" | "function_signature_item" => {
                if let Some(function) = self.function(node, attributes) {
                    into.push(stmt(node, StmtKind::Function(function)));
                }
            }
            "struct_item" | "union_item" | "enum_item" | "trait_item" => {
                if let Some(class) = self.type_item(node, attributes) {
                    into.push(stmt(node, StmtKind::Class(class)));
                }
            }
            "impl_item" => self.implementation(node),
            "mod_item" | "foreign_mod_item" => {
                if let Some(body) = field(node, "body") {
                    self.nested(|rust| rust.items(body, into));
                }
            }
            "const_item" | "static_item" => self.constant_item(node, into),
            "extern_crate_declaration"
            | "inner_attribute_item"
            | "macro_definition"
            | "type_item"
            | "associated_type"
            | "empty_statement" => {}
            _ => return false,
        }
        true
    }

    fn attribute(&mut self, node: Node<'_>) -> Option<Annotation> {
        let attribute = child_of(node, "attribute")?;
        let path = self.path(*children(attribute).first()?);
        let name = self.builder.intern(&path);
        let mut args = Vec::new();
        for token in field(attribute, "arguments")
            .map(children)
            .unwrap_or_default()
        {
            if matches!(token.kind(), "string_literal" | "raw_string_literal") {
                let text = Const::Str(text_of(self.builder.source(token)).into());
                args.push(positional(expr(token, ExprKind::Const(text))));
            }
        }
        let span = Span::of(node);
        Some(Annotation { name, args, span })
    }

    fn constant_item(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let Some(name) = field(node, "name") else {
            return;
        };
        let pattern = Pattern::Name(self.builder.name(name));
        let ty = field(node, "type").map(|ty| self.type_name(ty));
        let value = field(node, "value").map(|value| self.expression(value));
        into.push(stmt(node, StmtKind::Let { pattern, ty, value }));
    }

    /// The class of this name; made when there is none yet.
    fn class_named(&mut self, name: &Text, span: Span) -> ClassId {
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

    fn type_item(&mut self, node: Node<'_>, annotations: Vec<Annotation>) -> Option<ClassId> {
        let name = self.builder.name(field(node, "name")?);
        let id = self.class_named(&name, Span::of(node));
        let body = field(node, "body");
        let mut fields = Vec::new();
        for (at, child) in body
            .map(children)
            .unwrap_or_default()
            .into_iter()
            .enumerate()
        {
            match child.kind() {
                "field_declaration" => fields.extend(self.field(child)),
                "enum_variant" | "attribute_item" | "visibility_modifier" => {}
                _ if node.kind() == "struct_item" => {
                    let ty = self.type_name(child);
                    let name = self.builder.intern(&at.to_string());
                    fields.push(variable(name, Some(ty), child));
                }
                _ => {}
            }
        }
        if let Some(class) = self.builder.module.classes.get_mut(id.0 as usize) {
            class.annotations = annotations;
            class.fields = fields;
            class.span = Span::of(node);
        }
        if let Some(body) = body.filter(|_| node.kind() == "trait_item") {
            self.members(body, id);
        }
        Some(id)
    }

    fn field(&mut self, node: Node<'_>) -> Option<Variable> {
        let name = self.builder.name(field(node, "name")?);
        let ty = field(node, "type").map(|ty| self.type_name(ty));
        Some(variable(name, ty, node))
    }

    fn implementation(&mut self, node: Node<'_>) {
        let Some(ty) = field(node, "type").map(|ty| self.type_name(ty)) else {
            return;
        };
        let simple = ty.name.rsplit("::").next().unwrap_or_default().to_owned();
        let simple = self.builder.intern(&simple);
        let id = self.class_named(&simple, Span::of(node));
        if let Some(base) = field(node, "trait").map(|base| self.type_name(base))
            && let Some(class) = self.builder.module.classes.get_mut(id.0 as usize)
        {
            class.bases.push(base);
        }
        if let Some(body) = field(node, "body") {
            self.members(body, id);
        }
    }

    fn members(&mut self, body: Node<'_>, id: ClassId) {
        let outer = self.class.replace(id);
        let mut attributes = Vec::new();
        for member in children(body) {
            match member.kind() {
                "attribute_item" => attributes.extend(self.attribute(member)),
                "function_item" | "function_signature_item" => {
                    let attributes = std::mem::take(&mut attributes);
                    let function = self.nested(|rust| rust.function(member, attributes));
                    let class = self.builder.module.classes.get_mut(id.0 as usize);
                    if let Some(class) = class {
                        class.methods.extend(function.flatten());
                    }
                }
                "const_item" => {
                    attributes.clear();
                    let Some(mut constant) = self.field(member) else {
                        continue;
                    };
                    constant.value = field(member, "value").map(|value| self.expression(value));
                    constant.is_static = true;
                    constant.is_constant = true;
                    if let Some(class) = self.builder.module.classes.get_mut(id.0 as usize) {
                        class.fields.push(constant);
                    }
                }
                _ => attributes.clear(),
            }
        }
        self.class = outer;
    }

    fn function(&mut self, node: Node<'_>, annotations: Vec<Annotation>) -> Option<FunctionId> {
        let name = self.builder.name(field(node, "name")?);
        let list = field(node, "parameters");
        let receiver = list.and_then(|list| child_of(list, "self_parameter"));
        let receiver = receiver.map(|_| self.builder.intern("self"));
        let params = list.map(|list| self.parameters(list)).unwrap_or_default();
        let returns = field(node, "return_type").map(|ty| self.type_name(ty));
        let class = self.class.take();
        let body = field(node, "body");
        let lowered = body.and_then(|body| self.nested(|rust| rust.body(body)));
        self.class = class;
        let is_async = child_of(node, "function_modifiers")
            .is_some_and(|modifiers| child_of(modifiers, "async").is_some());
        let function = Function {
            name,
            class,
            kind: if class.is_some() {
                FunctionKind::Method
            } else {
                FunctionKind::Function
            },
            params,
            receiver,
            returns,
            annotations,
            is_async,
            is_public: child_of(node, "visibility_modifier").is_some(),
            body: lowered.unwrap_or_default(),
            has_body: body.is_some(),
            span: Span::of(node),
        };
        Some(self.builder.add_function(function))
    }

    /// Parameters of functions and closures.
    pub(super) fn parameters(&mut self, list: Node<'_>) -> Vec<Param> {
        let mut params = Vec::new();
        for parameter in children(list) {
            if matches!(parameter.kind(), "self_parameter" | "attribute_item") {
                continue;
            }
            let is_typed = parameter.kind() == "parameter";
            let bound = field(parameter, "pattern").filter(|_| is_typed);
            let pattern = self.pattern(bound.unwrap_or(parameter));
            let written = field(parameter, "type").filter(|_| is_typed);
            let ty = written.map(|written| self.type_name(written));
            let annotations = written.map(|written| self.type_annotation(written));
            params.push(Param {
                pattern: without_wrapper(pattern),
                ty: ty.filter(is_told),
                default: None,
                annotations: annotations.into_iter().collect(),
                kind: ParamKind::One,
                span: Span::of(parameter),
            });
        }
        params
    }

    /// The type itself, so that a table can say what its values are.
    fn type_annotation(&mut self, node: Node<'_>) -> Annotation {
        let path = self.path(node);
        let path = path
            .trim_start_matches(['&', '\''])
            .trim_start_matches("mut");
        Annotation {
            name: self.builder.intern(path),
            args: Vec::<Arg>::new(),
            span: Span::of(node),
        }
    }
}

/// A type that says something.
fn is_told(ty: &TypeName) -> bool {
    &*ty.name != "_" && &*ty.name != "tuple"
}

/// `Query(params): Query<T>` binds the whole value.
fn without_wrapper(pattern: Pattern) -> Pattern {
    match pattern {
        Pattern::Variant(_, mut parts) if parts.len() == 1 => parts.remove(0),
        other => other,
    }
}

fn variable(name: Text, ty: Option<TypeName>, node: Node<'_>) -> Variable {
    Variable {
        name,
        ty,
        value: None,
        is_static: false,
        is_constant: false,
        annotations: Vec::new(),
        span: Span::of(node),
    }
}
