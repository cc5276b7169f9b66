//! Statements.

use tree_sitter::Node;

use super::super::syntax::{Builder, child_of, children, expr, field, fields, stmt};
use super::{class, expression, function, module, pattern, types};
use crate::Span;
use crate::ir::{Case, Catch, Const, Expr, ExprKind, FunctionKind, Pattern, Stmt, StmtKind, Text};

/// The statements below a node (a block, a file). Functions declared in it come first, as they
/// can be called before they are declared.
pub(super) fn block(b: &mut Builder<'_>, node: Node<'_>) -> Vec<Stmt> {
    hoisted(b, &children(node))
}

fn hoisted(b: &mut Builder<'_>, nodes: &[Node<'_>]) -> Vec<Stmt> {
    let mut out = Vec::with_capacity(nodes.len());
    for node in nodes {
        statement(b, *node, &mut out);
    }
    let (mut functions, rest): (Vec<_>, Vec<_>) = out
        .into_iter()
        .partition(|stmt| matches!(stmt.kind, StmtKind::Function(_)));
    functions.extend(rest);
    functions
}

/// The statements of a body, with or without braces.
pub(super) fn body(b: &mut Builder<'_>, node: Option<Node<'_>>) -> Vec<Stmt> {
    match node {
        Some(node) if node.kind() == "statement_block" => {
            b.nested(|b| block(b, node)).unwrap_or_default()
        }
        Some(node) => {
            let mut out = Vec::new();
            statement(b, node, &mut out);
            out
        }
        None => Vec::new(),
    }
}

/// Lowers one statement; several names declared at once become several statements.
pub(super) fn statement(b: &mut Builder<'_>, node: Node<'_>, out: &mut Vec<Stmt>) {
    b.nested(|b| statement_inner(b, node, out));
}

fn statement_inner(b: &mut Builder<'_>, node: Node<'_>, out: &mut Vec<Stmt>) {
    match node.kind() {
        "expression_statement" => expression_statement(b, node, out),
        "variable_declaration" | "lexical_declaration" | "using_declaration" => {
            declaration(b, node, out);
        }
        "function_declaration" | "generator_function_declaration" => {
            let name = field(node, "name").map_or("", |name| b.source(name));
            let id = function::function(b, node, name, FunctionKind::Function);
            out.push(stmt(node, StmtKind::Function(id)));
        }
        "class_declaration" | "abstract_class_declaration" => {
            let id = class::class(b, node, "");
            out.push(stmt(node, StmtKind::Class(id)));
        }
        "interface_declaration" => class::interface(b, node),
        "enum_declaration" => {
            let id = class::enumeration(b, node);
            out.push(stmt(node, StmtKind::Class(id)));
        }
        "import_statement" => module::import(b, node),
        "import_alias" => {
            if let [local, path] = children(node)[..] {
                let (local, path) = (b.source(local), b.source(path));
                b.add_import(local, path, false);
            }
        }
        "export_statement" => module::export(b, node, out),
        "internal_module" | "module" => {
            if let Some(inner) = field(node, "body") {
                let inner = block(b, inner);
                out.extend(inner);
            }
        }
        "empty_statement"
        | "debugger_statement"
        | "ambient_declaration"
        | "type_alias_declaration"
        | "function_signature"
        | "hash_bang_line" => {}
        "ERROR" => {
            for child in children(node) {
                statement(b, child, out);
            }
        }
        _ => out.extend(control(b, node)),
    }
}

fn expression_statement(b: &mut Builder<'_>, node: Node<'_>, out: &mut Vec<Stmt>) {
    let Some(inner) = children(node).first().copied() else {
        return;
    };
    if inner.kind() == "internal_module" {
        statement(b, inner, out);
        return;
    }
    if module::export_assignment(b, inner, out) {
        return;
    }
    let is_delete = inner.kind() == "unary_expression"
        && field(inner, "operator").map(|operator| b.source(operator)) == Some("delete");
    if is_delete && let Some(argument) = field(inner, "argument") {
        let given_up = expression::expression(b, argument);
        out.push(stmt(node, StmtKind::Delete(vec![given_up])));
        return;
    }
    let value = expression::expression(b, inner);
    out.push(stmt(node, StmtKind::Expr(value)));
}

fn declaration(b: &mut Builder<'_>, node: Node<'_>, out: &mut Vec<Stmt>) {
    let is_const = field(node, "kind").is_none_or(|kind| b.source(kind) != "let");
    for declarator in children(node) {
        let Some(name) = field(declarator, "name") else {
            continue;
        };
        let value = field(declarator, "value");
        if let Some(value) = value {
            let is_import = is_const || module::required(b, value).is_some();
            if is_import && module::binds_import(b, name, value) {
                continue;
            }
        }
        let ty = field(declarator, "type").and_then(|ty| types::type_name(b, ty));
        let local = b.source(name);
        let value = value.map(|value| expression::named(b, value, local));
        let pattern = pattern::pattern(b, name);
        out.push(stmt(declarator, StmtKind::Let { pattern, ty, value }));
    }
}

