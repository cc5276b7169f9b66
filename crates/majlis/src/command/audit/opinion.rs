//! What a council says of findings, for people at a terminal.

use std::fmt::{self, Write};

use majlis_audit::council::{CouncilSummary, FixState, Opinion};
use majlis_audit::report::{Reported, severity_name, visible};

use crate::terminal::{Palette, wrap};

/// Lines below a finding: how it stands, who says what, a proposed change.
pub(super) fn below(
    text: &mut String,
    opinion: &Opinion,
    palette: &Palette,
    width: usize,
) -> fmt::Result {
    let (heading, dim) = (palette.heading, palette.dim);
    write!(
        text,
        "  {heading}{}{heading:#}, confidence {:.2}",
        opinion.standing.name(),
        opinion.confidence
    )?;
    if let Some(before) = opinion.downgraded_from {
        write!(text, ", was {}", severity_name(before))?;
    }
    writeln!(text, " {dim}({}){dim:#}", visible(&opinion.because))?;
    for vote in &opinion.votes {
        let why = vote.why.as_deref().map(|why| format!(": {why}"));
        let line = format!(
            "{} {}{}",
            vote.by,
            vote.says.name(),
            why.unwrap_or_default().replace('\n', " ")
        );
        for line in wrap(&visible(&line), width.saturating_sub(6).min(94)) {
            writeln!(text, "    {line}")?;
        }
    }
    if let Some(fix) = &opinion.fix {
        let state = match fix.state {
            FixState::Resolves => "a change that resolves it, tried on a copy",
            FixState::Applies => "a change that applies, tried on a copy",
            FixState::Rejected => "a change that was rejected",
        };
        let reason = fix.reason.as_deref().map(|reason| format!(" ({reason})"));
        let (by, reason) = (visible(&fix.by), reason.unwrap_or_default());
        writeln!(text, "  {by} proposes {state}{}", visible(&reason))?;
        for line in fix.diff.lines().take(60) {
            let style = match line.as_bytes().first() {
                Some(b'+') => palette.good,
                Some(b'-') => palette.warning,
                _ => dim,
            };
            writeln!(text, "    {style}{}{style:#}", visible(line))?;
        }
    }
    Ok(())
}

/// What is not among the findings, and counts that judge nothing.
pub(super) fn summary(
    text: &mut String,
    council: &CouncilSummary,
    palette: &Palette,
) -> fmt::Result {
    let (heading, dim) = (palette.heading, palette.dim);
    for (list, what) in [
        (&council.unverified, "unverified"),
        (&council.refuted, "refuted"),
    ] {
        for finding in list {
            aside(text, finding, what, palette)?;
        }
    }
    let votes = council.independent_votes;
    let votes = votes.map(|votes| format!(", about {votes:.1} independent votes"));
    writeln!(
        text,
        "{heading}council{heading:#} {} models{}",
        council.members.len(),
        votes.unwrap_or_default()
    )?;
    writeln!(
        text,
        "  {} of {} questions answered about {} pieces of code, {} and {} files left out, {} secrets masked",
        council.answered,
        council.asked,
        council.slices,
        council.slices_left_out,
        council.files_left_out,
        council.secrets_masked
    )?;
    writeln!(
        text,
        "  {} patterns, {} gaps, {} contradictions, {} unverified, {} refuted",
        council.patterns,
        council.gaps,
        council.contradictions,
        council.unverified.len(),
        council.refuted.len()
    )?;
    let dropped = council.malformed + council.outside + council.beyond + council.held_back;
    if dropped > 0 {
        writeln!(
            text,
            "  {dim}dropped: {} not of the form, {} not asked about, {} too many, {} held back by comments{dim:#}",
            council.malformed, council.outside, council.beyond, council.held_back
        )?;
    }
    if let Some(reason) = &council.stopped {
        let warning = palette.warning;
        writeln!(text, "  {warning}stopped: {}{warning:#}", visible(reason))?;
    }
    Ok(())
}

fn aside(text: &mut String, finding: &Reported, what: &str, palette: &Palette) -> fmt::Result {
    let dim = palette.dim;
    let votes = finding.opinion.iter().flat_map(|opinion| &opinion.votes);
    let said: Vec<String> = votes
        .map(|vote| {
            let why = vote.why.as_deref().unwrap_or_default();
            format!("{} {}: {why}", vote.by, vote.says.name())
        })
        .collect();
    writeln!(
        text,
        "{dim}{what}: {} at {}:{}: {}{dim:#}",
        visible(&finding.title),
        visible(&finding.path),
        finding.start.line,
        visible(&said.join("; ").replace('\n', " "))
    )
}
