//! Expressions.

use tree_sitter::Node;

use super::super::syntax;
use super::super::syntax::{
    Builder, child_of, children, expr, field, opaque, plain_type, positional, stmt,
};
use super::statement::nothing;
use super::{class, function, jsx, literal, module, pattern, types};
use crate::ir::{
    Arg, BinaryOp, Const, Expr, ExprKind, FunctionKind, Pattern, Stmt, StmtKind, UnaryOp,
};

/// An expression; one nested too deep is opaque.
pub(super) fn expression(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    named(b, node, "")
}

/// An expression that is bound to a name, which functions and classes take as theirs.
pub(super) fn named(b: &mut Builder<'_>, node: Node<'_>, name: &str) -> Expr {
    b.nested(|b| expression_inner(b, node, name))
        .unwrap_or_else(|| opaque(node, Vec::new()))
}

fn expression_inner(b: &mut Builder<'_>, node: Node<'_>, name: &str) -> Expr {
    match node.kind() {
        "identifier"
        | "this"
        | "super"
        | "meta_property"
        | "import"
        | "private_property_identifier"
        | "property_identifier"
        | "type_identifier"
        | "shorthand_property_identifier" => b.name_expr(node),
        "undefined" | "null" => nothing(node),
        "true" | "false" => expr(node, ExprKind::Const(Const::Bool(node.kind() == "true"))),
        "number" => literal::number_expr(b, node),
        "string" => literal::text_expr(node, &literal::text(b, node)),
        "regex" => literal::regex(b, node),
        "template_string" => literal::template(b, node),
        "array" => literal::array(b, node),
        "object" => literal::object(b, node),
        "parenthesized_expression"
        | "as_expression"
        | "satisfies_expression"
        | "non_null_expression"
        | "instantiation_expression" => inner(b, node, name),
        "type_assertion" => match children(node).last() {
            Some(value) => expression(b, *value),
            None => nothing(node),
        },
        "function_expression" | "generator_function" | "arrow_function" => {
            let own = field(node, "name").map_or(name, |own| b.source(own));
            let id = function::function(b, node, own, FunctionKind::Lambda);
            expr(node, ExprKind::Function(id))
        }
        "class" => class_expression(b, node, name),
        "jsx_element" | "jsx_self_closing_element" => jsx::element(b, node),
        "jsx_expression" => inner(b, node, ""),
        "sequence_expression" => sequence(b, node),
        "spread_element" => {
            let inner = Box::new(inner(b, node, ""));
            expr(node, ExprKind::Spread(inner))
        }
        _ => operation(b, node),
    }
}

fn operation(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    match node.kind() {
        "member_expression" => member(b, node),
        "subscript_expression" => subscript(b, node),
        "call_expression" => call(b, node),
        "new_expression" => new(b, node),
        "assignment_expression" => assignment(b, node),
        "augmented_assignment_expression" => augmented(b, node),
        "binary_expression" => binary(b, node),
        "unary_expression" => unary(b, node),
        "update_expression" => update(b, node),
        "ternary_expression" => {
            let condition = Box::new(part(b, node, "condition"));
            let then = Box::new(part(b, node, "consequence"));
            let otherwise = Box::new(part(b, node, "alternative"));
            expr(
                node,
                ExprKind::Choose {
                    condition,
                    then,
                    otherwise,
                },
            )
        }
        "await_expression" => {
            if let Some(path) = awaited_module(b, node) {
                return path;
            }
            let inner = Box::new(inner(b, node, ""));
            expr(node, ExprKind::Await(inner))
        }
        "yield_expression" => {
            let value = children(node).first().copied();
            let value = value.map(|value| Box::new(expression(b, value)));
            expr(node, ExprKind::Yield(value))
        }
        _ => {
            let parts = children(node);
            let parts = parts.into_iter().map(|part| expression(b, part)).collect();
            opaque(node, parts)
        }
    }
}

fn awaited_module(b: &mut Builder<'_>, node: Node<'_>) -> Option<Expr> {
    let value = children(node).first().copied()?;
    let path = module::required(b, value)?;
    Some(module_expr(b, node, &path))
}

/// A module used on the spot (`require('fs').readFile`): a name nobody can write, imported.
fn module_expr(b: &mut Builder<'_>, node: Node<'_>, path: &str) -> Expr {
    let local = b.intern(&format!("require {path}"));
    if !b.module.imports.iter().any(|known| known.local == local) {
        b.add_import(&local, path, false);
    }
    expr(node, ExprKind::Name(local))
}

fn inner(b: &mut Builder<'_>, node: Node<'_>, name: &str) -> Expr {
    match children(node).first() {
        Some(inner) => named(b, *inner, name),
        None => nothing(node),
    }
}

