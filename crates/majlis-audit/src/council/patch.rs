//! Mending that models propose: put into a copy, parsed and searched again, shown as a difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::answer::Replacement;
use super::slice::{MASK, Source};
use crate::{Analyser, SourceFile};

/// Lines around a change that are shown.
const AROUND: usize = 3;
/// Lines a change may have on each side.
const MOST_LINES: usize = 200;

/// A proposed change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// The model that proposed it.
    pub by: String,
    /// A unified difference; nothing was written to the tree.
    pub diff: String,
    /// What became of it on a copy.
    pub state: FixState,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of a change on a copy of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FixState {
    /// The copy parses, the rule finds nothing there any more, and no rule finds anything new.
    Resolves,
    /// The copy parses and no rule finds anything new; no rule could say whether it resolves.
    Applies,
    /// The copy does not parse, or something new is found in it, or the rule still finds it.
    Rejected,
}

/// Tries a change; `rule` is the one whose finding it is to mend, where a rule found it.
pub(super) fn verify(
    analyser: &Analyser<'_>,
    source: &Source,
    change: &Replacement,
    by: &str,
    rule: Option<&str>,
) -> Fix {
    let fix = |diff: String, state, reason: Option<String>| Fix {
        by: by.to_owned(),
        diff,
        state,
        reason,
    };
    let rejected = |diff, reason: &str| fix(diff, FixState::Rejected, Some(reason.to_owned()));
    let Some((text, diff)) = apply(source, change) else {
        return rejected(String::new(), "its lines are not lines of the file");
    };
    if change.replacement.contains(MASK) {
        return rejected(String::new(), "it would overwrite a secret that was masked");
    }
    let before = SourceFile::parse(&source.path, source.grammar, source.text.clone());
    let after = SourceFile::parse(&source.path, source.grammar, text);
    let (Ok(before), Ok(after)) = (before, after) else {
        return rejected(diff, "the file does not parse");
    };
    if after.root().has_error() && !before.root().has_error() {
        return rejected(diff, "the file does not parse any more");
    }
    let (old, new) = (counts(analyser, before), counts(analyser, after));
    let count = |counts: &BTreeMap<String, usize>, rule: &str| {
        counts.get(rule).copied().unwrap_or_default()
    };
    if let Some(worse) = new
        .keys()
        .find(|rule| count(&new, rule) > count(&old, rule))
    {
        return rejected(diff, &format!("it brings in what {worse} finds"));
    }
    match rule {
        None => fix(diff, FixState::Applies, None),
        Some(rule) if count(&new, rule) < count(&old, rule) => fix(diff, FixState::Resolves, None),
        Some(rule) => rejected(diff, &format!("{rule} still finds it")),
    }
}

fn counts(analyser: &Analyser<'_>, file: SourceFile) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for finding in analyser.analyse(&[file]) {
        *counts.entry(finding.rule).or_default() += 1;
    }
    counts
}

/// The text after a change, and the difference; `None` where its lines are none of the file.
fn apply(source: &Source, change: &Replacement) -> Option<(String, String)> {
    let lines: Vec<&str> = source.text.split_inclusive('\n').collect();
    let from = usize::try_from(change.start_line).ok()?.checked_sub(1)?;
    let to = usize::try_from(change.end_line).ok()?;
    let replaced = lines.get(from..to)?;
    let added: Vec<&str> = change.replacement.lines().collect();
    if replaced.is_empty() || replaced.len() > MOST_LINES || added.len() > MOST_LINES {
        return None;
    }
    let ending = if source.text.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let mut text = lines[..from].concat();
    for line in &added {
        text.push_str(line);
        text.push_str(ending);
    }
    text.push_str(&lines[to..].concat());
    let first = from.saturating_sub(AROUND);
    let last = lines.len().min(to + AROUND);
    let mut diff = format!("--- a/{0}\n+++ b/{0}\n", source.path);
    // Writing to a String does not fail.
    let _ = writeln!(
        diff,
        "@@ -{},{} +{},{} @@",
        first + 1,
        last - first,
        first + 1,
        last - first - replaced.len() + added.len()
    );
    let mut show = |sign: char, line: &str| {
        let _ = writeln!(diff, "{sign}{}", line.trim_end_matches(['\n', '\r']));
    };
    for (sign, lines) in [
        (' ', &lines[first..from]),
        ('-', replaced),
        ('+', &added[..]),
        (' ', &lines[to..last]),
    ] {
        for line in lines {
            show(sign, line);
        }
    }
    Some((text, diff))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grammar;
    use crate::rule::RuleSet;
    use crate::table::Tables;

    #[track_caller]
    fn check(from: u32, to: u32, replacement: &str, rule: Option<&str>, expected: FixState) {
        let rules = RuleSet::embedded().unwrap();
        let rules = rules.only(|rule| rule.id == "any/many-parameters");
        let analyser = Analyser::new(rules, Tables::embedded()).unwrap();
        let source = Source {
            path: "a.py".to_owned(),
            grammar: Grammar::Python,
            text: "x = 1\ndef f(a, b, c, d, e, f, g, h, i):\n    return a\n".to_owned(),
        };
        let change = Replacement {
            start_line: from,
            end_line: to,
            replacement: replacement.to_owned(),
        };
        let fix = verify(&analyser, &source, &change, "fake/a", rule);
        assert_eq!(fix.state, expected, "{fix:?}");
    }

    #[test]
    fn a_change_must_parse_and_mend_and_bring_in_nothing() {
        let rule = Some("any/many-parameters");
        check(2, 2, "def f(a):", rule, FixState::Resolves);
        check(1, 1, "x = 2", rule, FixState::Rejected);
        check(1, 1, "x = 2", None, FixState::Applies);
        check(2, 2, "def f(a:", rule, FixState::Rejected);
        let other = "def g(a, b, c, d, e, f, g, h, i): pass";
        check(1, 1, other, None, FixState::Rejected);
        check(7, 9, "x", None, FixState::Rejected);
        check(0, 1, "x", None, FixState::Rejected);
        check(3, 2, "x", None, FixState::Rejected);
        check(1, 1, "key = '█'", None, FixState::Rejected);
    }

    #[test]
    fn a_difference_shows_what_changes() {
        let source = Source {
            path: "a.py".to_owned(),
            grammar: Grammar::Python,
            text: "a\nb\nc\n".to_owned(),
        };
        let change = Replacement {
            start_line: 2,
            end_line: 2,
            replacement: "d\ne".to_owned(),
        };
        let (text, diff) = apply(&source, &change).unwrap();
        assert_eq!(text, "a\nd\ne\nc\n");
        assert_eq!(
            diff,
            "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,4 @@\n a\n-b\n+d\n+e\n c\n"
        );
    }
}
