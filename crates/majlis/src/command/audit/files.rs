//! Reports and baselines in files.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::Result;
use majlis_audit::Baseline;
use majlis_audit::report::{self, Report};
use majlis_audit::rule::RuleSet;

use super::{Format, text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Palette, size};

/// Bytes of a report or baseline that are read.
const FILE_BYTES: u64 = 512 << 20;

/// A report in a form.
pub(super) fn formed(report: &Report, format: Format, palette: &Palette) -> Result<String> {
    let rules = RuleSet::embedded()?;
    Ok(match format {
        Format::Text => text::report(report, &rules, palette, size().0),
        Format::Json => serde_json::to_string_pretty(report)? + "\n",
        Format::Sarif => serde_json::to_string_pretty(&report::sarif(report, &rules))? + "\n",
        Format::Markdown => report::markdown(report),
        Format::Html => report::html(report, &rules),
    })
}

pub(super) fn read_report(path: &Path) -> Result<Report, Failure> {
    let text = read(path)?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(
            Exit::USAGE_ERROR,
            format!("{} is no report", path.display()),
        )
        .with_hint("make one with `majlis audit --format json`")
        .caused_by(error)
    })
}

pub(super) fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    Baseline::parse(&read(path)?).map_err(|error| {
        Failure::new(
            Exit::USAGE_ERROR,
            format!("{} is no baseline", path.display()),
        )
        .with_hint("make one with `majlis audit --write-baseline`")
        .caused_by(error)
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES).read_to_string(&mut text))
        .map_err(|error| {
            Failure::new(Exit::USAGE_ERROR, format!("cannot read {}", path.display()))
                .caused_by(error)
        })?;
    Ok(text)
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| {
        let message = format!("cannot write {}", path.display());
        Failure::new(Exit::USAGE_ERROR, message).caused_by(error)
    })
}
