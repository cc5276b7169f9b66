//! Log files: one a day, as many as are kept, none larger than it may be. (tracing-appender rolls by
//! the day, but has no cap on size.)

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tracing_subscriber::fmt::MakeWriter;

/// How a day's file is called around its date.
const PREFIX: &str = "majlis-";
const SUFFIX: &str = ".jsonl";
/// The last line of a file that may not grow any more.
const FULL: &str = concat!(
    r#"{"level":"WARN","target":"majlis::log","message":"#,
    r#""the log of this day is full; the rest of it is not written"}"#,
    "\n"
);

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// Days; 0 writes no files.
    pub(crate) days: usize,
    /// Size of a day at most, in bytes.
    pub(crate) bytes_per_day: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            days: 14,
            bytes_per_day: 50 << 20,
        }
    }
}

/// The folder, and the file of today.
pub(crate) struct DayFiles {
    folder: PathBuf,
    keep: Keep,
    today: Mutex<Today>,
}

#[derive(Default)]
struct Today {
    date: String,
    /// `None` when it cannot be written: a log is not worth a failure.
    file: Option<File>,
    bytes: u64,
    is_full: bool,
}

impl DayFiles {
    pub(crate) fn new(folder: PathBuf, keep: Keep) -> Self {
        Self {
            folder,
            keep,
            today: Mutex::default(),
        }
    }

    /// Writes one line into the file of a day.
    fn write_line(&self, date: &str, line: &[u8]) {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.date != date {
            *today = self.begin(date);
        }
        today.write(line, self.keep.bytes_per_day);
    }

    fn begin(&self, date: &str) -> Today {
        let file = self.open(date).ok();
        let length = |file: &File| file.metadata().map_or(0, |found| found.len());
        let bytes = file.as_ref().map_or(0, length);
        drop(self.forget_old());
        Today {
            date: date.to_owned(),
            is_full: bytes >= self.keep.bytes_per_day,
            file,
            bytes,
        }
    }

    fn open(&self, date: &str) -> io::Result<File> {
        create_private(&self.folder)?;
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        options.open(self.folder.join(format!("{PREFIX}{date}{SUFFIX}")))
    }

    fn forget_old(&self) -> io::Result<()> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
                names.push(name);
            }
        }
        // Dates sort as they follow each other.
        names.sort_unstable();
        let surplus = names.len().saturating_sub(self.keep.days);
        for name in &names[..surplus] {
            fs::remove_file(self.folder.join(name))?;
        }
        Ok(())
    }
}

impl Today {
    fn write(&mut self, line: &[u8], most_bytes: u64) {
        let Some(file) = self.file.as_mut().filter(|_| !self.is_full) else {
            return;
        };
        let length = line.len() as u64;
        self.is_full = self.bytes + length > most_bytes;
        let line = if self.is_full { FULL.as_bytes() } else { line };
        // What cannot be written is on the error stream all the same.
        drop(file.write_all(line));
        self.bytes += length;
    }
}

/// A folder that only its owner reads, with what leads to it.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// One event at a time comes as one piece.
impl Write for &DayFiles {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let date = Timestamp::now().strftime("%Y-%m-%d").to_string();
        self.write_line(&date, line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for DayFiles {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(days: usize, bytes_per_day: u64) -> (tempfile::TempDir, DayFiles) {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep {
            days,
            bytes_per_day,
        };
        let files = DayFiles::new(folder.path().join("logs"), keep);
        (folder, files)
    }

    fn listed(files: &DayFiles) -> Vec<String> {
        let entries = fs::read_dir(&files.folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_newest_days_are_kept_and_other_files_left_alone() {
        let (_folder, files) = files(2, 1_000);
        files.write_line("2026-11-01", b"a\n");
        fs::write(files.folder.join("notes.txt"), "mine").unwrap();
        for date in ["2026-11-02", "2026-11-03", "2026-12-01"] {
            files.write_line(date, b"a\n");
        }
        let kept = [
            "majlis-2026-11-03.jsonl",
            "majlis-2026-12-01.jsonl",
            "notes.txt",
        ];
        assert_eq!(listed(&files), kept);
    }

    #[test]
    fn a_day_grows_to_its_cap_also_after_a_new_start_and_says_so_once() {
        let (_folder, files) = files(2, 8);
        files.write_line("2026-11-01", b"one\n");
        let again = DayFiles::new(files.folder.clone(), files.keep);
        for line in ["two\n", "three\n", "four\n"] {
            again.write_line("2026-11-01", line.as_bytes());
        }
        let text = fs::read_to_string(files.folder.join("majlis-2026-11-01.jsonl")).unwrap();
        assert_eq!(text, format!("one\ntwo\n{FULL}"));
        let last = text.lines().next_back().unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(last).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_a_log() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, files) = files(2, 1_000);
        files.write_line("2026-11-01", b"a\n");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let file = files.folder.join("majlis-2026-11-01.jsonl");
        assert_eq!((mode(&files.folder), mode(&file)), (0o700, 0o600));
    }
}
