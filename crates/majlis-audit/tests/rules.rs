//! Every rule's own tests hold: marked lines are reported, all others are not.

#[path = "support/folder.rs"]
mod folder;

use majlis_audit::table::Tables;
use majlis_audit::{Analyser, Language, detect, rule};

/// Runs the tests of all rules of a language, read from the folder.
#[allow(clippy::unwrap_used)] // a rule that is not one fails the test with its name and reason
fn check(language: Option<Language>) {
    let below = format!("{}/", language.map_or(rule::ANY, Language::id));
    let texts = folder::files(&folder::root().join("rules"), "md").into_iter();
    let rules = rule::RuleSet::read(texts.filter(|(path, _)| path.starts_with(&below)));
    let mut texts = folder::files(&folder::root().join("tables"), "toml");
    texts.retain(|(path, _)| path.starts_with(&below));
    let (tables, errors) = Tables::parse(texts.iter().map(|(path, text)| (&**path, &**text)));
    let known = known(language);
    for error in &errors {
        assert!(known.contains(&error.to_string()), "{error}");
    }
    let analyser = rules
        .and_then(|rules| Analyser::new(rules, &tables))
        .unwrap();
    if let Some(language) = language {
        names_of_tables_have_rules(analyser.rules(), &tables, language, &known);
    }
    let mut report = Vec::new();
    for rule in analyser.rules() {
        let failures = rule::check(&analyser, rule);
        match (failures.is_empty(), known.contains(&rule.id)) {
            (false, false) => report.extend(failures.iter().map(ToString::to_string)),
            (true, true) => report.push(format!("{} holds: take it off tests/known", rule.id)),
            _ => {}
        }
    }
    assert!(
        report.is_empty(),
        "{} tests of rules fail:\n{}",
        report.len(),
        report.join("\n")
    );
}

/// What is known not to hold yet, the lines of `tests/known/LANGUAGE.txt`: ids of rules whose tests
/// fail, kinds of sinks no rule reports, tables that are wrong.
fn known(language: Option<Language>) -> Vec<String> {
    let name = format!("{}.txt", language.map_or(rule::ANY, Language::id));
    let files = folder::files(&folder::root().join("tests/known"), "txt");
    let of_language = files.into_iter().filter(|(path, _)| *path == name);
    let lines =
        of_language.flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>());
    lines.collect()
}

/// Every rule a check names, and every kind of sink, is reported by a rule.
fn names_of_tables_have_rules(
    rules: &rule::RuleSet,
    tables: &Tables,
    language: Language,
    known: &[String],
) {
    let id = language.id();
    let checks = tables.checked_rules(language).into_iter();
    let mut missing: Vec<String> = checks
        .filter(|slug| {
            let found = rules.get(&format!("{id}/{slug}"));
            found.is_none_or(|rule| rule.detector != rule::Detector::Check)
        })
        .map(|slug| format!("the check {slug}"))
        .collect();
    for kind in tables.sink_kinds(language) {
        let reports = |rule: &rule::Rule| match &rule.detector {
            rule::Detector::Flow { sink, .. } => sink == kind,
            _ => false,
        };
        if !rules.iter().any(reports) {
            missing.push(format!("the sink {kind}"));
        }
    }
    missing.retain(|name| !known.contains(name));
    assert!(missing.is_empty(), "no rule of {id} reports {missing:?}");
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
