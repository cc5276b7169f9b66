//! What people see: colours, widths, text from elsewhere made harmless.

mod columns;
mod escape;
mod palette;
mod table;
mod wrap;

use std::io::IsTerminal as _;

pub(crate) use columns::{Column, column_width, guarded, side_by_side};
pub(crate) use escape::escape;
pub(crate) use palette::{ColorChoice, Palette, stderr_is_colored};
pub(crate) use table::{Align, table};
pub(crate) use wrap::{fit, width_of, wrap};

/// Width of a line when the output is not a terminal.
const DEFAULT_WIDTH: usize = 100;
/// Text runs no wider than this in one column, so that lines stay readable.
pub(crate) const MAX_TEXT_WIDTH: usize = 100;

/// Whether standard output is a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Columns and rows of the terminal; a usual page when there is none.
pub(crate) fn size() -> (usize, usize) {
    match crossterm::terminal::size() {
        Ok((columns, rows)) if columns > 0 && stdout_is_terminal() => (columns.into(), rows.into()),
        _ => (DEFAULT_WIDTH, 40),
    }
}
