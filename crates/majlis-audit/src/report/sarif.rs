//! SARIF 2.1.0 (OASIS, 2020), within what GitHub takes (its documentation of code scanning, July
//! 2026): 25 000 results of a run, 20 tags of a rule.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::text::{uri, visible};
use super::{Report, Reported, Step, Suppressed};
use crate::rule::{Rule, RuleSet};
use crate::{Facet, Place, Severity};

/// Results of a run.
const RESULTS: usize = 25_000;
/// Tags of a rule.
const TAGS: usize = 20;
/// Remarks about files that are told.
const NOTES: usize = 5_000;

/// A report in SARIF.
pub fn sarif(report: &Report, rules: &RuleSet) -> Value {
    let used = used(report, rules);
    let indices: BTreeMap<&str, usize> = used
        .iter()
        .enumerate()
        .map(|(index, rule)| (rule.id.as_str(), index))
        .collect();
    let mut results: Vec<(Severity, Value)> = report
        .findings
        .iter()
        .map(|finding| (finding.severity, result(finding, &indices)))
        .collect();
    results.extend(report.suppressed.iter().map(|held| {
        let mut value = result(&held.finding, &indices);
        value["suppressions"] = json!([suppression(held)]);
        (held.finding.severity, value)
    }));
    let cut = results.len().saturating_sub(RESULTS);
    if cut > 0 {
        results.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
        results.truncate(RESULTS);
    }
    let results: Vec<Value> = results.into_iter().map(|(_, value)| value).collect();
    let mut run = json!({
        "tool": { "driver": driver(report, &used) },
        "taxonomies": [taxonomy(&used)],
        "columnKind": "unicodeCodePoints",
        "invocations": [{
            "executionSuccessful": true,
            "toolExecutionNotifications": notifications(report, cut),
        }],
        "results": results,
    });
    if let Some(revision) = &report.revision {
        run["properties"] = json!({ "revision": revision });
    }
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    })
}

/// The rules of the findings, in order of their ids.
fn used<'r>(report: &Report, rules: &'r RuleSet) -> Vec<&'r Rule> {
    let held = report.suppressed.iter().map(|held| &held.finding);
    let ids: BTreeSet<&str> = report
        .findings
        .iter()
        .chain(held)
        .map(|finding| &*finding.rule)
        .collect();
    ids.into_iter().filter_map(|id| rules.get(id)).collect()
}

fn driver(report: &Report, used: &[&Rule]) -> Value {
    let rules: Vec<Value> = used.iter().map(|rule| descriptor(rule)).collect();
    json!({
        "name": "Majlis",
        "version": report.version,
        "semanticVersion": report.version,
        "rules": rules,
        "supportedTaxonomies": [{ "name": "CWE", "index": 0 }],
    })
}

fn descriptor(rule: &Rule) -> Value {
    let markdown = format!(
        "{}\n\n## Why it matters\n\n{}\n\n## Instead\n\n{}\n",
        rule.summary, rule.why, rule.instead
    );
    let mut descriptor = json!({
        "id": rule.id,
        "name": rule.id.replace('/', "-"),
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.summary },
        "help": { "text": format!("{} {}", rule.why, rule.instead), "markdown": markdown },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": properties(rule),
    });
    if !rule.cwe.is_empty() {
        let relations = rule.cwe.iter().map(|cwe| {
            let component = json!({ "name": "CWE", "index": 0 });
            json!({
                "target": { "id": cwe.0.to_string(), "toolComponent": component },
                "kinds": ["superset"],
            })
        });
        descriptor["relationships"] = relations.collect();
    }
    descriptor
}

fn properties(rule: &Rule) -> Value {
    let facet = match rule.facet {
        Facet::Security => "security",
        Facet::Performance => "performance",
        Facet::Quality => "maintainability",
    };
    let cwe = rule.cwe.iter();
    let tags: BTreeSet<String> = std::iter::once(facet.to_owned())
        .chain(cwe.map(|cwe| format!("external/cwe/cwe-{:03}", cwe.0)))
        .chain(rule.tags.iter().cloned())
        .collect();
    let mut properties = Map::new();
    let tags: Vec<String> = tags.into_iter().take(TAGS).collect();
    properties.insert("tags".to_owned(), json!(tags));
    properties.insert("precision".to_owned(), json!(rule.precision));
    let key = if rule.facet == Facet::Security {
        ("security-severity", security_severity(rule.severity))
    } else {
        ("problem.severity", problem_severity(rule.severity))
    };
    properties.insert(key.0.to_owned(), json!(key.1));
    Value::Object(properties)
}

