//! What the interpreter for C and C++ finds in files that belong together.

use std::collections::HashSet;

use super::Analyser;
use super::file::finding;
use crate::detect::Hit;
use crate::ir::Module;
use crate::{Finding, Grammar, Language, Span, memory};

impl Analyser<'_> {
    /// Runs all C and C++ files together; a rule reports a line once. `place` tells the grammar of
    /// a file and the line a span of it begins on.
    pub(super) fn in_memory(
        &self,
        modules: &[Module],
        place: impl Fn(&str, Span) -> Option<(Grammar, u32)>,
    ) -> Vec<Finding> {
        if modules.is_empty() {
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let hits = memory::run(modules, &memory::Options::default()).into_iter();
        let findings = hits.filter_map(|hit| {
            let (grammar, line) = place(&hit.path, hit.span)?;
            let rule = self.rules.get(&format!("cpp/{}", hit.rule))?;
            let is_new = seen.insert((hit.path.clone(), line, hit.rule));
            let is_wanted = is_new && rule.is_for(grammar);
            is_wanted.then(|| {
                let mut found = Hit::at(hit.span);
                found.flow = hit.trail;
                finding(rule, &hit.path, Some(Language::Cpp), found)
            })
        });
        findings.collect()
    }
}
