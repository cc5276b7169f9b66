//! All rules.

use std::collections::BTreeMap;

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::{Detector, Rule, RuleError, RuleProblem, parse};
use crate::Grammar;
use crate::fingerprint::hex;
use crate::table::UNTRUSTED;

#[derive(RustEmbed)]
#[folder = "rules/"]
struct Embedded;

/// Rules in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    digest: String,
}

impl RuleSet {
    /// The rules of this program.
    pub fn embedded() -> Result<Self, RuleError> {
        let files = Embedded::iter().filter_map(|path| {
            let file = Embedded::get(&path)?;
            Some((
                path.into_owned(),
                String::from_utf8_lossy(&file.data).into_owned(),
            ))
        });
        Self::read(files)
    }

    /// Reads files: their paths below the folder of rules, with `/`, and their texts.
    pub fn read(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, RuleError> {
        let rules = files
            .into_iter()
            .map(|(path, text)| parse(&path, &text))
            .collect::<Result<Vec<_>, _>>()?;
        Self::new(rules)
    }

    /// Puts rules together.
    pub fn new(mut rules: Vec<Rule>) -> Result<Self, RuleError> {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        for (rule, next) in rules.iter().zip(rules.iter().skip(1)) {
            if rule.id == next.id {
                return Err(wrong(rule, RuleProblem::Twice));
            }
        }
        let mut sinks = BTreeMap::new();
        for rule in &rules {
            if let Detector::Flow { sink, from } = &rule.detector {
                let of = (rule.language, sink, from, &rule.grammars);
                if let Some(other) = sinks.insert(of, &rule.id) {
                    return Err(wrong(rule, RuleProblem::SameSink(other.clone())));
                }
            }
        }
        let digest = digest(&rules);
        Ok(Self { rules, digest })
    }

    /// Only those a condition holds for.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&Rule) -> bool) -> Self {
        self.rules.retain(keep);
        self.digest = digest(&self.rules);
        self
    }

    /// Tells sets of rules apart: 32 hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// All, in the order of their ids.
    pub fn iter(&self) -> std::slice::Iter<'_, Rule> {
        self.rules.iter()
    }

    /// The rule of an id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.index(id).map(|index| &self.rules[index])
    }

    /// The rule at an index of [`Self::iter`].
    pub(crate) fn at(&self, index: usize) -> &Rule {
        &self.rules[index]
    }

    /// The rule that reports a kind of sink reached from sources: one that names a source before
    /// one for all untrusted values.
    pub(crate) fn of_sink(
        &self,
        grammar: Grammar,
        kind: &str,
        sources: &[String],
    ) -> Option<&Rule> {
        let rules = self.rules.iter().filter(|rule| rule.is_for(grammar));
        let of_kind = rules.filter_map(|rule| match &rule.detector {
            Detector::Flow { sink, from } if sink == kind => Some((rule, from)),
            _ => None,
        });
        let of_kind: Vec<_> = of_kind.collect();
        let names = |from: &[String]| from.iter().any(|word| sources.contains(word));
        let special = of_kind.iter().find(|(_, from)| names(from));
        let is_untrusted = sources.iter().any(|source| UNTRUSTED.contains(&&**source));
        let general = of_kind
            .iter()
            .find(|(_, from)| from.is_empty() && is_untrusted);
        special.or(general).map(|(rule, _)| *rule)
    }

    /// The index of an id.
    pub(crate) fn index(&self, id: &str) -> Option<usize> {
        self.rules
            .binary_search_by(|rule| rule.id.as_str().cmp(id))
            .ok()
    }
}

impl<'a> IntoIterator for &'a RuleSet {
    type Item = &'a Rule;
    type IntoIter = std::slice::Iter<'a, Rule>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn digest(rules: &[Rule]) -> String {
    hex(&Sha256::digest(format!("{rules:?}"))[..16])
}

fn wrong(rule: &Rule, problem: RuleProblem) -> RuleError {
    RuleError {
        path: format!("{}.md", rule.id),
        problem,
    }
}
