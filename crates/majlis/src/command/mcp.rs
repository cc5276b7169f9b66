//! `majlis mcp`: Majlis as tools of another assistant.

mod hint;

use std::io::{self, Write as _};

use anyhow::Result;
use clap::Args;
use majlis_server::serve_mcp;

use crate::arguments::GlobalArguments;
use crate::config::{self, DEFAULT_PORT};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::interrupt::Interrupt;
use crate::log::Quiet;
use crate::members;

/// Offer Majlis to an editor or assistant as tools (MCP)
///
/// Speaks the Model Context Protocol over standard input and output: asking a council, chatting,
/// auditing code, searching, costs. It ends when its client closes the input. Any number may run
/// beside `majlis serve`, which offers the same at /mcp.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis mcp --install-hint
  majlis mcp")]
#[allow(clippy::doc_markdown)] // these comments are the help people read
pub(crate) struct McpArguments {
    /// Print what to write into the configuration of common clients, and end
    #[arg(long)]
    install_hint: bool,
}

pub(crate) async fn run(global: &GlobalArguments, arguments: McpArguments) -> Result<Exit> {
    if arguments.install_hint {
        let door = config::load(global.config.as_deref())?.door;
        let port = door.port.unwrap_or(DEFAULT_PORT);
        let address = hint::Address {
            url: format!("http://127.0.0.1:{port}/mcp"),
            is_locked: door.token_file.is_some(),
        };
        io::stdout().write_all(hint::hint(&program(), &address).as_bytes())?;
        return Ok(Exit::DONE);
    }
    let house = House::open(global, Quiet::Command).await?;
    // Nobody to ask is no reason to refuse: answers can be compared without a model.
    house.app.set_councils(members::councils(&house).await);
    let mut interrupt = Interrupt::new();
    let ended = tokio::select! {
        ended = serve_mcp(house.app.clone()) => ended,
        exit = interrupt.wait() => {
            house.app.shutdown().await;
            return Ok(exit);
        }
    };
    house.app.shutdown().await;
    ended.map_err(|error| {
        Failure::new(Exit::USAGE, error.to_string())
            .with_hint(
                "this command is started by an MCP client; `majlis mcp --install-hint` says how",
            )
            .caused_by(error)
    })?;
    Ok(Exit::DONE)
}

/// The path of this program, or its name where the system does not tell.
fn program() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| path.to_str().map(str::to_owned))
        .unwrap_or_else(|| "majlis".to_owned())
}
