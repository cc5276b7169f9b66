//! What was paid for is stored, even if the disk takes it only later.

use std::time::Duration;

use majlis_store::{StoreError, StoreErrorKind};

use crate::run::Run;

/// Time between two tries.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Tries until the store takes it, refuses it for good, or the program ends: then what was flushed
/// so far is found at the next start.
pub(crate) async fn until_stored<T, W: Future<Output = Result<T, StoreError>>>(
    run: &Run,
    mut write: impl FnMut() -> W,
) -> Result<T, StoreError> {
    let mut is_told = false;
    loop {
        let error = match write().await {
            Err(error) if may_pass(&error.kind) && !run.is_interrupted() => error,
            done => return done,
        };
        if !is_told {
            tracing::warn!(%error, run = run.id(), "kept in memory until the store takes it");
            is_told = true;
        }
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
}

pub(crate) fn may_pass(kind: &StoreErrorKind) -> bool {
    matches!(
        kind,
        StoreErrorKind::DiskFull | StoreErrorKind::Io | StoreErrorKind::Busy
    )
}
