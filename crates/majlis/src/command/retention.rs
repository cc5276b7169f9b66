//! `majlis retention`: rules by which what is old is forgotten.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use majlis_app::{RetentionCounts, RetentionRule, RetentionSubject};
use serde_json::json;

use crate::arguments::GlobalArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;

/// Forget what is old, by rules of yours
///
/// Nothing is ever deleted unless you set a rule. Pinned conversations always stay, and so does
/// what was paid. `majlis serve` applies the rules once a day, after the backup of the day.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis retention set conversations 365   forget those not changed for a year
  majlis retention preview                 what would go now
  majlis retention apply                   delete it now
  majlis retention set conversations never")]
pub(crate) struct RetentionArguments {
    #[command(subcommand)]
    command: Option<RetentionCommand>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum RetentionCommand {
    /// Show the rules
    Show,
    /// Set a rule
    Set {
        /// What it is about
        what: Subject,
        /// Days since the last change, or `never`
        #[arg(value_parser = days)]
        days: Days,
    },
    /// Show what the rules would delete now
    Preview {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete what the rules say, now
    Apply {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What a rule may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    Conversations,
    Consultations,
}

impl From<Subject> for RetentionSubject {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Conversations => Self::Conversations,
            Subject::Consultations => Self::Consultations,
        }
    }
}

/// Days; `None` is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days(Option<u32>);

fn days(text: &str) -> Result<Days, String> {
    if text == "never" {
        return Ok(Days(None));
    }
    match text.parse() {
        Ok(days @ 1..=36_500) => Ok(Days(Some(days))),
        _ => Err("a number of days from 1 to 36500, or `never`".to_owned()),
    }
}

pub(crate) async fn run(global: &GlobalArguments, arguments: RetentionArguments) -> Result<Exit> {
    let house = House::open(global, Quiet::Command).await?;
    let text = perform(&house, arguments.command.unwrap_or(RetentionCommand::Show)).await;
    house.app.shutdown().await;
    io::stdout().write_all(text.map_err(Failure::from)?.as_bytes())?;
    Ok(Exit::DONE)
}

async fn perform(house: &House, command: RetentionCommand) -> Result<String, majlis_app::AppError> {
    let app = &house.app;
    match command {
        RetentionCommand::Show => {}
        RetentionCommand::Set { what, days } => {
            let mut rules = app.retention().await?;
            rules.retain(|rule| rule.subject != what.into());
            rules.extend(days.0.map(|older_than_days| RetentionRule {
                subject: what.into(),
                older_than_days,
            }));
            app.set_retention(rules).await?;
        }
        RetentionCommand::Preview { json } => {
            return Ok(counted(
                "would be deleted",
                app.preview_retention().await?,
                json,
            ));
        }
        RetentionCommand::Apply { json } => {
            return Ok(counted("deleted", app.apply_retention().await?, json));
        }
    }
    Ok(shown(&app.retention().await?))
}

fn shown(rules: &[RetentionRule]) -> String {
    if rules.is_empty() {
        return "There is no rule: nothing is ever deleted by itself.\n".to_owned();
    }
    let mut text = String::new();
    for rule in rules {
        let what = match rule.subject {
            RetentionSubject::Conversations => "conversations (but never pinned ones)",
            RetentionSubject::Consultations => "consultations",
        };
        let days = rule.older_than_days;
        let unit = if days == 1 { "day" } else { "days" };
        let _ = writeln!(text, "{what} go {days} {unit} after their last change");
    }
    text
}

fn counted(verb: &str, counts: RetentionCounts, as_json: bool) -> String {
    let RetentionCounts {
        conversations,
        messages,
        consultations,
    } = counts;
    if as_json {
        let counts = json!({"conversations": conversations, "messages": messages, "consultations": consultations});
        return format!("{counts}\n");
    }
    format!(
        "{verb}: {conversations} conversations with {messages} messages, {consultations} consultations\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_a_number_or_never() {
        for (text, expected) in [
            ("1", Some(Days(Some(1)))),
            ("36500", Some(Days(Some(36_500)))),
            ("never", Some(Days(None))),
            ("0", None),
            ("-3", None),
            ("soon", None),
        ] {
            assert_eq!(days(text).ok(), expected, "{text}");
        }
    }
}
