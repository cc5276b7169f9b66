//! `majlis audit`: code is looked at by the analyser of this program.

mod text;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use majlis_app::{AuditRequest, audit};
use majlis_audit::report::{self, Report};
use majlis_audit::rule::RuleSet;
use majlis_audit::{Baseline, Facet, Language, Options, Progress, Severity, difference};

use crate::arguments::GlobalArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Palette, size};

/// Bytes of a report or baseline that are read.
const FILE_BYTES: u64 = 512 << 20;

/// Look for mistakes in code
///
/// Follows values from where they come in to where they do harm, and looks for what is unsafe, slow
/// or hard to keep right in Python, JavaScript, TypeScript, Go, Java, C, C++ and Rust. Nothing of the
/// code is run, nothing leaves this machine, and no configuration is needed.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  majlis audit .
  majlis audit --facet security --fail-on high src
  majlis audit --since main .                        only lines that are new since then
  majlis audit --format sarif --output audit.sarif .
  majlis audit --write-baseline known.json . && majlis audit --baseline known.json .
  majlis audit rules python/sql-injection
  majlis audit diff old.json new.json"
)]
pub(crate) struct AuditArguments {
    #[command(subcommand)]
    command: Option<AuditCommand>,
    /// A folder, a file of code, or a zip archive
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// Only this side: security, performance or quality; may be given again
    #[arg(long, value_name = "FACET")]
    facet: Vec<FacetArgument>,
    /// Only this language; may be given again
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    language: Vec<Language>,
    /// Ask no model; the audit asks none yet in any case
    #[arg(long)]
    offline: bool,
    /// Look at this commit instead of the files as they are
    #[arg(long, value_name = "COMMIT")]
    revision: Option<String>,
    /// Only findings on lines that this commit does not hold
    #[arg(long, value_name = "COMMIT", conflicts_with = "revision")]
    since: Option<String>,
    /// Leave out what this file knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found into this file, to be left out from now on
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// End with 1 when something at least so bad is found
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<SeverityArgument>,
    /// In which form
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Write into this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Threads; one per processor by default
    #[arg(long, value_name = "COUNT")]
    jobs: Option<usize>,
    /// Look at ignored files and other people's code, too
    #[arg(long)]
    no_ignore: bool,
    /// Report what comments in the code hold back, too
    #[arg(long)]
    no_suppress: bool,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// List the rules, or describe one
    Rules {
        /// Its id: python/sql-injection
        id: Option<String>,
    },
    /// Compare two reports (--format json)
    Diff {
        /// The earlier one
        old: PathBuf,
        /// The later one
        new: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// JSON
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Markdown
    Markdown,
    /// One HTML page
    Html,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FacetArgument {
    Security,
    Performance,
    Quality,
}

impl From<FacetArgument> for Facet {
    fn from(facet: FacetArgument) -> Self {
        match facet {
            FacetArgument::Security => Self::Security,
            FacetArgument::Performance => Self::Performance,
            FacetArgument::Quality => Self::Quality,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SeverityArgument {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl From<SeverityArgument> for Severity {
    fn from(severity: SeverityArgument) -> Self {
        match severity {
            SeverityArgument::Info => Self::Info,
            SeverityArgument::Low => Self::Low,
            SeverityArgument::Medium => Self::Medium,
            SeverityArgument::High => Self::High,
            SeverityArgument::Critical => Self::Critical,
        }
    }
}

fn language(text: &str) -> Result<Language, String> {
    let id = match text {
        "typescript" | "ts" | "js" => "javascript",
        "c" | "c++" => "cpp",
        "py" => "python",
        "rs" => "rust",
        text => text,
    };
    Language::of_id(id).ok_or_else(|| {
        let known = Language::ALL.map(Language::id);
        format!("write one of {}", known.join(", "))
    })
}

pub(crate) fn run(global: &GlobalArguments, arguments: &AuditArguments) -> Result<Exit> {
    let palette = Palette::for_stdout(global.color);
    let text = match &arguments.command {
        Some(AuditCommand::Rules { id }) => rules(id.as_deref())?,
        Some(AuditCommand::Diff { old, new }) => {
            let (old, new) = (read_report(old)?, read_report(new)?);
            text::difference(&difference(&old, &new), &palette)
        }
        None => return look(global, arguments, &palette),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

fn look(global: &GlobalArguments, arguments: &AuditArguments, palette: &Palette) -> Result<Exit> {
    let request = AuditRequest {
        target: arguments.path.clone(),
        facets: arguments
            .facet
            .iter()
            .map(|facet| (*facet).into())
            .collect(),
        options: Options {
            languages: arguments.language.clone(),
            obeys_ignore: !arguments.no_ignore,
            obeys_suppressions: !arguments.no_suppress,
            ..Options::default()
        },
        revision: arguments.revision.clone(),
        since: arguments.since.clone(),
        threads: arguments.jobs,
    };
    let baseline = arguments
        .baseline
        .as_deref()
        .map(read_baseline)
        .transpose()?;
    let bar = bar(global.quiet);
    let made = audit(&request, &|progress| match progress {
        Progress::Listed { files, .. } => bar.set_length(files as u64),
        Progress::Seen { .. } => bar.inc(1),
        Progress::Found(findings) => bar.set_message(found(findings.len())),
    });
    bar.finish_and_clear();
    let mut report = made.map_err(|error| {
        let hint = "`majlis audit --help` says what can be looked at";
        Failure::new(Exit::USAGE_ERROR, error.to_string())
            .with_hint(hint)
            .caused_by(error)
    })?;
    if let Some(file) = &arguments.write_baseline {
        write(file, &Baseline::of(&report).to_text()?)?;
    }
    if let Some(baseline) = baseline {
        baseline.apply(&mut report);
    }
    show(arguments, &report, palette)?;
    let fails = arguments
        .fail_on
        .is_some_and(|level| report.has(level.into()));
    Ok(if fails { Exit::UNANSWERED } else { Exit::DONE })
}

fn show(arguments: &AuditArguments, report: &Report, palette: &Palette) -> Result<()> {
    let rules = RuleSet::embedded()?;
    let plain = Palette::plain();
    let palette = if arguments.output.is_some() {
        &plain
    } else {
        palette
    };
    let text = match arguments.format {
        Format::Text => text::report(report, &rules, palette, size().0),
        Format::Json => serde_json::to_string_pretty(report)? + "\n",
        Format::Sarif => serde_json::to_string_pretty(&report::sarif(report, &rules))? + "\n",
        Format::Markdown => report::markdown(report),
        Format::Html => report::html(report, &rules),
    };
    match &arguments.output {
        Some(file) => write(file, &text),
        None => Ok(io::stdout().write_all(text.as_bytes())?),
    }
}

fn found(count: usize) -> String {
    format!("{count} found in the last files")
}

fn bar(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files {msg}");
    style.map_or_else(|_| ProgressBar::hidden(), |style| bar.with_style(style))
}

fn rules(id: Option<&str>) -> Result<String> {
    let rules = RuleSet::embedded()?;
    let Some(id) = id else {
        let mut text = String::new();
        for rule in &rules {
            let facet = report::facet_name(rule.facet);
            let severity = report::severity_name(rule.severity);
            writeln!(
                text,
                "{:<44} {facet:<11} {severity:<8} {}",
                rule.id, rule.title
            )?;
        }
        return Ok(text);
    };
    let rule = rules.get(id).ok_or_else(|| {
        Failure::new(Exit::USAGE_ERROR, format!("there is no rule {id:?}"))
            .with_hint("`majlis audit rules` lists them")
    })?;
    let cwe: Vec<String> = rule
        .cwe
        .iter()
        .map(|cwe| format!("CWE-{}", cwe.0))
        .collect();
    Ok(format!(
        "{}\n{}\n\n{}, {}{}{}\n\n{}\n\nWhy it matters\n{}\n\nInstead\n{}\n",
        rule.id,
        rule.title,
        report::facet_name(rule.facet),
        report::severity_name(rule.severity),
        if cwe.is_empty() { "" } else { ", " },
        cwe.join(", "),
        rule.summary,
        rule.why,
        rule.instead
    ))
}

fn read_report(path: &Path) -> Result<Report, Failure> {
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

fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
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
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES).read_to_string(&mut text))
        .map_err(|error| {
            Failure::new(Exit::USAGE_ERROR, format!("cannot read {}", path.display()))
                .caused_by(error)
        })?;
    Ok(text)
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|error| {
        Failure::new(
            Exit::USAGE_ERROR,
            format!("cannot write {}", path.display()),
        )
        .caused_by(error)
        .into()
    })
}
