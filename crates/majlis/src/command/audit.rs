//! `majlis audit`: code is looked at by the analyser of this program, and by models where asked.

mod files;
mod kept;
mod make;
mod opinion;
mod rules;
mod text;

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use majlis_audit::{Facet, Language, Severity, difference};
use majlis_llm::PicoUsd;

use crate::arguments::GlobalArguments;
use crate::command::budget::usd;
use crate::exit::Exit;
use crate::terminal::Palette;

/// Look for mistakes in code
///
/// Follows values from where they come in to where they do harm, and looks for what is unsafe, slow
/// or hard to keep right in Python, JavaScript, TypeScript, Go, Java, C, C++ and Rust. Nothing of the
/// code is run, no configuration is needed, and nothing leaves this machine unless models are named:
/// then they look at the code, too, and everything they say is checked against it.
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
  majlis audit --model openai/gpt-5-mini --model anthropic/claude-sonnet-4-6 --max-cost 0.50 .
  majlis audit verdict 3fa94c21 false-positive --reason \"the name is checked above\"
  majlis audit rules python/sql-injection
  majlis audit diff old.json new.json"
)]
#[allow(clippy::struct_excessive_bools)] // one for each switch of the command line
pub(crate) struct AuditArguments {
    #[command(subcommand)]
    command: Option<AuditCommand>,
    /// A folder, a file of code, or a zip archive
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// What to do; `majlis audit tasks` lists the tasks
    #[arg(long, value_name = "TASK", default_value = majlis_audit::task::DEFAULT_TASK.id)]
    task: String,
    /// Only this side: security, performance or quality; may be given again
    #[arg(long, value_name = "FACET", value_parser = facet)]
    facet: Vec<Facet>,
    /// Only this language; may be given again
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    language: Vec<Language>,
    /// Ask this model, too; may be given again, or several with commas
    #[arg(
        long = "model",
        alias = "models",
        value_name = "MODEL",
        value_delimiter = ','
    )]
    models: Vec<String>,
    /// Ask no model, whatever else is said
    #[arg(long)]
    offline: bool,
    /// Ask nobody when it would cost more than this, in dollars
    #[arg(long, value_name = "USD", value_parser = usd)]
    max_cost: Option<PicoUsd>,
    /// Show models so many pieces of code at most, those with findings first
    #[arg(long, value_name = "COUNT", default_value_t = majlis_audit::council::DEFAULT_SLICES)]
    slices: usize,
    /// Say what asking the models may cost, and ask nobody
    #[arg(long, requires = "models")]
    estimate: bool,
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
    /// Report what your verdicts settle, too
    #[arg(long)]
    no_verdicts: bool,
    /// Keep nothing: neither the findings nor results for the next time
    #[arg(long)]
    no_keep: bool,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// List the rules, or describe one
    Rules {
        /// Its id: python/sql-injection
        #[arg(conflicts_with = "markdown")]
        id: Option<String>,
        /// Print a page of them in Markdown, by language, facet and weakness
        #[arg(long)]
        markdown: bool,
    },
    /// Compare two reports (--format json)
    Diff {
        /// The earlier one
        old: PathBuf,
        /// The later one
        new: PathBuf,
    },
    /// List the tasks and facets
    Tasks,
    /// Print what models are asked, to the byte, but for the code
    Prompt {
        /// The task
        task: String,
        /// The facet: security, python-security
        facet: String,
    },
    /// Judge a finding: holds for it in every audit from now on
    Verdict {
        /// Its id, or the beginning of its fingerprint
        finding: String,
        /// What it is
        verdict: VerdictArgument,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// List the audits that are kept
    List {
        /// So many at most
        #[arg(long, value_name = "COUNT", default_value_t = 20)]
        limit: u32,
    },
    /// Show an audit that is kept
    Show {
        /// Its id
        id: String,
        /// In which form
        #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
        format: Format,
    },
    /// Go on with an audit that was interrupted; what models answered is not asked again
    Resume {
        /// Its id
        id: String,
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
enum VerdictArgument {
    /// It is right
    Confirm,
    /// It is wrong
    FalsePositive,
    /// It is right, and stays as it is
    WontFix,
    /// Another says the same
    Duplicate,
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

fn facet(text: &str) -> Result<Facet, String> {
    let form = majlis_audit::task::facet(text);
    form.filter(|form| form.language.is_none())
        .map(|form| form.facet)
        .ok_or_else(|| "write security, performance or quality".to_owned())
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

pub(crate) async fn run(global: &GlobalArguments, arguments: AuditArguments) -> Result<Exit> {
    let palette = Palette::for_stdout(global.color);
    let text = match &arguments.command {
        None => return make::run(global, &arguments, &palette).await,
        Some(AuditCommand::Rules { markdown: true, .. }) => rules::page()?,
        Some(AuditCommand::Rules { id: None, .. }) => rules::list()?,
        Some(AuditCommand::Rules { id: Some(id), .. }) => rules::one(global, id).await?,
        Some(AuditCommand::Tasks) => rules::tasks()?,
        Some(AuditCommand::Prompt { task, facet }) => rules::prompt(task, facet)?,
        Some(AuditCommand::Diff { old, new }) => {
            let (old, new) = (files::read_report(old)?, files::read_report(new)?);
            text::difference(&difference(&old, &new), &palette)
        }
        Some(AuditCommand::Verdict {
            finding,
            verdict,
            reason,
        }) => kept::judge(global, finding, *verdict, reason.clone()).await?,
        Some(AuditCommand::List { limit }) => kept::list(global, *limit).await?,
        Some(AuditCommand::Show { id, format }) => {
            kept::show(global, id, *format, &palette).await?
        }
        Some(AuditCommand::Resume { id }) => return make::resume(global, id, &palette).await,
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}
