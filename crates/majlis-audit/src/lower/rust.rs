//! Rust, by tree-sitter-rust 0.24.
//!
//! What only wraps or borrows is left out: `&x`, `*x`, `Some(x)`, `Ok(x)`, `Box::new(x)`,
//! `x.clone()`, `x.to_string()` are `x`, and `Option<T>`, `Arc<T>` and the extractors of web
//! frameworks are `T`. A parameter has its type as an annotation, so that tables can say what
//! `Query<T>` brings. `x.parse::<u32>()` is a conversion. The last expression of a function is
//! returned; `if let` and `match` are switches with patterns. The arguments of macros are parsed
//! as expressions in their place; formats become joined text.

mod expression;
mod item;
mod literal;
mod macros;
mod pattern;
mod statement;
mod types;

use tree_sitter::Node;

use super::syntax::{Builder, children, field};
use crate::Language;
use crate::ir::{ClassId, Module, Text};

/// Lowers one file.
pub(super) fn lower(path: &str, text: &str, root: Node<'_>) -> Module {
    let mut rust = Rust {
        builder: Builder::new(Language::Rust, path, text),
        class: None,
        classes: std::collections::HashMap::new(),
        parser: None,
    };
    let mut statements = Vec::new();
    rust.items(root, &mut statements);
    rust.builder.module.top = statements;
    rust.builder.module
}

/// What the lowering knows while it walks.
struct Rust<'t> {
    builder: Builder<'t>,
    /// The type whose `impl` is at hand.
    class: Option<ClassId>,
    /// Types of this file by their names; those that only have an `impl` here, too.
    classes: std::collections::HashMap<Text, ClassId>,
    /// For what is inside macros; made when first needed.
    parser: Option<tree_sitter::Parser>,
}

