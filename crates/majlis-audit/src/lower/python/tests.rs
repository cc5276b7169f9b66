use super::*;
use crate::Grammar;
use crate::ir::{Arg, Const, Expr, FunctionKind, Pattern, Stmt, StmtKind};

fn module(path: &str, text: &str) -> Module {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&Grammar::Python.tree_sitter()).unwrap();
    lower(path, text, parser.parse(text, None).unwrap().root_node())
}

/// What is written on the left is lowered to what is shown on the right.
#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(body(&module("m.py", text).top), expected, "{text}");
}

fn body(stmts: &[Stmt]) -> String {
    let shown: Vec<String> = stmts.iter().map(stmt).collect();
    shown.join("; ")
}

fn stmt(stmt: &Stmt) -> String {
    match &stmt.kind {
        StmtKind::Expr(value) => expr(value),
        StmtKind::Let {
            pattern: p,
            ty,
            value,
        } => format!(
            "let {}: {} = {}",
            pattern(p),
            ty.as_ref().map_or("?", |ty| &ty.name),
            value.as_ref().map_or("unset".into(), expr)
        ),
        StmtKind::If {
            condition,
            then,
            otherwise,
        } => format!(
            "if {} {{{}}} else {{{}}}",
            expr(condition),
            body(then),
            body(otherwise)
        ),
        StmtKind::ForEach {
            pattern: p,
            iterable,
            body: b,
            ..
        } => {
            format!("for {} in {} {{{}}}", pattern(p), expr(iterable), body(b))
        }
        StmtKind::Switch { subject, cases } => {
            let shown: Vec<String> = cases.iter().map(case).collect();
            format!("switch {} {{{}}}", expr(subject), shown.join(", "))
        }
        StmtKind::Try {
            body: b,
            catches,
            otherwise,
            finally,
            ..
        } => {
            let caught: Vec<String> = catches
                .iter()
                .map(|c| {
                    let types: Vec<&str> = c.types.iter().map(|ty| ty.name.as_ref()).collect();
                    format!(
                        "catch {} as {:?} {{{}}}",
                        types.join("|"),
                        c.name,
                        body(&c.body)
                    )
                })
                .collect();
            format!(
                "try {{{}}} {} else {{{}}} finally {{{}}}",
                body(b),
                caught.join(" "),
                body(otherwise),
                body(finally)
            )
        }
        StmtKind::With { items, body: b } => {
            let shown: Vec<String> = items
                .iter()
                .map(|(value, target)| {
                    let target = target.as_ref().map_or("_".into(), pattern);
                    format!("{} as {target}", expr(value))
                })
                .collect();
            format!("with {} {{{}}}", shown.join(", "), body(b))
        }
        StmtKind::Return(value) => {
            format!("return {}", value.as_ref().map_or_else(String::new, expr))
        }
        StmtKind::Function(id) => format!("def {}", id.0),
        StmtKind::Class(id) => format!("class {}", id.0),
        other => format!("{other:?}")
            .split(['(', ' ', '{'])
            .next()
            .unwrap()
            .into(),
    }
}

fn case(case: &crate::ir::Case) -> String {
    let values: Vec<String> = case.values.iter().map(expr).collect();
    format!(
        "{}{}{} => {{{}}}",
        values.join("|"),
        case.pattern.as_ref().map_or(String::new(), pattern),
        case.guard
            .as_ref()
            .map_or(String::new(), |guard| format!(" if {}", expr(guard))),
        body(&case.body)
    )
}

fn pattern(bound: &Pattern) -> String {
    let all = |patterns: &[Pattern]| patterns.iter().map(pattern).collect::<Vec<_>>().join(", ");
    match bound {
        Pattern::Name(name) => name.to_string(),
        Pattern::Place(place) | Pattern::Value(place) => expr(place),
        Pattern::Sequence(parts) => format!("[{}]", all(parts)),
        Pattern::Fields(fields) => {
            let shown: Vec<String> = fields
                .iter()
                .map(|(n, p)| format!("{n}: {}", pattern(p)))
                .collect();
            format!("{{{}}}", shown.join(", "))
        }
        Pattern::Variant(name, parts) => format!("{name}({})", all(parts)),
        Pattern::Rest(rest) => format!("*{}", pattern(rest)),
        Pattern::Either(choices) => format!("either({})", all(choices)),
        Pattern::Ignore => "_".into(),
    }
}

