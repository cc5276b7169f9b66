//! The handle.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use metrics::{counter, histogram};
use rusqlite::Connection;
use tokio::sync::watch;

use crate::backup::sweep_partials;
use crate::condition::Watch;
use crate::error::{Fault, StoreError, StoreErrorKind};
use crate::folder::Folder;
use crate::locks::{FolderLock, ProcessLock, ServeLock};
use crate::migrate::{MIGRATIONS, prepare};
use crate::open;
use crate::options::StoreOptions;
use crate::rescue::Rescue;
use crate::worker::{Queue, Safety, Undo, lock, run_reader, run_writer};

/// Connections that read.
const READERS: usize = 4;

/// A data folder in use. Cheap to clone; all clones share one writer and four readers.
///
/// Methods are `async` but need no particular runtime. An operation that was begun is carried out
/// even when its future is dropped. Dropping the last clone waits for what is queued.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: Folder,
    process_id: String,
    program: String,
    writes: Queue,
    reads: Queue,
    /// True once the writer has ended.
    ended: watch::Receiver<bool>,
    watch: Watch,
    rescue: Option<Rescue>,
    /// How often disk, file or program failed an operation.
    troubles: AtomicU64,
    /// The writer, which waits for the readers before it ends; `None` once it was waited for.
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What keeps others away, held until the last write is done.
struct Presence {
    locks: (FolderLock, ProcessLock),
    ended: watch::Sender<bool>,
}

impl Store {
    /// Opens the store, creating or migrating it where that is needed. Blocks, usually for some
    /// milliseconds, and up to [`StoreOptions::lock_wait`] while others are in the way.
    ///
    /// # Errors
    /// Every [`crate::StoreErrorKind`] but `NotFound`, `Conflict`, `AlreadyServing` and `Closed`.
    pub fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        Self::open_with(options, MIGRATIONS)
    }

    pub(crate) fn open_with(
        options: &StoreOptions,
        migrations: &[&'static str],
    ) -> Result<Self, StoreError> {
        open::check_sqlite_version()?;
        let folder = Folder::create(&options.folder)?;
        let process = ProcessLock::take(&folder, &options.process_id, &options.program)?;
        sweep_partials(&folder);
        let (folder_lock, rescue) = prepare(&folder, options, migrations)?;
        let write_connection = open::writer(&folder.database(), options.durability)?;
        let read_connections = (0..READERS)
            .map(|_| open::reader(&folder.database()))
            .collect::<Result<Vec<_>, _>>()?;
        let (ended_sender, ended) = watch::channel(false);
        let presence = Presence {
            locks: (folder_lock, process),
            ended: ended_sender,
        };
        let (writes, reads, thread) = start(write_connection, read_connections, presence)?;
        Ok(Self {
            inner: Arc::new(Inner {
                folder,
                process_id: options.process_id.clone(),
                program: options.program.clone(),
                writes,
                reads,
                ended,
                watch: Watch::default(),
                rescue,
                troubles: AtomicU64::new(0),
                thread: Mutex::new(Some(thread)),
            }),
        })
    }

    /// Takes no more operations, finishes those queued, tidies the database and gives the folder
    /// back. All clones are closed with it.
    pub async fn close(&self) {
        self.inner.writes.close();
        self.inner.reads.close();
        let mut ended = self.inner.ended.clone();
        // An error means the writer ended without saying so, which is as good.
        drop(ended.wait_for(|ended| *ended).await);
    }

    /// Claims the right to serve this data, of which there is one.
    ///
    /// # Errors
    /// [`crate::StoreErrorKind::AlreadyServing`] when another process has it.
    pub fn lock_serve(&self, address: &str) -> Result<ServeLock, StoreError> {
        ServeLock::take(&self.inner.folder, &self.inner.program, address)
    }

    /// The version of the schema this program reads and writes.
    pub fn schema_version() -> usize {
        MIGRATIONS.len()
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.inner.folder.root()
    }

    /// What opening had to mend, if it had to.
    pub fn rescue(&self) -> Option<&Rescue> {
        self.inner.rescue.as_ref()
    }

    /// How often disk, file or program failed an operation since this was opened.
    pub fn troubles(&self) -> u64 {
        self.inner.troubles.load(Ordering::Relaxed)
    }

    pub(crate) fn count_trouble(&self, kind: &StoreErrorKind) {
        if kind.is_trouble() {
            self.inner.troubles.fetch_add(1, Ordering::Relaxed);
            counter!("majlis_store_errors_total", "code" => kind.code()).increment(1);
        }
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.inner.watch
    }

    pub(crate) fn paths(&self) -> &Folder {
        &self.inner.folder
    }

    /// This process's id, the owner of the jobs it begins.
    pub fn process_id(&self) -> &str {
        &self.inner.process_id
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write_as(operation, (Safety::Disk, Undo::Savepoint), work)
            .await
    }

    pub(crate) async fn write_as<T: Send + 'static>(
        &self,
        operation: &'static str,
        manner: (Safety, Undo),
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let result = self.inner.writes.run(operation, manner, work).await;
        histogram!("majlis_store_write_duration_seconds").record(began.elapsed().as_secs_f64());
        self.note_write(&result);
        result
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let result = self
            .inner
            .reads
            .run(operation, (Safety::Disk, Undo::Statement), work)
            .await;
        self.note(&result);
        result
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writes.close();
        self.reads.close();
        if let Some(thread) = lock(&self.thread).take() {
            drop(thread.join());
        }
    }
}

fn start(
    write_connection: Connection,
    read_connections: Vec<Connection>,
    presence: Presence,
) -> Result<(Queue, Queue, JoinHandle<()>), StoreError> {
    let (writes, mut write_receiver) = Queue::new();
    let (reads, read_receiver) = Queue::new();
    let read_receiver = Arc::new(Mutex::new(read_receiver));
    let readers = read_connections
        .into_iter()
        .map(|connection| {
            let queue = Arc::clone(&read_receiver);
            spawn("store-reader", move || run_reader(&connection, &queue))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let thread = spawn("store-writer", move || {
        run_writer(&write_connection, &mut write_receiver);
        // The last connection to end empties the log, which one that only reads cannot.
        for reader in readers {
            drop(reader.join());
        }
        tidy(&write_connection);
        drop(write_connection);
        let Presence { locks, ended } = presence;
        drop(locks);
        ended.send_replace(true);
    })?;
    Ok((writes, reads, thread))
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(|error| {
            StoreError::new(
                crate::StoreErrorKind::Internal,
                "cannot start a thread of the store",
            )
            .caused_by(error)
        })
}

/// What SQLite asks for before a connection ends; none of it is worth waiting for others.
fn tidy(connection: &Connection) {
    let tidied = connection
        .busy_timeout(Duration::from_millis(100))
        .and_then(|()| {
            connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(PASSIVE);")
        });
    if let Err(error) = tidied {
        tracing::warn!(%error, "the database could not be tidied at its closing");
    }
}
