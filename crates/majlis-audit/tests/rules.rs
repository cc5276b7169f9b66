//! Every rule's own tests hold: marked lines are reported, all others are not.

#[path = "support/folder.rs"]
mod folder;

use majlis_audit::{Analyser, Language, detect, rule};

/// Runs the tests of all rules of a language, read from the folder.
#[allow(clippy::unwrap_used)] // a rule that is not one fails the test with its name and reason
fn check(language: Option<Language>) {
    let below = format!("{}/", language.map_or(rule::ANY, Language::id));
    let texts = folder::files(&folder::root().join("rules"), "md").into_iter();
    let rules = rule::RuleSet::read(texts.filter(|(path, _)| path.starts_with(&below)));
    let analyser = rules.and_then(Analyser::new).unwrap();
    let failures = analyser
        .rules()
        .iter()
        .filter(|rule| analyser.runs(rule))
        .flat_map(|rule| rule::check(&analyser, rule));
    let report: Vec<_> = failures.map(|failure| failure.to_string()).collect();
    assert!(
        report.is_empty(),
        "{} tests of rules fail:\n{}",
        report.len(),
        report.join("\n")
    );
}

#[test]
fn rules_any() {
    check(None);
}

#[test]
fn rules_python() {
    check(Some(Language::Python));
}

#[test]
fn rules_javascript() {
    check(Some(Language::JavaScript));
}

#[test]
fn rules_go() {
    check(Some(Language::Go));
}

#[test]
fn rules_java() {
    check(Some(Language::Java));
}

#[test]
fn rules_cpp() {
    check(Some(Language::Cpp));
}

#[test]
fn rules_rust() {
    check(Some(Language::Rust));
}

#[test]
fn rules_in_code_and_their_detectors_name_each_other() {
    let rules = rule::RuleSet::embedded().unwrap();
    let named: Vec<_> = Language::ALL
        .into_iter()
        .flat_map(detect::of)
        .flat_map(|detector| detector.rules)
        .chain(&detect::ANY)
        .collect();
    for id in &named {
        let found = rules.get(id).map(|rule| &rule.detector);
        assert_eq!(found, Some(&rule::Detector::Code), "{id}");
    }
    for rule in &rules {
        let is_code = rule.detector == rule::Detector::Code;
        let is_named = named.iter().any(|id| **id == rule.id);
        assert_eq!(is_code, is_named, "{}", rule.id);
    }
}