impl Rust<'_> {
    /// `use a::{b, c as d, e::*}`
    fn import(&mut self, node: Node<'_>, before: &str) {
        self.nested(|rust| rust.import_here(node, before));
    }

    fn import_here(&mut self, node: Node<'_>, before: &str) {
        let joined = |path: &str| match (before, path) {
            ("", path) => path.to_owned(),
            (before, "self" | "") => before.to_owned(),
            (before, path) => format!("{before}::{path}"),
        };
        match node.kind() {
            "use_list" => {
                for child in children(node) {
                    self.import(child, before);
                }
            }
            "scoped_use_list" => {
                let path = field(node, "path").map_or(String::new(), |path| self.path(path));
                let path = if path.is_empty() {
                    before.to_owned()
                } else {
                    joined(&path)
                };
                if let Some(list) = field(node, "list") {
                    self.import(list, &path);
                }
            }
            "use_as_clause" => {
                let path = field(node, "path").map_or(String::new(), |path| self.path(path));
                let alias = field(node, "alias").map(|alias| self.builder.source(alias));
                if let Some(alias) = alias {
                    self.builder.add_import(alias, &joined(&path), false);
                }
            }
            "use_wildcard" => {
                let path = children(node).pop().map(|path| self.path(path));
                let path = joined(&path.unwrap_or_default());
                let local = path.rsplit("::").next().unwrap_or_default().to_owned();
                self.builder.add_import(&local, &path, true);
            }
            _ => {
                let path = joined(&self.path(node));
                let local = path.rsplit("::").next().unwrap_or_default().to_owned();
                self.builder.add_import(&local, &path, false);
            }
        }
    }

    /// A path as written, without white space, arguments of types and where it begins in the crate.
    fn path(&self, node: Node<'_>) -> String {
        let source = self.builder.source(node);
        let mut path = String::with_capacity(source.len());
        let mut depth = 0_u32;
        for mark in source.chars().filter(|mark| !mark.is_whitespace()) {
            match mark {
                '<' => depth += 1,
                '>' => depth = depth.saturating_sub(1),
                _ if depth == 0 => path.push(mark),
                _ => {}
            }
        }
        let mut path = path.replace("::::", "::");
        for start in ["crate::", "self::", "super::", "::"] {
            while let Some(rest) = path.strip_prefix(start) {
                path = rest.to_owned();
            }
        }
        path
    }

    fn nested<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !self.builder.enter() {
            return None;
        }
        let lowered = lower(self);
        self.builder.leave();
        Some(lowered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> String {
        let mut parser = tree_sitter::Parser::new();
        parser
            .set_language(&crate::Grammar::Rust.tree_sitter())
            .unwrap();
        let tree = parser.parse(text, None).unwrap();
        crate::lower::outline::module(&lower("a.rs", text, tree.root_node()))
    }

    /// The body of a function as one line.
    fn body(statements: &str) -> String {
        let shown = outline(&format!("fn f() {{ {statements} }}"));
        let line = shown.lines().rfind(|line| line.starts_with("  "));
        line.unwrap_or_default().trim().to_owned()
    }

    fn check_all(cases: &[(&str, &str)]) {
        for (statements, expected) in cases {
            assert_eq!(body(statements), format!("{{{expected}}}"), "{statements}");
        }
    }

    #[test]
    fn statements_keep_what_flows() {
        check_all(&[
            ("let mut x = 1; x += 2; x", "let x = 1; x Add= 2; return x"),
            ("let (a, _) = g();", "let (a, _) = g()"),
            ("let n: u32 = s.parse()?;", "let n: u32 = s.parse()?"),
            ("let n = s.parse::<u32>()?;", "let n = u32<s>?"),
            (
                "let Some(x) = g() else { return; };",
                "let Some(x) = g(); if ?() {return } else {}",
            ),
            (
                "if a == 1 { g() } else if b { h() } else { i() }",
                "if (a Equal 1) {return g()} else {if b {return h()} else {return i()}}",
            ),
            (
                "if let Some(x) = y { g(x); }",
                "switch y (case() Some(x) {g(x)}, case() {})",
            ),
            (
                "while let Some(x) = i.next() { g(x); }",
                "while true {switch i.next() (case() Some(x) {g(x)}, case() {break })}",
            ),
            ("'a: loop { break 'a; }", "a: while true {break a}"),
            (
                "for (i, x) in xs.iter().enumerate() { g(i, x); }",
                "each (i, x) in xs.enumerate() {g(i, x)}",
            ),
            (
                "match x { 1 | 2 => g(), Some(y) if y > 3 => h(y), E::V { a, .. } => i(a), _ => {} }",
                "switch x (case(1, 2) {return g()}, case() Some(y) if (y Greater 3) {return h(y)}, case() fields(a: a) {return i(a)}, case() {{}})",
            ),
            ("unsafe { g() };", "{g()}"),
            ("panic!(\"a {}\", x);", "throw "),
            ("assert!(x > 1);", "assert (x Greater 1)"),
        ]);
    }

    #[test]
    fn expressions_keep_what_they_hold() {
        let check = |value: &str, expected: &str| {
            check_all(&[(&format!("let x = {value};"), &format!("let x = {expected}"))]);
        };
        check("&a.b[1..n].clone()", "a.b[1:n]");
        check("Command::new(\"sh\").arg(&x)", "Command.new(\"sh\").arg(x)");
        check(
            "std::fs::read_to_string(p).await?",
            "await std.fs.read_to_string(p)?",
        );
        check(
            "format!(\"a {} {b} {:x} {{}}\", c + 1, d)",
            "text(\"a \", (c Add 1), \" \", b, \" \", i64<d>, \" {}\")",
        );
        check("vec![a, g(b)?]", "seq(a, g(b)?)");
        check("vec![0u8; n]", "vec!(0, n)");
        check("if a { b } else { c }", "(a ? b : c)");
        check(
            "match a { 1 => b, _ => c }",
            "match a (case(1) {b}, case() {c})",
        );
        check("|y: u32| y + 1", "fn#0");
        check("T { a, b: 2, ..z }", "new T(a: a, b: 2, z)");
        check("Some(Box::new(y))", "y");
        check("y as *const u8", "*u8<y>");
        check("r#\"a\\\"#", "\"a\\\\\"");
        check("{ let y = 1; y }", "do {let y = 1} y");
        check("json!({\"a\": y, \"b\": g(z)})", "json!(?(y, g, z))");
        check("sqlx::query!(\"s\", y.z)", "query!(\"s\", y.z)");
        check("v.len() - 1", "(len(v) Subtract 1)");
        check("-1i32", "Negate(1)");
    }

    #[test]
    fn items_are_found_wherever_they_stand() {
        let shown = outline(
            "use std::{fs, process::Command as C, io::*};\nmod m { pub struct P { id: u32 }\n\
             impl P { pub async fn get(&self, Query(q): web::Query<P>) -> Result<String, E> { Ok(q.id) } } }\n\
             #[get(\"/a\")]\nasync fn h(q: Path<(String, u32)>) -> String { q.0.clone() }\nconst N: usize = 3;\n",
        );
        assert_eq!(
            shown,
            "P.get(q: P) self=self -> String\n  {return q.id}\n@get(\"/a\") h(q) self=- -> String\n  {return q.0}\n\
             top {class#0; fn#1; let N: usize = 3}"
        );
    }

    #[test]
    fn imports_are_full_paths() {
        let text = "use std::{fs, process::Command as C, io::{self, *}}; use crate::a::b;";
        let mut parser = tree_sitter::Parser::new();
        parser
            .set_language(&crate::Grammar::Rust.tree_sitter())
            .unwrap();
        let tree = parser.parse(text, None).unwrap();
        let module = lower("a.rs", text, tree.root_node());
        let imports: Vec<String> = module
            .imports
            .iter()
            .map(|import| {
                format!(
                    "{}={}{}",
                    import.local,
                    import.path,
                    if import.wildcard { "::*" } else { "" }
                )
            })
            .collect();
        assert_eq!(
            imports,
            [
                "fs=std::fs",
                "C=std::process::Command",
                "io=std::io",
                "io=std::io::*",
                "b=a::b"
            ]
        );
    }

    #[test]
    fn half_written_and_deep_files_are_lowered() {
        for text in [
            "fn f( {",
            "fn f() { let x = ; }",
            "fn f() { match x { ",
            "impl T { fn",
            "fn f() { format!(\"{\", ) }",
            "fn f() { vec![ }",
            "use a::{b, ",
        ] {
            outline(text);
        }
        let deep = format!("fn f() {{ {}1{} }}", "(".repeat(5000), ")".repeat(5000));
        assert!(outline(&deep).contains("return"));
        let nested = format!(
            "fn f() {{ {}1{} }}",
            "vec![a, ".repeat(300),
            "]".repeat(300)
        );
        assert!(outline(&nested).contains("return"));
    }
}
