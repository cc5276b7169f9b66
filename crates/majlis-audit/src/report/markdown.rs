//! A report as Markdown: for pull requests and documents.

use std::fmt::{self, Write};

use super::text::{markdown as plain, visible};
use super::{Report, Reported, facet_name, note_counts, severity_name, worst_first};
use crate::council::{CouncilSummary, Opinion};
use crate::{Facet, Severity};

/// A report as Markdown.
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write(&mut text, report);
    text
}

fn write(text: &mut String, report: &Report) -> fmt::Result {
    writeln!(text, "# Audit\n")?;
    sums(text, report)?;
    for finding in worst_first(report) {
        one(text, finding)?;
    }
    if !report.suppressed.is_empty() {
        writeln!(text, "\n## Held back by comments\n")?;
        for held in &report.suppressed {
            let finding = &held.finding;
            let reason = held.by.reason.as_deref().unwrap_or("no reason given");
            writeln!(
                text,
                "- `{}` at {}:{} by {}: {}",
                finding.rule,
                plain(&finding.path),
                finding.start.line,
                plain(&held.by.directive),
                plain(reason)
            )?;
        }
    }
    if let Some(council) = &report.council {
        self::council(text, council)?;
    }
    let notes = note_counts(report);
    if !notes.is_empty() {
        writeln!(text, "\n## Files\n")?;
        for (kind, count) in notes {
            writeln!(text, "- {count}: {}", kind.text())?;
        }
    }
    Ok(())
}

fn council(text: &mut String, council: &CouncilSummary) -> fmt::Result {
    writeln!(
        text,
        "\n## Council\n\n{} of {} questions answered by {} models. {} patterns, {} gaps, {} contradictions.\n",
        council.answered,
        council.asked,
        council.members.len(),
        council.patterns,
        council.gaps,
        council.contradictions
    )?;
    for (list, what) in [
        (&council.unverified, "unverified"),
        (&council.refuted, "refuted"),
    ] {
        for finding in list {
            writeln!(
                text,
                "- {what}: {} at {}:{}: {}",
                plain(&finding.title),
                plain(&finding.path),
                finding.start.line,
                plain(&finding.message)
            )?;
        }
    }
    Ok(())
}

/// How a finding stands, and who says what.
fn opinion(text: &mut String, opinion: &Opinion) -> fmt::Result {
    write!(
        text,
        "\n**{}**, confidence {:.2}: {}\n\n",
        opinion.standing.name(),
        opinion.confidence,
        plain(&opinion.because)
    )?;
    for vote in &opinion.votes {
        let why = vote.why.as_deref().unwrap_or_default();
        writeln!(
            text,
            "- {} {} {}",
            plain(&vote.by),
            vote.says.name(),
            plain(why)
        )?;
    }
    if let Some(fix) = &opinion.fix {
        let fence = fence(&fix.diff);
        writeln!(text, "\n{fence}diff\n{}{fence}", visible_lines(&fix.diff))?;
    }
    Ok(())
}

fn visible_lines(text: &str) -> String {
    text.lines().map(|line| visible(line) + "\n").collect()
}

fn sums(text: &mut String, report: &Report) -> fmt::Result {
    writeln!(text, "| | critical | high | medium | low | info |")?;
    writeln!(text, "|---|--:|--:|--:|--:|--:|")?;
    for facet in [Facet::Security, Facet::Performance, Facet::Quality] {
        write!(text, "| {} |", facet_name(facet))?;
        for severity in Severity::ALL.into_iter().rev() {
            let of_facet = report.sums.get(&facet);
            let count = of_facet.and_then(|sums| sums.get(&severity));
            write!(text, " {} |", count.copied().unwrap_or_default())?;
        }
        writeln!(text)?;
    }
    let files: usize = report.files.iter().map(|sum| sum.files).sum();
    let lines: usize = report.files.iter().map(|sum| sum.lines).sum();
    writeln!(text, "\n{lines} lines in {files} files.")?;
    if report.known > 0 {
        writeln!(text, "{} more are in the baseline.", report.known)?;
    }
    if report.unchanged > 0 {
        writeln!(
            text,
            "{} more lie outside the changed lines.",
            report.unchanged
        )?;
    }
    Ok(())
}

fn one(text: &mut String, finding: &Reported) -> fmt::Result {
    writeln!(
        text,
        "\n## {}: {}\n\n`{}` at {}:{}\n\n{}",
        severity_name(finding.severity),
        plain(&finding.title),
        finding.rule,
        plain(&finding.path),
        finding.start.line,
        plain(&finding.message),
    )?;
    let lines: Vec<String> = finding
        .excerpt
        .iter()
        .map(|line| format!("{:>5}  {}", line.line, visible(&line.text)))
        .collect();
    if !lines.is_empty() {
        let code = lines.join("\n");
        let fence = fence(&code);
        writeln!(text, "\n{fence}text\n{code}\n{fence}")?;
    }
    if !finding.flow.is_empty() {
        writeln!(text)?;
        for (number, step) in (1..).zip(&finding.flow) {
            let (path, what) = (plain(&step.path), plain(&step.what));
            writeln!(text, "{number}. {path}:{}: {what}", step.start.line)?;
        }
    }
    if let Some(said) = &finding.opinion {
        opinion(text, said)?;
    }
    Ok(())
}

/// A fence longer than any in the code.
fn fence(code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max();
    "`".repeat(longest.unwrap_or_default().max(2) + 1)
}
