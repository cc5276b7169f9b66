//! `majlis ask`: one question to a council.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};
use majlis_app::{
    App, ConsultRequest, ConsultationView, CostEstimate, CouncilPreset, Frames, MemberRequest,
    RunFrame, RunStatus, Subscription,
};
use majlis_council::Mode;
use majlis_llm::{ModelId, PicoUsd};

use crate::arguments::GlobalArguments;
use crate::ask::{
    Board, Live, Seat, TICK, block, final_columns, fits, gather, read_answer, report, stage_name,
};
use crate::command::budget::usd;
use crate::config::Preset;
use crate::costs::estimate_line;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::interrupt::{Interrupt, end_now};
use crate::log::Quiet;
use crate::members;
use crate::terminal::{Palette, escape, size, stdout_is_terminal};

/// Put a question to a council of models
///
/// Every member is asked the same, at the same time, without seeing the others. Then it is
/// measured where they agree, and shown what each answer took and cost.
///
/// What is piped in is the context of the question, or the question itself when none is written.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis ask \"Is Rust a good first language?\"
  majlis ask -m openai/gpt-5-mini -m anthropic/claude-sonnet-4-6:2 \"What is a monad?\"
  git diff | majlis ask \"What could break here?\"
  majlis ask --mode deep --editor openai/gpt-5 -m a/x -m b/y -m c/z \"Which database?\"
  majlis ask --answer alice=a.txt --answer bob=b.txt \"Who is right?\"
  majlis ask --json \"ما عاصمة أستراليا؟\" | jq .analysis.agreement")]
#[allow(clippy::struct_excessive_bools)] // one for each switch of the command line
pub(crate) struct AskArguments {
    /// The question
    #[arg(value_name = "QUESTION")]
    question: Vec<String>,
    /// Ask this model; `MODEL:3` asks it three times. May be repeated
    #[arg(short, long = "model", value_name = "MODEL")]
    models: Vec<String>,
    /// Ask this model so many times, where its name itself ends in `:3`. May be repeated
    #[arg(long, value_name = "MODEL=COUNT", value_parser = parse_samples)]
    samples: Vec<(String, u8)>,
    /// Bring an answer from elsewhere as a member; `-` reads it from standard input. May be repeated
    #[arg(long = "answer", value_name = "NAME=FILE", value_parser = parse_answer)]
    answers: Vec<(String, PathBuf)>,
    /// Print the whole consultation as JSON when it is over
    #[arg(long, conflicts_with = "jsonl")]
    json: bool,
    /// Print every event as a line of JSON while it happens
    #[arg(long)]
    jsonl: bool,
    /// Print each answer when it is whole, not while it is written
    #[arg(long)]
    no_stream: bool,
    /// How far to go: ask and measure; then review, think again and conclude; the same with a second
    /// round wherever anything is contested; or argue for, against and neutrally. Without it a
    /// council is held where three models or more can judge each other
    #[arg(long, value_enum, value_name = "MODE")]
    mode: Option<ModeName>,
    /// Who writes the conclusion; the next is asked when one fails. May be repeated
    #[arg(long = "editor", value_name = "MODEL")]
    editors: Vec<ModelId>,
    /// Hold it as a `[presets.NAME]` of the configuration says
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Refuse to ask when it may cost more than this, in dollars; later stages stop there
    #[arg(long, value_name = "USD", value_parser = usd)]
    max_cost: Option<PicoUsd>,
    /// Say what it may cost, and ask nobody
    #[arg(long, conflicts_with = "jsonl")]
    estimate: bool,
}

/// How far a consultation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeName {
    /// Ask and measure
    Quick,
    /// Then review, think again where it is worth it, and conclude
    Council,
    /// The same, with a second round wherever anything is contested
    Deep,
    /// Members argue for, against and neutrally
    Stance,
}

impl From<ModeName> for Mode {
    fn from(mode: ModeName) -> Self {
        match mode {
            ModeName::Quick => Self::Quick,
            ModeName::Council => Self::Council,
            ModeName::Deep => Self::Deep,
            ModeName::Stance => Self::Stance,
        }
    }
}

fn parse_samples(text: &str) -> Result<(String, u8), String> {
    let (model, count) = text
        .rsplit_once('=')
        .ok_or("write it as MODEL=COUNT, for example ollama/qwen3:8=3")?;
    match count.parse() {
        Ok(count @ 1..=9) => Ok((model.to_owned(), count)),
        _ => Err(format!("{count:?} is not a number from 1 to 9")),
    }
}

fn parse_answer(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.trim().is_empty() && !file.is_empty() => {
            Ok((name.trim().to_owned(), file.into()))
        }
        _ => Err("write it as NAME=FILE, for example alice=answer.txt".to_owned()),
    }
}

