//! What is known of text whose letters are not: that no one outside wrote it, and how it begins.

use super::value::{Known, Value};

/// Some facts about a value, each of which may be lost but never comes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shape(u8);

impl Shape {
    /// It is one of some constants, or was compared with them.
    pub(super) const FIXED: Self = Self(1);
    /// Text whose beginning says to whom an address leads; what is added goes there.
    pub(super) const ANCHORED: Self = Self(2);
    /// Text that begins with `/`.
    pub(super) const ROOTED: Self = Self(4);

    pub(super) fn has(self, fact: Self) -> bool {
        self.0 & fact.0 == fact.0
    }

    /// With this fact, where it holds.
    pub(super) fn with(self, fact: Self, holds: bool) -> Self {
        if holds { Self(self.0 | fact.0) } else { self }
    }

    /// The facts of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Value {
    /// It is one of some constants, or was compared with them.
    pub(super) fn is_fixed(&self) -> bool {
        self.known.is_constant() || self.shape.has(Shape::FIXED)
    }

    pub(super) fn is_anchored(&self) -> bool {
        match &self.known {
            Known::Str(text) => names_host(text),
            _ => self.shape.has(Shape::ANCHORED),
        }
    }

    pub(super) fn is_rooted(&self) -> bool {
        match &self.known {
            Known::Str(text) => text.starts_with('/'),
            _ => self.shape.has(Shape::ROOTED),
        }
    }

    /// All facts, those that follow from a constant too.
    pub(super) fn full_shape(&self) -> Shape {
        self.shape
            .with(Shape::FIXED, self.is_fixed())
            .with(Shape::ANCHORED, self.is_anchored())
            .with(Shape::ROOTED, self.is_rooted())
    }

    /// Its constant is no longer sure, but that it is one of some.
    pub(super) fn forget_constant(&mut self) {
        self.shape = self.full_shape();
        self.known = Known::Unknown;
    }
}

/// Whether the host of an address is over before this text ends: behind a path's `/`, `?` or `#`.
fn names_host(text: &str) -> bool {
    let mut before = None;
    let mut marks = text.chars().peekable();
    while let Some(mark) = marks.next() {
        match (mark, before) {
            ('?' | '#', _) => return true,
            ('/' | '\\', None) if marks.peek().is_some_and(|next| !matches!(next, '/' | '\\')) => {
                return true;
            }
            ('/' | '\\', Some(before)) if !matches!(before, ':' | '/' | '\\') => return true,
            _ => {}
        }
        before = Some(mark);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_over_behind_the_mark_of_a_path_or_a_query() {
        let check = |text: &str, over: bool| assert_eq!(names_host(text), over, "{text}");
        check("https://a.example/", true);
        check("https://a.example", false);
        check("https://", false);
        check("/items/", true);
        check("/", false);
        check("//", false);
        check("?id=", true);
        check("", false);
    }
}
