//! The first hundred bytes of a file, read before anything in it is trusted.

/// What the header of a SQLite database says (sqlite.org/fileformat2.html, read 2026-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Bytes of a page: a power of two from 512 to 65536.
    pub page_bytes: u32,
    /// Pages of the database; `None` when the program that wrote it last did not keep count.
    pub pages: Option<u32>,
    /// Whose database it is.
    pub application_id: u32,
    /// The version of its schema.
    pub schema_version: u32,
}

/// Bytes of the header.
pub const HEADER_BYTES: usize = 100;

/// Why bytes are not the header of a database Majlis can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderFault {
    /// Not a SQLite database at all.
    NotADatabase,
    /// A SQLite database whose header says what cannot be.
    Impossible,
    /// Text is not kept as UTF-8.
    OtherEncoding,
}

impl Header {
    /// Reads the header from the beginning of a file.
    ///
    /// # Errors
    /// [`HeaderFault`], for any bytes at all.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderFault> {
        let bytes: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(HeaderFault::NotADatabase)?;
        if !bytes.starts_with(b"SQLite format 3\0") {
            return Err(HeaderFault::NotADatabase);
        }
        let number = |at: usize| {
            bytes[at..at + 4]
                .iter()
                .fold(0, |number: u32, byte| number << 8 | u32::from(*byte))
        };
        let page_bytes = match u16::from_be_bytes([bytes[16], bytes[17]]) {
            1 => 65_536,
            size if size >= 512 && size.is_power_of_two() => u32::from(size),
            _ => return Err(HeaderFault::Impossible),
        };
        // Versions for writing and reading (1 rollback journal, 2 write-ahead log), bytes kept
        // free on each page, and three fractions that never vary.
        let is_possible = matches!(bytes[18], 1 | 2)
            && matches!(bytes[19], 1 | 2)
            && bytes[20] == 0
            && bytes[21..24] == [64, 32, 32]
            && matches!(number(44), 1..=4);
        if !is_possible {
            return Err(HeaderFault::Impossible);
        }
        if number(56) != 1 {
            return Err(HeaderFault::OtherEncoding);
        }
        let pages = number(28);
        let is_counted = number(24) == number(92) && pages > 0;
        Ok(Self {
            page_bytes,
            pages: is_counted.then_some(pages),
            application_id: number(68),
            schema_version: number(60),
        })
    }

    /// Whether a file of this many bytes can hold the database whole.
    pub fn fits(&self, file_bytes: u64) -> bool {
        let page_bytes = u64::from(self.page_bytes);
        file_bytes.is_multiple_of(page_bytes)
            && self
                .pages
                .is_none_or(|pages| u64::from(pages) * page_bytes <= file_bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> [u8; HEADER_BYTES] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA application_id = 7; PRAGMA user_version = 3; CREATE TABLE t (x);",
            )
            .unwrap();
        drop(connection);
        *std::fs::read(&path).unwrap().first_chunk().unwrap()
    }

    #[test]
    fn the_header_of_a_database_is_read() {
        let parsed = Header::parse(&header()).unwrap();
        let expected = Header {
            page_bytes: 4096,
            pages: Some(2),
            application_id: 7,
            schema_version: 3,
        };
        assert_eq!(parsed, expected);
        assert!(parsed.fits(8192) && parsed.fits(12_288));
        assert!(!parsed.fits(4096) && !parsed.fits(8193));
    }

    #[test]
    fn what_is_no_header_is_told_apart() {
        for (at, byte, expected) in [
            (0, b'X', HeaderFault::NotADatabase),
            (16, 3, HeaderFault::Impossible),
            (18, 9, HeaderFault::Impossible),
            (21, 0, HeaderFault::Impossible),
            (59, 2, HeaderFault::OtherEncoding),
        ] {
            let mut bytes = header();
            bytes[at] = byte;
            assert_eq!(Header::parse(&bytes), Err(expected), "byte {at}");
        }
        assert_eq!(
            Header::parse(&header()[..99]),
            Err(HeaderFault::NotADatabase)
        );
    }

    proptest! {
        #[test]
        fn any_change_of_a_header_is_refused_or_read(at in 0..HEADER_BYTES, byte: u8, length: u64) {
            let mut bytes = header();
            bytes[at] = byte;
            if let Ok(header) = Header::parse(&bytes) {
                prop_assert!(header.page_bytes.is_power_of_two());
                header.fits(length);
            }
        }
    }
}
