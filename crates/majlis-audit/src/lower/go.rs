//! Go, by tree-sitter-go 0.25.
//!
//! Several results are a sequence: `return a, b` returns one, `a, b := f()` takes one apart. The
//! second value of `v, ok := m[k]` is the question whether `k` is in `m`, and a condition `ok` or
//! `m[k]` asks it again, so that look-ups in a table of allowed values are seen as such.
//! `ch <- v` sets an element of `ch` that is not known, `<-ch` reads one. `fmt.Sprintf` with a
//! constant format is joined text; numbers of other formats are converted to numbers. Import paths
//! lose their major version (`/v4`, `.v3`), so that a table names a library once.

mod declaration;
mod expression;
mod format;
mod literal;
mod statement;
mod switch;
mod types;

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::syntax::{Builder, children, field};
use crate::Language;
use crate::ir::{ClassId, Expr, Module, Text};

/// Lowers one file.
pub(super) fn lower(path: &str, text: &str, root: Node<'_>) -> Module {
    let mut go = Go {
        builder: Builder::new(Language::Go, path, text),
        classes: HashMap::new(),
        iota: 0,
        scope: Scope::default(),
    };
    let nodes = children(root);
    for node in &nodes {
        go.header(*node);
    }
    for node in &nodes {
        go.declare_types(*node);
    }
    for node in nodes {
        go.top_level(node);
    }
    go.builder.module
}

/// What the lowering knows while it walks.
struct Go<'t> {
    builder: Builder<'t>,
    /// Types of this file by their names; those that only have methods here, too.
    classes: HashMap<Text, ClassId>,
    /// Which constant of its group is lowered.
    iota: i64,
    /// What is known of the function at hand.
    scope: Scope,
}

/// What is known inside a function.
#[derive(Default)]
struct Scope {
    /// Named results, which a bare `return` gives back.
    results: Vec<Text>,
    /// Names that stand for a question asked before: `_, ok := m[k]`.
    questions: HashMap<Text, Expr>,
    /// Names that are channels.
    channels: HashSet<Text>,
}

impl Go<'_> {
    /// Package and imports.
    fn header(&mut self, node: Node<'_>) {
        match node.kind() {
            "package_clause" => {
                let name = children(node).pop();
                self.builder.module.package = name.map(|name| self.builder.name(name));
            }
            "import_declaration" => {
                for child in children(node) {
                    if child.kind() == "import_spec_list" {
                        for spec in children(child) {
                            self.import(spec);
                        }
                    } else {
                        self.import(child);
                    }
                }
            }
            _ => {}
        }
    }

    fn import(&mut self, node: Node<'_>) {
        let Some(written) = field(node, "path") else {
            return;
        };
        let path = without_version(self.builder.source(written).trim_matches(['"', '`']));
        let name = field(node, "name").map(|name| self.builder.source(name));
        match name {
            Some("_") => {}
            Some(".") => self.builder.add_import(package_name(&path), &path, true),
            Some(name) => self.builder.add_import(name, &path, false),
            None => self.builder.add_import(package_name(&path), &path, false),
        }
    }

    fn top_level(&mut self, node: Node<'_>) {
        match node.kind() {
            "package_clause" | "import_declaration" => {}
            "function_declaration" => {
                self.function(node);
            }
            "method_declaration" => {
                self.method(node);
            }
            _ => {
                let mut statements = Vec::new();
                self.statement(node, &mut statements);
                self.builder.module.top.append(&mut statements);
            }
        }
    }

    /// Whether a name of this file means that package.
    fn is_package(&self, name: &str, path: &str) -> bool {
        self.builder
            .module
            .imports
            .iter()
            .any(|import| &*import.local == name && &*import.path == path)
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

/// An import path without its major version: `echo/v4` is `echo`, `yaml.v3` is `yaml`.
fn without_version(path: &str) -> String {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        if is_version(part) && !kept.is_empty() {
            continue;
        }
        kept.push(match part.rsplit_once('.') {
            Some((name, version)) if is_version(version) => name,
            _ => part,
        });
    }
    kept.join("/")
}

