//! Damage found at the start: the files are moved aside and the newest good backup takes their
//! place. Never an empty database instead of one that held something, and never without a word.

mod journal;

use std::fs;
use std::path::{Path, PathBuf};

use crate::backup::{self, BackupRow, require_sound, timestamp};
use crate::error::{StoreError, StoreErrorKind};
use crate::folder::{Folder, create_private_folder, sync_folder};
use crate::locks::{self, FolderLock};
use crate::open;
use crate::options::StoreOptions;
use crate::restore::prepare_copy;
use journal::Journal;

/// A database up to this size is checked before it is used after an unclean end, in bytes; a
/// larger one is checked while it is used.
const CHECKED_BYTES: u64 = 16 << 20;

/// Folders for what was damaged in one second at most.
const MAX_NAMES: u32 = 10_000;

/// What a start had to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescue {
    /// What was done.
    pub kind: RescueKind,
    /// What was found, English.
    pub reason: String,
    /// The folder that now holds the damaged files as they were.
    pub aside: PathBuf,
}

/// What was done about damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RescueKind {
    /// A backup took the database's place.
    Restored {
        /// Its name.
        backup: String,
        /// When it was made, in milliseconds since 1970 UTC: what came later is gone.
        backup_at_ms: i64,
    },
    /// The last changes before the program's end are lost; the rest is as it was.
    LostChanges {
        /// Pages of the file they changed; `None` when they cannot be counted.
        pages: Option<u32>,
    },
}

/// Whether the files should be looked at before they are opened.
pub(crate) fn is_needed(folder: &Folder, lock: &FolderLock) -> bool {
    folder.damage_mark().exists()
        || require_present(folder, lock).is_err()
        || fs::metadata(folder.journal()).is_ok_and(|journal| journal.len() > 0)
        || locks::has_abandoned(folder)
}

/// Refuses to begin with nothing where something was.
pub(crate) fn require_present(folder: &Folder, lock: &FolderLock) -> Result<(), StoreError> {
    let database = folder.database();
    let is_empty = fs::metadata(&database).is_ok_and(|metadata| metadata.len() == 0);
    if database.exists() && !is_empty {
        return Ok(());
    }
    let had_data = lock.is_used()
        || fs::metadata(folder.journal()).is_ok_and(|journal| journal.len() > 0)
        || !backup::list(&folder.backups()).is_empty();
    if !had_data {
        return Ok(());
    }
    let how = if is_empty { "empty" } else { "missing" };
    let message = format!(
        "cannot open the database: it is {how}, although there was one ({})",
        database.display()
    );
    Err(StoreError::new(StoreErrorKind::Corrupted, message))
}

