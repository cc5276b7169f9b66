//! Classes, interfaces and enums.

use tree_sitter::Node;

use super::super::syntax::{Builder, child_of, children, expr, field, fields};
use super::statement::has_word;
use super::{expression, function, literal, types};
use crate::Span;
use crate::ir::{
    Annotation, Class, ClassId, Const, Expr, ExprKind, Function, FunctionId, FunctionKind, Text,
    TypeName, Variable,
};

/// A class under its own name, or under the one it is bound to.
pub(super) fn class(b: &mut Builder<'_>, node: Node<'_>, bound: &str) -> ClassId {
    let name = match field(node, "name") {
        Some(name) => b.name(name),
        None => b.intern(bound),
    };
    let bases = bases(b, node);
    let mut own = fields(node, "decorator");
    if let Some(export) = node.parent().filter(|up| up.kind() == "export_statement") {
        own.extend(fields(export, "decorator"));
    }
    let annotations = function::decorators(b, &own);
    let id = add(b, name, bases, annotations, node);
    let Some(body) = field(node, "body") else {
        return id;
    };
    let mut waiting = Vec::new();
    for member in children(body) {
        if member.kind() == "decorator" {
            waiting.push(member);
            continue;
        }
        waiting.extend(fields(member, "decorator"));
        let decorators = function::decorators(b, &std::mem::take(&mut waiting));
        lower_member(b, id, member, decorators);
    }
    id
}

fn add(
    b: &mut Builder<'_>,
    name: Text,
    bases: Vec<TypeName>,
    annotations: Vec<Annotation>,
    node: Node<'_>,
) -> ClassId {
    b.add_class(Class {
        name,
        bases,
        annotations,
        fields: Vec::new(),
        methods: Vec::new(),
        span: Span::of(node),
    })
}

fn bases(b: &mut Builder<'_>, node: Node<'_>) -> Vec<TypeName> {
    let mut found = Vec::new();
    let Some(heritage) = child_of(node, "class_heritage") else {
        return found;
    };
    for part in children(heritage) {
        match part.kind() {
            "extends_clause" => {
                for value in fields(part, "value") {
                    found.extend(types::type_name(b, value));
                }
            }
            "implements_clause" => {
                for ty in children(part) {
                    found.extend(types::type_name(b, ty));
                }
            }
            _ => found.extend(types::type_name(b, part)),
        }
    }
    found
}

fn lower_member(b: &mut Builder<'_>, id: ClassId, member: Node<'_>, decorators: Vec<Annotation>) {
    match member.kind() {
        "method_definition" => {
            let name = field(member, "name").map(|name| literal::property_name(b, name));
            let name = name.unwrap_or_default();
            let kind = if name == "constructor" {
                FunctionKind::Constructor
            } else {
                FunctionKind::Method
            };
            let function = function::function(b, member, &name, kind);
            if kind == FunctionKind::Constructor {
                parameter_fields(b, id, function, member);
            }
            let mut annotations = decorators;
            annotations.extend(function::accessor(b, member));
            keep_method(b, id, function, annotations);
        }
        "field_definition" | "public_field_definition" => {
            lower_field(b, id, member, decorators);
        }
        "class_static_block" => {
            let function = function::function(b, member, "", FunctionKind::Initializer);
            keep_method(b, id, function, decorators);
        }
        _ => {}
    }
}

fn keep_method(b: &mut Builder<'_>, class: ClassId, id: FunctionId, decorators: Vec<Annotation>) {
    if let Some(function) = b.module.functions.get_mut(id.0 as usize) {
        function.class = Some(class);
        function.annotations.extend(decorators);
    }
    if let Some(class) = b.module.classes.get_mut(class.0 as usize) {
        class.methods.push(id);
    }
}

