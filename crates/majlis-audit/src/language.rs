//! Languages and their grammars.

use serde::{Deserialize, Serialize};

/// A language a person speaks of: rules, tables and facets are chosen by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Python 3.
    Python,
    /// JavaScript and TypeScript, with JSX.
    JavaScript,
    /// Go.
    Go,
    /// Java.
    Java,
    /// C and C++.
    Cpp,
    /// Rust.
    Rust,
}

impl Language {
    /// Every language, in the order reports name them.
    pub const ALL: [Self; 6] = [
        Self::Python,
        Self::JavaScript,
        Self::Go,
        Self::Java,
        Self::Cpp,
        Self::Rust,
    ];

    /// The language of an id.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.id() == id)
    }

    /// The grammars of it.
    pub fn grammars(self) -> impl Iterator<Item = Grammar> {
        Grammar::ALL
            .into_iter()
            .filter(move |grammar| grammar.language() == self)
    }

    /// The name used in rule ids, folders and options.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Go => "go",
            Self::Java => "java",
            Self::Cpp => "cpp",
            Self::Rust => "rust",
        }
    }
}

/// A grammar: some languages have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grammar {
    /// `.py`
    Python,
    /// `.js`, `.jsx`, `.mjs`, `.cjs`
    JavaScript,
    /// `.ts`, `.mts`, `.cts`
    TypeScript,
    /// `.tsx`
    Tsx,
    /// `.go`
    Go,
    /// `.java`
    Java,
    /// `.c`, and `.h` that hold no C++
    C,
    /// `.cpp`, `.cc`, `.cxx`, `.hpp`, `.hh`, and `.h` that hold C++
    Cpp,
    /// `.rs`
    Rust,
}

impl Grammar {
    /// Every grammar.
    pub const ALL: [Self; 9] = [
        Self::Python,
        Self::JavaScript,
        Self::TypeScript,
        Self::Tsx,
        Self::Go,
        Self::Java,
        Self::C,
        Self::Cpp,
        Self::Rust,
    ];

    /// The name used in rule files and reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Tsx => "tsx",
            Self::Go => "go",
            Self::Java => "java",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::Rust => "rust",
        }
    }

    /// The grammar of an id.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grammar| grammar.id() == id)
    }

    /// How names of its files end, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::JavaScript => "js",
            Self::TypeScript => "ts",
            Self::Tsx => "tsx",
            Self::Go => "go",
            Self::Java => "java",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::Rust => "rs",
        }
    }

    /// The language this is a grammar of.
    pub const fn language(self) -> Language {
        match self {
            Self::Python => Language::Python,
            Self::JavaScript | Self::TypeScript | Self::Tsx => Language::JavaScript,
            Self::Go => Language::Go,
            Self::Java => Language::Java,
            Self::C | Self::Cpp => Language::Cpp,
            Self::Rust => Language::Rust,
        }
    }

    /// The parser's tables.
    pub fn tree_sitter(self) -> tree_sitter::Language {
        match self {
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::C => tree_sitter_c::LANGUAGE.into(),
            Self::Cpp => tree_sitter_cpp::LANGUAGE.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_can_be_loaded() {
        for grammar in Grammar::ALL {
            let mut parser = tree_sitter::Parser::new();
            parser.set_language(&grammar.tree_sitter()).unwrap();
            assert!(parser.parse("", None).is_some(), "{grammar:?}");
        }
    }
}