pub(crate) async fn run(global: &GlobalArguments, arguments: AskArguments) -> Result<Exit> {
    let (pasted, stdin_taken) = read_answers(&arguments.answers)?;
    let question = gather(&arguments.question, stdin_taken)?;
    let house = House::open(global, Quiet::Command).await?;
    let result = consult(&house, global, &arguments, question, pasted).await;
    house.app.shutdown().await;
    result
}

/// The pasted answers, and whether standard input was one of them.
fn read_answers(answers: &[(String, PathBuf)]) -> Result<(Vec<MemberRequest>, bool), Failure> {
    let from_stdin = answers
        .iter()
        .filter(|(_, path)| path.as_os_str() == "-")
        .count();
    if from_stdin > 1 {
        return Err(Failure::new(
            Exit::USAGE,
            "two answers cannot both come from standard input",
        )
        .with_hint("write all but one into files: --answer NAME=FILE"));
    }
    let mut members = Vec::new();
    for (name, path) in answers {
        members.push(MemberRequest::Pasted {
            name: name.clone(),
            text: read_answer(path)?,
        });
    }
    Ok((members, from_stdin == 1))
}

async fn consult(
    house: &House,
    global: &GlobalArguments,
    arguments: &AskArguments,
    question: crate::ask::Question,
    pasted: Vec<MemberRequest>,
) -> Result<Exit> {
    let preset = preset(house, arguments)?;
    let mut members = named_members(&house.app, &arguments.models, &arguments.samples)?;
    if members.is_empty() {
        members = named_members(&house.app, &preset.members, &[])?;
    }
    let demonstration = members.is_empty() && pasted.is_empty() && {
        let chosen = members::default_members(house).await?;
        members = chosen.members;
        chosen.demonstration
    };
    members.extend(pasted);
    let palette = Palette::for_stdout(global.color);
    if demonstration && !arguments.json && !arguments.jsonl {
        let notice = Palette::for_stderr(global.color).warning;
        writeln!(io::stderr(), "{notice}{}{notice:#}", members::DEMONSTRATION)?;
    }
    let request = ConsultRequest {
        question: question.text,
        context: question.context,
        members,
        mode: arguments.mode.map(Mode::from).or(preset.mode),
        editors: if arguments.editors.is_empty() {
            preset.editors
        } else {
            arguments.editors.clone()
        },
        max_cost: arguments.max_cost.or(preset.max_cost),
        idempotency_key: None,
    };
    if arguments.estimate || stdout_is_terminal() {
        let estimate = house.app.estimate_consultation(request.clone()).await;
        let estimate = estimate.map_err(|error| house.explain(error))?;
        if arguments.estimate {
            return tell(&estimate, arguments.json);
        }
        if let Some(line) = estimate_line(&estimate) {
            let dim = Palette::for_stderr(global.color).dim;
            writeln!(io::stderr(), "{dim}{}{dim:#}", escape(&line))?;
        }
    }
    let id = house
        .app
        .consult(request)
        .await
        .map_err(|error| house.explain(error))?;
    let output = Output {
        json: arguments.json,
        jsonl: arguments.jsonl,
        no_stream: arguments.no_stream,
    };
    follow(&house.app, &id, palette, output).await
}

/// How a consultation is printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    jsonl: bool,
    no_stream: bool,
}

impl Output {
    /// As JSON when it is over, or for people.
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            jsonl: false,
            no_stream: false,
        }
    }
}

/// Follows a consultation to its end and prints it.
pub(crate) async fn follow(app: &App, id: &str, palette: Palette, output: Output) -> Result<Exit> {
    let mut interrupt = Interrupt::new();
    let mut follow = Follow {
        app,
        id,
        palette,
        interrupt: &mut interrupt,
        stopped: None,
    };
    if output.jsonl {
        follow.lines().await?;
    } else if output.json {
        follow.silently().await?;
    } else if output.no_stream || !stdout_is_terminal() {
        follow.blocks().await?;
    } else {
        follow.live().await?;
    }
    let stopped = follow.stopped;
    let view = app.consultation(id).await.map_err(Failure::from)?;
    if output.json {
        let json = serde_json::to_string_pretty(&majlis_server::consultation_json(&view))?;
        writeln!(io::stdout(), "{json}")?;
    } else if !output.jsonl {
        write!(io::stdout(), "{}", report(&view, size().0, &palette))?;
    }
    Ok(exit_of(&view, stopped))
}

