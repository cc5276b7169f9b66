//! A module's statements and expressions in one line each, for tests of lowerings.

use crate::ir::{
    Arg, Case, Const, Expr, ExprKind, Function, Module, Pattern, Stmt, StmtKind, Text, TypeName,
};

/// Every function of a module, then what stands outside functions.
pub(crate) fn module(module: &Module) -> String {
    let mut lines: Vec<String> = Vec::new();
    for function in &module.functions {
        lines.push(signature(module, function));
        lines.push(format!("  {}", block(&function.body)));
    }
    if !module.top.is_empty() {
        lines.push(format!("top {}", block(&module.top)));
    }
    lines.join("\n")
}

fn signature(module: &Module, function: &Function) -> String {
    let class = function.class.map_or(String::new(), |id| {
        format!("{}.", module.classes[id.0 as usize].name)
    });
    let params: Vec<String> = function
        .params
        .iter()
        .map(|param| match &param.ty {
            Some(ty) => format!("{}: {}", pattern(&param.pattern), type_name(ty)),
            None => pattern(&param.pattern),
        })
        .collect();
    let annotations: Vec<String> = function
        .annotations
        .iter()
        .map(|annotation| format!("@{}{} ", annotation.name, list(&annotation.args, argument)))
        .collect();
    let annotations = annotations.concat();
    let receiver = function.receiver.as_deref().unwrap_or("-");
    let returns = function.returns.as_ref().map_or("-".into(), type_name);
    format!(
        "{annotations}{class}{}({}) self={receiver} -> {returns}",
        function.name,
        params.join(", ")
    )
}

/// A type with its pointers, arguments and lengths.
pub(crate) fn type_name(ty: &TypeName) -> String {
    let args = if ty.args.is_empty() {
        String::new()
    } else {
        list(&ty.args, type_name)
    };
    let lengths: Vec<String> = ty
        .array
        .iter()
        .map(|length| format!("[{}]", optional(length.as_ref())))
        .collect();
    let lengths = lengths.concat();
    format!(
        "{}{}{args}{lengths}",
        "*".repeat(usize::from(ty.pointers)),
        ty.name
    )
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    let shown: Vec<String> = items.iter().map(show).collect();
    format!("({})", shown.join(", "))
}

fn optional(value: Option<&Expr>) -> String {
    value.map_or(String::new(), expr)
}

/// Statements, parted by `;`.
pub(crate) fn block(statements: &[Stmt]) -> String {
    let shown: Vec<String> = statements.iter().map(stmt).collect();
    format!("{{{}}}", shown.join("; "))
}

fn stmt(statement: &Stmt) -> String {
    match &statement.kind {
        StmtKind::Expr(value) => expr(value),
        StmtKind::Let {
            pattern: bound,
            ty,
            value,
        } => {
            let ty = ty
                .as_ref()
                .map_or(String::new(), |ty| format!(": {}", type_name(ty)));
            let value = value
                .as_ref()
                .map_or(String::new(), |value| format!(" = {}", expr(value)));
            format!("let {}{ty}{value}", pattern(bound))
        }
        StmtKind::If {
            condition,
            then,
            otherwise,
        } => {
            format!(
                "if {} {} else {}",
                expr(condition),
                block(then),
                block(otherwise)
            )
        }
        StmtKind::While {
            condition,
            body,
            body_first,
        } => {
            format!(
                "while{} {} {}",
                if *body_first { " first" } else { "" },
                expr(condition),
                block(body)
            )
        }
        StmtKind::For {
            init,
            condition,
            update,
            body,
        } => format!(
            "for {} {} {} {}",
            block(init),
            optional(condition.as_ref()),
            list(update, expr),
            block(body)
        ),
        StmtKind::ForEach {
            pattern: bound,
            iterable,
            body,
            keys_only,
        } => format!(
            "each{} {} in {} {}",
            if *keys_only { " key" } else { "" },
            pattern(bound),
            expr(iterable),
            block(body)
        ),
        StmtKind::Switch { subject, cases } => {
            format!("switch {} {}", expr(subject), list(cases, case))
        }
        StmtKind::Defer(value) => format!("defer {}", expr(value)),
        StmtKind::Return(value) => format!("return {}", optional(value.as_ref())),
        StmtKind::Throw(value) => format!("throw {}", optional(value.as_ref())),
        StmtKind::Break(label) => format!("break {}", label.as_deref().unwrap_or_default()),
        StmtKind::Continue(label) => format!("continue {}", label.as_deref().unwrap_or_default()),
        StmtKind::Block(body) => block(body),
        StmtKind::Labeled(label, inner) => format!("{label}: {}", stmt(inner)),
        StmtKind::Goto(label) => format!("goto {label}"),
        StmtKind::Function(id) => format!("fn#{}", id.0),
        StmtKind::Class(id) => format!("class#{}", id.0),
        StmtKind::Assert(value) => format!("assert {}", expr(value)),
        other => format!("{other:?}"),
    }
}

