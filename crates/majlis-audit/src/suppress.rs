//! Comments that say a finding is meant: ours, and those of the tools people use already.
//!
//! What they hold back is not gone: it is counted and listed in the report.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use tree_sitter::Node;

use crate::rule::Rule;
use crate::{Facet, SourceFile};

/// A comment that holds findings back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The word it is known by: `majlis-ignore`, `nosec`, …
    pub directive: String,
    /// Line it stands on, from 1.
    pub line: u32,
    /// The rules it names, in the words of its tool; empty for all.
    pub rules: Vec<String>,
    /// Why, where it says so.
    pub reason: Option<String>,
    /// First line it holds for.
    pub from: u32,
    /// Last line it holds for.
    pub to: u32,
}

/// What a directive is about when it names no rule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The line it stands on, or the next where it stands alone.
    Line,
    /// The next line.
    NextLine,
    /// Up to the word that ends it, or the end of the file.
    Region(&'static str),
    /// The declaration it belongs to.
    Declaration,
}

struct Directive {
    word: &'static str,
    scope: Scope,
    /// Holds back nothing unless it names a rule.
    needs_name: bool,
    /// Only findings about security.
    is_security: bool,
}

const fn directive(word: &'static str, scope: Scope) -> Directive {
    Directive {
        word,
        scope,
        needs_name: false,
        is_security: false,
    }
}

/// Every directive; of two that begin alike the longer stands first.
const DIRECTIVES: [Directive; 13] = [
    directive("majlis-ignore", Scope::Line),
    Directive {
        is_security: true,
        ..directive("nosec", Scope::Line)
    },
    directive("noqa", Scope::Line),
    directive("nosemgrep", Scope::Line),
    directive("eslint-disable-next-line", Scope::NextLine),
    directive("eslint-disable-line", Scope::Line),
    directive("eslint-disable", Scope::Region("eslint-enable")),
    directive("nolint", Scope::Line),
    directive("NOLINTNEXTLINE", Scope::NextLine),
    directive("NOLINTBEGIN", Scope::Region("NOLINTEND")),
    directive("NOLINT", Scope::Line),
    Directive {
        needs_name: true,
        ..directive("allow(clippy::", Scope::Declaration)
    },
    Directive {
        needs_name: true,
        ..directive("@SuppressWarnings", Scope::Declaration)
    },
];

#[allow(clippy::expect_used)] // constant; a test uses it
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"majlis-ignore|#?nosec\b|(?i:\bnoqa\b)|\bnosemgrep\b|eslint-disable(-next-line|-line)?|\bnolint\b|\bNOLINT(NEXTLINE|BEGIN)?\b|allow\(\s*clippy::|@SuppressWarnings",
    )
    .expect("a constant expression")
});

/// The directives of a file of code.
pub(crate) fn of_file(file: &SourceFile) -> Vec<Suppression> {
    let text = file.text();
    let found = WORDS.find_iter(text).filter_map(|word| {
        let directive = directive_of(word.as_str())?;
        let at = u32::try_from(word.start()).ok()?;
        let node = file
            .root()
            .descendant_for_byte_range(word.start(), word.end())?;
        let holder = holder(node, directive)?;
        read(file, directive, at, word.end(), holder)
    });
    found.collect()
}

/// The directives of a text without grammar: only ours, after `#` or `//`.
pub(crate) fn of_text(text: &str) -> Vec<Suppression> {
    let lines = (1_u32..).zip(text.lines());
    let found = lines.filter_map(|(line, content)| {
        let (before, after) = content.split_once("majlis-ignore")?;
        if !(before.contains('#') || before.contains("//") || before.contains(';')) {
            return None;
        }
        let (rules, reason) = arguments(after);
        let alone = before.trim_start().starts_with(['#', '/', ';']);
        let to = if alone { line + 1 } else { line };
        Some(Suppression {
            directive: "majlis-ignore".to_owned(),
            line,
            rules,
            reason,
            from: to,
            to,
        })
    });
    found.collect()
}

fn directive_of(word: &str) -> Option<&'static Directive> {
    let word = word.trim_start_matches('#');
    let is = |directive: &&Directive| match directive.word {
        "allow(clippy::" => word.starts_with("allow"),
        "noqa" => word.eq_ignore_ascii_case("noqa"),
        known => known == word,
    };
    DIRECTIVES.iter().find(is)
}

/// The comment, attribute or annotation the word stands in; `None` where it is only text.
fn holder<'t>(node: Node<'t>, directive: &Directive) -> Option<Node<'t>> {
    let wanted: &[&str] = match directive.word {
        "allow(clippy::" => &["attribute_item", "inner_attribute_item"],
        "@SuppressWarnings" => &["annotation"],
        _ => &["comment", "line_comment", "block_comment"],
    };
    let mut candidate = Some(node);
    for _ in 0..6 {
        let node = candidate?;
        if wanted.contains(&node.kind()) {
            return Some(node);
        }
        candidate = node.parent();
    }
    None
}

