//! From bytes to lines: places and excerpts of findings.

use std::collections::HashMap;

use super::{EXCERPT_LINES, ExcerptLine, Reported, Step};
use crate::rule::Rule;
use crate::{Finding, Language, Lines, Place, Span};

/// Characters of a line that are kept.
const LINE_CHARACTERS: usize = 300;
/// Steps of a way that are kept: the first and the last ones.
const STEPS: usize = 24;

/// A text whose findings are being reported.
pub(crate) struct Located {
    pub(crate) path: String,
    pub(crate) language: Option<Language>,
    pub(crate) text: String,
    pub(crate) lines: Lines,
}

impl Located {
    fn places(&self, span: Span) -> (Place, Place) {
        let place = |at| self.lines.place(&self.text, at);
        (place(span.start), place(span.end.max(span.start)))
    }

    /// Text of a line, cut off.
    fn line(&self, line: u32) -> String {
        let span = self.lines.span(&self.text, line).unwrap_or_default();
        let text = self.text.get(span.start as usize..span.end as usize);
        let text = text.unwrap_or_default().trim_end_matches('\r');
        text.chars().take(LINE_CHARACTERS).collect()
    }
}

/// Gives a finding of one of `files` its place and evidence.
pub(crate) fn locate(
    finding: Finding,
    rule: &Rule,
    fingerprint: String,
    file: &Located,
    files: &HashMap<&str, &Located>,
) -> Reported {
    let (start, end) = file.places(finding.span);
    let last = end
        .line
        .min(start.line + u32::try_from(EXCERPT_LINES).unwrap_or(1) - 1);
    let excerpt = (start.line..=last).map(|line| ExcerptLine {
        line,
        text: file.line(line),
    });
    let step = |step: crate::FlowStep| {
        let of_step = files.get(&*step.path)?;
        let (start, end) = of_step.places(step.span);
        Some(Step {
            text: of_step.line(start.line),
            path: step.path,
            start,
            end,
            what: step.what,
        })
    };
    let mut flow: Vec<_> = finding.flow.into_iter().filter_map(step).collect();
    if flow.len() > STEPS {
        flow.drain(STEPS / 2..flow.len() - STEPS / 2);
    }
    Reported {
        rule: finding.rule,
        title: rule.title.clone(),
        message: finding.message,
        facet: rule.facet,
        severity: finding.severity,
        precision: rule.precision,
        cwe: finding.cwe,
        language: finding.language,
        path: finding.path,
        start,
        end,
        fingerprint,
        excerpt: excerpt.collect(),
        flow,
        opinion: None,
    }
}
