//! Answers side by side while they are being written: the last lines of each, drawn over again.

use std::io::{self, Stdout, Write as _};
use std::time::{Duration, Instant};

use crossterm::cursor::{Hide, MoveToColumn, MoveUp, Show};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};

use super::report::{body, columns_for};
use super::{Board, Seat, state_line};
use crate::terminal::{Column, MAX_TEXT_WIDTH, Palette, escape, fit, side_by_side, size, wrap};

/// Time between two drawings.
pub(crate) const TICK: Duration = Duration::from_millis(80);
/// Text of an answer that is looked at for its last lines, in bytes.
const TAIL_BYTES: usize = 16 << 10;

/// The part of the terminal that is drawn over again. The cursor is hidden while it lives.
pub(crate) struct Live {
    out: Stdout,
    palette: Palette,
    drawn: usize,
}

impl Live {
    /// Begins below what stands in the terminal.
    pub(crate) fn new(palette: Palette) -> io::Result<Self> {
        let mut out = io::stdout();
        queue!(out, Hide)?;
        out.flush()?;
        Ok(Self {
            out,
            palette,
            drawn: 0,
        })
    }

    /// Draws the board as it is now.
    pub(crate) fn draw(&mut self, board: &Board, now: Instant) -> io::Result<()> {
        let (width, height) = size();
        let elapsed_ms =
            i64::try_from(now.duration_since(board.started).as_millis()).unwrap_or(i64::MAX);
        let mut lines = lines(
            &board.seats,
            elapsed_ms,
            width,
            height.saturating_sub(3).max(4),
        );
        if let Some(stage) = &board.stage {
            lines.push(fit(&escape(&stage.line()), width.saturating_sub(1)));
        }
        queue!(self.out, BeginSynchronizedUpdate)?;
        self.erase()?;
        let Palette { heading, dim, .. } = self.palette;
        for (place, line) in lines.iter().enumerate() {
            let style = match place {
                0 => heading,
                1 => dim,
                _ => anstyle::Style::new(),
            };
            writeln!(self.out, "{style}{line}{style:#}")?;
        }
        queue!(self.out, EndSynchronizedUpdate)?;
        self.out.flush()?;
        self.drawn = lines.len();
        Ok(())
    }

    /// Takes the drawing away and gives the cursor back.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.erase()?;
        self.out.flush()
    }

    fn erase(&mut self) -> io::Result<()> {
        if let Ok(up) = u16::try_from(self.drawn)
            && up > 0
        {
            queue!(
                self.out,
                MoveUp(up),
                MoveToColumn(0),
                Clear(ClearType::FromCursorDown)
            )?;
        }
        self.drawn = 0;
        Ok(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        drop(queue!(self.out, Show));
        drop(self.out.flush());
    }
}

/// Whether the answers fit beside each other in this terminal.
pub(crate) fn fits(count: usize) -> bool {
    count == 1 || columns_for(count, size().0).is_some()
}

/// Names, states and the last lines of every answer, at most `height` lines.
fn lines(seats: &[Seat], elapsed_ms: i64, width: usize, height: usize) -> Vec<String> {
    // One column less than there are: a full line would wrap in some terminals.
    let width = width.saturating_sub(1);
    let each = columns_for(seats.len(), width).unwrap_or_else(|| width.min(MAX_TEXT_WIDTH));
    let cell = |text: String| vec![fit(&escape(&text), each)];
    let heads: Vec<Column> = seats.iter().map(|seat| cell(seat.label.clone())).collect();
    let states: Vec<Column> = seats
        .iter()
        .map(|seat| cell(state_line(seat, elapsed_ms)))
        .collect();
    let tails: Vec<Column> = seats
        .iter()
        .map(|seat| tail(seat, each, height.saturating_sub(2)))
        .collect();
    [heads, states, tails]
        .iter()
        .flat_map(|columns| side_by_side(columns, each))
        .collect()
}

fn tail(seat: &Seat, width: usize, height: usize) -> Column {
    let text = body(seat);
    let mut start = text.len().saturating_sub(TAIL_BYTES);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let mut lines = wrap(&text[start..], width);
    lines.drain(..lines.len().saturating_sub(height));
    lines
}
