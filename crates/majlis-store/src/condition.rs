//! What a store has learned of the disk and of its own file since it was opened.

use std::fs;
use std::thread;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::Store;
use crate::error::{Fault, StoreError, StoreErrorKind};
use crate::folder::Folder;
use crate::locks::FolderLock;
use crate::open;

/// How the store stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// What was found damaged; `None` as long as nothing was. The next start restores a backup.
    pub damage: Option<String>,
    /// Why the last thing to be written could not be; `None` when it could.
    pub unwritable: Option<StoreErrorKind>,
    /// Whether the whole file was checked since it was opened.
    pub is_checked: bool,
}

/// The condition, and those who wait for it to change.
pub(crate) type Watch = watch::Sender<Condition>;

impl Store {
    /// How the store stands.
    pub fn condition(&self) -> Condition {
        self.watch().borrow().clone()
    }

    /// Waits until the condition is one of those meant, and returns it. For ever, if it never is.
    pub async fn condition_when(&self, meant: impl FnMut(&Condition) -> bool) -> Condition {
        let mut changes = self.watch().subscribe();
        match changes.wait_for(meant).await {
            Ok(condition) => condition.clone(),
            // The sender lives as long as this store.
            Err(_) => self.condition(),
        }
    }

    /// Reads the whole database and checks it, while reading and writing go on. Takes some twenty
    /// seconds per million messages.
    ///
    /// # Errors
    /// `Corrupted` when it is damaged, and the store's own troubles.
    pub async fn check_file(&self) -> Result<(), StoreError> {
        let checked = self
            .aside("check the database", crate::backup::require_sound)
            .await;
        self.note(&checked);
        if checked.is_ok() {
            self.watch()
                .send_modify(|condition| condition.is_checked = true);
        }
        checked
    }

    /// Learns from how an operation went.
    pub(crate) fn note<T>(&self, result: &Result<T, StoreError>) {
        let Err(error) = result else { return };
        self.count_trouble(&error.kind);
        if error.kind == StoreErrorKind::Corrupted && is_of_the_file(error) {
            self.note_damage(&error.message);
        }
    }

    /// Learns from how a write went.
    pub(crate) fn note_write<T>(&self, result: &Result<T, StoreError>) {
        self.note(result);
        let unwritable = match result {
            Ok(_) => None,
            Err(error) => match error.kind {
                StoreErrorKind::DiskFull | StoreErrorKind::Io | StoreErrorKind::ReadOnly => {
                    Some(error.kind.clone())
                }
                _ => return,
            },
        };
        self.watch().send_if_modified(|condition| {
            let is_news = condition.unwritable != unwritable;
            if is_news {
                condition.unwritable = unwritable;
            }
            is_news
        });
    }

    /// Says it once, and leaves a mark for the next start.
    fn note_damage(&self, what: &str) {
        if self.watch().borrow().damage.is_some() {
            return;
        }
        tracing::error!(
            what,
            "the database is damaged; the next start restores a backup"
        );
        if let Err(error) = fs::write(self.paths().damage_mark(), what) {
            tracing::error!(%error, "the damage could not be marked");
        }
        self.watch()
            .send_modify(|condition| condition.damage = Some(what.to_owned()));
    }

    /// Reads on a thread and a connection of its own, for what takes longer than a reader may.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let folder = self.paths().clone();
        let (sender, receiver) = oneshot::channel();
        let body = move || {
            // A caller that went away does not want to know.
            drop(sender.send(read_aside(&folder, operation, work)));
        };
        thread::Builder::new()
            .name("store-aside".to_owned())
            .spawn(body)
            .map_err(|error| {
                StoreError::new(StoreErrorKind::Internal, format!("cannot {operation}"))
                    .caused_by(error)
            })?;
        receiver
            .await
            .unwrap_or_else(|_| Err(Fault::Panicked.during(operation)))
    }
}

fn read_aside<T>(
    folder: &Folder,
    operation: &str,
    work: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, StoreError> {
    // Of its own, since the store may be closed before this is done.
    let lock = FolderLock::open(folder)?;
    if !lock.try_shared()? {
        return Err(StoreError::closed(operation));
    }
    let connection = open::reader(&folder.database())?;
    work(&connection).map_err(|fault| fault.during(operation))
}

/// A value that cannot be read may as well be a mistake of ours; SQLite's own word is not.
fn is_of_the_file(error: &StoreError) -> bool {
    error.source.as_ref().is_none_or(|cause| {
        matches!(
            cause.downcast_ref(),
            Some(rusqlite::Error::SqliteFailure(..))
        )
    })
}
