//! What came of the scenarios, as a table.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

/// How a scenario ended that found nothing wrong.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Everything held; figures for the reader.
    Held(String),
    /// It cannot be tried here, and why.
    Skipped(String),
}

/// One line of the table.
#[derive(Debug)]
pub(super) struct Row {
    name: &'static str,
    rounds: u32,
    mark: &'static str,
    note: String,
    took: Duration,
}

impl Row {
    pub(super) fn new(
        name: &'static str,
        rounds: u32,
        result: Result<Outcome>,
        took: Duration,
    ) -> Self {
        let (mark, note) = match result {
            Ok(Outcome::Held(note)) => ("held", note),
            Ok(Outcome::Skipped(why)) => ("skipped", why),
            Err(error) => ("FAILED", error.to_string()),
        };
        Self {
            name,
            rounds,
            mark,
            note,
            took,
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.mark == "FAILED"
    }
}

pub(super) fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "  {:<34} {:>6}  {:<8} {:>8}  found\n",
        "scenario", "rounds", "result", "time"
    );
    for row in rows {
        let took = format!("{:.1} s", row.took.as_secs_f64());
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {:<34} {:>6}  {:<8} {took:>8}  {}",
            row.name, row.rounds, row.mark, row.note
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_stands_in_its_row() {
        let failed: Result<Outcome> = Err(anyhow::anyhow!("2 rows are lost"));
        let row = Row::new("kill", 7, failed, Duration::from_millis(1_500));
        assert!(row.has_failed());
        let table = table(&[row]);
        assert!(
            table.contains("FAILED      1.5 s  2 rows are lost"),
            "{table}"
        );
    }
}
