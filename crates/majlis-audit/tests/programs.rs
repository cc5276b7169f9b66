//! Whole programs: what the data flow reports of them, line by line.
//!
//! A file of `cases/` holds a case under each heading; its fenced blocks are files, named behind
//! the language. A line to be reported ends with a comment `finding: KIND`, the kind of the sink.

use std::collections::BTreeSet;

use majlis_audit::flow::{Options, What, run};
use majlis_audit::rule::{Detector, RuleSet};
use majlis_audit::table::{Tables, UNTRUSTED};
use majlis_audit::{Grammar, Lines, lower};

/// What is reported: file, line, kind of the sink.
type Places = BTreeSet<(String, u32, String)>;

struct Case<'t> {
    name: &'t str,
    files: Vec<(&'t str, String)>,
}

#[allow(clippy::unwrap_used)] // a file before any heading fails the test
fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        if let (Some(name), false) = (line.strip_prefix("## "), is_inside) {
            let files = Vec::new();
            cases.push(Case { name, files });
        } else if let Some(path) = line.strip_prefix("```").filter(|_| !is_inside) {
            is_inside = true;
            let path = path.split_once(' ').map_or("src/app.js", |(_, path)| path);
            cases.last_mut().unwrap().files.push((path, String::new()));
        } else if line == "```" {
            is_inside = false;
        } else if is_inside {
            let file = cases.last_mut().unwrap().files.last_mut().unwrap();
            file.1.push_str(line);
            file.1.push('\n');
        }
    }
    cases
}

fn expected(case: &Case<'_>) -> Places {
    let mut places = Places::new();
    for (path, text) in &case.files {
        for (line, source) in (1..).zip(text.lines()) {
            if let Some((_, kind)) = source.split_once(" finding: ") {
                places.insert(((*path).to_owned(), line, kind.to_owned()));
            }
        }
    }
    places
}

fn grammar(path: &str) -> Grammar {
    match path.rsplit('.').next() {
        Some("ts") => Grammar::TypeScript,
        Some("tsx") => Grammar::Tsx,
        Some("go") => Grammar::Go,
        Some("java") => Grammar::Java,
        Some("py") => Grammar::Python,
        _ => Grammar::JavaScript,
    }
}

/// Whether a rule reports values of these sources at this kind of sink.
fn is_reported(rules: &RuleSet, language: &str, kind: &str, labels: &[String]) -> bool {
    rules.iter().any(|rule| match &rule.detector {
        Detector::Flow { sink, from } => {
            let is_from = |label: &String| {
                if from.is_empty() {
                    UNTRUSTED.contains(&&**label)
                } else {
                    from.contains(label)
                }
            };
            let is_of = rule.id.split('/').next() == Some(language);
            is_of && sink == kind && labels.iter().any(is_from)
        }
        _ => false,
    })
}

#[allow(clippy::unwrap_used)] // every hit is in a file of its case
fn found(case: &Case<'_>, rules: &RuleSet, language: &str) -> Places {
    let modules: Vec<_> = case
        .files
        .iter()
        .filter_map(|(path, text)| {
            let mut parser = tree_sitter::Parser::new();
            parser.set_language(&grammar(path).tree_sitter()).ok()?;
            let tree = parser.parse(text, None)?;
            lower::lower(grammar(path), path, text, &tree)
        })
        .collect();
    let mut places = Places::new();
    for hit in run(&modules, Tables::embedded(), Options::default()).hits {
        let What::Sink { kind, labels } = &hit.what else {
            continue;
        };
        let file = case
            .files
            .iter()
            .find(|(path, _)| *path == hit.path)
            .unwrap();
        let line = Lines::new(&file.1).place(&file.1, hit.span.start).line;
        if is_reported(rules, language, kind, labels) {
            places.insert((hit.path.clone(), line, kind.clone()));
        }
    }
    places
}

#[allow(clippy::unwrap_used)] // rules that cannot be read fail the test
fn check(language: &str, text: &str) {
    let rules = RuleSet::embedded().unwrap();
    let mut wrong = Vec::new();
    for case in cases(text) {
        let (expected, found) = (expected(&case), found(&case, &rules, language));
        for (path, line, kind) in expected.difference(&found) {
            wrong.push(format!("{}: {path}:{line} {kind} is missed", case.name));
        }
        for (path, line, kind) in found.difference(&expected) {
            wrong.push(format!("{}: {path}:{line} {kind} is wrong", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn programs_in_javascript_and_typescript_are_followed() {
    check("javascript", include_str!("cases/javascript.md"));
}

#[test]
fn programs_in_go_are_followed() {
    check("go", include_str!("cases/go.md"));
}

#[test]
fn programs_in_java_are_followed() {
    check("java", include_str!("cases/java.md"));
}

#[test]
fn programs_in_python_are_followed() {
    check("python", include_str!("cases/python.md"));
}
