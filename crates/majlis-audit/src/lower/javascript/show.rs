//! The common form as short text, for tests.

use crate::ir::{
    Arg, Case, Const, Expr, ExprKind, FunctionId, Module, Param, ParamKind, Pattern, Stmt, StmtKind,
};

/// Imports, classes and statements of a module; functions stand where they are used.
pub(super) fn module(module: &Module) -> String {
    let mut out: Vec<String> = Vec::new();
    for import in &module.imports {
        let all = if import.wildcard { ".*" } else { "" };
        out.push(format!("use {} = {}{all}\n", import.local, import.path));
    }
    for class in &module.classes {
        let bases: Vec<&str> = class.bases.iter().map(|base| &*base.name).collect();
        let marks: Vec<String> = class
            .annotations
            .iter()
            .map(|a| format!("@{} ", a.name))
            .collect();
        out.push(format!(
            "{}class {} : {}\n",
            marks.join(""),
            class.name,
            bases.join(", ")
        ));
        for field in &class.fields {
            let ty = field.ty.as_ref().map_or("", |ty| &ty.name);
            let value = field.value.as_ref().map(|value| expr(module, value));
            out.push(format!(
                "  {}: {ty} = {}\n",
                field.name,
                value.unwrap_or_default()
            ));
        }
        for id in &class.methods {
            out.push(format!("  {}\n", function(module, *id)));
        }
    }
    for stmt in &module.top {
        out.push(statement(module, stmt) + "\n");
    }
    out.concat()
}

fn function(module: &Module, id: FunctionId) -> String {
    let function = &module.functions[id.0 as usize];
    let params: Vec<String> = function.params.iter().map(|p| param(module, p)).collect();
    let marks: Vec<String> = function
        .annotations
        .iter()
        .map(|a| format!("@{} ", a.name))
        .collect();
    let public = if function.is_public { "pub " } else { "" };
    format!(
        "{}{public}fn {}({}) {}",
        marks.join(""),
        function.name,
        params.join(", "),
        block(module, &function.body)
    )
}

fn param(module: &Module, param: &Param) -> String {
    let marks: Vec<String> = param
        .annotations
        .iter()
        .map(|a| format!("@{} ", a.name))
        .collect();
    let rest = if param.kind == ParamKind::Rest {
        "..."
    } else {
        ""
    };
    let ty = param
        .ty
        .as_ref()
        .map(|ty| format!(": {}", ty.name))
        .unwrap_or_default();
    let default = param
        .default
        .as_ref()
        .map(|value| format!(" = {}", expr(module, value)));
    format!(
        "{}{rest}{}{ty}{}",
        marks.join(""),
        pattern(module, &param.pattern),
        default.unwrap_or_default()
    )
}

fn block(module: &Module, body: &[Stmt]) -> String {
    let inside: Vec<String> = body.iter().map(|stmt| statement(module, stmt)).collect();
    format!("{{ {} }}", inside.join("; "))
}

fn optional(module: &Module, value: Option<&Expr>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| expr(module, value))
}

fn statement(module: &Module, stmt: &Stmt) -> String {
    let e = |value: &Expr| expr(module, value);
    let b = |body: &[Stmt]| block(module, body);
    match &stmt.kind {
        StmtKind::Expr(value) => e(value),
        StmtKind::Let {
            pattern: p, value, ..
        } => {
            format!(
                "let {} = {}",
                pattern(module, p),
                optional(module, value.as_ref())
            )
        }
        StmtKind::If {
            condition,
            then,
            otherwise,
        } => {
            format!("if {} {} else {}", e(condition), b(then), b(otherwise))
        }
        StmtKind::While {
            condition, body, ..
        } => format!("while {} {}", e(condition), b(body)),
        StmtKind::For {
            init,
            condition,
            update,
            body,
        } => format!(
            "for {} {} {} {}",
            b(init),
            optional(module, condition.as_ref()),
            optional(module, update.first()),
            b(body)
        ),
        StmtKind::ForEach {
            pattern: p,
            iterable,
            body,
            keys_only,
        } => {
            let word = if *keys_only { "in" } else { "of" };
            format!(
                "for {} {word} {} {}",
                pattern(module, p),
                e(iterable),
                b(body)
            )
        }
        StmtKind::Switch { subject, cases } => {
            let cases: Vec<String> = cases.iter().map(|c| case(module, c)).collect();
            format!("switch {} {{ {} }}", e(subject), cases.join(" "))
        }
        StmtKind::Try {
            body,
            catches,
            finally,
            ..
        } => {
            let caught: Vec<String> = catches
                .iter()
                .map(|c| format!("catch {} {}", c.name.as_deref().unwrap_or("-"), b(&c.body)))
                .collect();
            format!(
                "try {} {} finally {}",
                b(body),
                caught.join(" "),
                b(finally)
            )
        }
        StmtKind::Return(value) => format!("return {}", optional(module, value.as_ref())),
        StmtKind::Throw(value) => format!("throw {}", optional(module, value.as_ref())),
        StmtKind::Break(label) => format!("break {}", label.as_deref().unwrap_or("-")),
        StmtKind::Continue(label) => format!("continue {}", label.as_deref().unwrap_or("-")),
        StmtKind::Block(body) => b(body),
        StmtKind::Labeled(label, inner) => format!("{label}: {}", statement(module, inner)),
        StmtKind::Function(id) => function(module, *id),
        StmtKind::Class(id) => format!("class {}", module.classes[id.0 as usize].name),
        StmtKind::Delete(values) => format!("delete {}", list(module, values)),
        other => format!("{other:?}"),
    }
}

