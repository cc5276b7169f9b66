//! A report as one HTML file: nothing is fetched, everything can be searched and filtered.

use std::fmt::{self, Write};

use super::text::html as plain;
use super::{Report, Reported, facet_name, note_counts, severity_name, worst_first};
use crate::Severity;
use crate::council::Opinion;
use crate::rule::RuleSet;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A report as a page.
pub fn html(report: &Report, rules: &RuleSet) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write(&mut text, report, rules);
    text
}

fn write(text: &mut String, report: &Report, rules: &RuleSet) -> fmt::Result {
    write!(
        text,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <title>Audit</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Audit</h1>\n"
    )?;
    sums(text, report)?;
    filters(text, report)?;
    writeln!(text, "</header>\n<main>")?;
    for finding in worst_first(report) {
        one(text, finding, rules)?;
    }
    writeln!(text, "<p id=\"none\" hidden>Nothing matches.</p>")?;
    held(text, report)?;
    notes(text, report)?;
    writeln!(text, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn sums(text: &mut String, report: &Report) -> fmt::Result {
    let files: usize = report.files.iter().map(|sum| sum.files).sum();
    let lines: usize = report.files.iter().map(|sum| sum.lines).sum();
    let count = report.findings.len();
    write!(text, "<p>{count} findings in {files} files, {lines} lines")?;
    if report.known > 0 {
        write!(text, "; {} more in the baseline", report.known)?;
    }
    if report.unchanged > 0 {
        write!(
            text,
            "; {} more outside the changed lines",
            report.unchanged
        )?;
    }
    writeln!(text, ".</p>")
}

fn filters(text: &mut String, report: &Report) -> fmt::Result {
    writeln!(
        text,
        "<form id=\"filters\"><label>Search <input id=\"search\" type=\"search\"></label>"
    )?;
    for (facet, severities) in &report.sums {
        let count: usize = severities.values().sum();
        let name = facet_name(*facet);
        writeln!(
            text,
            "<label><input type=\"checkbox\" name=\"facet\" value=\"{name}\" checked> {name} ({count})</label>"
        )?;
    }
    for severity in Severity::ALL.into_iter().rev() {
        let counts = report.sums.values().filter_map(|sums| sums.get(&severity));
        let count: usize = counts.sum();
        if count > 0 {
            let name = severity_name(severity);
            writeln!(
                text,
                "<label><input type=\"checkbox\" name=\"severity\" value=\"{name}\" checked> {name} ({count})</label>"
            )?;
        }
    }
    writeln!(text, "</form>")
}

fn one(text: &mut String, finding: &Reported, rules: &RuleSet) -> fmt::Result {
    let (severity, facet) = (severity_name(finding.severity), facet_name(finding.facet));
    let cwe: Vec<String> = finding
        .cwe
        .iter()
        .map(|cwe| format!("CWE-{}", cwe.0))
        .collect();
    writeln!(
        text,
        "<article data-severity=\"{severity}\" data-facet=\"{facet}\">\n\
         <h2><span class=\"{severity}\">{severity}</span> {}</h2>\n\
         <p><code>{}:{}</code> · {} · {}</p>\n<p>{}</p>",
        plain(&finding.title),
        plain(&finding.path),
        finding.start.line,
        plain(&finding.rule),
        cwe.join(", "),
        plain(&finding.message),
    )?;
    if !finding.excerpt.is_empty() {
        write!(text, "<pre>")?;
        for line in &finding.excerpt {
            writeln!(text, "<b>{:>5}</b>  {}", line.line, plain(&line.text))?;
        }
        writeln!(text, "</pre>")?;
    }
    if !finding.flow.is_empty() {
        writeln!(text, "<ol>")?;
        for step in &finding.flow {
            writeln!(
                text,
                "<li><code>{}:{}</code> {}<pre>{}</pre></li>",
                plain(&step.path),
                step.start.line,
                plain(&step.what),
                plain(step.text.trim()),
            )?;
        }
        writeln!(text, "</ol>")?;
    }
    if let Some(said) = &finding.opinion {
        opinion(text, said)?;
    }
    if let Some(rule) = rules.get(&finding.rule) {
        writeln!(
            text,
            "<details><summary>Why, and what instead</summary><p>{}</p><p>{}</p></details>",
            plain(&rule.why.replace('\n', " ")),
            plain(&rule.instead.replace('\n', " ")),
        )?;
    }
    writeln!(text, "</article>")
}

/// How a finding stands, and who says what.
fn opinion(text: &mut String, opinion: &Opinion) -> fmt::Result {
    writeln!(
        text,
        "<p><b>{}</b>, confidence {:.2} ({})</p><ul>",
        opinion.standing.name(),
        opinion.confidence,
        plain(&opinion.because)
    )?;
    for vote in &opinion.votes {
        writeln!(
            text,
            "<li>{} {} {}</li>",
            plain(&vote.by),
            vote.says.name(),
            plain(vote.why.as_deref().unwrap_or_default())
        )?;
    }
    writeln!(text, "</ul>")?;
    if let Some(fix) = &opinion.fix {
        let lines: Vec<String> = fix.diff.lines().map(plain).collect();
        writeln!(text, "<pre>{}</pre>", lines.join("\n"))?;
    }
    Ok(())
}

fn held(text: &mut String, report: &Report) -> fmt::Result {
    if report.suppressed.is_empty() {
        return Ok(());
    }
    let count = report.suppressed.len();
    writeln!(
        text,
        "<details><summary>{count} held back by comments</summary><ul>"
    )?;
    for held in &report.suppressed {
        let finding = &held.finding;
        writeln!(
            text,
            "<li><code>{}:{}</code> {} by {}: {}</li>",
            plain(&finding.path),
            finding.start.line,
            plain(&finding.rule),
            plain(&held.by.directive),
            plain(held.by.reason.as_deref().unwrap_or("no reason given")),
        )?;
    }
    writeln!(text, "</ul></details>")
}

fn notes(text: &mut String, report: &Report) -> fmt::Result {
    let counts = note_counts(report);
    if counts.is_empty() {
        return Ok(());
    }
    let total = report.notes.len();
    writeln!(
        text,
        "<details><summary>{total} remarks about files</summary><ul>"
    )?;
    for (kind, count) in counts {
        writeln!(text, "<li>{count}: {}<ul>", kind.text())?;
        let of_kind = report.notes.iter().filter(|note| note.kind == kind);
        for note in of_kind.take(200) {
            writeln!(text, "<li><code>{}</code></li>", plain(&note.path))?;
        }
        writeln!(text, "</ul></li>")?;
    }
    writeln!(text, "</ul></details>")
}
