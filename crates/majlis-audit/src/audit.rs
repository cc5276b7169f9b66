//! From parsed files to findings: patterns, data flow, checks and detectors.

mod file;
mod follow;
mod group;
mod memory;
mod run;

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use crate::pattern::{CompiledPattern, Patterns};
use crate::rule::{Detector, RuleError, RuleProblem, RuleSet};
use crate::table::Tables;
use crate::{Finding, Grammar, Language, SourceFile};

pub use run::{Cache, Options, Progress};

/// Everything that is known before a file is seen: the rules, ready to be run.
pub struct Analyser<'t> {
    rules: RuleSet,
    tables: &'t Tables,
    patterns: BTreeMap<Grammar, Patterns>,
}

impl<'t> Analyser<'t> {
    /// The rules and tables of this program.
    pub fn embedded() -> Result<Self, RuleError> {
        Self::new(RuleSet::embedded()?, Tables::embedded())
    }

    /// Makes rules ready; fails at the first that cannot be.
    pub fn new(rules: RuleSet, tables: &'t Tables) -> Result<Self, RuleError> {
        let patterns = Grammar::ALL
            .into_par_iter()
            .map(|grammar| Ok((grammar, compile(&rules, grammar)?)))
            .collect::<Result<_, RuleError>>()?;
        Ok(Self {
            rules,
            tables,
            patterns,
        })
    }

    /// Its rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// What is found in some files that belong together, by path, place and rule; a rule reports
    /// a line once.
    pub fn analyse(&self, files: &[SourceFile]) -> Vec<Finding> {
        let modules: Vec<_> = files
            .par_iter()
            .filter_map(|file| self.lower(file))
            .collect();
        // C and C++ have an interpreter of their own, which reads the same tables.
        let (memory, modules): (Vec<_>, Vec<_>) = modules
            .into_iter()
            .partition(|module| module.language == Language::Cpp);
        let mut followed = self.follow(&modules, |path| {
            let file = files.iter().find(|file| file.path() == path);
            file.map(SourceFile::grammar)
        });
        let followed = &mut followed.findings;
        let mut findings: Vec<_> = files
            .iter()
            .flat_map(|file| {
                let mut found = self.in_file(file);
                found.extend(followed.remove(file.path()).unwrap_or_default());
                once_a_line(found, |span| file.line(span))
            })
            .collect();
        findings.extend(self.in_memory(&memory, |path, span| {
            let file = files.iter().find(|file| file.path() == path)?;
            Some((file.grammar(), file.line(span)))
        }));
        findings.extend(self.copies_in(files));
        sort(&mut findings);
        findings
    }

    /// What is found in a file of configuration, by place.
    pub fn analyse_configuration(&self, path: &str, text: &str) -> Vec<Finding> {
        let mut findings = self.secrets(path, None, text);
        sort(&mut findings);
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
        let pattern = CompiledPattern::new(yaml, at.as_deref(), grammar);
        let pattern = pattern.map_err(|problem| RuleError {
            path: format!("{}.md", rule.id),
            problem: RuleProblem::Pattern(problem),
        })?;
        patterns.add(index, pattern);
    }
    Ok(patterns)
}

/// Of several findings of a rule on a line the first stays. What holds for any language gives way
/// to what a rule of the language says about the same weakness on the same line.
fn once_a_line(mut findings: Vec<Finding>, line: impl Fn(crate::Span) -> u32) -> Vec<Finding> {
    sort(&mut findings);
    let is_general = |finding: &Finding| finding.rule.starts_with("any/");
    let special: HashSet<_> = findings
        .iter()
        .filter(|finding| !is_general(finding))
        .flat_map(|finding| finding.cwe.iter().map(|cwe| (line(finding.span), *cwe)))
        .collect();
    let mut seen = HashSet::new();
    findings.retain(|finding| {
        let at = line(finding.span);
        let is_said =
            is_general(finding) && finding.cwe.iter().any(|cwe| special.contains(&(at, *cwe)));
        !is_said && seen.insert((finding.rule.clone(), at))
    });
    findings
}

fn sort(findings: &mut [Finding]) {
    let key = |finding: &Finding| (finding.path.clone(), finding.span, finding.rule.clone());
    findings.sort_by_cached_key(key);
}
