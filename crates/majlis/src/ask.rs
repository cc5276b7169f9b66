//! How a consultation looks in a terminal. Everything here but [`live`] is pure: views and events
//! in, lines out.

mod board;
mod council;
mod figures;
mod input;
mod live;
mod report;

pub(crate) use board::{Board, Seat};
pub(crate) use council::stage_name;
pub(crate) use figures::{figures_line, percent, state_line};
pub(crate) use input::{Question, gather, read_answer};
pub(crate) use live::{Live, TICK, fits};
pub(crate) use report::{
    block, body, check_text, final_columns, limit_text, measured, report, sign,
};

#[cfg(test)]
mod tests;
