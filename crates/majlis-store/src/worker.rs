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

/// When an operation's commit counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Safety {
    /// When the disk has it: it survives a power cut.
    Disk,
    /// When the operating system has it: it survives a killed program.
    System,
}

/// How a failed operation leaves nothing behind when it shares a commit with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undo {
    /// By a savepoint around it.
    Savepoint,
    /// By itself: it writes in its last statement only, and a statement is whole or nothing.
    Statement,
}

/// An operation in the queue.
struct Queued {
    work: Work,
    safety: Safety,
    undo: Undo,
}

/// An operation that waits for its commit.
type Waiting = (Work, Undo);

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
pub(crate) fn run_writer(connection: &Connection, queue: &mut Receiver) {
    let mut level = Level::of(connection);
    while let Some(first) = queue.0.blocking_recv() {
        let (mut quick, mut safe) = (VecDeque::new(), VecDeque::new());
        let mut put = |queued: Queued| match queued.safety {
            Safety::Disk => safe.push_back((queued.work, queued.undo)),
            Safety::System => quick.push_back((queued.work, queued.undo)),
        };
        put(first);
        // Where processors are scarce others get on first, and share this commit; where one is free
        // this takes no time.
        std::thread::yield_now();
        for _ in 1..BATCH_LENGTH {
            let Ok(queued) = queue.0.try_recv() else {
                break;
            };
            put(queued);
        }
        // What need not wait for the disk does not wait with what must.
        for (safety, batch) in [(Safety::System, &mut quick), (Safety::Disk, &mut safe)] {
            while !batch.is_empty() {
                level.set(connection, safety);
                commit(connection, batch);
            }
        }
    }
}

/// How the writer's next commit is made safe.
struct Level {
    /// `None`: the connection was opened for speed and stays as it is.
    now: Option<Safety>,
}

impl Level {
    fn of(connection: &Connection) -> Self {
        let level = connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
        Self {
            now: (level != Ok(0)).then_some(Safety::Disk),
        }
    }

    fn set(&mut self, connection: &Connection, wanted: Safety) {
        if self.now.is_none_or(|now| now == wanted) {
            return;
        }
        let name = match wanted {
            Safety::Disk => "FULL",
            // With a write-ahead log: written at each commit, flushed with the next safe one.
            Safety::System => "NORMAL",
        };
        match connection.pragma_update(None, "synchronous", name) {
            Ok(()) => self.now = Some(wanted),
            Err(error) => tracing::error!(%error, name, "the writer's safety cannot be changed"),
        }
    }
}

