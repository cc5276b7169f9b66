//! Constants, templates, objects and arrays.

use tree_sitter::Node;

use super::super::syntax::{Builder, children, expr, field, number, unescape};
use super::{expression, function};
use crate::Span;
use crate::ir::{Arg, Const, Expr, ExprKind, FunctionKind, Text};

/// The text of a string literal, its escapes resolved.
pub(super) fn text(b: &Builder<'_>, node: Node<'_>) -> String {
    let source = b.source(node);
    let inner = source
        .get(1..source.len().saturating_sub(1))
        .unwrap_or_default();
    unescape(inner, false)
}

/// The text of a string or of a template without parts.
pub(super) fn constant_text(b: &Builder<'_>, node: Node<'_>) -> Option<String> {
    match node.kind() {
        "string" => Some(text(b, node)),
        "template_string" if !has_parts(node) => Some(text(b, node)),
        _ => None,
    }
}

fn has_parts(node: Node<'_>) -> bool {
    children(node)
        .iter()
        .any(|part| part.kind() == "template_substitution")
}

/// The text an expression is, where it is a constant one.
pub(super) fn constant_of(value: &Expr) -> Option<Text> {
    match &value.kind {
        ExprKind::Const(Const::Str(text)) => Some(text.clone()),
        _ => None,
    }
}

/// A piece of text as an expression.
pub(super) fn text_expr(node: Node<'_>, text: &str) -> Expr {
    expr(node, ExprKind::Const(Const::Str(text.into())))
}

/// A number.
pub(super) fn number_expr(b: &Builder<'_>, node: Node<'_>) -> Expr {
    let constant = number(b.source(node).trim_end_matches('n'), false);
    expr(node, ExprKind::Const(constant))
}

/// A regular expression, without its slashes and flags.
pub(super) fn regex(b: &Builder<'_>, node: Node<'_>) -> Expr {
    let pattern = field(node, "pattern").map_or("", |pattern| b.source(pattern));
    expr(node, ExprKind::Const(Const::Regex(pattern.into())))
}

/// Pieces of text and the parts between them, in order.
fn template_parts(b: &mut Builder<'_>, node: Node<'_>) -> (Vec<Expr>, Vec<Expr>) {
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    let mut from = node.start_byte() + 1;
    let piece = |b: &Builder<'_>, from: usize, to: usize| Expr {
        kind: ExprKind::Const(Const::Str(
            unescape(b.text.get(from..to).unwrap_or_default(), false).into(),
        )),
        span: Span::of(node),
    };
    for part in children(node) {
        if part.kind() != "template_substitution" {
            continue;
        }
        texts.push(piece(b, from, part.start_byte()));
        let inner = children(part).first().copied();
        values.push(inner.map_or_else(
            || expr(part, ExprKind::Opaque(Vec::new())),
            |inner| expression::expression(b, inner),
        ));
        from = part.end_byte();
    }
    texts.push(piece(b, from, node.end_byte().saturating_sub(1)));
    (texts, values)
}

/// A template.
pub(super) fn template(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let (texts, values) = template_parts(b, node);
    if values.is_empty() {
        return texts
            .into_iter()
            .next()
            .unwrap_or_else(|| text_expr(node, ""));
    }
    let mut parts = Vec::with_capacity(texts.len() + values.len());
    let mut values = values.into_iter();
    for text in texts {
        let is_empty = constant_of(&text).is_some_and(|text| text.is_empty());
        if !is_empty || parts.is_empty() {
            parts.push(text);
        }
        parts.extend(values.next());
    }
    // Each part is made text, which matters where objects do harm and text does not.
    let parts = parts.into_iter().map(|part| as_text(b, part)).collect();
    expr(node, ExprKind::Interpolated(parts))
}

fn as_text(b: &mut Builder<'_>, part: Expr) -> Expr {
    let span = part.span;
    if matches!(part.kind, ExprKind::Const(_)) {
        return part;
    }
    let callee = ExprKind::Name(b.intern("String"));
    let callee = Box::new(Expr { kind: callee, span });
    let args = vec![super::super::syntax::positional(part)];
    Expr {
        kind: ExprKind::Call { callee, args },
        span,
    }
}

/// What a tag is called with: the pieces of text as a list, then each value.
pub(super) fn tag_args(b: &mut Builder<'_>, node: Node<'_>) -> Vec<Arg> {
    let (texts, values) = template_parts(b, node);
    let texts = expr(node, ExprKind::Sequence(texts));
    std::iter::once(texts)
        .chain(values)
        .map(super::super::syntax::positional)
        .collect()
}

/// An array.
pub(super) fn array(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let elements = children(node)
        .into_iter()
        .map(|element| expression::expression(b, element))
        .collect();
    expr(node, ExprKind::Sequence(elements))
}

/// An object. A getter's value is what it returns.
pub(super) fn object(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let entries = children(node)
        .into_iter()
        .filter_map(|part| entry(b, part))
        .collect();
    expr(node, ExprKind::Map(entries))
}

fn entry(b: &mut Builder<'_>, part: Node<'_>) -> Option<(Option<Expr>, Expr)> {
    match part.kind() {
        "pair" => {
            let key = field(part, "key")?;
            let (key, name) = property_key(b, key);
            let value = field(part, "value")?;
            let value = expression::named(b, value, &name);
            Some((Some(key), value))
        }
        "shorthand_property_identifier" => {
            let key = text_expr(part, b.source(part));
            let value = b.name_expr(part);
            Some((Some(key), value))
        }
        "spread_element" => {
            let inner = children(part).first().copied()?;
            Some((None, expression::expression(b, inner)))
        }
        "method_definition" => {
            let (key, name) = property_key(b, field(part, "name")?);
            let id = function::function(b, part, &name, FunctionKind::Lambda);
            let value = expr(part, ExprKind::Function(id));
            let value = if function::is_getter(part) {
                let callee = Box::new(value);
                expr(
                    part,
                    ExprKind::Call {
                        callee,
                        args: Vec::new(),
                    },
                )
            } else {
                value
            };
            Some((Some(key), value))
        }
        _ => None,
    }
}

/// The key of a property, and its name where it is known (else empty).
pub(super) fn property_key(b: &mut Builder<'_>, key: Node<'_>) -> (Expr, String) {
    if key.kind() == "computed_property_name" {
        let inner = children(key).first().copied();
        let computed = inner.map_or_else(
            || expr(key, ExprKind::Opaque(Vec::new())),
            |inner| expression::expression(b, inner),
        );
        let name = constant_of(&computed).map_or_else(String::new, |name| name.to_string());
        return (computed, name);
    }
    let name = property_name(b, key);
    (text_expr(key, &name), name)
}

/// The name of a property that is written out; empty for a computed one.
pub(super) fn property_name(b: &Builder<'_>, key: Node<'_>) -> String {
    match key.kind() {
        "string" => text(b, key),
        "computed_property_name" => children(key)
            .first()
            .and_then(|inner| constant_text(b, *inner))
            .unwrap_or_default(),
        _ => b.source(key).to_owned(),
    }
}
