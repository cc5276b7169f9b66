//! What a start found of earlier ends.

/// Runs whose program ended before they did, brought to an end at this start. Nothing was sent
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Runs that are now interrupted; what was answered is kept.
    pub interrupted_runs: usize,
    /// Calls of which it is not known whether they were billed.
    pub unknown_calls: usize,
}

impl From<&majlis_store::RecoveryReport> for Recovery {
    fn from(report: &majlis_store::RecoveryReport) -> Self {
        Self {
            interrupted_runs: report.jobs.len(),
            unknown_calls: report.jobs.iter().map(|job| job.unknown_calls.len()).sum(),
        }
    }
}