/// Looks at what an unclean end left behind and mends it. Needs the folder's exclusive lock.
pub(crate) fn examine(
    folder: &Folder,
    lock: &FolderLock,
    options: &StoreOptions,
    migrations: &[&'static str],
) -> Result<Option<Rescue>, StoreError> {
    let sound = require_present(folder, lock).and_then(|()| {
        let rescue = examine_journal(folder, options)?;
        let is_small = fs::metadata(folder.database())
            .is_ok_and(|metadata| (1..=CHECKED_BYTES).contains(&metadata.len()));
        if is_small || folder.damage_mark().exists() {
            check(folder)?;
        }
        Ok(rescue)
    });
    match sound {
        Ok(rescue) => {
            drop(fs::remove_file(folder.damage_mark()));
            Ok(rescue)
        }
        Err(error) if error.kind == StoreErrorKind::Corrupted => {
            restore_newest(folder, options, migrations, &error).map(Some)
        }
        Err(error) => Err(error),
    }
}

fn check(folder: &Folder) -> Result<(), StoreError> {
    let connection = open::migrator(&folder.database())?;
    require_sound(&connection).map_err(|fault| fault.during("check the database"))
}

fn examine_journal(folder: &Folder, options: &StoreOptions) -> Result<Option<Rescue>, StoreError> {
    let (pages, is_stale) = match journal::examine(folder) {
        Journal::Whole => return Ok(None),
        Journal::Needed => {
            let reason = "cannot open the database: its log is damaged while it was needed";
            return Err(StoreError::new(StoreErrorKind::Corrupted, reason));
        }
        Journal::Cut { lost_pages } => (lost_pages, false),
        Journal::Stale { lost_pages } => (Some(lost_pages), true),
    };
    let aside = make_aside(folder, options)?;
    if is_stale {
        move_into(&aside, &[folder.journal(), folder.journal_index()])?;
    } else {
        copy_into(&aside, &[folder.database(), folder.journal()])?;
    }
    if pages == Some(0) {
        tracing::warn!("the log was damaged, but the database has all of it");
        return Ok(None);
    }
    let rescue = Rescue {
        kind: RescueKind::LostChanges { pages },
        reason: "the log of the last changes is damaged".to_owned(),
        aside,
    };
    tracing::error!(
        ?rescue,
        "the last changes before the end of Majlis are lost"
    );
    Ok(Some(rescue))
}

/// Puts the newest good backup in the place of what is damaged. Needs the folder's exclusive lock.
pub(crate) fn restore_newest(
    folder: &Folder,
    options: &StoreOptions,
    migrations: &[&'static str],
    damage: &StoreError,
) -> Result<Rescue, StoreError> {
    tracing::error!(damage = damage.message, "the database is damaged");
    let Some((row, copy)) = newest_good(folder, options, migrations)? else {
        let mut error = damage.clone();
        error.message += "; there is no backup to restore";
        error.hint = Some(format!(
            "Put a copy of the database or a backup in place with `majlis restore FILE`; or begin anew by moving the folder {} away.",
            folder.root().display()
        ));
        return Err(error);
    };
    // Until the backup has its place, every start comes here again.
    fs::write(folder.damage_mark(), &damage.message)
        .map_err(|error| StoreError::io("write", &folder.damage_mark(), error))?;
    let aside = make_aside(folder, options)?;
    let database = folder.database();
    move_into(
        &aside,
        &[folder.journal(), folder.journal_index(), database.clone()],
    )?;
    fs::rename(&copy, &database)
        .and_then(|()| sync_folder(&database))
        .map_err(|error| StoreError::io("put the backup in place of", &database, error))?;
    drop(fs::remove_file(folder.damage_mark()));
    let rescue = Rescue {
        kind: RescueKind::Restored {
            backup: row.name,
            backup_at_ms: row.created_at_ms,
        },
        reason: damage.message.clone(),
        aside,
    };
    tracing::warn!(?rescue, "a backup was restored");
    Ok(rescue)
}

/// The newest backup that is what its manifest says and a database of ours, with a copy of it.
fn newest_good(
    folder: &Folder,
    options: &StoreOptions,
    migrations: &[&'static str],
) -> Result<Option<(BackupRow, PathBuf)>, StoreError> {
    for row in backup::list(&folder.backups()) {
        let copied = match &row.manifest {
            Some(_) => row.verify(&mut |_| {}),
            None => Ok(()),
        };
        let copied = copied.and_then(|()| {
            let id = &options.process_id;
            prepare_copy(&row.path, folder, id, migrations, &mut |_| {})
        });
        match copied {
            Ok(copy) => return Ok(Some((row, copy))),
            Err(error) if error.kind == StoreErrorKind::DiskFull => return Err(error),
            Err(error) => tracing::warn!(%error, "a backup cannot be used; an older one is tried"),
        }
    }
    Ok(None)
}

/// A new folder for damaged files.
pub(crate) fn make_aside(folder: &Folder, options: &StoreOptions) -> Result<PathBuf, StoreError> {
    let stem = format!("damaged-{}", timestamp(options.now_ms));
    let path = std::iter::once(folder.root().join(&stem))
        .chain((2..MAX_NAMES).map(|number: u32| folder.root().join(format!("{stem}-{number}"))))
        .find(|path| !path.exists())
        .unwrap_or_default();
    create_private_folder(&path)
        .map_err(|error| StoreError::io("create the folder", &path, error))?;
    Ok(path)
}

/// Moves those files that exist.
pub(crate) fn move_into(aside: &Path, files: &[PathBuf]) -> Result<(), StoreError> {
    each(aside, files, |from, to| fs::rename(from, to))
}

fn copy_into(aside: &Path, files: &[PathBuf]) -> Result<(), StoreError> {
    each(aside, files, |from, to| fs::copy(from, to).map(drop))
}

fn each(
    aside: &Path,
    files: &[PathBuf],
    act: impl Fn(&Path, &Path) -> std::io::Result<()>,
) -> Result<(), StoreError> {
    for path in files.iter().filter(|path| path.exists()) {
        let target = aside.join(backup::file_name(path));
        act(path, &target).map_err(|error| StoreError::io("set aside", path, error))?;
    }
    Ok(())
}
