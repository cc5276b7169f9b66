//! Whether the write-ahead log that an unclean end left behind is whole.
//!
//! SQLite reads a log up to the first frame whose checksum is wrong and forgets the rest, without a
//! word: after a crash that is right, after damage it loses commits that were acknowledged. The
//! index beside the log says how many frames there were. (Formats: sqlite.org/walformat.html,
//! read 2026-11.)

use std::fs;

use crate::folder::Folder;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// Bytes of the index's first block that are read.
const INDEX_BYTES: usize = 136;

/// How a log stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Journal {
    /// Nothing that was committed is missing, or there is no log.
    Whole,
    /// Its end is missing; what is before fits the database.
    Cut {
        /// Pages of commits that are lost; `None` when they cannot be counted.
        lost_pages: Option<u32>,
    },
    /// What is left of it is older than the database and must not be read.
    Stale {
        /// Pages of commits that are lost; 0 when the database has all of them.
        lost_pages: u32,
    },
    /// The database was being brought up to date from it: only a backup helps.
    Needed,
}

/// Looks at the log of a folder nobody else uses.
pub(super) fn examine(folder: &Folder) -> Journal {
    let log = fs::read(folder.journal()).unwrap_or_default();
    let index = fs::read(folder.journal_index()).unwrap_or_default();
    judge(&log, &index)
}

fn judge(log: &[u8], index: &[u8]) -> Journal {
    let log = Log::read(log);
    match Index::read(index) {
        Some(index) if index.frames == 0 => Journal::Whole,
        Some(index) if log.salt.is_none() || log.salt == Some(index.salt) => {
            if log.valid_frames >= index.frames {
                Journal::Whole
            } else if log.valid_frames >= index.attempted && log.valid_frames > 0 {
                Journal::Cut {
                    lost_pages: Some(index.frames - log.valid_frames),
                }
            } else if index.attempted == index.copied {
                Journal::Stale {
                    lost_pages: index.frames - index.copied,
                }
            } else {
                Journal::Needed
            }
        }
        _ if log.has_later_commit => Journal::Cut { lost_pages: None },
        _ => Journal::Whole,
    }
}

/// The index of a log (`-shm`), as far as it is needed. Its numbers are in this machine's order.
#[derive(Debug, PartialEq, Eq)]
struct Index {
    salt: [u8; 8],
    /// Frames of all commits.
    frames: u32,
    /// Frames that are in the database, and frames that a copying had begun with.
    copied: u32,
    attempted: u32,
}

impl Index {
    /// `None` when it says nothing: it is short, or its two copies differ.
    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; INDEX_BYTES] = bytes.first_chunk()?;
        let number = |at: usize| {
            let bytes = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            u32::from_ne_bytes(bytes)
        };
        let is_set = bytes[12] == 1 && bytes[..48] == bytes[48..96];
        let salt = bytes[32..40].first_chunk()?;
        is_set.then(|| Self {
            salt: *salt,
            frames: number(16),
            copied: number(96),
            attempted: number(128).max(number(96)),
        })
    }
}

/// What a log holds.
#[derive(Debug, PartialEq, Eq)]
struct Log {
    /// `None` when there is no header that could be read.
    salt: Option<[u8; 8]>,
    /// Frames up to the last whole commit.
    valid_frames: u32,
    /// A commit of the same log stands behind a frame that is broken.
    has_later_commit: bool,
}

impl Log {
    fn read(bytes: &[u8]) -> Self {
        Self::frames(bytes).unwrap_or(Self {
            salt: None,
            valid_frames: 0,
            // A header that is neither right nor empty was damaged.
            has_later_commit: bytes.len() > HEADER_BYTES
                && bytes[..HEADER_BYTES].iter().any(|byte| *byte != 0),
        })
    }

    fn frames(bytes: &[u8]) -> Option<Self> {
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let number = |at: usize| big_endian(&header[at..]);
        let is_big_endian = match number(0) {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        };
        let page_bytes = usize::try_from(number(8)).ok()?;
        if !page_bytes.is_power_of_two() || !(512..=65_536).contains(&page_bytes) {
            return None;
        }
        let mut sum = (0, 0);
        add(&mut sum, &header[..24], is_big_endian);
        if sum != (number(24), number(28)) {
            return None;
        }
        let salt = *header[16..24].first_chunk()?;
        let mut log = Self {
            salt: Some(salt),
            valid_frames: 0,
            has_later_commit: false,
        };
        let mut is_broken = false;
        let frames = bytes[HEADER_BYTES..].chunks_exact(FRAME_HEADER_BYTES + page_bytes);
        for (place, frame) in (1..).zip(frames) {
            let (head, page) = frame.split_at(FRAME_HEADER_BYTES);
            let (is_same, is_commit) = (head[8..16] == salt, big_endian(&head[4..]) != 0);
            if !is_broken {
                add(&mut sum, &head[..8], is_big_endian);
                add(&mut sum, page, is_big_endian);
                let expected = (big_endian(&head[16..]), big_endian(&head[20..]));
                is_broken = !is_same || sum != expected;
            }
            match (is_broken, is_commit) {
                (false, true) => log.valid_frames = place,
                (true, true) if is_same => log.has_later_commit = true,
                _ => {}
            }
        }
        Some(log)
    }
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes[..4]
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// SQLite's running checksum over pairs of words.
fn add(sum: &mut (u32, u32), bytes: &[u8], is_big_endian: bool) {
    let number = |word: [u8; 4]| {
        if is_big_endian {
            u32::from_be_bytes(word)
        } else {
            u32::from_le_bytes(word)
        }
    };
    for [first, second] in bytes.as_chunks::<4>().0.as_chunks::<2>().0 {
        sum.0 = sum.0.wrapping_add(number(*first)).wrapping_add(sum.1);
        sum.1 = sum.1.wrapping_add(number(*second)).wrapping_add(sum.0);
    }
}