fn case(case: &Case) -> String {
    let bound = case
        .pattern
        .as_ref()
        .map_or(String::new(), |bound| format!(" {}", pattern(bound)));
    let guard = case
        .guard
        .as_ref()
        .map_or(String::new(), |guard| format!(" if {}", expr(guard)));
    let through = if case.falls_through { " through" } else { "" };
    format!(
        "case{}{bound}{guard}{through} {}",
        list(&case.values, expr),
        block(&case.body)
    )
}

fn argument(arg: &Arg) -> String {
    match &arg.name {
        Some(name) => format!("{name}={}", expr(&arg.value)),
        None => expr(&arg.value),
    }
}

/// What a value is bound to.
pub(crate) fn pattern(bound: &Pattern) -> String {
    match bound {
        Pattern::Name(name) => name.to_string(),
        Pattern::Place(place) => expr(place),
        Pattern::Sequence(parts) => list(parts, pattern),
        Pattern::Fields(parts) => {
            let shown = list(parts, |(name, part): &(Text, Pattern)| {
                format!("{name}: {}", pattern(part))
            });
            format!("fields{shown}")
        }
        Pattern::Variant(name, parts) => format!("{name}{}", list(parts, pattern)),
        Pattern::Rest(inner) => format!("..{}", pattern(inner)),
        Pattern::Either(parts) => format!("any{}", list(parts, pattern)),
        Pattern::Value(value) => expr(value),
        Pattern::Ignore => "_".to_owned(),
    }
}

/// An expression.
pub(crate) fn expr(value: &Expr) -> String {
    match &value.kind {
        ExprKind::Const(constant) => match constant {
            Const::Null => "nil".to_owned(),
            Const::Bool(value) => value.to_string(),
            Const::Int(value) => value.to_string(),
            Const::Float(value) => format!("{value:?}f"),
            Const::Str(value) => format!("{value:?}"),
            Const::Char(value) => format!("{value:?}"),
            other => format!("{other:?}"),
        },
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field { base, name } => format!("{}.{name}", expr(base)),
        ExprKind::Index { base, index } => format!("{}[{}]", expr(base), expr(index)),
        ExprKind::Slice { base, from, to } => {
            format!(
                "{}[{}:{}]",
                expr(base),
                optional(from.as_deref()),
                optional(to.as_deref())
            )
        }
        ExprKind::Call { callee, args } => format!("{}{}", expr(callee), list(args, argument)),
        ExprKind::Struct { class, fields } => {
            let shown = list(fields, |(name, field): &(Option<Text>, Expr)| match name {
                Some(name) => format!("{name}: {}", expr(field)),
                None => expr(field),
            });
            format!("new {}{shown}", type_name(class))
        }
        ExprKind::Unary { op, operand } => format!("{op:?}({})", expr(operand)),
        ExprKind::Binary { op, left, right } => format!("({} {op:?} {})", expr(left), expr(right)),
        ExprKind::Choose {
            condition,
            then,
            otherwise,
        } => {
            format!(
                "({} ? {} : {})",
                expr(condition),
                expr(then),
                expr(otherwise)
            )
        }
        ExprKind::Assign { target, op, value } => {
            let op = op.map_or(String::new(), |op| format!("{op:?}"));
            format!("{} {op}= {}", pattern(target), expr(value))
        }
        ExprKind::Update { target, by, .. } => format!("{} by {by}", expr(target)),
        ExprKind::Interpolated(parts) => format!("text{}", list(parts, expr)),
        ExprKind::Sequence(parts) => format!("seq{}", list(parts, expr)),
        ExprKind::Map(entries) => {
            let shown = list(entries, |(key, entry): &(Option<Expr>, Expr)| {
                format!("{}: {}", optional(key.as_ref()), expr(entry))
            });
            format!("map{shown}")
        }
        other => wrapped(other),
    }
}

fn wrapped(kind: &ExprKind) -> String {
    match kind {
        ExprKind::Spread(inner) => format!("..{}", expr(inner)),
        ExprKind::Function(id) => format!("fn#{}", id.0),
        ExprKind::Cast { ty, value } => format!("{}<{}>", type_name(ty), expr(value)),
        ExprKind::Await(inner) => format!("await {}", expr(inner)),
        ExprKind::Unwrap(inner) => format!("{}?", expr(inner)),
        ExprKind::AddressOf(inner) => format!("&{}", expr(inner)),
        ExprKind::Deref(inner) => format!("*{}", expr(inner)),
        ExprKind::Type(ty) => format!("type {}", type_name(ty)),
        ExprKind::Block { body, value } => {
            format!("do {} {}", block(body), optional(value.as_deref()))
        }
        ExprKind::Match { subject, cases } => {
            format!("match {} {}", expr(subject), list(cases, case))
        }
        ExprKind::Opaque(parts) => format!("?{}", list(parts, expr)),
        other => format!("{other:?}"),
    }
}
