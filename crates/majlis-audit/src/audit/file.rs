//! What is found in a file by looking at it alone.

use super::Analyser;
use crate::detect::{self, Hit};
use crate::metrics::{self, Measured, THRESHOLDS};
use crate::rule::Rule;
use crate::{Finding, Language, SourceFile, Span, duplicate, secrets};

impl Analyser<'_> {
    /// Patterns, detectors, measures and secrets, in no order.
    pub(super) fn in_file(&self, file: &SourceFile) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Some(patterns) = self.patterns.get(&file.grammar()) {
            patterns.find(file, &mut found);
        }
        let of_pattern = found
            .into_iter()
            .map(|(rule, span)| of_code(self.rules.at(rule), file, Hit::at(span)));
        let mut findings: Vec<_> = of_pattern.collect();
        for (rule, hit) in detect::run(file) {
            if let Some(rule) = self
                .rules
                .get(rule)
                .filter(|rule| rule.is_for(file.grammar()))
            {
                findings.push(of_code(rule, file, hit));
            }
        }
        findings.extend(self.measures(file));
        findings.extend(self.secrets(file.path(), Some(file.language()), file.text()));
        findings
    }

    fn measures(&self, file: &SourceFile) -> Vec<Finding> {
        let rules = THRESHOLDS
            .iter()
            .map(|threshold| self.rules.get(threshold.rule));
        let wanted: Vec<_> = THRESHOLDS.iter().zip(rules).collect();
        if wanted.iter().all(|(_, rule)| rule.is_none()) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for function in metrics::measure(file) {
            for (threshold, rule) in &wanted {
                let value = (threshold.measure)(&function);
                if let Some(rule) = rule
                    && value > threshold.limit
                {
                    let hit = measured(&function, threshold, value);
                    findings.push(of_code(rule, file, hit));
                }
            }
        }
        findings
    }

    /// Secrets in a text; `language` is `None` for configuration.
    pub(super) fn secrets(
        &self,
        path: &str,
        language: Option<Language>,
        text: &str,
    ) -> Vec<Finding> {
        let is_wanted = |rule: &str| self.rules.get(rule).is_some();
        if !detect::ANY.into_iter().any(is_wanted) {
            return Vec::new();
        }
        let found = secrets::find(path, text, language.is_some()).into_iter();
        let findings = found.filter_map(|secret| {
            let rule = self.rules.get(secret.rule)?;
            let hit = Hit {
                span: secret.span,
                message: secret.message,
                flow: Vec::new(),
            };
            Some(finding(rule, path, language, hit))
        });
        findings.collect()
    }
}

impl Analyser<'_> {
    /// Passages that stand more than once in files of one language.
    pub(super) fn copies_in(&self, files: &[SourceFile]) -> Vec<Finding> {
        let Some(rule) = self.rules.get(duplicate::RULE) else {
            return Vec::new();
        };
        let windows: Vec<_> = files.iter().map(duplicate::windows).collect();
        let windows: Vec<_> = windows.iter().map(Vec::as_slice).collect();
        let copies = duplicate::find(&windows).into_iter();
        let findings = copies.map(|copy| {
            let hit = Hit {
                span: copy.span,
                message: Some(copy.message(files[copy.other].path())),
                flow: Vec::new(),
            };
            of_code(rule, &files[copy.file], hit)
        });
        findings.collect()
    }
}

fn measured(function: &Measured, threshold: &metrics::Threshold, value: u32) -> Hit {
    let [before, after] = threshold.words;
    let limit = threshold.limit;
    Hit {
        span: function.span,
        message: Some(format!("{before} {value}{after}; at most {limit} is well.")),
        flow: Vec::new(),
    }
}

pub(super) fn of_code(rule: &Rule, file: &SourceFile, hit: Hit) -> Finding {
    finding(rule, file.path(), Some(file.language()), hit)
}

pub(super) fn finding(rule: &Rule, path: &str, language: Option<Language>, hit: Hit) -> Finding {
    Finding {
        rule: rule.id.clone(),
        language,
        path: path.to_owned(),
        span: hit.span,
        message: hit.message.unwrap_or_else(|| rule.message.clone()),
        severity: rule.severity,
        cwe: rule.cwe.clone(),
        flow: hit.flow,
    }
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
