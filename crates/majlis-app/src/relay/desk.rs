//! Relays end on a desk, from where their settlements go to the store together.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use majlis_store::Settlement;

use crate::retry::may_pass;
use crate::{App, ambient};

/// Time for settlements to come together.
const GATHER: Duration = Duration::from_millis(10);
/// Time between two tries to write them.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Settlements of one write at most.
const BATCH_LENGTH: usize = 256;

/// The relays that are open, and the ends of those that were.
#[derive(Default)]
pub(crate) struct Desk {
    state: Mutex<State>,
}

/// How a relay is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RelayJournal {
    /// Without waiting for the disk: it survives a killed program, not a power cut.
    #[default]
    Quick,
    /// On the disk before it is sent, as everything else.
    Strict,
    /// Not at all, without caps: only to measure what the journal costs.
    Off,
}

#[derive(Default)]
struct State {
    journal: RelayJournal,
    /// The job of the open relays; `None` while there are none.
    job_id: Option<String>,
    open: usize,
    ended: Vec<Settlement>,
    /// A task is at work on what ended.
    is_writing: bool,
}

/// What is written together: some ends, and the job that ends with the last of them.
struct Batch {
    settlements: Vec<Settlement>,
    ended_job: Option<(String, i64)>,
}

impl Desk {
    /// Counts a relay that opens; the id of its job.
    pub(super) fn open(&self) -> String {
        let mut state = self.lock();
        state.open += 1;
        state.job_id.get_or_insert_with(ambient::new_id).clone()
    }

    pub(super) fn journal(&self) -> RelayJournal {
        self.lock().journal
    }

    pub(super) fn set_journal(&self, journal: RelayJournal) {
        self.lock().journal = journal;
    }

    /// Takes an end; whether somebody must be sent to write it.
    fn close(&self, settlement: Settlement) -> bool {
        let mut state = self.lock();
        state.open = state.open.saturating_sub(1);
        if state.journal == RelayJournal::Off {
            return false;
        }
        state.ended.push(settlement);
        !std::mem::replace(&mut state.is_writing, true)
    }

    /// What is to be written next; `None` when there is nothing, and nobody is at work any more.
    fn take(&self) -> Option<Batch> {
        let mut state = self.lock();
        if state.ended.is_empty() {
            state.is_writing = false;
            return None;
        }
        let count = state.ended.len().min(BATCH_LENGTH);
        let settlements = state.ended.drain(..count).collect();
        let is_last = state.open == 0 && state.ended.is_empty();
        let ended_job = is_last.then(|| state.job_id.take()).flatten();
        Some(Batch {
            settlements,
            ended_job: ended_job.map(|job_id| (job_id, ambient::now_ms())),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Ends a relay. Never waits: the store has it some milliseconds later.
    pub(super) fn close_relay(&self, settlement: Settlement) {
        if !self.inner.desk.close(settlement) {
            return;
        }
        let app = self.clone();
        self.inner.tasks.spawn(async move {
            loop {
                tokio::time::sleep(GATHER).await;
                let Some(batch) = app.inner.desk.take() else {
                    return;
                };
                app.write_batch(&batch).await;
            }
        });
    }

    /// Writes until the store takes it, or the program ends: the next start counts what is lost as
    /// unknown, at its estimate.
    async fn write_batch(&self, batch: &Batch) {
        let mut is_told = false;
        loop {
            let written = self.inner.store.settle_relays(
                batch.settlements.clone(),
                batch.ended_job.clone(),
                self.inner.desk.journal() == RelayJournal::Strict,
            );
            let Err(error) = written.await else { return };
            if !may_pass(&error.kind) || self.inner.runs.shutdown().is_cancelled() {
                tracing::error!(%error, "the ends of some relays could not be stored");
                return;
            }
            if !is_told {
                tracing::warn!(%error, "the ends of some relays are kept in memory until the store takes them");
                is_told = true;
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }
}
