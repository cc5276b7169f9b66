//! Patterns over syntax trees, by ast-grep: every rule of a grammar in one walk.

mod words;

use std::borrow::Cow;

use ast_grep_config::{DenyUnknownKeys, DeserializeEnv, RuleCore, SerializableRuleCore};
use ast_grep_core::language::Language as AstGrepLanguage;
use ast_grep_core::matcher::{Matcher, MatcherExt, Pattern, PatternBuilder, PatternError};
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc, TSLanguage};
use serde::Deserialize;

use self::words::Words;
use crate::{Grammar, SourceFile, Span};

/// Deeper nodes are not matched: what a pattern says about what is around a node costs time by
/// its depth.
const MAX_MATCHED_DEPTH: usize = 400;

/// A grammar as ast-grep wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PatternLanguage(pub(crate) Grammar);

impl AstGrepLanguage for PatternLanguage {
    fn kind_to_id(&self, kind: &str) -> u16 {
        self.0.tree_sitter().id_for_node_kind(kind, true)
    }

    fn field_to_id(&self, field: &str) -> Option<u16> {
        let id = self.0.tree_sitter().field_id_for_name(field)?;
        Some(id.get())
    }

    /// The letter a variable of a pattern begins with while it is parsed: `$` where names may hold
    /// one, else a letter that nobody's code begins a name with.
    fn expando_char(&self) -> char {
        match self.0 {
            Grammar::C | Grammar::Cpp => '𐀀',
            Grammar::Python | Grammar::Go | Grammar::Rust => 'µ',
            Grammar::Java | Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => '$',
        }
    }

    fn pre_process_pattern<'q>(&self, query: &'q str) -> Cow<'q, str> {
        match self.expando_char() {
            '$' => Cow::Borrowed(query),
            letter => Cow::Owned(with_letter(query, letter)),
        }
    }

    fn build_pattern(&self, builder: &PatternBuilder<'_>) -> Result<Pattern, PatternError> {
        builder.build(|text| StrDoc::try_new(text, *self))
    }
}

impl LanguageExt for PatternLanguage {
    fn get_ts_language(&self) -> TSLanguage {
        self.0.tree_sitter()
    }
}

/// Writes `letter` for each `$` that begins a variable: `$A`, `$_`, `$$$ARGS`, `$$$`.
fn with_letter(pattern: &str, letter: char) -> String {
    let mut written = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        let after = from.trim_start_matches('$');
        let count = from.len() - after.len();
        let begins_name = after.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
        let sign = if begins_name || count == 3 {
            letter
        } else {
            '$'
        };
        written.push_str(before);
        written.extend(std::iter::repeat_n(sign, count));
        rest = after;
    }
    written.push_str(rest);
    written
}

/// Why a pattern is not one.
#[derive(Debug, thiserror::Error)]
pub enum PatternProblem {
    /// It is no YAML of the form `rule:`, `constraints:`, `utils:`.
    #[error("it is not a rule: {0}")]
    Form(String),
    /// Its parts do not fit the grammar.
    #[error("it does not fit the grammar {grammar}: {problem}")]
    Grammar {
        /// Id of the grammar.
        grammar: &'static str,
        /// What does not fit, with its causes.
        problem: String,
    },
    /// It could match any node, so that it would be tried at each of them.
    #[error("it names no kind of node it matches (grammar {0}); add `kind` or `pattern`")]
    AnyNode(&'static str),
}

#[derive(Deserialize)]
struct PatternFile {
    #[serde(flatten)]
    core: SerializableRuleCore,
    #[serde(flatten)]
    _unknown: DenyUnknownKeys,
}

/// One pattern, compiled for a grammar.
pub(crate) struct CompiledPattern {
    matcher: RuleCore,
    /// The variable whose place is reported instead of the whole match.
    at: Option<String>,
    /// Words of which a file it matches in has one, where there are such.
    needed: Option<Vec<String>>,
}

impl CompiledPattern {
    pub(crate) fn new(
        yaml: &str,
        at: Option<&str>,
        grammar: Grammar,
    ) -> Result<Self, PatternProblem> {
        let file: PatternFile = ast_grep_config::from_str(yaml)
            .map_err(|error| PatternProblem::Form(error.to_string()))?;
        let matcher = file
            .core
            .get_matcher(DeserializeEnv::new(PatternLanguage(grammar)))
            .map_err(|error| PatternProblem::Grammar {
                grammar: grammar.id(),
                problem: with_causes(&error),
            })?;
        if matcher.potential_kinds().is_none() {
            return Err(PatternProblem::AnyNode(grammar.id()));
        }
        Ok(Self {
            matcher,
            at: at.map(str::to_owned),
            needed: words::needed(yaml),
        })
    }

