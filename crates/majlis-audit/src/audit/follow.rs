//! From the hits of the data flow to findings.

use std::collections::HashMap;

use super::Analyser;
use super::file::finding;
use crate::detect::Hit;
use crate::flow::{self, FlowHit, What};
use crate::ir::Module;
use crate::rule::{Detector, Rule};
use crate::{Finding, Grammar, Language, SourceFile, lower};

/// What the data flow gives.
pub(super) struct Followed {
    /// By path.
    pub(super) findings: HashMap<String, Vec<Finding>>,
    /// Paths of the files that were followed only in part.
    pub(super) cut_short: Vec<String>,
}

impl Analyser<'_> {
    /// A file's form for the data flow; `None` where no rule would use it.
    pub(super) fn lower(&self, file: &SourceFile) -> Option<Module> {
        let follows = |rule: &Rule| {
            let is_flow = matches!(rule.detector, Detector::Flow { .. } | Detector::Check);
            let is_memory = file.language() == Language::Cpp && rule.detector == Detector::Code;
            (is_flow || is_memory) && rule.is_for(file.grammar())
        };
        if !self.rules.iter().any(follows) {
            return None;
        }
        lower::lower(file.grammar(), file.path(), file.text(), file.tree())
    }

    /// What the data flow finds in files that belong together. `grammar` tells a file's.
    pub(super) fn follow(
        &self,
        modules: &[Module],
        grammar: impl Fn(&str) -> Option<Grammar>,
    ) -> Followed {
        let mut found: HashMap<String, Vec<Finding>> = HashMap::new();
        let followed = flow::run(modules, self.tables, flow::Options::default());
        for hit in followed.hits {
            let Some(grammar) = grammar(&hit.path) else {
                continue;
            };
            if let Some(rule) = self.rule_of(&hit.what, grammar) {
                let language = Some(grammar.language());
                let FlowHit {
                    path, span, trail, ..
                } = hit;
                let hit = Hit {
                    span,
                    message: None,
                    flow: trail,
                };
                let finding = finding(rule, &path, language, hit);
                found.entry(path).or_default().push(finding);
            }
        }
        Followed {
            findings: found,
            cut_short: followed.cut_short,
        }
    }

    fn rule_of(&self, what: &What, grammar: Grammar) -> Option<&Rule> {
        match what {
            What::Sink { kind, labels } => self.rules.of_sink(grammar, kind, labels),
            What::Check { rule } => {
                let id = format!("{}/{rule}", grammar.language().id());
                self.rules.get(&id).filter(|rule| rule.is_for(grammar))
            }
        }
    }
}
