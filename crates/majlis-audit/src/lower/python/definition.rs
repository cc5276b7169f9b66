//! Functions, classes and their decorators.

use tree_sitter::Node;

use super::super::syntax::{child_of, children, field, plain_type, stmt};
use super::Lowerer;
use crate::Span;
use crate::ir::{
    Annotation, Class, ClassId, Const, Expr, ExprKind, Function, FunctionId, FunctionKind, Param,
    ParamKind, Pattern, Stmt, StmtKind, Text, Variable,
};

impl<'t> Lowerer<'t> {
    /// A function or class with decorators; `None` when neither stands below them.
    pub(super) fn decorated(&mut self, node: Node<'t>, class: Option<ClassId>) -> Option<StmtKind> {
        let annotations: Vec<Annotation> = children(node)
            .into_iter()
            .filter(|part| part.kind() == "decorator")
            .map(|decorator| self.decorator(decorator))
            .collect();
        let definition = field(node, "definition")?;
        Some(match definition.kind() {
            "class_definition" => StmtKind::Class(self.class(definition, annotations)),
            _ => StmtKind::Function(self.function(definition, annotations, class)),
        })
    }

    fn decorator(&mut self, node: Node<'t>) -> Annotation {
        let expression = children(node).first().copied().unwrap_or(node);
        let called = field(expression, "function").filter(|_| expression.kind() == "call");
        let list = field(expression, "arguments").filter(|list| list.kind() == "argument_list");
        Annotation {
            name: self.name(called.unwrap_or(expression)),
            args: list.map(|list| self.arguments(list)).unwrap_or_default(),
            span: Span::of(node),
        }
    }

    pub(super) fn function(
        &mut self,
        node: Node<'t>,
        annotations: Vec<Annotation>,
        class: Option<ClassId>,
    ) -> FunctionId {
        let name = field(node, "name").map_or_else(|| "".into(), |name| self.name(name));
        let mut params = match field(node, "parameters") {
            Some(list) => self.params(list),
            None => Vec::new(),
        };
        type_by_route(&annotations, &mut params);
        let receiver = class.and_then(|_| take_receiver(&annotations, &mut params));
        let outer = std::mem::take(&mut self.yields);
        let body = self.suite(node, "body");
        let is_generator = std::mem::replace(&mut self.yields, outer);
        let kind = match (class, name.as_ref()) {
            (None, _) => FunctionKind::Function,
            (Some(_), "__init__") => FunctionKind::Constructor,
            (Some(_), _) => FunctionKind::Method,
        };
        let returns = field(node, "return_type").and_then(|ty| self.type_name(ty));
        let is_async = is_generator || self.source(node).starts_with("async");
        let is_public = !name.starts_with('_') || name.ends_with("__");
        self.build.add_function(Function {
            name,
            class,
            kind,
            params,
            receiver,
            returns,
            annotations,
            is_async,
            is_public,
            body,
            has_body: true,
            span: Span::of(node),
        })
    }

    pub(super) fn lambda_function(
        &mut self,
        node: Node<'t>,
        params: Option<Node<'t>>,
        name: Text,
    ) -> FunctionId {
        let params = match params {
            Some(list) => self.params(list),
            None => Vec::new(),
        };
        let value = field(node, "body").map(|body| self.expr(body));
        let body = vec![stmt(
            field(node, "body").unwrap_or(node),
            StmtKind::Return(value),
        )];
        self.build.add_function(Function {
            name,
            class: None,
            kind: FunctionKind::Lambda,
            params,
            receiver: None,
            returns: None,
            annotations: Vec::new(),
            is_async: false,
            is_public: false,
            body,
            has_body: true,
            span: Span::of(node),
        })
    }

    fn params(&mut self, list: Node<'t>) -> Vec<Param> {
        children(list)
            .into_iter()
            .filter(|param| {
                !matches!(
                    param.kind(),
                    "keyword_separator" | "positional_separator" | "ERROR"
                )
            })
            .map(|param| self.param(param))
            .collect()
    }

    fn param(&mut self, node: Node<'t>) -> Param {
        let named = match node.kind() {
            "typed_parameter" => children(node).first().copied(),
            _ => field(node, "name"),
        };
        let named = named.unwrap_or(node);
        let kind = match named.kind() {
            "list_splat_pattern" => ParamKind::Rest,
            "dictionary_splat_pattern" => ParamKind::NamedRest,
            _ => ParamKind::One,
        };
        let target = match kind {
            ParamKind::One => named,
            _ => children(named).first().copied().unwrap_or(named),
        };
        Param {
            pattern: self.pattern(target),
            ty: field(node, "type").and_then(|ty| self.type_name(ty)),
            default: field(node, "value").map(|value| self.expr(value)),
            annotations: Vec::new(),
            kind,
            span: Span::of(node),
        }
    }