fn expr(value: &Expr) -> String {
    let list = |values: &[Expr]| values.iter().map(expr).collect::<Vec<_>>().join(", ");
    match &value.kind {
        ExprKind::Const(Const::Str(text)) => format!("{text:?}"),
        ExprKind::Const(Const::Int(number)) => number.to_string(),
        ExprKind::Const(other) => format!("{other:?}"),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field { base, name } => format!("{}.{name}", expr(base)),
        ExprKind::Index { base, index } => format!("{}[{}]", expr(base), expr(index)),
        ExprKind::Slice { base, from, to } => {
            let bound = |b: &Option<Box<Expr>>| b.as_ref().map_or(String::new(), |b| expr(b));
            format!("{}[{}:{}]", expr(base), bound(from), bound(to))
        }
        ExprKind::Call { callee, args } => format!("{}({})", expr(callee), arguments(args)),
        ExprKind::Unary { op, operand } => format!("{op:?}({})", expr(operand)),
        ExprKind::Binary { op, left, right } => format!("{op:?}({}, {})", expr(left), expr(right)),
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
        ExprKind::Interpolated(parts) => format!("text({})", list(parts)),
        ExprKind::Sequence(parts) => format!("[{}]", list(parts)),
        ExprKind::Map(entries) => {
            let shown: Vec<String> = entries
                .iter()
                .map(|(key, value)| match key {
                    Some(key) => format!("{}: {}", expr(key), expr(value)),
                    None => format!("...{}", expr(value)),
                })
                .collect();
            format!("{{{}}}", shown.join(", "))
        }
        ExprKind::Spread(inner) => format!("*{}", expr(inner)),
        ExprKind::Function(id) => format!("fn {}", id.0),
        ExprKind::Await(inner) => format!("await {}", expr(inner)),
        ExprKind::Yield(inner) => {
            format!(
                "yield {}",
                inner.as_ref().map_or_else(String::new, |i| expr(i))
            )
        }
        ExprKind::Comprehension { elements, loops } => {
            let shown: Vec<String> = loops
                .iter()
                .map(|l| {
                    format!(
                        "for {} in {} if {}",
                        pattern(&l.pattern),
                        expr(&l.iterable),
                        list(&l.conditions)
                    )
                })
                .collect();
            format!("<{} {}>", list(elements), shown.join(" "))
        }
        ExprKind::Opaque(parts) => format!("opaque({})", list(parts)),
        ExprKind::Cast { ty, value } => format!("{}({})", ty.name, expr(value)),
        other => format!("{other:?}"),
    }
}

fn arguments(args: &[Arg]) -> String {
    let shown: Vec<String> = args
        .iter()
        .map(|arg| match &arg.name {
            Some(name) => format!("{name}={}", expr(&arg.value)),
            None => expr(&arg.value),
        })
        .collect();
    shown.join(", ")
}

