//! Words without one of which a pattern matches nothing: a file that has none of them need not be
//! searched for it.

use std::cmp::Reverse;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex_syntax::hir::literal::Extractor;
use serde_json::Value;

/// Shorter words stand in nearly every file.
const LETTERS: usize = 3;

/// The words of several patterns, looked for in one go.
#[derive(Default)]
pub(super) struct Words {
    words: Vec<String>,
    /// By pattern the places of its words; `None` where it can match without any.
    of_patterns: Vec<Option<Vec<usize>>>,
    search: OnceLock<Option<AhoCorasick>>,
}

impl Words {
    /// Adds the words of the next pattern.
    pub(super) fn add(&mut self, needed: Option<Vec<String>>) {
        let places = needed.map(|needed| needed.into_iter().map(|word| self.place(word)).collect());
        self.of_patterns.push(places);
        self.search = OnceLock::new();
    }

    fn place(&mut self, word: String) -> usize {
        let known = self.words.iter().position(|known| *known == word);
        known.unwrap_or_else(|| {
            self.words.push(word);
            self.words.len() - 1
        })
    }

    /// By pattern whether it may match in a text.
    pub(super) fn may_match(&self, text: &str) -> Vec<bool> {
        let search = self
            .search
            .get_or_init(|| AhoCorasick::new(&self.words).ok());
        let Some(search) = search else {
            return vec![true; self.of_patterns.len()];
        };
        let mut is_there = vec![false; self.words.len()];
        for found in search.find_overlapping_iter(text) {
            is_there[found.pattern().as_usize()] = true;
        }
        let may = |places: &Option<Vec<usize>>| {
            let mut places = places.iter().flatten();
            places.any(|place| is_there[*place])
        };
        let of_patterns = self.of_patterns.iter();
        of_patterns
            .map(|places| places.is_none() || may(places))
            .collect()
    }
}

/// Words of which every match of a pattern, as it is written in YAML, needs one in its file.
pub(super) fn needed(yaml: &str) -> Option<Vec<String>> {
    let file: Value = ast_grep_config::from_str(yaml).ok()?;
    let rule = file.get("rule")?;
    let own = of_rule(rule);
    let constrained = file.get("constraints").and_then(Value::as_object);
    let of_variables = constrained
        .into_iter()
        .flatten()
        .filter(|(name, _)| binds(rule, name))
        .map(|(_, constraint)| of_rule(constraint));
    best(of_variables.chain([own]))
}

/// Every match of a rule gives this variable a value: the rule is one pattern that holds it.
fn binds(rule: &Value, variable: &str) -> bool {
    let Some(pattern) = rule.get("pattern").and_then(Value::as_str) else {
        return false;
    };
    let mut parts = pattern.split('$');
    parts.any(|part| {
        let rest = part.strip_prefix(variable);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

/// All parts of a rule must hold, so that any of them will do.
fn of_rule(rule: &Value) -> Option<Vec<String>> {
    let parts = rule.as_object()?;
    best(parts.iter().map(|(name, part)| match name.as_str() {
        "pattern" => of_pattern(part.as_str()?),
        "regex" => of_regex(part.as_str()?),
        "inside" | "has" | "precedes" | "follows" => of_rule(part),
        "all" => best(part.as_array()?.iter().map(of_rule)),
        "any" => {
            let each: Option<Vec<_>> = part.as_array()?.iter().map(of_rule).collect();
            Some(each?.concat())
        }
        _ => None,
    }))
}

/// The choice that is in the fewest files, as far as lengths tell.
fn best(choices: impl Iterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
    choices.flatten().max_by_key(|words| {
        let shortest = words.iter().map(String::len).min();
        (shortest.unwrap_or(0).min(8), Reverse(words.len()))
    })
}

/// The longest name of a pattern that is no variable.
fn of_pattern(pattern: &str) -> Option<Vec<String>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let names = pattern.split(|c| !is_part(c));
    let names = names.filter(|name| !name.contains('$') && name.len() >= LETTERS);
    let longest = names.max_by_key(|name| name.len())?;
    Some(vec![longest.to_owned()])
}

/// What every match of a regular expression begins with.
fn of_regex(regex: &str) -> Option<Vec<String>> {
    let parsed = regex_syntax::parse(regex).ok()?;
    let begins = Extractor::new().extract(&parsed);
    let words = begins.literals()?.iter();
    let words: Option<Vec<String>> = words
        .map(|literal| {
            let word = std::str::from_utf8(literal.as_bytes()).ok()?;
            (word.len() >= LETTERS).then(|| word.to_owned())
        })
        .collect();
    words.filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_needs_a_word_that_every_match_of_it_has() {
        let check = |yaml: &str, expected: Option<&[&str]>| {
            let found = needed(yaml);
            let found: Option<Vec<&str>> = found
                .as_ref()
                .map(|words| words.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expected, "{yaml}");
        };
        check("rule: { pattern: $A.listen($PORT) }", Some(&["listen"]));
        check("rule: { pattern: $A($$$LONGNAME) }", None);
        check(
            "rule: { kind: pair, regex: '^(host|name):' }",
            Some(&["host:", "name:"]),
        );
        check("rule: { kind: pair, regex: 'a?b*' }", None);
        check(
            "rule: { any: [ { pattern: eval($A) }, { pattern: exec($A) } ] }",
            Some(&["eval", "exec"]),
        );
        check(
            "rule: { any: [ { pattern: eval($A) }, { kind: call } ] }",
            None,
        );
        check("rule: { kind: call, not: { pattern: eval($A) } }", None);
        check(
            "rule: { kind: call, inside: { stopBy: end, pattern: run($A) } }",
            Some(&["run"]),
        );
        check(
            "rule: { pattern: $A.$B() }\nconstraints: { B: { regex: ^close$ } }",
            Some(&["close"]),
        );
        check(
            "rule: { any: [ { pattern: $A.$B() } ] }\nconstraints: { B: { regex: ^close$ } }",
            None,
        );
        check(
            "rule: { pattern: { context: let a = $A, selector: pair } }",
            None,
        );
    }

    #[test]
    fn a_pattern_may_match_where_one_of_its_words_stands() {
        let mut words = Words::default();
        for needed in [Some(vec!["read"]), Some(vec!["readFile", "write"]), None] {
            words.add(needed.map(|words| words.into_iter().map(str::to_owned).collect()));
        }
        assert_eq!(words.may_match("readFile"), [true, true, true]);
        assert_eq!(words.may_match("read"), [true, false, true]);
        assert_eq!(words.may_match(""), [false, false, true]);
    }
}
