//! Steps of a task: a line when each begins and ends, and one summary at the end.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    /// Not run, and why.
    Skipped(String),
}

#[derive(Debug)]
struct Done {
    name: String,
    outcome: Outcome,
    took: Duration,
}

/// The steps of one task. A failed step does not stop the others: one run tells everything.
#[derive(Debug)]
pub(crate) struct Steps {
    started: Instant,
    done: Vec<Done>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            done: Vec::new(),
        }
    }

    /// Runs one step. `None` means that it failed; the error has been printed.
    pub(crate) fn step<T>(&mut self, name: &str, action: impl FnOnce() -> Result<T>) -> Option<T> {
        eprintln!("── {name}");
        let began = Instant::now();
        let result = action();
        let took = began.elapsed();
        let (outcome, value) = match result {
            Ok(value) => (Outcome::Passed, Some(value)),
            Err(error) => {
                eprintln!("error: {error:#}");
                (Outcome::Failed, None)
            }
        };
        let word = if outcome == Outcome::Passed {
            "done"
        } else {
            "FAILED"
        };
        eprintln!("── {name}: {word} in {}", seconds(took));
        self.done.push(Done {
            name: name.to_owned(),
            outcome,
            took,
        });
        value
    }

    /// Records a step that cannot or need not run.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        eprintln!("── {name}: skipped, {why}");
        self.done.push(Done {
            name: name.to_owned(),
            outcome: Outcome::Skipped(why.to_owned()),
            took: Duration::ZERO,
        });
    }

    /// Time since the first step, in words.
    pub(crate) fn elapsed(&self) -> String {
        minutes(self.started.elapsed())
    }

    /// Fails if a step failed, naming them.
    pub(crate) fn result(&self) -> Result<()> {
        let failed: Vec<&str> = self
            .done
            .iter()
            .filter(|done| done.outcome == Outcome::Failed)
            .map(|done| done.name.as_str())
            .collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }

    /// Prints the summary, then fails if a step failed.
    pub(crate) fn finish(&self) -> Result<()> {
        eprint!("\n{}", summary(&self.done, self.started.elapsed()));
        self.result()
    }
}

/// One line per step and one for all.
fn summary(done: &[Done], total: Duration) -> String {
    let mut text = String::new();
    for step in done {
        let (mark, note) = match &step.outcome {
            Outcome::Passed => ("passed", seconds(step.took)),
            Outcome::Failed => ("FAILED", seconds(step.took)),
            Outcome::Skipped(why) => ("skipped", why.clone()),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {mark:<8} {:<34} {note}", step.name);
    }
    let count =
        |wanted: fn(&Outcome) -> bool| done.iter().filter(|step| wanted(&step.outcome)).count();
    let _ = writeln!(
        text,
        "  {} steps passed, {} failed, {} skipped in {}",
        count(|outcome| *outcome == Outcome::Passed),
        count(|outcome| *outcome == Outcome::Failed),
        count(|outcome| matches!(outcome, Outcome::Skipped(_))),
        minutes(total)
    );
    text
}

/// `0.4 s`, `12 s`, `3 min 20 s`.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{} s", time.as_secs()),
        _ => minutes(time),
    }
}

/// `0 min 8 s`, `3 min 20 s`.
fn minutes(time: Duration) -> String {
    format!("{} min {} s", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn times_read_as_a_person_would_say_them() {
        for (ms, expected) in [
            (0, "0.0 s"),
            (412, "0.4 s"),
            (12_900, "12 s"),
            (119_000, "119 s"),
            (200_000, "3 min 20 s"),
        ] {
            assert_eq!(seconds(Duration::from_millis(ms)), expected);
        }
    }

    #[test]
    fn a_failed_step_does_not_stop_the_others_but_fails_the_task() {
        let mut steps = Steps::new();
        assert_eq!(steps.step("first", || Ok(1)), Some(1));
        assert_eq!(steps.step::<()>("second", || Err(anyhow!("broken"))), None);
        steps.skip("third", "second failed");
        assert_eq!(steps.step("fourth", || Ok(4)), Some(4));
        assert_eq!(steps.result().unwrap_err().to_string(), "failed: second");
    }

    #[test]
    fn the_summary_has_a_line_per_step_and_a_total() {
        let step = |name: &str, outcome, took| Done {
            name: name.to_owned(),
            outcome,
            took: Duration::from_secs(took),
        };
        let done = [
            step("format", Outcome::Passed, 2),
            step("tests", Outcome::Failed, 75),
            step("browser", Outcome::Skipped("no UI".to_owned()), 0),
        ];
        let text = summary(&done, Duration::from_secs(77));
        let expected = "  passed   format                             2.0 s\n  \
                        FAILED   tests                              75 s\n  \
                        skipped  browser                            no UI\n  \
                        1 steps passed, 1 failed, 1 skipped in 1 min 17 s\n";
        assert_eq!(text, expected);
    }
}