fn read(
    file: &SourceFile,
    directive: &Directive,
    at: u32,
    end: usize,
    holder: Node<'_>,
) -> Option<Suppression> {
    let text = file.text();
    let line = file.lines().line(at);
    let line_end = file.lines().span(text, line)?.end as usize;
    let rest = text.get(end..line_end.min(holder.end_byte()).max(end))?;
    let (rules, reason) = arguments(rest);
    if directive.needs_name && rules.is_empty() {
        return None;
    }
    let (from, to) = extent(file, directive, line, holder);
    Some(Suppression {
        directive: directive.word.trim_end_matches("(clippy::").to_owned(),
        line,
        rules,
        reason,
        from,
        to,
    })
}

fn extent(file: &SourceFile, directive: &Directive, line: u32, holder: Node<'_>) -> (u32, u32) {
    let last_of = |node: Node<'_>| u32::try_from(node.end_position().row + 1).unwrap_or(u32::MAX);
    match directive.scope {
        Scope::NextLine => (last_of(holder) + 1, last_of(holder) + 1),
        Scope::Line => {
            let before = file.lines().span(file.text(), line).and_then(|span| {
                let start = span.start as usize;
                file.text().get(start..holder.start_byte().max(start))
            });
            let alone = before.is_none_or(|before| before.trim().is_empty());
            let to = if alone { last_of(holder) + 1 } else { line };
            // Ours may stand at the end of the first line of a statement of several.
            (to.min(line), to)
        }
        Scope::Region(ends) => {
            let rest = file.text().get(holder.end_byte()..).unwrap_or_default();
            let to = match rest.find(ends) {
                Some(at) => {
                    let at = u32::try_from(holder.end_byte() + at).unwrap_or(u32::MAX);
                    file.lines().line(at)
                }
                None => u32::MAX,
            };
            (line, to)
        }
        Scope::Declaration if holder.kind() == "inner_attribute_item" => (1, u32::MAX),
        Scope::Declaration => {
            let mut declared = holder.next_named_sibling();
            while let Some(node) = declared
                && matches!(
                    node.kind(),
                    "attribute_item" | "line_comment" | "block_comment"
                )
            {
                declared = node.next_named_sibling();
            }
            // Java keeps annotations in the declaration's modifiers.
            let of_java = holder
                .parent()
                .filter(|parent| parent.kind() == "modifiers");
            let declared = of_java
                .and_then(|modifiers| modifiers.parent())
                .or(declared);
            (line, declared.map_or(line, last_of))
        }
    }
}

/// `[a, b]: reason`, `(a, b)`, `: a,b`, ` a, b -- reason`.
fn arguments(rest: &str) -> (Vec<String>, Option<String>) {
    let rest = rest
        .trim_end()
        .trim_end_matches("*/")
        .trim_end_matches('}')
        .trim_end();
    let (names, reason) = match rest.chars().next() {
        Some('[') => rest[1..].split_once(']').unwrap_or((&rest[1..], "")),
        Some('(') => rest[1..].split_once(')').unwrap_or((&rest[1..], "")),
        _ => {
            let listed = rest.trim_start_matches(':').trim_start_matches('=');
            match listed.split_once("--").or_else(|| listed.split_once("//")) {
                Some(parts) => parts,
                None => (listed, ""),
            }
        }
    };
    let name = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_whitespace() || "\"'{}()[]".contains(c));
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_/:.@*".contains(c);
        (!word.is_empty() && word.chars().all(is_name)).then(|| word.to_owned())
    };
    let names = names
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter_map(name)
        .take(50)
        .collect();
    let reason = reason.trim_start_matches([':', '-', '/']).trim();
    (names, (!reason.is_empty()).then(|| reason.to_owned()))
}

impl Suppression {
    /// Whether it holds a finding of a rule on a line back.
    pub(crate) fn holds(&self, rule: &Rule, line: u32) -> bool {
        if line < self.from || line > self.to {
            return false;
        }
        let known = DIRECTIVES
            .iter()
            .find(|known| known.word.trim_end_matches("(clippy::") == self.directive);
        if known.is_some_and(|known| known.is_security) && rule.facet != Facet::Security {
            return false;
        }
        self.rules.is_empty() || self.rules.iter().any(|named| names(named, rule))
    }
}

/// Whether a name in a directive means a rule: its id or slug, a tag `tool:name` of it, or, for
/// names of other tools, a word both have in common.
fn names(named: &str, rule: &Rule) -> bool {
    let named = named.to_ascii_lowercase();
    if named == "all" || named == "*" || rule.id == named || rule.slug() == named {
        return true;
    }
    let last = named.rsplit(['/', ':', '.']).next().unwrap_or(&named);
    let is_tag = |tag: &String| {
        let tag = tag.to_ascii_lowercase();
        tag.rsplit(':')
            .next()
            .is_some_and(|tag| tag == named || tag == last)
    };
    if rule.tags.iter().any(is_tag) {
        return true;
    }
    if named == "gosec" || is_security_code(last) {
        return rule.facet == Facet::Security;
    }
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(['-', '_']).map(str::to_owned);
        parts
            .filter(|part| part.len() > 3 && !COMMON.contains(&&**part))
            .collect()
    };
    let of_rule = words(rule.slug());
    words(last).iter().any(|word| of_rule.contains(word))
}

