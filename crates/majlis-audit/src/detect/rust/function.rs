//! A function as its words: macros hold no syntax, only tokens, so that what stands in them is
//! seen like everything else.

use tree_sitter::Node;

use super::super::tree::each;
use crate::{SourceFile, Span};

/// A function with a body.
pub(super) struct Body<'t> {
    pub(super) file: &'t SourceFile,
    pub(super) node: Node<'t>,
    /// Its words and marks without comments, in order.
    pub(super) tokens: Vec<Token<'t>>,
    /// `let NAME = …`, in order.
    pub(super) lets: Vec<Let<'t>>,
}

/// A word or mark.
#[derive(Clone, Copy)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

/// A name that is bound.
pub(super) struct Let<'t> {
    pub(super) name: &'t str,
    /// The type as written; empty where none is.
    pub(super) ty: &'t str,
    /// The value without white space; empty where there is none.
    pub(super) value: String,
    pub(super) is_mutable: bool,
    /// The block it is known in.
    pub(super) block: std::ops::Range<usize>,
}

impl<'t> Body<'t> {
    pub(super) fn of(file: &'t SourceFile, node: Node<'t>) -> Option<Self> {
        let body = node.child_by_field_name("body")?;
        let (mut tokens, mut lets) = (Vec::new(), Vec::new());
        each(body, |inner| {
            if inner.kind() == "let_declaration" {
                lets.extend(bound(file, inner));
            }
            if inner.child_count() == 0 && !inner.is_extra() {
                let text = file.text_of(inner);
                let at = inner.start_byte();
                tokens.push(Token { text, at });
            }
            !matches!(
                inner.kind(),
                "function_item" | "string_literal" | "raw_string_literal"
            )
        });
        Some(Self {
            file,
            node,
            tokens,
            lets,
        })
    }

    /// The places where these words stand one behind the other; a piece `N` is this name.
    pub(super) fn places(&self, words: &[&str], name: &str) -> Vec<usize> {
        let is_here = |start: usize| {
            words.iter().enumerate().all(|(step, word)| {
                let word = if *word == "N" { name } else { word };
                self.tokens
                    .get(start + step)
                    .is_some_and(|token| token.text == word)
            })
        };
        (0..self.tokens.len()).filter(|at| is_here(*at)).collect()
    }

    /// Whether the words stand anywhere.
    pub(super) fn has(&self, words: &[&str], name: &str) -> bool {
        !self.places(words, name).is_empty()
    }

    /// Where a variable is set again, behind its `let`.
    pub(super) fn sets(&self, name: &str) -> Vec<usize> {
        let mut found = self.places(&["N", "="], name);
        found.retain(|at| !matches!(self.before(*at), "*" | "." | "let" | "mut" | "const" | ":"));
        found
    }

    /// The text before a token.
    pub(super) fn before(&self, at: usize) -> &'t str {
        at.checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or("", |token| token.text)
    }

    /// The text behind a token.
    pub(super) fn behind(&self, at: usize) -> &'t str {
        self.tokens.get(at + 1).map_or("", |token| token.text)
    }

    /// Where a token stands.
    pub(super) fn span(&self, at: usize) -> Span {
        let token = self.tokens.get(at);
        token.map_or(Span::default(), |token| {
            Span::of_range(token.at..token.at + token.text.len())
        })
    }

    /// Where raw pointer `name` is followed: `*name`, but neither a product nor a type.
    pub(super) fn follows(&self, name: &str) -> Vec<usize> {
        let mut found = self.places(&["*", "N"], name);
        found.retain(|at| {
            let before = self.before(*at);
            let is_value = before.ends_with(|letter: char| {
                letter.is_alphanumeric() || matches!(letter, '_' | ')' | ']')
            });
            let is_word = matches!(before, "return" | "in" | "match" | "if" | "unsafe" | "mut");
            !is_value || is_word
        });
        found
    }
}

fn bound<'t>(file: &'t SourceFile, node: Node<'t>) -> Option<Let<'t>> {
    let pattern = node.child_by_field_name("pattern")?;
    let part = |field: &str| node.child_by_field_name(field);
    let block = node.parent()?;
    (pattern.kind() == "identifier").then(|| Let {
        name: file.text_of(pattern),
        ty: part("type").map_or("", |ty| file.text_of(ty)),
        value: part("value").map_or(String::new(), |value| {
            file.text_of(value).split_whitespace().collect()
        }),
        is_mutable: file.text_of(node).starts_with("let mut"),
        block: block.byte_range(),
    })
}
