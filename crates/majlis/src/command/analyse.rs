//! `majlis analyse`: texts measured against each other, without asking anybody.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use majlis_app::{App, NamedText};
use majlis_text::Analysis;

use crate::arguments::GlobalArguments;
use crate::ask::{measured, read_answer};
use crate::document::{html, markdown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;
use crate::terminal::{Palette, size};

/// Measure answers you have: what they agree on, where they contradict each other, what only one
/// says
///
/// Every file is one answer, in Markdown or plain text. No model is asked and nothing is kept. A
/// single name that is no file is the id of a consultation, whose answers are measured anew.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis analyse a.md b.md c.md
  majlis analyse --json a.md b.md | jq .contradictions
  majlis analyse --html a.md b.md > report.html
  majlis analyse --tree . a.md b.md        do the places in the code they name exist?
  majlis analyse 0198c5a2-…                measure a stored consultation anew")]
pub(crate) struct AnalyseArguments {
    /// Files with one answer each (`-` is standard input), or the id of a consultation
    #[arg(value_name = "FILE", required = true)]
    inputs: Vec<String>,
    /// Print what was measured as JSON
    #[arg(long, conflicts_with_all = ["markdown", "html"])]
    json: bool,
    /// Print a report in Markdown
    #[arg(long, conflicts_with = "html")]
    markdown: bool,
    /// Print a report as a page of HTML
    #[arg(long)]
    html: bool,
    /// Look up the lines of files that the answers name (`src/main.rs:12`) in this folder
    #[arg(long, value_name = "FOLDER")]
    tree: Option<PathBuf>,
}

pub(crate) async fn run(global: &GlobalArguments, arguments: AnalyseArguments) -> Result<Exit> {
    let source = Source::of(&arguments.inputs)?;
    let house = House::open(global, Quiet::Command).await?;
    let result = source.measure(&house.app, arguments.tree).await;
    house.app.shutdown().await;
    let analysis = result?;
    let text = if arguments.json {
        serde_json::to_string_pretty(&majlis_server::analysis_json(&analysis))? + "\n"
    } else if arguments.markdown {
        markdown(&analysis)
    } else if arguments.html {
        html(&analysis)
    } else {
        measured(&analysis, size().0, &Palette::for_stdout(global.color))
    };
    write!(io::stdout(), "{text}")?;
    Ok(Exit::DONE)
}

/// What is measured.
#[derive(Debug)]
enum Source {
    Texts(Vec<NamedText>),
    Consultation(String),
}

impl Source {
    fn of(inputs: &[String]) -> Result<Self, Failure> {
        if let [only] = inputs
            && only != "-"
            && !Path::new(only).exists()
            && is_id(only)
        {
            return Ok(Self::Consultation(only.clone()));
        }
        if inputs.iter().filter(|input| *input == "-").count() > 1 {
            let message = "two answers cannot both come from standard input";
            return Err(
                Failure::new(Exit::USAGE, message).with_hint("write all but one into files")
            );
        }
        let read = |input: &String| -> Result<NamedText, Failure> {
            Ok(NamedText {
                name: name_of(input),
                text: read_answer(Path::new(input))?,
            })
        };
        inputs
            .iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self::Texts)
    }

    async fn measure(self, app: &App, tree: Option<PathBuf>) -> Result<Arc<Analysis>, Failure> {
        let measured = match self {
            Self::Texts(texts) => app.analyse(texts, tree).await,
            Self::Consultation(id) => app.analyse_consultation(&id, tree).await,
        };
        measured.map_err(Failure::from)
    }
}

/// Written as the ids of consultations are: 36 hexadecimal digits and hyphens.
fn is_id(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The file's name without its folder and ending.
fn name_of(input: &str) -> String {
    if input == "-" {
        return "standard input".to_owned();
    }
    let stem = Path::new(input).file_stem();
    stem.map_or_else(
        || input.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_id_is_a_consultation_and_anything_else_a_file() {
        let id = "0198c5a2-7c1e-7d10-8a7b-112233445566".to_owned();
        assert!(
            matches!(Source::of(std::slice::from_ref(&id)), Ok(Source::Consultation(found)) if found == id)
        );
        for inputs in [vec!["nowhere.md".to_owned()], vec![id.clone(), id]] {
            assert_eq!(Source::of(&inputs).unwrap_err().exit, Exit::NO_INPUT);
        }
        let twice = ["-".to_owned(), "-".to_owned()];
        assert_eq!(Source::of(&twice).unwrap_err().exit, Exit::USAGE);
    }

    #[test]
    fn an_answer_has_the_name_of_its_file() {
        for (input, expected) in [
            ("a/claude.md", "claude"),
            ("b", "b"),
            ("-", "standard input"),
        ] {
            assert_eq!(name_of(input), expected);
        }
    }
}
