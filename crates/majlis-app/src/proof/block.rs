//! One block of code in an answer.

use std::sync::LazyLock;

use majlis_audit::rule::RuleSet;
use majlis_audit::table::Tables;
use majlis_audit::{Analyser, Facet, Grammar, Precision, Severity, SourceFile};

/// Longer blocks are not read: they are files, which an audit is for. In bytes.
const MAX_BYTES: usize = 100_000;

/// The analyser with the rules that are seldom wrong about what is serious; `None` when the embedded
/// rules are damaged, which their own tests exclude.
static ANALYSER: LazyLock<Option<Analyser<'static>>> = LazyLock::new(|| {
    let rules = RuleSet::embedded().ok()?.only(|rule| {
        rule.facet == Facet::Security
            && rule.severity >= Severity::High
            && rule.precision == Precision::High
    });
    Analyser::new(rules, Tables::embedded()).ok()
});

/// What came of looking at a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing against it, as far as can be seen.
    Nothing,
    /// It is no code of its language, from this line on, counted from 1.
    Unreadable { line: usize },
    /// Rules that see a weakness, each with its line.
    Weak(Vec<(String, u32)>),
}

/// Looks at a block; one in a language without a parser is nothing to speak of.
pub(super) fn prove(language: &str, text: &str) -> Verdict {
    let Some(grammar) = grammar_of(language) else {
        return Verdict::Nothing;
    };
    if text.trim().is_empty() || text.len() > MAX_BYTES || is_shortened(text) {
        return Verdict::Nothing;
    }
    match parsed(grammar, text) {
        Ok(file) => weaknesses(file),
        Err(Some(line)) if !fits_elsewhere(grammar, text) => Verdict::Unreadable { line },
        Err(_) => Verdict::Nothing,
    }
}

/// The grammar a fence means: the first word of what stands behind it.
fn grammar_of(language: &str) -> Option<Grammar> {
    let name = language.split([' ', ',', '{', ':']).next()?;
    Some(match name.to_ascii_lowercase().as_str() {
        "python" | "py" | "python3" => Grammar::Python,
        "javascript" | "js" | "jsx" | "mjs" | "node" => Grammar::JavaScript,
        "typescript" | "ts" => Grammar::TypeScript,
        "tsx" => Grammar::Tsx,
        "go" | "golang" => Grammar::Go,
        "java" => Grammar::Java,
        "c" | "h" => Grammar::C,
        "cpp" | "c++" | "cxx" | "cc" | "hpp" => Grammar::Cpp,
        "rust" | "rs" => Grammar::Rust,
        _ => return None,
    })
}

/// Whether it is a sketch, a session or a change rather than code: no parser is asked about those.
fn is_shortened(text: &str) -> bool {
    let is_mark = |line: &str| {
        let line = line.trim_start();
        ["...", "…", ">>>", "$ ", "+", "-", "@@", "<<<", "==="]
            .iter()
            .any(|mark| line.starts_with(mark))
    };
    text.contains('…') || text.contains("...") || text.lines().any(is_mark)
}

/// The block as a file of its own; else the line it cannot be read at, where that is known.
fn parsed(grammar: Grammar, text: &str) -> Result<SourceFile, Option<usize>> {
    let path = format!("answer.{}", grammar.extension());
    let file = SourceFile::parse(&path, grammar, text.to_owned()).map_err(|_| None)?;
    match first_error(&file) {
        None => Ok(file),
        Some(line) => Err(Some(line)),
    }
}

/// Where a tree first holds what its grammar does not know, counted from 1.
fn first_error(file: &SourceFile) -> Option<usize> {
    let mut node = file.root();
    if !node.has_error() {
        return None;
    }
    loop {
        if node.is_error() || node.is_missing() {
            return Some(node.start_position().row + 1);
        }
        let mut cursor = node.walk();
        let inner = node
            .children(&mut cursor)
            .find(|child| child.has_error() || child.is_missing());
        match inner {
            Some(inner) => node = inner,
            None => return Some(node.start_position().row + 1),
        }
    }
}