fn control(b: &mut Builder<'_>, node: Node<'_>) -> Option<Stmt> {
    let kind = match node.kind() {
        "statement_block" => StmtKind::Block(block(b, node)),
        "if_statement" => {
            let otherwise = field(node, "alternative")
                .and_then(|otherwise| children(otherwise).first().copied());
            StmtKind::If {
                condition: condition(b, node, "condition"),
                then: body(b, field(node, "consequence")),
                otherwise: body(b, otherwise),
            }
        }
        "while_statement" | "do_statement" => StmtKind::While {
            condition: condition(b, node, "condition"),
            body: body(b, field(node, "body")),
            body_first: node.kind() == "do_statement",
        },
        "for_statement" => for_loop(b, node),
        "for_in_statement" => for_each(b, node),
        "switch_statement" => switch(b, node),
        "try_statement" => tried(b, node),
        "with_statement" => {
            let object = condition(b, node, "object");
            let mut inside = body(b, field(node, "body"));
            inside.insert(0, stmt(node, StmtKind::Expr(object)));
            StmtKind::Block(inside)
        }
        "return_statement" => StmtKind::Return(first(b, node)),
        "throw_statement" => StmtKind::Throw(first(b, node)),
        "break_statement" => StmtKind::Break(label(b, node)),
        "continue_statement" => StmtKind::Continue(label(b, node)),
        "labeled_statement" => {
            let inner = body(b, field(node, "body"));
            let inner = match <[Stmt; 1]>::try_from(inner) {
                Ok([only]) => only,
                Err(several) => stmt(node, StmtKind::Block(several)),
            };
            StmtKind::Labeled(label(b, node)?, Box::new(inner))
        }
        "comment" => return None,
        _ => StmtKind::Expr(expression::expression(b, node)),
    };
    Some(stmt(node, kind))
}

fn first(b: &mut Builder<'_>, node: Node<'_>) -> Option<Expr> {
    let inner = children(node).first().copied()?;
    Some(expression::expression(b, inner))
}

fn label(b: &mut Builder<'_>, node: Node<'_>) -> Option<Text> {
    let label = field(node, "label")?;
    Some(b.name(label))
}

fn condition(b: &mut Builder<'_>, node: Node<'_>, name: &str) -> Expr {
    match field(node, name) {
        Some(condition) => expression::expression(b, condition),
        None => expr(node, ExprKind::Opaque(Vec::new())),
    }
}

fn for_loop(b: &mut Builder<'_>, node: Node<'_>) -> StmtKind {
    let mut init = Vec::new();
    for part in fields(node, "initializer") {
        statement(b, part, &mut init);
    }
    let condition = field(node, "condition")
        .filter(|condition| condition.kind() != "empty_statement" && condition.is_named())
        .map(|condition| match children(condition).first() {
            Some(inner) if condition.kind() == "expression_statement" => {
                expression::expression(b, *inner)
            }
            _ => expression::expression(b, condition),
        });
    let update = field(node, "increment").map(|update| expression::expression(b, update));
    StmtKind::For {
        init,
        condition,
        update: update.into_iter().collect(),
        body: body(b, field(node, "body")),
    }
}

fn for_each(b: &mut Builder<'_>, node: Node<'_>) -> StmtKind {
    let pattern = field(node, "left").map_or(Pattern::Ignore, |left| pattern::pattern(b, left));
    StmtKind::ForEach {
        pattern,
        iterable: condition(b, node, "right"),
        body: body(b, field(node, "body")),
        keys_only: field(node, "operator").is_some_and(|operator| b.source(operator) == "in"),
    }
}

fn switch(b: &mut Builder<'_>, node: Node<'_>) -> StmtKind {
    let subject = condition(b, node, "value");
    let cases = field(node, "body").map_or_else(Vec::new, children);
    let cases = cases
        .into_iter()
        .filter(|case| matches!(case.kind(), "switch_case" | "switch_default"))
        .map(|case| {
            let values = field(case, "value")
                .map(|value| expression::expression(b, value))
                .into_iter()
                .collect();
            let statements: Vec<Node<'_>> = fields(case, "body")
                .into_iter()
                .filter(|inner| inner.is_named() && !inner.is_extra())
                .collect();
            Case {
                values,
                pattern: None,
                guard: None,
                body: hoisted(b, &statements),
                falls_through: true,
            }
        })
        .collect();
    StmtKind::Switch { subject, cases }
}

fn tried(b: &mut Builder<'_>, node: Node<'_>) -> StmtKind {
    let inside = body(b, field(node, "body"));
    let catches = field(node, "handler")
        .map(|handler| caught(b, handler))
        .into_iter()
        .collect();
    let finally = field(node, "finalizer").and_then(|finalizer| field(finalizer, "body"));
    StmtKind::Try {
        resources: Vec::new(),
        body: inside,
        catches,
        otherwise: Vec::new(),
        finally: body(b, finally),
    }
}

fn caught(b: &mut Builder<'_>, handler: Node<'_>) -> Catch {
    let parameter = field(handler, "parameter");
    let mut inside = body(b, field(handler, "body"));
    let mut name = None;
    if let Some(parameter) = parameter {
        if parameter.kind() == "identifier" {
            name = Some(b.name(parameter));
        } else {
            let hidden = b.intern("caught exception");
            let pattern = pattern::pattern(b, parameter);
            let value = Some(expr(parameter, ExprKind::Name(hidden.clone())));
            let ty = None;
            inside.insert(0, stmt(parameter, StmtKind::Let { pattern, ty, value }));
            name = Some(hidden);
        }
    }
    Catch {
        types: Vec::new(),
        name,
        body: inside,
        span: Span::of(handler),
    }
}

/// `undefined`, as an expression.
pub(super) fn nothing(node: Node<'_>) -> Expr {
    expr(node, ExprKind::Const(Const::Null))
}

/// Whether a node is modified by a word (`static`, `async`).
pub(super) fn has_word(node: Node<'_>, word: &str) -> bool {
    child_of(node, word).is_some()
}
