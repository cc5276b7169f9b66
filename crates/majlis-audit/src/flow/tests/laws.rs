//! What holds of any file, however broken.

use proptest::prelude::*;

use super::super::{Options, run};
use crate::Grammar;
use crate::lower::lower;
use crate::table::Tables;

/// Words and marks of all languages, to make soup of.
const WORDS: [&str; 58] = [
    "if", "else", "for", "while", "(", ")", "{", "}", "[", "]", ";", ",", ".", "=", "==", "+", "-",
    "*", "&", "=>", "->", ":", "::", "class", "def", "fn", "func", "function", "return", "break",
    "continue", "switch", "case", "match", "try", "catch", "finally", "new", "this", "self", "a",
    "b", "request", "exec", "\"x\"", "'y'", "1", "0x", "\n", "    ", "import", "package", "let",
    "var", "lambda", "async", "await", "`${",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..Default::default() })]

    #[test]
    fn no_soup_of_words_brings_it_down(words in prop::collection::vec(0..WORDS.len(), 0..200)) {
        let text = words.iter().map(|at| WORDS[*at]).collect::<Vec<_>>().join(" ");
        for grammar in Grammar::ALL {
            follow(grammar, &text);
        }
    }
}

fn follow(grammar: Grammar, text: &str) {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&grammar.tree_sitter()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let module = lower(grammar, "a", text, &tree);
    run(module.as_slice(), Tables::embedded(), Options::default());
}

#[test]
fn deep_nesting_is_given_up_on_without_overflow() {
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(4_000), close.repeat(4_000));
    for grammar in Grammar::ALL {
        follow(grammar, &nested("(", ")"));
        follow(grammar, &nested("{", "}"));
        follow(grammar, &nested("a(", ")"));
        follow(grammar, &format!("x = {}1", "1 + ".repeat(4_000)));
        follow(
            grammar,
            &format!("class A {{ void f() {{ {} }} }}", "if (a) ".repeat(2_000)),
        );
    }
}
