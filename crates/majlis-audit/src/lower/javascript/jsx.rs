//! JSX. Text and attributes are escaped by whoever renders them, so nothing flows out of an
//! element; what an attribute does itself (`dangerouslySetInnerHTML`, `href`) is an assignment to
//! that field of the element, and a component is a function called with its attributes.

use tree_sitter::Node;

use super::super::syntax::{Builder, child_of, children, expr, field, positional};
use super::{expression, literal};
use crate::ir::{Const, Expr, ExprKind, Pattern, Stmt, StmtKind, Text};

/// The name of an element that is no component, as assignments see it.
const ELEMENT: &str = "jsx element";

/// An element with its attributes and children.
pub(super) fn element(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let open = field(node, "open_tag").unwrap_or(node);
    let name = field(open, "name");
    let attributes = attributes(b, open);
    let inside = inside(b, node);
    let is_component = name.is_some_and(|name| {
        let source = b.source(name);
        source.contains('.') || source.starts_with(|first: char| first.is_uppercase())
    });
    match name.filter(|_| is_component) {
        Some(name) => component(b, node, name, attributes, inside),
        None => plain(b, node, name, attributes, inside),
    }
}

/// Each attribute's name (`None` for a spread) and value.
fn attributes(b: &mut Builder<'_>, open: Node<'_>) -> Vec<(Option<Text>, Expr)> {
    let mut found = Vec::new();
    for part in children(open) {
        match part.kind() {
            "jsx_attribute" => {
                let parts = children(part);
                let Some(name) = parts.first() else {
                    continue;
                };
                let value = match parts.get(1) {
                    Some(value) if value.kind() == "string" => {
                        let source = b.source(*value);
                        literal::text_expr(*value, source.trim_matches(['"', '\'']))
                    }
                    Some(value) => expression::expression(b, *value),
                    None => expr(part, ExprKind::Const(Const::Bool(true))),
                };
                found.push((Some(b.name(*name)), value));
            }
            "jsx_expression" => {
                if let Some(spread) = child_of(part, "spread_element")
                    && let Some(inner) = children(spread).first()
                {
                    found.push((None, expression::expression(b, *inner)));
                }
            }
            _ => {}
        }
    }
    found
}

fn inside(b: &mut Builder<'_>, node: Node<'_>) -> Vec<Expr> {
    if node.kind() != "jsx_element" {
        return Vec::new();
    }
    children(node)
        .into_iter()
        .filter(|child| {
            matches!(
                child.kind(),
                "jsx_expression" | "jsx_element" | "jsx_self_closing_element"
            )
        })
        .filter(|child| !children(*child).is_empty())
        .map(|child| expression::expression(b, child))
        .collect()
}

fn component(
    b: &mut Builder<'_>,
    node: Node<'_>,
    name: Node<'_>,
    attributes: Vec<(Option<Text>, Expr)>,
    inside: Vec<Expr>,
) -> Expr {
    let mut body = Vec::new();
    let mut entries = Vec::new();
    for (name, value) in attributes {
        let key = name.map(|name| expr(node, ExprKind::Const(Const::Str(name))));
        entries.push((key, value));
    }
    if !inside.is_empty() {
        let key = expr(node, ExprKind::Const(Const::Str("children".into())));
        entries.push((Some(key), expr(node, ExprKind::Sequence(inside))));
    }
    let callee = Box::new(expression::expression(b, name));
    let args = vec![positional(expr(node, ExprKind::Map(entries)))];
    let call = expr(node, ExprKind::Call { callee, args });
    body.push(Stmt {
        span: call.span,
        kind: StmtKind::Expr(call),
    });
    expr(node, ExprKind::Block { body, value: None })
}

fn plain(
    b: &mut Builder<'_>,
    node: Node<'_>,
    name: Option<Node<'_>>,
    attributes: Vec<(Option<Text>, Expr)>,
    inside: Vec<Expr>,
) -> Expr {
    let tag = name.map_or("", |name| b.source(name));
    let mut values = Vec::new();
    for (name, value) in attributes {
        match name {
            Some(name) => values.push(assigned(b, node, tag, &name, value)),
            None => values.push(value),
        }
    }
    values.extend(inside);
    let body = values
        .into_iter()
        .map(|value| Stmt {
            span: value.span,
            kind: StmtKind::Expr(value),
        })
        .collect();
    expr(node, ExprKind::Block { body, value: None })
}

/// `element.attribute = value`. Where a link leads to is told from where an image comes from.
fn assigned(b: &mut Builder<'_>, node: Node<'_>, tag: &str, name: &Text, value: Expr) -> Expr {
    let span = value.span;
    let value = match value.kind {
        ExprKind::Map(ref entries) if &**name == "dangerouslySetInnerHTML" => entries
            .iter()
            .find(|(key, _)| {
                let key = key.as_ref().and_then(literal::constant_of);
                key.is_some_and(|key| &*key == "__html")
            })
            .map(|(_, inner)| inner.clone())
            .unwrap_or(value),
        _ => value,
    };
    let attribute = if tag == "a" && &**name == "href" {
        b.intern("href of link")
    } else {
        name.clone()
    };
    let base = Box::new(expr(node, ExprKind::Name(b.intern(ELEMENT))));
    let place = ExprKind::Field {
        base,
        name: attribute,
    };
    let place = Expr { kind: place, span };
    let target = Box::new(Pattern::Place(Box::new(place)));
    let value = Box::new(value);
    let op = None;
    let kind = ExprKind::Assign { target, op, value };
    Expr { kind, span }
}
