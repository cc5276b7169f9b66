//! Functions and their parameters.

use tree_sitter::Node;

use super::super::syntax::{Builder, child_of, children, expr, field, fields, stmt};
use super::statement::{self, has_word};
use super::{expression, literal, pattern, types, web};
use crate::Span;
use crate::ir::{
    Annotation, Function, FunctionId, FunctionKind, Param, ParamKind, Pattern, StmtKind,
};

/// A function of any form, under the name it is bound to.
pub(super) fn function(
    b: &mut Builder<'_>,
    node: Node<'_>,
    name: &str,
    kind: FunctionKind,
) -> FunctionId {
    let mut params = parameters(b, node);
    web::recognise(b, name, &mut params);
    let body = field(node, "body");
    let statements = match body {
        Some(body) if body.kind() == "statement_block" => statement::body(b, Some(body)),
        Some(value) => {
            let value = expression::expression(b, value);
            vec![stmt(body.unwrap_or(node), StmtKind::Return(Some(value)))]
        }
        None => Vec::new(),
    };
    let is_free = node.kind() == "arrow_function" || has_word(node, "static");
    let receiver = if is_free {
        None
    } else {
        Some(b.intern("this"))
    };
    let returns = field(node, "return_type").and_then(|ty| types::type_name(b, ty));
    let annotations = directives(b, body);
    let name = b.intern(name);
    b.add_function(Function {
        name,
        class: None,
        kind,
        params,
        receiver,
        returns,
        annotations,
        is_async: has_word(node, "async") || has_word(node, "*"),
        is_public: false,
        body: statements,
        has_body: body.is_some(),
        span: Span::of(node),
    })
}

/// `'use server'` and its like at the beginning of a body.
fn directives(b: &mut Builder<'_>, body: Option<Node<'_>>) -> Vec<Annotation> {
    let first = body
        .filter(|body| body.kind() == "statement_block")
        .and_then(|body| children(body).first().copied())
        .filter(|first| first.kind() == "expression_statement")
        .and_then(|first| children(first).first().copied());
    let Some(text) = first.and_then(|first| literal::constant_text(b, first)) else {
        return Vec::new();
    };
    let name = b.intern(&text);
    let span = first.map(Span::of).unwrap_or_default();
    vec![Annotation {
        name,
        args: Vec::new(),
        span,
    }]
}

/// `get name()`.
pub(super) fn is_getter(node: Node<'_>) -> bool {
    has_word(node, "get") || has_word(node, "static get")
}

/// What says of a method that it is read or set like a field.
pub(super) fn accessor(b: &mut Builder<'_>, node: Node<'_>) -> Option<Annotation> {
    let word = if is_getter(node) {
        Annotation::GETTER
    } else if has_word(node, "set") {
        Annotation::SETTER
    } else {
        return None;
    };
    let name = b.intern(word);
    let span = Span::of(node);
    Some(Annotation {
        name,
        args: Vec::new(),
        span,
    })
}

fn parameters(b: &mut Builder<'_>, node: Node<'_>) -> Vec<Param> {
    if let Some(only) = field(node, "parameter") {
        return parameter(b, only).into_iter().collect();
    }
    let list = field(node, "parameters").map_or_else(Vec::new, children);
    list.into_iter()
        .filter_map(|param| parameter(b, param))
        .collect()
}

fn parameter(b: &mut Builder<'_>, node: Node<'_>) -> Option<Param> {
    let (bound, value) = match node.kind() {
        "required_parameter" | "optional_parameter" => {
            (field(node, "pattern")?, field(node, "value"))
        }
        "assignment_pattern" => (field(node, "left")?, field(node, "right")),
        "decorator" | "comment" => return None,
        _ => (node, None),
    };
    if bound.kind() == "this" {
        return None;
    }
    let ty = field(node, "type").and_then(|ty| types::type_name(b, ty));
    let default = value.map(|value| expression::expression(b, value));
    let annotations = decorators(b, &fields(node, "decorator"));
    let (pattern, kind) = match pattern::pattern(b, bound) {
        Pattern::Rest(inner) => (*inner, ParamKind::Rest),
        pattern => (pattern, ParamKind::One),
    };
    Some(Param {
        pattern,
        ty,
        default,
        annotations,
        kind,
        span: Span::of(node),
    })
}

/// Decorators as annotations, with the full path of what was imported left to the reader.
pub(super) fn decorators(b: &mut Builder<'_>, nodes: &[Node<'_>]) -> Vec<Annotation> {
    nodes
        .iter()
        .filter_map(|node| {
            let inner = children(*node).first().copied()?;
            let (callee, args) = match inner.kind() {
                "call_expression" => {
                    let args = field(inner, "arguments")
                        .map_or_else(Vec::new, |given| expression::arguments(b, given));
                    (field(inner, "function")?, args)
                }
                _ => (inner, Vec::new()),
            };
            Some(Annotation {
                name: b.name(callee),
                args,
                span: Span::of(*node),
            })
        })
        .collect()
}

/// `this.name = name` for each parameter of a constructor that is a field as well
/// (`constructor(private db: Db)`), and the parameter's node.
pub(super) fn parameter_fields<'n>(
    b: &mut Builder<'_>,
    constructor: Node<'n>,
) -> Vec<(Node<'n>, crate::ir::Stmt)> {
    let list = field(constructor, "parameters").map_or_else(Vec::new, children);
    let mut out = Vec::new();
    for param in list {
        let is_field =
            child_of(param, "accessibility_modifier").is_some() || has_word(param, "readonly");
        let Some(name) = field(param, "pattern").filter(|_| is_field) else {
            continue;
        };
        let text = b.name(name);
        let this = Box::new(expr(param, crate::ir::ExprKind::Name(b.intern("this"))));
        let place = crate::ir::ExprKind::Field {
            base: this,
            name: text.clone(),
        };
        let target = Box::new(Pattern::Place(Box::new(expr(param, place))));
        let value = Box::new(expr(param, crate::ir::ExprKind::Name(text)));
        let op = None;
        let assign = expr(param, crate::ir::ExprKind::Assign { target, op, value });
        out.push((param, stmt(param, StmtKind::Expr(assign))));
    }
    out
}