/// Words of names of rules that say nothing about what they find.
const COMMON: [&str; 10] = [
    "detect", "with", "from", "unsafe", "security", "call", "used", "avoid", "without", "prefer",
];

/// Codes of Bandit (`B301`) and of its rules in Ruff (`S301`), and of gosec (`G401`).
fn is_security_code(name: &str) -> bool {
    let mut letters = name.chars();
    matches!(letters.next(), Some('s' | 'b' | 'g'))
        && name.len() == 4
        && letters.all(|c| c.is_ascii_digit())
}

/// The first of a file's directives that holds a finding back.
pub(crate) fn find<'s>(
    suppressions: &'s [Suppression],
    rule: &Rule,
    line: u32,
) -> Option<&'s Suppression> {
    suppressions.iter().find(|held| held.holds(rule, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grammar;
    use crate::rule::parse;

    fn rule(id: &str, facet: &str) -> Rule {
        let text = format!(
            "+++\ntitle = \"T\"\nmessage = \"M\"\nfacet = \"{facet}\"\nseverity = \"low\"\nprecision = \"high\"\ndetector = \"code\"\ntags = [\"bandit:B999\"]\n+++\nA\n\n## Why it matters\n\nB\n\n## Instead\n\nC\n\n## Tests\n\n```python\nx # finding\n```\n\n```python\nx\n```\n"
        );
        parse(&format!("{id}.md"), &text).unwrap()
    }

    /// The lines of a text on which a finding of the rule is held back.
    fn held(grammar: Grammar, text: &str, slug: &str, facet: &str) -> Vec<u32> {
        let rule = rule(&format!("python/{slug}"), facet);
        let file = SourceFile::parse("a", grammar, text.to_owned()).unwrap();
        let found = of_file(&file);
        let lines = 1..=u32::try_from(text.lines().count()).unwrap();
        lines
            .filter(|line| find(&found, &rule, *line).is_some())
            .collect()
    }

    #[test]
    fn a_directive_holds_back_its_lines_only() {
        let check = |grammar, text: &str, lines: &[u32]| {
            assert_eq!(
                held(grammar, text, "eval-of-text", "security"),
                lines,
                "{text}"
            );
        };
        check(Grammar::Python, "a\nb  # nosec\nc", &[2]);
        check(Grammar::Python, "a\nb  # noqa: S307\nc", &[2]);
        check(Grammar::Python, "a\nb  # NOQA: E501\nc", &[]);
        check(
            Grammar::Python,
            "a\n# majlis-ignore[python/eval-of-text]: meant\nb\nc",
            &[2, 3],
        );
        check(Grammar::Python, "a\nb # majlis-ignore[other]: meant\n", &[]);
        check(Grammar::Python, "a = '# nosec'\n", &[]);
        check(Grammar::Python, "a = 1  # nosec B999\n", &[1]);
        check(
            Grammar::JavaScript,
            "a\n// eslint-disable-next-line no-eval\nb\nc",
            &[3],
        );
        check(
            Grammar::JavaScript,
            "a\n// eslint-disable-next-line no-console\nb\nc",
            &[],
        );
        check(
            Grammar::JavaScript,
            "/* eslint-disable */\na\n/* eslint-enable */\nb",
            &[1, 2, 3],
        );
        check(
            Grammar::Go,
            "package a\nvar b = 1 //nolint:gosec // meant\nvar c = 1",
            &[2],
        );
        check(Grammar::Cpp, "// NOLINTNEXTLINE\nint a;\nint b;", &[2]);
        check(
            Grammar::Cpp,
            "// NOLINTBEGIN\nint a;\n// NOLINTEND\nint b;",
            &[1, 2, 3],
        );
        check(
            Grammar::Java,
            "class A {\n@SuppressWarnings(\"eval\")\nvoid f() {\n}\nint g;\n}",
            &[2, 3, 4],
        );
        check(
            Grammar::Rust,
            "#[allow(clippy::eval_call)]\nfn f() {\n}\nfn g() {}",
            &[1, 2, 3],
        );
        check(
            Grammar::Rust,
            "#[allow(clippy::needless_return)]\nfn f() {}",
            &[],
        );
    }

    #[test]
    fn nosec_is_about_security_only() {
        assert!(held(Grammar::Python, "a # nosec\n", "slow-loop", "performance").is_empty());
        assert_eq!(
            held(Grammar::Python, "a # noqa\n", "slow-loop", "performance"),
            [1]
        );
    }

    #[test]
    fn a_reason_is_kept() {
        let text = "a  # majlis-ignore[python/x, y]: the input is ours\n";
        let file = SourceFile::parse("a", Grammar::Python, text.to_owned()).unwrap();
        let found = of_file(&file);
        assert_eq!(found[0].rules, ["python/x", "y"]);
        assert_eq!(found[0].reason.as_deref(), Some("the input is ours"));
        assert_eq!(of_text("key: a # majlis-ignore[any/x]: b\n")[0].from, 1);
    }
}
