//! Archives of code that were sent here to be audited. Each is a file in the data folder, kept for
//! a week; backups and exports leave them out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::audit::{self, AuditError};
use crate::{App, AppError, AppErrorKind, Notice, ambient};

/// Their folder below the data folder.
const FOLDER: &str = "uploads";
/// What stands before an upload's id where a target is named.
const TARGET: &str = "upload:";
/// All of them at most, in bytes.
const MAX_KEPT_BYTES: u64 = 2 << 30;
/// How long one is kept.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// An archive that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadView {
    /// Its id.
    pub id: String,
    /// What to name as the target of an audit.
    pub target: String,
    /// Its size, in bytes.
    pub bytes: u64,
    /// When it came, milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// When it goes by itself, milliseconds since 1970 UTC.
    pub expires_at_ms: i64,
}

impl App {
    /// Keeps a zip archive, which is looked through first.
    ///
    /// # Errors
    /// `Invalid` for a file that is no archive, or one made to do harm; `Storage`, also where too
    /// much is kept already.
    pub async fn keep_upload(&self, file: PathBuf) -> Result<UploadView, AppError> {
        let bytes = fs::metadata(&file).map_err(|error| no_place(&error))?.len();
        require_room(&self.uploads()?, bytes)?;
        let folder = self.uploads_folder();
        let id = ambient::new_id();
        let kept = place(&folder, &id);
        let moved = kept.clone();
        let done = self.inner.cpu.run("read an archive", move || {
            audit::require_archive(&file).map_err(refused)?;
            let move_in = || {
                fs::create_dir_all(&folder)?;
                fs::rename(&file, &moved)
            };
            move_in().map_err(|error| no_place(&error))
        });
        done.await??;
        view(&id, &kept).map_err(|error| no_place(&error))
    }

    /// The archives that are here, newest first.
    ///
    /// # Errors
    /// `Storage`.
    pub fn uploads(&self) -> Result<Vec<UploadView>, AppError> {
        let entries = match fs::read_dir(self.uploads_folder()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(no_place(&error)),
        };
        let mut found: Vec<_> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let id = path.file_stem()?.to_str()?;
                view(id, &path).ok()
            })
            .collect();
        // Ids begin with their time.
        found.sort_by(|one, other| other.id.cmp(&one.id));
        Ok(found)
    }

    /// Removes an archive. Audits that were made of it stay, and cannot be resumed.
    ///
    /// # Errors
    /// `NotFound`; `Storage`.
    pub fn delete_upload(&self, id: &str) -> Result<(), AppError> {
        let path = self.upload(id)?;
        fs::remove_file(path).map_err(|error| no_place(&error))
    }

    /// The file an audit's target means when it names an upload; `None` when it names something else.
    ///
    /// # Errors
    /// `NotFound`.
    pub(crate) fn uploaded_target(&self, target: &str) -> Result<Option<PathBuf>, AppError> {
        match target.strip_prefix(TARGET) {
            Some(id) => self.upload(id).map(Some),
            None => Ok(None),
        }
    }

    /// Removes what has been here long enough.
    pub(crate) fn forget_old_uploads(&self) {
        let now_ms = ambient::now_ms();
        for upload in self.uploads().unwrap_or_default() {
            if upload.expires_at_ms <= now_ms
                && let Err(error) = self.delete_upload(&upload.id)
            {
                tracing::warn!(%error, "an old upload could not be removed");
            }
        }
    }

    fn upload(&self, id: &str) -> Result<PathBuf, AppError> {
        // Nothing but an id leads to a file.
        let path = uuid::Uuid::parse_str(id)
            .ok()
            .map(|id| place(&self.uploads_folder(), &id.to_string()))
            .filter(|path| path.is_file());
        path.ok_or_else(|| AppError::not_found("upload", id))
    }

    fn uploads_folder(&self) -> PathBuf {
        self.inner.store.folder().join(FOLDER)
    }
}

fn place(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.zip"))
}

fn view(id: &str, path: &Path) -> io::Result<UploadView> {
    let metadata = fs::metadata(path)?;
    let since = metadata.modified()?.duration_since(SystemTime::UNIX_EPOCH);
    let milliseconds = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let created_at_ms = milliseconds(since.unwrap_or_default());
    Ok(UploadView {
        id: id.to_owned(),
        target: format!("{TARGET}{id}"),
        bytes: metadata.len(),
        created_at_ms,
        expires_at_ms: created_at_ms.saturating_add(milliseconds(KEPT)),
    })
}

/// A page that sends archives without end fills no disk.
fn require_room(kept: &[UploadView], bytes: u64) -> Result<(), AppError> {
    let kept_bytes: u64 = kept.iter().map(|upload| upload.bytes).sum();
    if kept_bytes.saturating_add(bytes) <= MAX_KEPT_BYTES {
        return Ok(());
    }
    let detail = format!(
        "The archives that are kept have {kept_bytes} bytes; with this one they would have more than {MAX_KEPT_BYTES}."
    );
    let notice = Notice::new("uploads_full", detail)
        .with_hint("Remove some: DELETE /api/v1/uploads/{id}. Each goes by itself after a week.");
    Err(AppError::new(AppErrorKind::Storage, notice))
}

/// What is wrong with an archive, without the name the server gave its file.
fn refused(error: AuditError) -> AppError {
    match error {
        AuditError::Archive { reason, .. } => AppError::new(
            AppErrorKind::Invalid,
            Notice::new(
                "upload_unreadable",
                format!("The archive is not kept: {reason}."),
            )
            .with_hint("Send a zip archive of source code, below 64 MiB."),
        ),
        other => other.into(),
    }
}

fn no_place(error: &io::Error) -> AppError {
    let notice = Notice::new(
        "upload_storage",
        format!("The uploads cannot be read or written: {error}."),
    )
    .with_hint("Look at the folder `uploads` in the data folder, and at the space on its disk.");
    AppError::new(AppErrorKind::Storage, notice)
}
