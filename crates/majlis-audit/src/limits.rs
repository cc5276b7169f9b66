//! What an audit looks at, at most.

/// Limits of an audit; what lies beyond is named in the notes of its report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file.
    pub file_bytes: u64,
    /// Bytes of a file of configuration, which is only searched for secrets.
    pub configuration_bytes: u64,
    /// Bytes of a line.
    pub line_bytes: usize,
    /// Files that are looked at.
    pub files: usize,
    /// Entries of folders that are listed, whether they are looked at or not.
    pub entries: usize,
    /// Bytes of all files that are looked at.
    pub total_bytes: u64,
    /// Folders below one another.
    pub folder_depth: usize,
    /// Findings of one file; a file with more is not written by hand.
    pub findings_per_file: usize,
    /// Bytes of files whose data flow is followed together. What calls what across two such groups
    /// is not seen; more takes more memory (about 40 times as much).
    pub group_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 2_000_000,
            configuration_bytes: 500_000,
            line_bytes: 50_000,
            files: 200_000,
            entries: 2_000_000,
            total_bytes: 2_000_000_000,
            folder_depth: 64,
            findings_per_file: 500,
            group_bytes: 3_000_000,
        }
    }
}
