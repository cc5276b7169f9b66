//! The threads behind a store: one that writes, four that read.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Fault, StoreError};

/// Operations that wait at most; a caller waits its turn when there are more.
const QUEUE_LENGTH: usize = 256;
/// Operations that share one commit at most.
const BATCH_LENGTH: usize = 64;

/// An operation on a connection; given an error instead, it only passes that on.
pub(crate) type Work = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Verdict + Send>;

/// How an operation went, and the way to say so once that is final.
pub(crate) struct Verdict {
    /// Why it failed; `None` when it did not.
    pub(crate) error: Option<StoreError>,
    /// Answers the caller; an error given here replaces a success that was not committed.
    pub(crate) reply: Box<dyn FnOnce(Option<StoreError>) + Send>,
}

/// The caller's end of an operation.
pub(crate) type Reply<T> = oneshot::Receiver<Result<T, StoreError>>;

/// Wraps an operation: a panic in it becomes an error, and its result waits for the commit.
pub(crate) fn package<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
) -> (Work, Reply<T>) {
    let (sender, receiver) = oneshot::channel();
    let run: Work = Box::new(move |connection| {
        let result = connection.and_then(|connection| {
            catch_unwind(AssertUnwindSafe(|| work(connection)))
                .unwrap_or(Err(Fault::Panicked))
                .map_err(|fault| fault.during(operation))
        });
        Verdict {
            error: result.as_ref().err().cloned(),
            reply: Box::new(move |lost| {
                let result = match lost {
                    Some(error) => result.and(Err(error)),
                    None => result,
                };
                // A caller that went away does not want to know.
                drop(sender.send(result));
            }),
        }
    });
    (run, receiver)
}

/// Writes until every sender is gone.
pub(crate) fn run_writer(connection: &Connection, queue: &mut mpsc::Receiver<Work>) {
    while let Some(first) = queue.blocking_recv() {
        let mut batch = VecDeque::from([first]);
        while batch.len() < BATCH_LENGTH
            && let Ok(work) = queue.try_recv()
        {
            batch.push_back(work);
        }
        while !batch.is_empty() {
            commit(connection, &mut batch);
        }
    }
}

/// Runs operations from the front of the batch in one transaction. All of them, unless SQLite
/// itself rolls the transaction back, as it does when the disk is full: then those behind the
/// culprit stay for another one.
fn commit(connection: &Connection, batch: &mut VecDeque<Work>) {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        let error = Fault::from(error).during("begin a transaction");
        for work in batch.drain(..) {
            (work(Err(error.clone())).reply)(None);
        }
        return;
    }
    let mut done = Vec::with_capacity(batch.len());
    while let Some(work) = batch.pop_front() {
        done.push(in_savepoint(connection, work));
        if connection.is_autocommit() {
            break;
        }
    }
    let lost = if connection.is_autocommit() {
        done.last().and_then(|verdict| verdict.error.clone())
    } else {
        connection.execute_batch("COMMIT").err().map(|error| {
            // Without this the next BEGIN would fail for a transaction nobody wants.
            drop(connection.execute_batch("ROLLBACK"));
            Fault::from(error).during("commit")
        })
    };
    for verdict in done {
        (verdict.reply)(lost.clone());
    }
}

fn in_savepoint(connection: &Connection, work: Work) -> Verdict {
    let opened = connection
        .execute_batch("SAVEPOINT job")
        .map_err(|error| Fault::from(error).during("begin an operation"));
    let verdict = work(opened.map(|()| connection));
    if !connection.is_autocommit() {
        let end = match verdict.error {
            None => "RELEASE job",
            Some(_) => "ROLLBACK TO job; RELEASE job",
        };
        if let Err(error) = connection.execute_batch(end) {
            tracing::error!(%error, "an operation's savepoint could not be ended");
            // The whole transaction goes, and with it every answer not yet given.
            drop(connection.execute_batch("ROLLBACK"));
        }
    }
    verdict
}

/// Reads until every sender is gone, each operation in one snapshot of the data.
pub(crate) fn run_reader(connection: &Connection, queue: &Mutex<mpsc::Receiver<Work>>) {
    while let Some(work) = lock(queue).blocking_recv() {
        let begun = connection
            .execute_batch("BEGIN DEFERRED")
            .map_err(|error| Fault::from(error).during("begin reading"));
        let verdict = work(begun.map(|()| connection));
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, "a snapshot could not be released");
        }
        (verdict.reply)(None);
    }
}

/// The sending end of a queue, which closing takes away.
#[derive(Debug)]
pub(crate) struct Queue {
    sender: Mutex<Option<mpsc::Sender<Work>>>,
}

impl Queue {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Work>) {
        let (sender, receiver) = mpsc::channel(QUEUE_LENGTH);
        let queue = Self {
            sender: Mutex::new(Some(sender)),
        };
        (queue, receiver)
    }

    /// Runs an operation on the queue's thread and waits for its result.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let sender = lock(&self.sender).clone();
        let sender = sender.ok_or_else(|| StoreError::closed(operation))?;
        let (work, reply) = package(operation, work);
        sender
            .send(work)
            .await
            .map_err(|_| StoreError::closed(operation))?;
        reply
            .await
            .unwrap_or_else(|_| Err(StoreError::closed(operation)))
    }

    /// Takes no more operations; those queued are still carried out.
    pub(crate) fn close(&self) {
        lock(&self.sender).take();
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in this crate panics while it changes what a lock guards.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
