//! Checksums while copying, and files that appear whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes between two reports of progress and between two writes.
const CHUNK_BYTES: usize = 1 << 20;

/// Copies at most `limit_bytes` (more is an error) and returns the SHA-256 in hexadecimal and the
/// length of what was copied. `advance` is told the length so far.
pub(super) fn copy_hashed(
    source: &mut dyn Read,
    target: &mut dyn Write,
    limit_bytes: u64,
    advance: &mut dyn FnMut(u64),
) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut done_bytes = 0_u64;
    loop {
        let length = match source.read(&mut chunk) {
            Ok(0) => return Ok((hexadecimal(&hasher.finalize()), done_bytes)),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        done_bytes += length as u64;
        if done_bytes > limit_bytes {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("longer than {limit_bytes} bytes"),
            ));
        }
        hasher.update(&chunk[..length]);
        target.write_all(&chunk[..length])?;
        advance(done_bytes);
    }
}

/// The SHA-256 of a file in hexadecimal, and its length.
pub(super) fn hash_file(path: &Path, advance: &mut dyn FnMut(u64)) -> io::Result<(String, u64)> {
    copy_hashed(&mut File::open(path)?, &mut io::sink(), u64::MAX, advance)
}

/// Writes a file beside its place and moves it there when it is whole and on the disk.
pub(super) fn write_atomically<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<T>,
) -> io::Result<T> {
    let dir = path
        .parent()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a file needs a folder"))?;
    let mut temporary = tempfile::NamedTempFile::new_in(dir)?;
    let mut buffered = BufWriter::with_capacity(CHUNK_BYTES, temporary.as_file_mut());
    let outcome = write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(outcome)
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;

    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
