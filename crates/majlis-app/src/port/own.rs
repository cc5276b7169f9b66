//! Our own export: a header, one thing per line, and a last line that proves the rest is whole.

use std::io::BufRead;

use majlis_store::ArchiveEntry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::{ImportError, ImportErrorKind};
use super::lines::Line;

/// Version of the form of an export.
const VERSION: u64 = 1;
/// The newest schema whose lines this program can keep.
const NEWEST_SCHEMA: i64 = majlis_store::SCHEMA_VERSION;
/// One line at most, in bytes.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    majlis_export: u64,
    schema: i64,
    created_at: String,
    program: String,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
struct End {
    kind: String,
    lines: u64,
    sha256: String,
}

/// The first line of an export, with its line feed.
pub(crate) fn header(schema: i64, created_at: String) -> String {
    let header = Header {
        majlis_export: VERSION,
        schema,
        created_at,
        program: concat!("majlis ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    line_of(&header)
}

fn line_of(value: &impl Serialize) -> String {
    // These types have only texts and numbers, which always have a JSON form.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

/// Counts the lines between the first and the last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seal {
    lines: u64,
    hash: Sha256,
}

impl Seal {
    /// Takes a line with its line feed into account.
    pub(crate) fn add(&mut self, line: &[u8]) {
        self.lines += 1;
        self.hash.update(line);
    }

    /// The last line of an export, with its line feed.
    pub(crate) fn end(self) -> String {
        line_of(&self.value())
    }

    fn value(self) -> End {
        let hash = self.hash.finalize();
        End {
            kind: "end".to_owned(),
            lines: self.lines,
            sha256: hex(&hash),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// Whether a file begins as our export does.
pub(crate) fn is_ours(beginning: &[u8]) -> bool {
    let first = beginning.split(|byte| *byte == b'\n').next();
    first.is_some_and(|line| serde_json::from_slice::<Header>(line).is_ok())
}

/// Reads an export; `visit` gets each line with its number, the bytes read so far beside it.
pub(crate) fn read(
    mut reader: impl BufRead,
    visit: &mut dyn FnMut(Line, u64),
) -> Result<(), ImportError> {
    let mut line = Vec::new();
    let mut done_bytes = next_line(&mut reader, &mut line, 1)?;
    check_header(&line)?;
    let mut seal = Seal::default();
    let mut pending: Option<(u64, Value)> = None;
    for number in 2_u64.. {
        let bytes = next_line(&mut reader, &mut line, number)?;
        if bytes == 0 {
            break;
        }
        done_bytes += bytes;
        if pending.as_ref().is_some_and(|(_, value)| is_end(value)) {
            return Err(ImportError::malformed(format!(
                "Line {number} stands behind the end of the export."
            )));
        }
        if let Some((number, value)) = pending.take() {
            visit(entry(number, value), done_bytes);
        }
        let value: Value = serde_json::from_slice(&line).map_err(|error| damaged(number, error))?;
        if !is_end(&value) {
            seal.add(&line);
        }
        pending = Some((number, value));
    }
    match pending {
        Some((_, value)) if is_end(&value) => check_end(value, seal),
        _ => Err(ImportError::new(
            ImportErrorKind::Truncated,
            "The export has no last line: its end is missing.",
        )),
    }
}

fn is_end(value: &Value) -> bool {
    value.get("kind").and_then(Value::as_str) == Some("end")
}

fn entry(number: u64, value: Value) -> Line {
    Line {
        place: format!("line {number}"),
        entry: ArchiveEntry::new(value),
    }
}

fn damaged(number: u64, error: serde_json::Error) -> ImportError {
    let (kind, what) = if error.is_eof() {
        (ImportErrorKind::Truncated, "ends in the middle")
    } else {
        (ImportErrorKind::Malformed, "is not JSON")
    };
    ImportError::new(kind, format!("Line {number} {what}.")).caused_by(error)
}

fn next_line(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    number: u64,
) -> Result<u64, ImportError> {
    use std::io::Read as _;
    line.clear();
    let bytes = reader
        .by_ref()
        .take(MAX_LINE_BYTES + 1)
        .read_until(b'\n', line)? as u64;
    if bytes > MAX_LINE_BYTES {
        return Err(ImportError::new(
            ImportErrorKind::TooLarge,
            format!("Line {number} is longer than 64 MiB."),
        ));
    }
    Ok(bytes)
}

fn check_header(line: &[u8]) -> Result<(), ImportError> {
    let header: Header = serde_json::from_slice(line).map_err(|error| {
        ImportError::new(
            ImportErrorKind::Unknown,
            "Line 1 is not the header of a Majlis export.",
        )
        .caused_by(error)
    })?;
    if header.majlis_export > VERSION || header.schema > NEWEST_SCHEMA {
        return Err(ImportError::new(
            ImportErrorKind::Newer,
            format!(
                "{} wrote this export; it is newer than this program.",
                header.program
            ),
        ));
    }
    Ok(())
}

fn check_end(value: Value, seal: Seal) -> Result<(), ImportError> {
    let found: End = serde_json::from_value(value)
        .map_err(|error| ImportError::malformed("The last line is damaged.").caused_by(error))?;
    let expected = seal.value();
    if (found.lines, found.sha256) != (expected.lines, expected.sha256) {
        return Err(ImportError::malformed(
            "The export is damaged or was changed: its lines do not fit its checksum.",
        ));
    }
    Ok(())
}