pub(super) fn part(b: &mut Builder<'_>, node: Node<'_>, name: &str) -> Expr {
    match field(node, name) {
        Some(part) => expression(b, part),
        None => nothing(node),
    }
}

fn class_expression(b: &mut Builder<'_>, node: Node<'_>, name: &str) -> Expr {
    let id = class::class(b, node, name);
    let name = b
        .module
        .classes
        .get(id.0 as usize)
        .map_or_else(|| "".into(), |class| class.name.clone());
    let body = vec![stmt(node, StmtKind::Class(id))];
    let value = Some(Box::new(expr(node, ExprKind::Name(name))));
    expr(node, ExprKind::Block { body, value })
}

fn sequence(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let mut parts: Vec<Expr> = children(node)
        .into_iter()
        .map(|part| expression(b, part))
        .collect();
    let value = parts.pop().map(Box::new);
    // `(0, module.function)(x)` is how compilers call without a receiver.
    let is_constant = |part: &Expr| matches!(part.kind, ExprKind::Const(_));
    if parts.iter().all(is_constant)
        && let Some(value) = value
    {
        return *value;
    }
    let body: Vec<Stmt> = parts
        .into_iter()
        .map(|part| Stmt {
            span: part.span,
            kind: StmtKind::Expr(part),
        })
        .collect();
    expr(node, ExprKind::Block { body, value })
}

fn member(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let Some(property) = field(node, "property") else {
        return part(b, node, "object");
    };
    let name = b.name(property);
    if matches!(&*name, "promises" | "default")
        && let Some(object) = field(node, "object")
        && module::imported(b, object).is_some()
    {
        return expression(b, object);
    }
    let base = Box::new(part(b, node, "object"));
    expr(node, ExprKind::Field { base, name })
}

fn subscript(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let base = Box::new(part(b, node, "object"));
    let index = part(b, node, "index");
    if let Some(name) = literal::constant_of(&index) {
        return expr(node, ExprKind::Field { base, name });
    }
    let index = Box::new(index);
    expr(node, ExprKind::Index { base, index })
}

/// Arguments in order.
pub(super) fn arguments(b: &mut Builder<'_>, node: Node<'_>) -> Vec<Arg> {
    children(node)
        .into_iter()
        .map(|argument| positional(expression(b, argument)))
        .collect()
}

fn call(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    if let Some(path) = module::required(b, node) {
        return module_expr(b, node, &path);
    }
    let (Some(callee), Some(given)) = (field(node, "function"), field(node, "arguments")) else {
        return opaque(node, Vec::new());
    };
    let callee = match bound(b, callee, given) {
        Some(callee) => return callee,
        None => expression(b, callee),
    };
    let args = if given.kind() == "template_string" {
        literal::tag_args(b, given)
    } else {
        arguments(b, given)
    };
    let callee = Box::new(event_callee(b, callee, &args));
    expr(node, ExprKind::Call { callee, args })
}

/// `f.bind(this)` and `promisify(f)` are `f`.
fn bound(b: &mut Builder<'_>, callee: Node<'_>, given: Node<'_>) -> Option<Expr> {
    let parts = children(given);
    let [only] = parts[..] else {
        return None;
    };
    let name = b.source(callee);
    if name == "promisify" || name.ends_with(".promisify") {
        return Some(expression(b, only));
    }
    let is_bind = callee.kind() == "member_expression"
        && field(callee, "property").is_some_and(|property| b.source(property) == "bind")
        && only.kind() == "this";
    is_bind.then(|| part(b, callee, "object"))
}

/// Handlers differ by the event they are for: `x.on('data', f)` calls `on:data`, so that tables
/// can say what each is handed.
fn event_callee(b: &mut Builder<'_>, callee: Expr, args: &[Arg]) -> Expr {
    const LISTENERS: [&str; 5] = [
        "on",
        "once",
        "addListener",
        "addEventListener",
        "attachEvent",
    ];
    let event = args
        .first()
        .and_then(|arg| literal::constant_of(&arg.value));
    let Some(event) = event.filter(|_| args.len() >= 2) else {
        return callee;
    };
    match callee.kind {
        ExprKind::Field { base, name } if LISTENERS.contains(&&*name) => {
            let name = b.intern(&format!("{name}:{event}"));
            Expr {
                kind: ExprKind::Field { base, name },
                span: callee.span,
            }
        }
        ExprKind::Name(name) if &*name == "addEventListener" => {
            let name = b.intern(&format!("{name}:{event}"));
            Expr {
                kind: ExprKind::Name(name),
                span: callee.span,
            }
        }
        _ => callee,
    }
}