fn case(module: &Module, case: &Case) -> String {
    format!(
        "case {} {}",
        list(module, &case.values),
        block(module, &case.body)
    )
}

fn list(module: &Module, values: &[Expr]) -> String {
    let parts: Vec<String> = values.iter().map(|value| expr(module, value)).collect();
    parts.join(", ")
}

fn args(module: &Module, args: &[Arg]) -> String {
    let parts: Vec<String> = args.iter().map(|arg| expr(module, &arg.value)).collect();
    parts.join(", ")
}

fn pattern(module: &Module, of: &Pattern) -> String {
    let many = |parts: &[Pattern]| {
        let parts: Vec<String> = parts.iter().map(|part| pattern(module, part)).collect();
        parts.join(", ")
    };
    match of {
        Pattern::Name(name) => name.to_string(),
        Pattern::Place(place) => expr(module, place),
        Pattern::Sequence(parts) => format!("[{}]", many(parts)),
        Pattern::Fields(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|(name, part)| format!("{name}: {}", pattern(module, part)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Pattern::Rest(inner) => format!("...{}", pattern(module, inner)),
        Pattern::Ignore => "_".to_owned(),
        other => format!("{other:?}"),
    }
}

fn constant(value: &Const) -> String {
    match value {
        Const::Null => "null".to_owned(),
        Const::Bool(value) => value.to_string(),
        Const::Int(value) => value.to_string(),
        Const::Float(value) => value.to_string(),
        Const::Str(value) => format!("{value:?}"),
        Const::Regex(value) => format!("/{value}/"),
        other => format!("{other:?}"),
    }
}

fn expr(module: &Module, value: &Expr) -> String {
    let e = |value: &Expr| expr(module, value);
    match &value.kind {
        ExprKind::Const(value) => constant(value),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field { base, name } => format!("{}.{name}", e(base)),
        ExprKind::Index { base, index } => format!("{}[{}]", e(base), e(index)),
        ExprKind::Call {
            callee,
            args: given,
        } => format!("{}({})", e(callee), args(module, given)),
        ExprKind::New {
            class, args: given, ..
        } => {
            format!("new {}({})", class.name, args(module, given))
        }
        ExprKind::Unary { op, operand } => format!("{op:?} {}", e(operand)),
        ExprKind::Binary { op, left, right } => format!("({} {op:?} {})", e(left), e(right)),
        ExprKind::Choose {
            condition,
            then,
            otherwise,
        } => {
            format!("({} ? {} : {})", e(condition), e(then), e(otherwise))
        }
        ExprKind::Assign { target, op, value } => {
            let op = op.map(|op| format!("{op:?}")).unwrap_or_default();
            format!("{} {op}= {}", pattern(module, target), e(value))
        }
        ExprKind::Update { target, by, .. } => format!("{} += {by}", e(target)),
        ExprKind::Interpolated(parts) => format!("text({})", list(module, parts)),
        ExprKind::Sequence(parts) => format!("[{}]", list(module, parts)),
        ExprKind::Map(entries) => {
            let parts: Vec<String> = entries
                .iter()
                .map(|(key, value)| match key {
                    Some(key) => format!("{}: {}", e(key), e(value)),
                    None => format!("...{}", e(value)),
                })
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        ExprKind::Spread(inner) => format!("...{}", e(inner)),
        ExprKind::Function(id) => function(module, *id),
        ExprKind::Await(inner) => format!("await {}", e(inner)),
        ExprKind::Yield(inner) => format!("yield {}", optional(module, inner.as_deref())),
        ExprKind::Block { body, value } => {
            format!(
                "do {} -> {}",
                block(module, body),
                optional(module, value.as_deref())
            )
        }
        ExprKind::Opaque(parts) => format!("opaque({})", list(module, parts)),
        other => format!("{other:?}"),
    }
}
