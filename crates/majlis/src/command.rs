//! The commands, one file each.

mod analyse;
mod ask;
mod audit;
mod backup;
mod budget;
mod chat;
mod completions;
mod config;
mod costs;
mod council;
mod doctor;
mod export;
mod import;
mod keys;
mod mcp;
mod models;
mod openapi;
mod restore;
mod retention;
mod search;
mod serve;
mod token;

use anyhow::Result;
use clap::Subcommand;

use crate::arguments::Arguments;
use crate::exit::Exit;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Ask(ask::AskArguments),
    Analyse(analyse::AnalyseArguments),
    Audit(audit::AuditArguments),
    Council(council::CouncilArguments),
    Chat(chat::ChatArguments),
    Search(search::SearchArguments),
    Models(models::ModelsArguments),
    Costs(costs::CostsArguments),
    Budget(budget::BudgetArguments),
    Keys(keys::KeysArguments),
    Serve(serve::ServeArguments),
    Token(token::TokenArguments),
    Backup(backup::BackupArguments),
    Restore(restore::RestoreArguments),
    Retention(retention::RetentionArguments),
    Mcp(mcp::McpArguments),
    Export(export::ExportArguments),
    Import(import::ImportArguments),
    Doctor(doctor::DoctorArguments),
    Config(config::ConfigArguments),
    Completions(completions::CompletionsArguments),
    Openapi(openapi::OpenapiArguments),
}

/// Does it.
///
/// # Errors
/// Whatever ends the program early; a [`crate::failure::Failure`] where the exit code is known.
pub(crate) fn run(arguments: Arguments) -> Result<Exit> {
    let Arguments { global, command } = arguments;
    match command {
        Command::Ask(ask) => on_runtime(ask::run(&global, ask)),
        Command::Audit(audit) => on_runtime(audit::run(&global, audit)),
        Command::Council(council) => on_runtime(council::run(&global, council)),
        Command::Analyse(analyse) => on_runtime(analyse::run(&global, analyse)),
        Command::Chat(chat) => on_runtime(chat::run(&global, chat)),
        Command::Search(search) => on_runtime(search::run(&global, search)),
        Command::Models(models) => on_runtime(models::run(&global, models)),
        Command::Costs(costs) => on_runtime(costs::run(&global, costs)),
        Command::Budget(budget) => on_runtime(budget::run(&global, budget)),
        Command::Serve(serve) => on_runtime(serve::run(&global, serve)),
        Command::Token(token) => token::run(&token),
        Command::Backup(backup) => on_runtime(backup::run(&global, backup)),
        Command::Restore(restore) => restore::run(&global, &restore),
        Command::Retention(retention) => on_runtime(retention::run(&global, retention)),
        Command::Mcp(mcp) => on_runtime(mcp::run(&global, mcp)),
        Command::Export(export) => on_runtime(export::run(&global, export)),
        Command::Import(import) => on_runtime(import::run(&global, import)),
        Command::Keys(keys) => keys::run(&global, &keys),
        Command::Doctor(doctor) => on_runtime(doctor::run(&global, doctor)),
        Command::Config(config) => config::run(&global, &config),
        Command::Completions(completions) => completions::run(&completions),
        Command::Openapi(openapi) => openapi::run(&openapi),
    }
}

/// Runs what needs waiting. Work still blocked at the end (a provider that is being loaded) is left
/// behind rather than waited for.
fn on_runtime(work: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}
