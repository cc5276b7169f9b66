//! Backups by hand and by themselves, and restoring one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use majlis_store::{
    self as store, BackupContents, BackupKind, BackupProgress, BackupRequest, BackupRow, Restored,
    Store, StoreError, StoreOptions,
};

use crate::{App, AppError, OpenError, ambient};

/// Time between two automatic backups.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Time between two that are kept longer.
const WEEK_MS: i64 = 7 * DAY_MS;
/// How long a restore waits for other processes to leave.
const RESTORE_WAIT: Duration = Duration::from_secs(2);

impl App {
    /// Backs the database up because a person wants it; into a folder of their own, or with the
    /// other backups.
    ///
    /// # Errors
    /// `Storage` when it cannot be written; nothing is left behind then.
    pub async fn back_up(
        &self,
        output: Option<PathBuf>,
        watcher: impl FnMut(BackupProgress) + Send + 'static,
    ) -> Result<BackupRow, AppError> {
        let request = BackupRequest {
            kind: BackupKind::Manual,
            at_ms: ambient::now_ms(),
            output,
        };
        Ok(self.inner.store.back_up(request, watcher).await?)
    }

    /// Every backup in the data folder, newest first.
    pub fn backups(&self) -> Vec<BackupRow> {
        self.inner.store.backups()
    }

    /// The folder they lie in.
    pub fn backup_folder(&self) -> PathBuf {
        self.inner.store.folder().join("backups")
    }

    /// Reads the whole database and checks it; returns the version of its schema.
    ///
    /// # Errors
    /// `Internal` when it is damaged, `Storage` when it cannot be read.
    pub async fn check_database(&self) -> Result<usize, AppError> {
        self.inner.store.check_file().await?;
        Ok(Store::schema_version())
    }

    /// Makes the backup of the day when it is due, and removes those it replaces.
    ///
    /// # Errors
    /// `Storage` when it cannot be written.
    pub async fn back_up_if_due(&self) -> Result<Option<BackupRow>, AppError> {
        let now_ms = ambient::now_ms();
        let Some(kind) = due(&self.backups(), now_ms) else {
            return Ok(None);
        };
        let request = BackupRequest {
            kind,
            at_ms: now_ms,
            output: None,
        };
        let row = self.inner.store.back_up(request, |_| {}).await?;
        self.inner.store.rotate_backups()?;
        Ok(Some(row))
    }
}

/// The automatic backup to make now, if any. One from the future counts as old: the clock was wrong
/// then or is now.
fn due(backups: &[BackupRow], now_ms: i64) -> Option<BackupKind> {
    let is_recent = |kinds: &[BackupKind], within_ms: i64| {
        backups.iter().any(|row| {
            kinds.contains(&row.kind)
                && row.is_whole
                && (0..within_ms).contains(&(now_ms - row.created_at_ms))
        })
    };
    if is_recent(&[BackupKind::Daily, BackupKind::Weekly], DAY_MS) {
        None
    } else if is_recent(&[BackupKind::Weekly], WEEK_MS) {
        Some(BackupKind::Daily)
    } else {
        Some(BackupKind::Weekly)
    }
}

/// Says what a backup holds, before it is restored.
///
/// # Errors
/// [`OpenError`] when it cannot be read or is not one, with an exit code.
pub fn inspect_backup(path: &Path) -> Result<BackupContents, OpenError> {
    Ok(store::inspect(path)?)
}

/// Puts a backup in the place of the database of a folder that nobody uses. What was there is
/// backed up before. Blocks.
///
/// # Errors
/// [`OpenError`] that names who uses the folder or what is wrong with the file, with an exit code.
/// Nothing is changed then.
pub fn restore_backup(
    data_dir: &Path,
    path: &Path,
    watcher: &mut dyn FnMut(BackupProgress),
) -> Result<Restored, OpenError> {
    let options = StoreOptions {
        program: "majlis restore".to_owned(),
        lock_wait: RESTORE_WAIT,
        now_ms: ambient::now_ms(),
        ..StoreOptions::new(data_dir, ambient::new_id())
    };
    let restored: Result<_, StoreError> = store::restore(&options, path, watcher);
    Ok(restored?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: BackupKind, created_at_ms: i64) -> BackupRow {
        BackupRow {
            name: String::new(),
            path: PathBuf::new(),
            kind,
            created_at_ms,
            bytes: 1,
            manifest: None,
            is_whole: true,
        }
    }

    #[track_caller]
    fn check(backups: &[(BackupKind, i64)], expected: Option<BackupKind>) {
        let rows: Vec<_> = backups
            .iter()
            .map(|(kind, age_ms)| row(*kind, 100 * WEEK_MS - age_ms))
            .collect();
        assert_eq!(due(&rows, 100 * WEEK_MS), expected, "{backups:?}");
    }

    #[test]
    fn a_backup_is_due_a_day_after_the_last_one_and_each_week_one_is_kept_longer() {
        use BackupKind::{Daily, Manual, Weekly};
        check(&[], Some(Weekly));
        check(&[(Manual, 1)], Some(Weekly));
        check(&[(Weekly, 1)], None);
        check(&[(Weekly, DAY_MS)], Some(Daily));
        check(&[(Daily, DAY_MS - 1), (Weekly, 9 * DAY_MS)], None);
        check(&[(Daily, DAY_MS), (Weekly, WEEK_MS)], Some(Weekly));
    }

    #[test]
    fn a_clock_that_jumped_keeps_no_backup_from_being_made() {
        use BackupKind::{Daily, Weekly};
        check(&[(Weekly, -400 * DAY_MS)], Some(Weekly));
        check(&[(Daily, -DAY_MS), (Weekly, DAY_MS)], Some(Daily));
    }
}
