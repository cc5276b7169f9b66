//! `majlis budget`: caps on what may be spent.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use majlis_app::{App, BudgetChange, BudgetsView, CapChange};
use majlis_llm::{ModelId, PicoUsd};

use crate::arguments::GlobalArguments;
use crate::command::costs::local;
use crate::costs::{Zone, caps};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;

/// Show and set caps on what may be spent
///
/// Before a call leaves, the most it can cost is held back. What would pass a cap is refused whole,
/// and nothing of it is sent. While any cap applies, a model whose price is not known is refused
/// too, unless it is allowed by name.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  majlis budget                               the caps, and how far each is used
  majlis budget set --day 2.00 --month 20     dollars
  majlis budget set --programs 1              what other programs may spend in a day
  majlis budget clear --day                   no cap for a day any more
  majlis budget allow my-server/llama         may be asked although its price is not known"
)]
pub(crate) struct BudgetArguments {
    #[command(subcommand)]
    command: Option<BudgetCommand>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum BudgetCommand {
    /// Show the caps, and how far each is used
    Show,
    /// Set caps, in dollars
    Set {
        /// What one run may cost
        #[arg(long, value_name = "USD", value_parser = usd, required_unless_present_any = ["day", "month", "programs"])]
        run: Option<PicoUsd>,
        /// What may be spent in a day
        #[arg(long, value_name = "USD", value_parser = usd)]
        day: Option<PicoUsd>,
        /// What may be spent in a month
        #[arg(long, value_name = "USD", value_parser = usd)]
        month: Option<PicoUsd>,
        /// What other programs may spend in a day, through /v1 and MCP
        #[arg(long, value_name = "USD", value_parser = usd)]
        programs: Option<PicoUsd>,
    },
    /// Lift caps; all of them when none is named
    Clear {
        /// The cap of one run
        #[arg(long)]
        run: bool,
        /// The cap of a day
        #[arg(long)]
        day: bool,
        /// The cap of a month
        #[arg(long)]
        month: bool,
        /// The cap of other programs
        #[arg(long)]
        programs: bool,
    },
    /// Let models be asked under a cap although their price is not known
    Allow {
        /// The models
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<ModelId>,
    },
    /// Take that back
    Disallow {
        /// The models
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<ModelId>,
    },
}

/// Dollars as people write them on the command line.
pub(crate) fn usd(text: &str) -> Result<PicoUsd, String> {
    let amount: PicoUsd = text
        .strip_prefix('$')
        .unwrap_or(text)
        .parse()
        .map_err(|error: majlis_llm::AmountError| error.to_string())?;
    if amount < PicoUsd::ZERO {
        return Err(format!("{text:?} is less than nothing"));
    }
    Ok(amount)
}

pub(crate) async fn run(global: &GlobalArguments, arguments: BudgetArguments) -> Result<Exit> {
    let house = House::open(global, Quiet::Command).await?;
    let command = arguments.command.unwrap_or(BudgetCommand::Show);
    let budgets = act(&house.app, command).await;
    house.app.shutdown().await;
    let budgets = budgets?;
    let text = if arguments.json {
        let json = majlis_server::budgets_json(budgets);
        format!("{}\n", serde_json::to_string_pretty(&json)?)
    } else {
        let zone = Zone(TimeZone::try_system().unwrap_or(TimeZone::UTC));
        caps(&budgets, &local(budgets.as_of_ms, &zone))
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

async fn act(app: &App, command: BudgetCommand) -> Result<BudgetsView, Failure> {
    let change = match command {
        BudgetCommand::Show => return Ok(app.budgets().await?),
        BudgetCommand::Set {
            run,
            day,
            month,
            programs,
        } => {
            let set = |limit: Option<PicoUsd>| limit.map_or(CapChange::Keep, CapChange::Set);
            BudgetChange {
                run: set(run),
                day: set(day),
                month: set(month),
                programs: set(programs),
                uncapped_models: None,
            }
        }
        BudgetCommand::Clear {
            run,
            day,
            month,
            programs,
        } => {
            let all = !(run || day || month || programs);
            let lift = |named: bool| {
                if named || all {
                    CapChange::Lift
                } else {
                    CapChange::Keep
                }
            };
            BudgetChange {
                run: lift(run),
                day: lift(day),
                month: lift(month),
                programs: lift(programs),
                uncapped_models: None,
            }
        }
        BudgetCommand::Allow { models } => {
            let mut all = app.budgets().await?.uncapped_models;
            all.extend(models);
            uncapped(all)
        }
        BudgetCommand::Disallow { models } => {
            let mut all = app.budgets().await?.uncapped_models;
            all.retain(|model| !models.contains(model));
            uncapped(all)
        }
    };
    Ok(app.set_budgets(change).await?)
}

fn uncapped(models: Vec<ModelId>) -> BudgetChange {
    BudgetChange {
        uncapped_models: Some(models),
        ..BudgetChange::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_exact_and_not_less_than_nothing() {
        assert_eq!(usd("$1.50"), Ok(PicoUsd(1_500_000_000_000)));
        assert_eq!(usd("0"), Ok(PicoUsd::ZERO));
        for text in ["-1", "much", "", "1,50"] {
            assert!(usd(text).is_err(), "{text}");
        }
    }
}