    fn find(&self, node: ast_grep_core::Node<'_, StrDoc<PatternLanguage>>) -> Option<Span> {
        let found = self.matcher.match_node(node)?;
        let aimed = self.at.as_deref().and_then(|name| {
            let variables = found.get_env();
            let many = || variables.get_multiple_matches(name).into_iter().next();
            variables.get_match(name).cloned().or_else(many)
        });
        let range = aimed.map_or_else(|| found.range(), |node| node.range());
        Some(Span::of_range(range))
    }
}

/// An error and its causes, `: ` between them.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// The patterns of a grammar, found by the kind of node they match.
#[derive(Default)]
pub(crate) struct Patterns {
    patterns: Vec<(usize, CompiledPattern)>,
    by_kind: Vec<Vec<usize>>,
    words: Words,
}

impl Patterns {
    /// Adds a pattern that reports as `rule`, an index of the caller's.
    pub(crate) fn add(&mut self, rule: usize, mut pattern: CompiledPattern) {
        let index = self.patterns.len();
        for kind in pattern
            .matcher
            .potential_kinds()
            .into_iter()
            .flat_map(|kinds| kinds.iter().collect::<Vec<_>>())
        {
            if self.by_kind.len() <= kind {
                self.by_kind.resize_with(kind + 1, Vec::new);
            }
            self.by_kind[kind].push(index);
        }
        self.words.add(pattern.needed.take());
        self.patterns.push((rule, pattern));
    }

    /// Every match in a file: the rule's index and the place.
    pub(crate) fn find(&self, file: &SourceFile, found: &mut Vec<(usize, Span)>) {
        let may_match = self.words.may_match(file.text());
        if !may_match.contains(&true) {
            return;
        }
        let mut cursor = file.tree().walk();
        let mut depth = 0;
        loop {
            self.find_at(file, cursor.node(), &may_match, found);
            if depth < MAX_MATCHED_DEPTH && cursor.goto_first_child() {
                depth += 1;
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                depth -= 1;
            }
        }
    }

    fn find_at(
        &self,
        file: &SourceFile,
        node: tree_sitter::Node<'_>,
        may_match: &[bool],
        found: &mut Vec<(usize, Span)>,
    ) {
        let Some(candidates) = self.by_kind.get(usize::from(node.kind_id())) else {
            return;
        };
        let document = file.document();
        for index in candidates.iter().filter(|index| may_match[**index]) {
            let (rule, pattern) = &self.patterns[*index];
            if let Some(span) = pattern.find(document.adopt(node)) {
                found.push((*rule, span));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(grammar: Grammar, yaml: &str, at: Option<&str>, text: &str) -> Vec<String> {
        let mut patterns = Patterns::default();
        patterns.add(0, CompiledPattern::new(yaml, at, grammar).unwrap());
        let file = SourceFile::parse("x", grammar, text.to_owned()).unwrap();
        let mut found = Vec::new();
        patterns.find(&file, &mut found);
        let texts = found.iter().map(|(_, span)| file.slice(*span).to_owned());
        texts.collect()
    }

    #[test]
    fn a_pattern_matches_in_every_grammar() {
        let check = |grammar, pattern: &str, text: &str, found: &str| {
            let yaml = format!("rule:\n  pattern: {pattern:?}");
            assert_eq!(matches(grammar, &yaml, None, text), [found], "{grammar:?}");
        };
        check(Grammar::Python, "eval($$$)", "a = eval(b, c)", "eval(b, c)");
        check(
            Grammar::JavaScript,
            "eval($A)",
            "let a = eval(b)",
            "eval(b)",
        );
        check(Grammar::TypeScript, "$A as any", "f(x as any)", "x as any");
        check(
            Grammar::Tsx,
            "<b>{$A}</b>",
            "let a = <b>{c}</b>",
            "<b>{c}</b>",
        );
        check(
            Grammar::Go,
            "go $F($$$A)",
            "package a\nfunc f() { go g(1) }",
            "go g(1)",
        );
        check(
            Grammar::Java,
            "$A.exit(1)",
            "class A { void f() { b.exit(1); } }",
            "b.exit(1)",
        );
        check(Grammar::C, "gets($A);", "int f() { gets(a); }", "gets(a);");
        check(
            Grammar::Cpp,
            "std::auto_ptr<$T> $A;",
            "std::auto_ptr<int> a;",
            "std::auto_ptr<int> a;",
        );
        check(
            Grammar::Rust,
            "$A.unwrap()",
            "fn f() { a.unwrap() }",
            "a.unwrap()",
        );
    }

    #[test]
    fn a_variable_can_be_what_is_reported() {
        let yaml = "rule: { pattern: f($$$A) }";
        assert_eq!(
            matches(Grammar::Python, yaml, Some("A"), "f(\n  1, 2)"),
            ["1"]
        );
        let yaml = "rule: { pattern: f($A) }";
        assert_eq!(matches(Grammar::Python, yaml, Some("A"), "f(\n  x)"), ["x"]);
    }

    #[test]
    fn a_wrong_pattern_is_refused_with_its_reason() {
        let check = |yaml: &str, reason: &str| {
            let error = CompiledPattern::new(yaml, None, Grammar::Go).err().unwrap();
            assert!(error.to_string().contains(reason), "{error}");
        };
        check("rule: [", "not a rule");
        check("rule: { pattern: a }\nfix: b", "fix");
        check("rule: { kind: no_such_kind }", "no_such_kind");
        check("rule: { regex: a }", "names no kind of node");
        check("rule: { matches: other, kind: identifier }", "other");
    }

    #[test]
    fn deep_code_is_walked_without_overflow() {
        let text = format!("x = {}1{}", "[".repeat(900), "]".repeat(900));
        let yaml = "rule: { kind: list }";
        assert!(matches(Grammar::Python, yaml, None, &text).len() < 900);
    }
}
