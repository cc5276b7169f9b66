//! Making an audit: with a bar while it is made, and kept where there is a data folder.

use std::io::{self, Write as _};
use std::sync::Arc;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use majlis_app::{AuditProgress, AuditRequest, AuditRun, AuditStart, audit};
use majlis_audit::report::Report;
use majlis_audit::task::{Task, task};
use majlis_audit::{Baseline, Language, Options, Progress};
use majlis_llm::ModelId;

use super::{AuditArguments, Format, files};
use crate::arguments::GlobalArguments;
use crate::costs::estimate_line;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::interrupt::{Interrupt, end_now};
use crate::log::Quiet;
use crate::terminal::{Palette, escape};

pub(super) async fn run(
    global: &GlobalArguments,
    arguments: &AuditArguments,
    palette: &Palette,
) -> Result<Exit> {
    let baseline = arguments
        .baseline
        .as_deref()
        .map(files::read_baseline)
        .transpose()?;
    let task = task(&arguments.task).ok_or_else(|| {
        let message = format!("there is no task {:?}", arguments.task);
        Failure::new(Exit::USAGE_ERROR, message).with_hint("`majlis audit tasks` lists them")
    })?;
    let asks = !arguments.offline && !arguments.models.is_empty();
    // The rules need nothing but this program: without a data folder it is made all the same.
    let house = if arguments.no_keep && !asks {
        None
    } else {
        match House::open(global, Quiet::Command).await {
            Ok(house) => Some(house),
            Err(failure) if asks => return Err(failure.into()),
            Err(failure) => {
                let warning = Palette::for_stderr(global.color).warning;
                let message = escape(&failure.message);
                writeln!(
                    io::stderr(),
                    "{warning}This audit is not kept: {message}{warning:#}"
                )?;
                None
            }
        }
    };
    let Some(house) = house else {
        let report = plain(global, arguments, task)?;
        return finish(arguments, report, baseline, palette);
    };
    let outcome = with_house(&house, global, arguments, task, asks).await;
    house.app.shutdown().await;
    match outcome? {
        Outcome::Made(report) => finish(arguments, *report, baseline, palette),
        Outcome::Over(exit) => Ok(exit),
    }
}

enum Outcome {
    Made(Box<Report>),
    Over(Exit),
}

async fn with_house(
    house: &House,
    global: &GlobalArguments,
    arguments: &AuditArguments,
    task: Task,
    asks: bool,
) -> Result<Outcome> {
    let start = start(arguments, task, asks)?;
    if arguments.estimate {
        let estimate = house.app.estimate_audit(start).await;
        let estimate = estimate.map_err(|error| house.explain(error))?;
        let line = estimate_line(&estimate);
        let line = line.unwrap_or_else(|| "This costs nothing.".to_owned());
        let count = estimate.members.len();
        writeln!(io::stdout(), "{count} questions. {}", escape(&line))?;
        return Ok(Outcome::Over(Exit::DONE));
    }
    let bar = bar(global.quiet);
    let begun = house.app.audit(start, observer(&bar)).await;
    let mut run = begun.map_err(|error| house.explain(error))?;
    let (report, stopped) = wait(house, &mut run).await;
    bar.finish_and_clear();
    if let Some(exit) = stopped {
        return Ok(Outcome::Over(exit));
    }
    let mut report = report.map_err(|error| Failure {
        exit: Exit::USAGE_ERROR,
        ..Failure::from(error)
    })?;
    if !arguments.no_verdicts {
        let settled = house.app.settled_findings().await.map_err(Failure::from)?;
        report.settle(&settled);
    }
    Ok(Outcome::Made(Box::new(report)))
}

/// Waits for an audit; the first signal stops it, the second ends the program.
async fn wait(
    house: &House,
    run: &mut AuditRun,
) -> (Result<Report, majlis_app::AppError>, Option<Exit>) {
    let mut interrupt = Interrupt::new();
    let mut stopped = None;
    loop {
        let id = run.id.clone();
        tokio::select! {
            report = run.report() => return (report, stopped),
            exit = interrupt.wait() => {
                if stopped.is_some() {
                    end_now(exit);
                }
                stopped = Some(exit);
                // The run may have ended by itself in this very moment.
                drop(house.app.cancel(&id, None));
            }
        }
    }
}

