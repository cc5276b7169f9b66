//! A file, read and parsed once for everything that looks at it.

use std::ops::ControlFlow;
use std::sync::Arc;

use ast_grep_core::AstGrep;
use ast_grep_core::tree_sitter::StrDoc;
use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use crate::pattern::PatternLanguage;
use crate::report::Located;
use crate::{Grammar, Language, Lines, Span};

/// Nodes below one another; deeper trees are not looked at, so that no walk over one overflows
/// the stack. Code people write stays below 300, long concatenations included.
pub const MAX_DEPTH: usize = 2_000;

/// Why a file could not be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseProblem {
    /// The parser took far more steps than a text of this length needs.
    #[error("parsing takes too long")]
    TooLong,
    /// Its nodes are nested deeper than [`MAX_DEPTH`].
    #[error("it is nested too deeply")]
    TooDeep,
}

/// One parsed file.
pub struct SourceFile {
    path: Arc<str>,
    grammar: Grammar,
    document: AstGrep<StrDoc<PatternLanguage>>,
    lines: Lines,
}

impl SourceFile {
    /// Parses `text` (below 4 GiB); a text with mistakes in it gives a tree with error nodes.
    pub fn parse(path: &str, grammar: Grammar, text: String) -> Result<Self, ParseProblem> {
        let tree = parse(grammar, &text)?;
        if depth_exceeds(&tree, MAX_DEPTH) {
            return Err(ParseProblem::TooDeep);
        }
        let lines = Lines::new(&text);
        let document = AstGrep::doc(StrDoc {
            src: text,
            lang: PatternLanguage(grammar),
            tree,
        });
        Ok(Self {
            path: path.into(),
            grammar,
            document,
            lines,
        })
    }

    /// Path below the root of the tree, with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its grammar.
    pub fn grammar(&self) -> Grammar {
        self.grammar
    }

    /// Its language.
    pub fn language(&self) -> Language {
        self.grammar.language()
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        self.document.get_text()
    }

    /// The text of a node.
    pub fn text_of(&self, node: Node<'_>) -> &str {
        self.text().get(node.byte_range()).unwrap_or_default()
    }

    /// The text of a span; empty where it is not one of this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text()
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// The syntax tree.
    pub fn tree(&self) -> &Tree {
        &self.document.root().get_doc().tree
    }

    /// The root of the syntax tree.
    pub fn root(&self) -> Node<'_> {
        self.tree().root_node()
    }

    /// Where its lines begin.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The line a span begins on, from 1.
    pub fn line(&self, span: Span) -> u32 {
        self.lines.line(span.start)
    }

    /// Keeps the text and gives the tree up.
    pub(crate) fn into_located(self) -> Located {
        Located {
            path: self.path.as_ref().to_owned(),
            language: Some(self.grammar.language()),
            text: self.document.generate(),
            lines: self.lines,
        }
    }

    /// The same tree as ast-grep sees it.
    pub(crate) fn document(&self) -> &AstGrep<StrDoc<PatternLanguage>> {
        &self.document
    }
}

/// How often the parser asks whether to go on is a measure of its work that needs no clock:
/// once in a hundred operations, and ordinary code needs less than one operation per byte.
fn parse(grammar: Grammar, text: &str) -> Result<Tree, ParseProblem> {
    let mut parser = Parser::new();
    parser
        .set_language(&grammar.tree_sitter())
        .map_err(|_| ParseProblem::TooLong)?;
    let mut asked = 0_usize;
    let limit = 20_000 + text.len();
    let mut go_on = |_: &ParseState| {
        asked += 1;
        if asked > limit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let bytes = text.as_bytes();
    let options = ParseOptions::new().progress_callback(&mut go_on);
    parser
        .parse_with_options(
            &mut |at, _| bytes.get(at..).unwrap_or_default(),
            None,
            Some(options),
        )
        .ok_or(ParseProblem::TooLong)
}

fn depth_exceeds(tree: &Tree, limit: usize) -> bool {
    let mut cursor = tree.walk();
    let mut depth = 0;
    loop {
        if cursor.goto_first_child() {
            depth += 1;
            if depth > limit {
                return true;
            }
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
            depth -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_nested_too_deeply_is_refused_without_overflow() {
        let text = format!("x = {}1{}", "(".repeat(50_000), ")".repeat(50_000));
        let problem = SourceFile::parse("a.py", Grammar::Python, text).err();
        assert_eq!(problem, Some(ParseProblem::TooDeep));
    }

    #[test]
    fn half_written_code_is_still_parsed() {
        let file = SourceFile::parse("a.go", Grammar::Go, "func f( {".into()).unwrap();
        assert!(file.root().has_error());
        assert_eq!(file.text_of(file.root()), "func f( {");
    }
}
