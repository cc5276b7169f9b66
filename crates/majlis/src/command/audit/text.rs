//! A report for people at a terminal.

use std::fmt::{self, Write};

use anstyle::Style;
use majlis_audit::report::{
    Report, Reported, facet_name, note_counts, severity_name, visible, worst_first,
};
use majlis_audit::rule::RuleSet;
use majlis_audit::{Difference, Facet, Severity};

use super::opinion;
use crate::terminal::{Palette, fit, width_of, wrap};

/// Columns of the longest bar.
const BAR: usize = 30;

/// The whole report: the least severe first, so that the worst stands where one looks.
pub(super) fn report(report: &Report, rules: &RuleSet, palette: &Palette, width: usize) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write(&mut text, report, rules, palette, width);
    text
}

fn write(
    text: &mut String,
    report: &Report,
    rules: &RuleSet,
    palette: &Palette,
    width: usize,
) -> fmt::Result {
    for finding in worst_first(report).into_iter().rev() {
        one(text, finding, rules, palette, width)?;
    }
    held(text, report, palette)?;
    notes(text, report, palette)?;
    if let Some(council) = &report.council {
        opinion::summary(text, council, palette)?;
    }
    sums(text, report, palette)
}

fn one(
    text: &mut String,
    finding: &Reported,
    rules: &RuleSet,
    palette: &Palette,
    width: usize,
) -> fmt::Result {
    let style = style(finding.severity, palette);
    let (heading, dim, hint) = (palette.heading, palette.dim, palette.hint);
    let cwe = finding.cwe.first().map(|cwe| format!(" CWE-{}", cwe.0));
    writeln!(
        text,
        "{style}{}{style:#} {heading}{}{heading:#} {dim}{}{} {}{dim:#}",
        severity_name(finding.severity),
        visible(&finding.title),
        finding.rule,
        cwe.unwrap_or_default(),
        finding.fingerprint.get(..12).unwrap_or_default(),
    )?;
    let (line, column) = (finding.start.line, finding.start.column);
    writeln!(text, "  {}:{line}:{column}", visible(&finding.path))?;
    for excerpt in &finding.excerpt {
        let code = fit(&visible(&excerpt.text), width.saturating_sub(9));
        writeln!(text, "{dim}{:>6} │{dim:#} {code}", excerpt.line)?;
        if let Some(mark) = mark(finding, excerpt.line, &excerpt.text, width) {
            writeln!(text, "{dim}       │{dim:#} {style}{mark}{style:#}")?;
        }
    }
    for line in wrap(&visible(&finding.message), width.saturating_sub(4).min(96)) {
        writeln!(text, "  {line}")?;
    }
    for (number, step) in (1..).zip(&finding.flow) {
        let (path, what) = (visible(&step.path), visible(&step.what));
        writeln!(
            text,
            "  {dim}{number}.{dim:#} {path}:{}: {what}",
            step.start.line
        )?;
    }
    if let Some(opinion) = &finding.opinion {
        opinion::below(text, opinion, palette, width)?;
    }
    if let Some(rule) = rules.get(&finding.rule) {
        let instead = rule.instead.replace('\n', " ");
        for line in wrap(
            &format!("instead: {instead}"),
            width.saturating_sub(4).min(96),
        ) {
            writeln!(text, "  {hint}{line}{hint:#}")?;
        }
    }
    writeln!(text)
}

/// `^^^^` below what is meant, where it lies on one line that is shown whole.
fn mark(finding: &Reported, line: u32, code: &str, width: usize) -> Option<String> {
    if finding.start.line != finding.end.line || finding.start.line != line {
        return None;
    }
    let from = finding.start.column.checked_sub(1)? as usize;
    let to = finding.end.column.checked_sub(1)? as usize;
    let columns = |from: usize, to: usize| {
        let part: String = code
            .chars()
            .skip(from)
            .take(to.saturating_sub(from))
            .collect();
        width_of(&visible(&part))
    };
    let (before, marked) = (columns(0, from), columns(from, to).max(1));
    (before + marked < width.saturating_sub(9))
        .then(|| format!("{}{}", " ".repeat(before), "^".repeat(marked)))
}

fn style(severity: Severity, palette: &Palette) -> Style {
    match severity {
        Severity::Critical | Severity::High => palette.error,
        Severity::Medium => palette.warning,
        Severity::Low | Severity::Info => palette.dim,
    }
}

fn held(text: &mut String, report: &Report, palette: &Palette) -> fmt::Result {
    let dim = palette.dim;
    for held in &report.suppressed {
        let finding = &held.finding;
        let reason = held.by.reason.as_deref().unwrap_or("no reason given");
        writeln!(
            text,
            "{dim}held back: {} at {}:{} by {}: {}{dim:#}",
            finding.rule,
            visible(&finding.path),
            finding.start.line,
            visible(&held.by.directive),
            visible(reason),
        )?;
    }
    Ok(())
}

fn notes(text: &mut String, report: &Report, palette: &Palette) -> fmt::Result {
    let dim = palette.dim;
    for (kind, count) in note_counts(report) {
        let of_kind = report.notes.iter().filter(|note| note.kind == kind);
        let first: Vec<String> = of_kind.take(3).map(|note| visible(&note.path)).collect();
        let more = if count > 3 { ", …" } else { "" };
        let names = first.join(", ");
        writeln!(
            text,
            "{dim}{count:>6} {}: {names}{more}{dim:#}",
            kind.text()
        )?;
    }
    Ok(())
}

/// How many of each severity, as bars by facet.
fn sums(text: &mut String, report: &Report, palette: &Palette) -> fmt::Result {
    let counts = report.sums.values().flat_map(|sums| sums.values());
    let most = counts.copied().max().unwrap_or_default().max(1);
    for facet in [Facet::Security, Facet::Performance, Facet::Quality] {
        let Some(sums) = report.sums.get(&facet) else {
            continue;
        };
        let heading = palette.heading;
        writeln!(text, "{heading}{}{heading:#}", facet_name(facet))?;
        for (severity, count) in sums.iter().rev() {
            let style = style(*severity, palette);
            let bar = "█".repeat((count * BAR).div_ceil(most));
            writeln!(
                text,
                "  {:<8} {count:>6} {style}{bar}{style:#}",
                severity_name(*severity)
            )?;
        }
    }
    let files: usize = report.files.iter().map(|sum| sum.files).sum();
    let lines: usize = report.files.iter().map(|sum| sum.lines).sum();
    write!(
        text,
        "{} found in {lines} lines of {files} files",
        report.findings.len()
    )?;
    let others = [
        (report.suppressed.len(), "held back by comments"),
        (report.known, "in the baseline"),
        (report.settled, "settled by your verdicts"),
        (report.unchanged, "outside the changed lines"),
    ];
    for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
        write!(text, ", {count} {what}")?;
    }
    writeln!(text)
}

/// What is new and what is gone.
pub(super) fn difference(difference: &Difference<'_>, palette: &Palette) -> String {
    let mut text = String::new();
    let sides = [
        ('+', palette.warning, &difference.new),
        ('-', palette.good, &difference.gone),
    ];
    for (sign, style, findings) in sides {
        for finding in findings {
            let _ = writeln!(
                text,
                "{style}{sign}{style:#} {}:{} {} {}",
                visible(&finding.path),
                finding.start.line,
                severity_name(finding.severity),
                finding.rule,
            );
        }
    }
    let (new, gone) = (difference.new.len(), difference.gone.len());
    let _ = writeln!(text, "{new} new, {gone} gone, {} in both", difference.same);
    text
}
