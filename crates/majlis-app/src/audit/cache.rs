//! Results of earlier audits on disk: a file each, named by a digest of all it depends on.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use majlis_audit::Cache;

use crate::ambient;

/// Bytes of a result that is kept.
const MAX_RESULT_BYTES: u64 = 64 << 20;
/// Bytes of all results together; the oldest go first.
const MAX_BYTES: u64 = 512 << 20;

/// Results in a folder. It may be emptied at any time.
pub(super) struct DiskCache {
    folder: PathBuf,
}

impl DiskCache {
    /// The results of a data folder.
    pub(super) fn of(data: &Path) -> Self {
        Self {
            folder: data.join("cache").join("audit"),
        }
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        let is_digest = key.len() >= 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| self.folder.join(key.get(..2).unwrap_or("00")).join(key))
    }

    fn write(&self, path: &Path, value: &[u8]) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        // A reader sees a whole result or none.
        let partial = folder.join(format!("{}.partial", ambient::new_id()));
        fs::write(&partial, value)?;
        fs::rename(&partial, path).inspect_err(|_| {
            let _ = fs::remove_file(&partial);
        })
    }

    /// Removes the oldest results until the rest fits.
    pub(super) fn prune(&self) {
        self.prune_to(MAX_BYTES);
    }

    fn prune_to(&self, most: u64) {
        let mut files = self.files();
        files.sort_by_key(|(modified, ..)| *modified);
        let mut bytes: u64 = files.iter().map(|(_, bytes, _)| *bytes).sum();
        for (_, size, path) in files {
            if bytes <= most {
                break;
            }
            if fs::remove_file(path).is_ok() {
                bytes = bytes.saturating_sub(size);
            }
        }
    }

    fn files(&self) -> Vec<(SystemTime, u64, PathBuf)> {
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        entries(&self.folder)
            .flat_map(|shard| entries(&shard.path()).collect::<Vec<_>>())
            .filter_map(|entry| {
                let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                Some((modified, metadata.len(), entry.path()))
            })
            .collect()
    }
}

impl Cache for DiskCache {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        let path = self.path(key)?;
        let bytes = fs::metadata(&path).ok()?.len();
        (bytes <= MAX_RESULT_BYTES).then(|| fs::read(path).ok())?
    }

    fn put(&self, key: &str, value: &[u8]) {
        let Some(path) = self.path(key) else { return };
        if value.len() as u64 <= MAX_RESULT_BYTES
            && let Err(error) = self.write(&path, value)
        {
            tracing::debug!(%error, "a result of an audit could not be kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_and_the_oldest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::of(folder.path());
        let (one, two) = ("a1".repeat(32), "b2".repeat(32));
        assert_eq!(cache.get(&one), None);
        cache.put(&one, b"one");
        cache.put(&two, b"two");
        cache.put("../../outside", b"no");
        assert_eq!(cache.get(&one).as_deref(), Some(&b"one"[..]));
        assert_eq!(cache.files().len(), 2);
        let old = cache.path(&one).unwrap();
        let file = fs::File::options().write(true).open(old).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        cache.prune_to(4);
        assert_eq!((cache.get(&one), cache.files().len()), (None, 1));
        assert_eq!(cache.get(&two).as_deref(), Some(&b"two"[..]));
    }
}
