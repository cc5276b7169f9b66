//! From the hits of the data flow to findings.

use std::collections::HashMap;

use super::Analyser;
use super::file::finding;
use crate::detect::Hit;
use crate::flow::{self, FlowHit, What};
use crate::ir::Module;
use crate::rule::{Detector, Rule};
use crate::{Finding, Grammar, Language, SourceFile, lower};

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

    /// What the data flow finds in files that belong together, by path. `grammar` tells a file's.
    pub(super) fn follow(
        &self,
        modules: &[Module],
        grammar: impl Fn(&str) -> Option<Grammar>,
    ) -> HashMap<String, Vec<Finding>> {
        let mut found: HashMap<String, Vec<Finding>> = HashMap::new();
        for hit in flow::run(modules, self.tables, flow::Options::default()) {
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
        found
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
