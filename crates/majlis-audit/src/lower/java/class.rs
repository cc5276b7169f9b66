//! Classes, their methods and fields.

use tree_sitter::Node;

use super::{Java, has_modifier, name_at};
use crate::Span;
use crate::ir::{
    Class, ClassId, Expr, ExprKind, Function, FunctionId, FunctionKind, Param, ParamKind, Pattern,
    Stmt, StmtKind, Text, TypeName, Variable,
};
use crate::lower::syntax::{child_of, children, expr, field, fields, plain_type, positional};

impl Java<'_> {
    /// A class, interface, enum, record or annotation.
    pub(super) fn class(&mut self, node: Node<'_>) -> Option<ClassId> {
        let name = self.builder.name(field(node, "name")?);
        let bases = self.bases(node);
        let annotations = self.annotations(node);
        let id = self.builder.add_class(Class {
            name: name.clone(),
            bases,
            annotations,
            fields: Vec::new(),
            methods: Vec::new(),
            span: Span::of(node),
        });
        let outer = self.class.replace(id);
        let is_interface = node.kind() == "interface_declaration";
        if let Some(body) = field(node, "body") {
            self.members(body, id, is_interface);
        }
        if node.kind() == "record_declaration" {
            self.record(node, id, &name);
        }
        self.class = outer;
        Some(id)
    }

    /// The body of `new T(…) { … }`.
    pub(super) fn anonymous(&mut self, body: Node<'_>, base: TypeName) -> ClassId {
        let name = self.builder.intern("");
        let id = self.builder.add_class(Class {
            name,
            bases: vec![base],
            annotations: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            span: Span::of(body),
        });
        let outer = self.class.replace(id);
        let outer_yields = std::mem::take(&mut self.yields);
        self.members(body, id, false);
        self.yields = outer_yields;
        self.class = outer;
        id
    }

    fn bases(&mut self, node: Node<'_>) -> Vec<TypeName> {
        let mut bases = Vec::new();
        for child in children(node) {
            match child.kind() {
                "superclass" => {
                    let base = children(child).pop().map(|base| self.type_name(base));
                    bases.extend(base);
                }
                "super_interfaces" | "extends_interfaces" => {
                    let listed = children(child).pop().map(children).unwrap_or_default();
                    bases.extend(listed.into_iter().map(|base| self.type_name(base)));
                }
                _ => {}
            }
        }
        bases
    }

    fn members(&mut self, body: Node<'_>, id: ClassId, is_interface: bool) {
        for member in children(body) {
            match member.kind() {
                "field_declaration" | "constant_declaration" => {
                    let constant = member.kind() == "constant_declaration";
                    self.fields(member, id, constant);
                }
                "enum_constant" => self.enum_constant(member, id),
                "enum_body_declarations" | "ERROR" => self.members(member, id, is_interface),
                "method_declaration" => {
                    let method = self.method(member, is_interface);
                    self.keep(id, method);
                }
                "constructor_declaration" => {
                    let constructor = self.constructor(member);
                    self.keep(id, constructor);
                }
                "static_initializer" => {
                    let run = self.initializer(member, None);
                    self.keep(id, Some(run));
                }
                "block" => {
                    let this = self.builder.intern("this");
                    let run = self.initializer(member, Some(this));
                    self.keep(id, Some(run));
                }
                "class_declaration"
                | "interface_declaration"
                | "enum_declaration"
                | "record_declaration"
                | "annotation_type_declaration" => {
                    self.nested(|java| java.class(member));
                }
                _ => {}
            }
        }
    }

    fn keep(&mut self, id: ClassId, method: Option<FunctionId>) {
        if let Some(class) = self.builder.module.classes.get_mut(id.0 as usize) {
            class.methods.extend(method);
        }
    }

    fn keep_field(&mut self, id: ClassId, variable: Variable) {
        if let Some(class) = self.builder.module.classes.get_mut(id.0 as usize) {
            class.fields.push(variable);
        }
    }

    fn fields(&mut self, node: Node<'_>, id: ClassId, constant: bool) {
        let written = field(node, "type").map(|ty| self.type_name(ty));
        let annotations = self.annotations(node);
        for declarator in fields(node, "declarator") {
            let Some(name) = field(declarator, "name") else {
                continue;
            };
            let variable = Variable {
                name: self.builder.name(name),
                ty: self.with_dimensions(written.clone(), declarator),
                value: field(declarator, "value").map(|value| self.expression(value)),
                is_static: constant || has_modifier(node, "static"),
                is_constant: constant || has_modifier(node, "final"),
                annotations: annotations.clone(),
                span: Span::of(declarator),
            };
            self.keep_field(id, variable);
        }
    }

    /// A constant of an enum is an object of it.
    fn enum_constant(&mut self, node: Node<'_>, id: ClassId) {
        let Some(name) = field(node, "name") else {
            return;
        };
        let Some(class) = self.builder.module.classes.get(id.0 as usize) else {
            return;
        };
        let class = plain_type(class.name.clone());
        let args = field(node, "arguments")
            .map(children)
            .unwrap_or_default()
            .into_iter()
            .map(|argument| positional(self.expression(argument)))
            .collect();
        let body = field(node, "body").map(|body| self.anonymous(body, class.clone()));
        let ty = Some(class.clone());
        let value = Some(expr(node, ExprKind::New { class, args, body }));
        let variable = Variable {
            name: self.builder.name(name),
            ty,
            value,
            is_static: true,
            is_constant: true,
            annotations: self.annotations(node),
            span: Span::of(node),
        };
        self.keep_field(id, variable);
    }

    pub(super) fn method(&mut self, node: Node<'_>, is_interface: bool) -> Option<FunctionId> {
        let name = self.builder.name(field(node, "name")?);
        let is_static = has_modifier(node, "static");
        let body = field(node, "body");
        let function = Function {
            name,
            class: self.class,
            kind: FunctionKind::Method,
            params: self.parameters_of(node),
            receiver: (!is_static).then(|| self.builder.intern("this")),
            returns: field(node, "type").map(|ty| self.type_name(ty)),
            annotations: self.annotations(node),
            is_async: false,
            is_public: is_interface || has_modifier(node, "public"),
            has_body: body.is_some(),
            body: self.function_body(body),
            span: Span::of(node),
        };
        Some(self.builder.add_function(function))
    }

    fn function_body(&mut self, body: Option<Node<'_>>) -> Vec<Stmt> {
        let yields = std::mem::take(&mut self.yields);
        let lowered = body.and_then(|body| self.nested(|java| java.block(body)));
        self.yields = yields;
        lowered.unwrap_or_default()
    }

    fn constructor(&mut self, node: Node<'_>) -> Option<FunctionId> {
        let name = self.builder.name(field(node, "name")?);
        let body = field(node, "body");
        let function = Function {
            name,
            class: self.class,
            kind: FunctionKind::Constructor,
            params: self.parameters_of(node),
            receiver: Some(self.builder.intern("this")),
            returns: None,
            annotations: self.annotations(node),
            is_async: false,
            is_public: has_modifier(node, "public"),
            has_body: true,
            body: self.function_body(body),
            span: Span::of(node),
        };
        Some(self.builder.add_function(function))
    }

    fn initializer(&mut self, node: Node<'_>, receiver: Option<Text>) -> FunctionId {
        let block = if node.kind() == "block" {
            Some(node)
        } else {
            child_of(node, "block")
        };
        let function = Function {
            name: self.builder.intern(""),
            class: self.class,
            kind: FunctionKind::Initializer,
            params: Vec::new(),
            receiver,
            returns: None,
            annotations: Vec::new(),
            is_async: false,
            is_public: false,
            has_body: true,
            body: self.function_body(block),
            span: Span::of(node),
        };
        self.builder.add_function(function)
    }

    fn parameters_of(&mut self, node: Node<'_>) -> Vec<Param> {
        field(node, "parameters").map_or_else(Vec::new, |written| self.parameters(written))
    }

    pub(super) fn parameters(&mut self, node: Node<'_>) -> Vec<Param> {
        children(node)
            .into_iter()
            .filter_map(|parameter| self.parameter(parameter))
            .collect()
    }

    fn parameter(&mut self, node: Node<'_>) -> Option<Param> {
        let annotations = self.annotations(node);
        let (name, ty, kind) = match node.kind() {
            "formal_parameter" => {
                let ty = field(node, "type").map(|ty| self.type_name(ty));
                let ty = self.with_dimensions(ty, node);
                (field(node, "name")?, ty, ParamKind::One)
            }
            "spread_parameter" => {
                let declarator = child_of(node, "variable_declarator")?;
                let ty = children(node)
                    .into_iter()
                    .find(|child| !matches!(child.kind(), "modifiers" | "variable_declarator"));
                let mut ty = ty.map(|ty| self.type_name(ty));
                if let Some(ty) = &mut ty {
                    ty.array.push(None);
                }
                (field(declarator, "name")?, ty, ParamKind::Rest)
            }
            _ => return None,
        };
        Some(Param {
            pattern: Pattern::Name(self.builder.name(name)),
            ty,
            default: None,
            annotations,
            kind,
            span: Span::of(node),
        })
    }

    /// The fields of a record, and what of its constructor and accessors is not written.
    fn record(&mut self, node: Node<'_>, id: ClassId, name: &Text) {
        let params = self.parameters_of(node);
        for param in &params {
            let Pattern::Name(component) = &param.pattern else {
                continue;
            };
            self.keep_field(
                id,
                Variable {
                    name: component.clone(),
                    ty: param.ty.clone(),
                    value: None,
                    is_static: false,
                    is_constant: true,
                    annotations: param.annotations.clone(),
                    span: param.span,
                },
            );
            if !self.has_method(id, component) {
                let accessor = self.accessor(component, param);
                self.keep(id, Some(accessor));
            }
        }
        let compact = field(node, "body").and_then(|body| {
            children(body)
                .into_iter()
                .find(|member| member.kind() == "compact_constructor_declaration")
        });
        if compact.is_none() && self.has_method(id, name) {
            return;
        }
        let body = compact.and_then(|compact| field(compact, "body"));
        let mut body = self.function_body(body);
        body.extend(params.iter().filter_map(|param| self.set_field(param)));
        let constructor = Function {
            params,
            body,
            ..self.made(name.clone(), FunctionKind::Constructor, Span::of(node))
        };
        let constructor = self.builder.add_function(constructor);
        self.keep(id, Some(constructor));
    }

    fn has_method(&self, id: ClassId, name: &Text) -> bool {
        let module = &self.builder.module;
        let class = module.classes.get(id.0 as usize);
        class.is_some_and(|class| {
            class.methods.iter().any(|method| {
                module
                    .functions
                    .get(method.0 as usize)
                    .is_some_and(|method| method.name == *name)
            })
        })
    }

    fn made(&mut self, name: Text, kind: FunctionKind, span: Span) -> Function {
        Function {
            name,
            class: self.class,
            kind,
            params: Vec::new(),
            receiver: Some(self.builder.intern("this")),
            returns: None,
            annotations: Vec::new(),
            is_async: false,
            is_public: true,
            body: Vec::new(),
            has_body: true,
            span,
        }
    }

    fn own_field(&mut self, name: &Text, span: Span) -> Expr {
        let this = name_at(self.builder.intern("this"), span);
        let kind = ExprKind::Field {
            base: Box::new(this),
            name: name.clone(),
        };
        Expr { kind, span }
    }

    fn accessor(&mut self, name: &Text, param: &Param) -> FunctionId {
        let value = self.own_field(name, param.span);
        let function = Function {
            returns: param.ty.clone(),
            body: vec![Stmt {
                kind: StmtKind::Return(Some(value)),
                span: param.span,
            }],
            ..self.made(name.clone(), FunctionKind::Method, param.span)
        };
        self.builder.add_function(function)
    }

    /// `this.name = name`
    fn set_field(&mut self, param: &Param) -> Option<Stmt> {
        let Pattern::Name(name) = &param.pattern else {
            return None;
        };
        let span = param.span;
        let target = self.own_field(name, span);
        let kind = ExprKind::Assign {
            target: Box::new(Pattern::Place(Box::new(target))),
            op: None,
            value: Box::new(name_at(name.clone(), span)),
        };
        let kind = StmtKind::Expr(Expr { kind, span });
        Some(Stmt { kind, span })
    }
}