fn new(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let args = field(node, "arguments").map_or_else(Vec::new, |given| arguments(b, given));
    let Some(made) = field(node, "constructor") else {
        return opaque(node, Vec::new());
    };
    let name = match made.kind() {
        "identifier" => b.name(made),
        "member_expression" => match module::imported(b, made) {
            Some(path) => b.intern(&path),
            None => b.name(made),
        },
        _ => {
            let callee = Box::new(expression(b, made));
            return match callee.kind {
                ExprKind::Name(class) => {
                    let class = plain_type(class);
                    let body = None;
                    expr(node, ExprKind::New { class, args, body })
                }
                _ => expr(node, ExprKind::Call { callee, args }),
            };
        }
    };
    let mut class = plain_type(name);
    if let Some(given) = field(node, "type_arguments") {
        class.args = children(given)
            .into_iter()
            .filter_map(|argument| types::type_name(b, argument))
            .collect();
    }
    let body = None;
    expr(node, ExprKind::New { class, args, body })
}

/// The last name of what is assigned to: what a function assigned there is called.
fn assigned_name<'t>(b: &Builder<'t>, left: Node<'_>) -> &'t str {
    match left.kind() {
        "identifier" => b.source(left),
        "member_expression" => field(left, "property").map_or("", |property| b.source(property)),
        _ => "",
    }
}

fn assignment(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return opaque(node, Vec::new());
    };
    let name = assigned_name(b, left);
    let value = Box::new(named(b, right, name));
    let target = Box::new(pattern::pattern(b, left));
    if name.starts_with("on")
        && matches!(value.kind, ExprKind::Function(_))
        && let Pattern::Place(place) = &*target
        && let ExprKind::Field { base, .. } = &place.kind
    {
        // `window.onmessage = f` is `window.addEventListener('message', f)`.
        let callee = ExprKind::Field {
            base: base.clone(),
            name: b.intern(&format!("addEventListener:{}", &name[2..])),
        };
        let callee = Box::new(expr(left, callee));
        let event = literal::text_expr(left, &name[2..]);
        let args = vec![positional(event), positional(*value)];
        return expr(node, ExprKind::Call { callee, args });
    }
    let op = None;
    expr(node, ExprKind::Assign { target, op, value })
}

fn augmented(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let Some(left) = field(node, "left") else {
        return opaque(node, Vec::new());
    };
    let value = Box::new(part(b, node, "right"));
    let target = Box::new(pattern::pattern(b, left));
    let operator = field(node, "operator").map_or("", |operator| b.source(operator));
    let op = Some(binary_op(operator.trim_end_matches('=')));
    expr(node, ExprKind::Assign { target, op, value })
}

fn binary_op(operator: &str) -> BinaryOp {
    match operator {
        "**" => BinaryOp::Power,
        "??" => BinaryOp::Coalesce,
        "===" => BinaryOp::Equal,
        "!==" => BinaryOp::NotEqual,
        "in" => BinaryOp::In,
        "instanceof" => BinaryOp::InstanceOf,
        written => syntax::operator(written),
    }
}

fn binary(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let spine = Builder::spine(node, "binary_expression");
    let first = expression(b, spine.first);
    let links = spine
        .links
        .into_iter()
        .map(|(link, right)| {
            let operator = field(link, "operator").map_or("", |operator| b.source(operator));
            (link, binary_op(operator), expression(b, right))
        })
        .collect();
    Builder::chain(first, links)
}

fn unary(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let operator = field(node, "operator").map_or("", |operator| b.source(operator));
    let operand = part(b, node, "argument");
    let op = match operator {
        "-" => UnaryOp::Negate,
        "!" => UnaryOp::Not,
        "~" => UnaryOp::Complement,
        // `+x` makes a number of x; what kind of value x is says nothing of its text.
        "+" => return builtin(b, node, "Number", operand),
        "typeof" => return builtin(b, node, "typeof", operand),
        _ => UnaryOp::Other,
    };
    if let (UnaryOp::Negate, ExprKind::Const(Const::Int(value))) = (op, &operand.kind) {
        return expr(node, ExprKind::Const(Const::Int(value.wrapping_neg())));
    }
    let operand = Box::new(operand);
    expr(node, ExprKind::Unary { op, operand })
}

fn builtin(b: &mut Builder<'_>, node: Node<'_>, name: &str, operand: Expr) -> Expr {
    let callee = Box::new(expr(node, ExprKind::Name(b.intern(name))));
    let args = vec![positional(operand)];
    expr(node, ExprKind::Call { callee, args })
}

fn update(b: &mut Builder<'_>, node: Node<'_>) -> Expr {
    let target = Box::new(part(b, node, "argument"));
    let by = if child_of(node, "++").is_some() {
        1
    } else {
        -1
    };
    let prefix = node
        .child(0)
        .is_some_and(|child| matches!(child.kind(), "++" | "--"));
    expr(node, ExprKind::Update { target, by, prefix })
}