/// Runs operations from the front of the batch in one transaction. All of them, unless SQLite
/// itself rolls the transaction back, as it does when the disk is full: then those behind the
/// culprit stay for another one.
fn commit(connection: &Connection, batch: &mut VecDeque<Waiting>) {
    if let Err(error) = run(connection, "BEGIN IMMEDIATE") {
        let error = Fault::from(error).during("begin a transaction");
        for (work, _) in batch.drain(..) {
            (work(Err(error.clone())).reply)(None);
        }
        return;
    }
    let is_alone = batch.len() == 1;
    let mut done = Vec::with_capacity(batch.len());
    while let Some((work, undo)) = batch.pop_front() {
        done.push(if is_alone || undo == Undo::Statement {
            work(Ok(connection))
        } else {
            in_savepoint(connection, work)
        });
        if connection.is_autocommit() {
            break;
        }
    }
    let lost = if connection.is_autocommit() {
        done.last().and_then(|verdict| verdict.error.clone())
    } else if is_alone && done.iter().any(|verdict| verdict.error.is_some()) {
        // It has its error already.
        drop(connection.execute_batch("ROLLBACK"));
        None
    } else {
        run(connection, "COMMIT").err().map(|error| {
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
    let opened = run(connection, "SAVEPOINT job")
        .map_err(|error| Fault::from(error).during("begin an operation"));
    let verdict = work(opened.map(|()| connection));
    if !connection.is_autocommit() {
        let ended = match verdict.error {
            None => run(connection, "RELEASE job"),
            Some(_) => connection.execute_batch("ROLLBACK TO job; RELEASE job"),
        };
        if let Err(error) = ended {
            tracing::error!(%error, "an operation's savepoint could not be ended");
            // The whole transaction goes, and with it every answer not yet given.
            drop(connection.execute_batch("ROLLBACK"));
        }
    }
    verdict
}

/// Runs a statement that comes again and again, parsed once.
fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// Reads until every sender is gone, each operation in one snapshot of the data.
pub(crate) fn run_reader(connection: &Connection, queue: &Mutex<Receiver>) {
    while let Some(Queued { work, .. }) = lock(queue).0.blocking_recv() {
        let begun = run(connection, "BEGIN DEFERRED")
            .map_err(|error| Fault::from(error).during("begin reading"));
        let verdict = work(begun.map(|()| connection));
        if !connection.is_autocommit()
            && let Err(error) = run(connection, "ROLLBACK")
        {
            tracing::warn!(%error, "a snapshot could not be released");
        }
        (verdict.reply)(None);
    }
}

/// The sending end of a queue, which closing takes away.
#[derive(Debug)]
pub(crate) struct Queue {
    sender: Mutex<Option<mpsc::Sender<Queued>>>,
}

/// The receiving end of a queue.
pub(crate) struct Receiver(mpsc::Receiver<Queued>);

impl Queue {
    pub(crate) fn new() -> (Self, Receiver) {
        let (sender, receiver) = mpsc::channel(QUEUE_LENGTH);
        let queue = Self {
            sender: Mutex::new(Some(sender)),
        };
        (queue, Receiver(receiver))
    }

    /// Runs an operation on the queue's thread and waits for its result.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        operation: &'static str,
        (safety, undo): (Safety, Undo),
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let sender = lock(&self.sender).clone();
        let sender = sender.ok_or_else(|| StoreError::closed(operation))?;
        let (work, reply) = package(operation, work);
        sender
            .send(Queued { work, safety, undo })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Durability, Store, StoreErrorKind, StoreOptions};

    fn fresh() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            durability: Durability::Fast,
            ..StoreOptions::new(folder.path(), "1")
        };
        let store = Store::open(&options).unwrap();
        (folder, store)
    }

    fn set(connection: &Connection, key: &str, length: usize) -> Result<(), Fault> {
        let value = format!("\"{}\"", "x".repeat(length));
        connection.execute("INSERT INTO settings VALUES (?1, 0, ?2)", [key, &value])?;
        Ok(())
    }

    async fn keys(store: &Store) -> Vec<String> {
        store.settings().await.unwrap().into_keys().collect()
    }

    /// Queues operations behind one that waits, so that they are taken as one batch.
    fn batch<const N: usize>(works: [Work; N]) -> VecDeque<Waiting> {
        works
            .into_iter()
            .map(|work| (work, Undo::Savepoint))
            .collect()
    }

    #[tokio::test]
    async fn a_panic_undoes_its_operation_and_nothing_else() {
        let (_folder, store) = fresh();
        let panicked: Result<(), _> = store
            .write("panic", |connection| {
                set(connection, "undone", 1)?;
                panic!("in a test")
            })
            .await;
        let error = panicked.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Internal);
        assert_eq!(
            error.message,
            "cannot panic: the operation panicked and was undone"
        );
        store
            .write("go on", |connection| set(connection, "kept", 1))
            .await
            .unwrap();
        let panicked: Result<(), _> = store.read("panic", |_| panic!("in a test")).await;
        assert_eq!(panicked.unwrap_err().kind, StoreErrorKind::Internal);
        assert_eq!(keys(&store).await, ["kept"]);
    }

    #[tokio::test]
    async fn a_failing_operation_of_a_batch_is_undone_alone() {
        let (folder, store) = fresh();
        let connection = Connection::open(folder.path().join("majlis.db")).unwrap();
        let (first, first_reply) = package("set", |connection| set(connection, "a", 1));
        let (second, second_reply) = package("set", |connection| {
            set(connection, "b", 1)?;
            set(connection, "a", 1)
        });
        let (third, third_reply) = package("set", |connection| set(connection, "c", 1));
        commit(&connection, &mut batch([first, second, third]));
        first_reply.await.unwrap().unwrap();
        third_reply.await.unwrap().unwrap();
        let error = second_reply.await.unwrap().unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Conflict);
        assert_eq!(error.message, "cannot set: its id exists already");
        assert_eq!(keys(&store).await, ["a", "c"]);
    }

    #[tokio::test]
    async fn one_statement_that_fails_needs_no_savepoint_to_leave_the_others() {
        let (folder, store) = fresh();
        let connection = Connection::open(folder.path().join("majlis.db")).unwrap();
        let (first, first_reply) = package("set", |connection| set(connection, "a", 1));
        let (second, second_reply) = package("set", |connection| set(connection, "a", 1));
        let (third, third_reply) = package("set", |connection| set(connection, "c", 1));
        let mut works: VecDeque<Waiting> = [first, second, third]
            .into_iter()
            .map(|work| (work, Undo::Statement))
            .collect();
        commit(&connection, &mut works);
        first_reply.await.unwrap().unwrap();
        let error = second_reply.await.unwrap().unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Conflict);
        third_reply.await.unwrap().unwrap();
        assert_eq!(keys(&store).await, ["a", "c"]);
    }

    #[tokio::test]
    async fn a_full_disk_loses_only_what_it_says_and_is_over_when_there_is_space() {
        let (folder, store) = fresh();
        let connection = Connection::open(folder.path().join("majlis.db")).unwrap();
        let pages: i64 = connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        connection
            .pragma_update(None, "max_page_count", pages + 4)
            .unwrap();
        let (fits, fits_reply) = package("set", |connection| set(connection, "fits", 1));
        let (large, large_reply) = package("set", |connection| set(connection, "large", 100_000));
        let (after, after_reply) = package("set", |connection| set(connection, "after", 1));
        let mut works = batch([fits, large, after]);
        while !works.is_empty() {
            commit(&connection, &mut works);
        }
        assert_eq!(
            large_reply.await.unwrap().unwrap_err().kind,
            StoreErrorKind::DiskFull
        );
        let mut expected = vec!["after"];
        // SQLite may roll the whole batch back; whoever is told "done" is there, whoever is not, is not.
        match fits_reply.await.unwrap() {
            Ok(()) => expected.push("fits"),
            Err(error) => assert_eq!(error.kind, StoreErrorKind::DiskFull),
        }
        after_reply.await.unwrap().unwrap();
        assert_eq!(keys(&store).await, expected);
        connection
            .pragma_update(None, "max_page_count", 1 << 30)
            .unwrap();
        let (again, again_reply) = package("set", |connection| set(connection, "large", 100_000));
        commit(&connection, &mut batch([again]));
        again_reply.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_is_gone_takes_back_every_answer_given_in_it() {
        let (folder, store) = fresh();
        let connection = Connection::open(folder.path().join("majlis.db")).unwrap();
        let (first, first_reply) = package("set", |connection| set(connection, "a", 1));
        // What SQLite does by itself when the disk fails.
        let (second, second_reply) = package("set", |connection| {
            connection.execute_batch("ROLLBACK")?;
            Err::<(), _>(Fault::Conflict("the disk failed".to_owned()))
        });
        let (third, third_reply) = package("set", |connection| set(connection, "c", 1));
        let mut works = batch([first, second, third]);
        commit(&connection, &mut works);
        assert_eq!(works.len(), 1);
        commit(&connection, &mut works);
        assert_eq!(
            first_reply.await.unwrap().unwrap_err().message,
            "cannot set: the disk failed"
        );
        assert_eq!(
            second_reply.await.unwrap().unwrap_err().message,
            "cannot set: the disk failed"
        );
        third_reply.await.unwrap().unwrap();
        assert_eq!(keys(&store).await, ["c"]);
    }

    #[tokio::test]
    async fn a_database_kept_busy_is_reported_and_nothing_is_half_done() {
        let (folder, store) = fresh();
        let path = folder.path().join("majlis.db");
        let (busy, waiting) = (
            Connection::open(&path).unwrap(),
            Connection::open(&path).unwrap(),
        );
        waiting.busy_timeout(std::time::Duration::ZERO).unwrap();
        busy.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (work, reply) = package("set", |connection| set(connection, "a", 1));
        commit(&waiting, &mut batch([work]));
        let error = reply.await.unwrap().unwrap_err();
        assert_eq!(
            (error.kind.clone(), error.kind.exit_code()),
            (StoreErrorKind::Busy, 75)
        );
        busy.execute_batch("ROLLBACK").unwrap();
        assert!(keys(&store).await.is_empty());
    }

    #[tokio::test]
    async fn many_writers_at_once_are_all_served() {
        let (_folder, store) = fresh();
        let mut writers = tokio::task::JoinSet::new();
        for n in 0..2 * QUEUE_LENGTH {
            let store = store.clone();
            writers.spawn(async move {
                let key = format!("{n:04}");
                store
                    .write("set", move |connection| set(connection, &key, 1))
                    .await
            });
        }
        for written in writers.join_all().await {
            written.unwrap();
        }
        assert_eq!(keys(&store).await.len(), 2 * QUEUE_LENGTH);
    }

    #[tokio::test]
    async fn a_reader_cannot_write() {
        let (_folder, store) = fresh();
        let error = store
            .read("sneak", |connection| set(connection, "a", 1))
            .await
            .unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::ReadOnly);
        assert_eq!(error.kind.exit_code(), 77);
    }
}