/// Whether it is code where such parts of programs stand: the body of a function, a member of a
/// class, a value.
fn fits_elsewhere(grammar: Grammar, part: &str) -> bool {
    let places: &[(&str, &str)] = match grammar {
        Grammar::Python => &[
            ("if x:\n", "\n"),
            ("class A:\n", "\n"),
            ("x = (\n", "\n)\n"),
        ],
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => &[
            ("async function* f() {\n", "\n}"),
            ("class A {\n", "\n}"),
            ("x = {\n", "\n}"),
            ("x = (\n", "\n)"),
            ("type A = {\n", "\n}"),
        ],
        Grammar::Go => &[
            ("package p\nfunc f() {\n", "\n}"),
            ("package p\ntype a struct {\n", "\n}"),
            ("package p\n", ""),
        ],
        Grammar::Java => &[
            ("class A {\n", "\n}"),
            ("class A { void f() {\n", "\n} }"),
            ("class A { Object x =\n", "\n; }"),
        ],
        Grammar::C | Grammar::Cpp => &[
            ("void f() {\n", "\n}"),
            ("struct A {\n", "\n};"),
            ("int x =\n", "\n;"),
        ],
        Grammar::Rust => &[
            ("fn f() {\n", "\n}"),
            ("impl A {\n", "\n}"),
            ("struct A {\n", "\n}"),
            ("fn f() { match x {\n", "\n} }"),
        ],
    };
    places
        .iter()
        .any(|(before, after)| parsed(grammar, &format!("{before}{part}{after}\n")).is_ok())
}

fn weaknesses(file: SourceFile) -> Verdict {
    let Some(analyser) = &*ANALYSER else {
        return Verdict::Nothing;
    };
    let files = [file];
    let found: Vec<_> = analyser
        .analyse(&files)
        .into_iter()
        .map(|finding| (finding.rule.clone(), files[0].line(finding.span)))
        .collect();
    if found.is_empty() {
        Verdict::Nothing
    } else {
        Verdict::Weak(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certainly_no_code_is_told() {
        let check = |language: &str, text: &str, line: Option<usize>| {
            let found = match prove(language, text) {
                Verdict::Unreadable { line } => Some(line),
                Verdict::Nothing | Verdict::Weak(_) => None,
            };
            assert_eq!(found, line, "{language}: {text}");
        };
        for (language, text) in [
            ("python", "    return x + 1\n"),
            ("python", "x = [\n  1,\n  ...\n]\ndef f("),
            ("python", ">>> 1 +\n"),
            ("py", "@app.get('/')\nasync def f(): return 1\n"),
            ("js", "{ a: 1, b: [2] }"),
            ("js", "await fetch('/x')\nreturn 2"),
            ("ts", "name?: string;\nage: number;"),
            ("tsx", "<A b={1}>x</A>"),
            ("go", "if err != nil {\n\treturn err\n}"),
            ("go", "Name string `json:\"name\"`"),
            ("java", "@Override\npublic int f() { return 1; }"),
            ("java", "int x = f(1);\nreturn x;"),
            ("c", "for (int i = 0; i < n; i++)\n  a[i] = 0;"),
            (
                "cpp",
                "std::vector<int> v{1, 2};\nfor (auto x : v) std::cout << x;",
            ),
            ("rust", "let x = y?;\nOk(x)"),
            ("rust", "Some(x) => x,\nNone => 0,"),
            ("bash", "if ["),
            ("", "def f(:"),
            ("python", ""),
        ] {
            check(language, text, None);
        }
        for (language, text, line) in [
            ("python", "def f():\n    if x\n        return 1\n", 2),
            ("js", "const x = ;\n", 1),
            ("go", "package p\n\nfunc f( {\n}", 3),
            ("java", "int f( { return 1; }", 1),
            ("rust", "fn main() {\n    println!(\"x\";\n}", 2),
            ("c", "int main(void) {\n  return 0;\n", 2),
        ] {
            check(language, text, Some(line));
        }
    }
}
