//! A histogram as the recorder keeps it: how many were at most so large.

use std::collections::BTreeMap;

use super::{Series, size};

/// Counts by the upper bound of their bucket, each with all that is below it.
#[derive(Debug, Default)]
pub(crate) struct Buckets(BTreeMap<u64, (f64, u64)>);

impl Buckets {
    /// Adds a bucket of a series to the one of the same bound.
    pub(crate) fn add(&mut self, series: &Series) {
        let Ok(bound) = series.label("le").parse::<f64>() else {
            return;
        };
        // Bounds are positive, and the bits of positive numbers have their order.
        let bucket = self.0.entry(bound.to_bits()).or_insert((bound, 0));
        bucket.1 += series.count();
    }

    /// How many were counted.
    pub(crate) fn count(&self) -> u64 {
        self.0.values().next_back().map_or(0, |(_, count)| *count)
    }

    /// What so large a share does not exceed, taken as even within a bucket, as Prometheus does;
    /// beyond the last bound, that bound. `None` when nothing was counted.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let rank = share * size(count);
        let mut below = (0.0, 0);
        for (bound, up_to) in self.0.values().copied() {
            if size(up_to) >= rank {
                let inside = size(up_to - below.1);
                let is_open = bound.is_infinite() || up_to == below.1;
                return Some(if is_open {
                    below.0
                } else {
                    below.0 + (bound - below.0) * (rank - size(below.1)) / inside
                });
            }
            below = (bound, up_to);
        }
        Some(below.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::series;

    #[test]
    fn a_quantile_lies_within_its_bucket() {
        let check = |counts: &[(&str, u64)], share: f64, expected: Option<f64>| {
            let mut buckets = Buckets::default();
            for (bound, count) in counts {
                let line = format!("t_bucket{{le=\"{bound}\"}} {count}\n");
                for one in &series::read(&line) {
                    buckets.add(one);
                }
            }
            assert_eq!(buckets.quantile(share), expected, "{counts:?} {share}");
        };
        let counts = [("1", 10), ("2", 20), ("+Inf", 20)];
        check(&[], 0.5, None);
        check(&[("1", 0), ("+Inf", 0)], 0.5, None);
        check(&counts, 0.5, Some(1.0));
        check(&counts, 0.75, Some(1.5));
        check(&counts, 1.0, Some(2.0));
        check(&[("1", 0), ("2", 0), ("+Inf", 5)], 0.5, Some(2.0));
    }
}
