//! Crates that only decide.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::{Finding, Tree};

/// They perform no IO, read no clock, make no ids and have no `async fn`. Their `clippy.toml`
/// refuses the methods, this rule the keyword.
const PURE: &[&str] = &["majlis-llm", "majlis-text", "majlis-council"];

/// No `async` in a pure crate, its tests included.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| is_pure(&file.path)) {
        let Ok(tokens) = file.text.parse::<TokenStream>() else {
            continue;
        };
        findings.extend(async_words(tokens).iter().map(|word| {
            Finding::new(
                &file.path,
                word.span().start().line,
                "`async` in a crate that only decides",
                "return an effect as data and let majlis-app act on it",
            )
        }));
    }
    findings
}

fn is_pure(path: &str) -> bool {
    path.strip_prefix("crates/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(name, _)| PURE.contains(&name))
}

fn async_words(tokens: TokenStream) -> Vec<Ident> {
    let mut words = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if ident == "async" => words.push(ident),
            TokenTree::Group(group) => words.extend(async_words(group.stream())),
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_crate_that_decides_has_no_async() {
        for (path, source, count) in [
            ("crates/majlis-council/src/lib.rs", "async fn f() {}", 1),
            (
                "crates/majlis-text/src/a.rs",
                "fn f() { let _ = async { 1 }; }",
                1,
            ),
            ("crates/majlis-text/src/a.rs", "// async fn\nfn f() {}", 0),
            ("crates/majlis-app/src/a.rs", "async fn f() {}", 0),
        ] {
            assert_eq!(
                found(check, &[(path, source)]).len(),
                count,
                "{path}: {source}"
            );
        }
    }
}
