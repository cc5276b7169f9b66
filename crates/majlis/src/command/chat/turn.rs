//! One turn: what the person says and what the models answer.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use majlis_app::{AppErrorKind, Frames, ReplyState, RunEvent, RunFrame, Subscription, TurnRequest};

use super::Chat;
use crate::ask::{Board, Live, Seat, TICK, block, body, figures_line, final_columns, fits};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::{Interrupt, end_now};
use crate::terminal::{Palette, escape, size, stdout_is_terminal};

/// What a turn wakes up for.
enum Step {
    Frames(Vec<Arc<RunFrame>>),
    Tick,
    End,
}

/// A turn that is being answered.
struct Turn<'c> {
    chat: &'c Chat<'c>,
    run_id: String,
    subscription: Subscription,
    board: Board,
    interrupt: Interrupt,
    stopping: bool,
}

impl Chat<'_> {
    /// Sends a message and shows the answers as they come.
    pub(super) async fn say(&mut self, text: String) -> Result<()> {
        // Made anew for every turn: a Ctrl-C that came too late for one must not stop the next.
        let interrupt = Interrupt::new();
        let id = match &self.conversation {
            Some(id) => id.clone(),
            None => match self
                .house
                .app
                .create_conversation(None, self.models.clone())
                .await
            {
                Ok(view) => {
                    self.conversation = Some(view.summary.id.clone());
                    view.summary.id
                }
                Err(error) => return self.refused(error),
            },
        };
        let started = match self.house.app.send(&id, TurnRequest::say(text)).await {
            Ok(started) => started,
            Err(error) => return self.refused(error),
        };
        let Some(subscription) = self.house.app.subscribe(&started.run_id, 0) else {
            return Ok(());
        };
        let board = Board::new(Vec::new(), Instant::now());
        let mut turn = Turn {
            chat: self,
            run_id: started.run_id,
            subscription,
            board,
            interrupt,
            stopping: false,
        };
        turn.follow().await
    }

    /// A message that was not taken is no reason to end the conversation, unless the disk fails.
    #[allow(clippy::needless_pass_by_value)]
    fn refused(&self, error: majlis_app::AppError) -> Result<()> {
        if matches!(error.kind, AppErrorKind::Storage | AppErrorKind::Internal) {
            return Err(Failure::from(error).into());
        }
        let Palette {
            error: red,
            hint: blue,
            ..
        } = self.palette;
        let mut out = io::stdout();
        writeln!(out, "{red}error:{red:#} {}", escape(&error.notice.detail))?;
        if let Some(hint) = &error.notice.hint {
            writeln!(out, "{blue}hint:{blue:#} {}", escape(hint))?;
        }
        Ok(())
    }
}

impl Turn<'_> {
    async fn follow(&mut self) -> Result<()> {
        let replies = loop {
            match self.step(false).await {
                Step::Frames(frames) => {
                    let heads = frames.iter().find_map(|frame| match &frame.event {
                        RunEvent::Started { replies, .. } => Some(replies.clone()),
                        _ => None,
                    });
                    if let Some(heads) = heads {
                        break (heads, frames);
                    }
                }
                Step::Tick => {}
                Step::End => return Ok(()),
            }
        };
        let (heads, frames) = replies;
        self.board = Board::new(heads.iter().map(Seat::of_reply).collect(), Instant::now());
        if let [_] = heads.as_slice() {
            self.stream(&frames).await
        } else {
            self.together(&frames).await
        }
    }

    async fn step(&mut self, tick: bool) -> Step {
        loop {
            tokio::select! {
                frames = self.subscription.next() => return match frames {
                    Frames::More(frames) => Step::Frames(frames),
                    // Only a log of megabytes forgets its beginning; the whole answer is kept.
                    Frames::Gap => Step::Tick,
                    Frames::End => Step::End,
                },
                _ = self.interrupt.wait() => {
                    if self.stopping {
                        end_now(Exit::INTERRUPTED);
                    }
                    self.stopping = true;
                    // The turn may have ended by itself in this very moment.
                    drop(self.chat.house.app.cancel(&self.run_id, None));
                }
                () = tokio::time::sleep(TICK), if tick => return Step::Tick,
            }
        }
    }

    /// One model: its text as it comes.
    async fn stream(&mut self, first: &[Arc<RunFrame>]) -> Result<()> {
        self.print_text(first)?;
        loop {
            match self.step(false).await {
                Step::Frames(frames) => self.print_text(&frames)?,
                Step::Tick => {}
                Step::End => break,
            }
        }
        let Palette { dim, error, .. } = self.chat.palette;
        let mut out = io::stdout();
        for seat in &self.board.seats {
            if !seat.text.is_empty() && !seat.text.ends_with('\n') {
                writeln!(out)?;
            }
            if seat.state != ReplyState::Complete {
                let rest = Seat {
                    text: String::new(),
                    ..seat.clone()
                };
                if rest.error.is_some() {
                    writeln!(out, "{error}{}{error:#}", body(&rest))?;
                }
            }
            writeln!(out, "{dim}{}{dim:#}", figures_line(seat))?;
        }
        Ok(())
    }

    fn print_text(&mut self, frames: &[Arc<RunFrame>]) -> io::Result<()> {
        let mut out = io::stdout();
        for frame in frames {
            if let RunEvent::TextDelta { text, .. } = &frame.event {
                write!(out, "{}", escape(text))?;
            }
            self.board.apply(&frame.event, Instant::now());
        }
        out.flush()
    }

    /// Several models: side by side, or one below the other.
    async fn together(&mut self, first: &[Arc<RunFrame>]) -> Result<()> {
        self.take(first);
        let side_by_side = stdout_is_terminal() && fits(self.board.seats.len());
        let mut live = if side_by_side {
            Some(Live::new(self.chat.palette)?)
        } else {
            None
        };
        loop {
            match self.step(live.is_some()).await {
                Step::Frames(frames) => self.take(&frames),
                Step::Tick => {}
                Step::End => break,
            }
            if let Some(live) = &mut live {
                live.draw(&self.board, Instant::now())?;
            }
        }
        if let Some(live) = live {
            live.finish()?;
        }
        let palette = self.chat.palette;
        let width = stdout_is_terminal().then(|| size().0);
        let columns = width.and_then(|width| final_columns(&self.board.seats, width, &palette));
        let mut out = io::stdout();
        match columns {
            Some(columns) => write!(out, "{columns}")?,
            None => {
                for seat in &self.board.seats {
                    writeln!(out, "{}", block(seat, width, &palette))?;
                }
            }
        }
        let dim = palette.dim;
        for seat in &self.board.seats {
            writeln!(
                out,
                "{dim}{}: {}{dim:#}",
                escape(&seat.label),
                figures_line(seat)
            )?;
        }
        Ok(())
    }

    fn take(&mut self, frames: &[Arc<RunFrame>]) {
        for frame in frames {
            self.board.apply(&frame.event, Instant::now());
        }
    }
}
