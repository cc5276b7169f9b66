//! Statements that say which one something is: "x is the capital", "the capital is x".

use std::collections::BTreeSet;

use crate::Span;
use crate::feature::Token;
use crate::language::is_arabic_letter;

/// The two sides of a statement of identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The stem of the one thing.
    pub(crate) which: String,
    /// Where it stands.
    pub(crate) span: Span,
    /// Content stems of what it is.
    pub(crate) what: BTreeSet<String>,
}

impl Identity {
    /// The other says that the same is another thing.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        let strange = |one: &Self, other: &Self| !other.what.contains(&one.which);
        self.which != other.which
            && !self.what.is_disjoint(&other.what)
            && (self.what.is_subset(&other.what) || other.what.is_subset(&self.what))
            && strange(self, other)
            && strange(other, self)
    }

    /// The other says something else of the same thing.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        let shared = self.what.intersection(&other.what).count();
        self.which == other.which && 2 * shared <= self.what.len().min(other.what.len())
    }
}

/// Which one a statement says something is: a copula with one name on one side and a definite
/// description on the other; in Arabic also both words side by side.
pub(crate) fn identity(text: &str, tokens: &[Token]) -> Option<Identity> {
    let is_copula = |token: &Token| {
        matches!(
            token.word.as_str(),
            "is" | "was" | "are" | "were" | "هو" | "هي" | "هم"
        )
    };
    let place = tokens.iter().position(is_copula);
    let (left, right) = match place {
        Some(at) => (&tokens[..at], &tokens[at + 1..]),
        None if tokens.len() == 2 && is_arabic(&tokens[0]) => tokens.split_at(1),
        None => return None,
    };
    let sides = [(left, right), (right, left)];
    sides.into_iter().find_map(|(which, what)| {
        let name = which.last().filter(|_| which.len() == 1)?;
        let is_one = name.is_content && is_name(text, name) && is_definite(what);
        let content = what.iter().filter(|token| token.is_content);
        let what: BTreeSet<String> = content.map(|token| token.stem.clone()).collect();
        (is_one && !what.is_empty()).then(|| Identity {
            which: name.stem.clone(),
            span: name.span,
            what,
        })
    })
}

fn is_arabic(token: &Token) -> bool {
    token.word.chars().any(is_arabic_letter)
}

/// Written with a capital; in Arabic a word without the article.
fn is_name(text: &str, token: &Token) -> bool {
    if is_arabic(token) {
        return !token.word.starts_with("ال");
    }
    text[token.span.start..token.span.end].starts_with(char::is_uppercase)
}

/// "The …" or "its …"; an Arabic description is definite by its last word or its form.
fn is_definite(tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|token| {
        is_arabic(token) || matches!(token.word.as_str(), "the" | "its" | "their" | "his" | "her")
    })
}
