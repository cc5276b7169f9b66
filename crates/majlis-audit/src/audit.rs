//! From parsed files to findings: patterns, data flow, checks and detectors.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use crate::detect::{self, Hit};
use crate::pattern::{CompiledPattern, Patterns};
use crate::rule::{Detector, Rule, RuleError, RuleProblem, RuleSet};
use crate::{Finding, Grammar, SourceFile, Span};

/// Everything that is known before a file is seen: the rules, ready to be run.
pub struct Analyser {
    rules: RuleSet,
    patterns: BTreeMap<Grammar, Patterns>,
}

impl Analyser {
    /// Makes rules ready; fails at the first that cannot be.
    pub fn new(rules: RuleSet) -> Result<Self, RuleError> {
        let patterns = Grammar::ALL
            .into_par_iter()
            .map(|grammar| Ok((grammar, compile(&rules, grammar)?)))
            .collect::<Result<_, RuleError>>()?;
        Ok(Self { rules, patterns })
    }

    /// Its rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Whether what finds a rule's places is built in. Data flow is not yet: its rules report
    /// nothing, and their tests are left out.
    pub fn runs(&self, rule: &Rule) -> bool {
        matches!(rule.detector, Detector::Pattern { .. } | Detector::Code)
    }

    /// What is found in some files that belong together, by path, place and rule; a rule reports
    /// a line once.
    pub fn analyse(&self, files: &[SourceFile]) -> Vec<Finding> {
        let mut findings: Vec<_> = files
            .par_iter()
            .flat_map_iter(|file| self.of_file(file))
            .collect();
        sort(&mut findings);
        findings
    }

    /// What is found in a file by looking at it alone, in no order.
    fn of_file(&self, file: &SourceFile) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Some(patterns) = self.patterns.get(&file.grammar()) {
            patterns.find(file, &mut found);
        }
        let of_pattern = found
            .into_iter()
            .map(|(rule, span)| finding(self.rules.at(rule), file, Hit::at(span)));
        let hits = detect::run(file).into_iter().filter_map(|(rule, hit)| {
            let rule = self.rules.get(rule)?;
            rule.is_for(file.grammar())
                .then(|| finding(rule, file, hit))
        });
        let mut findings: Vec<_> = of_pattern.chain(hits).collect();
        once_a_line(&mut findings, file);
        findings
    }
}

fn compile(rules: &RuleSet, grammar: Grammar) -> Result<Patterns, RuleError> {
    let mut patterns = Patterns::default();
    for (index, rule) in rules.iter().enumerate() {
        let Detector::Pattern { yaml, at } = &rule.detector else {
            continue;
        };
        if !rule.is_for(grammar) {
            continue;
        }
        let pattern =
            CompiledPattern::new(yaml, at.as_deref(), grammar).map_err(|problem| RuleError {
                path: format!("{}.md", rule.id),
                problem: RuleProblem::Pattern(problem),
            })?;
        patterns.add(index, pattern);
    }
    Ok(patterns)
}

fn finding(rule: &Rule, file: &SourceFile, hit: Hit) -> Finding {
    Finding {
        rule: rule.id.clone(),
        language: Some(file.language()),
        path: file.path().to_owned(),
        span: hit.span,
        message: hit.message.unwrap_or_else(|| rule.message.clone()),
        severity: rule.severity,
        cwe: rule.cwe.clone(),
        flow: hit.flow,
    }
}

/// Of several findings of a rule on a line the first stays, the one with the longest way last.
fn once_a_line(findings: &mut Vec<Finding>, file: &SourceFile) {
    sort(findings);
    let mut seen = HashSet::new();
    findings.retain(|finding| seen.insert((finding.rule.clone(), file.line(finding.span))));
}

fn sort(findings: &mut [Finding]) {
    let key = |finding: &Finding| (finding.path.clone(), finding.span, finding.rule.clone());
    findings.sort_by_cached_key(key);
}

impl Hit {
    /// A place, with the message of the rule.
    pub(crate) fn at(span: Span) -> Self {
        Self {
            span,
            message: None,
            flow: Vec::new(),
        }
    }
}
