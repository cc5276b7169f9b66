//! `majlis doctor`: what is wrong and how to mend it.

mod check;

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::arguments::GlobalArguments;
use crate::exit::Exit;
use crate::terminal::{Palette, escape, size, width_of, wrap};

/// Say what is wrong and how to mend it
///
/// Looks at the configuration, the data folder, the database, every provider that has a key or
/// runs on this machine, the embedded model, the page and the clock. Asks providers for their list
/// of models, which costs nothing. Ends with 1 when something must be mended.
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// As it should be.
    Good,
    /// Not used; nothing is wrong with that.
    Unused,
    /// Works, but should be looked at.
    Warning,
    /// Must be mended.
    Wrong,
}

/// What one look found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    /// What was looked at.
    name: String,
    /// How it stands.
    state: State,
    /// What was found.
    detail: String,
    /// How to mend it.
    hint: Option<String>,
}

impl Finding {
    fn new(name: &str, state: State, detail: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            state,
            detail: detail.into(),
            hint: None,
        }
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

pub(crate) async fn run(global: &GlobalArguments, arguments: DoctorArguments) -> Result<Exit> {
    let findings = check::all(global).await;
    let text = if arguments.json {
        format!("{}\n", serde_json::to_string_pretty(&findings)?)
    } else {
        render(&findings, size().0, &Palette::for_stdout(global.color))
    };
    io::stdout().write_all(text.as_bytes())?;
    let is_wrong = findings.iter().any(|finding| finding.state == State::Wrong);
    Ok(if is_wrong {
        Exit::UNANSWERED
    } else {
        Exit::DONE
    })
}

fn render(findings: &[Finding], width: usize, palette: &Palette) -> String {
    let name_width = findings
        .iter()
        .map(|finding| width_of(&finding.name))
        .max()
        .unwrap_or(0);
    let inner = width.saturating_sub(name_width + 5).max(30);
    let indent = " ".repeat(name_width + 4);
    let mut text = String::new();
    for finding in findings {
        let (mark, style) = match finding.state {
            State::Good => ("✓", palette.good),
            State::Unused => ("·", palette.dim),
            State::Warning => ("!", palette.warning),
            State::Wrong => ("✗", palette.error),
        };
        let padding = " ".repeat(name_width - width_of(&finding.name));
        let mut lines = wrap(&escape(&finding.detail), inner).into_iter();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(
            text,
            "{style}{mark}{style:#} {}{padding}  {first}",
            finding.name
        );
        for line in lines {
            let _ = writeln!(text, "{indent}{line}");
        }
        if let Some(hint) = &finding.hint {
            let blue = palette.hint;
            for line in wrap(&format!("→ {}", escape(hint)), inner) {
                let _ = writeln!(text, "{indent}{blue}{line}{blue:#}");
            }
        }
    }
    text.push_str(&summary(findings));
    text
}

fn summary(findings: &[Finding]) -> String {
    let count = |state| {
        findings
            .iter()
            .filter(|finding| finding.state == state)
            .count()
    };
    match (count(State::Wrong), count(State::Warning)) {
        (0, 0) => "\nAll is well.\n".to_owned(),
        (0, warnings) => format!("\nNothing is broken; {warnings} to look at.\n"),
        (wrong, _) => format!("\n{wrong} to mend.\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_says_how_it_stands_and_how_to_mend_it() {
        let findings = [
            Finding::new("clock", State::Good, "2026-11-22"),
            Finding::new("openai", State::Unused, "no key"),
            Finding::new("data folder", State::Warning, "others may read it")
                .with_hint("chmod 700 it"),
            Finding::new("database", State::Wrong, "damaged"),
        ];
        insta::assert_snapshot!(render(&findings, 80, &Palette::plain()), @r"
        ✓ clock        2026-11-22
        · openai       no key
        ! data folder  others may read it
                       → chmod 700 it
        ✗ database     damaged

        1 to mend.
        ");
    }
}