/// Prints what a question may cost.
fn tell(estimate: &CostEstimate, json: bool) -> Result<Exit> {
    let text = if json {
        serde_json::to_string_pretty(&majlis_server::estimate_json(estimate.clone()))?
    } else {
        let line = estimate_line(estimate);
        let line = line.unwrap_or_else(|| "This costs nothing.".to_owned());
        let stages = estimate.stages.iter().filter(|_| estimate.stages.len() > 1);
        stages.fold(line, |text, stage| {
            let of = |cost: Option<PicoUsd>| {
                cost.map_or_else(|| "unknown".to_owned(), |cost| cost.to_string())
            };
            let name = stage_name(stage.stage);
            format!(
                "{text}\n  {name}: about {}, at most {}",
                of(stage.low),
                of(stage.high)
            )
        })
    };
    writeln!(io::stdout(), "{}", escape(&text))?;
    Ok(Exit::DONE)
}

/// What holds where the command line says nothing: the preset, else the configuration's own words.
fn preset(house: &House, arguments: &AskArguments) -> Result<Preset, Failure> {
    let config = &house.config;
    let Some(name) = &arguments.preset else {
        return Ok(config.completed(&Preset::default()));
    };
    let found = config.presets.iter().find(|preset| preset.name == *name);
    if let Some(preset) = found {
        return Ok(config.completed(preset));
    }
    if let Some(kept) = house.app.council(name) {
        return Ok(config.completed(&as_configured(name, kept)));
    }
    let kept = house.app.presets().into_iter().map(|preset| preset.name);
    let configured = config.presets.iter().map(|preset| preset.name.clone());
    let names: Vec<String> = configured.chain(kept).collect();
    let hint = if names.is_empty() {
        "keep one on the page (Council), or write a [presets.NAME] into majlis.toml; `majlis config \
         reference` explains it"
            .to_owned()
    } else {
        format!("known: {}", names.join(", "))
    };
    Err(Failure::new(Exit::USAGE, format!("there is no preset {name:?}")).with_hint(hint))
}

/// A council that was kept, as the configuration would say it.
fn as_configured(name: &str, kept: CouncilPreset) -> Preset {
    let member = |member| match member {
        MemberRequest::Model { model, samples: 1 } => Some(model.to_string()),
        MemberRequest::Model { model, samples } => Some(format!("{model}:{samples}")),
        MemberRequest::Pasted { .. } => None,
    };
    Preset {
        name: name.to_owned(),
        members: kept.members.into_iter().filter_map(member).collect(),
        mode: kept.mode,
        editors: kept.editors,
        max_cost: kept.max_cost,
    }
}

fn named_members(
    app: &App,
    models: &[String],
    samples: &[(String, u8)],
) -> Result<Vec<MemberRequest>, Failure> {
    let mut members = Vec::new();
    for text in models {
        members.push(app.parse_member(text)?);
    }
    for (model, samples) in samples {
        let model = model.parse().map_err(|error: majlis_llm::ModelIdError| {
            Failure::new(Exit::USAGE, error.to_string())
                .with_hint("`majlis models` lists what there is")
        })?;
        members.push(MemberRequest::Model {
            model,
            samples: *samples,
        });
    }
    Ok(members)
}

fn exit_of(view: &ConsultationView, stopped: Option<Exit>) -> Exit {
    match (stopped, view.summary.status) {
        (Some(exit), _) => exit,
        (None, RunStatus::Complete | RunStatus::Degraded | RunStatus::Single) => Exit::DONE,
        (None, _) => Exit::UNANSWERED,
    }
}

/// Follows a consultation to its end; the first signal cancels it, the second ends the program.
struct Follow<'a> {
    app: &'a App,
    id: &'a str,
    palette: Palette,
    interrupt: &'a mut Interrupt,
    stopped: Option<Exit>,
}

/// What a follower wakes up for.
enum Step {
    Frames(Vec<std::sync::Arc<RunFrame>>),
    Gap,
    Tick,
    End,
}