fn lower_field(b: &mut Builder<'_>, id: ClassId, member: Node<'_>, annotations: Vec<Annotation>) {
    let Some(key) = field(member, "property").or_else(|| field(member, "name")) else {
        return;
    };
    let name = literal::property_name(b, key);
    let value = field(member, "value");
    let is_method =
        value.is_some_and(|value| matches!(value.kind(), "arrow_function" | "function_expression"));
    if let Some(value) = value.filter(|_| is_method) {
        // A field that holds a function is called like a method, and its `this` is the object.
        let function = function::function(b, value, &name, FunctionKind::Method);
        let this = b.intern("this");
        if let Some(function) = b.module.functions.get_mut(function.0 as usize) {
            function.receiver = Some(this);
        }
        keep_method(b, id, function, annotations);
        return;
    }
    let ty = field(member, "type").and_then(|ty| types::type_name(b, ty));
    let value = value.map(|value| expression::expression(b, value));
    let variable = Variable {
        name: b.intern(&name),
        ty,
        value,
        is_static: has_word(member, "static"),
        is_constant: has_word(member, "readonly"),
        annotations,
        span: Span::of(member),
    };
    keep_field(b, id, variable);
}

fn keep_field(b: &mut Builder<'_>, class: ClassId, variable: Variable) {
    if let Some(class) = b.module.classes.get_mut(class.0 as usize) {
        class.fields.push(variable);
    }
}

/// Parameters of a constructor that are fields: declared as such, and assigned first of all.
fn parameter_fields(b: &mut Builder<'_>, class: ClassId, id: FunctionId, node: Node<'_>) {
    let assigned = function::parameter_fields(b, node);
    let mut body = Vec::with_capacity(assigned.len());
    for (param, assign) in assigned {
        let ty = field(param, "type").and_then(|ty| types::type_name(b, ty));
        let name = field(param, "pattern").map(|name| b.name(name));
        let variable = Variable {
            name: name.unwrap_or_else(|| "".into()),
            ty,
            value: None,
            is_static: false,
            is_constant: has_word(param, "readonly"),
            annotations: Vec::new(),
            span: Span::of(param),
        };
        keep_field(b, class, variable);
        body.push(assign);
    }
    let function: Option<&mut Function> = b.module.functions.get_mut(id.0 as usize);
    if let Some(function) = function {
        body.append(&mut function.body);
        function.body = body;
    }
}

/// An interface: only its name and what it extends matter.
pub(super) fn interface(b: &mut Builder<'_>, node: Node<'_>) {
    let Some(name) = field(node, "name") else {
        return;
    };
    let name = b.name(name);
    let clause = child_of(node, "extends_type_clause").map_or_else(Vec::new, children);
    let bases = clause
        .into_iter()
        .filter_map(|base| types::type_name(b, base))
        .collect();
    add(b, name, bases, Vec::new(), node);
}

/// An enum: a class of constants.
pub(super) fn enumeration(b: &mut Builder<'_>, node: Node<'_>) -> ClassId {
    let name = field(node, "name").map_or_else(|| "".into(), |name| b.name(name));
    let id = add(b, name, Vec::new(), Vec::new(), node);
    let mut next = Some(0);
    for member in field(node, "body").map_or_else(Vec::new, children) {
        let (key, value) = match member.kind() {
            "enum_assignment" => (field(member, "name"), field(member, "value")),
            _ => (Some(member), None),
        };
        let Some(key) = key else {
            continue;
        };
        let value: Option<Expr> = match value {
            Some(value) => Some(expression::expression(b, value)),
            None => next.map(|at| expr(member, ExprKind::Const(Const::Int(at)))),
        };
        next = match value.as_ref().map(|value| &value.kind) {
            Some(ExprKind::Const(Const::Int(at))) => Some(at.wrapping_add(1)),
            _ => None,
        };
        let name = literal::property_name(b, key);
        let variable = Variable {
            name: b.intern(&name),
            ty: None,
            value,
            is_static: true,
            is_constant: true,
            annotations: Vec::new(),
            span: Span::of(member),
        };
        keep_field(b, id, variable);
    }
    id
}
