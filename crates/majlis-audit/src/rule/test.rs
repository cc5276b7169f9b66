//! Running the tests a rule brings along.

use std::collections::BTreeSet;
use std::fmt;

use super::{Rule, RuleTest};
use crate::{Analyser, Lines, SourceFile, Span};

/// A test of a rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Id of the rule.
    pub rule: String,
    /// Which block, from 1.
    pub number: usize,
    /// Lines that must be reported and are not.
    pub missed: Vec<u32>,
    /// Lines that are reported and must not be.
    pub wrong: Vec<u32>,
    /// Why the block could not be looked at.
    pub problem: Option<String>,
    /// The first line of the block that is no code of its language, as far as the parser knows.
    pub syntax_error: Option<u32>,
}

/// Runs every test of a rule; `analyser` must hold the rule.
pub fn check(analyser: &Analyser<'_>, rule: &Rule) -> Vec<Failure> {
    let failures = rule.tests.iter().map(|test| run(analyser, rule, test));
    failures.flatten().collect()
}

fn run(analyser: &Analyser<'_>, rule: &Rule, test: &RuleTest) -> Option<Failure> {
    let mut failure = Failure {
        rule: rule.id.clone(),
        number: test.number,
        missed: Vec::new(),
        wrong: Vec::new(),
        problem: None,
        syntax_error: None,
    };
    let reported = match reported(analyser, rule, test, &mut failure.syntax_error) {
        Ok(reported) => reported,
        Err(problem) => {
            failure.problem = Some(problem);
            return Some(failure);
        }
    };
    if reported == test.expected {
        return None;
    }
    failure.missed = test.expected.difference(&reported).copied().collect();
    failure.wrong = reported.difference(&test.expected).copied().collect();
    Some(failure)
}

fn reported(
    analyser: &Analyser<'_>,
    rule: &Rule,
    test: &RuleTest,
    syntax_error: &mut Option<u32>,
) -> Result<BTreeSet<u32>, String> {
    let Some(grammar) = test.grammar else {
        let lines = Lines::new(&test.text);
        let findings = analyser.analyse_configuration("src/example", &test.text);
        let of_rule = findings.iter().filter(|finding| finding.rule == rule.id);
        return Ok(of_rule
            .map(|finding| lines.line(finding.span.start))
            .collect());
    };
    let path = format!("src/Example.{}", grammar.extension());
    let file = SourceFile::parse(&path, grammar, test.text.clone())
        .map_err(|problem| problem.to_string())?;
    *syntax_error = first_error(&file);
    let files = [file];
    let findings = analyser.analyse(&files);
    let of_rule = findings.iter().filter(|finding| finding.rule == rule.id);
    Ok(of_rule.map(|finding| files[0].line(finding.span)).collect())
}

fn first_error(file: &SourceFile) -> Option<u32> {
    let mut node = file.root();
    if !node.has_error() {
        return None;
    }
    loop {
        let mut cursor = node.walk();
        let inner = node
            .children(&mut cursor)
            .find(tree_sitter::Node::has_error);
        match inner {
            Some(child) => node = child,
            None => return Some(file.line(Span::of(node))),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rules/{}.md, test {}:", self.rule, self.number)?;
        if let Some(problem) = &self.problem {
            write!(f, " {problem}")?;
        }
        if !self.missed.is_empty() {
            write!(f, " missed {}", Numbers(&self.missed))?;
        }
        if !self.wrong.is_empty() {
            write!(f, " wrongly reported {}", Numbers(&self.wrong))?;
        }
        if let Some(line) = self.syntax_error {
            write!(f, " (no syntax the parser knows at line {line})")?;
        }
        Ok(())
    }
}

struct Numbers<'a>(&'a [u32]);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.len() == 1 { "line" } else { "lines" })?;
        for (index, number) in self.0.iter().enumerate() {
            let sign = if index == 0 { " " } else { ", " };
            write!(f, "{sign}{number}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RuleSet, parse};
    use super::*;
    use crate::table::Tables;

    fn failures(first: &str, second: &str) -> Vec<String> {
        let front = "+++\ntitle = \"T\"\nmessage = \"M\"\nfacet = \"quality\"\nseverity = \"low\"\nprecision = \"high\"\ndetector = \"pattern\"\n+++\n";
        let body = "A\n\n## Why it matters\n\nB\n\n## Instead\n\nC\n\n## Rule\n\n```yaml\nrule: { pattern: bad() }\n```\n\n## Tests\n";
        let tests = format!("\n```python\n{first}\n```\n\n```python\n{second}\n```\n");
        let rule = parse("python/bad.md", &format!("{front}{body}{tests}")).unwrap();
        let analyser = Analyser::new(
            RuleSet::new(vec![rule.clone()]).unwrap(),
            Tables::embedded(),
        )
        .unwrap();
        let failures = check(&analyser, &rule);
        failures.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_rule_whose_tests_hold_has_no_failures() {
        let none: [&str; 0] = [];
        assert_eq!(failures("good()\nbad()  # finding", "good()"), none);
    }

    #[test]
    fn a_failure_names_the_test_and_its_lines() {
        assert_eq!(
            failures("\ngood()  # finding\ngood()  # finding", "bad()\nx = )"),
            [
                "rules/python/bad.md, test 1: missed lines 2, 3",
                "rules/python/bad.md, test 2: wrongly reported line 1 (no syntax the parser knows at line 2)",
            ]
        );
    }
}
