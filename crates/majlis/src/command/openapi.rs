//! `majlis openapi`: the description of the API, for generators.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::Args;

use crate::exit::Exit;

/// Print the OpenAPI description of the server
#[derive(Debug, Args)]
#[command(hide = true)]
#[allow(clippy::doc_markdown)] // these comments are the help people read
pub(crate) struct OpenapiArguments {}

pub(crate) fn run(_: &OpenapiArguments) -> Result<Exit> {
    let mut out = io::stdout();
    out.write_all(majlis_server::openapi_json().trim_end().as_bytes())?;
    out.write_all(b"\n")?;
    Ok(Exit::DONE)
}
