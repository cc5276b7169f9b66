//! Detectors in code: for what neither a pattern nor a table can say. Each language has a list,
//! and each entry names the rules it reports.

mod cpp;
mod go;
mod java;
mod javascript;
mod python;
mod rust;
mod tree;

use crate::{FlowStep, Language, SourceFile, Span, secrets};

/// A place a detector saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where the harm is done.
    pub span: Span,
    /// A sentence about this place; the rule's where `None`.
    pub message: Option<String>,
    /// The way of a value to it, source first; empty where there is none.
    pub flow: Vec<FlowStep>,
}

/// Where a detector puts what it sees.
#[derive(Debug, Default)]
pub struct Hits {
    found: Vec<(&'static str, Hit)>,
}

impl Hits {
    /// Reports a place under a rule's id with the rule's message.
    pub fn push(&mut self, rule: &'static str, span: Span) {
        self.found.push((rule, Hit::at(span)));
    }

    /// Reports a place under a rule's id.
    pub fn push_hit(&mut self, rule: &'static str, hit: Hit) {
        self.found.push((rule, hit));
    }
}

/// A detector: looks at one file.
pub struct Detector {
    /// Ids of the rules it reports; their front matter says `detector = "code"`.
    pub rules: &'static [&'static str],
    /// Looks.
    pub run: fn(&SourceFile, &mut Hits),
}

/// The detectors of a language.
pub fn of(language: Language) -> &'static [Detector] {
    match language {
        Language::Python => python::DETECTORS,
        Language::JavaScript => javascript::DETECTORS,
        Language::Go => go::DETECTORS,
        Language::Java => java::DETECTORS,
        Language::Cpp => cpp::DETECTORS,
        Language::Rust => rust::DETECTORS,
    }
}

/// Ids of the rules that [`crate::Analyser`] reports for any file, code or configuration.
pub const ANY: [&str; 4] = [
    secrets::TOKEN,
    secrets::PRIVATE_KEY,
    secrets::NAMED,
    secrets::ADDRESS,
];

/// Runs the detectors of a file's language: ids of rules, and places.
pub(crate) fn run(file: &SourceFile) -> Vec<(&'static str, Hit)> {
    let mut hits = Hits::default();
    for detector in of(file.language()) {
        (detector.run)(file, &mut hits);
    }
    hits.found
}
