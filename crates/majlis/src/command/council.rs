//! `majlis council`: consultations that were held.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use majlis_app::{AnswerVerdict, App, ConsultationSummary, CouncilStats, RunStatus};
use majlis_llm::ModelId;

use crate::arguments::GlobalArguments;
use crate::ask::{Seat, block, report};
use crate::command::ask::{Output, follow};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;
use crate::terminal::{Align, Palette, escape, size, table};

/// Characters of a question in the list.
const TITLE_CHARS: usize = 60;

/// Look at councils that were held, and go on with them
///
/// A council is named by its id, as `majlis council list` and `--json` print it, or `last`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis council list
  majlis council show last
  majlis council resume last                      ask who is missing, hold what was cut short
  majlis council re-synthesise last --editor openai/gpt-5
  majlis council verdict last 2 right --reason \"checked in the manual\"")]
pub(crate) struct CouncilArguments {
    #[command(subcommand)]
    command: CouncilCommand,
}

#[derive(Debug, Subcommand)]
enum CouncilCommand {
    /// List them, newest first
    List {
        /// How many at most
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one: answers, measurements, reviews, conclusion, costs
    Show {
        /// Its id, or `last`
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask the members that are missing again, and hold the stages that were cut short
    Resume {
        /// Its id, or `last`
        id: String,
        /// Print JSON when it is over
        #[arg(long)]
        json: bool,
    },
    /// Write another conclusion; the earlier ones stay
    #[command(name = "re-synthesise", visible_alias = "re-synthesize")]
    Synthesise {
        /// Its id, or `last`
        id: String,
        /// Who writes it; the next is asked when one fails. May be repeated
        #[arg(long = "editor", value_name = "MODEL")]
        editors: Vec<ModelId>,
        /// Print JSON when it is over
        #[arg(long)]
        json: bool,
    },
    /// How judges lean, whose marks foretell your verdicts, and who is right how often
    Stats {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say whether a member's answer was right
    Verdict {
        /// Its id, or `last`
        id: String,
        /// The member's number, from 1
        member: usize,
        /// What you say of its answer; `open` takes an earlier word back
        verdict: VerdictName,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
}

/// What is said of an answer.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum VerdictName {
    /// It was right
    Right,
    /// It was wrong
    Wrong,
    /// Neither
    Open,
}

impl From<VerdictName> for AnswerVerdict {
    fn from(verdict: VerdictName) -> Self {
        match verdict {
            VerdictName::Right => Self::Right,
            VerdictName::Wrong => Self::Wrong,
            VerdictName::Open => Self::Open,
        }
    }
}

pub(crate) async fn run(global: &GlobalArguments, arguments: CouncilArguments) -> Result<Exit> {
    let house = House::open(global, Quiet::Command).await?;
    let result = act(&house, global, arguments.command).await;
    house.app.shutdown().await;
    result
}

async fn act(house: &House, global: &GlobalArguments, command: CouncilCommand) -> Result<Exit> {
    let app = &house.app;
    match command {
        CouncilCommand::List { limit, json } => list(app, limit, json).await,
        CouncilCommand::Show { id, json } => {
            let id = named(app, &id).await?;
            show(app, global, &id, json).await
        }
        CouncilCommand::Resume { id, json } => {
            let id = named(app, &id).await?;
            let run = app.resume(&id, None).await;
            let run = run.map_err(|error| house.explain(error))?;
            follow(
                app,
                &run,
                Palette::for_stdout(global.color),
                Output::new(json),
            )
            .await
        }
        CouncilCommand::Synthesise { id, editors, json } => {
            let id = named(app, &id).await?;
            let run = app.synthesise(&id, editors, None).await;
            let run = run.map_err(|error| house.explain(error))?;
            wait(app, &run).await;
            show(app, global, &id, json).await
        }
        CouncilCommand::Stats { json } => {
            let stats = app.council_stats().await.map_err(Failure::from)?;
            let text = if json {
                serde_json::to_string_pretty(&majlis_server::council_stats_json(stats))? + "\n"
            } else {
                stats_text(&stats)
            };
            write!(io::stdout(), "{text}")?;
            Ok(Exit::DONE)
        }
        CouncilCommand::Verdict {
            id,
            member,
            verdict,
            reason,
        } => {
            let id = named(app, &id).await?;
            let position = member.checked_sub(1).ok_or_else(|| {
                Failure::new(Exit::USAGE, "members are counted from 1")
                    .with_hint("`majlis council show` numbers them")
            })?;
            app.set_verdict(&id, position, verdict.into(), reason)
                .await
                .map_err(Failure::from)?;
            Ok(Exit::DONE)
        }
    }
}

/// The id of a council as a person names it.
async fn named(app: &App, name: &str) -> Result<String, Failure> {
    if name != "last" {
        return Ok(name.to_owned());
    }
    let page = app.consultations(1, None).await?;
    let newest = page.items.into_iter().next();
    newest.map(|newest| newest.id).ok_or_else(|| {
        Failure::new(Exit::USAGE, "no council was held yet").with_hint("majlis ask \"…\" holds one")
    })
}

/// Waits for the end of a run.
async fn wait(app: &App, run_id: &str) {
    let Some(mut subscription) = app.subscribe(run_id, 0) else {
        return;
    };
    while !matches!(subscription.next().await, majlis_app::Frames::End) {}
}

async fn list(app: &App, limit: u32, json: bool) -> Result<Exit> {
    let page = app
        .consultations(limit, None)
        .await
        .map_err(Failure::from)?;
    if json {
        let json = serde_json::to_string_pretty(&majlis_server::consultations_json(page))?;
        writeln!(io::stdout(), "{json}")?;
        return Ok(Exit::DONE);
    }
    for row in &page.items {
        writeln!(io::stdout(), "{}", escape(&line(row)))?;
    }
    Ok(Exit::DONE)
}

fn line(row: &ConsultationSummary) -> String {
    let words = row
        .question
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let mut title: String = words.chars().take(TITLE_CHARS).collect();
    if title.len() < words.len() {
        title.push('…');
    }
    let status = status_name(row.status);
    format!("{}  {status:<11}  {} members  {title}", row.id, row.members)
}

fn status_name(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "running",
        RunStatus::Complete => "complete",
        RunStatus::Degraded => "degraded",
        RunStatus::Single => "single",
        RunStatus::Failed => "failed",
        RunStatus::Interrupted => "interrupted",
        RunStatus::Cancelled => "cancelled",
    }
}

async fn show(app: &App, global: &GlobalArguments, id: &str, json: bool) -> Result<Exit> {
    let view = app.consultation(id).await.map_err(Failure::from)?;
    let mut out = io::stdout();
    if json {
        let json = serde_json::to_string_pretty(&majlis_server::consultation_json(&view))?;
        writeln!(out, "{json}")?;
        return Ok(Exit::DONE);
    }
    let palette = Palette::for_stdout(global.color);
    let heading = palette.heading;
    let question = escape(&view.summary.question);
    writeln!(out, "{heading}{question}{heading:#}")?;
    for (place, member) in view.members.iter().enumerate() {
        let mut seat = Seat::of_member(member);
        let verdict = match member.verdict {
            Some(AnswerVerdict::Right) => " ✓ right, you said",
            Some(AnswerVerdict::Wrong) => " ✗ wrong, you said",
            Some(AnswerVerdict::Open) | None => "",
        };
        seat.label = format!("{}. {}{verdict}", place + 1, seat.label);
        write!(out, "\n{}", block(&seat, Some(size().0), &palette))?;
    }
    write!(out, "{}", report(&view, size().0, &palette))?;
    Ok(Exit::DONE)
}

/// The history in two tables, each with what its figures mean.
fn stats_text(stats: &CouncilStats) -> String {
    if stats.judges.is_empty() && stats.models.is_empty() {
        return "No council was reviewed and no answer judged yet. `majlis council verdict` says \
                whether an answer was right.\n"
            .to_owned();
    }
    let points = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:+.2}"));
    let mut text = String::new();
    let head = [
        "judge", "marks", "first", "length", "own", "verdicts", "Brier",
    ];
    let rows = stats.judges.iter().map(|judge| {
        vec![
            judge.model.to_string(),
            judge.bias.marks.to_string(),
            points(judge.bias.first),
            points(judge.bias.length),
            points(judge.bias.own_family),
            judge.forecasts.to_string(),
            judge
                .brier
                .map_or_else(|| "–".to_owned(), |brier| format!("{brier:.2}")),
        ]
    });
    text.push_str(&figures(&head, rows.collect()));
    text.push_str(
        "first, own: points of ten an answer gains by being shown first, or by its provider\n\
         length: correlation of marks with length · Brier: 0 is perfect, 0.25 a coin\n\n",
    );
    let head = ["member", "right", "wrong", "strength", "95 %", "", ""];
    let rows = stats.models.iter().map(|model| {
        let strength = model.strength;
        let interval = strength.map_or_else(
            || "–".to_owned(),
            |strength| format!("{:+.2} to {:+.2}", strength.low, strength.high),
        );
        let few = if model.is_enough {
            ""
        } else {
            "fewer than 20 verdicts"
        };
        vec![
            model.model.to_string(),
            model.right.to_string(),
            model.wrong.to_string(),
            points(strength.map(|strength| strength.value)),
            interval,
            few.to_owned(),
        ]
    });
    text.push_str(&figures(&head, rows.collect()));
    text.push_str("strength: Bradley–Terry, in logits; 0 is the middle\n");
    text
}

fn figures(head: &[&str; 7], rows: Vec<Vec<String>>) -> String {
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let align = [
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
    ];
    let lines = table(&rows, &align, "");
    lines.iter().fold(String::new(), |mut text, line| {
        text.push_str(line.trim_end());
        text.push('\n');
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_question_is_cut_in_the_list() {
        let row = |question: &str| ConsultationSummary {
            id: "id".to_owned(),
            question: question.to_owned(),
            status: RunStatus::Degraded,
            created_at_ms: 0,
            finished_at_ms: None,
            members: 3,
        };
        assert_eq!(
            line(&row("Why\n so?")),
            "id  degraded     3 members  Why so?"
        );
        assert!(line(&row(&"word ".repeat(40))).ends_with('…'));
    }
}