impl Follow<'_> {
    /// The next thing that happens; `tick` wakes up without one.
    async fn step(&mut self, subscription: &mut Subscription, tick: bool) -> Step {
        loop {
            tokio::select! {
                frames = subscription.next() => return match frames {
                    Frames::More(frames) => Step::Frames(frames),
                    Frames::Gap => Step::Gap,
                    Frames::End => Step::End,
                },
                exit = self.interrupt.wait() => {
                    if self.stopped.is_some() {
                        end_now(exit);
                    }
                    self.stopped = Some(exit);
                    // The run may have ended by itself in this very moment.
                    drop(self.app.cancel(self.id, None));
                }
                () = tokio::time::sleep(TICK), if tick => return Step::Tick,
            }
        }
    }

    fn subscribe(&self) -> Option<Subscription> {
        self.app.subscribe(self.id, 0)
    }

    /// The members before anything came: the events bring everything once.
    async fn empty_seats(&self) -> Result<Vec<Seat>> {
        Ok(self.seats().await?.into_iter().map(Seat::emptied).collect())
    }

    async fn seats(&self) -> Result<Vec<Seat>> {
        let view = self
            .app
            .consultation(self.id)
            .await
            .map_err(Failure::from)?;
        Ok(view.members.iter().map(Seat::of_member).collect())
    }

    async fn silently(&mut self) -> Result<()> {
        let Some(mut subscription) = self.subscribe() else {
            return Ok(());
        };
        while !matches!(self.step(&mut subscription, false).await, Step::End) {}
        Ok(())
    }

    async fn lines(&mut self) -> Result<()> {
        let Some(mut subscription) = self.subscribe() else {
            return Ok(());
        };
        let mut out = io::stdout();
        loop {
            match self.step(&mut subscription, false).await {
                Step::Frames(frames) => {
                    for frame in frames {
                        writeln!(out, "{}", majlis_server::frame_json(&frame))?;
                    }
                    out.flush()?;
                }
                Step::Gap | Step::Tick => {}
                Step::End => return Ok(()),
            }
        }
    }

    /// Each answer below the other, in the order in which they end.
    async fn blocks(&mut self) -> Result<()> {
        let Some(mut subscription) = self.subscribe() else {
            return Ok(());
        };
        let mut board = Board::new(self.empty_seats().await?, Instant::now());
        let mut shown = vec![false; board.seats.len()];
        let mut told = None;
        loop {
            let step = self.step(&mut subscription, false).await;
            let mut ended: Vec<usize> = Vec::new();
            match &step {
                Step::Frames(frames) => ended.extend(
                    frames
                        .iter()
                        .filter_map(|frame| board.apply(&frame.event, Instant::now())),
                ),
                Step::Gap | Step::End => {
                    board.replace(self.seats().await?);
                    ended.extend(
                        (0..board.seats.len()).filter(|&place| board.seats[place].is_over()),
                    );
                }
                Step::Tick => {}
            }
            for place in ended {
                let is_first = !shown.contains(&true);
                if !std::mem::replace(&mut shown[place], true) {
                    self.print_block(&board.seats[place], is_first)?;
                }
            }
            let stage = board.stage.as_ref().map(|progress| progress.stage);
            if stage != told && stdout_is_terminal() {
                let line = stage.map_or("", stage_name);
                let dim = self.palette.dim;
                writeln!(io::stdout(), "\n{dim}{line} …{dim:#}")?;
            }
            told = stage;
            if matches!(step, Step::End) {
                return Ok(());
            }
        }
    }

    fn print_block(&self, seat: &Seat, is_first: bool) -> io::Result<()> {
        let width = stdout_is_terminal().then(|| size().0);
        let mut out = io::stdout();
        let gap = if is_first { "" } else { "\n" };
        write!(out, "{gap}{}", block(seat, width, &self.palette))?;
        out.flush()
    }

    /// Side by side while they are written; whole when they are.
    async fn live(&mut self) -> Result<()> {
        let Some(mut subscription) = self.subscribe() else {
            return Ok(());
        };
        let mut board = Board::new(self.empty_seats().await?, Instant::now());
        if !fits(board.seats.len()) {
            return self.blocks().await;
        }
        let mut live = Live::new(self.palette)?;
        loop {
            match self.step(&mut subscription, true).await {
                Step::Frames(frames) => {
                    for frame in frames {
                        board.apply(&frame.event, Instant::now());
                    }
                    // What comes within one tick is drawn together.
                    tokio::time::sleep(TICK / 2).await;
                }
                Step::Gap => board.replace(self.seats().await?),
                Step::Tick => {}
                Step::End => break,
            }
            live.draw(&board, Instant::now())?;
        }
        live.finish()?;
        let seats = self.seats().await?;
        match final_columns(&seats, size().0, &self.palette) {
            Some(columns) => write!(io::stdout(), "{columns}")?,
            None => seats
                .iter()
                .enumerate()
                .try_for_each(|(place, seat)| self.print_block(seat, place == 0))?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_counted_from_one_to_nine() {
        assert_eq!(
            parse_samples("ollama/qwen3:8=3"),
            Ok(("ollama/qwen3:8".to_owned(), 3))
        );
        assert_eq!(parse_samples("a/b=c=9"), Ok(("a/b=c".to_owned(), 9)));
        for text in ["a/b", "a/b=0", "a/b=10", "a/b="] {
            assert!(parse_samples(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_pasted_answer_has_a_name_and_a_file() {
        assert_eq!(
            parse_answer("alice=a=b.txt"),
            Ok(("alice".to_owned(), "a=b.txt".into()))
        );
        for text in ["a.txt", "=a.txt", "alice=", " =x"] {
            assert!(parse_answer(text).is_err(), "{text}");
        }
    }
}
