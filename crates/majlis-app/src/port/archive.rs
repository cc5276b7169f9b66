//! Zip archives: only the conversations are taken out, into a private file without a name.
//!
//! A name in an archive is compared, never used as a path. What is taken out is counted as it
//! comes, whatever the archive says about it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use zip::ZipArchive;

use super::error::{ImportError, ImportErrorKind};

/// Bytes taken out of one archive at most.
const MAX_UNPACKED_BYTES: u64 = 4 << 30;
/// A file may be at most this many times as long as its packed form.
const MAX_RATIO: u64 = 200;
/// Files in one archive at most.
const MAX_FILES: usize = 200_000;

/// The files of conversations in an archive, unpacked, in the order of their names.
pub(crate) fn conversations(archive: File, scratch: &Path) -> Result<Vec<File>, ImportError> {
    let mut archive = ZipArchive::new(archive).map_err(damaged)?;
    if archive.len() > MAX_FILES {
        return Err(too_large("more files than are looked at"));
    }
    let mut names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .map(std::borrow::Cow::into_owned)
        .filter(|name| is_conversations(name))
        .collect();
    names.sort_unstable();
    if names.is_empty() {
        return Err(ImportError::new(
            ImportErrorKind::Unknown,
            "The archive holds no conversations.json.",
        ));
    }
    let mut left_bytes = MAX_UNPACKED_BYTES;
    names
        .iter()
        .map(|name| unpack(&mut archive, name, scratch, &mut left_bytes))
        .collect()
}

/// `conversations.json`, or one of several: `conversations-001.json`.
fn is_conversations(name: &str) -> bool {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.strip_prefix("conversations")
        .and_then(|rest| rest.strip_suffix(".json"))
        .is_some_and(|rest| {
            rest.chars()
                .all(|part| part == '-' || part == '_' || part.is_ascii_digit())
        })
}

fn unpack(
    archive: &mut ZipArchive<File>,
    name: &str,
    scratch: &Path,
    left_bytes: &mut u64,
) -> Result<File, ImportError> {
    let mut packed = archive.by_name(name).map_err(damaged)?;
    let limit = packed
        .compressed_size()
        .saturating_mul(MAX_RATIO)
        .min(*left_bytes);
    if packed.size() > limit {
        return Err(too_large("files that unpack to more than is taken out"));
    }
    let mut file = tempfile::tempfile_in(scratch)?;
    let unpacked = io::copy(&mut packed.by_ref().take(limit + 1), &mut file).map_err(|error| {
        match error.kind() {
            io::ErrorKind::StorageFull => ImportError::from(error),
            _ => ImportError::malformed("The archive is damaged.").caused_by(error),
        }
    })?;
    if unpacked > limit {
        return Err(too_large("files that unpack to more than is taken out"));
    }
    *left_bytes -= unpacked;
    file.flush()?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn damaged(error: zip::result::ZipError) -> ImportError {
    ImportError::malformed("The archive is damaged.").caused_by(error)
}

fn too_large(what: &str) -> ImportError {
    ImportError::new(
        ImportErrorKind::TooLarge,
        format!("The archive holds {what}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_conversations_are_taken_out_whatever_folder_they_claim() {
        for name in [
            "conversations.json",
            "export/conversations.json",
            "../../conversations.json",
            "conversations-001.json",
        ] {
            assert!(is_conversations(name), "{name}");
        }
        for name in [
            "conversations.json.exe",
            "shared_conversations.json",
            "conversationsx.json",
            "chat.html",
        ] {
            assert!(!is_conversations(name), "{name}");
        }
    }
}
