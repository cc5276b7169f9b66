//! `majlis chat`: a conversation with one model, or with several side by side.

mod editor;
mod turn;

use std::io::{self, Write as _};

use anyhow::Result;
use clap::Args;
use majlis_app::{ConversationView, MemberRequest, ModelState};
use majlis_llm::ModelId;

use self::editor::{Editor, Line};
use crate::arguments::GlobalArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;
use crate::members;
use crate::terminal::{Palette, escape, stdout_is_terminal};

/// Talk with a model, or with several side by side
///
/// Each model has its own history. Ctrl-C stops the answer that is being written, Ctrl-D ends the
/// conversation; `/help` shows what else there is. Everything is kept: `--continue` goes on.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis chat -m anthropic/claude-sonnet-4-6
  majlis chat -m openai/gpt-5-mini -m gemini/gemini-flash-latest
  majlis chat --continue")]
pub(crate) struct ChatArguments {
    /// Talk with this model. May be repeated
    #[arg(short, long = "model", value_name = "MODEL")]
    models: Vec<ModelId>,
    /// Go on with the latest conversation
    #[arg(short = 'c', long = "continue", conflicts_with = "models")]
    resume: bool,
}

const HELP: &str = "\
  /models          who can be asked
  /model MODEL …   talk with another model, or with several
  /new             begin a new conversation
  /help            this
  /quit            end (or Ctrl-D)
Ctrl-C stops the answer that is being written.
";

pub(crate) async fn run(global: &GlobalArguments, arguments: ChatArguments) -> Result<Exit> {
    let house = House::open(global, Quiet::Command).await?;
    let result = converse(&house, global, &arguments).await;
    house.app.shutdown().await;
    result
}

async fn converse(
    house: &House,
    global: &GlobalArguments,
    arguments: &ChatArguments,
) -> Result<Exit> {
    let palette = Palette::for_stdout(global.color);
    let mut chat = Chat {
        house,
        palette,
        conversation: None,
        models: Vec::new(),
    };
    if arguments.resume {
        chat.resume().await?;
    } else if arguments.models.is_empty() {
        chat.models = chat.default_models().await?;
    } else {
        chat.models.clone_from(&arguments.models);
    }
    chat.greet()?;
    let mut editor = Editor::new(&house.data_dir);
    loop {
        let (returned, line) = editor.read_line().await?;
        editor = returned;
        match line {
            Line::Text(text) if text.trim().is_empty() => {}
            Line::Text(text) if text.starts_with('/') => {
                if chat.command(text.trim()).await? {
                    return Ok(Exit::DONE);
                }
            }
            Line::Text(text) => chat.say(text).await?,
            Line::Cleared => {}
            Line::End => return Ok(Exit::DONE),
        }
    }
}

/// A conversation as it goes on.
struct Chat<'h> {
    house: &'h House,
    palette: Palette,
    /// Made with the first message, so that an empty one is never kept.
    conversation: Option<String>,
    models: Vec<ModelId>,
}

