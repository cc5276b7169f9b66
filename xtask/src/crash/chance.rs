//! Chance that can be repeated: the same seed gives the same rounds.

use std::time::Duration;

/// A generator of numbers (splitmix64).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// The chance of one round.
    pub(super) fn of(seed: u64, round: u32) -> Self {
        let mut chance = Self(seed ^ (u64::from(round) << 32));
        chance.next();
        chance
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        let number = self.next().checked_rem(end).unwrap_or(0);
        usize::try_from(number).unwrap_or(0)
    }

    /// A time from `first` to `last` milliseconds.
    pub(super) fn wait(&mut self, first: usize, last: usize) -> Duration {
        let more = self.below(last.saturating_sub(first) + 1);
        Duration::from_millis(u64::try_from(first + more).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_round_give_the_same_numbers() {
        let numbers = |seed, round| {
            let mut chance = Chance::of(seed, round);
            [
                chance.below(1_000),
                chance.below(1_000),
                chance.below(1_000),
            ]
        };
        assert_eq!(numbers(1, 1), numbers(1, 1));
        assert_ne!(numbers(1, 1), numbers(1, 2));
        assert!(numbers(7, 3).iter().all(|number| *number < 1_000));
        assert_eq!(Chance::of(0, 0).below(0), 0);
    }
}
