//! Arrays out of a `.npz` file: a zip archive of `.npy` files.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::EncoderError;

/// How every `.npy` file begins (`NumPy`'s format description, NEP 1).
const MAGIC: &[u8] = b"\x93NUMPY";

/// An open archive of arrays.
pub(super) struct Arrays {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
}

impl Arrays {
    pub(super) fn open(path: &Path) -> Result<Self, EncoderError> {
        let file = File::open(path).map_err(|error| EncoderError::read(path, error))?;
        let archive = ZipArchive::new(BufReader::new(file))
            .map_err(|error| EncoderError::form(path, error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            archive,
        })
    }

    /// The contents of one array of so many values of `kind` (`|u1`, `<f4`), row by row.
    fn bytes(
        &mut self,
        name: &str,
        kind: &str,
        size_bytes: usize,
    ) -> Result<Vec<u8>, EncoderError> {
        let wrong = |part: &str| EncoderError::form(&self.path, format!("{name}: {part}"));
        let mut entry = self
            .archive
            .by_name(&format!("{name}.npy"))
            .map_err(|error| wrong(&error.to_string()))?;
        let mut start = [0; 10];
        entry
            .read_exact(&mut start)
            .map_err(|_| wrong("too short"))?;
        if !start.starts_with(MAGIC) || start[6] != 1 {
            return Err(wrong("not an array"));
        }
        let mut header = vec![0; usize::from(u16::from_le_bytes([start[8], start[9]]))];
        entry
            .read_exact(&mut header)
            .map_err(|_| wrong("too short"))?;
        let header = String::from_utf8_lossy(&header);
        if !header.contains(kind) || !header.contains("'fortran_order': False") {
            return Err(wrong("values of another kind"));
        }
        let mut bytes = Vec::with_capacity(size_bytes);
        let limit = u64::try_from(size_bytes).unwrap_or(u64::MAX);
        entry
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| EncoderError::read(&self.path, error))?;
        if bytes.len() != size_bytes {
            return Err(wrong("another number of values"));
        }
        Ok(bytes)
    }

    /// Small whole numbers.
    pub(super) fn small(&mut self, name: &str, count: usize) -> Result<Vec<u8>, EncoderError> {
        self.bytes(name, "'|u1'", count)
    }

    /// Real numbers.
    pub(super) fn real(&mut self, name: &str, count: usize) -> Result<Vec<f32>, EncoderError> {
        let bytes = self.bytes(name, "'<f4'", 4 * count)?;
        let (values, _) = bytes.as_chunks::<4>();
        Ok(values
            .iter()
            .map(|value| f32::from_le_bytes(*value))
            .collect())
    }
}