#[test]
fn text_keeps_what_is_put_into_it() {
    check(
        "x = f'a{b}c{d!r:>{w}}{{}}'",
        r#"x = text("a", b, "c", d, w, "{}")"#,
    );
    check("'a' \"b\"", r#""ab""#);
    check("'a\\n' r'\\d' f'{x}'", r#"text("a\n", "\\d", x)"#);
    check("b'ab'", "Bytes([97, 98])");
    check("'%s' % (a, b)", r#"Remainder("%s", [a, b])"#);
    check("'{}'.format(a, k=b)", r#""{}".format(a, k=b)"#);
    check("''", r#""""#);
    check("0x10 + 1_000", "Add(16, 1000)");
}

#[test]
fn operators_are_kept() {
    check("a < b <= c", "And(Less(a, b), LessEqual(b, c))");
    check("a is not b", "IsNot(a, b)");
    check("a not in b", "NotIn(a, b)");
    check("not a or -b and c", "Or(Not(a), And(Negate(b), c))");
    check("a if b else c", "(b ? a : c)");
    check("a[1:]", "a[1:]");
    check("a[:n:2]", "a[:n]");
    check("a[1, 2]", "a[[1, 2]]");
    check("(y := f(x))", "y = f(x)");
    check("d.get('a', type=int)", "int(d.get(\"a\"))");
    check("super().f(a)", "super.f(a)");
    check("super().__init__(a)", "super(a)");
    check("await f(*a, **b)", "await f(*a, **=*b)");
    check("f(x for x in y)", "f(<x for x in y if >)");
    check("{**a, 'k': v}", r#"{...a, "k": v}"#);
    check(
        "{k: v for k, v in d if k if v}",
        "<k, v for [k, v] in d if k, v>",
    );
    check(
        "[x for a in b for x in a]",
        "<x for a in b if  for x in a if >",
    );
}

#[test]
fn targets_are_bound() {
    check("a, (b, *c) = d", "[a, [b, *c]] = d");
    check("a = b = c", "a = b = c");
    check("a.b += 1", "a.b Add= 1");
    check("a[i] = v", "a[i] = v");
    check("a: int = 1", "let a: int = 1");
    check("a: 'Optional[str]'", "let a: Optional = unset");
    check(
        "a: Optional[b.C] = None",
        "let a: b.C = Const(Null)"
            .replace("Const(Null)", "Null")
            .as_str(),
    );
    check("a: str | None = x", "let a: str = x");
    check("self.a: int = 1", "self.a = 1");
    check("f = lambda x: x", "f = fn 0");
}

#[test]
fn statements_have_their_form() {
    check(
        "if a:\n  b\nelif c:\n  d\nelse:\n  e",
        "if a {b} else {if c {d} else {e}}",
    );
    check(
        "if __name__ == '__main__':\n  run()",
        "if Bool(true) {run()} else {}",
    );
    check(
        "for a, b in c:\n  d\nelse:\n  e",
        "for [a, b] in c {d}; if opaque() {e} else {}",
    );
    check(
        "try:\n  a\nexcept (A, b.B) as e:\n  c\nexcept:\n  d\nelse:\n  f\nfinally:\n  g",
        "try {a} catch A|b.B as Some(\"e\") {c} catch  as None {d} else {f} finally {g}",
    );
    check(
        "with open(p) as f, g:\n  h",
        "with open(p) as f, g as _ {h}",
    );
    check(
        "with (open(p) as f, open(q) as g):\n  h",
        "with open(p) as f, open(q) as g {h}",
    );
    check(
        "del a, b\nassert a, 'm'\npass\nraise A from b",
        "Delete; Assert; Throw",
    );
    check("print 'a', b", r#"print("a", b)"#);
    check("exec code", "exec(code)");
}

#[test]
fn a_match_tells_values_from_bindings() {
    check(
        "match x:\n  case 'a' | 'b':\n    p\n  case -1:\n    q\n  case y if y:\n    r\n  case _:\n    s",
        r#"switch x {"a"|"b" => {p}, Negate(1) => {q}, y if y => {r},  => {s}}"#,
    );
    check(
        "match x:\n  case [a, *rest]:\n    p\n  case {'k': v, **o}:\n    q\n  case P(z, w=1):\n    r\n  case C.D:\n    s\n  case str() as t:\n    u",
        "switch x {[a, *rest] => {p}, {k: v, **: *o} => {q}, P(z, {w: 1}) => {r}, C.D => {s}, either(str(), t) => {u}}",
    );
}

#[test]
fn imports_are_found_wherever_they_stand() {
    let text = "import a.b\nimport c.d as e\ndef f():\n  from ..g import h as i, j\nfrom . import k\n\
                try:\n  from l import *\nexcept ImportError:\n  pass\n";
    let found = module("p/q/m.py", text);
    let shown: Vec<String> = found
        .imports
        .iter()
        .map(|import| {
            format!(
                "{}={}{}",
                import.local,
                import.path,
                if import.wildcard { ".*" } else { "" }
            )
        })
        .collect();
    assert_eq!(
        shown,
        ["a=a", "e=c.d", "i=p.g.h", "j=p.g.j", "k=p.q.k", "l=l.*"]
    );
}

#[test]
fn a_function_has_its_parameters_and_decorators() {
    let text = "@app.route('/a/<int:id>/<b>')\nasync def f(id, b, c: str = 'x', *d, e=None, **g) -> dict:\n  yield 1\n";
    let found = module("m.py", text);
    let function = &found.functions[0];
    let params: Vec<String> = function
        .params
        .iter()
        .map(|param| {
            let ty = param.ty.as_ref().map_or("?", |ty| &ty.name);
            format!(
                "{} {ty} {:?} {}",
                pattern(&param.pattern),
                param.kind,
                param.default.is_some()
            )
        })
        .collect();
    assert_eq!(
        params,
        [
            "id int One false",
            "b ? One false",
            "c str One true",
            "d ? Rest false",
            "e ? One true",
            "g ? NamedRest false"
        ]
    );
    assert_eq!(&*function.annotations[0].name, "app.route");
    assert_eq!(function.annotations[0].args.len(), 1);
    assert!(function.is_async && function.is_public);
    assert_eq!(function.returns.as_ref().map(|ty| &*ty.name), Some("dict"));
}

#[test]
fn a_class_has_its_members() {
    let text = "class A(B, c.D, metaclass=M):\n  '''Text.'''\n  x = 1\n  y: int\n  print(x)\n  def __init__(self, a):\n    self.a = a\n  \
                @staticmethod\n  def s(a): pass\n  @classmethod\n  def k(cls): pass\n  class Meta:\n    z = 2\n";
    let found = module("m.py", text);
    let class = &found.classes[0];
    let bases: Vec<&str> = class.bases.iter().map(|base| base.name.as_ref()).collect();
    assert_eq!(bases, ["B", "c.D"]);
    let fields: Vec<&str> = class
        .fields
        .iter()
        .map(|field| field.name.as_ref())
        .collect();
    assert_eq!(fields, ["x", "y"]);
    let methods: Vec<(&str, FunctionKind, Option<&str>, usize)> = class
        .methods
        .iter()
        .map(|id| &found.functions[id.0 as usize])
        .map(|f| (&*f.name, f.kind, f.receiver.as_deref(), f.params.len()))
        .collect();
    assert_eq!(
        methods,
        [
            ("__init__", FunctionKind::Constructor, Some("self"), 1),
            ("s", FunctionKind::Method, None, 1),
            ("k", FunctionKind::Method, Some("cls"), 0),
            ("", FunctionKind::Initializer, None, 0),
        ]
    );
    assert_eq!(&*found.classes[1].name, "Meta");
}

#[test]
fn broken_and_deep_files_are_lowered_without_harm() {
    for text in [
        "def f(:\n  x =\nclass\n@\nif:\n",
        "f(",
        "x = 'abc",
        "match x:\n  case",
        "\u{feff}import os\n\0",
        "with as :",
        "lambda: (yield",
        "{**}",
    ] {
        let _ = module("m.py", text);
    }
    let deep = format!("x = {}1{}", "(".repeat(5000), ")".repeat(5000));
    let _ = module("m.py", &deep);
    let long = format!("x = {}", vec!["a"; 5000].join(" + "));
    let _ = module("m.py", &long);
    let elifs = format!("if a:\n  b\n{}", "elif a:\n  b\n".repeat(2000));
    let _ = module("m.py", &elifs);
    let lines: Vec<String> = (0..400)
        .map(|n| format!("{}if a:\n", " ".repeat(n)))
        .collect();
    let nested = lines.concat();
    let _ = module("m.py", &format!("{nested}{}b", " ".repeat(400)));
}