    pub(super) fn class(&mut self, node: Node<'t>, annotations: Vec<Annotation>) -> ClassId {
        let bases = field(node, "superclasses")
            .map(children)
            .unwrap_or_default();
        let bases = bases
            .into_iter()
            .filter(|base| base.kind() != "keyword_argument")
            .filter_map(|base| self.type_name(base))
            .collect();
        let name = field(node, "name").map_or_else(|| "".into(), |name| self.name(name));
        let id = self.build.add_class(Class {
            name,
            bases,
            annotations,
            fields: Vec::new(),
            methods: Vec::new(),
            span: Span::of(node),
        });
        let (fields, methods) = self.members(node, id);
        if let Some(class) = self.build.module.classes.get_mut(id.0 as usize) {
            class.fields = fields;
            class.methods = methods;
        }
        id
    }

    fn members(&mut self, node: Node<'t>, id: ClassId) -> (Vec<Variable>, Vec<FunctionId>) {
        let mut variables = Vec::new();
        let mut methods = Vec::new();
        let mut rest = Vec::new();
        for member in field(node, "body").map(children).unwrap_or_default() {
            let lowered = self.deeper(|this| match member.kind() {
                "function_definition" => Some(StmtKind::Function(this.function(
                    member,
                    Vec::new(),
                    Some(id),
                ))),
                "class_definition" => {
                    this.class(member, Vec::new());
                    None
                }
                "decorated_definition" => this.decorated(member, Some(id)),
                "expression_statement" => {
                    match this.variable(member) {
                        Some(variable) => variables.push(variable),
                        None => rest.extend(this.one_statement(member)),
                    }
                    None
                }
                _ => {
                    rest.extend(this.one_statement(member));
                    None
                }
            });
            if let Some(Some(StmtKind::Function(method))) = lowered {
                methods.push(method);
            }
        }
        if !rest.is_empty() {
            methods.push(self.initializer(node, id, rest));
        }
        (variables, methods)
    }

    /// A statement of a class that binds one name; a documentation text is none.
    fn variable(&mut self, statement: Node<'t>) -> Option<Variable> {
        let assignment = child_of(statement, "assignment")?;
        let left = field(assignment, "left").filter(|left| left.kind() == "identifier")?;
        Some(Variable {
            name: self.name(left),
            ty: field(assignment, "type").and_then(|ty| self.type_name(ty)),
            value: field(assignment, "right").map(|value| self.expr(value)),
            is_static: true,
            is_constant: false,
            annotations: Vec::new(),
            span: Span::of(assignment),
        })
    }

    fn one_statement(&mut self, node: Node<'t>) -> Vec<Stmt> {
        let mut body = Vec::new();
        self.statement(node, &mut body);
        body.retain(|stmt| !is_text(stmt));
        body
    }

    fn initializer(&mut self, node: Node<'t>, class: ClassId, body: Vec<Stmt>) -> FunctionId {
        self.build.add_function(Function {
            name: "".into(),
            class: Some(class),
            kind: FunctionKind::Initializer,
            params: Vec::new(),
            receiver: None,
            returns: None,
            annotations: Vec::new(),
            is_async: false,
            is_public: false,
            body,
            has_body: true,
            span: Span::of(node),
        })
    }
}

fn is_text(stmt: &Stmt) -> bool {
    matches!(
        &stmt.kind,
        StmtKind::Expr(Expr {
            kind: ExprKind::Const(Const::Str(_)),
            ..
        })
    )
}

/// The first parameter of a method is its receiver, unless it is static.
fn take_receiver(annotations: &[Annotation], params: &mut Vec<Param>) -> Option<Text> {
    let is_static = annotations
        .iter()
        .any(|decorator| decorator.name.as_ref() == "staticmethod");
    let name = match params.first() {
        Some(Param {
            pattern: Pattern::Name(name),
            kind: ParamKind::One,
            ..
        }) if !is_static => name.clone(),
        _ => return None,
    };
    params.remove(0);
    Some(name)
}

/// A route's text says which of its parts are numbers: `/item/<int:id>` (Flask, Django),
/// `/item/<id:int>` (Bottle, Sanic). The parameters of those names are numbers then.
fn type_by_route(annotations: &[Annotation], params: &mut [Param]) {
    let routes = annotations
        .iter()
        .flat_map(|annotation| &annotation.args)
        .filter_map(|arg| match &arg.value.kind {
            ExprKind::Const(Const::Str(text)) => Some(text.as_ref()),
            _ => None,
        });
    let typed: Vec<(&str, &str)> = routes
        .flat_map(|route| route.split('<').skip(1))
        .filter_map(|rest| rest.split_once('>')?.0.split_once(':'))
        .filter_map(
            |(one, other)| match (number_type(one), number_type(other)) {
                (Some(ty), _) => Some((other, ty)),
                (_, Some(ty)) => Some((one, ty)),
                _ => None,
            },
        )
        .collect();
    for param in params.iter_mut().filter(|param| param.ty.is_none()) {
        let Pattern::Name(name) = &param.pattern else {
            continue;
        };
        let found = typed.iter().find(|(wanted, _)| *wanted == name.as_ref());
        param.ty = found.map(|(_, ty)| plain_type(Text::from(*ty)));
    }
}

fn number_type(converter: &str) -> Option<&'static str> {
    match converter {
        "int" => Some("int"),
        "float" => Some("float"),
        "uuid" => Some("uuid.UUID"),
        _ => None,
    }
}
