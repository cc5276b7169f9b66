//! From a file to the store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use majlis_store::{ArchiveEntry, ImportCount, ImportTally, Store};
use tokio::sync::mpsc;

use super::error::ImportError;
use super::lines::{Line, Order};
use super::read;
use super::source::{self, ImportFormat, Source};
use crate::{App, AppError};

/// Lines that are kept in one transaction.
const BATCH_LINES: usize = 500;
/// Batches that wait to be kept at most.
const WAITING_BATCHES: usize = 2;
/// Lines left out that are named; the rest is counted.
const NAMED_SKIPS: usize = 100;

/// What is to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRequest {
    /// The file.
    pub path: PathBuf,
    /// What it must be; `None`: told by what is in it.
    pub format: Option<ImportFormat>,
    /// Only say what would be new.
    pub dry_run: bool,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// False while the file is looked through, true while it is kept.
    pub is_keeping: bool,
    /// How far, in units of `total`.
    pub done: u64,
    /// How far to go; 0 when that is not known.
    pub total: u64,
}

/// A thing of a file that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it stands in the file.
    pub place: String,
    /// Why, as an English phrase.
    pub reason: String,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// What the file is.
    pub format: ImportFormat,
    /// Nothing was kept; this is what would be.
    pub dry_run: bool,
    /// New and known by kind: `conversation`, `message`, `consultation`, `execution`, `calls`, ….
    pub counts: BTreeMap<&'static str, ImportCount>,
    /// The first things left out, in the order of the file.
    pub skipped: Vec<Skipped>,
    /// How many were left out altogether.
    pub skipped_count: u64,
}

impl ImportReport {
    /// New and known of a kind.
    pub fn count(&self, kind: &str) -> ImportCount {
        self.counts.get(kind).copied().unwrap_or_default()
    }
}

/// Gets told how far an import has come, from any thread.
type Watch = Arc<dyn Fn(ImportProgress) + Send + Sync>;

/// Lines on their way to the store, and those left out before.
#[derive(Default)]
struct Batch {
    places: Vec<String>,
    entries: Vec<ArchiveEntry>,
    skipped: Vec<Skipped>,
}

impl App {
    /// Imports a file; what is there already stays as it is, so that twice is as good as once.
    /// Goes on when the caller goes away.
    ///
    /// # Errors
    /// `Invalid` when the file as a whole is refused; nothing is kept then. `Storage` when the disk
    /// gives up half way: what was kept stays, and the same import adds the rest.
    pub async fn import(
        &self,
        request: ImportRequest,
        progress: impl Fn(ImportProgress) + Send + Sync + 'static,
    ) -> Result<ImportReport, AppError> {
        let store = self.inner.store.clone();
        let task = self
            .inner
            .tasks
            .spawn(import(store, request, Arc::new(progress)));
        task.await
            .unwrap_or_else(|error| Err(AppError::internal("The import broke off.", error)))
    }

    /// A folder for files that are only needed while something is done; on the disk of the data.
    pub fn scratch_folder(&self) -> &Path {
        self.inner.store.folder()
    }
}

async fn import(
    store: Store,
    request: ImportRequest,
    watch: Watch,
) -> Result<ImportReport, AppError> {
    let scratch = store.folder().to_owned();
    let looked = Arc::clone(&watch);
    let (path, wanted) = (request.path.clone(), request.format);
    let (format, source) = blocking(move || look_through(&path, wanted, &scratch, &looked)).await?;
    let mut report = ImportReport {
        format,
        dry_run: request.dry_run,
        counts: BTreeMap::new(),
        skipped: Vec::new(),
        skipped_count: 0,
    };
    let (sender, mut receiver) = mpsc::channel::<Batch>(WAITING_BATCHES);
    let reading = tokio::task::spawn_blocking(move || send(format, source, &sender, &watch));
    let mut trouble = None;
    while let Some(batch) = receiver.recv().await {
        if let Err(error) = keep(&store, request.dry_run, batch, &mut report).await {
            trouble = Some(error);
            break;
        }
    }
    // Who reads does not wait for us.
    drop(receiver);
    let read = reading.await;
    if let Some(error) = trouble {
        return Err(error.into());
    }
    read.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    Ok(report)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImportError> + Send + 'static,
) -> Result<T, ImportError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// Reads the whole file once, so that one that is refused changes nothing.
fn look_through(
    path: &Path,
    wanted: Option<ImportFormat>,
    scratch: &Path,
    watch: &Watch,
) -> Result<(ImportFormat, Source), ImportError> {
    let (format, mut source) = source::open(path, wanted, scratch)?;
    let mut lines: u64 = 0;
    read::source(format, &mut source, &mut |_, done, total| {
        lines += 1;
        if lines.is_multiple_of(64) {
            watch(ImportProgress {
                is_keeping: false,
                done,
                total,
            });
        }
    })?;
    Ok((format, source))
}

/// Reads the file again and sends it on in batches. Ends early when nobody takes them.
fn send(
    format: ImportFormat,
    mut source: Source,
    sender: &mpsc::Sender<Batch>,
    watch: &Watch,
) -> Result<(), ImportError> {
    let mut order = Order::default();
    let mut batch = Batch::default();
    read::source(format, &mut source, &mut |mut line, done, total| {
        order.check(&mut line);
        let Line { place, entry } = line;
        match entry {
            Ok(entry) => {
                batch.places.push(place);
                batch.entries.push(entry);
            }
            Err(reason) => batch.skipped.push(Skipped { place, reason }),
        }
        if batch.entries.len() + batch.skipped.len() >= BATCH_LINES {
            watch(ImportProgress {
                is_keeping: true,
                done,
                total,
            });
            drop(sender.blocking_send(std::mem::take(&mut batch)));
        }
    })?;
    drop(sender.blocking_send(batch));
    Ok(())
}

async fn keep(
    store: &Store,
    dry_run: bool,
    batch: Batch,
    report: &mut ImportReport,
) -> Result<(), majlis_store::StoreError> {
    let tally = if dry_run {
        store.preview_import(batch.entries).await?
    } else {
        store.import(batch.entries).await?
    };
    let ImportTally { counts, refused } = tally;
    for (kind, count) in counts {
        let sum = report.counts.entry(kind).or_default();
        sum.new += count.new;
        sum.known += count.known;
    }
    let refused = refused.into_iter().map(|(place, reason)| Skipped {
        place: batch.places.get(place).cloned().unwrap_or_default(),
        reason,
    });
    for skipped in batch.skipped.into_iter().chain(refused) {
        report.skipped_count += 1;
        if report.skipped.len() < NAMED_SKIPS {
            report.skipped.push(skipped);
        }
    }
    Ok(())
}