impl Chat<'_> {
    async fn default_models(&self) -> Result<Vec<ModelId>> {
        let chosen = members::default_members(self.house).await?;
        if chosen.demonstration {
            let Palette { warning, .. } = self.palette;
            writeln!(
                io::stdout(),
                "{warning}{}{warning:#}",
                members::DEMONSTRATION
            )?;
        }
        // One model is a conversation; a council is what `ask` is for.
        let first = chosen.members.into_iter().find_map(|member| match member {
            MemberRequest::Model { model, .. } => Some(model),
            MemberRequest::Pasted { .. } => None,
        });
        Ok(first.into_iter().collect())
    }

    async fn resume(&mut self) -> Result<()> {
        let page = self
            .house
            .app
            .conversations(1, None)
            .await
            .map_err(Failure::from)?;
        let Some(latest) = page.items.into_iter().next() else {
            let failure = Failure::new(Exit::USAGE, "there is no conversation to go on with");
            return Err(failure.with_hint("begin one: majlis chat").into());
        };
        let view = self
            .house
            .app
            .conversation(&latest.id)
            .await
            .map_err(Failure::from)?;
        self.models = view
            .channels
            .iter()
            .map(|channel| channel.model.clone())
            .collect();
        self.conversation = Some(latest.id);
        self.recall(&view)
    }

    /// Shows where the conversation had come to.
    fn recall(&self, view: &ConversationView) -> Result<()> {
        let Palette { heading, dim, .. } = self.palette;
        let mut out = io::stdout();
        writeln!(out, "{heading}{}{heading:#}", escape(&view.summary.title))?;
        for channel in &view.channels {
            for message in channel.messages.iter().rev().take(2).rev() {
                let who = match message.role {
                    majlis_llm::Role::User => "you".to_owned(),
                    _ => channel.model.to_string(),
                };
                writeln!(out, "{dim}{who}:{dim:#} {}", escape(message.text.trim()))?;
            }
        }
        Ok(())
    }

    fn greet(&self) -> Result<()> {
        if stdout_is_terminal() {
            let names: Vec<&str> = self.models.iter().map(ModelId::as_str).collect();
            let Palette { dim, .. } = self.palette;
            writeln!(
                io::stdout(),
                "{dim}{} · /help shows what you can do, Ctrl-D ends{dim:#}",
                names.join(", ")
            )?;
        }
        Ok(())
    }

    /// Does what a line that begins with `/` says; true at the end.
    async fn command(&mut self, line: &str) -> Result<bool> {
        let mut out = io::stdout();
        let mut words = line.split_whitespace();
        match words.next().unwrap_or_default() {
            "/quit" | "/exit" => return Ok(true),
            "/help" => write!(out, "{HELP}")?,
            "/new" => {
                self.conversation = None;
                writeln!(out, "A new conversation.")?;
            }
            "/models" => self.list_models().await?,
            "/model" => self.switch(&words.collect::<Vec<_>>()).await?,
            other => writeln!(
                out,
                "There is no {}; /help shows what there is.",
                escape(other)
            )?,
        }
        Ok(false)
    }

    async fn list_models(&self) -> Result<()> {
        self.house.app.refresh_models().await;
        let mut out = io::stdout();
        for model in self
            .house
            .app
            .models()
            .await
            .into_iter()
            .filter(|model| model.state == ModelState::Ready)
        {
            let mark = if self.models.contains(&model.info.id) {
                "•"
            } else {
                " "
            };
            writeln!(out, "{mark} {}", escape(model.info.id.as_str()))?;
        }
        Ok(())
    }

    /// One model takes the history of the one before; several begin anew.
    async fn switch(&mut self, names: &[&str]) -> Result<()> {
        let mut out = io::stdout();
        let parsed: Result<Vec<ModelId>, _> = names.iter().map(|name| name.parse()).collect();
        let models = match parsed {
            Ok(models) if !models.is_empty() => models,
            Ok(_) => {
                let names: Vec<&str> = self.models.iter().map(ModelId::as_str).collect();
                writeln!(
                    out,
                    "You talk with {}. Another: /model MODEL",
                    names.join(", ")
                )?;
                return Ok(());
            }
            Err(error) => {
                writeln!(out, "{}", escape(&error.to_string()))?;
                return Ok(());
            }
        };
        match (&self.conversation, models.as_slice()) {
            (Some(id), [model]) if self.models.len() == 1 => {
                let view = self
                    .house
                    .app
                    .conversation(id)
                    .await
                    .map_err(Failure::from)?;
                if let Some(channel) = view.channels.first() {
                    let set = self
                        .house
                        .app
                        .set_channel_model(id, &channel.id, model.clone())
                        .await;
                    set.map_err(Failure::from)?;
                }
            }
            _ => self.conversation = None,
        }
        self.models = models;
        self.greet()
    }
}
