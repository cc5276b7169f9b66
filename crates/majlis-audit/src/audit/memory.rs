//! What the interpreter for C and C++ finds in files that belong together.

use std::collections::{HashMap, HashSet};

use super::Analyser;
use super::file::of_code;
use crate::detect::Hit;
use crate::ir::Module;
use crate::{Finding, SourceFile, memory};

impl Analyser<'_> {
    /// Runs all C and C++ files together; a rule reports a line once.
    pub(super) fn in_memory(&self, files: &[SourceFile], modules: &[Module]) -> Vec<Finding> {
        if modules.is_empty() {
            return Vec::new();
        }
        let by_path: HashMap<&str, &SourceFile> =
            files.iter().map(|file| (file.path(), file)).collect();
        let mut seen = HashSet::new();
        let hits = memory::run(modules, &memory::Options::default()).into_iter();
        let findings = hits.filter_map(|hit| {
            let file = by_path.get(&*hit.path)?;
            let rule = self.rules.get(&format!("cpp/{}", hit.rule))?;
            let is_new = seen.insert((hit.path.clone(), file.line(hit.span), hit.rule));
            let is_wanted = is_new && rule.is_for(file.grammar());
            is_wanted.then(|| {
                let mut found = Hit::at(hit.span);
                found.flow = hit.trail;
                of_code(rule, file, found)
            })
        });
        findings.collect()
    }
}
