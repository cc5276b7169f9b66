//! Counters that only grow, turned into what happened lately.

use std::collections::VecDeque;

/// How far back is remembered.
const WINDOW_MS: i64 = 10 * 60 * 1_000;
const MINUTE_MS: i64 = 60 * 1_000;

/// The counters at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sample {
    pub(super) at_ms: i64,
    /// Requests that only we answered.
    pub(super) answers: u64,
    /// Those of them that were slow.
    pub(super) slow_answers: u64,
    /// Requests that the guard refused.
    pub(super) refused: u64,
    /// What disk, file or program failed.
    pub(super) troubles: u64,
}

impl Sample {
    /// What came after an earlier one.
    fn after(self, earlier: Self) -> Self {
        Self {
            at_ms: self.at_ms,
            answers: self.answers - earlier.answers,
            slow_answers: self.slow_answers - earlier.slow_answers,
            refused: self.refused - earlier.refused,
            troubles: self.troubles - earlier.troubles,
        }
    }
}

/// The samples of the last minutes, oldest first.
#[derive(Debug, Default)]
pub(super) struct Samples(VecDeque<Sample>);

impl Samples {
    /// Takes one more; what happened in the minute and in the ten minutes before it. Everything
    /// from before the first sample happened just now.
    pub(super) fn take(&mut self, now: Sample) -> (Sample, Sample) {
        self.follow_clock(now.at_ms);
        while self.0.len() > 1 && self.0[1].at_ms <= now.at_ms - WINDOW_MS {
            self.0.pop_front();
        }
        let before = |span_ms: i64| {
            let found = self
                .0
                .iter()
                .rev()
                .find(|sample| sample.at_ms <= now.at_ms - span_ms);
            found.or(self.0.front()).copied().unwrap_or_default()
        };
        let lately = (now.after(before(MINUTE_MS)), now.after(before(WINDOW_MS)));
        self.0.push_back(now);
        lately
    }

    /// A clock that was set back makes what was seen before useless as a measure of time: the last
    /// of it counts as seen now.
    fn follow_clock(&mut self, now_ms: i64) {
        if let Some(last) = self.0.back().copied().filter(|last| last.at_ms > now_ms) {
            self.0.clear();
            self.0.push_back(Sample {
                at_ms: now_ms,
                ..last
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_told_by_the_minute_and_by_ten() {
        let mut samples = Samples::default();
        let mut take = |at_s: i64, refused| {
            let sample = Sample {
                at_ms: at_s * 1_000,
                refused,
                ..Sample::default()
            };
            let (minute, window) = samples.take(sample);
            (minute.refused, window.refused)
        };
        assert_eq!(take(0, 5), (5, 5));
        assert_eq!(take(30, 7), (2, 2));
        assert_eq!(take(60, 8), (3, 3));
        assert_eq!(take(90, 20), (13, 15));
        assert_eq!(take(600, 21), (1, 16));
        assert_eq!(take(660, 21), (0, 13));
        assert_eq!(take(3_000, 22), (1, 1));
        // The clock was set back.
        assert_eq!(take(1, 30), (8, 8));
    }
}
