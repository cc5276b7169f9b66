//! What an audit says: findings with their places, what was held back, and what was left out.

mod html;
mod markdown;
mod place;
mod sarif;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::council::{CouncilSummary, Opinion};
use crate::note::{Note, NoteKind};
use crate::suppress::Suppression;
use crate::{Cwe, Facet, Language, Place, Precision, Severity};

pub use html::html;
pub use markdown::markdown;
pub(crate) use place::{Located, locate};
pub use sarif::sarif;
pub use text::visible;

/// The form of [`Report`]; changes when a reader of the last one would misread it.
pub const SCHEMA: &str = "audit-report/1";

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// Digest of the rules and tables it was made with.
    pub rules: String,
    /// Commit, where a revision was looked at.
    pub revision: Option<String>,
    /// How many findings there are, by facet and severity.
    pub sums: Sums,
    /// What was looked at, by language.
    pub files: Vec<LanguageSum>,
    /// By path and place.
    pub findings: Vec<Reported>,
    /// Held back by comments in the code.
    pub suppressed: Vec<Suppressed>,
    /// How many findings the baseline knows already; they are not among `findings`.
    pub known: usize,
    /// How many findings lie outside the lines asked for; they are not among `findings`.
    pub unchanged: usize,
    /// How many findings the person's verdicts settle; they are not among `findings`.
    #[serde(default)]
    pub settled: usize,
    /// What was left out or seen only in part, by path.
    pub notes: Vec<Note>,
    /// What came of asking models; `None` where none was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub council: Option<Box<CouncilSummary>>,
}

/// How many findings, by facet and severity; pairs without findings are absent.
pub type Sums = BTreeMap<Facet, BTreeMap<Severity, usize>>;

/// What was looked at of a language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageSum {
    /// `None` for files of configuration.
    pub language: Option<Language>,
    /// Files.
    pub files: usize,
    /// Lines of them.
    pub lines: usize,
    /// Bytes of them.
    pub bytes: u64,
}

/// A finding with its place and evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// Id of the rule.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// One sentence about this place.
    pub message: String,
    /// From which side.
    pub facet: Facet,
    /// How bad.
    pub severity: Severity,
    /// How often the rule is right.
    pub precision: Precision,
    /// The weaknesses, the closest first.
    pub cwe: Vec<Cwe>,
    /// Language of the file; `None` for files of configuration.
    pub language: Option<Language>,
    /// Path below the root, with `/`.
    pub path: String,
    /// Where it begins.
    pub start: Place,
    /// One past where it ends.
    pub end: Place,
    /// The same for the same finding in another version of the file: 32 hexadecimal digits.
    pub fingerprint: String,
    /// The lines it stands on, at most [`EXCERPT_LINES`].
    pub excerpt: Vec<ExcerptLine>,
    /// The way of the value, source first.
    pub flow: Vec<Step>,
    /// What a council says of it; `None` where none was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion: Option<Box<Opinion>>,
}

/// Lines of an excerpt.
pub const EXCERPT_LINES: usize = 6;

/// A line of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcerptLine {
    /// From 1.
    pub line: u32,
    /// Its text, cut off after 300 characters.
    pub text: String,
}

/// A step of a value's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Path below the root, with `/`.
    pub path: String,
    /// Where it begins.
    pub start: Place,
    /// One past where it ends.
    pub end: Place,
    /// What happens there.
    pub what: String,
    /// The line's text, cut off after 300 characters.
    pub text: String,
}

/// A finding held back by a comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suppressed {
    /// What was found.
    pub finding: Reported,
    /// What holds it back.
    pub by: Suppression,
}

impl Report {
    /// The worst severity among the findings; `None` where there are none.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Whether a finding is at least so bad.
    pub fn has(&self, level: Severity) -> bool {
        self.worst().is_some_and(|worst| worst >= level)
    }

    /// Leaves out what lies outside changed lines, by path: pairs of first and last line.
    pub fn keep_changed(&mut self, changes: &BTreeMap<String, Vec<(u32, u32)>>) {
        let all = self.findings.len();
        self.findings.retain(|finding| {
            let touches =
                |(from, to): &(u32, u32)| finding.start.line <= *to && finding.end.line >= *from;
            let of_file = changes.get(&finding.path);
            of_file.is_some_and(|ranges| ranges.iter().any(touches))
        });
        self.unchanged += all - self.findings.len();
        self.count();
    }

    /// Leaves out findings that a person settled, by fingerprint.
    pub fn settle(&mut self, fingerprints: &BTreeSet<String>) {
        let all = self.findings.len();
        self.findings
            .retain(|finding| !fingerprints.contains(&finding.fingerprint));
        self.settled += all - self.findings.len();
        self.count();
    }

    /// Counts the findings anew.
    pub(crate) fn count(&mut self) {
        self.sums = Sums::new();
        for finding in &self.findings {
            let of_facet = self.sums.entry(finding.facet).or_default();
            *of_facet.entry(finding.severity).or_default() += 1;
        }
    }
}

/// The findings, the worst first, then by path and place.
pub fn worst_first(report: &Report) -> Vec<&Reported> {
    let mut findings: Vec<_> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// How many remarks there are of each kind.
pub fn note_counts(report: &Report) -> BTreeMap<NoteKind, usize> {
    let mut counts = BTreeMap::new();
    for note in &report.notes {
        *counts.entry(note.kind).or_default() += 1;
    }
    counts
}

/// A facet's name in English.
pub const fn facet_name(facet: Facet) -> &'static str {
    match facet {
        Facet::Security => "security",
        Facet::Performance => "performance",
        Facet::Quality => "quality",
    }
}

/// A severity's name in English.
pub const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}
