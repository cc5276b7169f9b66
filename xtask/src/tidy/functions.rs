//! The length of functions.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

use super::tree::File;
use super::{Finding, Tree};

/// A function longer than this has more than one subject.
const MAX_LINES: usize = 70;

/// Walks over a closed enumeration with an arm for each of its kinds: their length is the
/// enumeration's. Each is to be split where its arms have steps of their own.
const FLAT: &[(&str, &str)] = &[
    ("crates/majlis-audit/src/flow/expression.rs", "eval_here"),
    ("crates/majlis-audit/src/flow/relevant.rs", "statement"),
    (
        "crates/majlis-audit/src/lower/cpp/expression.rs",
        "expression_here",
    ),
    (
        "crates/majlis-audit/src/lower/javascript/show.rs",
        "statement",
    ),
    ("crates/majlis-audit/src/lower/outline.rs", "stmt"),
    ("crates/majlis-audit/src/lower/python/tests.rs", "stmt"),
    ("crates/majlis-audit/src/lower/python/tests.rs", "expr"),
    ("crates/majlis-audit/src/memory/condition.rs", "restricted"),
    (
        "crates/majlis-audit/src/memory/container.rs",
        "call_container",
    ),
    ("crates/majlis-audit/src/memory/library.rs", "call_numbers"),
    (
        "crates/majlis-audit/src/memory/library/input.rs",
        "call_input",
    ),
    ("crates/majlis-audit/src/memory/statement.rs", "statement"),
];

/// No function is longer than [`MAX_LINES`], from its `fn` to its closing brace.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust().flat_map(file).collect()
}

fn file(file: &File) -> Vec<Finding> {
    match syn::parse_file(&file.text) {
        Ok(parsed) => {
            let mut long = Long {
                path: &file.path,
                findings: Vec::new(),
            };
            long.visit_file(&parsed);
            long.findings
        }
        Err(error) => {
            let line = error.span().start().line;
            vec![Finding::new(
                &file.path,
                line,
                format!("not Rust: {error}"),
                "mend the syntax",
            )]
        }
    }
}

struct Long<'a> {
    path: &'a str,
    findings: Vec<Finding>,
}

impl Long<'_> {
    fn judge(&mut self, signature: &Signature, body: &Block) {
        let first = signature.span().start().line;
        let lines = body.span().end().line - first + 1;
        let is_flat = FLAT.contains(&(self.path, signature.ident.to_string().as_str()));
        if lines > MAX_LINES && !is_flat {
            self.findings.push(Finding::new(
                self.path,
                first,
                format!(
                    "`{}` has {lines} lines, of at most {MAX_LINES}",
                    signature.ident
                ),
                "split it into steps with names",
            ));
        }
    }
}

impl Visit<'_> for Long<'_> {
    fn visit_item_fn(&mut self, item: &ItemFn) {
        self.judge(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &ImplItemFn) {
        self.judge(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &TraitItemFn) {
        if let Some(body) = &item.default {
            self.judge(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_function_has_at_most_70_lines() {
        let body = |lines: usize| format!("{{\n{}}}", "let _ = 1;\n".repeat(lines - 2));
        for (source, expected) in [
            (format!("fn f() {}", body(70)), None),
            (format!("fn f() {}", body(71)), Some(("f", 1))),
            (
                format!("/// Text.\n#[test]\nfn f() {}", body(71)),
                Some(("f", 3)),
            ),
            (
                format!("struct S;\nimpl S {{ fn g(&self) {} }}", body(80)),
                Some(("g", 2)),
            ),
            (
                format!("trait T {{ fn h(&self) {} }}", body(80)),
                Some(("h", 1)),
            ),
            (format!("mod m {{ fn i() {} }}", body(80)), Some(("i", 1))),
        ] {
            let findings = found(check, &[("crates/a/src/lib.rs", &source)]);
            match expected {
                None => assert!(findings.is_empty(), "{findings:?}"),
                Some((name, line)) => {
                    let start = format!("crates/a/src/lib.rs:{line}: `{name}` has ");
                    assert!(
                        findings.len() == 1 && findings[0].starts_with(&start),
                        "{findings:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_file_that_is_no_rust_is_a_finding() {
        let findings = found(check, &[("crates/a/src/lib.rs", "fn f() {}\nfn {")]);
        assert!(
            findings[0].starts_with("crates/a/src/lib.rs:2: not Rust: "),
            "{findings:?}"
        );
    }
}
