//! `majlis costs`: what was spent, and whether the bills say the same.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use majlis_app::{CostsQuery, GroupBy};

use crate::arguments::GlobalArguments;
use crate::costs::{Range, Zone, picture, reconciliation, zone};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;
use crate::terminal::{Palette, size};

/// A bill longer than this is not read, in bytes.
const MAX_BILL_BYTES: u64 = 64 << 20;

/// Show what was spent
///
/// A bar for each day, and the sum. What is not known is said and never counted as nothing: "at
/// least" stands before a sum that misses some costs, and the light part of a bar is what those
/// may come to.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  majlis costs                              the last 30 days, a bar for each
  majlis costs --since 2026-11 --by model   since the first of November, by model
  majlis costs --since all --by month --csv > costs.csv
  majlis costs reconcile bill.csv           is the provider's bill right?"
)]
pub(crate) struct CostsArguments {
    #[command(subcommand)]
    command: Option<BillCommand>,
    /// From this day, month or time on; `7d` is seven days back, `all` everything
    #[arg(long, value_name = "WHEN", default_value = "29d")]
    since: String,
    /// To the end of this day or month, or before this time
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// How the costs are divided
    #[arg(long, value_enum, value_name = "WHAT", default_value = "day")]
    by: By,
    /// Where days begin, as a distance from UTC; this machine's time zone without it
    #[arg(long, value_name = "+HH:MM", value_parser = zone, allow_hyphen_values = true)]
    utc_offset: Option<Zone>,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum BillCommand {
    /// Lay a provider's bill (a CSV export of OpenAI, Anthropic or OpenRouter) beside the ledger
    Reconcile {
        /// The bill
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// How costs are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Day,
    Month,
    Model,
    Provider,
    Kind,
    Conversation,
}

impl By {
    fn group(self) -> GroupBy {
        match self {
            Self::Day => GroupBy::Day,
            Self::Month => GroupBy::Month,
            Self::Model => GroupBy::Model,
            Self::Provider => GroupBy::Provider,
            Self::Kind => GroupBy::Kind,
            Self::Conversation => GroupBy::Subject,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Model => "model",
            Self::Provider => "provider",
            Self::Kind => "kind",
            Self::Conversation => "conversation",
        }
    }
}

pub(crate) async fn run(global: &GlobalArguments, arguments: CostsArguments) -> Result<Exit> {
    match arguments.command {
        Some(BillCommand::Reconcile { file, json }) => reconcile(global, &file, json).await,
        None => show(global, arguments).await,
    }
}

async fn show(global: &GlobalArguments, arguments: CostsArguments) -> Result<Exit> {
    let zone = arguments
        .utc_offset
        .unwrap_or_else(|| Zone(TimeZone::try_system().unwrap_or(TimeZone::UTC)));
    let until = arguments.until.as_deref();
    let now = Timestamp::now();
    let range = Range::read(&arguments.since, until, now, &zone).map_err(|problem| {
        Failure::new(Exit::USAGE, problem).with_hint("for example: majlis costs --since 2026-11")
    })?;
    let house = House::open(global, Quiet::Command).await?;
    let costs = house
        .app
        .costs(CostsQuery {
            since_ms: range.since_ms,
            until_ms: range.until_ms,
            group_by: Some(arguments.by.group()),
            timezone_offset_min: Some(zone.0.to_offset(now).seconds() / 60),
        })
        .await;
    house.app.shutdown().await;
    let costs = costs.map_err(Failure::from)?;
    let text = if arguments.csv {
        majlis_server::costs_csv(&costs)
    } else if arguments.json {
        let json = majlis_server::costs_json(costs);
        format!("{}\n", serde_json::to_string_pretty(&json)?)
    } else {
        let palette = Palette::for_stdout(global.color);
        let by = arguments.by.name();
        let when = words(range, &zone);
        let as_of = local(costs.as_of_ms, &zone);
        picture(&costs, by, &when, &as_of, size().0, &palette)
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

/// A range in words, ends included.
fn words(range: Range, zone: &Zone) -> String {
    // The last moment that is in it tells the last day.
    let until = range.until_ms.map(|until| local(until - 1, zone));
    match (range.since_ms.map(|since| local(since, zone)), until) {
        (None, None) => "of all time".to_owned(),
        (Some(since), None) => format!("since {since}"),
        (None, Some(until)) => format!("until {until}"),
        (Some(since), Some(until)) => format!("{since} to {until}"),
    }
}

/// A moment where the person lives, to the minute.
pub(crate) fn local(at_ms: i64, zone: &Zone) -> String {
    let moment = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let civil = moment.to_zoned(zone.0.clone()).datetime();
    format!("{} {:02}:{:02}", civil.date(), civil.hour(), civil.minute())
}

async fn reconcile(global: &GlobalArguments, file: &Path, json: bool) -> Result<Exit> {
    let bill = read(file)?;
    let house = House::open(global, Quiet::Command).await?;
    let found = house.app.reconcile(bill).await;
    house.app.shutdown().await;
    let found = found.map_err(|error| {
        let failure = Failure::from(error);
        if failure.exit == Exit::USAGE {
            Failure {
                exit: Exit::DATA,
                ..failure
            }
        } else {
            failure
        }
    })?;
    let text = if json {
        let json = majlis_server::reconciliation_json(found);
        format!("{}\n", serde_json::to_string_pretty(&json)?)
    } else {
        reconciliation(&found, &Palette::for_stdout(global.color))
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display();
    let unreadable = |error: io::Error| {
        Failure::new(Exit::NO_INPUT, format!("cannot read {name}"))
            .with_hint("check that the file exists and may be read")
            .caused_by(error)
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_BILL_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BILL_BYTES {
        let message = format!("{name} is longer than {} MiB", MAX_BILL_BYTES >> 20);
        return Err(Failure::new(Exit::DATA, message).with_hint("export a shorter time"));
    }
    Ok(bytes)
}