/// Goes on with an audit that is kept.
pub(super) async fn resume(global: &GlobalArguments, id: &str, palette: &Palette) -> Result<Exit> {
    let house = House::open(global, Quiet::Command).await?;
    let bar = bar(global.quiet);
    let resumed = house.app.resume_audit(id, Some(observer(&bar))).await;
    let outcome = match resumed {
        Ok(mut run) => wait(&house, &mut run).await,
        Err(error) => (Err(error), None),
    };
    bar.finish_and_clear();
    house.app.shutdown().await;
    let (report, stopped) = outcome;
    if let Some(exit) = stopped {
        return Ok(exit);
    }
    let text = files::formed(&report.map_err(Failure::from)?, Format::Text, palette)?;
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

fn start(arguments: &AuditArguments, task: Task, asks: bool) -> Result<AuditStart, Failure> {
    let missing = |error: io::Error| {
        let message = format!("cannot open \"{}\" for an audit", arguments.path.display());
        Failure::new(Exit::USAGE_ERROR, message)
            .with_hint("`majlis audit --help` says what can be looked at")
            .caused_by(error)
    };
    let models = if asks { &arguments.models[..] } else { &[] };
    let models = models.iter().map(|text| {
        let error = |error: majlis_llm::ModelIdError| {
            Failure::new(Exit::USAGE, error.to_string())
                .with_hint("`majlis models` lists what there is")
        };
        text.trim().parse::<ModelId>().map_err(error)
    });
    Ok(AuditStart {
        facets: arguments.facet.clone(),
        languages: arguments.language.clone(),
        obeys_ignore: !arguments.no_ignore,
        obeys_suppressions: !arguments.no_suppress,
        revision: arguments.revision.clone(),
        since: arguments.since.clone(),
        threads: arguments.jobs,
        models: models.collect::<Result<_, _>>()?,
        slices: arguments.slices,
        max_cost: arguments.max_cost,
        ..AuditStart::new(task, arguments.path.canonicalize().map_err(missing)?)
    })
}

/// An audit by rules alone that is not kept.
fn plain(global: &GlobalArguments, arguments: &AuditArguments, task: Task) -> Result<Report> {
    let languages: &[Language] = if arguments.language.is_empty() {
        task.languages
    } else {
        &arguments.language
    };
    let request = AuditRequest {
        target: arguments.path.clone(),
        facets: arguments.facet.clone(),
        options: Options {
            languages: languages.to_vec(),
            obeys_ignore: !arguments.no_ignore,
            obeys_suppressions: !arguments.no_suppress,
            ..Options::default()
        },
        revision: arguments.revision.clone(),
        since: arguments.since.clone(),
        threads: arguments.jobs,
    };
    let bar = bar(global.quiet);
    let tell = observer(&bar);
    let made = audit(&request, &|progress| {
        tell(match progress {
            Progress::Listed { files, .. } => AuditProgress::Listed(files),
            Progress::Seen { .. } => AuditProgress::Seen,
            Progress::Found(findings) => AuditProgress::Found(findings.len()),
        });
    });
    bar.finish_and_clear();
    Ok(made.map_err(|error| {
        let hint = "`majlis audit --help` says what can be looked at";
        Failure::new(Exit::USAGE_ERROR, error.to_string())
            .with_hint(hint)
            .caused_by(error)
    })?)
}

fn finish(
    arguments: &AuditArguments,
    mut report: Report,
    baseline: Option<Baseline>,
    palette: &Palette,
) -> Result<Exit> {
    if let Some(file) = &arguments.write_baseline {
        files::write(file, &Baseline::of(&report).to_text()?)?;
    }
    if let Some(baseline) = baseline {
        baseline.apply(&mut report);
    }
    if let Some(file) = &arguments.output {
        let text = files::formed(&report, arguments.format, &Palette::plain())?;
        files::write(file, &text)?;
    } else {
        let text = files::formed(&report, arguments.format, palette)?;
        io::stdout().write_all(text.as_bytes())?;
    }
    let fails = arguments
        .fail_on
        .is_some_and(|level| report.has(level.into()));
    Ok(if fails { Exit::UNANSWERED } else { Exit::DONE })
}

fn observer(bar: &ProgressBar) -> majlis_app::AuditObserver {
    let bar = bar.clone();
    let found = std::sync::atomic::AtomicUsize::new(0);
    Arc::new(move |progress| match progress {
        AuditProgress::Listed(files) => bar.set_length(files as u64),
        AuditProgress::Seen | AuditProgress::Answered => bar.inc(1),
        AuditProgress::Found(more) => {
            let all = found.fetch_add(more, std::sync::atomic::Ordering::Relaxed) + more;
            bar.set_message(format!("files, {all} found"));
        }
        AuditProgress::Asking(questions) => {
            bar.set_position(0);
            bar.set_length(questions as u64);
            bar.set_message("answers");
        }
    })
}

fn bar(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0).with_message("files");
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    style.map_or_else(|_| ProgressBar::hidden(), |style| bar.with_style(style))
}
