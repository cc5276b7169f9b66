//! The one place where `unsafe` may be.

use proc_macro2::{TokenStream, TokenTree};

use super::{Finding, Tree};

/// Loading precompiled components is unsafe by signature: one block, with its SAFETY comment.
const ALLOWED: &str = "crates/majlis-plugins/src/compiled.rs";

/// No `unsafe` outside [`ALLOWED`], at most one there, and that one says why it is sound.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        // What does not parse is reported by the rule on functions.
        let Ok(tokens) = file.text.parse::<TokenStream>() else {
            continue;
        };
        let lines = unsafe_lines(tokens);
        let (kept, mend) = if file.path == ALLOWED {
            (
                usize::from(is_explained(&file.text, &lines)),
                "one block, with `// SAFETY:` on the line above it",
            )
        } else {
            (
                0,
                "find a safe way; the one allowed place is majlis-plugins/src/compiled.rs",
            )
        };
        findings.extend(
            lines
                .iter()
                .skip(kept)
                .map(|line| Finding::new(&file.path, *line, "`unsafe`", mend)),
        );
    }
    findings
}

/// Whether the first `unsafe` has its reason on the line above it.
fn is_explained(text: &str, lines: &[usize]) -> bool {
    lines
        .first()
        .and_then(|line| line.checked_sub(2))
        .and_then(|above| text.lines().nth(above))
        .is_some_and(|line| line.trim_start().starts_with("// SAFETY:"))
}

/// The lines that hold the keyword, inside macros too, and not in comments or strings.
fn unsafe_lines(tokens: TokenStream) -> Vec<usize> {
    let mut lines = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if ident == "unsafe" => lines.push(ident.span().start().line),
            TokenTree::Group(group) => lines.extend(unsafe_lines(group.stream())),
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn unsafe_is_found_wherever_it_is_code() {
        for (source, count) in [
            ("fn f() { unsafe { g() } }", 1),
            ("unsafe fn f() {}\nunsafe impl Send for S {}", 2),
            ("m! { unsafe { g() } }", 1),
            ("#[unsafe(no_mangle)] fn f() {}", 1),
            ("// unsafe\nfn f() -> &'static str { \"unsafe\" }", 0),
            ("#![deny(unsafe_code)]", 0),
        ] {
            assert_eq!(
                found(check, &[("crates/a/src/lib.rs", source)]).len(),
                count,
                "{source}"
            );
        }
    }

    #[test]
    fn the_one_place_has_one_block_with_its_reason() {
        for (source, count) in [
            (
                "fn f() {\n// SAFETY: we wrote the file.\nunsafe { g() } }",
                0,
            ),
            ("fn f() {\nunsafe { g() } }", 1),
            (
                "fn f() {\n// SAFETY: we wrote it.\nunsafe { g() }\nunsafe { h() } }",
                1,
            ),
        ] {
            assert_eq!(found(check, &[(ALLOWED, source)]).len(), count, "{source}");
        }
    }
}