/// The taxa of the weaknesses the rules name.
fn taxonomy(used: &[&Rule]) -> Value {
    let numbers: BTreeSet<u32> = used
        .iter()
        .flat_map(|rule| rule.cwe.iter().map(|cwe| cwe.0))
        .collect();
    let taxa: Vec<Value> = numbers
        .into_iter()
        .map(|number| {
            json!({
                "id": number.to_string(),
                "helpUri": format!("https://cwe.mitre.org/data/definitions/{number}.html"),
            })
        })
        .collect();
    json!({
        "name": "CWE",
        "organization": "MITRE",
        "shortDescription": { "text": "The MITRE Common Weakness Enumeration" },
        "informationUri": "https://cwe.mitre.org/",
        "isComprehensive": false,
        "taxa": taxa,
    })
}

fn result(finding: &Reported, indices: &BTreeMap<&str, usize>) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": physical(finding) }],
        "partialFingerprints": { "majlisFinding/v1": finding.fingerprint },
    });
    if let Some(index) = indices.get(&*finding.rule) {
        result["ruleIndex"] = json!(index);
    }
    if let Some(opinion) = &finding.opinion {
        result["rank"] = json!((opinion.confidence * 100.0).clamp(0.0, 100.0));
        result["properties"] = json!({ "council": opinion });
    }
    if !finding.flow.is_empty() {
        let steps: Vec<Value> = finding.flow.iter().map(flow_location).collect();
        result["codeFlows"] = json!([{ "threadFlows": [{ "locations": steps }] }]);
    }
    result
}

fn physical(finding: &Reported) -> Value {
    let mut region = region(finding.start, finding.end);
    let lines: Vec<String> = finding
        .excerpt
        .iter()
        .map(|line| visible(&line.text))
        .collect();
    let mut location = json!({ "artifactLocation": artifact(&finding.path) });
    if !lines.is_empty() {
        let last = finding
            .excerpt
            .last()
            .map_or(finding.start.line, |line| line.line);
        location["contextRegion"] = json!({
            "startLine": finding.start.line,
            "endLine": last,
            "snippet": { "text": lines.join("\n") },
        });
        // A region that ends beyond what is shown would not lie in its context.
        if finding.end.line > last {
            region =
                json!({ "startLine": finding.start.line, "startColumn": finding.start.column });
        }
    }
    location["region"] = region;
    location
}

fn flow_location(step: &Step) -> Value {
    json!({
        "location": {
            "physicalLocation": {
                "artifactLocation": artifact(&step.path),
                "region": region(step.start, step.end),
            },
            "message": { "text": step.what },
        }
    })
}

fn artifact(path: &str) -> Value {
    json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" })
}

fn region(start: Place, end: Place) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn suppression(held: &Suppressed) -> Value {
    let reason = held.by.reason.clone();
    let directive = || format!("{} in line {}", held.by.directive, held.by.line);
    json!({ "kind": "inSource", "justification": reason.unwrap_or_else(directive) })
}

fn notifications(report: &Report, cut: usize) -> Vec<Value> {
    let notes = report.notes.iter().take(NOTES).map(|note| {
        json!({
            "level": "note",
            "message": { "text": note.kind.text() },
            "locations": [{ "physicalLocation": { "artifactLocation": artifact(&note.path) } }],
        })
    });
    let mut told: Vec<Value> = notes.collect();
    let more = report.notes.len().saturating_sub(NOTES);
    let rest = [
        (cut, "results left out, the least severe"),
        (more, "more remarks about files"),
    ];
    for (count, what) in rest.into_iter().filter(|(count, _)| *count > 0) {
        told.push(json!({ "level": "warning", "message": { "text": format!("{count} {what}") } }));
    }
    told
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// In the middle of the ranges GitHub names critical (above 9), high (7), medium (4) and low.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.5",
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    }
}
