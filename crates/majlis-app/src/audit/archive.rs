//! A zip archive, unpacked into memory within limits.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use majlis_audit::tree::MemoryTree;
use zip::ZipArchive;

use super::{AuditError, cannot_open};

/// Times its packed size a file may have.
const MAX_RATIO: u64 = 100;
/// A small file may have any ratio.
const SMALL_BYTES: u64 = 64 << 10;
/// Bytes of all files together.
const MAX_BYTES: u64 = 200 << 20;
/// Files.
const MAX_FILES: usize = 50_000;

/// Whether a name is an archive's.
pub(super) fn is_archive(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("zip" | "whl"))
}

/// Unpacks an archive.
pub(super) fn unpack(path: &Path) -> Result<MemoryTree, AuditError> {
    let refused = |reason: &str| AuditError::Archive {
        target: path.to_owned(),
        reason: reason.to_owned(),
    };
    let damaged = |error: zip::result::ZipError| refused(&format!("it is damaged ({error})"));
    let file = File::open(path).map_err(|error| cannot_open(path, error))?;
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    if archive.len() > MAX_FILES {
        return Err(refused("it holds too many files"));
    }
    let mut tree = MemoryTree::default();
    let mut left = MAX_BYTES;
    for index in 0..archive.len() {
        let packed = archive.by_index(index).map_err(damaged)?;
        if !packed.is_file() {
            continue;
        }
        let name = packed.name().map_err(damaged)?;
        let name = safe(&name).ok_or_else(|| refused("a name in it leads outside"))?;
        let limit = packed.compressed_size().saturating_mul(MAX_RATIO);
        let limit = limit.max(SMALL_BYTES).min(left);
        let mut bytes = Vec::new();
        packed
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| refused(&format!("it is damaged ({error})")))?;
        if bytes.len() as u64 > limit {
            return Err(refused("it unpacks to more than is taken out"));
        }
        left -= bytes.len() as u64;
        tree.insert(&name, bytes);
    }
    Ok(tree)
}

/// A name below the root; `None` for one that leads outside or is none.
fn safe(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    let is_part = |part: &str| !matches!(part, "" | "." | "..");
    let is_drive = name.get(1..2) == Some(":");
    (!is_drive && name.split('/').all(is_part)).then_some(name)
}