/// The name a package most likely has: the last part of its path, without `go-` and `-go`.
fn package_name(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    let bare = last.strip_prefix("go-").unwrap_or(last);
    let bare = bare.strip_suffix("-go").unwrap_or(bare);
    bare.rsplit('-').next().unwrap_or(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_path_loses_its_version() {
        let check = |path: &str, plain: &str, name: &str| {
            let without = without_version(path);
            assert_eq!(without, plain);
            assert_eq!(package_name(&without), name);
        };
        check("net/http", "net/http", "http");
        check(
            "github.com/labstack/echo/v4",
            "github.com/labstack/echo",
            "echo",
        );
        check("gopkg.in/yaml.v3", "gopkg.in/yaml", "yaml");
        check(
            "github.com/gofiber/fiber/v2/middleware",
            "github.com/gofiber/fiber/middleware",
            "middleware",
        );
        check(
            "github.com/go-redis/redis/v8",
            "github.com/go-redis/redis",
            "redis",
        );
        check(
            "github.com/mattn/go-sqlite3",
            "github.com/mattn/go-sqlite3",
            "sqlite3",
        );
        check("v1", "v1", "v1");
    }

    fn outline(text: &str) -> String {
        let mut parser = tree_sitter::Parser::new();
        parser
            .set_language(&crate::Grammar::Go.tree_sitter())
            .unwrap();
        let tree = parser.parse(text, None).unwrap();
        crate::lower::outline::module(&lower("a.go", text, tree.root_node()))
    }

    /// Statements of a function with these parameters, as one line.
    fn body(statements: &str) -> String {
        let text = format!("package a\nimport \"fmt\"\nfunc f() {{\n{statements}\n}}\n");
        let shown = outline(&text);
        let line = shown
            .lines()
            .find(|line| line.starts_with("  {let ") || line.starts_with("  {"));
        let last = shown.lines().rev().find(|line| line.starts_with("  "));
        last.or(line).unwrap_or_default().trim().to_owned()
    }

    #[test]
    fn statements_keep_what_flows() {
        let check = |statements: &str, expected: &str| {
            assert_eq!(body(statements), expected, "{statements}");
        };
        check("a, b := g()", "{let (a, b) = g()}");
        check("a, _ := g(1)", "{let (a, _) = g(1)}");
        check("a, b = b, a", "{(a, b) = seq(b, a)}");
        check("x.y += 2", "{x.y Add= 2}");
        check(
            "v, ok := m[k]; if !ok { return }",
            "{let (v, ok) = seq(m[k], (k In m)); if Not((k In m)) {return } else {}}",
        );
        check("if good[s] { g(s) }", "{if (s In good) {g(s)} else {}}");
        check(
            "if v, ok := m[k]; ok && v != \"\" { g(v) }",
            "{{let (v, ok) = seq(m[k], (k In m)); if ((k In m) And (v NotEqual \"\")) {g(v)} else {}}}",
        );
        check("v, ok := x.(string)", "{let (v, ok) = seq(string<x>, ?())}");
        check(
            "for i, v := range xs { g(i, v) }",
            "{each (i, v) in xs {g(i, v)}}",
        );
        check("for k := range m {}", "{each key k in m {}}");
        check(
            "c := make(chan string); for v := range c { g(v) }",
            "{let c = make(type chan(string)); each v in c {g(v)}}",
        );
        check(
            "for i := 0; i < 3; i++ { g(i) }",
            "{for {let i = 0} (i Less 3) (i by 1) {g(i)}}",
        );
        check("for { break }", "{while true {break }}");
        check("c <- x", "{c[?()] = x}");
        check("x := <-c", "{let x = await c[?()]}");
        check("defer g(x)", "{defer g(x)}");
        check("go g(x)", "{g(x)}");
        check("var a, b string", "{let a: string; let b: string}");
        check(
            "const ( a = iota + 1; b; c )",
            "{let a = (0 Add 1); let b = (1 Add 1); let c = (2 Add 1)}",
        );
        check(
            "outer: for { continue outer }",
            "{outer: while true {continue outer}}",
        );
        check("goto end\nend:", "{goto end; end: {}}");
    }

    #[test]
    fn switches_keep_their_cases() {
        let check = |statements: &str, expected: &str| {
            assert_eq!(body(statements), expected, "{statements}");
        };
        check(
            "switch x { case 1, 2: g(); fallthrough; case 3: h(); default: i() }",
            "{switch x (case(1, 2) through {g()}, case(3) {h()}, case() {i()})}",
        );
        check(
            "switch { case a == 1: g(); case m[s]: h(); default: i() }",
            "{{if (a Equal 1) {g()} else {if (s In m) {h()} else {i()}}}}",
        );
        check(
            "switch { case a: break }",
            "{switch true (case(a) {break })}",
        );
        check(
            "switch v := x.(type) { case string: g(v); case int, bool: h(v); default: i(v) }",
            "{switch x (case(type string) {let v: string = string<x>; g(v)}, case(type int, type bool) {let v = x; h(v)}, case() {let v = x; i(v)})}",
        );
        check(
            "select { case v := <-c: g(v); case d <- w: default: h() }",
            "{switch ?() (case(?()) {let v = await c[?()]; g(v)}, case(?()) {d[?()] = w}, case() {h()})}",
        );
    }

    #[test]
    fn expressions_keep_what_they_hold() {
        let check = |value: &str, expected: &str| {
            assert_eq!(
                body(&format!("_ = {value}")),
                format!("{{_ = {expected}}}"),
                "{value}"
            );
        };
        check(
            "fmt.Sprintf(\"a %s b %d%%\", x, n)",
            "text(\"a \", x, \" b \", int<n>, \"%\")",
        );
        check("fmt.Sprintf(\"%s\", xs...)", "fmt.Sprintf(\"%s\", ..xs)");
        check(
            "fmt.Fprintf(w, \"%q %s\", a, b)",
            "fmt.Fprintf(w, \"%q %s\", fmt%q(a), b)",
        );
        check("T{A: 1, B: x}", "new T(A: 1, B: x)");
        check("&http.Cookie{Name: n}", "&new http.Cookie(Name: n)");
        check("[]T{{1}, {x}}", "seq(new T(1), new T(x))");
        check("map[string][]string{\"a\": {x}}", "map(\"a\": seq(x))");
        check("bson.M{\"a\": x}", "map(\"a\": x)");
        check("[]byte(s)", "byte[]<s>");
        check("string(b[1:n])", "string<b[1:n]>");
        check("new(T)", "&new T()");
        check("make([]int, 0, 4)", "seq()");
        check("make([]byte, n)", "make(type byte[], n)");
        check("-1", "-1");
        check(
            "`a\\n` + \"b\\n\" + 'c'",
            "((\"a\\\\n\" Add \"b\\n\") Add 'c')",
        );
        check("func(x int) string { return g(x) }", "fn#0");
        check("Max[int](a, b)", "Max(a, b)");
        check("a.(*T).b", "*T<a>.b");
    }

    #[test]
    fn declarations_know_their_types() {
        let shown = outline(
            "package a\nimport \"net/http\"\ntype Kind string\ntype S struct { *Base; a, b int }\n\
             type I interface { M(x string) error }\n\
             func (s *S) Get(w http.ResponseWriter, r *http.Request, rest ...string) (out string, err error) { return }\n\
             func Plain(a, b int) (string, error) { return Kind(a), nil }\nvar X = 1\n",
        );
        let expected = "I.M(x: string) self=_ -> error\n  {}\n\
            S.Get(w: http.ResponseWriter, r: *http.Request, rest: string[]) self=s -> tuple(string, error)\n  \
            {let out: string; let err: error; return seq(out, err)}\n\
            Plain(a: int, b: int) self=- -> tuple(string, error)\n  {return seq(Kind<a>, nil)}\n\
            top {class#0; class#1; class#2; let X = 1}";
        assert_eq!(shown, expected);
    }

    #[test]
    fn half_written_and_deep_files_are_lowered() {
        for text in [
            "package",
            "func f( {",
            "package a\nfunc f() { if x := ; { } }",
            "package a\nfunc f() { x := map[string]{ }",
            "type T struct { a",
            "package a\nfunc f() { switch x := y.(type) { case",
            "\u{feff}package a\nvar s = \"\\",
        ] {
            outline(text);
        }
        let deep = format!(
            "package a\nvar x = {}1{}\n",
            "(".repeat(5000),
            ")".repeat(5000)
        );
        assert!(outline(&deep).contains("let x"));
        let long = format!("package a\nvar x = 1{}\n", " + y".repeat(5000));
        assert!(outline(&long).contains("let x"));
    }
}
