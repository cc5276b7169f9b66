//! Numbers that are widened too late.

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{Scopes, ancestor, bare, field, plain_type, walk};
use crate::{SourceFile, Span};

/// A product of `int` that becomes a `long`.
pub(super) const OVERFLOW: &str = "java/overflow-before-widening";
/// A quotient of whole numbers that becomes a fraction.
pub(super) const DIVISION: &str = "java/division-before-widening";

/// Smaller factors are taken for counts of something small.
const SMALL_FACTOR: i64 = 1_000;

/// Looks for both.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    walk(file, |node, scopes| {
        if node.kind() != "binary_expression" {
            return;
        }
        let target = || target_type(file, node, scopes);
        match field(node, "operator").map_or("", |operator| operator.kind()) {
            "*" if is_wide_product(file, node, scopes) && target() == Some("long") => {
                hits.push(OVERFLOW, Span::of(node));
            }
            "/" if is_whole_quotient(file, node, scopes)
                && matches!(target(), Some("double" | "float")) =>
            {
                hits.push(DIVISION, Span::of(node));
            }
            _ => {}
        }
    });
}

/// The type a value is converted to as it is: of the variable, of what the method returns, of a
/// cast.
fn target_type<'t>(file: &'t SourceFile, node: Node<'t>, scopes: &Scopes<'t>) -> Option<&'t str> {
    let mut inner = node;
    let mut parent = node.parent()?;
    while parent.kind() == "parenthesized_expression" {
        inner = parent;
        parent = parent.parent()?;
    }
    let type_in = |node: Node<'t>| field(node, "type").map(|ty| plain_type(file.text_of(ty)));
    match parent.kind() {
        "variable_declarator" => type_in(parent.parent()?),
        "cast_expression" => type_in(parent),
        "assignment_expression" if field(parent, "right") == Some(inner) => {
            scopes.type_of(file, field(parent, "left")?)
        }
        "return_statement" => {
            let around = ancestor(parent, &["method_declaration", "lambda_expression"])?;
            type_in(around)
        }
        _ => None,
    }
}

/// All factors are `int`, and they are not all small constants.
fn is_wide_product<'t>(file: &'t SourceFile, node: Node<'t>, scopes: &Scopes<'t>) -> bool {
    let mut constant = 1_i64;
    let mut names = 0;
    let mut at = bare(node);
    loop {
        let product = at.kind() == "binary_expression"
            && field(at, "operator").is_some_and(|operator| operator.kind() == "*");
        let factor = if product {
            field(at, "right")
        } else {
            Some(at)
        };
        match factor
            .map(bare)
            .and_then(|factor| int_factor(file, factor, scopes))
        {
            Some(Factor::Constant(value)) => constant = constant.saturating_mul(value),
            Some(Factor::Unknown) => names += 1,
            None => return false,
        }
        match field(at, "left").filter(|_| product) {
            Some(left) => at = bare(left),
            None => break,
        }
    }
    let overflows = constant > i64::from(i32::MAX);
    overflows || names >= 2 || (names == 1 && constant >= SMALL_FACTOR)
}

enum Factor {
    Constant(i64),
    Unknown,
}

fn int_factor<'t>(file: &'t SourceFile, node: Node<'t>, scopes: &Scopes<'t>) -> Option<Factor> {
    if node.kind() == "decimal_integer_literal" {
        let value = file.text_of(node).replace('_', "").parse().ok()?;
        return Some(Factor::Constant(value));
    }
    matches!(scopes.type_of(file, node)?, "int").then_some(Factor::Unknown)
}

fn is_whole_quotient<'t>(file: &'t SourceFile, node: Node<'t>, scopes: &Scopes<'t>) -> bool {
    let is_whole = |side| {
        field(node, side)
            .map(bare)
            .is_some_and(|side| match side.kind() {
                "decimal_integer_literal" => true,
                _ => scopes
                    .type_of(file, side)
                    .is_some_and(|ty| matches!(ty, "int" | "long" | "short" | "byte")),
            })
    };
    is_whole("left") && is_whole("right")
}
